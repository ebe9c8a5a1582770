/**
 * An account goes over to another: what two people had when they turned out to be one. Rows of the ledger never move; the points do, lot by
 * lot, each with its own time. Holds end, since who holds them knows the account that is left.
 */
import { type Book, type Member, putInto } from './account.ts';
import { payDebt, release } from './settle.ts';

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
  }: {
    readonly at: number;
    readonly key: string;
    readonly issuer: string;
    readonly rank: (tier: string | null) => number;
  },
): void {
  for (const holdId of new Set(from.pieces.flatMap((one) => (one.holdId === 0 ? [] : [one.holdId])))) {
    const parts = from.pieces.filter((one) => one.holdId === holdId);
    from.pieces = from.pieces.filter((one) => one.holdId !== holdId);
    release(from, book, { parts, holdId, at, kind: 'release', key: `release/${holdId}` });
  }
  const amount = from.pieces.reduce((sum, { remaining }) => sum + remaining, 0);
  const debt = from.debt;
  if (amount + debt > 0) {
    const [out, back] = [from, into].map((member) => {
      const txnId = book.nextId();
      const rest = { source: 'merged', waived: 0, ofTxn: null, match: null, until: null, base: null };
      book.txns.push({ ...rest, member, txnId, kind: 'transfer', at, key, digest: '', amount: amount + debt });
      return txnId;
    }) as [number, number];
    movePieces(from, into, book, { out, back, at, issuer });
    if (debt > 0) {
      book.entries.push({ member: from, txnId: out, debit: 'transferred', credit: 'debt', amount: debt });
      book.entries.push({ member: into, txnId: back, debit: 'debt', credit: 'transferred', amount: debt });
      from.debt = 0;
      into.debt += debt;
    }
    payDebt(into, at, book);
  }
  if (rank(from.tier) <= rank(into.tier)) return;
  into.tier = from.tier;
  into.tierSince = from.tierSince;
  into.tierUntil = from.tierUntil;
  into.tierFalls = from.tierFalls;
}

function movePieces(
  from: Member,
  into: Member,
  book: Book,
  {
    out,
    back,
    at,
    issuer,
  }: { readonly out: number; readonly back: number; readonly at: number; readonly issuer: string },
): void {
  const pieces = from.pieces;
  from.pieces = [];
  for (const account of ['active', 'pending'] as const) {
    const amount = pieces.reduce((sum, one) => (one.account === account ? sum + one.remaining : sum), 0);
    if (amount === 0) continue;
    book.entries.push({ member: from, txnId: out, debit: account, credit: 'transferred', amount });
    book.entries.push({ member: into, txnId: back, debit: 'transferred', credit: account, amount });
  }
  for (const { lotId, remaining, activeAt, expiresAt, account } of pieces) {
    book.moves.push({ member: from, lotId, txnId: out, amount: -remaining });
    const lot = { lotId: book.nextId(), activeAt, expiresAt };
    const { tier } = from;
    book.lots.push({ ...lot, member: into, amount: remaining, source: 'merged', issuer, tier, earnedAt: at });
    book.moves.push({ member: into, lotId: lot.lotId, txnId: back, amount: remaining });
    putInto(into, lot, remaining, account === 'pending' ? 'pending' : 'active');
  }
}
