/** Chance with a fixed seed, for proofs that must be repeatable. */

export interface Chance {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** Whole numbers, both ends included. */
  between(low: number, high: number): number;
  pick<T>(from: readonly T[]): T;
  isTrue(probability: number): boolean;
}

/** Mulberry32: small, and the same everywhere. */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    between,
    pick: (from) => from[between(0, from.length - 1)] as (typeof from)[number],
    isTrue: (probability) => next() < probability,
  };
}
