/**
 * Sends by an adapter in a thread of its own, for providers whose library takes several times as long for a message as all the rest: speaking HTTP
 * for it would keep lanes and other channels waiting, and so would loading the library. The thread is started with the first batch, and anew when
 * it died; nobody knows what has left of the batches that it had.
 */
import type { Worker } from 'node:worker_threads';
import type { ChannelAdapter, OutgoingMessage, SendOutcome } from '../../channels/adapter.ts';
import { type AdapterConfig, type AdapterContext, createAdapter } from '../../channels/create-adapter.ts';
import { secretNames } from '../../channels/secrets.ts';
import { startThread } from '../../config/crew.ts';

/** What the thread is told: whose adapter it is. */
export interface SendingThread {
  readonly config: AdapterConfig;
  readonly root: string;
}

/** What the thread is sent: a batch, with the secrets as they are now; or that nothing more comes. */
export type ThreadTask =
  | {
      readonly batch: number;
      readonly messages: readonly OutgoingMessage[];
      readonly secrets: Readonly<Record<string, string | undefined>>;
    }
  | 'close';

/** What it answers; without a batch: that it is there, or closed. */
export interface ThreadAnswer {
  readonly batch?: number;
  readonly outcomes?: readonly SendOutcome[];
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, (outcomes: readonly SendOutcome[] | null) => void>;
  /** False: nothing that was sent to it can have left. */
  isThere: boolean;
}

const neverLeft: SendOutcome = { kind: 'retry', reason: 'the thread that sends does not start' };
const mayHaveLeft: SendOutcome = { kind: 'unknown', reason: 'the thread that sends ended before it told the outcome' };

/** The thread's program, as it is here: built, or a source. */
const ownProgram = new URL(`./send-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/** An adapter that stands for the one that the configuration asks for. */
export function sendAside(
  config: AdapterConfig,
  { root, secret }: AdapterContext,
  program: URL = ownProgram,
): ChannelAdapter {
  const names = secretNames(JSON.stringify(config));
  // Made for what it says of itself; it opens nothing.
  const { batchesAtOnce = 1 } = createAdapter(config, { root, secret });
  let thread: Thread | null = null;
  let batches = 0;

  function open(): Thread {
    const worker = startThread(program, { workerData: { config, root } satisfies SendingThread });
    const opened: Thread = { worker, waiting: new Map(), isThere: false };
    worker.on('message', ({ batch, outcomes = [] }: ThreadAnswer) => {
      opened.isThere = true;
      if (batch !== undefined) answer(opened, batch, outcomes);
    });
    worker.once('exit', () => {
      if (thread === opened) thread = null;
      for (const batch of [...opened.waiting.keys()]) answer(opened, batch, null);
    });
    return opened;
  }

  function answer({ worker, waiting }: Thread, batch: number, outcomes: readonly SendOutcome[] | null): void {
    const end = waiting.get(batch);
    waiting.delete(batch);
    // A process that has nothing else to do may end.
    if (waiting.size === 0) worker.unref();
    end?.(outcomes);
  }

  return {
    batchesAtOnce,
    async send(messages) {
      const used = thread ?? open();
      thread = used;
      batches += 1;
      const batch = batches;
      const secrets = Object.fromEntries(names.map((name) => [name, secret(name)]));
      const outcomes = await new Promise<readonly SendOutcome[] | null>((end) => {
        used.waiting.set(batch, end);
        used.worker.ref();
        used.worker.postMessage({ batch, messages, secrets } satisfies ThreadTask);
      });
      return outcomes ?? messages.map(() => (used.isThere ? mayHaveLeft : neverLeft));
    },
    async close() {
      const last = thread;
      thread = null;
      if (last === null) return;
      await new Promise<void>((closed) => {
        last.worker.once('exit', () => closed());
        last.worker.ref();
        last.worker.postMessage('close' satisfies ThreadTask);
      });
    },
  };
}
