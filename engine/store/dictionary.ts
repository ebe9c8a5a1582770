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
  const known = new Map<string, number>();
  for (let row = 0; row < count; row += 1) {
    let key = '';
    for (const values of columns) key += `${keyOf(values[row])}\0`;
    let code = known.get(key);
    if (code === undefined) {
      if (rows.length === entriesMax) return null;
      code = rows.push(row);
      known.set(key, code);
    }
    codes[row] = code;
  }
  return { codes, rows };
}

/** Values of a column are of one type; none of our texts holds the null character. */
function keyOf(value: unknown): unknown {
  if (value === null || value === undefined) return '\0';
  return value instanceof Date ? value.getTime() : value;
}
