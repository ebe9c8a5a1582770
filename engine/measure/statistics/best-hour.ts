/** At which of the week's 168 hours a person answers most: his own acts, shrunk to everybody's. Bin 0 is Monday 00:00 to 01:00. */
import { shrunkShares } from './affinity.ts';

export const hoursOfWeek = 168;

export interface BestHour {
  /** 0 to 167. */
  readonly bin: number;
  /** Days from Monday. */
  readonly day: number;
  readonly hour: number;
  /** `fallback`: neither he nor everybody has done anything; the bin is what the caller gave. */
  readonly by: 'person' | 'population' | 'fallback';
}

export interface BestHourRules {
  /** Acts of everybody by bin. */
  readonly population: readonly number[];
  /** Where nobody did anything: 0 to 167. */
  readonly fallback: number;
  /** Below so many acts of his own everybody decides. Default 3. */
  readonly actsMin?: number;
  /** How many acts of everybody's stand beside his own. Default 10. */
  readonly strength?: number;
}

/**
 * The best hour: the bin with the highest shrunk share, of equals the earliest in the week. Each act counts half in its hour and a
 * quarter in each hour beside it (around the week's end too), since 9:55 and 10:05 are the same habit.
 */
export function bestHour(counts: readonly number[], rules: BestHourRules): BestHour {
  const { population, fallback, actsMin = 3, strength = 10 } = rules;
  if (counts.length !== hoursOfWeek || population.length !== hoursOfWeek) {
    throw new Error('assertion failed: a week has 168 hours');
  }
  const acts = counts.reduce((a, b) => a + b, 0);
  const isKnown = population.some((count) => count > 0);
  if (acts >= actsMin && acts > 0) {
    const everybody = isKnown ? spread(population) : population;
    return place(highest(shrunkShares(spread(counts), { population: everybody, strength })), 'person');
  }
  return isKnown ? place(highest(spread(population)), 'population') : place(fallback, 'fallback');
}

/** Sums to the same, by the kernel ¼ ½ ¼ around the circle. */
function spread(counts: readonly number[]): readonly number[] {
  const at = (i: number) => counts[(i + hoursOfWeek) % hoursOfWeek] as number;
  return counts.map((count, i) => count / 2 + at(i - 1) / 4 + at(i + 1) / 4);
}

function highest(shares: readonly number[]): number {
  return shares.reduce((best, share, i) => (share > (shares[best] as number) ? i : best), 0);
}

function place(bin: number, by: BestHour['by']): BestHour {
  return { bin, day: Math.floor(bin / 24), hour: bin % 24, by };
}
