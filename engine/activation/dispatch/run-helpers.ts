/**
 * What the helpers of templates write, in the person's locale and zone. What each takes is said in `compiler/template-helpers.ts`; a value
 * that the person lacks is the empty text here, too. Formats of Intl are made once a locale.
 */
import type Handlebars from 'handlebars';
import { currencyDigits, isCurrency } from '../../compiler/decimals.ts';
import type { Money, ValueType } from '../../compiler/ir.ts';
import type { DateStyle, pluralForms } from '../../compiler/template-helpers.ts';
import { type Formats, isMoney, type ShownValue, type TemplateValue } from './show-value.ts';

/** What a template is run with beside its scope: `@formats`, which no template can name. */
export interface HelperData {
  readonly formats: Formats;
}

type Options = Handlebars.HelperOptions & { readonly data: HelperData };
type Literal = string | number | boolean;

const dayMs = 86_400_000;

export function registerHelpers(handlebars: typeof Handlebars): void {
  handlebars.registerHelper('money', (value: TemplateValue, options: Options) => money(value, options));
  handlebars.registerHelper('number', (value: TemplateValue, options: Options) => {
    const number = amountOf(value);
    return number === null ? textOf(value) : decimal(options).format(number);
  });
  handlebars.registerHelper('percent', (value: TemplateValue, options: Options) => {
    const number = amountOf(value);
    return number === null ? textOf(value) : decimal(options, { style: 'percent' }).format(number);
  });
  handlebars.registerHelper('date', (value: TemplateValue, ...rest: readonly unknown[]) =>
    date(value, rest.at(-1) as Options, rest.length > 1 ? (rest[0] as DateStyle) : 'long'),
  );
  handlebars.registerHelper('time', (value: TemplateValue, { data: { formats } }: Options) => {
    const stored = storedOf(value);
    if (typeof stored !== 'number') return textOf(value);
    return dates(formats, { timeStyle: 'short', timeZone: formats.zone }).format(stored);
  });
  handlebars.registerHelper('plural', plural);
  handlebars.registerHelper('list', list);
  handlebars.registerHelper('count', (value: TemplateValue) => (Array.isArray(value) ? String(value.length) : ''));
  handlebars.registerHelper('default', (value: TemplateValue, other: string) =>
    isEmpty(value) ? other : textOf(value),
  );
  registerTests(handlebars);
}

function registerTests(handlebars: typeof Handlebars): void {
  const test = (name: string, holds: (value: TemplateValue, literals: readonly Literal[]) => boolean): void => {
    handlebars.registerHelper(name, function (this: unknown, value: TemplateValue, ...rest: readonly unknown[]) {
      const options = rest.at(-1) as Options;
      return holds(value, rest.slice(0, -1) as readonly Literal[]) ? options.fn(this) : options.inverse(this);
    });
  };
  test('is', (value, literals) => literals.some((literal) => isSame(value, literal)));
  test('atleast', (value, [least]) => compared(value, (amount) => amount >= Number(least)));
  test('below', (value, [bound]) => compared(value, (amount) => amount < Number(bound)));
  test('has', (value, [item]) => Array.isArray(value) && value.includes(String(item)));
}

/** A number that isn't known is neither at least nor below anything. */
function compared(value: TemplateValue, holds: (amount: number) => boolean): boolean {
  const amount = amountOf(value);
  return amount !== null && holds(amount);
}

function isSame(value: TemplateValue, literal: Literal): boolean {
  const stored = storedOf(value);
  return typeof stored === typeof literal ? stored === literal : String(stored) === String(literal);
}

function money(value: TemplateValue, options: Options): string {
  const { formats } = options.data;
  const stored = storedOf(value);
  const { currency: named, decimals } = options.hash as { readonly currency?: string; readonly decimals?: number };
  const currency = isMoney(stored) ? stored.currency : named;
  const amount = amountOf(value);
  if (amount === null || currency === undefined || !isCurrency(currency)) return textOf(value);
  const digits = decimals === undefined ? {} : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return numbers(formats.locale, { style: 'currency', currency, ...digits }).format(amount);
}

