/** Small cells of tables: all of them are hidden, and none can be worked out from what is shown. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hideSmall } from '../../engine/measure/crosstab/hide-small.ts';

/** The table with the sums of its rows and columns. */
function withSums(cells: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
  const rows = cells.map((row) => [...row, sum(row)]);
  return [...rows, (rows[0] ?? []).map((_, c) => sum(rows.map((row) => row[c] ?? 0)))];
}

const tables = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
  .chain(([rows, columns]) => {
    const cell = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 5, max: 500 }));
    return fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows });
  })
  .map(withSums);

/** The rank of a matrix of small whole numbers, by elimination. */
function rank(matrix: readonly (readonly number[])[]): number {
  const rows = matrix.map((row) => [...row]);
  let found = 0;
  for (let c = 0; c < (rows[0]?.length ?? 0); c += 1) {
    const pivot = rows.findIndex((row, r) => r >= found && Math.abs(row[c] ?? 0) > 1e-9);
    if (pivot < 0) continue;
    [rows[found], rows[pivot]] = [rows[pivot] as number[], rows[found] as number[]];
    const head = rows[found] as number[];
    for (const row of rows.slice(found + 1)) {
      const factor = (row[c] as number) / (head[c] as number);
      for (let k = c; k < row.length; k += 1) row[k] = (row[k] as number) - factor * (head[k] as number);
    }
    found += 1;
  }
  return found;
}

/** Hidden cells that the equations of the table's sums have only one answer for. */
function workedOut(hidden: readonly (readonly boolean[])[]): readonly (readonly [number, number])[] {
  const cells = hidden.flatMap((row, r) => row.flatMap((is, c) => (is ? [[r, c] as const] : [])));
  const isLast = (r: number, c: number) => (r === hidden.length - 1) !== (c === (hidden[0]?.length ?? 0) - 1);
  const lines = [
    ...hidden.map((_, r) => cells.map(([row, c]) => (row === r ? (isLast(row, c) ? -1 : 1) : 0))),
    ...(hidden[0] ?? []).map((_, c) => cells.map(([r, column]) => (column === c ? (isLast(r, column) ? -1 : 1) : 0))),
  ];
  const whole = rank(lines);
  return cells.filter((_, i) => rank(lines.map((line) => line.filter((_value, k) => k !== i))) < whole);
}

describe('cells of few people', () => {
  it('are hidden, and none follows from the sums', () => {
    fc.assert(
      fc.property(tables, fc.integer({ min: 1, max: 12 }), (counts, min) => {
        const hidden = hideSmall(counts, min);
        counts.forEach((row, r) => {
          row.forEach((people, c) => {
            if (people > 0 && people < min) expect(hidden[r]?.[c]).toBe(true);
          });
        });
        expect(workedOut(hidden)).toEqual([]);
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });

  it('hide nothing where nobody is few, or where it is allowed', () => {
    const counts = withSums([
      [3, 40],
      [50, 0],
    ]);
    expect(hideSmall(counts, 1).flat()).not.toContain(true);
    expect(hideSmall(counts, 3).flat()).not.toContain(true);
  });

  it('take the smallest others with them, and leave the sums', () => {
    const counts = withSums([
      [3, 40, 90],
      [50, 60, 70],
    ]);
    expect(hideSmall(counts, 5)).toEqual([
      [true, true, false, false],
      [true, true, false, false],
      [false, false, false, false],
    ]);
  });
});
