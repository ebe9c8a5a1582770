/**
 * Constants and tests of one value at a place: `is`, `in`, `gte`, `before` and the rest, typed by the declared type of what
 * they are compared with. Conditions around them are in `condition.ts`.
 */

import { suggest } from '../../diagnostics/suggest.ts';
import { asSet } from '../canonical.ts';
import { parseDuration, parseMoment } from '../durations.ts';
import { parseDay } from '../instants.ts';
import type { Duration, Money, Value, ValueTest, ValueType } from '../ir.ts';
import { expectedForms, parseLiteral } from '../literals.ts';
import { child, demand, fault, isMap, items, type Place, textOf } from './place.ts';

/** The type of what a constant is compared with. */
export interface Typed {
  readonly type: ValueType;
  /** Of an enum; null: any text. */
  readonly values: readonly string[] | null;
  /** What is compared, in words for messages: "trait `country`". */
  readonly label: string;
}

/** A positive test, and whether it stands under a negation. */
export interface SignedTest {
  readonly not: boolean;
  readonly test: ValueTest;
}

const fallbackDuration: Duration = { months: 0, days: 1, ms: 0 };

/** The duration at the place; a day after saying that it is too short or too long (its form is the schema's matter). */
export function readDuration(place: Place): Duration {
  const text = textOf(place);
  const duration = parseDuration(text);
  if (duration === null) {
    fault(place, 'CMP023', `\`${text}\` is out of range. A duration is longer than nothing and at most 100 years.`);
  }
  return duration ?? fallbackDuration;
}

/** The duration under a key, or null where there is none. */
export function durationAt(place: Place, key: string): Duration | null {
  const found = child(place, key);
  return found === undefined ? null : readDuration(found);
}

/** The constant at the place in its stored form; undefined after saying what is wrong with it. */
export function readLiteral(place: Place, typed: Typed): Value | undefined {
  const text = textOf(place);
  if (typed.type === 'enum' && typed.values !== null && !typed.values.includes(text)) {
    const detail = `${capital(typed.label)} is never \`${text}\`: its values are ${listed(typed.values)}.`;
    fault(place, 'CMP022', detail, { suggestion: suggest(text, typed.values) });
    return undefined;
  }
  const value = parseLiteral(typed.type, text, place.at.names.workspace.zone);
  if (value === null) {
    wrongType(place, typed, moneyHint(typed.type, text, place));
    return undefined;
  }
  return value;
}

function wrongType(place: Place, typed: Typed, hint: string): void {
  const expected = `${capital(typed.label)} is of type ${typed.type}: expected ${expectedForms[typed.type]}.`;
  fault(place, 'CMP020', `\`${textOf(place)}\` can't be compared with ${typed.label}. ${expected}${hint}`);
}

