/** Decides of points that a cap kept back: accepted, they are booked as they would have been; refused, they never are. */
import type { Answer, PostingOf } from '../../loyalty/ledger/book-postings.ts';
import { lockLane, waitBriefly } from '../../loyalty/queries.ts';
import { decideReview, findReview, type ReviewRow } from '../../loyalty/review/queries.ts';
import { notifyInbox } from '../../profiles/queries.ts';
import type { OwnSession } from '../../store/session.ts';
import type { Running } from '../running.ts';
import { book } from './booking.ts';
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
      if (status === 'accepted') assertBooked((await book(batch, [postingOf(review)])).answers[0]);
      batch.writes.later(decideReview(inside, reviewId, { status, by, t }));
    });
    return { kind: 'decided', review: { ...review, status, decided_by: by, decided_at: t } };
  });
  if (decision.kind === 'decided') await notifyInbox(session);
  return decision;
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
