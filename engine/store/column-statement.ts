/**
 * Statements over many rows, sent as an array a column. A column that is the same in all of them goes as one value: to unfold an array costs
 * the server more than to write a short column of a row, and most columns of a batch say the same of everybody. What is sent how is
 * `bind-message.ts`; several statements are joined by `together.ts`.
 */
import { byKey } from './by-key.ts';
import type { Statement } from './together.ts';

export interface Column {
  readonly name: string;
  /** As SQL calls it: `text`, `timestamptz`. */
  readonly type: string;
  /** Always an array: rows are looked up by it, or it says how many they are. Default: no; of the columns at least one is. */
  readonly isKey?: boolean;
}

/** Below so many rows there is little to save, and what they happen to have in common would make ever new texts. */
const manyRows = 64;
/** Texts of a statement, each of which a connection prepares. */
const variantsMax = 6;

/** Which columns go as one value, and the text for it. */
interface Variant {
  readonly isOne: readonly boolean[];
  readonly text: string;
}

/**
 * A statement over columns. In its template `{arrays}` stands for those that go as arrays, `{names}` for their names, as in
 * `from unnest({arrays}) u({names})`; `{name}` for the column's value in a row of `u`; `{t:name}` for the condition that `t.name` is that value,
 * to look up rows by key (`by-key.ts`); `{1}`, `{2}` … for further values. What is made of it takes the columns, aligned arrays in their order,
 * then the further values.
 */
export function columnStatement(
  template: string,
  columns: readonly Column[],
): (arrays: readonly (readonly unknown[])[], ...more: readonly unknown[]) => Statement {
  const whole = variantOf(
    template,
    columns,
    columns.map(() => false),
  );
  const variants = [whole];
  return (arrays, ...more) => {
    const isMany = (arrays[0]?.length ?? 0) >= manyRows;
    const { isOne, text } = isMany ? chosen(variants, template, columns, arrays) : whole;
    return { text, values: [...arrays.map((values, i) => (isOne[i] ? values[0] : values)), ...more] };
  };
}

/** Of an object a row. */
export interface RowColumn<Row> extends Column {
  of(row: Row): unknown;
}

/** As `columnStatement`, of rows; null: there are none. */
export function rowStatement<Row>(
  template: string,
  columns: readonly RowColumn<Row>[],
): (rows: readonly Row[], ...more: readonly unknown[]) => Statement | null {
  const statement = columnStatement(template, columns);
  return (rows, ...more) => {
    if (rows.length === 0) return null;
    return statement(
      columns.map(({ of }) => rows.map(of)),
      ...more,
    );
  };
}

/** A plain insert of the columns. */
export function rowInsert<Row>(
  table: string,
  columns: readonly RowColumn<Row>[],
): (rows: readonly Row[]) => Statement | null {
  const names = columns.map(({ name }) => name);
  const values = names.map((name) => `{${name}}`);
  const template = `insert into ${table} (${names.join(', ')}) select ${values.join(', ')} from unnest({arrays}) u({names})`;
  return rowStatement(template, columns);
}

/** The variant for what the columns have in common; once there are many, the one that makes most of it. */
function chosen(
  variants: Variant[],
  template: string,
  columns: readonly Column[],
  arrays: readonly (readonly unknown[])[],
): Variant {
  const isOne = columns.map(({ isKey = false }, i) => !isKey && isSame(arrays[i] as readonly unknown[]));
  const known = variants.find((one) => one.isOne.every((value, i) => value === isOne[i]));
  if (known !== undefined) return known;
  if (variants.length < variantsMax) {
    const made = variantOf(template, columns, isOne);
    variants.push(made);
    return made;
  }
  const fitting = variants.filter((one) => one.isOne.every((value, i) => !value || isOne[i]));
  const saved = ({ isOne: ones }: Variant) => ones.filter(Boolean).length;
  return fitting.reduce((best, one) => (saved(one) > saved(best) ? one : best));
}

function isSame(values: readonly unknown[]): boolean {
  const [first] = values;
  const at = first instanceof Date ? first.getTime() : null;
  return values.every((value) => value === first || (at !== null && value instanceof Date && value.getTime() === at));
}

function variantOf(template: string, columns: readonly Column[], isOne: readonly boolean[]): Variant {
  const places = new Map<string, string>(
    columns.map(({ name, type }, i) => [name, isOne[i] ? `$${i + 1}::${type}` : `u.${name}`]),
  );
  const arrays = columns.flatMap(({ type }, i) => (isOne[i] ? [] : [`$${i + 1}::${type}[]`]));
  const names = columns.flatMap(({ name }, i) => (isOne[i] ? [] : [name]));
  places.set('arrays', arrays.join(', ')).set('names', names.join(', '));
  const text = template.replace(/\{(?:(\w+):)?(\w+)\}/g, (_, table: string | undefined, name: string) => {
    if (/^\d+$/.test(name)) return `$${columns.length + Number(name)}`;
    if (table === undefined) return places.get(name) as string;
    // One value for all is no join, so an equality can be nothing but a condition of an index, and is found faster.
    return names.includes(name) ? byKey(table, 'u', name) : `${table}.${name} = ${places.get(name)}`;
  });
  return { isOne, text };
}
