/**
 * Caps against fraud: what members would get beyond what is usual in a day or a month, or beyond what anybody has, isn't booked but stands
 * on a list until somebody accepts or refuses it (`review.ts`). It is looked at once more by nobody: an order that is told again isn't
 * booked either.
 */
import type { LinkedProgramme } from '../../compiler/linked-programme.ts';
import type { AccountsAhead } from '../../loyalty/ledger/accounts-ahead.ts';
import type { Answer, PostingOf } from '../../loyalty/ledger/booking.ts';
import { reserveIds } from '../../loyalty/ledger/ledger-ids.ts';
import type { Posting } from '../../loyalty/ledger/postings.ts';
import {
  type CapReason,
  type CapUse,
  insertReviews,
  type NewReview,
  readCapUse,
} from '../../loyalty/review/queries.ts';
import type { Batch } from '../batch.ts';
import { type OwnEvent, tellOwnEvents } from '../facts/own-events.ts';
import { book } from './booking.ts';

type Earn = Extract<Posting, { readonly kind: 'earn' }>;
type Caps = NonNullable<LinkedProgramme['body']['caps']>;

/** Books what was earned, as far as caps let it; what is kept back is answered as `over`. Answers are aligned with the postings. */
export async function bookEarned(
  batch: Batch,
  postings: readonly PostingOf[],
  hops: ReadonlyMap<number, number>,
  ahead?: AccountsAhead,
): Promise<readonly Answer[]> {
  if (postings.length === 0) return [];
  const kept = await beyondCaps(batch, postings);
  const passing = postings.filter((one) => !kept.has(one));
  const { answers } =
    passing.length === 0 ? { answers: [] } : await book(batch, passing, { hops, ...(ahead && { ahead }) });
  await keepBack(batch, kept, hops);
  const byOne = new Map(passing.map((one, i) => [one, answers[i] as Answer]));
  return postings.map((one) => byOne.get(one) ?? { status: 'over' });
}

/** Those that a cap keeps back, with why; null: it was kept back before. */
async function beyondCaps(
  batch: Batch,
  postings: readonly PostingOf[],
): Promise<ReadonlyMap<PostingOf, CapReason | null>> {
  const capped = postings.flatMap((one) => {
    const caps = batch.program.programmes.get(one.program)?.body.caps;
    return caps !== undefined && one.posting.kind === 'earn' ? [{ one, caps, posting: one.posting }] : [];
  });
  if (capped.length === 0) return new Map();
  const asked = capped.map(({ one: { lane, profileId, program }, posting: { at, key, source } }) => {
    return { lane, profileId, program, at, key, source };
  });
  const used = await readCapUse(batch.session, asked, batch.program.definitions.zone);
  // What this set gives counts for those after it.
  const more = new Map<string, number>();
  const kept = new Map<PostingOf, CapReason | null>();
  for (const [i, { one, caps, posting }] of capped.entries()) {
    const use = used[i] as CapUse;
    if (use.is_booked) continue;
    const reason = use.is_kept ? null : reasonOf(caps, { one, posting, use, more });
    if (use.is_kept || reason !== null) kept.set(one, reason);
  }
  return kept;
}

function reasonOf(
  caps: Caps,
  given: {
    readonly one: PostingOf;
    readonly posting: Earn;
    readonly use: CapUse;
    readonly more: Map<string, number>;
  },
): CapReason | null {
  const { one, posting, use, more } = given;
  const who = `${one.profileId} ${one.program}`;
  const counts = [
    ['day', `${who} day ${use.day}`, use.in_day, caps.day],
    ['month', `${who} month ${use.month}`, use.in_month, caps.month],
    ['balance', `${who} balance`, use.balance, caps.balance],
  ] as const;
  for (const [reason, key, before, cap] of counts) {
    if (cap !== undefined && before + (more.get(key) ?? 0) + posting.points > cap) return reason;
  }
  for (const [, key] of counts) more.set(key, (more.get(key) ?? 0) + posting.points);
  return null;
}

async function keepBack(
  batch: Batch,
  kept: ReadonlyMap<PostingOf, CapReason | null>,
  hops: ReadonlyMap<number, number>,
): Promise<void> {
  const fresh = [...kept].flatMap(([one, reason]) => (reason === null ? [] : [{ one, reason }]));
  if (fresh.length === 0) return;
  const nextId = await reserveIds(batch.session, fresh.length);
  const rows = fresh.map(({ one, reason }): NewReview => {
    const { lane, profileId, program } = one;
    const posting = one.posting as Earn;
    const { key, points, source, match } = posting;
    return { lane, profileId, program, reviewId: nextId(), key, points, source, reason, match, posting };
  });
  batch.writes.later(insertReviews(batch.session, rows, batch.t));
  tellOwnEvents(
    batch,
    rows.map(({ lane, profileId, program, points, source, reason }): OwnEvent => {
      const properties = { program, points, rule: source, reason };
      return { lane, profileId, type: 'points_withheld', at: batch.t, properties, hop: hops.get(profileId) ?? 0 };
    }),
  );
}
