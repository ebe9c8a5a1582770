/**
 * Challenges: so many events in a window, or units in a row with at least one. What has been done is read from the events themselves, so there
 * is no progress to keep. Each is won once in its window.
 */
import { type Challenge, challengeCondition, streaksOverPeople } from '../../compiler/earning-sql.ts';
import type { Condition } from '../../compiler/ir.ts';
import type { LinkedProgramme } from '../../compiler/linked-programme.ts';
import { forPeople } from '../../compiler/program-sql.ts';
import type { PostingOf } from '../../loyalty/ledger/booking.ts';
import type { Who } from '../../loyalty/ledger/queries.ts';
import { type Limited, withinLimits } from '../../loyalty/limits.ts';
import { timesOfLot } from '../../loyalty/terms.ts';
import type { Batch } from '../batch.ts';
import type { TriggeringEvent } from '../facts/record.ts';
import { whoMay } from './members.ts';
import { ruleStatement } from './rule-statements.ts';

/** All earnings of challenges are found by this. */
export const challengeMatch = 'challenge';

/** Points for challenges that the events complete. Those that refunds undo are in `undone-challenges.ts`. */
export async function challengePostings(
  batch: Batch,
  programme: LinkedProgramme,
  events: readonly TriggeringEvent[],
): Promise<readonly PostingOf[]> {
  const { challenges } = programme.body;
  return (await Promise.all(challenges.map((challenge) => won(batch, programme, challenge, events)))).flat();
}

interface Asked extends Limited {
  readonly event: TriggeringEvent;
}

/** Of each person's events the last one. */
function people(
  programme: LinkedProgramme,
  challenge: Challenge,
  events: readonly TriggeringEvent[],
): readonly Asked[] {
  const last = new Map(events.map((event) => [event.profileId, event]));
  return [...last.values()].map((event) => {
    const { lane, profileId, at } = event;
    const limit = { max: 1, of: 'times', window: challenge.window } as const;
    const { id: source, points } = challenge;
    return { lane, profileId, program: programme.id, points, at, source, limit, event };
  });
}

async function won(
  batch: Batch,
  programme: LinkedProgramme,
  challenge: Challenge,
  events: readonly TriggeringEvent[],
): Promise<readonly PostingOf[]> {
  const typed = events.filter(({ type }) => challenge.of.events.types.includes(type));
  if (typed.length === 0) return [];
  const asked = people(programme, challenge, typed);
  const done = await whoDid(batch, programme, challenge, asked);
  const open = await withinLimits(
    batch.session,
    asked.filter(({ profileId }) => done.has(profileId)),
    batch.program.definitions,
  );
  const { issuer } = programme.body;
  return open.map(({ lane, profileId, program, event }): PostingOf => {
    const { id: source, points } = challenge;
    const rest = { kind: 'earn', key: `challenge/${source}/${event.eventId}`, digest: String(points) } as const;
    return {
      ...{ lane, profileId, program },
      posting: {
        ...rest,
        points,
        at: event.at,
        ...timesOfLot(programme, event.at),
        source,
        issuer,
        match: challengeMatch,
      },
    };
  });
}

/** Members who have done what is asked, as things stand at the batch's time. */
export async function whoDid(
  batch: Batch,
  programme: LinkedProgramme,
  challenge: Challenge,
  asked: readonly Who[],
  { members = programme.body.members }: { readonly members?: Condition | null } = {},
): Promise<ReadonlySet<number>> {
  const key = `challenge ${programme.id} ${challenge.id}${members === null ? ' of anybody' : ''}`;
  const condition = challenge.of.kind === 'streak' ? [] : [challengeCondition(challenge, programme)];
  const may = await whoMay(batch, key, [...(members === null ? [] : [members]), ...condition], asked);
  if (challenge.of.kind !== 'streak') return may;
  const some = asked.filter(({ profileId }) => may.has(profileId));
  const statement = ruleStatement(batch.program, key, () => streaksOverPeople(batch.program, programme, challenge));
  const arrays = { lanes: some.map(({ lane }) => lane), profiles: some.map(({ profileId }) => profileId) };
  const { text, values } = forPeople(statement, batch.t, arrays);
  const rows = await batch.session.query<{ i: number }>(text, values);
  return new Set(rows.map(({ i }) => (some[i - 1] as Who).profileId));
}
