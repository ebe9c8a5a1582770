/**
 * The floor of the benchmark `ledger`: the rows of a double entry with its lots, written by hand with nothing asked: no account is read, no
 * balance kept, no key looked up. It writes the same rows into the four tables of the ledger as an earning does.
 */
import type { OwnSession } from '../engine/store/session.ts';

export async function insertByHand(
  session: OwnSession,
  {
    from,
    size,
    t,
    expiresAt,
  }: { readonly from: number; readonly size: number; readonly t: Date; readonly expiresAt: number },
): Promise<void> {
  const ids = Array.from({ length: size }, (_, i) => from + i);
  const lanes = ids.map((id) => id % 1024);
  const keys = ids.map((id) => `earn/order/${id}`);
  await session.transaction(async (inside) => {
    await Promise.all([
      inside.query(
        `insert into parcours.ledger_txn (lane, holder_id, txn_id, program, kind, at, booked_at, key, digest, source, amount)
         select u.lane, u.id, u.id, 'club', 'earn', $3, $3, u.key, '10', 'order', 10
         from unnest($1::smallint[], $2::bigint[], $4::text[]) u(lane, id, key)`,
        [lanes, ids, t, keys],
      ),
      inside.query(
        `insert into parcours.ledger_entry (lane, holder_id, txn_id, n, program, debit, credit, amount)
         select u.lane, u.id, u.id, 0, 'club', 'issued', 'active', 10 from unnest($1::smallint[], $2::bigint[]) u(lane, id)`,
        [lanes, ids],
      ),
      inside.query(
        `insert into parcours.ledger_lot (lane, holder_id, lot_id, program, amount, source, issuer, earned_at, active_at, expires_at)
         select u.lane, u.id, u.id, 'club', 10, 'order', 'house', $3, $3, $4 from unnest($1::smallint[], $2::bigint[]) u(lane, id)`,
        [lanes, ids, t, new Date(expiresAt)],
      ),
      inside.query(
        `insert into parcours.ledger_lot_move (lane, holder_id, lot_id, txn_id, amount)
         select u.lane, u.id, u.id, u.id, 10 from unnest($1::smallint[], $2::bigint[]) u(lane, id)`,
        [lanes, ids],
      ),
    ]);
  });
}
