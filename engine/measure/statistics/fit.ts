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

/** Minimises over positive parameters. The best of all starts is searched once more from where it ended: a simplex may stall. */
export function searchLogs(f: (point: readonly number[]) => number, starts: readonly (readonly number[])[]): Found {
  const inLogs = (logs: readonly number[]): number =>
    logs.some((x) => Math.abs(x) > logMax) ? Number.POSITIVE_INFINITY : f(logs.map(Math.exp));
  const coarse = starts.map((start) =>
    minimise(inLogs, start.map(Math.log), { pointTolerance: 1e-4, valueTolerance: 1e-9, evaluationsMax: 1500 }),
  );
  const best = coarse.reduce((a, b) => (b.value < a.value ? b : a));
  const fine = minimise(inLogs, best.point, { step: 0.1 });
  return {
    point: fine.point.map(Math.exp),
    value: fine.value,
    atBound: fine.point.map((x) => Math.abs(x) > logMax - 0.5),
  };
}
