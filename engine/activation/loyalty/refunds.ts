/** What refunds take back: points of the rules that the same purchase earned by, as much of them as came back of it. */
import { basesOfRefunds } from '../../compiler/earning-sql.ts';
import type { EarnRule, LinkedProgramme } from '../../compiler/linked-programme.ts';
import type { PostingOf } from '../../loyalty/ledger/book-postings.ts';
import { readEarned } from '../../loyalty/ledger/queries.ts';
import { pointsBack, type Refundable } from '../../loyalty/terms.ts';
import type { Batch } from '../batch.ts';
import { type Measured, measure, type Occurrence } from './earnings.ts';
import { matchOf } from './match-of.ts';
import { ruleStatement } from './rule-statements.ts';

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
