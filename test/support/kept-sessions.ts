/**
 * Sessions that stay connected when they are closed and are given out again to whoever asks for the same settings, from one test of a
 * file to the next: what they have prepared is planned once. Tests of sessions themselves, and of losing them, use the store's own.
 */
import type { OwnSession } from '../../engine/store/session.ts';
import type { Store } from '../../engine/store/store.ts';

export type OpenSession = Store['session'];

interface Kept {
  readonly session: OwnSession;
  isLost: boolean;
}

/** Opens by `open` what is not at hand. `keptPids` is told of every backend that may outlive its use. */
export function keptSessions(open: OpenSession, keptPids: Set<number>): OpenSession {
  const idle = new Map<string, Kept[]>();

  const take = async (key: string, ...asked: Parameters<OpenSession>): Promise<Kept> => {
    for (;;) {
      const known = idle.get(key)?.pop();
      if (known !== undefined && !known.isLost) return known;
      if (known === undefined) break;
    }
    const session = await open(...asked);
    const kept = { session, isLost: false };
    session.client.on('end', () => {
      kept.isLost = true;
    });
    return kept;
  };

  return async (...asked) => {
    const key = JSON.stringify(asked);
    const kept = await take(key, ...asked);
    const { session } = kept;
    const { client } = session;
    const pid = (client as unknown as { readonly processID: number }).processID;
    keptPids.add(pid);
    let isLent = true;
    let isTouched = false;
    return {
      query: (text, values) => (isLent ? session.query(text, values) : Promise.reject(closed())),
      script: (text) => (isLent ? session.script(text) : Promise.reject(closed())),
      copy: (text, rows) => (isLent ? session.copy(text, rows) : Promise.reject(closed())),
      transaction: (work, options) => (isLent ? session.transaction(work, options) : Promise.reject(closed())),
      get client() {
        isTouched = true;
        return client;
      },
      async close() {
        if (!isLent) return;
        isLent = false;
        // Who was given the driver's client may have left anything there; and a transaction must not go on.
        if (!isTouched && !kept.isLost && (await isAtRest(session))) {
          idle.set(key, [...(idle.get(key) ?? []), kept]);
          return;
        }
        keptPids.delete(pid);
        await session.close();
      },
    };
  };
}

/** Answered when all that was asked before is answered. What a session locked for as long as it lives is let go, as if it had ended. */
async function isAtRest(session: OwnSession): Promise<boolean> {
  try {
    await session.script('select pg_advisory_unlock_all()');
  } catch {
    return false; // A lost session is at no one's service.
  }
  return session.client.getTransactionStatus() === 'I';
}

function closed(): Error {
  return new Error('Client was closed and is not queryable');
}
