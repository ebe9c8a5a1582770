/**
 * A transfer taken back: who turned out to be another person after all. Points that are left of what he brought are his again, on the lots
 * on which they were; what was spent since stays spent, and debts are whose they were. Rows of the ledger never move or change.
 */
import type { Book, Entry, Member, Piece } from './account.ts';
import { putInto } from './account.ts';
import { payDebt, settle } from './settle.ts';
import { type MovedLot, standingOf, type Transferred } from './transfer.ts';

export interface GivingBack {
  readonly at: number;
  readonly key: string;
  readonly issuer: string;
  /** What became of a lot by later merges of who took it: the lots of today, itself if there were none. */
  readonly lotsOf: (lotId: number) => number;
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
  const returned = done.lots.map((lot) => ({ lot, points: takeBack(into, how.lotsOf(lot.became)) }));
  const paidByHim = done.paid.filter(({ lotId }) => brought.has(lotId));
  const paidForHim = done.paid.filter(({ lotId }) => !brought.has(lotId));
  const owed = sum(paidForHim);
  // What of his debt nobody paid, and is still there.
  const unpaid = Math.min(done.debt - owed, into.debt);
  const amount = returned.reduce((all, { points }) => all + points, 0) + sum(done.paid) + unpaid;
  if (amount > 0) {
    const [out, back] = [into, from].map((member) => {
      const txnId = book.nextId();
      const rest = { source: 'unmerged', waived: 0, ofTxn: null, match: null, until: null, base: null };
      book.txns.push({ ...rest, member, txnId, kind: 'transfer', at, key, digest: '', amount });
      return txnId;
    }) as [number, number];
    const ledger = entriesOf(book, { into, out });
    for (const { lot, points } of returned) {
      if (points === 0) continue;
      ledger.took(lot.account, points, how.lotsOf(lot.became));
      restore(from, book, { lot: { ...lot, points }, txnId: back });
      ledger.gave(from, back, lot.account, points);
    }
    for (const paid of paidByHim) {
      const lot = done.lots.find(({ became }) => became === paid.lotId) as Transferred['lots'][number];
      restore(from, book, { lot: { ...lot, points: paid.points }, txnId: back });
      ledger.gave(from, back, lot.account, paid.points);
      ledger.owes(into, out, paid.points);
    }
    for (const lot of paidForHim) {
      restore(into, book, { lot: how.isTaker ? lot : { ...lot, lotId: newLot(into, book, lot, how) }, txnId: out });
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

/** Takes what is free of a lot; how much. What is held stays with who holds it. */
function takeBack(member: Member, lotId: number): number {
  const isIt = (one: Piece) => one.lotId === lotId && one.holdId === 0;
  const points = member.pieces.find(isIt)?.remaining ?? 0;
  member.pieces = member.pieces.filter((one) => !isIt(one));
  return points;
}

/** Puts points onto a lot of the member's own. */
function restore(member: Member, book: Book, { lot, txnId }: { readonly lot: MovedLot; readonly txnId: number }): void {
  book.moves.push({ member, lotId: lot.lotId, txnId, amount: lot.points });
  putInto(member, lot, lot.points, lot.account);
}

/** A lot for points whose own lot is another's. */
function newLot(
  member: Member,
  book: Book,
  { points, activeAt, expiresAt }: MovedLot,
  { at, issuer }: GivingBack,
): number {
  const lotId = book.nextId();
  const { tier } = member;
  book.lots.push({
    member,
    lotId,
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
