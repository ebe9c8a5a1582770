/** Numbers of the ledger, taken from the store in blocks so that a set of postings doesn't ask for each. */
import type { Session } from '../../store/session.ts';
import { newLedgerIds } from './queries.ts';

const blockSize = 500;

interface Pool {
  ids: readonly number[];
  next: number;
}

const pools = new WeakMap<Session, Pool>();

/** A supply of at least `count` numbers that nobody has. */
export async function reserveIds(session: Session, count: number): Promise<() => number> {
  const pool = pools.get(session) ?? { ids: [], next: 0 };
  pools.set(session, pool);
  const free = pool.ids.length - pool.next;
  if (free < count) {
    const more = await newLedgerIds(session, Math.max(blockSize, count - free));
    pool.ids = [...pool.ids.slice(pool.next), ...more];
    pool.next = 0;
  }
  return () => {
    const id = pool.ids[pool.next];
    if (id === undefined) throw new Error('assertion failed: more ledger numbers are taken than were reserved');
    pool.next += 1;
    return id;
  };
}
