/**
 * One cell of a row as a typed value in its stored form. What a value of a type looks like is the compiler's knowledge
 * (`literals.ts`); here is which cell, which currency and zone, and what an empty cell means.
 */
import type { ColumnReading, Money, Value, ValueType } from '../compiler/ir.ts';
import { normaliseValue } from '../compiler/literals.ts';

export type Cells = Readonly<Record<string, unknown>>;

const mark = Symbol('problem');

/** Why a row can't be used. It names columns and never quotes values: rejects are read by more people than the file. */
export interface Problem {
  readonly [mark]: true;
  readonly reason: string;
  readonly columns: readonly string[];
}

export function problem(reason: string, ...columns: readonly string[]): Problem {
  return { [mark]: true, reason, columns };
}

/** Told by the mark and by no name: properties and traits may have any name. */
export function isProblem(value: unknown): value is Problem {
  return value !== null && typeof value === 'object' && mark in value;
}

/** The cell of a column; a dotted name that is no column itself is a path into JSON objects. */
export function cellAt(cells: Cells, column: string): unknown {
  if (Object.hasOwn(cells, column)) return cells[column];
  if (!column.includes('.')) return undefined;
  let value: unknown = cells;
  for (const key of column.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    value = (value as Cells)[key];
  }
  return value;
}

/** The cell as trimmed text: of strings, numbers and booleans; '' when it is empty; null when it is something else. */
export function textAt(cells: Cells, column: string): string | null {
  const cell = cellAt(cells, column) ?? '';
  if (typeof cell === 'string') return cell.trim();
  return typeof cell === 'number' || typeof cell === 'boolean' ? String(cell) : null;
}

export interface ReadingDefaults {
  readonly zone: string;
  readonly currency: string;
}

/**
 * Reads the cell that `from` names as a value of the type. `null` forgets (JSON's null); undefined says nothing (no cell, or an
 * empty one).
 */
export function readCell(
  cells: Cells,
  type: ValueType,
  from: ColumnReading,
  defaults: ReadingDefaults,
): Value | null | undefined | Problem {
  const currency = from.currencyColumn === null ? from.currency : textAt(cells, from.currencyColumn);
  const { column } = from;
  const cell = from.decimal === 'comma' ? withPoint(cellAt(cells, column)) : cellAt(cells, column);
  const value = readValue(cell, type, {
    column,
    format: from.format,
    zone: from.zone ?? defaults.zone,
    currency: currency || null,
    defaultCurrency: currency ?? defaults.currency,
  });
  if (isProblem(value) && currency === '') return problem('holds no currency', from.currencyColumn ?? column);
  return value;
}

/** `1.234,50` as `1234.50`. A point that groups no digits would be read as a decimal one: such a text is no number. */
function withPoint(cell: unknown): unknown {
  if (typeof cell !== 'string') return cell;
  const parts = /^\s*([+-]?)(\d{1,3}(?:[.\s]\d{3})+|\d+)(?:,(\d+))?(\s*[A-Z]{3})?\s*$/.exec(cell);
  if (parts === null) return cell.includes('.') ? 'no number with a decimal comma' : cell;
  const [, sign = '', whole = '', fraction, currency = ''] = parts;
  return `${sign}${whole.replace(/\D/g, '')}${fraction === undefined ? '' : `.${fraction}`}${currency}`;
}

/** A column whose values are declared: traits and fields of entities. */
export interface DeclaredColumn {
  readonly type: ValueType;
  readonly from: ColumnReading;
  /** Of an enum. */
  readonly values: readonly string[] | null;
  /** They say nothing. */
  readonly ignore: readonly Value[];
}

/** As `readCell`; what is declared to mean nothing is undefined, and what is none of the declared values a problem. */
export function readDeclared(
  cells: Cells,
  { type, from, values, ignore }: DeclaredColumn,
  defaults: ReadingDefaults,
): Value | null | undefined | Problem {
  const value = readCell(cells, type, from, defaults);
  if (value === null || value === undefined || isProblem(value)) return value;
  if (ignore.some((ignored) => isEqual(ignored, value))) return undefined;
  if (values !== null && !values.includes(value as string)) {
    return problem('not one of the declared values', from.column);
  }
  return value;
}

function isEqual(a: Value, b: Value): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
}

export interface ValueContext {
  /** For the problem's words. */
  readonly column: string;
  readonly format: string | null;
  readonly zone: string;
  /** The only currency that will do, or null. */
  readonly currency: string | null;
  /** Of bare amounts. */
  readonly defaultCurrency: string;
}

/** Reads a JSON value, or a cell's text, as a value of the type. */
export function readValue(raw: unknown, type: ValueType, context: ValueContext): Value | null | undefined | Problem {
  if (raw === null) return null;
  const { column, format, zone, currency, defaultCurrency } = context;
  const given = typeof raw === 'string' ? raw.trim() : raw;
  const result = normaliseValue(type, given, { zone, format, currency: defaultCurrency });
  if (result.kind === 'missing') return undefined;
  if (result.kind === 'refused') return problem(result.reason, column);
  if (type === 'money' && currency !== null && (result.value as Money).currency !== currency) {
    return problem('money of another currency than the source says', column);
  }
  return result.value;
}
