/**
 * An account goes over to another: what two people had when they turned out to be one. Rows of the ledger never move; the points do, lot by
 * lot, each with its own time. Holds end, since who holds them knows the account that is left.
 */
import { type Book, type Lot, type Member, originOf, type Piece, putInto } from './account.ts';
import { payDebt, release } from './settle.ts';

/** A lot, or a part of one, by which points went over. */
export interface MovedLot {
  readonly lotId: number;
  /** As of a piece. */
  readonly ofLot?: number | null;
  readonly points: number;
  readonly account: 'pending' | 'active';
  readonly activeAt: number;
  readonly expiresAt: number | null;
}

/** How a lot was given, as the lot that it becomes tells, too. */
export type GivenLot = Pick<Lot, 'source' | 'issuer' | 'tier' | 'earnedAt'>;

/** Where somebody stood among the tiers. */
export type Standing = Pick<Member, 'tier' | 'tierSince' | 'tierUntil' | 'tierFalls'>;

/** What a transfer did: who takes it back reads it. JSON. */
export interface Transferred {
  readonly program: string;
  /** Lots of who gave, each with the lot of the other that it became. */
  readonly lots: readonly (MovedLot & { readonly became: number })[];
  readonly debt: number;
  /** Lots of who took that paid a debt of either at once. */
  readonly paid: readonly MovedLot[];
  readonly standings: { readonly from: Standing; readonly into: Standing };
}

/** Moves all points and debts at a time to which both accounts are settled. The higher of two tiers stays. */
export function transfer(
  from: Member,
  into: Member,
  book: Book,
  {
    at,
    key,
    issuer,
    rank,
    lotOf = () => undefined,
  }: {
    readonly at: number;
    readonly key: string;
    /** Who issues points where nothing is known of a lot. */
    readonly issuer: string;
    readonly rank: (tier: string | null) => number;
    /** Default: nothing is known. */
    readonly lotOf?: (lotId: number) => GivenLot | undefined;
  },
): Transferred {
  const standings = { from: standingOf(from), into: standingOf(into) };
  for (const holdId of new Set(from.pieces.flatMap((one) => (one.holdId === 0 ? [] : [one.holdId])))) {
    const parts = from.pieces.filter((one) => one.holdId === holdId);
    from.pieces = from.pieces.filter((one) => one.holdId !== holdId);
    release(from, book, { parts, holdId, at, kind: 'release', key: `release/${holdId}` });
  }
  const amount = from.pieces.reduce((sum, { remaining }) => sum + remaining, 0);
  const debt = from.debt;
  let lots: Transferred['lots'] = [];
  let paid: readonly MovedLot[] = [];
  if (amount + debt > 0) {
    const [out, back] = [from, into].map((member) => {
      const txnId = book.nextId();
      const rest = { source: 'merged', waived: 0, ofTxn: null, match: null, until: null, base: null };
      book.txns.push({ ...rest, member, txnId, kind: 'transfer', at, key, digest: '', amount: amount + debt });
      return txnId;
    }) as [number, number];
    const plain = { source: 'merged', issuer, tier: from.tier, earnedAt: at };
    lots = movePieces(from, into, book, { out, back, given: (lotId) => lotOf(lotId) ?? plain });
    if (debt > 0) {
      book.entries.push({ member: from, txnId: out, debit: 'transferred', credit: 'debt', amount: debt });
      book.entries.push({ member: into, txnId: back, debit: 'debt', credit: 'transferred', amount: debt });
      from.debt = 0;
      into.debt += debt;
    }
    const free = into.pieces.map((piece) => ({ piece, before: piece.remaining }));
    payDebt(into, at, book);
    paid = free.flatMap(({ piece, before }) => {
      const left = into.pieces.includes(piece) ? piece.remaining : 0;
      return left === before || piece.account === 'held' ? [] : [movedLot(piece, before - left)];
    });
  }
  if (rank(from.tier) > rank(into.tier)) Object.assign(into, standings.from);
  return { program: from.program, lots, debt, paid, standings };
}

export function standingOf({ tier, tierSince, tierUntil, tierFalls }: Member): Standing {
  return { tier, tierSince, tierUntil, tierFalls };
}

function movedLot({ lotId, ofLot = null, account, activeAt, expiresAt }: Piece, points: number): MovedLot {
  return { lotId, ofLot, points, account: account === 'pending' ? 'pending' : 'active', activeAt, expiresAt };
}

function movePieces(
  from: Member,
  into: Member,
  book: Book,
  { out, back, given }: { readonly out: number; readonly back: number; readonly given: (lotId: number) => GivenLot },
): Transferred['lots'] {
  const pieces = from.pieces;
  from.pieces = [];
  for (const account of ['active', 'pending'] as const) {
    const amount = pieces.reduce((sum, one) => (one.account === account ? sum + one.remaining : sum), 0);
    if (amount === 0) continue;
    book.entries.push({ member: from, txnId: out, debit: account, credit: 'transferred', amount });
    book.entries.push({ member: into, txnId: back, debit: 'transferred', credit: account, amount });
  }
  return pieces.map((piece) => {
    const { lotId, remaining, activeAt, expiresAt, account } = piece;
    book.moves.push({ member: from, lotId, txnId: out, amount: -remaining });
    const lot = { lotId: book.nextId(), ofLot: originOf(piece), activeAt, expiresAt };
    book.lots.push({ ...given(lotId), ...lot, member: into, amount: remaining });
    book.moves.push({ member: into, lotId: lot.lotId, txnId: back, amount: remaining });
    putInto(into, lot, remaining, account === 'pending' ? 'pending' : 'active');
    return { ...movedLot(piece, remaining), became: lot.lotId };
  });
}
