/**
 * Typed values from text: constants of the YAML files (strict, as a reviewer reads them) and raw values of imported rows
 * (tolerant, by declared format). Both give the stored form of `Value` in `ir.ts`. Reasons never quote the value: in imports
 * it may be personal data.
 */
import { isCurrency, parseAmount, parseInteger, parseMoney, parseNumber, scaleDecimal } from './decimals.ts';
import { dayOfInstant, isStorableInstant, parseDay, parseInstant } from './instants.ts';
import type { Value, ValueType } from './ir.ts';

/** What a constant of each type looks like, to complete "expected …". */
export const expectedForms: Readonly<Record<ValueType, string>> = {
  text: 'a text',
  id: 'an id (a text)',
  enum: 'one of the declared values',
  integer: 'an integer, such as 12',
  number: 'a number, such as 12.5',
  money: 'an amount with its currency, such as 80 EUR or 12.50 USD',
  date: 'a date, such as 2026-03-31',
  datetime:
    'a date-time with its offset, such as 2026-03-31T09:00:00Z, or a date (midnight in the zone of the workspace)',
  boolean: 'true or false',
  list: 'a text of the list',
};

/**
 * A constant of the files from the scalar's spelling; null when it doesn't fit the type. Text stays as written (`01`). A
 * date-time needs an offset; a date in its place is midnight in `zone`. A list's constant is one of its texts.
 */
export function parseLiteral(type: ValueType, text: string, zone: string): Value | null {
  switch (type) {
    case 'text':
    case 'id':
    case 'enum':
    case 'list':
      return text;
    case 'integer':
      return parseInteger(text);
    case 'number':
      return parseNumber(text);
    case 'money':
      return parseMoney(text);
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : null;
    case 'date':
      return parseDay(text);
    case 'datetime':
      return parseInstant(text, { zone, needsOffset: true });
  }
}

/** How raw values of a type are read. */
export interface Reading {
  /** Zone of dates and times without offset. */
  readonly zone: string;
  /** `iso` (default), `YYYYMMDD`, `YYYY-MM-DD`, `DD/MM/YYYY`, `MM/DD/YYYY`, `DD.MM.YYYY`, `epoch-s`, `epoch-ms`. */
  readonly format?: string | null;
  /** Currency of bare amounts; without it a bare amount is refused. */
  readonly currency?: string | null;
  /** The values of an enum; null or missing: any. */
  readonly values?: readonly string[] | null;
}

/** A value in its stored form, nothing at all (null, empty), or why it isn't one. */
export type Normalised =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly reason: string };

const textLengthMax = 8_192;
const listLengthMax = 1_000;
const missing: Normalised = { kind: 'missing' };

/** A raw value of an import (text of a column, JSON value of a line) in the stored form of its declared type. */
export function normaliseValue(type: ValueType, raw: unknown, reading: Reading): Normalised {
  if (raw === null || raw === undefined) return missing;
  if (type === 'list') return normaliseList(raw);
  if (type === 'money' && typeof raw === 'object') return normaliseMoneyObject(raw);
  if (typeof raw !== 'string' && typeof raw !== 'number' && typeof raw !== 'boolean') {
    return refused(`expected ${expectedForms[type]}, found a list or an object`);
  }
  const text = typeof raw === 'number' ? plainDecimal(raw) : String(raw);
  if (text.trim() === '') return missing;
  if (type === 'text' || type === 'id' || type === 'enum') return normaliseText(type, text, reading);
  const value = normaliseScalar(type, text.trim(), reading);
  return value === null ? refused(`expected ${expectation(type, reading)}`) : { kind: 'value', value };
}

function refused(reason: string): Normalised {
  return { kind: 'refused', reason };
}

function expectation(type: ValueType, reading: Reading): string {
  const format = reading.format ?? 'iso';
  if (type === 'date' || type === 'datetime') {
    return `a ${type} in the format ${format}, in the years 1900 to 9999`;
  }
  if (type === 'boolean') return 'true, false, yes, no, 1 or 0';
  if (type === 'money' && reading.currency != null) return `an amount of ${reading.currency}, such as 12.50`;
  return expectedForms[type];
}

function normaliseText(type: ValueType, text: string, reading: Reading): Normalised {
  if (text.length > textLengthMax) return refused(`text longer than ${textLengthMax} characters`);
  // PostgreSQL's jsonb takes neither NUL nor half of a surrogate pair.
  if (text.includes('\0') || /\p{Surrogate}/u.test(text)) return refused('text with a NUL or a broken character');
  if (type === 'enum' && reading.values != null && !reading.values.includes(text)) {
    return refused('not one of the declared values');
  }
  return { kind: 'value', value: text };
}

