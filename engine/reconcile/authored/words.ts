/** Parts of a compiled body as they are written in files: conditions, durations, values, shares. Shared by the kinds. */
import { parse } from 'yaml';
import { formatMoney } from '../../compiler/decimals.ts';
import { formatDuration } from '../../compiler/durations.ts';
import type { Condition, Duration, Money, PropertyTest, Value, ValueRef, ValueType } from '../../compiler/ir.ts';
import { formatCondition, formatConditions } from '../format-condition.ts';
import { formatPropertyTests } from '../format-test.ts';
import { formatRef, formatTyped } from '../format-value.ts';

/** A document, or a part of one, as plain JSON. */
export type Authored = string | number | boolean | null | readonly Authored[] | AuthoredMap;
export interface AuthoredMap {
  readonly [key: string]: Authored | undefined;
}

/** What the words of conditions leave out: the measure of each event type. */
export interface Measures {
  readonly of: ReadonlyMap<string, string>;
}

/** Without what isn't there: undefined, null, empty lists and maps. */
export function lean(map: AuthoredMap): AuthoredMap {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => !isNothing(value)));
}

function isNothing(value: Authored | undefined): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && (Array.isArray(value) ? value : Object.keys(value)).length === 0;
}

/** A condition as `where` and `if` take it. */
export function condition(one: Condition, measures: Measures): Authored {
  const parts = formatConditions(one).map((text) => withMeasures(parse(text) as Authored, measures));
  return parts.length === 1 ? (parts[0] as Authored) : parts;
}

/** The same as one map, for where further keys stand beside it (goals, exits). */
export function conditionMap(one: Condition, measures: Measures): AuthoredMap {
  return withMeasures(parse(formatCondition(one)) as Authored, measures) as AuthoredMap;
}

/** The same where an event must say since when it counts: in `if`, `ever` is a word. */
export function conditionSince(one: Condition, measures: Measures): Authored {
  return withEver(condition(one, measures));
}

/** Events that may be anywhere in a condition, but for those that follow another. */
function withEver(value: Authored): Authored {
  if (Array.isArray(value)) return value.map(withEver);
  if (typeof value !== 'object' || value === null) return value;
  const map = value as AuthoredMap;
  const isEvent = map.event !== undefined || map.never !== undefined;
  const isBound = ['since', 'in_last', 'calendar'].some((key) => map[key] !== undefined);
  if (isEvent) return isBound ? map : { ...map, since: 'ever' };
  return Object.fromEntries(
    Object.entries(map).map(([key, inner]) => [key, holding.has(key) ? withEver(inner ?? null) : inner]),
  );
}

/** Keys that hold conditions. */
const holding: ReadonlySet<string> = new Set(['all', 'any', 'not']);

/** The words of a sum leave out what is summed, as it is the measure of its events. */
function withMeasures(value: Authored, measures: Measures): Authored {
  if (Array.isArray(value)) return value.map((one: Authored) => withMeasures(one, measures));
  if (typeof value !== 'object' || value === null) return value;
  const map = Object.fromEntries(
    Object.entries(value as AuthoredMap).map(([key, inner]) => [key, withMeasures(inner ?? null, measures)]),
  );
  const { event, sum } = map as AuthoredMap;
  if (event === undefined || typeof sum !== 'object' || sum === null || 'of' in sum) return map;
  return { ...map, sum: { of: measureOf(event, measures), ...(sum as AuthoredMap) } };
}

function measureOf(event: Authored, measures: Measures): string {
  const [first] = Array.isArray(event) ? event : [event];
  return measures.of.get(String(first)) ?? 'value';
}

/** `where` of events and rows. */
export function tests(list: readonly PropertyTest[]): Authored | undefined {
  return list.length === 0 ? undefined : (parse(formatPropertyTests(list)) as Authored);
}

/** Names as a text where there is one. */
export function names(list: readonly string[]): Authored {
  return list.length === 1 ? (list[0] as string) : list;
}

export function span(duration: Duration | null | undefined): string | undefined {
  return duration === null || duration === undefined ? undefined : formatDuration(duration);
}

/** Hundredths of a percent. */
export function share(hundredths: number | null | undefined): string | undefined {
  return hundredths === null || hundredths === undefined ? undefined : `${hundredths / 100}%`;
}

export function money(value: Money | null): string | undefined {
  return value === null ? undefined : formatMoney(value);
}

/** A stored value; what looks like something else stays a text, since the writer quotes it. */
export function literal(value: Value, type: ValueType | null = null): Authored {
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' && type !== 'date' && type !== 'datetime') return value;
  if (Array.isArray(value)) return value;
  return formatTyped(value, type);
}

/** Of values whose type isn't at hand: money in its words, all else as it is. */
export function literals(map: Readonly<Record<string, Value>>): AuthoredMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, literal(value)]));
}

export const reference: (ref: ValueRef) => string = formatRef;

/** An instant with its offset, so that no zone is asked. */
export function instant(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

/** Days since 1970-01-01. */
export function day(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}
