/**
 * The part of the benchmark `ledger` that expires lots: members with a lot each, made by a statement a table, whose time is over all at once.
 * Ours goes through them as alarms have lanes do; the floor writes the same rows by hand, with nothing asked. Nothing is printed here.
 */
import { strict as assert } from 'node:assert';
import { elapsedMs } from '../engine/clock/clock.ts';
import { bookPostings } from '../engine/loyalty/ledger/book-postings.ts';
import type { OwnSession, Session } from '../engine/store/session.ts';

/** Lots of members of their own: numbers from `first` on, all over at `expiresAt`. */
export interface Lots {
  readonly first: number;
  readonly count: number;
  readonly earnedAt: Date;
  readonly expiresAt: Date;
}

/** What a lane transaction takes at once. */
const batchSize = 1_000;

/** Gives the lots, as earnings would have: their transactions, entries, lots and moves, and what is kept of them. */
export async function fillLots(session: Session, { first, count, earnedAt, expiresAt }: Lots): Promise<void> {
  // By lane, as lanes would have written them.
  const rows = `select (i.id % 1024)::smallint as lane, i.id from generate_series($1::bigint, $1::bigint + $2::bigint - 1) i(id) order by 1, 2`;
  const texts = [
    `insert into parcours.ledger_txn (lane, holder_id, txn_id, program, kind, at, booked_at, key, digest, source, amount)
     select u.lane, u.id, u.id, 'club', 'earn', $3, $3, 'earn/order/' || u.id, '10', 'order', 10 from (${rows}) u`,
    `insert into parcours.ledger_entry (lane, holder_id, txn_id, n, program, debit, credit, amount)
     select u.lane, u.id, u.id, 0, 'club', 'issued', 'active', 10 from (${rows}) u where $3::timestamptz is not null`,
    `insert into parcours.ledger_lot (lane, holder_id, lot_id, program, amount, source, issuer, earned_at, active_at, expires_at)
     select u.lane, u.id, u.id, 'club', 10, 'order', 'house', $3, $3, $4 from (${rows}) u`,
    `insert into parcours.ledger_lot_move (lane, holder_id, lot_id, txn_id, amount)
     select u.lane, u.id, u.id, u.id, 10 from (${rows}) u where $3::timestamptz is not null`,
    `insert into parcours.ledger_open (lane, profile_id, program, lot_id, account, remaining, active_at, expires_at)
     select u.lane, u.id, 'club', u.id, 'active', 10, $3, $4 from (${rows}) u`,
    `insert into parcours.ledger_member (lane, profile_id, program, holder_id, seen_at, next_change)
     select u.lane, u.id, 'club', u.id, $3, $4 from (${rows}) u`,
  ];
  for (const text of texts) {
    const values = [first, count, earnedAt, ...(text.includes('$4') ? [expiresAt] : [])];
    await session.query(text, values);
  }
  await session.query('analyze parcours.ledger_txn, parcours.ledger_member, parcours.ledger_open');
}

/** Books all of them, lane by lane, by each of the sessions its share of the lanes. Returns lots a second. */
export function expireLots(sessions: readonly OwnSession[], lots: Lots): Promise<number> {
  const booking = { t: lots.expiresAt, terms: () => ({ tiers: [], notice: null }), postings: [] };
  return eachBatch(sessions, lots, async (session, due) => {
    const { txns } = await session.transaction(async (inside) => {
      const booked = await bookPostings(inside, {
        ...booking,
        due: due.map(({ lane, id }) => ({ lane, profileId: id, program: 'club' })),
      });
      await booked.written;
      return booked;
    });
    assert.equal(txns.length, due.length, 'each lot is lost once');
  });
}

/** The same rows by hand: nobody asks what the lots are, nor what is left of them. */
export function expireByHand(sessions: readonly OwnSession[], lots: Lots): Promise<number> {
  return eachBatch(sessions, lots, async (session, due) => {
    const rows = 'unnest($1::smallint[], $2::bigint[]) u(lane, id)';
    const who = [due.map(({ lane }) => lane), due.map(({ id }) => id)];
    const moved = [...who, due.map(({ id }) => id + lots.count)];
    const withTxn = 'unnest($1::smallint[], $2::bigint[], $3::bigint[]) u(lane, id, txn)';
    await session.transaction(async (inside) => {
      await Promise.all([
        inside.query(
          `insert into parcours.ledger_txn (lane, holder_id, txn_id, program, kind, at, booked_at, key, digest, source, amount)
           select u.lane, u.id, u.txn, 'club', 'expire', $4, $4, 'expire/' || u.id || '/' || u.txn, '', '', 10 from ${withTxn}`,
          [...moved, lots.expiresAt],
        ),
        inside.query(
          `insert into parcours.ledger_entry (lane, holder_id, txn_id, n, program, debit, credit, amount)
           select u.lane, u.id, u.txn, 0, 'club', 'active', 'expired', 10 from ${withTxn}`,
          moved,
        ),
        inside.query(
          `insert into parcours.ledger_lot_move (lane, holder_id, lot_id, txn_id, amount)
           select u.lane, u.id, u.id, u.txn, -10 from ${withTxn}`,
          moved,
        ),
        inside.query(
          `delete from parcours.ledger_open o using ${rows}
           where o.lane = u.lane and o.profile_id = u.id and o.program = 'club' and o.lot_id = u.id and o.hold_id = 0`,
          who,
        ),
        inside.query(
          `update parcours.ledger_member m set seen_at = $3, next_change = null from ${rows}
           where m.lane = u.lane and m.profile_id = u.id and m.program = 'club'`,
          [...who, lots.expiresAt],
        ),
      ]);
    });
  });
}

interface DueLot {
  readonly lane: number;
  readonly id: number;
}

async function eachBatch(
  sessions: readonly OwnSession[],
  { first, count }: Lots,
  work: (session: OwnSession, due: readonly DueLot[]) => Promise<void>,
): Promise<number> {
  const all = Array.from({ length: count }, (_, i): DueLot => ({ lane: (first + i) % 1024, id: first + i }));
  const byLane = all.sort((a, b) => a.lane - b.lane || a.id - b.id);
  const started = elapsedMs();
  await Promise.all(
    sessions.map(async (session, s) => {
      const share = byLane.filter(({ lane }) => lane % sessions.length === s);
      for (let from = 0; from < share.length; from += batchSize) {
        await work(session, share.slice(from, from + batchSize));
      }
    }),
  );
  return (count / (elapsedMs() - started)) * 1_000;
}
