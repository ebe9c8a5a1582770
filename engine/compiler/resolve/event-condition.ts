/**
 * Conditions on events: how many there were, what their measure or a property adds up to, and the first or last of them. Which
 * events are meant is read in `events.ts`.
 */
import type { Condition, CountTest, EventSelection, ValueType } from '../ir.ts';
import { useEvent } from '../references.ts';
import { allOf, negate, unresolved } from './combine.ts';
import {
  type NamedEvent,
  propertyType,
  readSelection,
  readWindow,
  type Selected,
  sayAnchorless,
  selectionOf,
} from './events.ts';
import { type NumberTest, readCountTests, readNumberTests } from './number-tests.ts';
import { child, demand, fault, type Place, textOf } from './place.ts';
import type { Standpoint } from './standpoint.ts';
import type { Subject } from './subject.ts';
import { listed, type Typed, valueOperators } from './values.ts';

const once: CountTest = { op: 'gte', value: 1 };
const questions = ['count', 'sum', 'avg', 'min', 'max', 'distinct'] as const;

/** `never`: not even once. */
export function readNever(place: Place, stand: Standpoint): Condition {
  return negate({ kind: 'count', events: readSelection(place, 'never', stand).selection, test: once });
}

/** `event`: at least once, or the one question that is asked of them. */
export function readEvent(place: Place, stand: Standpoint): Condition {
  const selected = readSelection(place, 'event', stand);
  const [asked, second] = questions.filter((key) => child(place, key) !== undefined);
  if (asked === undefined) return counted(selected.selection, once);
  const inner = demand(place, asked);
  if (second !== undefined) {
    const detail = `One condition asks one thing of its events: \`${asked}\` or \`${second}\`, not both. Make two conditions.`;
    fault(demand(place, second), 'CMP036', detail, { on: 'key' });
    return unresolved;
  }
  if (asked === 'sum') return readSum(inner, selected);
  if (asked !== 'count') return readAggregate(inner, asked, selected);
  return allOf(readCountTests(inner).map((test) => readCount(inner, selected.selection, test)));
}

/** A count that is always so, or never, says nothing. */
function readCount(place: Place, events: EventSelection, test: CountTest): Condition {
  const least = 'low' in test ? test.low : test.value;
  const most = 'high' in test ? test.high : test.value;
  if (test.op === 'gte' && least <= 0) {
    fault(place, 'CMP033', 'Every count is 0 or more, so this is true of everybody. Ask for 1 or more.');
  } else if ((test.op === 'lte' || test.op === 'is' || test.op === 'between') && most < 0) {
    fault(place, 'CMP111', 'No count is below 0, so this is true of nobody. Use `never` for no event at all.');
  }
  return counted(events, test);
}

/** None at all is `never`, however it is written. */
function counted(events: EventSelection, test: CountTest): Condition {
  const isNone = (test.op === 'is' || test.op === 'lte') && test.value === 0;
  return isNone ? negate({ kind: 'count', events, test: once }) : { kind: 'count', events, test };
}

function readSum(place: Place, { selection, events }: Selected): Condition {
  const measure = readMeasure(place, events);
  if (measure === undefined) return unresolved;
  const tests = inOneUnit(place, readNumberTests(place, { type: measure, values: null, label: 'the sum' }));
  return allOf(tests.map(({ test, unit }) => ({ kind: 'sum', events: selection, unit, test })));
}

function inOneUnit(place: Place, tests: readonly NumberTest[]): readonly NumberTest[] {
  if (new Set(tests.map(({ unit }) => unit)).size <= 1) return tests;
  const detail = 'The amounts are in different currencies, and what is computed of events has one. Use one currency.';
  fault(place, 'CMP026', detail);
  return [];
}

/** The type of the measure named by `of`, which must be the measure of every event. */
export function readMeasure(place: Place, events: readonly NamedEvent[]): 'money' | 'integer' | undefined {
  const of = demand(place, 'of');
  const types = new Set<'money' | 'integer'>();
  for (const { name, body } of events) {
    if (body.measure?.property !== textOf(of)) {
      const is = body.measure === null ? 'it has none' : `its measure is \`${body.measure.property}\``;
      const detail = `\`${textOf(of)}\` is not the measure of event \`${name}\`: ${is}. Only measures are summed; name it under \`measures\` of a schema.`;
      fault(of, 'CMP034', detail, { suggestion: body.measure?.property });
      return undefined;
    }
    types.add(body.measure.type);
  }
  if (types.size > 1) {
    fault(of, 'CMP035', "The events named here have measures of different types, which can't be summed together.");
    return undefined;
  }
  return [...types][0];
}

