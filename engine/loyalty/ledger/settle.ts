/**
 * Books what time has brought about for a member: points that became usable, holds that lapsed, lots that expired; each at the time that
 * was due, whenever it is booked. So what can be spent at a time is the same whether or not anybody settled before.
 */
import {
  type Book,
  byExpiry,
  type Entry,
  isOver,
  type Member,
  never,
  type Piece,
  pointsOf,
  putInto,
  type TxnKind,
  takeFrom,
} from './account.ts';

/** Settles a member up to and including `until`. */
export function settle(member: Member, until: number, book: Book): void {
  for (;;) {
    const next = nextDue(member);
    if (next === null || next.at > until) return;
    bookDue(member, next, book);
  }
}

/** When time alone changes the account next; null: never. */
export function nextChange(member: Member): number | null {
  return nextDue(member)?.at ?? null;
}

/** Points that can be spent at a time, without booking anything. */
export function availableAt(member: Member, at: number): number {
  const copy: Member = { ...member, pieces: member.pieces.map((piece) => ({ ...piece })) };
  settle(copy, at, { txns: [], entries: [], lots: [], moves: [], nextId: () => 0 });
  return copy.pieces.reduce((sum, { account, remaining }) => (account === 'active' ? sum + remaining : sum), 0);
}

interface Due {
  readonly at: number;
  readonly kind: 'expire' | 'activate' | 'lapse';
  readonly piece: Piece;
}

/** What is due first; of one instant what is lost, then what becomes usable, then holds, each by lot. */
function nextDue(member: Member): Due | null {
  let first: Due | null = null;
  for (const piece of member.pieces) {
    const due = dueOf(piece);
    if (due !== null && (first === null || isBefore(due, first))) first = due;
  }
  return first;
}

const order = { expire: 0, activate: 1, lapse: 2 } as const;

function isBefore(a: Due, b: Due): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.kind !== b.kind) return order[a.kind] < order[b.kind];
  if (a.piece.holdId !== b.piece.holdId) return a.piece.holdId < b.piece.holdId;
  return a.piece.lotId < b.piece.lotId;
}

/** A held part outlives its lot's time: whoever holds it was in time. */
function dueOf(piece: Piece): Due | null {
  const { account, activeAt, expiresAt } = piece;
  if (account === 'held') return { at: activeAt, kind: 'lapse', piece };
  if (account === 'pending' && (expiresAt === null || activeAt < expiresAt))
    return activeAt >= never ? null : { at: activeAt, kind: 'activate', piece };
  return expiresAt === null ? null : { at: expiresAt, kind: 'expire', piece };
}

function bookDue(member: Member, { at, kind, piece }: Due, book: Book): void {
  const { lotId, holdId, remaining, account } = piece;
  if (kind === 'activate') {
    piece.account = 'active';
    bookOwn(member, book, {
      kind,
      at,
      key: `activate/${lotId}`,
      amount: remaining,
      debit: 'pending',
      credit: 'active',
    });
    return;
  }
  member.pieces = member.pieces.filter((one) => one !== piece);
  if (kind === 'expire') {
    expire(member, book, { lotId, points: remaining, from: account === 'pending' ? 'pending' : 'active', at });
    return;
  }
  // All parts of the hold lapse together.
  const parts = [piece, ...member.pieces.filter((one) => one.holdId === holdId)];
  member.pieces = member.pieces.filter((one) => one.holdId !== holdId);
  release(member, book, { parts, holdId, at, kind: 'lapse', key: `lapse/${holdId}` });
}

