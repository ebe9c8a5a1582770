/**
 * Small cells of a table of people are hidden, so that a table that is passed on tells of nobody in particular. A hidden cell must not
 * come back as the difference of its row's or column's sum and the cells beside it, so each row and column hides none or at least two.
 * Pure.
 */

/** People by row and column; the last row and the last column are sums, and so is their corner. */
export type Counts = readonly (readonly number[])[];

/**
 * Which cells to hide: those of 1 to `min` − 1 people, then the smallest others until no row or column, its sum included, hides
 * exactly one. Empty cells are hidden last. `min` up to 1 hides nothing.
 */
export function hideSmall(counts: Counts, min: number): readonly (readonly boolean[])[] {
  const hidden = counts.map((row) => row.map((people) => people > 0 && people < min));
  const lines = linesOf(counts);
  for (let changed = true; changed; ) {
    changed = false;
    for (const line of lines) {
      const covered = line.filter(([r, c]) => hidden[r]?.[c] === true);
      if (covered.length !== 1) continue;
      const next = smallestShown(line, counts, hidden);
      if (next === null) continue;
      (hidden[next[0]] as boolean[])[next[1]] = true;
      changed = true;
    }
  }
  return hidden;
}

type Cell = readonly [row: number, column: number];

/** Rows and columns, whose last cell is the sum of the others. */
function linesOf(counts: Counts): readonly (readonly Cell[])[] {
  const columns = counts[0] ?? [];
  const rows = counts.map((row, r) => row.map((_, c): Cell => [r, c]));
  return [...rows, ...columns.map((_, c) => counts.map((_row, r): Cell => [r, c]))];
}

function smallestShown(line: readonly Cell[], counts: Counts, hidden: readonly (readonly boolean[])[]): Cell | null {
  const people = ([r, c]: Cell) => counts[r]?.[c] ?? 0;
  const rank = (cell: Cell) => people(cell) || Number.MAX_SAFE_INTEGER;
  const shown = line.filter(([r, c]) => hidden[r]?.[c] === false);
  return shown.reduce<Cell | null>((least, cell) => (least === null || rank(cell) < rank(least) ? cell : least), null);
}
