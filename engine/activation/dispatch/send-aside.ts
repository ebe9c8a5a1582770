/**
 * Sends by an adapter in a thread of its own, for providers whose library takes several times as long for a message as all the rest: speaking HTTP
 * for it would keep lanes and other channels waiting, and so would loading the library. The thread is started with the first batch, and anew when
 * it died; nobody knows what has left of the batches that it had, which fail as those of an adapter that throws.
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

/** What it answers; at first, that it is there. */
export type ThreadAnswer =
  | 'there'
  | { readonly batch: number; readonly outcomes: readonly SendOutcome[] }
  /** The adapter threw. Only the kind of the error is told: its words may name people. */
  | { readonly batch: number; readonly fault: string };

interface Waiting {
  end(outcomes: readonly SendOutcome[]): void;
  fail(fault: Error): void;
  readonly count: number;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
  /** False: nothing that was sent to it can have left. */
  isThere: boolean;
  /** What it died of. */
  fault: string;
}

/** Names the kind of an error, which says nothing of whom it was about. */
export function faultOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return String(code ?? name ?? 'unknown');
}

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
    const opened: Thread = { worker, waiting: new Map(), isThere: false, fault: 'it ended' };
    worker.on('message', (answer: ThreadAnswer) => {
      opened.isThere = true;
      if (answer === 'there') return;
      const waiting = leave(opened, answer.batch);
      if ('outcomes' in answer) waiting?.end(answer.outcomes);
      else waiting?.fail(new Error(`the adapter failed in its thread (${answer.fault})`));
    });
    worker.on('error', (error) => {
      opened.fault = faultOf(error);
    });
    worker.once('exit', () => {
      if (thread === opened) thread = null;
      for (const batch of [...opened.waiting.keys()]) giveUp(opened, leave(opened, batch)!);
    });
    return opened;
  }

  function leave(from: Thread, batch: number): Waiting | undefined {
    const waiting = from.waiting.get(batch);
    from.waiting.delete(batch);
    // A process that has nothing else to do may end, but for a thread that is being closed.
    if (from.waiting.size === 0 && from === thread) from.worker.unref();
    return waiting;
  }

  return {
    batchesAtOnce,
    async send(messages) {
      const used = thread ?? open();
      thread = used;
      batches += 1;
      const batch = batches;
      const secrets = Object.fromEntries(names.map((name) => [name, secret(name)]));
      return await new Promise<readonly SendOutcome[]>((end, fail) => {
        // First, since a message that can't be handed over is thrown; an answer comes later in any case.
        used.worker.postMessage({ batch, messages, secrets } satisfies ThreadTask);
        used.waiting.set(batch, { end, fail, count: messages.length });
        used.worker.ref();
      });
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

function giveUp({ isThere, fault }: Thread, { end, fail, count }: Waiting): void {
  if (isThere) fail(new Error(`the thread that sends died (${fault})`));
  else
    end(
      Array.from({ length: count }, () => ({ kind: 'retry', reason: `the thread that sends can't start (${fault})` })),
    );
}