/** Gives the held parts back to their lots; what has expired meanwhile is lost. Then debts are paid. */
export function release(
  member: Member,
  book: Book,
  given: {
    readonly parts: readonly Piece[];
    readonly holdId: number;
    readonly at: number;
    readonly kind: 'lapse' | 'release';
    readonly key: string;
    readonly digest?: string;
  },
): number {
  const { parts, holdId, at, kind, key, digest } = given;
  const amount = parts.reduce((sum, { remaining }) => sum + remaining, 0);
  const txnId = bookOwn(member, book, {
    kind,
    at,
    key,
    digest,
    amount,
    debit: 'held',
    credit: 'active',
    ofTxn: holdId,
  });
  for (const { lotId, ofLot = null, remaining, expiresAt } of parts) {
    book.moves.push({ member, lotId, txnId, amount: remaining });
    if (expiresAt !== null && expiresAt <= at) expire(member, book, { lotId, points: remaining, from: 'active', at });
    else putInto(member, { lotId, ofLot, activeAt: at, expiresAt }, remaining, 'active');
  }
  payDebt(member, at, book);
  return txnId;
}

/** Points of a lot are lost. */
export function expire(
  member: Member,
  book: Book,
  lost: { readonly lotId: number; readonly points: number; readonly from: 'pending' | 'active'; readonly at: number },
): void {
  const { lotId, points, from, at } = lost;
  const txnId = book.nextId();
  pushOwn(member, book, { txnId, kind: 'expire', at, key: `expire/${lotId}/${txnId}`, amount: points, ofTxn: null });
  book.entries.push({ member, txnId, debit: from, credit: 'expired', amount: points });
  book.moves.push({ member, lotId, txnId, amount: -points });
}

/** What is free pays what the member owes: usable points first, then those to come. */
export function payDebt(member: Member, at: number, book: Book): void {
  if (member.debt === 0) return;
  const taken = takeFrom(member, freePieces(member, at), member.debt);
  const amount = pointsOf(taken);
  if (amount === 0) return;
  member.debt -= amount;
  const txnId = book.nextId();
  pushOwn(member, book, { txnId, kind: 'repay', at, key: `repay/${txnId}`, amount, ofTxn: null });
  book.entries.push(...entriesOf(member, txnId, taken, 'debt'));
  for (const { piece, points } of taken) book.moves.push({ member, lotId: piece.lotId, txnId, amount: -points });
}

/** Pieces that nobody holds: usable ones first, each those first that are lost first. */
export function freePieces(member: Member, at: number): readonly Piece[] {
  const living = member.pieces.filter((piece) => piece.account !== 'held' && !isOver(piece, at)).sort(byExpiry);
  return [
    ...living.filter(({ account }) => account === 'active'),
    ...living.filter(({ account }) => account === 'pending'),
  ];
}

/** One entry for each account that the points were taken from. */
export function entriesOf(
  member: Member,
  txnId: number,
  taken: readonly { readonly piece: Piece; readonly points: number }[],
  credit: Entry['credit'],
): readonly Entry[] {
  return (['active', 'pending'] as const).flatMap((debit) => {
    const amount = taken.reduce((sum, { piece, points }) => (piece.account === debit ? sum + points : sum), 0);
    return amount === 0 ? [] : [{ member, txnId, debit, credit, amount }];
  });
}

interface Own {
  readonly kind: TxnKind;
  readonly at: number;
  readonly key: string;
  readonly digest?: string | undefined;
  readonly amount: number;
  readonly ofTxn?: number | null;
}

function bookOwn(member: Member, book: Book, { debit, credit, ...own }: Own & Pick<Entry, 'debit' | 'credit'>): number {
  const txnId = book.nextId();
  pushOwn(member, book, { ...own, txnId });
  book.entries.push({ member, txnId, debit, credit, amount: own.amount });
  return txnId;
}

/** A transaction that nobody asked for: its key says all, so it needs no digest. Written out, since it is most of what an expiry does. */
function pushOwn(member: Member, book: Book, own: Own & { readonly txnId: number }): void {
  const { txnId, kind, at, key, digest = '', amount, ofTxn = null } = own;
  book.txns.push({
    member,
    txnId,
    kind,
    at,
    key,
    digest,
    source: '',
    amount,
    waived: 0,
    ofTxn,
    match: null,
    until: null,
    base: null,
  });
}