const labels = {
  avg: 'the average',
  min: 'the least value',
  max: 'the greatest value',
  distinct: 'the number of values',
};

function readAggregate(
  place: Place,
  fn: 'avg' | 'min' | 'max' | 'distinct',
  { selection, events }: Selected,
): Condition {
  const of = demand(place, 'of');
  const type = events.length === 0 ? undefined : propertyType(of, textOf(of), events);
  if (type === undefined) return unresolved;
  if (fn !== 'distinct' && type !== 'integer' && type !== 'number' && type !== 'money') {
    const detail = `\`${textOf(of)}\` is of type ${type}, of which there is no ${fn === 'avg' ? 'average' : 'order in amounts'}. Name an integer, a number or money, or use \`distinct\`.`;
    fault(of, 'CMP118', detail);
    return unresolved;
  }
  const typed: Typed = { type: typeOfResult(fn, type), values: null, label: labels[fn] };
  const tests = inOneUnit(place, readNumberTests(place, typed));
  return allOf(
    tests.map(({ test, unit }) => ({ kind: 'aggregate', fn, events: selection, of: textOf(of), type, unit, test })),
  );
}

/** An average of integers is a number. */
function typeOfResult(fn: string, type: ValueType): ValueType {
  if (fn === 'distinct') return 'integer';
  return fn === 'avg' && type === 'integer' ? 'number' : type;
}

/** What `last` or `first` asks about: when the event was, or a property of it; undefined after saying what is wrong. */
export function readEdge(place: Place, head: 'last' | 'first', stand: Standpoint): Subject | undefined {
  const named = demand(place, head);
  const [name, property = null] = textOf(named).split('.') as [string, string?];
  const body = useEvent(named, name);
  if (body === undefined) return undefined;
  const events = [{ name, body }];
  const type = property === null ? 'datetime' : propertyType(named, property, events);
  if (type === undefined) return undefined;
  if (property === null && asksForValue(place, head, events)) return undefined;
  const withoutInLast = { ...place, value: without(place.value, 'in_last') };
  // When it happened says itself since when; a property doesn't.
  const window = readWindow(withoutInLast, stand, () => property !== null && sayAnchorless(named, stand));
  const selection = selectionOf(place, { events, window }, stand);
  const label = property === null ? `the ${head} \`${name}\`` : `\`${name}.${property}\``;
  return {
    typed: { type, values: null, label },
    leaf: (test) => ({ kind: head, events: selection, of: property, type, test }),
  };
}

function without(value: unknown, key: string): unknown {
  return Object.fromEntries(Object.entries(value as object).filter(([name]) => name !== key));
}

const datedOperators: readonly string[] = [
  ...['before', 'after', 'in_last', 'in_next', 'exists', 'between', 'is', 'is_not', 'in', 'not_in'],
  ...['same_as', 'not_same_as', 'anniversary_in_next', 'anniversary_in_last'],
];

/** `last: order_rated, lte: 2`: the mark is meant, and only the event is named. */
function asksForValue(place: Place, head: string, [event]: readonly NamedEvent[]): boolean {
  const asked = valueOperators.find((key) => {
    if (child(place, key) === undefined) return false;
    const isDate = /^\d{4}-\d{2}-\d{2}/.test(textOf(child(place, key) as Place));
    return !datedOperators.includes(key) || (['is', 'is_not', 'in', 'not_in', 'between'].includes(key) && !isDate);
  });
  if (asked === undefined || event === undefined) return false;
  const properties = Object.keys(event.body.properties);
  const has = properties.length === 0 ? 'It has no property.' : `It has ${listed(properties)}.`;
  const detail = `\`${head}: ${event.name}\` is when the event happened, and \`${asked}\` asks for a value. Name a property: \`${head}: ${event.name}.${properties[0] ?? 'property'}\`. ${has}`;
  fault(demand(place, asked), 'CMP113', detail, { on: 'key' });
  return true;
}
