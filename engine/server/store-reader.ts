/**
 * A session of the server's own, opened when it is first needed and anew after it failed. Statements have a time-out, so that a store that
 * hangs makes a look fail and not wait. Looks follow one another; two that ask at once share one.
 */
import type { OwnSession, Session } from '../store/session.ts';
import type { Store } from '../store/store.ts';
import { StoreError } from '../store/store-error.ts';

const statementTimeoutMs = 2_000;
/** For a server that has vanished without a word. */
const answerTimeoutMs = 5_000;

export interface StoreReader {
  /** Runs the work. Errors: those of the store; the session is then opened anew next time. */
  read<T>(work: (session: Session) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function storeReader(store: Store): StoreReader {
  let session: OwnSession | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const settings = { application_name: 'parcours server', statement_timeout: String(statementTimeoutMs) };
  const run = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    let used: OwnSession | null = null;
    try {
      used = session ?? (await within(store.session(settings)));
      session = used;
      return await within(work(used));
    } catch (error) {
      session = null;
      void used?.close().catch(() => {});
      throw error;
    }
  };
  return {
    read(work) {
      const turn = last.then(() => run(work));
      last = turn.catch(() => {}); // Its asker learns of it.
      return turn;
    },
    async close() {
      await last;
      await session?.close().catch(() => {});
      session = null;
    },
  };
}

/** The result, or an error when it takes too long; whatever comes later is nobody's. */
async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const refuse = () => reject(new StoreError('STORE_LOST', 'The store did not answer in time.'));
    timer = setTimeout(refuse, answerTimeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
