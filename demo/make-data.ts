/** Makes the demo's data in a thread of its own, while the store starts. What is made, and how, stands in `generate.ts`. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type DemoData, type DemoOptions, makeDemoData } from './generate.ts';

/** The data for these options. Errors: those of `makeDemoData`. */
export function dataAside(options: DemoOptions): Promise<DemoData> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL(import.meta.url), { workerData: options });
    thread.once('message', resolve);
    thread.once('error', reject);
  });
}

if (!isMainThread) parentPort?.postMessage(makeDemoData(workerData as DemoOptions));
