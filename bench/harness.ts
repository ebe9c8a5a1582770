/**
 * What every benchmark shares: its shape, rows with targets, pairs of ours and the floor in turn, medians and quartiles. It measures
 * nothing itself and prints nothing.
 */

/** One figure of a benchmark, as `--json` prints it. Numbers are rounded to what can be told apart. */
export interface Row {
  readonly name: string;
  /** The median over the pairs, or the one measurement. */
  readonly value: number;
  readonly unit: string;
  /** The same of the hand-written floor, measured in the same run; null when there is none. */
  readonly floor: number | null;
  /** The median of the pairs' own ratios, ours / floor. */
  readonly ratio: number | null;
  /** What is promised: of the ratio where there is a floor, else of the value. Null: nothing is. */
  readonly target: number | null;
  /** Whether the target holds for the whole box of quartiles, not only for the median. */
  readonly holds: boolean | null;
  /** First and third quartile of what the target is about (the ratio, else the value); null for one measurement. */
  readonly spread: readonly [number, number] | null;
  /** Which side of the target is the good one. */
  readonly better: 'higher' | 'lower';
}

export interface BenchOptions {
  /** How much to do, in the benchmark's own unit. */
  readonly size: number;
  readonly pairs: number;
  /** Also tell where the time goes. */
  readonly costs: boolean;
  /** Progress for the person who waits; never part of the result. */
  note(line: string): void;
}

export interface Benchmark {
  readonly name: string;
  /** One line for the list. */
  readonly title: string;
  readonly defaultSize: number;
  /** What the size counts: `events`, `seconds`. */
  readonly sizeUnit: string;
  run(options: BenchOptions): Promise<readonly Row[]>;
}

export interface Pair {
  readonly ours: number;
  readonly floor: number;
}

/** Runs ours and the floor in turn, so that a machine that slows down slows both; the first of a pair alternates. */
export async function inTurn(
  count: number,
  ours: () => Promise<number>,
  floor: () => Promise<number>,
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let i = 0; i < count; i += 1) {
    const floorFirst = i % 2 === 1;
    const early = floorFirst ? await floor() : await ours();
    const late = floorFirst ? await ours() : await floor();
    pairs.push(floorFirst ? { ours: late, floor: early } : { ours: early, floor: late });
  }
  return pairs;
}

/** The quantile of sorted or unsorted numbers, between neighbours in proportion (R's type 7). `at` from 0 to 1. */
export function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * at;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new Error('assertion failed: a quantile is of something');
  return below + (above - below) * (place - Math.floor(place));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** A row of pairs whose ratio must reach the target. More is better. */
export function ratioRow(name: string, unit: string, pairs: readonly Pair[], target: number | null): Row {
  return pairsRow({ name, unit, pairs, target, better: 'higher' });
}

/** A row of pairs whose ratio must stay at or below the target. Less is better. */
export function ratioLimitRow(name: string, unit: string, pairs: readonly Pair[], target: number | null): Row {
  return pairsRow({ name, unit, pairs, target, better: 'lower' });
}

function pairsRow(parts: Pick<Row, 'name' | 'unit' | 'target' | 'better'> & { readonly pairs: readonly Pair[] }): Row {
  const { name, unit, pairs, target, better } = parts;
  const ratios = pairs.map(({ ours, floor }) => ours / floor);
  const spread = [quantile(ratios, 0.25), quantile(ratios, 0.75)] as const;
  const isKept = target !== null && (better === 'higher' ? spread[0] >= target : spread[1] <= target);
  return {
    name,
    value: significant(median(pairs.map(({ ours }) => ours))),
    unit,
    floor: significant(median(pairs.map(({ floor }) => floor))),
    ratio: significant(median(ratios)),
    target,
    holds: target === null ? null : isKept,
    spread: [significant(spread[0]), significant(spread[1])],
    better,
  };
}

/** A row of measurements (one, or one a repetition) that must stay at or below the target. Less is better. */
export function limitRow(name: string, unit: string, values: readonly number[], target: number | null): Row {
  const spread = values.length === 1 ? null : ([quantile(values, 0.25), quantile(values, 0.75)] as const);
  const worst = spread === null ? median(values) : spread[1];
  return {
    name,
    value: significant(median(values)),
    unit,
    floor: null,
    ratio: null,
    target,
    holds: target === null ? null : worst <= target,
    spread: spread === null ? null : [significant(spread[0]), significant(spread[1])],
    better: 'lower',
  };
}

/** Three significant digits; more would be noise. */
function significant(value: number): number {
  return Number(value.toPrecision(3));
}
