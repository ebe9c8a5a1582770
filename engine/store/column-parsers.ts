/** How values of columns are read from PostgreSQL's text form. */
import pg from 'pg';

const { builtins } = pg.types;
const int8Array = 1016;
const textArray = 1009;

/** Reads a value of a column's type. */
export type ColumnParser = (text: string) => unknown;

/** A parser for a column of the type with that OID; what we don't read otherwise is left to the driver. */
export function parserOf(oid: number): ColumnParser {
  switch (oid) {
    // int8: our identifiers stay far below 2^53, and arithmetic on strings is a trap. `numeric` stays a string: it is exact.
    case builtins.INT8:
      return Number;
    case int8Array:
      return integersOf;
    case textArray:
      return textsOf;
    // The driver would read these in the host's zone.
    case builtins.DATE:
    case builtins.TIMESTAMP:
      return String;
    case builtins.TIMESTAMPTZ:
      return sharing(instantOf);
    default:
      return pg.types.getTypeParser(oid as typeof builtins.INT4) as ColumnParser;
  }
}

/** `{1,NULL,3}`: such arrays are thousands long, and the driver would read them character by character. */
function integersOf(text: string): readonly (number | null)[] {
  return text === '{}' ? [] : text.slice(1, -1).split(',').map(integerOf);
}

function integerOf(text: string): number | null {
  return text === 'NULL' ? null : Number(text);
}

const driversTexts = pg.types.getTypeParser(textArray as typeof builtins.TEXT) as unknown as (
  text: string,
) => readonly (string | null)[];

/** `{one,NULL,two}`, as plain words are written; what is quoted is left to the driver, which reads character by character. */
function textsOf(text: string): readonly (string | null)[] {
  if (text === '{}') return [];
  if (text.charCodeAt(0) !== 123 || text.includes('"') || text.includes('{', 1)) return driversTexts(text);
  return text.slice(1, -1).split(',').map(wordOf);
}

function wordOf(text: string): string | null {
  return text === 'NULL' ? null : text;
}

/** The same for the driver's own queries. */
export const columnTypes = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : parserOf(oid),
} as unknown as pg.CustomTypesConfig;

/** Rows of a batch often say the same one after the other: they share it. */
function sharing(read: ColumnParser): ColumnParser {
  let text: string | null = null;
  let value: unknown;
  return (next) => {
    if (next !== text) {
      value = read(next);
      text = next;
    }
    return value;
  };
}

const driversInstant = pg.types.getTypeParser(builtins.TIMESTAMPTZ) as (text: string) => Date;
const usual = '2026-06-15 12:00:00+00';

/**
 * `2026-06-15 12:00:00.123+00`, as a session in UTC writes instants of our years; others (BC, five digits, infinity) are left to the driver,
 * whose expressions take some five times as long. Below a millisecond is cut off, as the driver does.
 */
export function instantOf(text: string): Date {
  const { length } = text;
  const isUsual = text.charCodeAt(4) === 45 && length >= usual.length && text.endsWith('+00');
  if (!isUsual) return driversInstant(text);
  let ms = 0;
  for (let i = 20, unit = 100; i < length - 3 && unit >= 1; i += 1, unit /= 10) ms += digit(text, i) * unit;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  // `Date.UTC` takes years below 100 for those of the last century.
  if (year < 100) return driversInstant(text);
  return new Date(
    Date.UTC(
      year,
      twoDigits(text, 5) - 1,
      twoDigits(text, 8),
      twoDigits(text, 11),
      twoDigits(text, 14),
      twoDigits(text, 17),
      ms,
    ),
  );
}

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - 48;
}
