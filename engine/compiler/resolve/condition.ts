/**
 * Conditions from documents to the compiled form, canonical: lists are `all`, nested `all` and `any` are flattened, sorted and
 * without repetitions, negatives are `not` around a positive. What may stand where is in `standpoint.ts`.
 */
import { asSet, canonicalJson } from '../canonical.ts';
import type { Condition, ConsentState, CountTest, EventSelection, MessageStatus, Money } from '../ir.ts';
import { channelTypes, useConsent, useSegment, useTrait } from '../references.ts';
import { type NamedEvent, readSelection } from './events.ts';
import { child, demand, fault, faultUnknown, items, type Place, textOf } from './place.ts';
import type { Standpoint } from './standpoint.ts';
import { listed, readBounds, readLiteral, readTests, type SignedTest, type Typed, valueOperators } from './values.ts';

/** Stands for what couldn't be resolved; the mistake has been said, so no bundle comes of it. */
const unresolved: Condition = { kind: 'all', of: [] };

const heads = ['all', 'any', 'not', 'event', 'never', 'trait', 'field', 'segment', 'consent', 'message'] as const;
type Head = (typeof heads)[number];

/** The condition at the place: a map with one head, or a list, of which all must hold. */
export function readCondition(place: Place, stand: Standpoint): Condition {
  if (Array.isArray(place.value)) return readAll(place, stand);
  const head = heads.find((one) => child(place, one) !== undefined);
  if (head === undefined) throw new Error('assertion failed: a valid condition has a head');
  return readHead(place, head, stand);
}

function readHead(place: Place, head: Head, stand: Standpoint): Condition {
  const inner = demand(place, head);
  switch (head) {
    case 'all':
      return readAll(inner, stand);
    case 'any':
      return readAny(inner, stand);
    case 'not':
      return negate(readCondition(inner, stand));
    case 'event':
      return readEvent(place, stand);
    case 'never':
      return negate({ kind: 'count', events: readSelection(place, 'never', stand).selection, test: once });
    case 'trait':
      return readTrait(place, inner);
    case 'field':
      return readField(place, inner, stand);
    case 'segment':
      useSegment(inner, textOf(inner));
      return { kind: 'segment', segment: textOf(inner) };
    case 'consent':
      return readConsent(place, inner);
    case 'message':
      return readMessage(place, inner, stand);
  }
}

function readAll(place: Place, stand: Standpoint): Condition {
  return allOf(items(place).map((item) => readCondition(item, stand)));
}

/** `any` of two different negations of one value is true of everybody (LANGUAGE b15). */
function readAny(place: Place, stand: Standpoint): Condition {
  const of = items(place).map((item) => readCondition(item, stand));
  const seen = new Map<string, string>();
  for (const condition of of) {
    const subject = excludedSubject(condition);
    if (subject === null) continue;
    const text = canonicalJson(condition);
    if (seen.has(subject) && seen.get(subject) !== text) {
      const detail = `Nothing is two values at once, so one of these always holds: ${subject}. Use \`not_in\` with a list, or \`all\`.`;
      fault(place, 'CMP033', detail, { on: 'key' });
      break;
    }
    seen.set(subject, text);
  }
  return anyOf(of);
}

function excludedSubject(condition: Condition): string | null {
  if (condition.kind !== 'not') return null;
  const { of } = condition;
  if (of.kind === 'trait' && of.test.op === 'is') return `trait \`${of.trait}\``;
  if (of.kind === 'field' && of.test.op === 'is') return `field \`entry.${of.property}\``;
  return null;
}

/** All of them, in canonical form. */
export function allOf(conditions: readonly Condition[]): Condition {
  return combine('all', conditions);
}

/** Any of them, in canonical form. */
export function anyOf(conditions: readonly Condition[]): Condition {
  return combine('any', conditions);
}

function combine(kind: 'all' | 'any', conditions: readonly Condition[]): Condition {
  const of = asSet(conditions.flatMap((one) => (one.kind === kind ? one.of : [one])));
  const only = of[0];
  return of.length === 1 && only !== undefined ? only : { kind, of };
}

/** Not it, in canonical form. */
export function negate(condition: Condition): Condition {
  return condition.kind === 'not' ? condition.of : { kind: 'not', of: condition };
}

const once: CountTest = { op: 'gte', value: 1 };

function readEvent(place: Place, stand: Standpoint): Condition {
  const { selection, events } = readSelection(place, 'event', stand);
  const count = child(place, 'count');
  const sum = child(place, 'sum');
  if (count !== undefined && sum !== undefined) {
    fault(sum, 'CMP036', 'Count events or sum their measure, not both in one condition. Make two conditions.', {
      on: 'key',
    });
    return unresolved;
  }
  if (sum !== undefined) return readSum(sum, selection, events);
  if (count === undefined) return { kind: 'count', events: selection, test: once };
  const typed: Typed = { type: 'integer', values: null, label: 'the count' };
  return allOf(readNumberTests(count, typed).map(({ test }) => ({ kind: 'count', events: selection, test })));
}

