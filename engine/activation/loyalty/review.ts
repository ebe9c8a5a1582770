/** Decides of points that a cap kept back: accepted, they are booked as they would have been; refused, they never are. */
import type { Answer, PostingOf } from '../../loyalty/ledger/booking.ts';
import { lockLane, waitBriefly } from '../../loyalty/queries.ts';
import { decideReview, findReview, type ReviewRow } from '../../loyalty/review/queries.ts';
import { notifyInbox } from '../../profiles/queries.ts';
import type { OwnSession } from '../../store/session.ts';
import type { Batch } from '../batch.ts';
import type { Running } from '../running.ts';
import { book } from './booking.ts';
import { refundsOfPurchases } from './kept-back.ts';
import { bookBack, refunds } from './refunds.ts';
import { batchOf } from './till/command.ts';

export type Decision =
  | { readonly kind: 'decided'; readonly review: ReviewRow }
  | { readonly kind: 'unknown' }
  /** It was decided before, or what was bought came back. */
  | { readonly kind: 'over'; readonly review: ReviewRow };

/** Decides one, in a transaction of its own. Errors: those of the store; `55P03` when the lane isn't free within two seconds. */
export async function decide(
  session: OwnSession,
  running: Running,
  asked: {
    readonly reviewId: number;
    readonly status: 'accepted' | 'refused';
    readonly by: string;
    readonly now: Date;
  },
): Promise<Decision> {
  const { reviewId, status, by, now } = asked;
  const known = await findReview(session, reviewId, false);
  if (known === null) return { kind: 'unknown' };
  const decision = await session.transaction(async (inside): Promise<Decision> => {
    await waitBriefly(inside);
    const last = await lockLane(inside, known.lane);
    const review = await findReview(inside, reviewId, true);
    if (review === null) return { kind: 'unknown' };
    if (review.status !== 'open') return { kind: 'over', review };
    const t = new Date(Math.max(now.getTime(), last?.getTime() ?? 0));
    const batch = batchOf(inside, running, review.lane, t);
    await batch.writes.through(async () => {
      if (status === 'accepted') await accept(batch, review);
      batch.writes.later(decideReview(inside, reviewId, { status, by, t }));
    });
    return { kind: 'decided', review: { ...review, status, decided_by: by, decided_at: t } };
  });
  if (decision.kind === 'decided') await notifyInbox(session);
  return decision;
}

/** Books it as it would have been, and behind it what came back of the purchase meanwhile. */
async function accept(batch: Batch, review: ReviewRow & { readonly posting: unknown }): Promise<void> {
  const posting = postingOf(review);
  assertBooked((await book(batch, [posting])).answers[0]);
  const programme = batch.program.programmes.get(review.program);
  const match = 'match' in posting.posting ? posting.posting.match : null;
  if (programme === undefined || match === null) return;
  const { lane, profileId } = posting;
  const told = await refundsOfPurchases(batch, programme, [{ lane, profileId, match }]);
  await bookBack(batch, await refunds(batch, programme, told));
}

function postingOf(review: ReviewRow & { readonly posting: unknown }): PostingOf {
  const { lane, profile_id: profileId, program, posting } = review;
  return { lane, profileId, program, posting: posting as PostingOf['posting'] };
}

/** The list was locked and the key is booked under no other body, so nothing else can have happened. */
function assertBooked(answer: Answer | undefined): void {
  if (answer?.status !== 'booked' && answer?.status !== 'repeated') {
    throw new Error(`assertion failed: points of the review list are ${answer?.status}`);
  }
}
