/**
 * How a stored value is written in a message: by its declared type, in the person's locale and zone. Numbers that people read
 * as amounts keep their raw value beside the text, so that `{{#if orders}}` still sees a zero.
 */
import { currencyDigits, isCurrency } from '../../compiler/decimals.ts';
import type { Money, ValueType } from '../../compiler/ir.ts';

/** Writes itself as text in a template; `raw` decides whether it counts as empty. `type` and `stored` are for helpers. */
export interface ShownValue {
  readonly raw: unknown;
  readonly type: ValueType;
  /** As the store holds it. */
  readonly stored: unknown;
  toString(): string;
}

/** What a template is given: text, a truth value, a list that writes itself with commas, or a shown value. */
export type TemplateValue = string | boolean | readonly string[] | ShownValue;

export interface Formats {
  readonly locale: string;
  readonly zone: string;
  readonly number: Intl.NumberFormat;
  readonly date: Intl.DateTimeFormat;
  readonly datetime: Intl.DateTimeFormat;
  readonly list: Intl.ListFormat;
  /** Days that were written: messages of a batch name the same ones again and again. */
  readonly written: Map<number, string>;
  money(currency: string): Intl.NumberFormat;
}

const dayMs = 86_400_000;
const formatsMax = 500;
const formatsByPlace = new Map<string, Formats>();

/** The formats of a locale and zone, made once. What Intl doesn't know falls back to `en` and `UTC`. */
export function formatsOf(locale: string, zone: string): Formats {
  const key = `${locale} ${zone}`;
  const known = formatsByPlace.get(key);
  if (known) return known;
  const made = makeFormats(isLocale(locale) ? locale : 'en', isZone(zone) ? zone : 'UTC');
  if (formatsByPlace.size >= formatsMax) formatsByPlace.delete(formatsByPlace.keys().next().value as string);
  formatsByPlace.set(key, made);
  return made;
}

function makeFormats(locale: string, timeZone: string): Formats {
  const currencies = new Map<string, Intl.NumberFormat>();
  return {
    ...{ locale, zone: timeZone },
    number: new Intl.NumberFormat(locale, { useGrouping: false, maximumFractionDigits: 12 }),
    date: new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }),
    datetime: new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone }),
    list: new Intl.ListFormat(locale, { type: 'conjunction' }),
    written: new Map(),
    money(currency) {
      let format = currencies.get(currency);
      if (!format) {
        format = new Intl.NumberFormat(locale, { style: 'currency', currency });
        currencies.set(currency, format);
      }
      return format;
    },
  };
}

/**
 * The value as a template sees it. A missing one is the empty text; one that isn't of its declared type is written as it is,
 * since ingestion normalises and a message must not stop over a historic value.
 */
export function shownValue(value: unknown, type: ValueType, formats: Formats): TemplateValue {
  if (value === undefined || value === null) return type === 'list' ? [] : '';
  if (typeof value === 'boolean') return value;
  if (Array.isArray(value)) return shownList(value.map(String), formats);
  if (isMoney(value)) return new Shown(value.amount, moneyText(value, formats), 'money', value);
  if (typeof value === 'number') return new Shown(value, numberText(value, type, formats), type, value);
  return typeof value === 'string' ? value : '';
}

/** The type of a literal of a step's `with`, which needs no declaration. */
export function typeOfLiteral(value: unknown): ValueType {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (Array.isArray(value)) return 'list';
  return isMoney(value) ? 'money' : 'text';
}

/** Whether a locale's tag is well formed. */
export function isLocale(locale: string): boolean {
  try {
    return Intl.getCanonicalLocales(locale).length === 1;
  } catch {
    return false;
  }
}

function isZone(zone: string): boolean {
  try {
    return zone !== '' && new Intl.DateTimeFormat('en', { timeZone: zone }) !== null;
  } catch {
    return false;
  }
}

function numberText(value: number, type: ValueType, formats: Formats): string {
  if (type === 'date') return dayText(value, formats);
  if (type === 'datetime') return formats.datetime.format(value);
  // Integers are also years, counts and numbers of orders: plain digits suit all of them.
  return type === 'integer' ? String(value) : formats.number.format(value);
}

/** Days that are remembered of a locale. */
const writtenMax = 2_000;

function dayText(day: number, { date, written }: Formats): string {
  const known = written.get(day);
  if (known !== undefined) return known;
  const text = date.format(day * dayMs);
  if (written.size >= writtenMax) written.clear();
  written.set(day, text);
  return text;
}

function moneyText(money: Money, formats: Formats): string {
  if (!isCurrency(money.currency)) return `${money.amount} ${money.currency}`;
  return formats.money(money.currency).format(money.amount / 10 ** currencyDigits(money.currency));
}

/** Whether the value is an amount with its currency, in minor units. */
export function isMoney(value: unknown): value is Money {
  if (typeof value !== 'object' || value === null) return false;
  const { amount, currency } = value as Partial<Money>;
  return typeof amount === 'number' && typeof currency === 'string';
}

/** A class, since a message has a dozen of them and each would be a function of its own. */
class Shown implements ShownValue {
  readonly raw: unknown;
  readonly type: ValueType;
  readonly stored: unknown;
  readonly text: string;

  constructor(raw: unknown, text: string, type: ValueType, stored: unknown) {
    this.raw = raw;
    this.text = text;
    this.type = type;
    this.stored = stored;
  }

  toString(): string {
    return this.text;
  }
}

function shownList(items: readonly string[], formats: Formats): readonly string[] {
  const list = [...items];
  // `{{#each}}` walks the list, `{{list}}` writes it as a sentence would.
  Object.defineProperty(list, 'toString', { value: () => formats.list.format(list) });
  return list;
}
