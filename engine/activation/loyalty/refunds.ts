/** What refunds take back: points of the rules that the same purchase earned by, as much of them as came back of it. */
import { basesOfRefunds } from '../../compiler/earning-sql.ts';
import type { EarnRule, LinkedProgramme } from '../../compiler/linked-programme.ts';
import type { PostingOf } from '../../loyalty/ledger/booking.ts';
import { readEarned } from '../../loyalty/ledger/queries.ts';
import { readEventsAbout } from '../../loyalty/queries.ts';
import { pointsBack, type Refundable } from '../../loyalty/terms.ts';
import type { Batch } from '../batch.ts';
import { book } from './booking.ts';
import { refillBudgets } from './budgets.ts';
import { type Earning, type Measured, measure, type Occurrence } from './earnings.ts';
import { matchOf } from './match-of.ts';
import { ruleStatement } from './rule-statements.ts';

/** What was earned so long after it happened may have been refunded before; what comes in time can't have been. */
const lateMs = 1_000;

/** Refunds that were told of before the purchases that they are about: sources are late at times, and earnings wait for budgets. */
export async function refundsBefore(
  batch: Batch,
  earned: readonly Earning[],
): Promise<ReadonlyMap<LinkedProgramme, readonly Occurrence[]>> {
  const asked = earned.flatMap(({ lane, profileId, programme, rule, event }) => {
    const { refunds: terms } = programme.body;
    const match = terms?.reverse.includes(rule.id) === true ? matchOf(event, terms.match) : null;
    return terms === null || match === null || event.at > batch.t.getTime() - lateMs
      ? []
      : [{ lane, profileId, types: terms.when.types, property: terms.match, match, programme }];
  });
  const found = new Map<LinkedProgramme, Map<number, Occurrence>>();
  for (const row of asked.length === 0 ? [] : await readEventsAbout(batch.session, asked)) {
    const { lane, profileId, programme } = asked[row.i - 1] as (typeof asked)[number];
    const { event_id: eventId, type, at, properties } = row;
    const ofProgramme = found.get(programme) ?? new Map<number, Occurrence>();
    found.set(
      programme,
      ofProgramme.set(eventId, { lane, profileId, eventId, type, at, properties, key: String(eventId) }),
    );
  }
  return new Map([...found].map(([programme, events]) => [programme, [...events.values()]]));
}

/** A reversal, and what it is one of. */
export interface Reversal extends PostingOf {
  readonly programme: LinkedProgramme;
  readonly rule: string;
  /** When it was earned, in milliseconds. */
  readonly earnedAt: number;
}

/** Books reversals; what budgets gave of them may be given again. */
export async function bookBack(
  batch: Batch,
  back: readonly Reversal[],
  hops: ReadonlyMap<number, number> = new Map(),
): Promise<void> {
  if (back.length === 0) return;
  const { answers } = await book(batch, back, { hops });
  const taken = back.flatMap((one, i) => {
    const answer = answers[i];
    const { lane, rule, earnedAt: at, programme } = one;
    return answer?.status === 'booked' ? [{ programme, lane, rule, at, points: answer.points }] : [];
  });
  for (const programme of new Set(taken.map((one) => one.programme))) {
    refillBudgets(
      batch,
      programme,
      taken.filter((one) => one.programme === programme),
    );
  }
}

export async function refunds(
  batch: Batch,
  programme: LinkedProgramme,
  events: readonly Occurrence[],
): Promise<readonly Reversal[]> {
  const { refunds: terms } = programme.body;
  if (terms === null) return [];
  const typed = events.filter((event) => terms.when.types.includes(event.type) && matchOf(event, terms.match) !== null);
  if (typed.length === 0) return [];
  const reversed = programme.rules.filter(({ id }) => terms.reverse.includes(id));
  return (await Promise.all(reversed.map((rule) => refundsOf(batch, programme, rule, typed)))).flat();
}

/** An earning as the refunds of a set meet it, one after the other. */
interface Meeting {
  readonly of: Refundable;
  /** Points that those before take back, once they are booked. */
  asked: number;
}

async function refundsOf(
  batch: Batch,
  programme: LinkedProgramme,
  rule: EarnRule,
  typed: readonly Occurrence[],
): Promise<readonly Reversal[]> {
  const { refunds: terms } = programme.body;
  if (terms === null) return [];
  const statement = ruleStatement(batch.program, `refund ${programme.id} ${rule.id}`, () =>
    basesOfRefunds(batch.program, programme, rule),
  );
  const passing = await measure(batch, statement, typed);
  const asked = passing.map(({ event }) => ({
    ...{ lane: event.lane, profileId: event.profileId, program: programme.id, source: rule.id },
    match: matchOf(event, terms.match) as string,
  }));
  const earned = new Map<number, Meeting>();
  const postings: Reversal[] = [];
  for (const row of await readEarned(batch.session, asked)) {
    const { event, base } = passing[row.i - 1] as Measured;
    const { lane, profileId } = event;
    const key = `refund/${event.eventId}/${row.txn_id}`;
    // It was booked before, and counts among what came back.
    if (row.reversals?.includes(key) === true) continue;
    // Several refunds of one purchase in one transaction know of each other.
    const met: Meeting = earned.get(row.txn_id) ?? { of: { ...row, txnId: row.txn_id, back: row.back ?? 0 }, asked: 0 };
    earned.set(row.txn_id, met);
    const points = pointsBack({ ...met.of, reversed: met.of.reversed + met.asked }, base);
    met.asked += points;
    if (base !== null) met.of.back += base;
    postings.push({
      ...{ lane, profileId, program: programme.id, programme, rule: rule.id, earnedAt: row.at },
      posting: {
        kind: 'reverse',
        key,
        digest: String(points),
        points,
        earned: met.of,
        policy: terms.spentPoints,
        base,
      },
    });
  }
  return postings;
}
