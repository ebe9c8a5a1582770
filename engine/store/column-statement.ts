/**
 * Statements over many rows, sent as an array a column. A column that is the same in all of them goes as one value, and columns that take few
 * values together as a dictionary (`dictionary.ts`): to unfold an array costs the server more than to write a short column of a row, and most
 * columns of a batch say the same of everybody. What is sent how is `bind-message.ts`; several statements are joined by `together.ts`.
 */
import { byKey } from './by-key.ts';
import { type Dictionary, dictionaryOf } from './dictionary.ts';
import type { Statement } from './together.ts';

export interface Column {
  readonly name: string;
  /** As SQL calls it: `text`, `timestamptz`. */
  readonly type: string;
  /** Always an array: rows are looked up by it, or it says how many they are. Default: no; of the columns at least one is. */
  readonly isKey?: boolean;
  /** All columns that are so marked take few values together, such as what is said of a step; none of them is looked up by. Default: no. */
  readonly isCoded?: boolean;
}

/** Below so many rows there is little to save, and what they happen to have in common would make ever new texts. */
const manyRows = 64;
/** Texts of a statement, each of which a connection prepares. */
const variantsMax = 6;

/** How each column goes, and the text for it. */
interface Variant {
  readonly forms: readonly Form[];
  readonly text: string;
}

type Form = 'array' | 'one' | 'coded';

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
    columns.map(() => 'array'),
  );
  const variants = [whole];
  const marked = columns.flatMap(({ isCoded }, i) => (isCoded ? [i] : []));
  return (arrays, ...more) => {
    const isMany = (arrays[0]?.length ?? 0) >= manyRows;
    if (!isMany) return { text: whole.text, values: [...arrays, ...more] };
    const isOne = columns.map(({ isKey = false }, i) => !isKey && isSame(arrays[i] as readonly unknown[]));
    const differing = marked.filter((i) => !isOne[i]).map((i) => arrays[i] as readonly unknown[]);
    const dictionary = differing.length > 1 ? dictionaryOf(differing) : null;
    const wanted = columns.map(({ isCoded }, i) => (isOne[i] ? 'one' : isCoded && dictionary ? 'coded' : 'array'));
    const { forms, text } = chosen(variants, wanted, () => variantOf(template, columns, wanted));
    return { text, values: [...valuesOf(arrays, forms, dictionary), ...more] };
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

function valuesOf(
  arrays: readonly (readonly unknown[])[],
  forms: readonly Form[],
  dictionary: Dictionary | null,
): readonly unknown[] {
  const { codes, rows } = dictionary ?? { codes: [], rows: [] };
  const values = arrays.map((array, i) => {
    if (forms[i] === 'one') return array[0];
    return forms[i] === 'coded' ? rows.map((row) => array[row]) : array;
  });
  return forms.includes('coded') ? [...values, codes] : values;
}

/** The variant of the wanted forms; once there are many, the one that makes most of them. An array can stand for any form. */
function chosen(variants: Variant[], wanted: readonly Form[], make: () => Variant): Variant {
  const known = variants.find(({ forms }) => forms.every((form, i) => form === wanted[i]));
  if (known !== undefined) return known;
  if (variants.length < variantsMax) {
    const made = make();
    variants.push(made);
    return made;
  }
  const isFit = (form: Form, i: number) => form === 'array' || form === wanted[i];
  const fitting = variants.filter(({ forms }) => forms.every(isFit));
  const saved = ({ forms }: Variant) => forms.filter((form) => form !== 'array').length;
  return fitting.reduce((best, one) => (saved(one) > saved(best) ? one : best));
}

function isSame(values: readonly unknown[]): boolean {
  const [first] = values;
  const at = first instanceof Date ? first.getTime() : null;
  return values.every((value) => value === first || (at !== null && value instanceof Date && value.getTime() === at));
}

function variantOf(template: string, columns: readonly Column[], forms: readonly Form[]): Variant {
  const place = ({ name, type }: Column, i: number): string => {
    if (forms[i] === 'one') return `$${i + 1}::${type}`;
    return forms[i] === 'coded' ? `($${i + 1}::${type}[])[u.code]` : `u.${name}`;
  };
  const places = new Map<string, string>(columns.map((column, i) => [column.name, place(column, i)]));
  const unfolded = columns.flatMap(({ name, type }, i) =>
    forms[i] === 'array' ? [{ name, array: `$${i + 1}::${type}[]` }] : [],
  );
  const isCoded = forms.includes('coded');
  if (isCoded) unfolded.push({ name: 'code', array: `$${columns.length + 1}::smallint[]` });
  const names = unfolded.map(({ name }) => name);
  places.set('arrays', unfolded.map(({ array }) => array).join(', ')).set('names', names.join(', '));
  const before = columns.length + (isCoded ? 1 : 0);
  const text = template.replace(/\{(?:(\w+):)?(\w+)\}/g, (_, table: string | undefined, name: string) => {
    if (/^\d+$/.test(name)) return `$${before + Number(name)}`;
    if (table === undefined) return places.get(name) as string;
    // One value for all is no join, so an equality can be nothing but a condition of an index, and is found faster.
    return names.includes(name) ? byKey(table, 'u', name) : `${table}.${name} = ${places.get(name)}`;
  });
  return { forms, text };
}
