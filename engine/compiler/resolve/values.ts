/**
 * Constants and tests of one value at a place: `is`, `in`, `gte`, `before` and the rest, typed by the declared type of what
 * they are compared with. Conditions around them are in `condition.ts`.
 */

import { looksOctal } from '../../config/traps.ts';
import { make } from '../../diagnostics/codes.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import { asSet } from '../canonical.ts';
import { parseDuration } from '../durations.ts';
import { parseDay } from '../instants.ts';
import type { Duration, Feb29, Money, PropertyTest, Value, ValueTest, ValueType } from '../ir.ts';
import { expectedForms, parseLiteral } from '../literals.ts';
import { whyNotPattern } from '../patterns.ts';
import { child, demand, entries, fault, isMap, items, type Place, rangeOf, textAt, textOf } from './place.ts';
import { readMoment, readValueRef } from './refs.ts';
import { anywhere, type Standpoint } from './standpoint.ts';

/** The type of what a constant is compared with. */
export interface Typed {
  readonly type: ValueType;
  /** Of an enum; null: any text. */
  readonly values: readonly string[] | null;
  /** What is compared, in words for messages: "trait `country`". */
  readonly label: string;
  /** The one currency that it can have, where that is known. */
  readonly currency?: string | undefined;
}

/** A positive test, and whether it stands under a negation. */
export interface SignedTest {
  readonly not: boolean;
  readonly test: ValueTest;
}

const fallbackDuration: Duration = { months: 0, days: 1, ms: 0 };

/** The duration at the place; a day after saying that it is too short or too long (its form is the schema's matter). */
export function readDuration(place: Place): Duration {
  return readDurationText(place, textOf(place));
}

/** The same for a duration that is a part of the text at the place. */
export function readDurationText(place: Place, text: string): Duration {
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
  if (typeof place.value === 'number' && numbers.includes(typed.type) && looksOctal(text)) {
    sayOctal(place, text);
    return undefined;
  }
  const value = parseLiteral(typed.type, text, place.at.names.workspace.zone);
  if (value === null) {
    wrongType(place, typed, moneyHint(typed.type, text, place));
    return undefined;
  }
  const { currency } = typed;
  if (currency !== undefined && typed.type === 'money' && (value as Money).currency !== currency) {
    const detail = `${capital(typed.label)} is in ${currency}, and amounts are never converted, so none is \`${text}\`. Write an amount of ${currency}.`;
    fault(place, 'CMP026', detail);
    return undefined;
  }
  return value;
}

const numbers: readonly ValueType[] = ['integer', 'number'];

/** What schemas say of their own numbers; the type of these is known by their names only. */
function sayOctal(place: Place, text: string): void {
  const detail = `\`${text}\` is read as ${String(place.value)} here, and as another number by tools that take a leading zero for octal or hexadecimal. Write the number in decimal, without the zero.`;
  const range = rangeOf(place);
  place.at.diagnostics.push(make('CFG036', { detail, range, suggestion: String(place.value) }));
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
  matches: texts,
  same_as: single,
  not_same_as: single,
  some: ['list'],
  anniversary_in_next: times,
  anniversary_in_last: times,
};

/** All operators of one value. */
export const valueOperators: readonly string[] = Object.keys(typesByOperator);

/** The tests under the operator keys of a map; all must hold. Empty after saying what is wrong. */
export function readTests(place: Place, typed: Typed, stand: Standpoint = anywhere): readonly SignedTest[] {
  const tests: SignedTest[] = [];
  checkFeb29(place);
  for (const operator of valueOperators) {
    const operand = child(place, operator);
    if (operand === undefined) continue;
    if (!fits(operand, operator, typed)) continue;
    const test = readTest(operand, { operator, typed, stand, around: place });
    if (test !== undefined) tests.push(test);
  }
  return tests;
}

function checkFeb29(place: Place): void {
  const feb29 = child(place, 'feb_29');
  const isRead = ['anniversary_in_next', 'anniversary_in_last'].some((key) => child(place, key) !== undefined);
  if (feb29 === undefined || isRead) return;
  const detail =
    '`feb_29` says what a birthday of 29 February is in other years, and no anniversary is asked here. Remove it.';
  fault(feb29, 'CMP114', detail, { on: 'key' });
}

