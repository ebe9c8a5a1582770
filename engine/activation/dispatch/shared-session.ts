/** A connection of the dispatcher, which its channels use in turn. What is asked of the store stands elsewhere. */
import type { OwnSession } from '../../store/session.ts';

export interface SharedSession {
  /** Runs the work when its turn has come. Errors: those of opening and of the work, after which the connection is another. */
  <T>(work: (session: OwnSession) => Promise<T>): Promise<T>;
  /** Closes the connection in its turn; the next work opens another. */
  renew(): void;
  close(): Promise<void>;
}

/** One connection for all: whoever needs it waits for its turn. After an error, which `onFault` is told, it is opened anew, since it may be lost. */
export function oneAtATime(open: () => Promise<OwnSession>, onFault: () => void): SharedSession {
  let session: OwnSession | null = null;
  let tail: Promise<unknown> = Promise.resolve();
  const drop = async () => {
    const dropped = session;
    session = null;
    await dropped?.close().catch(() => {});
  };
  const run = async <T>(work: (session: OwnSession) => Promise<T>): Promise<T> => {
    session ??= await open();
    try {
      return await work(session);
    } catch (error) {
      onFault();
      await drop();
      throw error;
    }
  };
  const shared = <T>(work: (session: OwnSession) => Promise<T>): Promise<T> => {
    const turn = tail.then(() => run(work));
    tail = turn.catch(() => {});
    return turn;
  };
  return Object.assign(shared, {
    renew() {
      tail = tail.then(drop);
    },
    async close() {
      await tail;
      await drop();
    },
  });
}
