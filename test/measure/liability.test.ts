/** What points are owed: the published example, and parts that add up. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { divide, worthOf } from '../../engine/measure/loyalty/liability.ts';

// 0.012 each: 1,000 points are worth 12.00; amounts in cents.
const terms = { worth: { points: 1_000, amount: 1_200 }, redemption: 0.8 };

it('of a price of 800 with 2,000 points at 0.012, of which 80 % are expected to be spent, 18.75 waits for the points', () => {
  expect(worthOf(2_000, terms.worth, terms.redemption)).toBe(1_920);
  expect(divide(80_000, 2_000, terms)).toEqual({ goods: 78_125, deferred: 1_875 });
});

it('a price is divided without a rest, and nothing waits for no points', () => {
  fc.assert(
    fc.property(fc.nat(10_000_000), fc.nat(1_000_000), (price, points) => {
      const { goods, deferred } = divide(price, points, terms);
      expect(goods + deferred).toBe(price);
      expect(deferred).toBeGreaterThanOrEqual(0);
      expect(goods).toBeGreaterThanOrEqual(0);
      if (points === 0) expect(deferred).toBe(0);
    }),
    { seed: 8 },
  );
});
