/**
 * Postings on a member's account: points given, spent, held; what undoes them is `undo.ts`. Pure but for the member and the book that are
 * handed in; a member is settled before anything else, so that time's own bookings come first.
 */
import {
  type Book,
  byExpiry,
  type Member,
  originOf,
  type Piece,
  putInto,
  spendable,
  type Taken,
  takeFrom,
} from './account.ts';
import type { Of, Outcome, Posting } from './postings.ts';
import { expire, payDebt, release, settle } from './settle.ts';
import { cancel, disqualify, reverse } from './undo.ts';
import { bookTaken, pushTxn, sumOf } from './write-book.ts';

/** Books a posting at a time. */
export function post(member: Member, posting: Posting, at: number, book: Book): Outcome {
  settle(member, at, book);
  switch (posting.kind) {
    case 'earn':
      return earn(member, posting, at, book);
    case 'qualify':
      return qualify(member, posting, book);
    case 'activate':
      return activate(member, posting, at, book);
    case 'redeem':
      return redeem(member, posting, at, book);
    case 'hold':
      return hold(member, posting, at, book);
    case 'capture':
    case 'release':
      return resolve(member, posting, at, book);
    case 'cancel':
      return cancel(member, posting, at, book);
    case 'reverse':
      return posting.earned.qualifies === true
        ? disqualify(member, posting, at, book)
        : reverse(member, posting, at, book);
  }
}

function earn(member: Member, posting: Of<'earn'>, at: number, book: Book): Outcome {
  const { points, activeAt, expiresAt, source, issuer, match } = posting;
  const txnId = pushTxn(member, book, posting, {
    at: posting.at,
    amount: points,
    source,
    match,
    base: posting.base ?? null,
  });
  // A badge alone: that it was given is all there is to keep.
  if (points === 0) return { status: 'booked', txnId, points };
  const account = activeAt <= at ? 'active' : 'pending';
  book.entries.push({ member, txnId, debit: 'issued', credit: account, amount: points });
  book.moves.push({ member, lotId: txnId, txnId, amount: points });
  book.lots.push({
    member,
    lotId: txnId,
    amount: points,
    source,
    issuer,
    tier: member.tier,
    earnedAt: posting.at,
    activeAt,
    expiresAt,
  });
  // Told so late that they are lost already: they were given all the same.
  if (expiresAt !== null && expiresAt <= at) {
    expire(member, book, { lotId: txnId, points, from: account, at: expiresAt });
    return { status: 'booked', txnId, points };
  }
  putInto(member, { lotId: txnId, activeAt, expiresAt }, points, account);
  payDebt(member, at, book);
  return { status: 'booked', txnId, points };
}

function qualify(member: Member, posting: Of<'qualify'>, book: Book): Outcome {
  const { points, source, match, base = null } = posting;
  const txnId = pushTxn(member, book, posting, { at: posting.at, amount: points, source, match, base });
  if (points > 0) book.entries.push({ member, txnId, debit: 'granted', credit: 'status', amount: points });
  return { status: 'booked', txnId, points };
}

function activate(member: Member, posting: Of<'activate'>, at: number, book: Book): Outcome {
  const waiting = member.pieces.filter((one) => originOf(one) === posting.lot && one.account === 'pending');
  const amount = sumOf(waiting);
  if (amount === 0) return { status: 'over' };
  const txnId = pushTxn(member, book, posting, { at, amount, source: '', ofTxn: posting.lot });
  book.entries.push({ member, txnId, debit: 'pending', credit: 'active', amount });
  for (const piece of waiting) {
    piece.account = 'active';
    piece.activeAt = at;
  }
  return { status: 'booked', txnId, points: amount };
}

function redeem(member: Member, posting: Of<'redeem'>, at: number, book: Book): Outcome {
  const taken = spend(member, posting.points);
  if ('status' in taken) return taken;
  const txnId = pushTxn(member, book, posting, { at, amount: posting.points, source: posting.source });
  bookTaken(member, book, { txnId, taken, credit: 'redeemed' });
  return { status: 'booked', txnId, points: posting.points };
}

function hold(member: Member, posting: Of<'hold'>, at: number, book: Book): Outcome {
  const taken = spend(member, posting.points);
  if ('status' in taken) return taken;
  const { points, source, until } = posting;
  const txnId = pushTxn(member, book, posting, { at, amount: points, source, until });
  bookTaken(member, book, { txnId, taken, credit: 'held' });
  for (const { piece, points: share } of taken) {
    const { lotId, ofLot = null, expiresAt } = piece;
    member.pieces.push({ lotId, ofLot, holdId: txnId, account: 'held', remaining: share, activeAt: until, expiresAt });
  }
  return { status: 'booked', txnId, points };
}

function resolve(member: Member, posting: Of<'capture' | 'release'>, at: number, book: Book): Outcome {
  const isPart = ({ account, holdId }: Piece) => account === 'held' && holdId === posting.hold;
  const parts = member.pieces.filter(isPart);
  // It lapsed, or was resolved before: its pieces are gone.
  if (parts.length === 0) return { status: 'over' };
  member.pieces = member.pieces.filter((one) => !isPart(one));
  const points = parts.reduce((sum, { remaining }) => sum + remaining, 0);
  if (posting.kind === 'release') {
    const { key, digest } = posting;
    const txnId = release(member, book, { parts, holdId: posting.hold, at, kind: 'release', key, digest });
    return { status: 'booked', txnId, points };
  }
  const source = posting.source ?? '';
  const txnId = pushTxn(member, book, posting, { at, amount: points, source, ofTxn: posting.hold });
  book.entries.push({ member, txnId, debit: 'held', credit: 'redeemed', amount: points });
  return { status: 'booked', txnId, points };
}

/** Takes usable points, those first that are lost first; or says how many are missing. */
function spend(member: Member, points: number): readonly Taken[] | Extract<Outcome, { readonly status: 'short' }> {
  const missing = points - spendable(member);
  if (missing > 0) return { status: 'short', missing };
  const usable = member.pieces.filter(({ account }) => account === 'active').sort(byExpiry);
  return takeFrom(member, usable, points);
}
