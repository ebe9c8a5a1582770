/**
 * Many files to their reports, on all cores that are given. The main thread works as well as the others, and each takes the next
 * batch when it is done with one. What a thread doesn't deliver, because it can't start here or dies, the main thread does itself:
 * the reports are the same in every case.
 */
import { setImmediate } from 'node:timers/promises';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { type FileReport, reportFile } from './file-report.ts';

/** A file to report on. */
export interface TextOfFile {
  readonly path: string;
  readonly text: string;
}

/** What a thread is given. */
export interface ReporterData {
  readonly files: readonly TextOfFile[];
  /** One 32-bit number that all threads share: the number of the next batch. */
  readonly next: SharedArrayBuffer;
}

/** What a thread sends for each batch: the reports of the files from `from` on, as JSON. */
export interface BatchMessage {
  readonly from: number;
  readonly reports: string;
}

/** Files in a batch: some 10 ms of work. */
export const batchFiles = 32;

/** A thread takes as long to start as it takes to read this many files. */
export const threadsFromFiles = 400;

/** Megabytes for new objects in a thread: parsing makes many that die at once, and copying them about would be most of the work. */
const youngGenerationMb = 64;

export interface ReportedFiles {
  /** In the order of the files. */
  readonly reports: readonly FileReport[];
  /** How many of them came from other threads. */
  readonly delivered: number;
}

/** The reports of the files. */
export async function reportFiles(files: readonly TextOfFile[], threads: number): Promise<ReportedFiles> {
  if (threads < 2 || files.length < threadsFromFiles) {
    return { reports: files.map(({ path, text }) => reportFile(path, text)), delivered: 0 };
  }
  const next = new SharedArrayBuffer(4);
  const reports: (FileReport | undefined)[] = new Array(files.length).fill(undefined);
  let own = 0;
  const others = Array.from({ length: threads - 1 }, () => startReporter({ files, next }, reports));
  for (let from = takeBatch(next); from < files.length; from = takeBatch(next)) {
    for (const [index, { path, text }] of files.slice(from, from + batchFiles).entries()) {
      reports[from + index] = reportFile(path, text);
      own += 1;
    }
    await setImmediate();
  }
  await Promise.all(others.map((other) => other.finish()));
  const delivered = reports.filter((report) => report !== undefined).length - own;
  return { reports: files.map(({ path, text }, index) => reports[index] ?? reportFile(path, text)), delivered };
}

/** The first file of the next batch; beyond the last file when nothing is left. */
export function takeBatch(next: SharedArrayBuffer): number {
  return Atomics.add(new Int32Array(next), 0, 1) * batchFiles;
}

function startReporter(
  workerData: ReporterData,
  reports: (FileReport | undefined)[],
): { readonly finish: () => Promise<void> } {
  const worker = startThread({ workerData, resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb } });
  worker.on('message', ({ from, reports: batch }: BatchMessage) => {
    for (const [index, report] of (JSON.parse(batch) as FileReport[]).entries()) reports[from + index] = report;
  });
  const ended = new Promise<void>((resolve) => {
    worker.on('error', () => resolve());
    worker.on('exit', () => resolve());
  });
  return {
    // Who has nothing left to deliver isn't waited for: it may not even have started.
    finish: () => (reports.includes(undefined) ? ended : worker.terminate().then(() => undefined)),
  };
}

/** From its sources, the program is run by a loader, which a thread has to ask for by itself. */
function startThread(options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./report-thread.js', import.meta.url), options);
  const thread = JSON.stringify(new URL('./report-thread.ts', import.meta.url).href);
  const loading = `import('tsx/esm/api').then(({ register }) => { register(); return import(${thread}); });`;
  return new Worker(loading, { ...options, eval: true });
}
