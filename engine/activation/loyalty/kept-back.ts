/**
 * What refunds do to points that a cap keeps back: what came back of the purchase needs no decision any more. The points of the list are
 * what is left to decide; whoever is accepted is booked whole, and the refunds behind it, so that parts add up as anywhere else.
 */
import { basesOfRefunds } from '../../compiler/earning-sql.ts';
import type { EarnRule, LinkedProgramme } from '../../compiler/linked-programme.ts';
import { readEventsAbout } from '../../loyalty/queries.ts';
import { lessenReviews, type OpenReview, readOpenReviews } from '../../loyalty/review/queries.ts';
import { pointsBack } from '../../loyalty/terms.ts';
import type { Batch } from '../batch.ts';
import { measure, type Occurrence } from './earnings.ts';
import { matchOf } from './match-of.ts';
import { ruleStatement } from './rule-statements.ts';

interface About {
  readonly lane: number;
  readonly profileId: number;
  readonly match: string;
}

/** Lessens what is kept back of purchases by what the events say came back of them. */
export async function dropReviews(
  batch: Batch,
  programme: LinkedProgramme,
  events: readonly Occurrence[],
): Promise<void> {
  const { refunds, caps } = programme.body;
  if (refunds === null || caps === undefined) return;
  const asked = events.flatMap((event) => {
    const match = refunds.when.types.includes(event.type) ? matchOf(event, refunds.match) : null;
    const { lane, profileId } = event;
    return match === null ? [] : [{ lane, profileId, program: programme.id, match }];
  });
  if (asked.length === 0) return;
  const open = await readOpenReviews(batch.session, asked, refunds.reverse);
  const rules = programme.rules.filter(({ id }) => open.some(({ source }) => source === id));
  for (const rule of rules) {
    const kept = open.filter(({ source }) => source === rule.id);
    const left = await leftOf(batch, programme, rule, kept);
    batch.writes.later(lessenReviews(batch.session, left, batch.t));
  }
}

/** The refunds that have been told of purchases; `of` is the place of the purchase. */
export async function refundsOfPurchases(
  batch: Batch,
  { body }: LinkedProgramme,
  purchases: readonly About[],
): Promise<readonly (Occurrence & { readonly of: number })[]> {
  const { refunds } = body;
  if (refunds === null || purchases.length === 0) return [];
  const asked = purchases.map((one) => ({ ...one, types: refunds.when.types, property: refunds.match }));
  const rows = await readEventsAbout(batch.session, asked);
  return rows.map(({ i, event_id: eventId, type, at, properties }) => {
    const { lane, profileId } = asked[i - 1] as About;
    return { lane, profileId, eventId, type, at, properties, key: String(eventId), of: i - 1 };
  });
}

async function leftOf(
  batch: Batch,
  programme: LinkedProgramme,
  rule: EarnRule,
  kept: readonly OpenReview[],
): Promise<readonly { readonly reviewId: number; readonly points: number }[]> {
  const purchases = kept.map(({ lane, profile_id: profileId, match }) => ({ lane, profileId, match }));
  const told = await refundsOfPurchases(batch, programme, purchases);
  const statement = ruleStatement(batch.program, `refund ${programme.id} ${rule.id}`, () =>
    basesOfRefunds(batch.program, programme, rule),
  );
  const measured = await measure(batch, statement, told);
  return kept.map(({ review_id: reviewId, points, base }, i) => {
    const bases = measured.flatMap((one) => ((one.event as (typeof told)[number]).of === i ? [one.base] : []));
    if (bases.length === 0) return { reviewId, points };
    const back = bases.reduce((sum, one) => (sum === null || one === null ? null : sum + one), 0);
    const given = { txnId: 0, points, reversed: 0, waived: 0, expired: 0, base, back: 0 };
    return { reviewId, points: points - pointsBack(given, back) };
  });
}
