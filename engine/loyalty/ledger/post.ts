/**
 * Postings on a member's account: points given, spent, held, given back, taken back. Pure but for the member and the book that are
 * handed in; a member is settled before anything else, so that time's own bookings come first.
 */
import {
  type Book,
  byExpiry,
  type Entry,
  type Member,
  originOf,
  type Piece,
  pointsOf,
  putInto,
  spendable,
  type Taken,
  type Txn,
  takeFrom,
} from './account.ts';
import { entriesOf, expire, freePieces, payDebt, release, settle } from './settle.ts';

interface Asked {
  /** Unique in the account: booked once. */
  readonly key: string;
  /** Of the whole posting: the same key with another digest is a conflict. */
  readonly digest: string;
}

export type Posting =
  | (Asked & {
      readonly kind: 'earn';
      readonly points: number;
      /** When it was earned, which may lie back. */
      readonly at: number;
      readonly activeAt: number;
      readonly expiresAt: number | null;
      readonly source: string;
      readonly issuer: string;
      readonly match: string | null;
      readonly base?: number | null;
    })
  /** Points that count for tiers and are never spent. */
  | (Asked & {
      readonly kind: 'qualify';
      readonly points: number;
      readonly at: number;
      readonly source: string;
      readonly match: string | null;
      readonly base?: number | null;
    })
  /** Makes points usable that waited for something. */
  | (Asked & { readonly kind: 'activate'; readonly lot: number })
  | (Asked & { readonly kind: 'redeem'; readonly points: number; readonly source: string })
  | (Asked & { readonly kind: 'hold'; readonly points: number; readonly source: string; readonly until: number })
  /** `source` of a capture: what the points were held for. */
  | (Asked & { readonly kind: 'capture' | 'release'; readonly hold: number; readonly source?: string })
  /** Gives spent points back to the lots that they came from; `points` of them, all that are left when absent. */
  | (Asked & { readonly kind: 'cancel'; readonly spent: Spent; readonly burnt: BurntLots; readonly points?: number })
  /** Takes earned points back, all or a part. */
  | (Asked & {
      readonly kind: 'reverse';
      readonly points: number;
      readonly earned: Earned;
      readonly policy: SpentPoints;
      readonly base?: number | null;
    });

/** What becomes of points to be taken back that were spent: a debt, no more is taken than is left, or nothing at all is taken back. */
export type SpentPoints = 'debt' | 'cap_at_zero' | 'reject';
/** What becomes of points given back to a lot whose time is over: it lives as long as was left when they were spent, they are lost, or they live as new ones. */
export type BurntLots =
  | { readonly kind: 'extend' | 'keep' }
  | { readonly kind: 'new_lot'; readonly expiresAt: number | null };

/** A redemption (or a captured hold) with the moves by which it took from lots. */
export interface Spent {
  readonly txnId: number;
  readonly at: number;
  readonly issuer: string;
  /** In the order in which they were taken. A cancellation is noted here, so that several of one set know of each other. */
  readonly parts: readonly {
    readonly lotId: number;
    /** As of a piece. */
    readonly ofLot?: number | null;
    /** The lot is of a holder who was merged into the member: what is given back gets a lot of his own. Default: it is his. */
    readonly isOthers?: boolean;
    /** Taken, and not given back yet. */
    points: number;
    readonly expiresAt: number | null;
  }[];
}

/** An earning with what became of it; a reversal is noted here, so that several of one set know of each other. */
export interface Earned {
  readonly txnId: number;
  readonly points: number;
  /** Taken back before. */
  reversed: number;
  /** Of that, what could not be taken. */
  waived: number;
  /** Lost by time from its lot. */
  readonly expired: number;
  /** It counts for tiers alone. Default: it is points. */
  readonly qualifies?: boolean;
  /** Keys of what took it back so far; null or absent: nothing did. What gave no points is taken back once. */
  readonly reversals?: readonly string[] | null;
}

export type Outcome =
  | { readonly status: 'booked'; readonly txnId: number; readonly points: number }
  /** Not enough points, and nothing was booked. */
  | { readonly status: 'short'; readonly missing: number }
  /** The hold has lapsed or was resolved, the redemption was cancelled, nothing is left to be taken back. */
  | { readonly status: 'over' }
  /** The programme takes nothing back that was spent. */
  | { readonly status: 'rejected'; readonly missing: number };

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

type Of<K extends Posting['kind']> = Extract<Posting, { readonly kind: K }>;

