/**
 * Books postings of many members at once, inside the transaction of their lanes: accounts are read in one statement, moved in memory, and
 * written in a statement a table. The lane has one writer, so nothing changes in between. What was due by time is booked first.
 */
import type { Session } from '../../store/session.ts';
import { type Book, newBook } from './account.ts';
import { nameOf } from './accounts-ahead.ts';
import type { Answer, Booked, Booking, PostingOf } from './booking.ts';
import { giveBack } from './give-back.ts';
import { tierIndex } from './keep-tiers.ts';
import {
  type Accounts,
  bothOf,
  type KnownKey,
  knownKeys,
  type Lots,
  lotsToMove,
  memberOf,
  openAccounts,
} from './open-accounts.ts';
import { post } from './post.ts';
import type { Who } from './queries.ts';
import { settle } from './settle.ts';
import { type Transferred, transfer } from './transfer.ts';
import { writeDown } from './write-accounts.ts';

/** Books what is asked, in the order given for each member. */
export async function bookPostings(session: Session, booking: Booking): Promise<Booked> {
  const { t, terms, postings } = booking;
  const who = concernedBy(booking);
  if (who.length === 0) {
    return { answers: [], txns: [], tiers: [], notices: [], next: [], transferred: [], written: Promise.resolve() };
  }
  const { accounts, nextId } = await openAccounts(session, who, booking);
  const book = newBook(nextId);
  const known = await knownKeys(session, postings, accounts);
  const lots = await lotsToMove(session, booking, accounts);
  for (const { member } of accounts.values()) settle(member, t.getTime(), book);
  const transferred = moveAccounts(booking, { accounts, lots, book });
  const answers = postings.map((one) => answer(one, { accounts, known, book, at: t.getTime() }));
  keepActive(book, terms);
  return { answers, transferred, txns: book.txns, ...(await writeDown(session, booking, accounts, book)) };
}

/** Each once. */
function concernedBy({ postings, due = [], transfers = [], returns = [] }: Booking): readonly Who[] {
  const moved = [...transfers, ...returns].flatMap(({ from, into }) => [from, into]);
  return [...new Map([...due, ...moved, ...postings].map((one): [string, Who] => [nameOf(one), one])).values()];
}

/** Accounts that go over to others, and those that come back. */
function moveAccounts(
  { t, terms, transfers = [], returns = [] }: Booking,
  { accounts, lots, book }: { readonly accounts: Accounts; readonly lots: Lots; readonly book: Book },
): readonly Transferred[] {
  const at = t.getTime();
  const transferred = transfers.map((one) => {
    const of = terms(one.from.program);
    const rank = (tier: string | null) => tierIndex(of, tier);
    const how = { at, key: one.key, issuer: of?.issuer ?? '', rank, lotOf: (id: number) => lots.given.get(id) };
    return transfer(...bothOf(accounts, one), book, how);
  });
  for (const one of returns) {
    const { key, done, lotsOf, isTaker } = one;
    const issuer = terms(one.from.program)?.issuer ?? '';
    giveBack(...bothOf(accounts, one), book, {
      done,
      how: { at, key, issuer, lotsOf, isTaker, hisLots: lots.kept },
    });
  }
  return transferred;
}

/** Books a posting, unless its key is booked already. */
function answer(
  one: PostingOf,
  {
    accounts,
    known,
    book,
    at,
  }: {
    readonly accounts: Accounts;
    readonly known: Map<string, KnownKey>;
    readonly book: Book;
    readonly at: number;
  },
): Answer {
  const { key, digest } = one.posting;
  const place = `${nameOf(one)} ${key}`;
  const before = known.get(place);
  if (before !== undefined) {
    const { txnId, points } = before;
    return before.digest === digest ? { status: 'repeated', txnId, points } : { status: 'conflict', txnId };
  }
  const outcome = post(memberOf(accounts, one), one.posting, at, book);
  if (outcome.status === 'booked') known.set(place, { digest, txnId: outcome.txnId, points: outcome.points });
  return outcome;
}

/** Where points live while a member is active, what he does prolongs all of them. */
function keepActive({ txns }: Book, terms: Booking['terms']): void {
  for (const { member, kind, at } of txns) {
    const idle = kind === 'earn' || kind === 'redeem' || kind === 'hold' ? terms(member.program)?.prolong : undefined;
    if (idle === undefined) continue;
    // What was told late shortens nothing.
    const until = Math.max(idle(at), ...member.pieces.map(({ expiresAt }) => expiresAt ?? 0));
    for (const piece of member.pieces) {
      if (piece.expiresAt !== null && piece.expiresAt < until) piece.expiresAt = until;
    }
  }
}
