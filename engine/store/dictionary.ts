/** Columns whose values are few together, as a dictionary of them and a number a row. Pure. */

export interface Dictionary {
  /** For each row which of the entries it has, from 1. */
  readonly codes: readonly number[];
  /** For each entry the first row that has it, from 0. */
  readonly rows: readonly number[];
}

/** The server finds an entry by walking to it. */
const entriesMax = 32;

/** Of aligned columns; null: they take too many values together. */
export function dictionaryOf(columns: readonly (readonly unknown[])[]): Dictionary | null {
  const count = columns[0]?.length ?? 0;
  const codes = new Array<number>(count);
  const rows: number[] = [];
  for (let row = 0; row < count; row += 1) {
    // Entries are few, and most differ in their first value: to compare costs less than to make a key.
    let entry = 0;
    while (entry < rows.length && !isAlike(columns, rows[entry] as number, row)) entry += 1;
    if (entry === entriesMax) return null;
    if (entry === rows.length) rows.push(row);
    codes[row] = entry + 1;
  }
  return { codes, rows };
}

function isAlike(columns: readonly (readonly unknown[])[], one: number, other: number): boolean {
  for (const values of columns) if (!isEqual(values[one], values[other])) return false;
  return true;
}

function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (one instanceof Date) return other instanceof Date && one.getTime() === other.getTime();
  // Null and undefined are written as one.
  return (one ?? null) === null && (other ?? null) === null;
}
