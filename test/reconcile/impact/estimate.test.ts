/** Totals from some lanes: exact of all, and of some with intervals that hold what they promise. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateTotal } from '../../../engine/reconcile/impact/estimate.ts';

const lanes = 1_024;

/** A generator of numbers in [0, 1) that is the same every time (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** So many people, each in a lane by chance. */
function people(count: number, seed: number): readonly number[] {
  const next = random(seed);
  const counts = new Array<number>(lanes).fill(0);
  for (let i = 0; i < count; i++) counts[Math.floor(next() * lanes)]! += 1;
  return counts;
}

function estimateOf(counts: readonly number[], read: number) {
  const some = counts.slice(0, read);
  const sum = some.reduce((total, one) => total + one, 0);
  return estimateTotal({ sum, squares: some.reduce((total, one) => total + one * one, 0) }, read, lanes);
}

describe('an estimate', () => {
  it('of all lanes is the count itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000 }), fc.integer(), (count, seed) => {
        expect(estimateOf(people(count, seed), lanes)).toEqual({ total: count, low: count, high: count });
      }),
      { seed: 1, numRuns: 10 },
    );
  });

  it.each([
    [10_000, 16],
    [10_000, 200],
    [3_000, 16],
    [400, 64],
  ])('of %i people from %i lanes holds the true number in about 95 of 100 samples', (count, read) => {
    const rounds = 200;
    let held = 0;
    for (let seed = 0; seed < rounds; seed++) {
      const { low, high, total } = estimateOf(people(count, seed * 7_919 + 13), read);
      expect(low).toBeLessThanOrEqual(total);
      expect(high).toBeGreaterThanOrEqual(total);
      if (low <= count && count <= high) held += 1;
    }
    expect(held / rounds).toBeGreaterThan(0.91);
  });

  it('never says that fewer are there than were seen, nor that nobody is when nobody was', () => {
    expect(estimateTotal({ sum: 3, squares: 9 }, 4, lanes).low).toBeGreaterThanOrEqual(3);
    expect(estimateTotal({ sum: 0, squares: 0 }, 64, lanes)).toEqual({ total: 0, low: 0, high: 48 });
  });
});
