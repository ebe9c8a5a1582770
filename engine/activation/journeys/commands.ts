/**
 * Commands in a lane's inbox that make people apply: for all members of a segment, because a schedule fired or a revision brought them
 * in, and for one person, because another journey or somebody by hand starts a journey for him.
 */
import type { LinkedJourney } from '../../compiler/linked-journey.ts';
import type { Batch } from '../batch.ts';
import { hopsMax } from '../facts/record.ts';
import { appendInbox, type InboxRow } from '../lanes/queries.ts';
import type { Applicant } from './entries/applicant.ts';
import { requestPlaces } from './entries/places/queries.ts';
import { refuse } from './entries/refusals.ts';
import type { StartCommand } from './entries/start-command.ts';
import { groupBy } from './evaluate.ts';
import { membersOfLanes } from './queries.ts';

/** Body of inbox rows of the kinds `schedule` and `current_members`. */
export interface MembersCommand {
  readonly journey: string;
  readonly segment: string;
  /** Only those who joined at that instant (epoch ms); null: all. */
  readonly since: number | null;
  /** The cursor: profiles after it are still to come. */
  readonly after: number;
}

/** A start of another journey for the person of an enrollment. */
export interface Start extends Omit<StartCommand, 'at' | 'place'> {
  readonly lane: number;
  readonly profileId: number;
  /** Of the enrollment that starts it (`hopAfter` in facts/own-events.ts). */
  readonly hop: number;
}

/** The inbox class of commands that the engine gives itself. */
const timerClass = 2;

/**
 * Lets people apply to journeys in the next transaction of their lane: what the step `start` calls. The parent doesn't wait and isn't
 * told; re-entry, `if`, dates and `max_entries` of the started journey decide as for any trigger. Beyond so many hops nothing is
 * started, which is kept as a refusal (`loop`).
 */
export function startJourneys(batch: Batch, starts: readonly Start[]): void {
  const rows = starts.map(({ lane, profileId, hop, ...command }) => {
    const body: StartCommand = { ...command, at: batch.t.getTime() };
    return { lane, class: timerClass, visibleAt: batch.t, profileId, kind: 'start', hop, body };
  });
  batch.writes.later(appendInbox(batch.session, rows));
}

/** People that the commands of one transaction enroll together; the rest follows in the next. */
const peopleMax = 2_000;
/** … and of one lane. */
const chunkMax = 500;

/** The applicants that the commands bring; one statement a journey, whatever the number of lanes. What isn't through is put back. */
export async function applicantsByCommand(batch: Batch, rows: readonly InboxRow[]): Promise<readonly Applicant[]> {
  return [...applicantsByStart(batch, rows), ...(await applicantsByMembership(batch, rows))];
}

function applicantsByStart(batch: Batch, rows: readonly InboxRow[]): readonly Applicant[] {
  const applicants = rows
    .filter((row) => row.kind === 'start' && row.profile_id !== null)
    .flatMap((row): readonly Applicant[] => {
      const { journey: id, key, entry, at, place, because = 'started' } = row.body as StartCommand;
      const journey = liveJourney(batch, id);
      if (journey === null) {
        if (place === 'given') returnPlace(batch, row, id);
        return [];
      }
      const person = batch.people.of(row.lane, row.profile_id as number);
      person.live = true;
      const named = key === null ? {} : { key };
      return [
        {
          ...{ lane: row.lane, profileId: person.profileId, journey, entry, hop: row.hop, place },
          at: new Date(at),
          because,
          ...named,
        },
      ];
    });
  const isLooped = ({ hop = 0 }: Applicant) => hop > hopsMax;
  refuse(batch, applicants.filter(isLooped), 'loop');
  return applicants.filter((one) => !isLooped(one));
}

/** The journey was paused or went before the person came in. */
function returnPlace(batch: Batch, row: InboxRow, journey: string): void {
  const place = { lane: row.lane, profileId: row.profile_id as number, journey, body: null };
  batch.writes.later(requestPlaces(batch.session, [place]));
}

function liveJourney(batch: Batch, id: string): LinkedJourney | null {
  const journey = batch.program.journeys.get(id);
  return journey?.body.status === 'live' ? journey : null;
}

async function applicantsByMembership(batch: Batch, rows: readonly InboxRow[]): Promise<readonly Applicant[]> {
  const commands = rows
    .filter((row) => row.kind === 'schedule' || row.kind === 'current_members')
    .map((row) => ({ row, body: row.body as MembersCommand }));
  const applicants: Applicant[] = [];
  const perLane = Math.max(1, Math.min(chunkMax, Math.floor(peopleMax / Math.max(1, commands.length))));
  for (const group of groupBy(commands, ({ body }) =>
    JSON.stringify([body.journey, body.segment, body.since]),
  ).values()) {
    const { body } = group[0] as (typeof commands)[number];
    const journey = liveJourney(batch, body.journey);
    if (journey === null) continue;
    const members = await membersOfLanes(batch.session, {
      lanes: group.map(({ row }) => row.lane),
      after: group.map((one) => one.body.after),
      segment: body.segment,
      since: body.since === null ? null : new Date(body.since),
      perLane,
    });
    for (const { lane, profile_id: profileId } of members) {
      batch.people.of(lane, profileId).live = true;
      applicants.push({
        lane,
        profileId,
        journey,
        at: batch.t,
        entry: {},
        because: becauseOf(group[0]?.row, body),
        isOneOfAll: true,
      });
    }
    await putBack(batch, group, members, perLane);
  }
  return applicants;
}

function becauseOf(row: InboxRow | undefined, { segment }: MembersCommand): string {
  return row?.kind === 'schedule' ? `schedule, a member of ${segment}` : `a member of ${segment} already`;
}

async function putBack(
  batch: Batch,
  commands: readonly { readonly row: InboxRow; readonly body: MembersCommand }[],
  members: readonly { readonly lane: number; readonly profile_id: number }[],
  chunk: number,
): Promise<void> {
  const byLane = groupBy(members, ({ lane }) => String(lane));
  const unfinished = commands.flatMap(({ row, body }) => {
    const taken = byLane.get(String(row.lane)) ?? [];
    if (taken.length < chunk) return [];
    const after = taken[taken.length - 1]?.profile_id ?? body.after;
    return [
      {
        lane: row.lane,
        class: row.class,
        visibleAt: batch.t,
        profileId: null,
        kind: row.kind,
        body: { ...body, after },
      },
    ];
  });
  await appendInbox(batch.session, unfinished);
}
