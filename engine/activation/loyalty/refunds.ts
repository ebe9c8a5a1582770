/** What refunds take back: points of the rules that the same purchase earned by, as much of them as came back of it. */
import { basesOfRefunds } from '../../compiler/earning-sql.ts';
import type { EarnRule, LinkedProgramme } from '../../compiler/linked-programme.ts';
import type { PostingOf } from '../../loyalty/ledger/book-postings.ts';
import { readEarned } from '../../loyalty/ledger/queries.ts';
import { readEventsAbout } from '../../loyalty/queries.ts';
import { pointsBack, type Refundable } from '../../loyalty/terms.ts';
import type { Batch } from '../batch.ts';
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

export async function refunds(
  batch: Batch,
  programme: LinkedProgramme,
  events: readonly Occurrence[],
): Promise<readonly PostingOf[]> {
  const { refunds: terms } = programme.body;
  if (terms === null) return [];
  const typed = events.filter((event) => terms.when.types.includes(event.type) && matchOf(event, terms.match) !== null);
  if (typed.length === 0) return [];
  const reversed = programme.rules.filter(({ id }) => terms.reverse.includes(id));
  return (await Promise.all(reversed.map((rule) => refundsOf(batch, programme, rule, typed)))).flat();
}

async function refundsOf(
  batch: Batch,
  programme: LinkedProgramme,
  rule: EarnRule,
  typed: readonly Occurrence[],
): Promise<readonly PostingOf[]> {
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
