/**
 * Points for what happened, in the lane's transaction: events are read by the rules that concern them, members are asked by the conditions
 * of the programme and of the rule, limits by what the ledger says was given. Refunds take back what the same purchase gave.
 */
import { basesOfRefunds, pointsOfEvents } from '../../compiler/earning-sql.ts';
import type { Condition } from '../../compiler/ir.ts';
import type { EarnRule, LinkedProgramme } from '../../compiler/linked-programme.ts';
import type { Prepared } from '../../compiler/program-sql.ts';
import type { PostingOf } from '../../loyalty/ledger/book-postings.ts';
import { readEarned } from '../../loyalty/ledger/queries.ts';
import { type Limited, withinLimits } from '../../loyalty/limits.ts';
import { pointsBack, type Refundable, timesOfLot } from '../../loyalty/terms.ts';
import type { Batch } from '../batch.ts';
import type { TriggeringEvent } from '../facts/record.ts';
import type { InboxRow } from '../lanes/queries.ts';
import { book, bookDue } from './booking.ts';
import { challengePostings } from './challenges.ts';
import { whoMay } from './members.ts';
import { keepReferrals } from './referrals.ts';
import { answerReferrals } from './referrers.ts';
import { ruleStatement } from './rule-statements.ts';

/** Does all that is due in loyalty programmes: what time brought, what was earned, what was refunded. */
export async function keepPoints(
  batch: Batch,
  inbox: readonly InboxRow[],
  events: readonly TriggeringEvent[],
): Promise<void> {
  await bookDue(batch, inbox);
  await answerReferrals(batch, inbox);
  await earnFor(batch, events);
  const live = events.filter(({ isLooped }) => !isLooped);
  for (const programme of batch.program.programmes.values()) await keepReferrals(batch, programme, live);
}

async function earnFor(batch: Batch, events: readonly TriggeringEvent[]): Promise<void> {
  const { programmes } = batch.program;
  if (programmes.size === 0 || events.length === 0) return;
  const types = new Set(events.map(({ type }) => type));
  const concerned = [...programmes.values()].filter(({ listens }) => [...types].some((type) => listens.has(type)));
  if (concerned.length === 0) return;
  const hops = new Map(events.map(({ profileId, hop }) => [profileId, hop]));
  const live = events.filter(({ isLooped }) => !isLooped);
  const earned = (await Promise.all(concerned.map((programme) => earnings(batch, programme, live)))).flat();
  const allowed = await withinLimits(batch.session, earned, batch.program.definitions);
  if (allowed.length > 0) await book(batch, allowed.map(earningPosting), { hops });
  const back = (await Promise.all(concerned.map((programme) => refunds(batch, programme, live)))).flat();
  if (back.length > 0) await book(batch, back, { hops });
  const played = (await Promise.all(concerned.map((programme) => challengePostings(batch, programme, live)))).flat();
  if (played.length > 0) await book(batch, played, { hops });
}

/** What a rule gives for an event, before limits. */
interface Earning extends Limited {
  readonly programme: LinkedProgramme;
  readonly rule: EarnRule;
  readonly event: TriggeringEvent;
  readonly base: number | null;
}

async function earnings(
  batch: Batch,
  programme: LinkedProgramme,
  events: readonly TriggeringEvent[],
): Promise<readonly Earning[]> {
  const found = await Promise.all(
    programme.body.earn.map(async (rule) => {
      const typed = events.filter(({ type }) => rule.when.types.includes(type));
      if (typed.length === 0) return [];
      const statement = ruleStatement(batch.program, `earn ${programme.id} ${rule.id}`, () =>
        pointsOfEvents(batch.program, programme, rule),
      );
      const worth = await measure(batch, statement, typed);
      const { members } = programme.body;
      const asked = [members, rule.if].filter((one): one is Condition => one !== null);
      const may = await whoMay(
        batch,
        `loyalty ${programme.id} ${rule.id}`,
        asked,
        worth.map(({ event }) => event),
      );
      return worth.flatMap(({ event, points, base }): Earning[] => {
        if (!may.has(event.profileId)) return [];
        const { lane, profileId, at } = event;
        const who = { lane, profileId, program: programme.id };
        return [{ ...who, programme, rule, event, points, base, at, source: rule.id, limit: rule.limit }];
      });
    }),
  );
  return found.flat();
}

interface Measured {
  readonly event: TriggeringEvent;
  readonly points: number;
  readonly base: number | null;
}

async function measure(
  batch: Batch,
  { text, rest }: Prepared,
  events: readonly TriggeringEvent[],
): Promise<readonly Measured[]> {
  const rows = await batch.session.query<{ i: number; points: number; base: number | null }>(text, [
    batch.t,
    events.map(({ properties }) => JSON.stringify(properties)),
    events.map(({ lane }) => lane),
    events.map(({ profileId }) => profileId),
    ...rest,
  ]);
  const inOrder = [...rows].sort((a, b) => a.i - b.i);
  return inOrder.map(({ i, points, base }) => ({ event: events[i - 1] as TriggeringEvent, points, base }));
}

function earningPosting({ lane, profileId, program, programme, rule, event, points, base }: Earning): PostingOf {
  const match = matchOf(event, programme.matched.get(rule.id));
  const { issuer, points: keeping } = programme.body;
  return {
    ...{ lane, profileId, program },
    posting: {
      kind: 'earn',
      // One purchase earns once, however often it is told and whatever its status meanwhile.
      key: match === null ? `earn/${rule.id}/${event.eventId}` : `earn/${rule.id}/of/${match}`,
      digest: String(points),
      points,
      at: event.at,
      ...timesOfLot(keeping, event.at),
      ...{ source: rule.id, issuer, match, base },
    },
  };
}

function matchOf({ properties }: TriggeringEvent, property: string | undefined): string | null {
  const value = property === undefined ? undefined : properties[property];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

/** What refunds take back. */
async function refunds(
  batch: Batch,
  programme: LinkedProgramme,
  events: readonly TriggeringEvent[],
): Promise<readonly PostingOf[]> {
  const { refunds: terms, earn } = programme.body;
  const rule = earn.find(({ id }) => id === terms?.reverse);
  if (terms === null || rule === undefined) return [];
  const typed = events.filter((event) => terms.when.types.includes(event.type) && matchOf(event, terms.match) !== null);
  if (typed.length === 0) return [];
  const statement = ruleStatement(batch.program, `refund ${programme.id} ${rule.id}`, () =>
    basesOfRefunds(batch.program, programme, rule),
  );
  const passing = await measure(batch, statement, typed);
  const asked = passing.map(({ event: { lane, profileId, ...event } }) => ({
    ...{ lane, profileId, program: programme.id, source: rule.id },
    match: matchOf({ lane, profileId, ...event }, terms.match) as string,
  }));
  const earned = new Map<number, Refundable>();
  const postings: PostingOf[] = [];
  for (const row of await readEarned(batch.session, asked)) {
    const { event, base } = passing[row.i - 1] as Measured;
    // Several refunds of one purchase in one transaction know of each other.
    const one: Refundable = earned.get(row.txn_id) ?? { ...row, txnId: row.txn_id, back: row.back ?? 0 };
    earned.set(row.txn_id, one);
    const { lane, profileId } = event;
    const points = pointsBack(one, base);
    const key = `refund/${event.eventId}/${row.txn_id}`;
    const policy = terms.spentPoints;
    if (base !== null) one.back += base;
    postings.push({
      ...{ lane, profileId, program: programme.id },
      posting: { kind: 'reverse', key, digest: String(points), points, earned: one, policy, base },
    });
  }
  return postings;
}
