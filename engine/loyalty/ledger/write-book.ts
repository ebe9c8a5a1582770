/** How a posting is written into the book: its transaction, and what it took from lots. What it takes and gives is `post.ts` and `undo.ts`. */
import type { Book, Entry, Member, Piece, Taken, Txn } from './account.ts';
import { entriesOf } from './settle.ts';

/** The points that pieces hold. */
export function sumOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { remaining }) => sum + remaining, 0);
}

/** Notes what was taken from pieces, and to which account it went. */
export function bookTaken(
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

/** Notes the transaction; returns its number. */
export function pushTxn(
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
