/**
 * Small cells of a table of people are hidden, so that a table that is passed on tells of nobody in particular. A hidden cell must not
 * come back as what is missing in a sum. Rows and columns are joined by the cells that are hidden in them: exactly the cells that lie on
 * no circle of such joints can be worked out, so more are hidden until there is none (bridges of a graph; Gusfield, "A graph theoretic
 * approach to statistical data security", 1988). What can be guessed from bounds is not covered. Pure.
 */

/** People by row and column; the last row and the last column are sums, and so is their corner. */
export type Counts = readonly (readonly number[])[];

/**
 * Which cells to hide: those of 1 to `min` − 1 people, and with them the smallest others that keep them from being worked out. Empty
 * cells are taken after those that hold people, sums last. `min` up to 1 hides nothing.
 */
export function hideSmall(counts: Counts, min: number): readonly (readonly boolean[])[] {
  const hidden = counts.map((row) => row.map((people) => people > 0 && people < min));
  for (let next = nextCover(counts, hidden); next !== null; next = nextCover(counts, hidden)) {
    (hidden[next[0]] as boolean[])[next[1]] = true;
  }
  return hidden;
}

type Cell = readonly [row: number, column: number];
type Hidden = readonly (readonly boolean[])[];

/** The next cell to hide; null when nothing follows from the sums. */
function nextCover(counts: Counts, hidden: Hidden): Cell | null {
  const alone = linesOf(counts).find((line) => line.filter(([r, c]) => hidden[r]?.[c] === true).length === 1);
  if (alone !== undefined) return smallestShown(alone, counts, hidden);
  const open = knowable(hidden);
  if (open === null) return null;
  const lines = linesOf(counts).filter((line) => line.some(([r, c]) => r === open[0] && c === open[1]));
  return smallestShown(lines.flat(), counts, hidden);
}

/** Rows and columns; the last cell of each is the sum of the others. */
function linesOf(counts: Counts): readonly (readonly Cell[])[] {
  const rows = counts.map((row, r) => row.map((_, c): Cell => [r, c]));
  return [...rows, ...(counts[0] ?? []).map((_, c) => counts.map((_row, r): Cell => [r, c]))];
}

/** A hidden cell that the sums give away: without it, no way leads from its row to its column. */
function knowable(hidden: Hidden): Cell | null {
  for (const [r, row] of hidden.entries()) {
    for (const [c, isHidden] of row.entries()) if (isHidden && !isOnCircle(hidden, r, c)) return [r, c];
  }
  return null;
}

/** Whether a way over hidden cells leads from the row to the column, other than the cell itself. */
function isOnCircle(hidden: Hidden, row: number, column: number): boolean {
  const rows = new Set([row]);
  const columns = new Set<number>();
  for (const r of rows) {
    for (const [c, isHidden] of (hidden[r] ?? []).entries()) {
      if (!isHidden || columns.has(c) || (r === row && c === column)) continue;
      if (c === column) return true;
      columns.add(c);
      // A set that grows is walked to its end.
      for (const [other, cells] of hidden.entries()) if (cells[c] === true) rows.add(other);
    }
  }
  return false;
}

function smallestShown(cells: readonly Cell[], counts: Counts, hidden: Hidden): Cell | null {
  const rank = ([r, c]: Cell): number => {
    const isSum = r === counts.length - 1 || c === (counts[r]?.length ?? 0) - 1;
    const people = counts[r]?.[c] ?? 0;
    return (isSum ? 2 : people === 0 ? 1 : 0) * largest + people;
  };
  const shown = cells.filter(([r, c]) => hidden[r]?.[c] === false);
  return shown.reduce<Cell | null>((least, cell) => (least === null || rank(cell) < rank(least) ? cell : least), null);
}

/** More people than there are. */
const largest = 1e12;
