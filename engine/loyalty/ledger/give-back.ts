/**
 * A transfer taken back: who turned out to be another person after all. Points that are left of what he brought are his again, on the lots
 * on which they were; what was spent since stays spent, and debts are whose they were. Rows of the ledger never move or change.
 */
import type { Book, Entry, Member, Piece } from './account.ts';
import { originOf, putInto } from './account.ts';
import { payDebt, settle } from './settle.ts';
import { type MovedLot, standingOf, type Transferred } from './transfer.ts';

export interface GivingBack {
  readonly at: number;
  readonly key: string;
  readonly issuer: string;
  /** What became of a lot by later merges of who took it: the lots of today, itself if there were none. */
  readonly lotsOf: (lotId: number) => number;
  /** Lots in which points were given to him, of those that the points of who took are of. Default: none. */
  readonly hisLots?: ReadonlySet<number>;
  /** Whether who gives back is who took: his lots are his own. */
  readonly isTaker: boolean;
}

/** Both accounts are settled to the time. `into` is who holds the points now; `from` gets them back. */
export function giveBack(
  from: Member,
  into: Member,
  book: Book,
  { done, how }: { readonly done: Transferred; readonly how: GivingBack },
): void {
  const { at, key } = how;
  const brought = new Set(done.lots.map(({ became }) => became));
  const returned = takeBack(into, done, how);
  const paidByHim = done.paid.filter(({ lotId }) => brought.has(lotId));
  const paidForHim = done.paid.filter(({ lotId }) => !brought.has(lotId));
  const owed = sum(paidForHim);
  // What of his debt nobody paid, and is still there.
  const unpaid = Math.min(done.debt - owed, into.debt);
  const amount = returned.reduce((all, { piece }) => all + piece.remaining, 0) + sum(done.paid) + unpaid;
  if (amount > 0) {
    const [out, back] = [into, from].map((member) => {
      const txnId = book.nextId();
      const rest = { source: 'unmerged', waived: 0, ofTxn: null, match: null, until: null, base: null };
      book.txns.push({ ...rest, member, txnId, kind: 'transfer', at, key, digest: '', amount });
      return txnId;
    }) as [number, number];
    const ledger = entriesOf(book, { into, out });
    for (const { piece, lotId: known } of returned) {
      // As it is by now: usable, or prolonged.
      const { remaining: points, activeAt, expiresAt } = piece;
      const account = piece.account === 'pending' ? 'pending' : 'active';
      ledger.took(account, points, piece.lotId);
      const lot = { lotId: known ?? 0, ofLot: ofLotIn(piece, known), account, points, activeAt, expiresAt } as const;
      restore(from, book, { lot: known === null ? { ...lot, lotId: newLot(from, book, lot, how) } : lot, txnId: back });
      ledger.gave(from, back, account, points);
    }
    for (const paid of paidByHim) {
      const lot = done.lots.find(({ became }) => became === paid.lotId) as Transferred['lots'][number];
      restore(from, book, { lot: { ...lot, points: paid.points }, txnId: back });
      ledger.gave(from, back, lot.account, paid.points);
      ledger.owes(into, out, paid.points);
    }
    for (const lot of paidForHim) {
      restore(into, book, {
        lot: how.isTaker ? lot : { ...lot, lotId: newLot(into, book, lot, how), ofLot: originOf(lot) },
        txnId: out,
      });
      ledger.gave(into, out, lot.account, lot.points);
    }
    ledger.owes(from, back, owed + unpaid);
    if (unpaid > 0) ledger.forgiven(unpaid);
  }
  restoreStandings(from, into, done);
  for (const member of [from, into]) {
    settle(member, at, book);
    payDebt(member, at, book);
  }
}

function sum(lots: readonly { readonly points: number }[]): number {
  return lots.reduce((all, { points }) => all + points, 0);
}

interface Returned {
  readonly piece: Piece;
  /** The lot from which it went over; null: it came to its account later, as points that were spent and given back. */
  readonly lotId: number | null;
}

/** Takes what is free of what went over, and of what came of it. What is held stays with who holds it. */
function takeBack(member: Member, { lots }: Transferred, { lotsOf, hisLots }: GivingBack): readonly Returned[] {
  const was = new Map(lots.map(({ became, lotId }) => [lotsOf(became), lotId]));
  const isHis = (one: Piece) =>
    one.holdId === 0 && (was.has(one.lotId) || (typeof one.ofLot === 'number' && hisLots?.has(one.ofLot) === true));
  const pieces = member.pieces.filter(isHis);
  member.pieces = member.pieces.filter((one) => !isHis(one));
  return pieces.map((piece) => ({ piece, lotId: was.get(piece.lotId) ?? null }));
}

/** On the lot in which they were given, points are of no other. */
function ofLotIn({ ofLot = null }: Piece, lotId: number | null): number | null {
  return ofLot === lotId ? null : ofLot;
}

/** Puts points onto a lot of the member's own. */
function restore(member: Member, book: Book, { lot, txnId }: { readonly lot: MovedLot; readonly txnId: number }): void {
  book.moves.push({ member, lotId: lot.lotId, txnId, amount: lot.points });
  putInto(member, lot, lot.points, lot.account);
}

/** A lot for points whose own lot is another's. */
function newLot(member: Member, book: Book, lot: MovedLot, { at, issuer }: GivingBack): number {
  const { points, activeAt, expiresAt } = lot;
  const lotId = book.nextId();
  const { tier } = member;
  book.lots.push({
    member,
    lotId,
    ofLot: originOf(lot),
    amount: points,
    source: 'unmerged',
    issuer,
    tier,
    earnedAt: at,
    activeAt,
    expiresAt,
  });
  return lotId;
}

function entriesOf(book: Book, { into, out }: { readonly into: Member; readonly out: number }) {
  const entry = (member: Member, txnId: number, of: Pick<Entry, 'debit' | 'credit' | 'amount'>) => {
    const same = book.entries.find(
      (one) => one.txnId === txnId && one.debit === of.debit && one.credit === of.credit && one.member === member,
    );
    if (of.amount === 0) return;
    if (same === undefined) book.entries.push({ member, txnId, ...of });
    else book.entries[book.entries.indexOf(same)] = { ...same, amount: same.amount + of.amount };
  };
  return {
    /** Points leave the lots of who holds them. */
    took(account: MovedLot['account'], amount: number, lotId: number) {
      entry(into, out, { debit: account, credit: 'transferred', amount });
      book.moves.push({ member: into, lotId, txnId: out, amount: -amount });
    },
    gave(member: Member, txnId: number, account: MovedLot['account'], amount: number) {
      entry(member, txnId, { debit: 'transferred', credit: account, amount });
    },
    owes(member: Member, txnId: number, amount: number) {
      entry(member, txnId, { debit: 'debt', credit: 'transferred', amount });
      member.debt += amount;
    },
    forgiven(amount: number) {
      entry(into, out, { debit: 'transferred', credit: 'debt', amount });
      into.debt -= amount;
    },
  };
}

/** Tiers are whose they were, where nothing moved them since. */
function restoreStandings(from: Member, into: Member, { standings }: Transferred): void {
  const isRaised = JSON.stringify(standingOf(into)) === JSON.stringify(standings.from);
  if (isRaised) Object.assign(into, standings.into);
  Object.assign(from, standings.from);
}
