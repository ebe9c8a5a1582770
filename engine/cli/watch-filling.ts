/** A bar at the terminal while lanes fill what an apply made new: beside a run, on a session of its own. */
import type { Store } from '../store/store.ts';
import { readFillingLazily } from './read-filling.ts';
import { fillingLine } from './views/filling-view.ts';
import type { Output } from './views/output.ts';
import { progressOf } from './views/progress.ts';

const lookEveryMs = 500;

export interface FillingWatch {
  /** Ends the watch and clears its line. */
  stop(): Promise<void>;
}

/** Watches until it is stopped; without a terminal it does nothing. A store that is lost ends it: the run itself tells of that. */
export function watchFilling(store: Store, output: Output): FillingWatch {
  if (!output.isNoteTerminal) return { stop: async () => {} };
  const progress = progressOf(output);
  const stopping = new AbortController();
  const ended = store
    .withSession(async (session) => {
      while (!stopping.signal.aborted) {
        const line = fillingLine(await readFillingLazily(session));
        if (line === '') progress.done();
        else progress(line);
        await pause(lookEveryMs, stopping.signal);
      }
    })
    .catch(() => {})
    .finally(() => progress.done());
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
