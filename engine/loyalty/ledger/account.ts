/**
 * What the ledger is made of, as plain data: a member's account in memory, and the rows that a posting writes. Times are milliseconds
 * since the epoch, points are integers. What is done with it is in `settle.ts` and `post.ts`; the store in `queries.ts`.
 */

/** Of the member: pending active held debt, and status, which counts for tiers alone. Of the programme, sums of entries that are stored nowhere: the others. */
export type Account =
  | 'pending'
  | 'active'
  | 'held'
  | 'debt'
  | 'status'
  | 'granted'
  | 'issued'
  | 'redeemed'
  | 'expired'
  | 'reversed'
  | 'transferred';

/** Points that wait for an event have this time, which no programme lives to see: the year 9999. */
export const never = Date.UTC(9999, 0, 1);

/** What is left of a lot, or a held part of it. */
export interface Piece {
  readonly lotId: number;
  /** The lot in which these points were given, when they went over from another account; null or absent: this one. */
  readonly ofLot?: number | null;
  /** The hold's transaction; 0: it is free. */
  readonly holdId: number;
  account: 'pending' | 'active' | 'held';
  remaining: number;
  /** From then on it can be spent; of a held part the end of the hold. */
  activeAt: number;
  /** From then on it can't. */
  expiresAt: number | null;
}

/** An opaque holder, and the lane in which its rows lie. */
export interface Holder {
  readonly lane: number;
  readonly holderId: number;
}

/** A member's account in a programme. It is changed in place while postings are booked. */
export interface Member {
  readonly lane: number;
  readonly profileId: number;
  readonly program: string;
  /** Opaque: the ledger names nobody. */
  readonly holderId: number;
  readonly isNew: boolean;
  /** Holders whose history is his, too: of profiles that were merged into him. Default: none. */
  readonly others?: readonly Holder[];
  debt: number;
  pieces: Piece[];
  /** null: the first tier. */
  tier: string | null;
  tierSince: number | null;
  tierUntil: number | null;
  /** It falls then unless it is reached again before. */
  tierFalls: number | null;
  /** Up to when tiers and notices were worked out. */
  seenAt: number | null;
}

export type TxnKind =
  | 'earn'
  | 'redeem'
  | 'hold'
  | 'capture'
  | 'release'
  | 'cancel'
  | 'reverse'
  | 'qualify'
  | 'disqualify'
  | 'repay'
  | 'transfer'
  | 'activate'
  | 'lapse'
  | 'expire';

export interface Txn {
  readonly member: Member;
  readonly txnId: number;
  readonly kind: TxnKind;
  readonly at: number;
  readonly key: string;
  readonly digest: string;
  readonly source: string;
  readonly amount: number;
  readonly waived: number;
  readonly ofTxn: number | null;
  readonly match: string | null;
  readonly until: number | null;
  /** How much was bought, or of a reversal how much of it came back; null: unknown. */
  readonly base: number | null;
}

/** One row a movement: it balances by construction. */
export interface Entry {
  readonly member: Member;
  readonly txnId: number;
  readonly debit: Account;
  readonly credit: Account;
  readonly amount: number;
}

export interface Lot {
  readonly member: Member;
  readonly lotId: number;
  /** As of a piece. */
  readonly ofLot?: number | null;
  readonly amount: number;
  readonly source: string;
  readonly issuer: string;
  readonly tier: string | null;
  readonly earnedAt: number;
  readonly activeAt: number;
  readonly expiresAt: number | null;
}

/** What a transaction gave to a lot (above 0) or took from it. */
export interface Move {
  readonly member: Member;
  readonly lotId: number;
  readonly txnId: number;
  readonly amount: number;
}

/** The rows of a set of postings, in order. */
export interface Book {
  readonly txns: Txn[];
  readonly entries: Entry[];
  readonly lots: Lot[];
  readonly moves: Move[];
  /** A number that nobody has. */
  nextId(): number;
}

export function newBook(nextId: () => number): Book {
  return { txns: [], entries: [], lots: [], moves: [], nextId };
}

/** Whether the piece's time is over. */
export function isOver(piece: Piece, at: number): boolean {
  return piece.expiresAt !== null && piece.expiresAt <= at;
}

/** The lot in which its points were given: that of the transaction by which they were earned. */
export function originOf({ lotId, ofLot }: Pick<Piece, 'lotId' | 'ofLot'>): number {
  return ofLot ?? lotId;
}

/** All holders whose history is the member's. */
export function holdersOf({ lane, holderId, isNew, others = [] }: Member): readonly Holder[] {
  return isNew ? others : [{ lane, holderId }, ...others];
}

/** Those that are lost first, first; of equal ones the older lot. */
export function byExpiry(a: Piece, b: Piece): number {
  const [x, y] = [a.expiresAt ?? Number.POSITIVE_INFINITY, b.expiresAt ?? Number.POSITIVE_INFINITY];
  if (x !== y) return x < y ? -1 : 1;
  return originOf(a) - originOf(b) || a.lotId - b.lotId;
}

/** Points that can be spent, of a member that was settled. */
export function spendable(member: Member): number {
  let total = 0;
  for (const { account, remaining } of member.pieces) if (account === 'active') total += remaining;
  return total;
}

/** Puts points into a lot's free piece, which is made when there is none. */
export function putInto(
  member: Member,
  lot: Pick<Piece, 'lotId' | 'ofLot'> & { readonly activeAt: number; readonly expiresAt: number | null },
  points: number,
  account: 'pending' | 'active',
): void {
  const { lotId, ofLot = null, activeAt, expiresAt } = lot;
  const piece = member.pieces.find((one) => one.lotId === lotId && one.holdId === 0);
  if (piece !== undefined) piece.remaining += points;
  else member.pieces.push({ lotId, ofLot, holdId: 0, account, remaining: points, activeAt, expiresAt });
}

export interface Taken {
  readonly piece: Piece;
  readonly points: number;
}

/** Takes points from pieces in the order given, and says from which; never more than they hold. */
export function takeFrom(member: Member, pieces: readonly Piece[], points: number): readonly Taken[] {
  const taken: Taken[] = [];
  let wanted = points;
  for (const piece of pieces) {
    if (wanted === 0) break;
    const share = Math.min(wanted, piece.remaining);
    if (share === 0) continue;
    piece.remaining -= share;
    wanted -= share;
    taken.push({ piece, points: share });
  }
  if (taken.length > 0) member.pieces = member.pieces.filter(({ remaining }) => remaining > 0);
  return taken;
}

export function pointsOf(taken: readonly Taken[]): number {
  return taken.reduce((sum, { points }) => sum + points, 0);
}
