/**
 * Postings that undo others: spent points given back, earned ones taken back. Pure as `post.ts` is, which hands over what is asked for
 * once the member is settled.
 */
import { type Book, type Member, originOf, pointsOf, putInto, takeFrom } from './account.ts';
import type { BurntLots, Of, Outcome, Spent } from './postings.ts';
import { expire, freePieces, payDebt } from './settle.ts';
import { bookTaken, pushTxn, sumOf } from './write-book.ts';

/** They were given for tiers alone, so nothing of them can have been spent. */
export function disqualify(member: Member, posting: Of<'reverse'>, at: number, book: Book): Outcome {
  const { earned, base = null } = posting;
  const points = Math.min(posting.points, earned.points - earned.reversed);
  if (points <= 0) return { status: 'over' };
  const asked = { ...posting, kind: 'disqualify' } as const;
  const txnId = pushTxn(member, book, asked, { at, amount: points, source: '', ofTxn: earned.txnId, base });
  book.entries.push({ member, txnId, debit: 'status', credit: 'granted', amount: points });
  earned.reversed += points;
  return { status: 'booked', txnId, points };
}

/**
 * Gives points back to their lots, those last that were taken first: so parts give back what the whole does, and what would have been
 * lost soonest stays spent the longest.
 */
export function cancel(member: Member, posting: Of<'cancel'>, at: number, book: Book): Outcome {
  const { spent, burnt } = posting;
  const there = spent.parts.reduce((sum, part) => sum + part.points, 0);
  const points = Math.min(posting.points ?? there, there);
  if (points <= 0) return { status: 'over' };
  const txnId = pushTxn(member, book, posting, { at, amount: points, source: '', ofTxn: spent.txnId });
  book.entries.push({ member, txnId, debit: 'redeemed', credit: 'active', amount: points });
  let left = points;
  for (const part of [...spent.parts].reverse()) {
    const share = Math.min(left, part.points);
    if (share === 0) continue;
    left -= share;
    part.points -= share;
    giveBack(member, book, { txnId, at, share, part, spent, burnt });
  }
  payDebt(member, at, book);
  return { status: 'booked', txnId, points };
}

function giveBack(
  member: Member,
  book: Book,
  given: {
    readonly txnId: number;
    readonly at: number;
    readonly share: number;
    readonly part: Spent['parts'][number];
    readonly spent: Spent;
    readonly burnt: BurntLots;
  },
): void {
  const { txnId, at, share, spent, burnt } = given;
  const { expiresAt, isOthers = false } = given.part;
  const lives = expiresAt === null || expiresAt > at;
  const ofLot = isOthers ? originOf(given.part) : (given.part.ofLot ?? null);
  const lotId = isOthers && (lives || burnt.kind === 'keep') ? book.nextId() : given.part.lotId;
  if (lotId !== given.part.lotId) {
    const { issuer } = spent;
    const { tier } = member;
    book.lots.push({
      ...{ member, lotId, ofLot, amount: share, source: '', issuer, tier, earnedAt: at },
      activeAt: at,
      expiresAt,
    });
  }
  if (lives || burnt.kind === 'keep') book.moves.push({ member, lotId, txnId, amount: share });
  if (lives) putInto(member, { lotId, ofLot, activeAt: at, expiresAt }, share, 'active');
  else if (burnt.kind === 'keep') expire(member, book, { lotId, points: share, from: 'active', at });
  else {
    const until = burnt.kind === 'new_lot' ? burnt.expiresAt : at + (expiresAt - spent.at);
    giveLot(member, book, { txnId, points: share, at, expiresAt: until, issuer: spent.issuer });
  }
}

/** Points in a lot of their own, which may be spent at once. */
function giveLot(
  member: Member,
  book: Book,
  given: {
    readonly txnId: number;
    readonly points: number;
    readonly at: number;
    readonly expiresAt: number | null;
    readonly issuer: string;
  },
): void {
  const { txnId, points: amount, at, expiresAt, issuer } = given;
  const lotId = book.nextId();
  const { tier } = member;
  book.lots.push({ member, lotId, amount, source: '', issuer, tier, earnedAt: at, activeAt: at, expiresAt });
  book.moves.push({ member, lotId, txnId, amount });
  putInto(member, { lotId, activeAt: at, expiresAt }, amount, 'active');
}

/**
 * Takes points back: first those left of the same lot; those that it lost by time are lost already; then, since the others were spent, from
 * the member's other points; what is missing then is a debt, or is forgiven, as the policy has it. Parts add up to the whole.
 */
export function reverse(member: Member, posting: Of<'reverse'>, at: number, book: Book): Outcome {
  const { earned, policy } = posting;
  const points = Math.min(posting.points, earned.points - earned.reversed);
  // A badge alone: that it was taken back is all there is to keep.
  const isBadge = earned.points === 0 && (earned.reversals ?? null) === null;
  if (points <= 0 && !isBadge) return { status: 'over' };
  const free = freePieces(member, at);
  const own = free.filter((one) => originOf(one) === earned.txnId);
  const others = free.filter((one) => originOf(one) !== earned.txnId);
  const left = Math.min(points, sumOf(own));
  const lost = Math.min(points - left, Math.max(0, earned.expired - earned.waived));
  const missing = Math.max(0, points - left - lost - sumOf(others));
  if (missing > 0 && policy === 'reject') return { status: 'rejected', missing };
  const taken = [...takeFrom(member, own, left), ...takeFrom(member, others, points - left - lost - missing)];
  const owed = policy === 'debt' ? missing : 0;
  const waived = points - pointsOf(taken) - owed;
  const txnId = pushTxn(member, book, posting, {
    at,
    amount: points,
    source: '',
    ofTxn: earned.txnId,
    waived,
    base: posting.base ?? null,
  });
  bookTaken(member, book, { txnId, taken, credit: 'reversed' });
  earned.reversed += points;
  earned.waived += waived;
  if (owed > 0) {
    member.debt += owed;
    book.entries.push({ member, txnId, debit: 'debt', credit: 'reversed', amount: owed });
  }
  return { status: 'booked', txnId, points };
}