function readSum(place: Place, selection: EventSelection, events: readonly NamedEvent[]): Condition {
  const measure = readMeasure(place, events);
  if (measure === undefined) return unresolved;
  const typed: Typed = { type: measure, values: null, label: 'the sum' };
  const tests = readNumberTests(place, typed);
  const units = new Set(tests.map(({ unit }) => unit));
  if (units.size > 1) {
    fault(place, 'CMP026', 'The amounts are in different currencies, and a sum has one. Use one currency.');
    return unresolved;
  }
  return allOf(tests.map(({ test, unit }) => ({ kind: 'sum', events: selection, unit, test })));
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

interface NumberTest {
  readonly test: CountTest;
  readonly unit: string | null;
}

/** Tests of a count or of a sum in minor units; `gt` and `lt` take their closed form, since the numbers are integers. */
function readNumberTests(place: Place, typed: Typed): readonly NumberTest[] {
  const tests: NumberTest[] = [];
  for (const op of ['is', 'gt', 'gte', 'lt', 'lte'] as const) {
    const operand = child(place, op);
    const value = operand === undefined ? undefined : readLiteral(operand, typed);
    if (value === undefined) continue;
    const number = typeof value === 'number' ? value : (value as Money).amount;
    tests.push({ test: closed(op, number), unit: unitOf(value) });
  }
  const operand = child(place, 'between');
  const bounds = operand === undefined ? undefined : readBounds(operand, typed);
  if (bounds !== undefined) {
    const [low, high] = bounds.map((value) => (typeof value === 'number' ? value : (value as Money).amount));
    tests.push({ test: { op: 'between', low: low as number, high: high as number }, unit: unitOf(bounds[0]) });
  }
  return tests;
}

function closed(op: 'is' | 'gt' | 'gte' | 'lt' | 'lte', value: number): CountTest {
  if (op === 'gt') return { op: 'gte', value: value + 1 };
  if (op === 'lt') return { op: 'lte', value: value - 1 };
  return { op, value };
}

function unitOf(value: unknown): string | null {
  return typeof value === 'number' ? null : (value as Money).currency;
}

function readTrait(place: Place, named: Place): Condition {
  const name = textOf(named);
  const trait = useTrait(named, name);
  if (trait === undefined) return unresolved;
  const tests = readTests(place, { type: trait.type, values: trait.values, label: `trait \`${name}\`` });
  return signed(place, tests, (test) => ({ kind: 'trait', trait: name, type: trait.type, test: test.test }));
}

function readField(place: Place, named: Place, stand: Standpoint): Condition {
  if (stand.kind === 'outside') {
    fault(
      named,
      'CMP030',
      `\`field\` reads the fact that opened an enrollment, so it stands in journeys only. ${stand.name} can't read it.`,
      { on: 'key' },
    );
    return unresolved;
  }
  const property = textOf(named).slice('entry.'.length);
  const type = stand.entryProperties.get(property);
  if (type === undefined) {
    const none = stand.entryProperties.size === 0;
    const remedy = none
      ? 'No event opens this journey, so `entry` is empty.'
      : 'It must be declared by an event that opens this journey.';
    const what = 'entry property';
    faultUnknown(named, 'CMP012', { what, name: property, known: stand.entryProperties.keys(), remedy });
    return unresolved;
  }
  const tests = readTests(place, { type, values: null, label: `field \`entry.${property}\`` });
  return signed(place, tests, (test) => ({ kind: 'field', property, type, test: test.test }));
}

function signed(place: Place, tests: readonly SignedTest[], leaf: (test: SignedTest) => Condition): Condition {
  if (!valueOperators.some((operator) => child(place, operator) !== undefined)) {
    fault(
      place,
      'CMP036',
      "This condition doesn't say what is asked. Add an operator, such as `is`, `gte`, `before` or `exists`.",
    );
  }
  return allOf(tests.map((test) => (test.not ? negate(leaf(test)) : leaf(test))));
}

function readConsent(place: Place, named: Place): Condition {
  const purpose = textOf(named);
  const consent = useConsent(named, purpose);
  const channelPlace = child(place, 'channel');
  const channel = channelPlace === undefined ? null : textOf(channelPlace);
  if (consent !== undefined && channelPlace !== undefined && channel !== null && !consent.channels.includes(channel)) {
    const known = channelTypes.some((type) => type === channel);
    const reason = known ? `doesn't cover ${channel}` : `knows no channel type \`${channel}\``;
    fault(channelPlace, 'CMP067', `Purpose \`${purpose}\` ${reason}: it covers ${listed(consent.channels)}.`);
  }
  return { kind: 'consent', purpose, channel, is: textOf(demand(place, 'is')) as ConsentState };
}

function readMessage(place: Place, named: Place, stand: Standpoint): Condition {
  if (stand.kind === 'outside' || stand.messages === null) {
    fault(
      named,
      'CMP030',
      `${stand.name} can't read messages: they are read by the journey that sent them, after it did.`,
      { on: 'key' },
    );
    return unresolved;
  }
  const steps: string[] = [];
  for (const item of items(named)) {
    const id = textOf(item);
    if (stand.messages.has(id)) steps.push(id);
    else stand.faultStep(item, id, 'message');
  }
  const status = textOf(demand(place, 'status')) as MessageStatus;
  stand.checkStatus(demand(place, 'status'), steps, status);
  return { kind: 'message', steps: asSet(steps), status };
}
