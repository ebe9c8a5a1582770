/**
 * The helpers of templates: what each takes and of which types, in one table that checking (`resolve/template-variables.ts`) and running
 * (`activation/dispatch/run-helpers.ts`) share. What they write is said there; nothing is rendered here.
 */
import type { ValueType } from './ir.ts';

export interface HelperForm {
  /** `{{#name …}}…{{/name}}` instead of `{{name …}}`. */
  readonly isBlock: boolean;
  /** Types of the variable that it is about. */
  readonly subject: readonly ValueType[];
  /** Literals after the variable: at least and at most so many. */
  readonly literals: readonly [number, number];
  readonly literal: 'text' | 'number' | 'any';
  /** Words that the literal may be; absent: any. */
  readonly oneOf?: readonly string[];
  /** `name=literal`: of which sort each is; those with `!` must be there. */
  readonly options: Readonly<Record<string, 'text' | 'number' | 'text!'>>;
}

const texts: readonly ValueType[] = ['text', 'id', 'enum'];
const numbers: readonly ValueType[] = ['integer', 'number'];
const every: readonly ValueType[] = [...texts, ...numbers, 'money', 'date', 'datetime', 'boolean', 'list'];
const none: HelperForm['literals'] = [0, 0];
const maybeOne: HelperForm['literals'] = [0, 1];

export const dateStyles = ['short', 'medium', 'long', 'full', 'weekday', 'month', 'day', 'year'] as const;
export type DateStyle = (typeof dateStyles)[number];

/** Categories of plurals, as CLDR names them. */
export const pluralForms = ['zero', 'one', 'two', 'few', 'many', 'other'] as const;

export const templateHelpers: Readonly<Record<string, HelperForm>> = {
  money: inline(['money', ...numbers], { currency: 'text', decimals: 'number' }),
  number: inline([...numbers, 'money'], { decimals: 'number' }),
  percent: inline(numbers, { decimals: 'number' }),
  date: { ...inline(['date', 'datetime']), literals: maybeOne, literal: 'text', oneOf: dateStyles },
  time: inline(['datetime']),
  plural: inline([...numbers, 'list'], {
    ...{ zero: 'text', one: 'text', two: 'text', few: 'text', many: 'text' },
    other: 'text!',
  }),
  list: inline(['list'], { type: 'text', max: 'number' }),
  count: inline(['list']),
  default: { ...inline(every), literals: [1, 1], literal: 'text' },
  is: { ...block([...texts, ...numbers, 'boolean']), literals: [1, 20], literal: 'any' },
  atleast: { ...block([...numbers, 'money']), literals: [1, 1], literal: 'number' },
  below: { ...block([...numbers, 'money']), literals: [1, 1], literal: 'number' },
  has: { ...block(['list']), literals: [1, 1], literal: 'text' },
};

function inline(subject: readonly ValueType[], options: HelperForm['options'] = {}): HelperForm {
  return { isBlock: false, subject, literals: none, literal: 'any', options };
}

function block(subject: readonly ValueType[]): HelperForm {
  return { isBlock: true, subject, literals: none, literal: 'any', options: {} };
}

/** The helper of that name; undefined: there is none. */
export function helperNamed(name: string): HelperForm | undefined {
  return Object.hasOwn(templateHelpers, name) ? templateHelpers[name] : undefined;
}

/** What is wrong with a call beside the type of its variable, as the end of a sentence that begins with the helper's name; null: nothing. */
export function faultOfCall(
  name: string,
  form: HelperForm,
  call: { readonly params: readonly hbs.AST.Expression[]; readonly hash?: hbs.AST.Hash | undefined },
): string | null {
  const [subject, ...rest] = call.params;
  if (subject?.type !== 'PathExpression') return 'takes a variable first';
  const [least, most] = form.literals;
  if (rest.length < least || rest.length > most) return `takes ${countWords(form)} after the variable`;
  const bad = rest.find((literal) => !isOfSort(literal, form.literal));
  if (bad !== undefined) return `takes ${countWords(form)} after the variable, written as it is`;
  const words = rest.map(literalOf);
  const unknown = words.find((word) => form.oneOf !== undefined && !form.oneOf.includes(String(word)));
  if (unknown !== undefined) return `knows no "${unknown}": it takes ${form.oneOf?.join(', ')}`;
  return faultOfOptions(name, form, call.hash?.pairs ?? []);
}

function faultOfOptions(name: string, { options }: HelperForm, pairs: readonly hbs.AST.HashPair[]): string | null {
  for (const { key, value } of pairs) {
    const sort = Object.hasOwn(options, key) ? options[key] : undefined;
    if (sort === undefined) {
      const known = Object.keys(options);
      return `has no option \`${key}\`${known.length === 0 ? '' : `: it has ${known.join(', ')}`}`;
    }
    if (!isOfSort(value, sort === 'number' ? 'number' : 'text')) {
      return `takes ${sort === 'number' ? 'a number' : 'a text in quotes'} as \`${key}\``;
    }
  }
  const missing = Object.keys(options).find(
    (key) => options[key] === 'text!' && !pairs.some((pair) => pair.key === key),
  );
  if (missing !== undefined) return `needs \`${missing}="…"\``;
  return faultOfValue(name, new Map(pairs.map(({ key, value }) => [key, literalOf(value)])));
}

const decimalsMax = 6;

function faultOfValue(name: string, options: ReadonlyMap<string, string | number | boolean>): string | null {
  const decimals = options.get('decimals');
  if (decimals !== undefined && !isBetween(decimals, 0, decimalsMax)) return `takes 0 to ${decimalsMax} \`decimals\``;
  if (name === 'list') {
    const type = options.get('type');
    if (type !== undefined && type !== 'and' && type !== 'or') return 'takes "and" or "or" as `type`';
    const max = options.get('max');
    if (max !== undefined && !isBetween(max, 1, 1_000)) return 'takes 1 to 1000 as `max`';
  }
  const currency = options.get('currency');
  if (currency !== undefined && !/^[A-Z]{3}$/.test(String(currency))) return 'takes the code of a currency (EUR)';
  return null;
}

function isBetween(value: unknown, low: number, high: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high;
}

function isOfSort({ type }: hbs.AST.Expression, sort: HelperForm['literal']): boolean {
  if (sort === 'text') return type === 'StringLiteral';
  if (sort === 'number') return type === 'NumberLiteral';
  return type === 'StringLiteral' || type === 'NumberLiteral' || type === 'BooleanLiteral';
}

/** The value of a literal of a template. */
export function literalOf(expression: hbs.AST.Expression): string | number | boolean {
  return (expression as hbs.AST.StringLiteral | hbs.AST.NumberLiteral | hbs.AST.BooleanLiteral).value;
}

function countWords({ literals: [least, most], literal, oneOf }: HelperForm): string {
  const what = oneOf !== undefined ? `one of ${oneOf.join(', ')}` : words[literal];
  if (most === 0) return 'nothing';
  if (most > 1) return `at least one ${what}`;
  return least === 0 ? `at most one ${what}` : `one ${what}`;
}

const words = { text: 'text in quotes', number: 'number', any: 'text, number or truth value' } as const;
