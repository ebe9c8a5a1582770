/**
 * Chance with a seed: the same seed gives the same numbers on every machine, so the demo's data and report never change.
 * Only for made-up data; the engine draws by hashes of its own (DESIGN, section 13).
 */

/** A stream of random choices. `child` starts an independent stream, so that a change in one life doesn't shift the others. */
export interface Chance {
  /** Uniform in [0, 1). */
  unit(): number;
  /** True with that probability. */
  happens(probability: number): boolean;
  /** A whole number in [low, high]. */
  between(low: number, high: number): number;
  /** Exponential with that mean: many short delays, a few long ones. */
  delay(mean: number): number;
  pick<T>(items: readonly T[]): T;
  /** An index drawn by weight. */
  weighted(weights: readonly number[]): number;
  child(salt: number): Chance;
}

/** SplitMix32: three multiplications a number, passes the usual tests, and needs no library. */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0;
  function unit(): number {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  }
  return {
    unit,
    happens: (probability) => unit() < probability,
    between: (low, high) => low + Math.floor(unit() * (high - low + 1)),
    delay: (mean) => -Math.log(1 - unit()) * mean,
    pick: (items) => items[Math.floor(unit() * items.length)]!,
    weighted(weights) {
      let left = unit() * weights.reduce((sum, weight) => sum + weight, 0);
      for (const [index, weight] of weights.entries()) {
        left -= weight;
        if (left < 0) return index;
      }
      return weights.length - 1;
    },
    child: (salt) => chanceFrom(Math.imul(seed ^ 0x5bd1e995, 0x85ebca6b) ^ Math.imul(salt + 1, 0xc2b2ae35)),
  };
}
