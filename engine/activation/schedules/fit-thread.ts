/** The program of the thread that fits models: one task, one answer. Nothing imports this file. */
import { parentPort } from 'node:worker_threads';
import { type FitTask, fitHere } from './fit-aside.ts';

parentPort?.once('message', async (task: FitTask) => parentPort?.postMessage(await fitHere(task)));
