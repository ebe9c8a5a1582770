/** What fits of models share: searching positive parameters by their logarithms from several starts, and why there is no fit. */
import { minimise } from './minimise.ts';

/** Why a model can't be fitted to what was seen. A result, not an error: it is told where the forecast would stand. */
export type Refusal =
  | { readonly kind: 'refused'; readonly reason: 'too_few_people'; readonly people: number; readonly least: number }
  /** `no_repeats`: nobody came back. `no_time`: everybody's first purchase is now. `no_values`: nobody's orders have a value. */
  | { readonly kind: 'refused'; readonly reason: 'no_repeats' | 'no_time' | 'no_values'; readonly people: number };

/** Below so many people a fit of four parameters says more about chance than about them. */
export const peopleMin = 30;

/** Parameters are searched between e⁻¹² and e¹² (six millionths and 160,000). */
const logMax = 12;

export interface Found {
  readonly point: readonly number[];
  readonly value: number;
  /** For each parameter whether it ran to the end of what is searched. */
  readonly atBound: readonly boolean[];
}

/** A short way from every start tells which valley is the deepest; only that one is walked to its end. */
const coarseMax = 120;

/**
 * Minimises over positive parameters, to six digits: further ones are lost in the noise of sums over many rows. The search goes on
 * anew from where it ended, since a simplex may stall.
 */
export function searchLogs(f: (point: readonly number[]) => number, starts: readonly (readonly number[])[]): Found {
  const inLogs = (logs: readonly number[]): number =>
    logs.some((x) => Math.abs(x) > logMax) ? Number.POSITIVE_INFINITY : f(logs.map(Math.exp));
  const coarse = starts.map((start) =>
    minimise(inLogs, start.map(Math.log), { pointTolerance: 1e-3, evaluationsMax: coarseMax }),
  );
  const best = coarse.reduce((a, b) => (b.value < a.value ? b : a));
  const first = minimise(inLogs, best.point, { step: 0.2, pointTolerance: 1e-4, valueTolerance: 1e-9 });
  const fine = minimise(inLogs, first.point, { step: 0.05, pointTolerance: 1e-6, valueTolerance: 1e-11 });
  return {
    point: fine.point.map(Math.exp),
    value: fine.value,
    atBound: fine.point.map((x) => Math.abs(x) > logMax - 0.5),
  };
}