function moneyHint(type: ValueType, text: string, place: Place): string {
  if (type !== 'money' || !/^[\d.]+$/.test(text)) return '';
  return ` Money carries its currency: \`${text} ${place.at.names.workspace.currency}\`.`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `a`, `b` and `c`. */
export function listed(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  if (quoted.length < 2) return quoted.join('');
  return `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
}

const texts: readonly ValueType[] = ['text', 'id'];
const amounts: readonly ValueType[] = ['integer', 'number', 'money'];
const times: readonly ValueType[] = ['date', 'datetime'];
const single: readonly ValueType[] = [...texts, 'enum', ...amounts, ...times, 'boolean'];

const typesByOperator: Readonly<Record<string, readonly ValueType[]>> = {
  is: single,
  is_not: single,
  in: single,
  not_in: single,
  gt: amounts,
  gte: amounts,
  lt: amounts,
  lte: amounts,
  between: [...amounts, ...times],
  contains: [...texts, 'list'],
  starts_with: texts,
  ends_with: texts,
  exists: [...single, 'list'],
  before: times,
  after: times,
  in_last: times,
  in_next: times,
};

/** All operators of one value. */
export const valueOperators: readonly string[] = Object.keys(typesByOperator);

/** The tests under the operator keys of a map; all must hold. Empty after saying what is wrong. */
export function readTests(place: Place, typed: Typed): readonly SignedTest[] {
  const tests: SignedTest[] = [];
  for (const operator of valueOperators) {
    const operand = child(place, operator);
    if (operand === undefined) continue;
    if (!fits(operand, operator, typed)) continue;
    const test = readTest(operand, operator, typed);
    if (test !== undefined) tests.push(test);
  }
  return tests;
}

/** A property's test in a `where`: a constant is `is`, a map holds operators. */
export function readShortTests(place: Place, typed: Typed): readonly SignedTest[] {
  if (isMap(place.value)) return readTests(place, typed);
  if (!fits(place, 'is', typed)) return [];
  const test = readTest(place, 'is', typed);
  return test === undefined ? [] : [test];
}

function fits(operand: Place, operator: string, typed: Typed): boolean {
  if (typesByOperator[operator]?.includes(typed.type) === true) return true;
  const usable = valueOperators.filter((other) => typesByOperator[other]?.includes(typed.type));
  const hint = times.includes(typed.type) && amounts.some((type) => typesByOperator[operator]?.includes(type));
  const instead = hint ? 'Dates are compared with `before` and `after`. ' : '';
  const detail = `${capital(typed.label)} is of type ${typed.type}, which \`${operator}\` doesn't read. ${instead}Use one of ${listed(usable)}.`;
  fault(operand, 'CMP021', detail, { on: 'key' });
  return false;
}

function readTest(operand: Place, operator: string, typed: Typed): SignedTest | undefined {
  switch (operator) {
    case 'is':
    case 'is_not': {
      const value = readLiteral(operand, typed);
      return value === undefined ? undefined : { not: operator === 'is_not', test: { op: 'is', value } };
    }
    case 'in':
    case 'not_in':
      return readIn(operand, operator === 'not_in', typed);
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte': {
      const value = readLiteral(operand, typed);
      return value === undefined ? undefined : { not: false, test: { op: operator, value } };
    }
    case 'between':
      return readBetween(operand, typed);
    case 'contains':
    case 'starts_with':
    case 'ends_with': {
      const value = readLiteral(operand, { ...typed, type: 'text' });
      return value === undefined ? undefined : { not: false, test: { op: operator, value: String(value) } };
    }
    case 'exists':
      return { not: operand.value === false, test: { op: 'exists' } };
    case 'before':
    case 'after':
      return readMoment(operand, operator, typed);
    default:
      return {
        not: false,
        test: { op: operator === 'in_last' ? 'in_last' : 'in_next', duration: readDuration(operand) },
      };
  }
}

/** One value is `is`: the same meaning has one form. */
function readIn(operand: Place, not: boolean, typed: Typed): SignedTest | undefined {
  const values: Value[] = [];
  for (const item of items(operand)) {
    const value = readLiteral(item, typed);
    if (value === undefined) return undefined;
    values.push(value);
  }
  const unique = asSet(values);
  const [first] = unique;
  if (first === undefined) return undefined;
  return { not, test: unique.length === 1 ? { op: 'is', value: first } : { op: 'in', values: unique } };
}

function readBetween(operand: Place, typed: Typed): SignedTest | undefined {
  const bounds = readBounds(operand, typed);
  return bounds === undefined ? undefined : { not: false, test: { op: 'between', low: bounds[0], high: bounds[1] } };
}

/** The two bounds of a `between`, both included. */
export function readBounds(operand: Place, typed: Typed): readonly [Value, Value] | undefined {
  const low = readLiteral(demand(operand, 0), typed);
  const high = readLiteral(demand(operand, 1), typed);
  if (low === undefined || high === undefined) return undefined;
  if (typed.type === 'money' && (low as Money).currency !== (high as Money).currency) {
    fault(
      operand,
      'CMP026',
      'The two bounds are in different currencies, and amounts are never converted. Use one currency.',
    );
    return undefined;
  }
  if (amountOf(low) > amountOf(high)) {
    fault(
      operand,
      'CMP027',
      'The first bound is above the second, so nothing lies between them. Write the lower one first.',
    );
    return undefined;
  }
  return [low, high];
}

function amountOf(value: Value): number {
  return typeof value === 'number' ? value : (value as Money).amount;
}

/** A date against a constant date is a comparison of days, whatever the zone: before the day, or from that day on. */
function readMoment(operand: Place, operator: 'before' | 'after', typed: Typed): SignedTest | undefined {
  const text = textOf(operand);
  const day = typed.type === 'date' ? parseDay(text.trim()) : null;
  if (day !== null) return { not: false, test: { op: operator === 'before' ? 'lt' : 'gte', value: day } };
  const moment = parseMoment(text, operand.at.names.workspace.zone);
  if (moment === null || (moment.kind === 'instant' && typed.type === 'date')) {
    const constant =
      typed.type === 'date' ? 'a date (2026-03-31)' : 'a date, or a date-time with its offset (2026-03-31T09:00:00Z)';
    fault(operand, 'CMP024', `\`${text}\` is no moment. Write \`7d ago\`, \`in 3d\`, or ${constant}.`);
    return undefined;
  }
  return { not: false, test: { op: operator, moment } };
}
