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
  /** It is being closed, and waited for. */
  isClosing: boolean;
  isOver: boolean;
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
  return {
    batchesAtOnce,
    async send(messages) {
      if (thread === null || thread.isOver) thread = openThread(program, { config, root });
      const { worker, waiting } = thread;
      batches += 1;
      const batch = batches;
      const secrets = Object.fromEntries(names.map((name) => [name, secret(name)]));
      return await new Promise<readonly SendOutcome[]>((end, fail) => {
        // First, since a message that can't be handed over is thrown; an answer comes later in any case.
        worker.postMessage({ batch, messages, secrets } satisfies ThreadTask);
        waiting.set(batch, { end, fail, count: messages.length });
        worker.ref();
      });
    },
    async close() {
      const last = thread;
      thread = null;
      if (last !== null && !last.isOver) await closeThread(last);
    },
  };
}

function openThread(program: URL, workerData: SendingThread): Thread {
  const worker = startThread(program, { workerData });
  const thread: Thread = {
    ...{ worker, waiting: new Map(), fault: 'it ended' },
    ...{ isThere: false, isClosing: false, isOver: false },
  };
  worker.on('message', (answer: ThreadAnswer) => {
    thread.isThere = true;
    if (answer === 'there') return;
    const waiting = leave(thread, answer.batch);
    if ('outcomes' in answer) waiting?.end(answer.outcomes);
    else waiting?.fail(new Error(`the adapter failed in its thread (${answer.fault})`));
  });
  worker.on('error', (error) => {
    thread.fault = faultOf(error);
  });
  worker.once('exit', () => {
    thread.isOver = true;
    for (const batch of [...thread.waiting.keys()]) giveUp(thread, leave(thread, batch)!);
  });
  return thread;
}

async function closeThread(thread: Thread): Promise<void> {
  const { worker } = thread;
  thread.isClosing = true;
  await new Promise<void>((closed) => {
    worker.once('exit', () => closed());
    worker.ref();
    worker.postMessage('close' satisfies ThreadTask);
  });
}

function leave({ worker, waiting, isClosing }: Thread, batch: number): Waiting | undefined {
  const left = waiting.get(batch);
  waiting.delete(batch);
  // A process that has nothing else to do may end.
  if (waiting.size === 0 && !isClosing) worker.unref();
  return left;
}

function giveUp({ isThere, fault }: Thread, { end, fail, count }: Waiting): void {
  const reason = `the thread that sends can't start (${fault})`;
  if (isThere) fail(new Error(`the thread that sends died (${fault})`));
  else end(Array.from({ length: count }, () => ({ kind: 'retry', reason })));
}
