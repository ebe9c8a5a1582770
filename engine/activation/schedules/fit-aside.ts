/**
 * Fits models in a thread of their own where that takes long: to ten thousand histories it takes seconds, in which nothing else would
 * happen in the process, no heartbeat and no message. What the thread doesn't deliver is fitted here; the result is the same.
 */
import { startThread } from '../../config/crew.ts';
import type { GroupedHistory } from '../../measure/statistics/bg-nbd.ts';
import type { Refusal } from '../../measure/statistics/fit.ts';
import type { BgNbdFit } from '../../measure/statistics/fit-bg-nbd.ts';
import type { GammaGammaFit, GroupedSpending } from '../../measure/statistics/gamma-gamma.ts';

export type FitTask =
  | { readonly kind: 'orders'; readonly rows: readonly GroupedHistory[] }
  | { readonly kind: 'values'; readonly rows: readonly GroupedSpending[] };

/** Fewer rows are fitted here: some 50 ms, less than a thread takes to start. */
const asideMin = 500;

/** What the thread does, and who has none. The special functions that fitting needs take a tenth of a second to load, and most runs fit nothing. */
export async function fitHere(task: FitTask): Promise<BgNbdFit | GammaGammaFit | Refusal> {
  if (task.kind === 'values') return (await import('../../measure/statistics/gamma-gamma.ts')).fitGammaGamma(task.rows);
  return (await import('../../measure/statistics/fit-bg-nbd.ts')).fitBgNbd(task.rows);
}

export async function fitOrdersAside(rows: readonly GroupedHistory[]): Promise<BgNbdFit | Refusal> {
  return (await fitAside({ kind: 'orders', rows })) as BgNbdFit | Refusal;
}

export async function fitValuesAside(rows: readonly GroupedSpending[]): Promise<GammaGammaFit | Refusal> {
  return (await fitAside({ kind: 'values', rows })) as GammaGammaFit | Refusal;
}

async function fitAside(task: FitTask): Promise<unknown> {
  if (task.rows.length < asideMin) return await fitHere(task);
  // A message is an object, so that nothing stands for a thread that ended without one.
  return (await fromThread(task)) ?? (await fitHere(task));
}

/** Null where the thread can't start here, or dies. */
async function fromThread(task: FitTask): Promise<unknown> {
  const isSource = import.meta.url.endsWith('.ts');
  const thread = startThread(new URL(`./fit-thread.${isSource ? 'ts' : 'js'}`, import.meta.url));
  try {
    return await new Promise<unknown>((resolve) => {
      thread.once('message', resolve);
      thread.once('error', () => resolve(null));
      thread.once('exit', () => resolve(null));
      thread.postMessage(task);
    });
  } finally {
    await thread.terminate();
  }
}
