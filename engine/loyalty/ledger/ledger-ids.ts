/** Numbers of the ledger (transactions, lots, holders), taken from the store in blocks so that a set of postings doesn't ask for each. */
import type { Session } from '../../store/session.ts';
import { newLedgerIds } from './queries.ts';

/** Numbers of a block, as the store counts them. */
const blockSize = 1_000;

interface Pool {
  /** Blocks that nothing was taken from, the next one last. */
  blocks: { readonly first: number }[];
  next: number;
  end: number;
}

const pools = new WeakMap<Session, Pool>();

/** A supply of at least `count` numbers that nobody has. */
export async function reserveIds(session: Session, count: number): Promise<() => number> {
  const pool = pools.get(session) ?? { blocks: [], next: 0, end: 0 };
  pools.set(session, pool);
  const free = pool.end - pool.next + pool.blocks.length * blockSize;
  if (free < count) {
    const more = await newLedgerIds(session, Math.ceil((count - free) / blockSize));
    pool.blocks = [...[...more].reverse(), ...pool.blocks];
  }
  return () => {
    if (pool.next === pool.end) {
      const block = pool.blocks.pop();
      if (block === undefined) throw new Error('assertion failed: more ledger numbers are taken than were reserved');
      pool.next = block.first;
      pool.end = block.first + blockSize;
    }
    pool.next += 1;
    return pool.next - 1;
  };
}