function normaliseScalar(type: ValueType, text: string, reading: Reading): Value | null {
  switch (type) {
    case 'integer':
      return scaleDecimal(text, 0);
    case 'number':
      return parseNumber(text);
    case 'money':
      return parseMoney(text) ?? (reading.currency == null ? null : parseAmount(text, reading.currency));
    case 'boolean':
      return normaliseBoolean(text);
    case 'date':
      return normaliseDay(text, reading);
    case 'datetime':
      return normaliseInstant(text, reading);
    default:
      return null;
  }
}

function normaliseBoolean(text: string): boolean | null {
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === 'yes' || lower === '1') return true;
  return lower === 'false' || lower === 'no' || lower === '0' ? false : null;
}

function normaliseDay(text: string, reading: Reading): number | null {
  const format = reading.format ?? 'iso';
  if (format === 'YYYYMMDD' || format === 'YYYY-MM-DD') return parseDay(text, format === 'YYYYMMDD');
  if (format === 'iso') {
    const day = parseDay(text);
    if (day !== null) return day;
  }
  const at = normaliseInstant(text, reading);
  return at === null ? null : dayOfInstant(at, reading.zone);
}

function normaliseInstant(text: string, reading: Reading): number | null {
  const at = instantByFormat(text, reading);
  return at !== null && isStorableInstant(at) ? at : null;
}

function instantByFormat(text: string, { format, zone }: Reading): number | null {
  switch (format ?? 'iso') {
    case 'iso':
      return parseInstant(text, { zone });
    case 'YYYY-MM-DD':
      return parseDay(text) === null ? null : parseInstant(text, { zone });
    case 'YYYYMMDD':
      if (parseDay(text, true) === null) return null;
      return parseInstant(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`, { zone });
    case 'DD/MM/YYYY':
    case 'MM/DD/YYYY':
    case 'DD.MM.YYYY': {
      const iso = isoOf(text, format as string);
      return iso === null ? null : parseInstant(iso, { zone });
    }
    case 'epoch-s':
      return scaleDecimal(truncateFraction(text, 3), 3);
    case 'epoch-ms':
      return scaleDecimal(truncateFraction(text, 0), 0);
    default:
      return null;
  }
}

/** A date of parts set apart by slashes or dots, and a time where one follows, as ISO; null: it isn't one. */
function isoOf(text: string, format: string): string | null {
  const parts = /^(\d{1,2})([/.])(\d{1,2})\2(\d{4})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
  if (parts === null || parts[2] !== format.charAt(2)) return null;
  const [, first = '', , second = '', year = '', hours, minutes = '', seconds = '00'] = parts;
  const [day, month] = format.startsWith('DD') ? [first, second] : [second, first];
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return hours === undefined ? date : `${date}T${hours.padStart(2, '0')}:${minutes}:${seconds}`;
}

/** At most `digits` decimals: instants have milliseconds, finer clocks are cut. */
function truncateFraction(text: string, digits: number): string {
  const point = text.indexOf('.');
  if (point < 0) return text;
  return digits === 0 ? text.slice(0, point) : text.slice(0, point + 1 + digits);
}

function normaliseMoneyObject(raw: object): Normalised {
  const { amount, currency } = raw as { readonly amount?: unknown; readonly currency?: unknown };
  const text = typeof amount === 'number' ? plainDecimal(amount) : amount;
  if (typeof text !== 'string' || typeof currency !== 'string' || !isCurrency(currency)) {
    return refused('expected money as { amount, currency }, the amount in major units');
  }
  const value = parseAmount(text.trim(), currency);
  return value === null ? refused(`expected an amount of ${currency}, such as 12.50`) : { kind: 'value', value };
}

/** A JSON array of scalars, as such or as text; or texts separated by commas. */
function normaliseList(raw: unknown): Normalised {
  let items = raw;
  if (typeof raw === 'string') {
    const text = raw.trim();
    if (text === '') return missing;
    items = text.startsWith('[') ? parseJson(text) : text.split(',').map((item) => item.trim());
  }
  if (!Array.isArray(items)) return refused('expected a list of texts');
  if (items.length > listLengthMax) return refused(`list longer than ${listLengthMax} values`);
  const texts: string[] = [];
  for (const item of items as readonly unknown[]) {
    const one = normaliseValue('text', item, { zone: 'UTC' });
    if (one.kind === 'refused') return refused('expected a list of texts');
    if (one.kind === 'value') texts.push(one.value as string);
  }
  return { kind: 'value', value: texts };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A double as the shortest decimal that reads back to it, never in exponent form. */
function plainDecimal(value: number): string {
  const text = String(value);
  if (!/e/i.test(text)) return text;
  return Math.abs(value) >= 1e21 ? BigInt(value).toString() : value.toFixed(20).replace(/\.?0+$/, '');
}
