/** Points that a cap kept back, and what was decided of them. */
import type { Decision } from '../../activation/loyalty/review.ts';
import type { ReviewRow } from '../../loyalty/review/queries.ts';
import { counted, formatCount, formatTime, table } from './style.ts';
import type { View } from './view.ts';

export interface ShownReviews {
  readonly program: string | null;
  readonly reviews: readonly ReviewRow[];
}

const reasons = { day: 'points of a day', month: 'points of a month', balance: 'points of a member' } as const;

export const reviewsView: View<ShownReviews> = {
  human: ({ program, reviews }) => {
    if (reviews.length === 0) return `Nothing is kept back${program === null ? '' : ` of ${program}`}.\n`;
    const rows = reviews.map((one) => [
      ...[String(one.review_id), one.program, String(one.profile_id), one.points, one.source, reasons[one.reason]],
      ...[formatTime(one.created_at.toISOString()), one.status],
    ]);
    const head = ['number', 'programme', 'profile', 'points', 'by', 'over the cap of', 'since', 'status'];
    return `${table(head, rows, { align: 'lll' })}  \`parcours statement PROFILE\` shows the account.\n`;
  },
  json: ({ program, reviews }) => ({ program, reviews: reviews.map(reviewJson) }),
};

function reviewJson(one: ReviewRow) {
  return {
    ...{ review: one.review_id, program: one.program, profile: one.profile_id, points: one.points },
    ...{ source: one.source, reason: one.reason, status: one.status, since: one.created_at.toISOString() },
    ...{ decided_at: one.decided_at?.toISOString() ?? null, decided_by: one.decided_by },
  };
}

export interface ShownDecisions {
  readonly status: 'accepted' | 'refused';
  readonly decisions: readonly (Decision & { readonly number: number })[];
}

export const decisionsView: View<ShownDecisions> = {
  human: ({ status, decisions }) => {
    const done = decisions.flatMap((one) => (one.kind === 'decided' ? [one.review.points] : []));
    const sum = done.reduce((total, points) => total + points, 0);
    const others = decisions.flatMap((one) => {
      if (one.kind === 'unknown') return [`${one.number} stands on no list.\n`];
      return one.kind === 'over' ? [`${one.number} was ${one.review.status} before.\n`] : [];
    });
    const head = done.length === 0 ? '' : `${counted(done.length, 'posting')} ${status}: ${formatCount(sum)} points.\n`;
    return head + others.join('');
  },
  json: ({ status, decisions }) => ({
    status,
    decisions: decisions.map((one) =>
      one.kind === 'unknown'
        ? { number: one.number, kind: one.kind }
        : { number: one.number, kind: one.kind, ...reviewJson(one.review) },
    ),
  }),
};
