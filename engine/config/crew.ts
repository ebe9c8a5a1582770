/**
 * Work on many files shared among all cores that are given. The main thread works as well as the others, and each takes the next batch
 * when it is done with one. What a thread doesn't deliver, because it can't start here or dies, the main thread does itself: what comes
 * of it is the same in every case. What work there is, the thread's program knows (`compiler/crew-thread.ts`) and who shares it.
 */
import { setImmediate } from 'node:timers/promises';
import { parentPort, Worker, type WorkerOptions } from 'node:worker_threads';
import { elapsedMs } from '../clock/clock.ts';

/** Pieces of work, such as files, by their numbers from 0 on. */
export interface SharedWork {
  /** How long the texts are that the pieces are about: what they cost is reckoned by it. */
  readonly sizes: readonly number[];
  /** What the other threads are told of the work: plain data, Maps and Sets. Asked for when they take part. */
  message(): unknown;
  /** Does a piece of it here. */
  own(piece: number): void;
  /** Takes what another thread made of a piece. */
  receive(piece: number, texts: readonly string[]): void;
}

export interface Crew {
  /** Does the work, all of it. How many pieces of it others delivered. */
  share(work: SharedWork): Promise<number>;
  /** Ends the other threads. */
  close(): Promise<void>;
}

/**
 * A thread is started when this much work of the main thread is left, in milliseconds. Each thread makes its own machine code of the same
 * program, which costs more than a second, and while one thread works the engine does that on the second core anyway: for less work,
 * two threads on two cores take longer than one.
 */
const worthMs = 3_000;

/** How often the main thread reckons how much is left, and how many times it doesn't believe it: its code is cold, and ten times as slow. */
const lookMs = 200;
const coldLooks = 3;

/** Pieces in a batch: some 10 ms of work. */
const batchPieces = 32;

/** Megabytes for new objects in a thread: parsing makes many that die at once, and copying them about would be most of the work. */
const youngGenerationMb = 64;

/** What a thread is sent. */
interface Task {
  readonly message: unknown;
  /** The pieces from `first` on, up to `count`. */
  readonly first: number;
  readonly count: number;
  /** One 32-bit number that all threads share: the number of the next batch. */
  readonly next: SharedArrayBuffer;
  /** Tells the answers to this task from those to others. */
  readonly task: number;
}

/** What a thread answers for each batch: the texts of the pieces from `from` on. */
interface Batch {
  readonly task: number;
  readonly from: number;
  readonly texts: readonly (readonly string[])[];
}

/** A thread's program for `others` threads beside this one, which start when there is enough work: see `worthMs`. */
export function openCrew(program: URL, { others, fromMs = worthMs }: { others: number; fromMs?: number }): Crew {
  let workers: readonly Worker[] | undefined;
  let tasks = 0;
  return {
    async share(work) {
      let first = 0;
      if (workers === undefined) {
        first = workAlone(work, others === 0 ? Number.POSITIVE_INFINITY : fromMs);
        if (first === work.sizes.length) return 0;
        workers = Array.from({ length: others }, () => startThread(program));
      }
      tasks += 1;
      return shareAmong(workers, work, { task: tasks, first });
    },
    async close() {
      await Promise.all((workers ?? []).map((worker) => worker.terminate()));
    },
  };
}

/** Works until all is done, or until so much is seen to be left that others pay. How many pieces are done. */
function workAlone({ sizes, own }: SharedWork, fromMs: number): number {
  if (fromMs === 0) return 0;
  let left = sizes.reduce((sum, size) => sum + size, 0);
  let look = { number: 0, at: spentNow(), left };
  for (const [piece, size] of sizes.entries()) {
    own(piece);
    left -= size;
    if (piece % batchPieces !== 0) continue;
    const at = spentNow();
    const spentMs = Math.min(at.cpuMs - look.at.cpuMs, at.wallMs - look.at.wallMs);
    if (spentMs < lookMs) continue;
    const leftMs = (spentMs / (look.left - left)) * left;
    if (look.number >= coldLooks && leftMs > fromMs) return piece + 1;
    look = { number: look.number + 1, at, left };
  }
  return sizes.length;
}

/** The lesser of the two is this thread's: one counts other threads of the process, the other the processes of a busy machine. */
function spentNow(): { readonly cpuMs: number; readonly wallMs: number } {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, wallMs: elapsedMs() };
}

async function shareAmong(
  workers: readonly Worker[],
  work: SharedWork,
  { task, first }: { readonly task: number; readonly first: number },
): Promise<number> {
  const count = work.sizes.length;
  const next = new SharedArrayBuffer(4);
  const isDone = new Uint8Array(count).fill(1, 0, first);
  let delivered = 0;
  let wake = (): void => undefined;
  const take = (batch: Batch): void => {
    if (batch.task !== task) return;
    for (const [index, texts] of batch.texts.entries()) {
      work.receive(batch.from + index, texts);
      isDone[batch.from + index] = 1;
      delivered += 1;
    }
    wake();
  };
  const end = (): void => wake();
  const message = work.message();
  for (const worker of workers) {
    worker.on('message', take).on('exit', end);
    worker.postMessage({ message, first, count, next, task } satisfies Task);
  }
  for (let from = takeBatch(next, first); from < count; from = takeBatch(next, first)) {
    for (const piece of piecesFrom(from, count)) {
      work.own(piece);
      isDone[piece] = 1;
    }
    await setImmediate();
  }
  // Who has nothing left to deliver isn't waited for: it may not even have started.
  while (isDone.includes(0) && workers.some(({ threadId }) => threadId !== ended)) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  for (const worker of workers) worker.off('message', take).off('exit', end);
  for (const [piece, one] of isDone.entries()) if (one === 0) work.own(piece);
  return delivered;
}

/** What Node says is the number of a thread that is no more. */
const ended = -1;

/** The first piece of the next batch; beyond the last piece when nothing is left. */
function takeBatch(next: SharedArrayBuffer, first: number): number {
  return first + Atomics.add(new Int32Array(next), 0, 1) * batchPieces;
}

function piecesFrom(from: number, count: number): readonly number[] {
  return Array.from({ length: Math.min(batchPieces, count - from) }, (_, index) => from + index);
}

/** The other side: answers each task by what makes texts of a piece, once it has read the message. Called by the thread's program. */
export function joinCrew(read: (message: unknown) => (piece: number) => readonly string[]): void {
  parentPort?.on('message', ({ message, first, count, next, task }: Task) => {
    const textsOf = read(message);
    for (let from = takeBatch(next, first); from < count; from = takeBatch(next, first)) {
      parentPort?.postMessage({ task, from, texts: piecesFrom(from, count).map(textsOf) } satisfies Batch);
    }
  });
}

/** Starts a thread of the program. From its sources, that is run by a loader, which a thread has to ask for by itself. */
export function startThread(
  program: URL,
  options: WorkerOptions = { resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb } },
): Worker {
  const loading = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(program.href)}); });`;
  const isSource = program.href.endsWith('.ts');
  const worker = isSource ? new Worker(loading, { ...options, eval: true }) : new Worker(program, options);
  // Whoever asked it for something sees that it ended.
  worker.on('error', () => undefined);
  return worker;
}