/** A property's test in a `where`: a constant is `is`, a map holds operators. */
export function readShortTests(place: Place, typed: Typed, stand: Standpoint = anywhere): readonly SignedTest[] {
  if (isMap(place.value)) return readTests(place, typed, stand);
  if (!fits(place, 'is', typed)) return [];
  const test = readTest(place, { operator: 'is', typed, stand, around: place });
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

interface Asked {
  readonly operator: string;
  readonly typed: Typed;
  readonly stand: Standpoint;
  /** The map that holds the operator. */
  readonly around: Place;
}

function readTest(operand: Place, { operator, typed, stand, around }: Asked): SignedTest | undefined {
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
      return readInstant(operand, { operator, typed, stand });
    case 'matches':
      return readPattern(operand);
    case 'same_as':
    case 'not_same_as':
      return readSameAs(operand, { typed, stand, not: operator === 'not_same_as' });
    case 'some':
      return { not: false, test: { op: 'some', where: readElementTests(operand, stand) } };
    case 'anniversary_in_next':
    case 'anniversary_in_last': {
      const feb29 = (textAt(around, 'feb_29') ?? 'feb-28') as Feb29;
      return { not: false, test: { op: operator, duration: readDuration(operand), feb29 } };
    }
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

/** From a value to itself is that value. */
function readBetween(operand: Place, typed: Typed): SignedTest | undefined {
  const bounds = readBounds(operand, typed);
  if (bounds === undefined) return undefined;
  const [low, high] = bounds;
  if (amountOf(low) === amountOf(high)) return { not: false, test: { op: 'is', value: low } };
  return { not: false, test: { op: 'between', low, high } };
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

interface Instant {
  readonly operator: 'before' | 'after';
  readonly typed: Typed;
  readonly stand: Standpoint;
}

/** A date against a constant date is a comparison of days, whatever the zone: before the day, or from that day on. */
function readInstant(operand: Place, { operator, typed, stand }: Instant): SignedTest | undefined {
  const text = textOf(operand);
  const day = typed.type === 'date' ? parseDay(text.trim()) : null;
  if (day !== null) return { not: false, test: { op: operator === 'before' ? 'lt' : 'gte', value: day } };
  const constant = typed.type === 'date' ? 'a date (2026-03-31)' : undefined;
  const moment = readMoment(operand, stand, constant);
  if (moment === undefined) return undefined;
  if (moment.kind === 'instant' && typed.type === 'date') {
    fault(operand, 'CMP024', `\`${text}\` is no moment. Write \`7d ago\`, \`in 3d\`, or ${constant}.`);
    return undefined;
  }
  return { not: false, test: { op: operator, moment } };
}

function readPattern(operand: Place): SignedTest | undefined {
  const pattern = textOf(operand);
  const reason = whyNotPattern(pattern);
  if (reason === null) return { not: false, test: { op: 'matches', pattern } };
  const detail = `This expression can't be used, since ${reason}. It is read by JavaScript and by PostgreSQL, and must mean the same to both.`;
  fault(operand, 'CMP109', detail);
  return undefined;
}

/** Types whose values can be equal. */
const alike: readonly (readonly ValueType[])[] = [
  ['text', 'id', 'enum'],
  ['integer', 'number'],
];

interface Compared {
  readonly typed: Typed;
  readonly stand: Standpoint;
  readonly not: boolean;
}

function readSameAs(operand: Place, { typed, stand, not }: Compared): SignedTest | undefined {
  const ref = readValueRef(operand, textOf(operand), stand);
  if (ref === undefined) return undefined;
  const isAlike =
    ref.type === typed.type || alike.some((types) => types.includes(ref.type) && types.includes(typed.type));
  if (isAlike) return { not, test: { op: 'same_as', ref } };
  const detail = `${capital(typed.label)} is of type ${typed.type} and \`${textOf(operand)}\` of type ${ref.type}, so they are never equal. Compare values of one type.`;
  fault(operand, 'CMP110', detail);
  return undefined;
}

/** Tests of elements (`some`, `each`): what lists hold is declared nowhere, so each test has the type of its constant. */
export function readElementTests(where: Place, stand: Standpoint): readonly PropertyTest[] {
  return asSet(
    entries(where).flatMap(([property, place]) => {
      const typed: Typed = { type: elementType(place), values: null, label: `property \`${property}\` of an element` };
      return readShortTests(place, typed, stand).map(({ not, test }) => ({ property, type: typed.type, not, test }));
    }),
  );
}

function elementType(place: Place): ValueType {
  if (!isMap(place.value)) return constantType(place);
  if (['before', 'after', 'in_last', 'in_next'].some((key) => child(place, key) !== undefined)) return 'datetime';
  if (child(place, 'some') !== undefined) return 'list';
  for (const key of ['gt', 'gte', 'lt', 'lte', 'is', 'is_not', 'in', 'not_in', 'between']) {
    const [first] = items(child(place, key));
    if (first !== undefined) return constantType(first);
  }
  return 'text';
}

function constantType(place: Place): ValueType {
  if (typeof place.value === 'number') return 'number';
  if (typeof place.value === 'boolean') return 'boolean';
  return parseLiteral('money', textOf(place), 'UTC') === null ? 'text' : 'money';
}