function earn(member: Member, posting: Of<'earn'>, at: number, book: Book): Outcome {
  const { points, activeAt, expiresAt, source, issuer, match } = posting;
  const txnId = push(member, book, posting, {
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
  const txnId = push(member, book, posting, { at: posting.at, amount: points, source, match, base });
  if (points > 0) book.entries.push({ member, txnId, debit: 'granted', credit: 'status', amount: points });
  return { status: 'booked', txnId, points };
}

/** They were given for tiers alone, so nothing of them can have been spent. */
function disqualify(member: Member, posting: Of<'reverse'>, at: number, book: Book): Outcome {
  const { earned, base = null } = posting;
  const points = Math.min(posting.points, earned.points - earned.reversed);
  if (points <= 0) return { status: 'over' };
  const asked = { ...posting, kind: 'disqualify' } as const;
  const txnId = push(member, book, asked, { at, amount: points, source: '', ofTxn: earned.txnId, base });
  book.entries.push({ member, txnId, debit: 'status', credit: 'granted', amount: points });
  earned.reversed += points;
  return { status: 'booked', txnId, points };
}

function activate(member: Member, posting: Of<'activate'>, at: number, book: Book): Outcome {
  const waiting = member.pieces.filter((one) => originOf(one) === posting.lot && one.account === 'pending');
  const amount = sumOf(waiting);
  if (amount === 0) return { status: 'over' };
  const txnId = push(member, book, posting, { at, amount, source: '', ofTxn: posting.lot });
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
  const txnId = push(member, book, posting, { at, amount: posting.points, source: posting.source });
  bookTaken(member, book, { txnId, taken, credit: 'redeemed' });
  return { status: 'booked', txnId, points: posting.points };
}

function hold(member: Member, posting: Of<'hold'>, at: number, book: Book): Outcome {
  const taken = spend(member, posting.points);
  if ('status' in taken) return taken;
  const { points, source, until } = posting;
  const txnId = push(member, book, posting, { at, amount: points, source, until });
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
  const txnId = push(member, book, posting, { at, amount: points, source, ofTxn: posting.hold });
  book.entries.push({ member, txnId, debit: 'held', credit: 'redeemed', amount: points });
  return { status: 'booked', txnId, points };
}

/**
 * Gives points back to their lots, those last that were taken first: so parts give back what the whole does, and what would have been
 * lost soonest stays spent the longest.
 */
function cancel(member: Member, posting: Of<'cancel'>, at: number, book: Book): Outcome {
  const { spent, burnt } = posting;
  const there = spent.parts.reduce((sum, part) => sum + part.points, 0);
  const points = Math.min(posting.points ?? there, there);
  if (points <= 0) return { status: 'over' };
  const txnId = push(member, book, posting, { at, amount: points, source: '', ofTxn: spent.txnId });
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
function reverse(member: Member, posting: Of<'reverse'>, at: number, book: Book): Outcome {
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
  const txnId = push(member, book, posting, {
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

function sumOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { remaining }) => sum + remaining, 0);
}

/** Takes usable points, those first that are lost first; or says how many are missing. */
function spend(member: Member, points: number): readonly Taken[] | Extract<Outcome, { readonly status: 'short' }> {
  const missing = points - spendable(member);
  if (missing > 0) return { status: 'short', missing };
  const usable = member.pieces.filter(({ account }) => account === 'active').sort(byExpiry);
  return takeFrom(member, usable, points);
}

function bookTaken(
  member: Member,
  book: Book,
  {
    txnId,
    taken,
    credit,
  }: { readonly txnId: number; readonly taken: readonly Taken[]; readonly credit: Entry['credit'] },
): void {
  book.entries.push(...entriesOf(member, txnId, taken, credit));
  for (const { piece, points } of taken) book.moves.push({ member, lotId: piece.lotId, txnId, amount: -points });
}

type More = Pick<Txn, 'at' | 'amount' | 'source'> & Partial<Pick<Txn, 'ofTxn' | 'match' | 'until' | 'waived' | 'base'>>;

function push(
  member: Member,
  book: Book,
  { kind, key, digest }: Pick<Txn, 'kind' | 'key' | 'digest'>,
  more: More,
): number {
  const txnId = book.nextId();
  book.txns.push({
    member,
    txnId,
    kind,
    key,
    digest,
    ofTxn: null,
    match: null,
    until: null,
    waived: 0,
    base: null,
    ...more,
  });
  return txnId;
}
