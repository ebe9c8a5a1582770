/**
 * The sessions that requests share: opened when they are needed, at most so many, given out in the order of asking. One that lost the store
 * is thrown away. What is done with a session is its taker's business.
 */
import type { OwnSession } from '../store/session.ts';
import type { Store } from '../store/store.ts';

export interface SessionPool {
  /** Runs the work on a session of the pool; waits for one when all are taken. Errors: those of the work and of opening a session. */
  run<T>(work: (session: OwnSession) => Promise<T>): Promise<T>;
  /** Takers that wait for a session. */
  readonly waiting: number;
  /** Waits for those in use, and closes all. */
  close(): Promise<void>;
}

export interface PoolOptions {
  readonly store: Store;
  /** At most so many sessions. */
  readonly max: number;
  readonly settings?: Readonly<Record<string, string>>;
}

export function sessionPool({ store, max, settings }: PoolOptions): SessionPool {
  const free: OwnSession[] = [];
  const waiting: (() => void)[] = [];
  const inUse = new Set<Promise<unknown>>();
  let taken = 0;

  async function turn(): Promise<void> {
    if (taken < max) taken += 1;
    // The place is handed over by who leaves it, so nobody who comes later takes it.
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }

  function leave(): void {
    const next = waiting.shift();
    if (next === undefined) taken -= 1;
    else next();
  }

  async function run<T>(work: (session: OwnSession) => Promise<T>): Promise<T> {
    await turn();
    let session: OwnSession | undefined;
    try {
      session = free.pop() ?? (await store.session(settings));
      const result = await work(session);
      free.push(session);
      return result;
    } catch (error) {
      if (session !== undefined) {
        if (isAlive(error)) free.push(session);
        else void session.close().catch(() => {});
      }
      throw error;
    } finally {
      leave();
    }
  }

  return {
    get waiting() {
      return waiting.length;
    },
    run(work) {
      const running = run(work);
      const settled = running.catch(() => {}).finally(() => inUse.delete(settled));
      inUse.add(settled);
      return running;
    },
    async close() {
      await Promise.all([...inUse]);
      await Promise.all(free.splice(0).map((session) => session.close().catch(() => {})));
    },
  };
}

/** After an answer of the server the session is as good as before, unless it was the last one (SQLSTATE 08, 57). */
function isAlive(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^(08|57P)/.test(code) && !/^E[A-Z]{4}$/.test(code);
}
