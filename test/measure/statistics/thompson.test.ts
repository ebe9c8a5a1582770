/** Chances to be the best arm. */
import { describe, expect, it } from 'vitest';
import { chancesToBeBest, withFloor } from '../../../engine/measure/statistics/thompson.ts';

const rate = (successes: number, tries: number) => ({ kind: 'rate', successes, tries }) as const;

describe('the chance to be the best arm', () => {
  it('is even while nothing is known, and sure when much is', () => {
    const [a = 0, b = 0] = chancesToBeBest([rate(0, 0), rate(0, 0)], 1);
    expect(Math.abs(a - b)).toBeLessThan(0.05);
    expect(chancesToBeBest([rate(100, 1000), rate(200, 1000)], 1)).toEqual([0, 1]);
  });

  it('is what the integral says: two of ten against four of ten', () => {
    // P(Beta(3, 9) < Beta(5, 7)) = 0.8222 by summing the closed form.
    const [, better = 0] = chancesToBeBest([rate(2, 10), rate(4, 10)], 7);
    expect(better).toBeGreaterThan(0.8);
    expect(better).toBeLessThan(0.845);
  });

  it('of amounts follows their errors, and the same seed draws the same', () => {
    const beliefs = [
      { kind: 'mean', mean: 10, error: 1 },
      { kind: 'mean', mean: 11, error: 1 },
    ] as const;
    // Phi(1 / sqrt(2)) = 0.760.
    const [, better = 0] = chancesToBeBest(beliefs, 3);
    expect(Math.abs(better - 0.76)).toBeLessThan(0.025);
    expect(chancesToBeBest(beliefs, 3)).toEqual(chancesToBeBest(beliefs, 3));
  });

  it('leaves a floor for every arm', () => {
    const shares = withFloor([1, 0, 0], 0.3);
    expect(shares.map((share) => Math.round(share * 1e9) / 1e9)).toEqual([0.8, 0.1, 0.1]);
  });
});
