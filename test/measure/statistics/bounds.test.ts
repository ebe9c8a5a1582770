/** Bounds of quantiles and of shares of value: equal people stay together, classes are about as large as they were asked to be. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Grouped, partOf, quantileBounds, shareBounds } from '../../../engine/measure/statistics/bounds.ts';

const each = (values: readonly number[]): readonly Grouped[] => values.map((value) => ({ value, people: 1 }));
const groups = fc.array(
  fc.record({ value: fc.integer({ min: -5, max: 40 }), people: fc.integer({ min: 1, max: 9 }) }),
  {
    minLength: 1,
    maxLength: 30,
  },
);

/** Straight from the definition, on people one by one. */
function partByCounting(rows: readonly Grouped[], parts: number, best: 'highest' | 'lowest', value: number): number {
  const people = rows.flatMap((row) => Array.from({ length: row.people }, () => row.value));
  const worse = people.filter((other) => (best === 'highest' ? other < value : other > value)).length;
  return Math.min(parts, 1 + Math.floor((parts * worse) / Math.max(people.length - 1, 1)));
}

describe('quantile bounds', () => {
  it('cut different values into equal parts', () => {
    const bounds = quantileBounds(each([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]), 5);
    expect(bounds).toEqual([30, 50, 70, 90]);
    expect([10, 20, 30, 90, 100].map((value) => partOf(bounds, value))).toEqual([1, 1, 2, 5, 5]);
  });

  it('make the lowest the best where that is asked', () => {
    const bounds = quantileBounds(each([1, 2, 3, 4]), 4, 'lowest');
    expect([1, 2, 3, 4].map((value) => partOf(bounds, value, 'lowest'))).toEqual([4, 3, 2, 1]);
  });

  it('keep the six of ten who never bought in the first part, and go on with the fourth', () => {
    const bounds = quantileBounds([{ value: 0, people: 6 }, ...each([1, 2, 3, 4])], 5);
    expect([0, 1, 2, 3, 4].map((value) => partOf(bounds, value))).toEqual([1, 4, 4, 5, 5]);
  });

  it('are none when everybody is alike, or alone, or nobody is there', () => {
    expect(quantileBounds([{ value: 7, people: 50 }], 5)).toEqual([]);
    expect(quantileBounds(each([7]), 10)).toEqual([]);
    expect(quantileBounds([], 5)).toEqual([]);
  });

  it('give what counting one by one gives, rising with the value', () => {
    fc.assert(
      fc.property(
        groups,
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom('highest', 'lowest'),
        (rows, parts, best) => {
          const bounds = quantileBounds(rows, parts, best);
          expect(bounds.length).toBeLessThan(parts);
          for (const { value } of rows) {
            expect(partOf(bounds, value, best)).toBe(partByCounting(rows, parts, best, value));
          }
        },
      ),
    );
  });

  it('leave no part with more than its share, but for those who are equal', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 10 }),
        (values, parts) => {
          const bounds = quantileBounds(each(values), parts);
          const sizes = Array.from(
            { length: parts },
            (_, i) => values.filter((value) => partOf(bounds, value) === i + 1).length,
          );
          for (const size of sizes) expect(Math.abs(size - values.length / parts)).toBeLessThan(1);
        },
      ),
    );
  });
});

describe('share bounds', () => {
  it('put those who make the last share of the value into the last class', () => {
    // 100 in all: the largest makes 40, the two next 30, four of five 20, ten of one 10.
    const rows = [
      { value: 40, people: 1 },
      { value: 15, people: 2 },
      { value: 5, people: 4 },
      { value: 1, people: 10 },
    ];
    const bounds = shareBounds(rows, [0.1, 0.2, 0.3, 0.4]);
    expect(bounds).toEqual([5, 15, 40]);
    expect([1, 5, 15, 40, 0].map((value) => partOf(bounds, value))).toEqual([1, 2, 3, 4, 1]);
  });

  it('put whoever makes nearly everything into the largest class, and leave those between empty', () => {
    const bounds = shareBounds(
      [
        { value: 970, people: 1 },
        { value: 1, people: 30 },
      ],
      [0.25, 0.25, 0.25, 0.25],
    );
    expect([970, 1].map((value) => partOf(bounds, value))).toEqual([4, 1]);
  });

  it('make everybody of one value the largest: nobody is smaller than they', () => {
    const bounds = shareBounds([{ value: 10, people: 8 }], [0.5, 0.5]);
    expect(partOf(bounds, 10)).toBe(2);
  });

  it('make everybody the smallest where nothing is worth anything', () => {
    expect(
      shareBounds(
        [
          { value: 0, people: 8 },
          { value: -4, people: 1 },
        ],
        [0.5, 0.5],
      ),
    ).toEqual([]);
    expect(shareBounds([], [0.5, 0.5])).toEqual([]);
  });

  it('refuse shares that do not make a whole', () => {
    expect(() => shareBounds(each([1]), [0.5, 0.4])).toThrow('assertion failed');
  });

  it('never put the richer into a smaller class, and hold in the upper classes at least what was asked', () => {
    fc.assert(
      fc.property(groups, (rows) => {
        const shares = [0.1, 0.2, 0.3, 0.4];
        const bounds = shareBounds(rows, shares);
        expect([...bounds].sort((a, b) => a - b)).toEqual(bounds);
        const worth = (row: Grouped) => Math.max(0, row.value) * row.people;
        const all = rows.reduce((sum, row) => sum + worth(row), 0);
        if (all === 0) return;
        for (const [i, share] of [0.9, 0.7, 0.4].entries()) {
          const upper = rows
            .filter((row) => partOf(bounds, row.value) >= i + 2)
            .reduce((sum, row) => sum + worth(row), 0);
          expect(upper / all).toBeGreaterThanOrEqual(share - 1e-8);
        }
      }),
    );
  });
});