function decimal({ data, hash }: Options, more: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  const { decimals } = hash as { readonly decimals?: number };
  const digits = decimals === undefined ? {} : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return numbers(data.formats.locale, { ...more, ...digits });
}

/** Dates have no zone; instants are shown in the person's. */
function date(value: TemplateValue, { data: { formats } }: Options, style: DateStyle): string {
  const stored = storedOf(value);
  if (typeof stored !== 'number') return textOf(value);
  const isDay = typeOf(value) === 'date';
  const timeZone = isDay ? 'UTC' : formats.zone;
  return dates(formats, { ...partsOf(style), timeZone }).format(isDay ? stored * dayMs : stored);
}

function partsOf(style: DateStyle): Intl.DateTimeFormatOptions {
  switch (style) {
    case 'weekday':
      return { weekday: 'long' };
    case 'month':
      return { month: 'long' };
    case 'day':
      return { day: 'numeric' };
    case 'year':
      return { year: 'numeric' };
    default:
      return { dateStyle: style };
  }
}

/** The text of the number's category; `#` in it is the number. A category without a text is `other`. */
function plural(value: TemplateValue, options: Options): string {
  const number = Array.isArray(value) ? value.length : amountOf(value);
  if (number === null) return '';
  const { locale } = options.data.formats;
  const texts = options.hash as Readonly<Partial<Record<(typeof pluralForms)[number], string>>>;
  const category = number === 0 && texts.zero !== undefined ? 'zero' : plurals(locale).select(number);
  return (texts[category] ?? texts.other ?? '').replaceAll('#', numbers(locale, {}).format(number));
}

function list(value: TemplateValue, options: Options): string {
  if (!Array.isArray(value)) return textOf(value);
  const { type, max } = options.hash as { readonly type?: 'and' | 'or'; readonly max?: number };
  const format = lists(options.data.formats.locale, type === 'or' ? 'disjunction' : 'conjunction');
  return format.format(max === undefined ? [...value] : value.slice(0, max));
}

/** The number that a value stands for: money in whole units of its currency. Null: it is none. */
function amountOf(value: TemplateValue): number | null {
  const stored = storedOf(value);
  if (isMoney(stored)) return moneyAmount(stored);
  if (typeof stored === 'number') return stored;
  // Literals of a step's `with` are texts.
  return typeof stored === 'string' && /^-?\d+(\.\d+)?$/.test(stored) ? Number(stored) : null;
}

function moneyAmount({ amount, currency }: Money): number {
  return isCurrency(currency) ? amount / 10 ** currencyDigits(currency) : amount;
}

function storedOf(value: TemplateValue): unknown {
  return isShown(value) ? value.stored : value;
}

function typeOf(value: TemplateValue): ValueType | null {
  return isShown(value) ? value.type : null;
}

function isShown(value: TemplateValue): value is ShownValue {
  return typeof value === 'object' && !Array.isArray(value);
}

function isEmpty(value: TemplateValue): boolean {
  return value === '' || (Array.isArray(value) && value.length === 0);
}

function textOf(value: TemplateValue): string {
  return String(value);
}

const formatsMax = 500;
const kept = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.PluralRules | Intl.ListFormat>();

/** Made once; the oldest goes when there are too many. */
function once<T extends NonNullable<ReturnType<typeof kept.get>>>(key: string, make: () => T): T {
  const known = kept.get(key);
  if (known !== undefined) return known as T;
  const made = make();
  if (kept.size >= formatsMax) kept.delete(kept.keys().next().value as string);
  kept.set(key, made);
  return made;
}

function numbers(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return once(`number ${locale} ${JSON.stringify(options)}`, () => new Intl.NumberFormat(locale, options));
}

function dates({ locale }: Formats, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return once(`date ${locale} ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(locale, options));
}

function plurals(locale: string): Intl.PluralRules {
  return once(`plural ${locale}`, () => new Intl.PluralRules(locale));
}

function lists(locale: string, type: 'conjunction' | 'disjunction'): Intl.ListFormat {
  return once(`list ${locale} ${type}`, () => new Intl.ListFormat(locale, { type }));
}
