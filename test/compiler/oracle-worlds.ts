/**
 * Small random worlds and conditions for the property tests. Values come from narrow sets, so that tests meet equal values,
 * equal times and the very edges of windows; some values are missing or of a wrong type.
 */
import fc from 'fast-check';
import type {
  Condition,
  CountTest,
  Duration,
  EventSelection,
  PropertyTest,
  Value,
  ValueTest,
  ValueType,
} from '../../engine/compiler/ir.ts';
import type { ConsentStatement, Observation, OracleEvent, OraclePerson } from './oracle.ts';

/** All facts lie before it, except dates of traits. */
export const worldNow = Date.parse('2024-03-31T12:00:00Z');

const dayMs = 86_400_000;
/** The days of February (of 29) and March, and the ends of the months before. */
const days = [
  ...[-93, -62, -61, -3, -2, -1, 0].map((back) => Date.UTC(2024, 1, 1) + back * dayMs),
  ...[28, 29, 30, 31, 32, 55, 56, 57, 58, 59, 60].map((day) => Date.UTC(2024, 1, 1) + (day - 1) * dayMs),
];

/** Month ends and what is around them, at few hours, to the millisecond. */
export const instant = fc
  .tuple(fc.constantFrom(...days), fc.constantFrom(0, 6, 12), fc.constantFrom(0, 0, 0, 1, -1))
  .map(([day, hour, ms]) => Math.min(day + hour * 3_600_000 + ms, worldNow));

export const pastOrFuture = fc.oneof(
  instant,
  fc.tuple(instant, fc.constantFrom(60, 366, -400)).map(([at, count]) => at + count * dayMs),
);

const spans: readonly Duration[] = [
  ...[15, 90].map((minutes) => ({ months: 0, days: 0, ms: minutes * 60_000 })),
  ...[6, 36].map((hours) => ({ months: 0, days: 0, ms: hours * 3_600_000 })),
  ...[1, 2, 3, 7, 14, 29, 30, 31, 60, 90].map((count) => ({ months: 0, days: count, ms: 0 })),
  ...[1, 1, 1, 2, 2, 3, 6, 12, 48].map((count) => ({ months: count, days: 0, ms: 0 })),
];
export const duration: fc.Arbitrary<Duration> = fc.constantFrom(...spans);

const texts = ['', 'ab', 'Ab', 'abc', 'é', '5', '[]', 'z😀'];
const listTexts = ['ab', 'é', '5'];
const numbers = [-1, 0, 1, 2, 5, 0.5, 1e300];
export const currencies = ['EUR', 'NGN'];

/** Traits (and event properties) by name: one of each type. */
export const valueTypes: Readonly<Record<string, ValueType>> = {
  a_text: 'text',
  an_id: 'id',
  an_enum: 'enum',
  an_integer: 'integer',
  a_number: 'number',
  money: 'money',
  a_date: 'date',
  a_datetime: 'datetime',
  a_boolean: 'boolean',
  a_list: 'list',
};
export const names = Object.keys(valueTypes);

/** Stored values that are of another type for most of the names. */
const strays: fc.Arbitrary<unknown> = fc.constantFrom<unknown[]>(
  null,
  '2025-02-30',
  '12',
  12,
  true,
  [],
  ['ab'],
  {},
  { amount: '5', currency: 'EUR' },
  { amount: 5 },
  { ab: { ab: 1 } },
  1e300,
  'ab',
);

/** A value in its stored form. */
export function storedValue(type: ValueType): fc.Arbitrary<Value> {
  switch (type) {
    case 'text':
    case 'id':
    case 'enum':
      return fc.constantFrom(...texts);
    case 'integer':
    case 'number':
      return fc.constantFrom(...numbers);
    case 'money':
      return fc.record({ amount: fc.constantFrom(0, 500, 501), currency: fc.constantFrom(...currencies) });
    case 'date':
      return pastOrFuture.map((at) => Math.floor(at / dayMs));
    case 'datetime':
      return pastOrFuture;
    case 'boolean':
      return fc.boolean();
    case 'list':
      return fc.subarray(listTexts);
  }
}

export function valueOrStray(name: string): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 6, arbitrary: storedValue(valueTypes[name] as ValueType) },
    { weight: 1, arbitrary: strays },
  );
}

const comparable: readonly ValueType[] = ['integer', 'number', 'money', 'date', 'datetime', 'text'];
const texty: readonly ValueType[] = ['text', 'id', 'enum'];

/** Any test that the language allows on the type; `relative` ones compare with the present. */
export function valueTest(type: ValueType, relative: boolean): fc.Arbitrary<ValueTest> {
  const of: fc.Arbitrary<ValueTest>[] = [fc.constant({ op: 'exists' })];
  const value = storedValue(type);
  if (type !== 'list') {
    of.push(value.map((one) => ({ op: 'is', value: one })));
    of.push(fc.array(value, { minLength: 0, maxLength: 3 }).map((values) => ({ op: 'in', values })));
  }
  if (comparable.includes(type)) {
    const op = fc.constantFrom('gt', 'gte', 'lt', 'lte');
    of.push(fc.tuple(op, value).map(([one, bound]) => ({ op: one, value: bound })));
    of.push(fc.tuple(value, value).map(([low, high]) => ({ op: 'between', low, high })));
  }
  if (texty.includes(type)) {
    const op = fc.constantFrom('contains', 'starts_with', 'ends_with');
    of.push(
      fc.tuple(op, fc.constantFrom('', 'a', 'b', 'é', '😀', '5')).map(([one, text]) => ({ op: one, value: text })),
    );
  }
  if (type === 'list') of.push(fc.constantFrom(...listTexts).map((one) => ({ op: 'contains', value: one })));
  if (type === 'datetime') {
    const moment = pastOrFuture.map((at) => ({ kind: 'instant' as const, at }));
    of.push(fc.record({ op: fc.constantFrom('before', 'after'), moment }));
  }
  if (relative && (type === 'date' || type === 'datetime')) {
    const moment = fc.record({ kind: fc.constantFrom('ago', 'ahead'), duration });
    const toNow = fc.record({ op: fc.constantFrom('before' as const, 'after' as const), moment });
    const around = fc.record({ op: fc.constantFrom('in_last' as const, 'in_next' as const), duration });
    of.push(toNow, toNow, around, around);
  }
  return fc.oneof(...of);
}

export const eventTypes = ['order_placed', 'viewed'];

export const propertyTest: fc.Arbitrary<PropertyTest> = fc.constantFrom(...names).chain((property) => {
  const type = valueTypes[property] as ValueType;
  return fc.record({
    property: fc.constant(property),
    type: fc.constant(type),
    not: fc.boolean(),
    test: valueTest(type, false),
  });
});

export const selection: fc.Arbitrary<EventSelection> = fc.record({
  types: fc.subarray(eventTypes, { minLength: 1 }),
  where: fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(propertyTest, { maxLength: 2 }) },
  ),
  window: fc.oneof(
    { weight: 1, arbitrary: fc.constant({ kind: 'ever' as const }) },
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('in_last' as const), duration }) },
  ),
});

export function countTest(bound: fc.Arbitrary<number>): fc.Arbitrary<CountTest> {
  return fc.oneof(
    fc.record({ op: fc.constantFrom('is', 'gt', 'gte', 'lt', 'lte'), value: bound }),
    fc.record({ op: fc.constant('between' as const), low: bound, high: bound }),
  );
}

const traitLeaf: fc.Arbitrary<Condition> = fc
  .constantFrom(...names, 'a_date', 'a_datetime', 'a_datetime')
  .chain((trait) => {
    const type = valueTypes[trait] as ValueType;
    return valueTest(type, true).map((test) => ({ kind: 'trait', trait, type, test }));
  });

const countLeaf: fc.Arbitrary<Condition> = fc.record({
  kind: fc.constant('count' as const),
  events: selection,
  test: countTest(fc.integer({ min: -1, max: 4 })),
});

const sumLeaf: fc.Arbitrary<Condition> = fc.record({
  kind: fc.constant('sum' as const),
  events: selection,
  unit: fc.constantFrom(null, ...currencies),
  test: countTest(fc.constantFrom(-5, 0, 5, 10, 15)),
});

export const purposes = ['marketing', 'research'];
export const channels = ['email', 'sms'];

const consentLeaf: fc.Arbitrary<Condition> = fc.record({
  kind: fc.constant('consent' as const),
  purpose: fc.constantFrom(...purposes),
  channel: fc.constantFrom(null, ...channels),
  is: fc.constantFrom('granted' as const, 'denied' as const, 'unknown' as const),
});

/** Segments that worlds know: the second reads the first. */
export const segmentNames = ['inner', 'outer'];

/** Conditions over the leaves, nested up to three deep. */
export function conditionOver(segments: readonly string[]): fc.Arbitrary<Condition> {
  const leaves: { weight: number; arbitrary: fc.Arbitrary<Condition> }[] = [
    { weight: 4, arbitrary: traitLeaf },
    { weight: 8, arbitrary: countLeaf },
    { weight: 2, arbitrary: sumLeaf },
    { weight: 1, arbitrary: consentLeaf },
  ];
  if (segments.length > 0) {
    const segment = fc.record({ kind: fc.constant('segment' as const), segment: fc.constantFrom(...segments) });
    leaves.push({ weight: 1, arbitrary: segment });
  }
  return treeOf(fc.oneof(...leaves));
}

/** Lists, negations and leaves, nested up to three deep. */
export function treeOf(leaf: fc.Arbitrary<Condition>): fc.Arbitrary<Condition> {
  const { node } = fc.letrec<{ node: Condition }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 2, arbitrary: leaf },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constantFrom('all' as const, 'any' as const),
          of: fc.oneof(
            { weight: 1, arbitrary: fc.array(tie('node'), { maxLength: 1 }) },
            { weight: 8, arbitrary: fc.array(tie('node'), { minLength: 2, maxLength: 4, size: 'max' }) },
          ),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('not' as const), of: tie('node') }) },
    ),
  }));
  return node;
}

export const event: fc.Arbitrary<OracleEvent> = fc.record({
  type: fc.constantFrom(...eventTypes),
  at: instant,
  properties: fc.record(Object.fromEntries(names.map((name) => [name, valueOrStray(name)])), {
    requiredKeys: [],
  }) as fc.Arbitrary<Record<string, unknown>>,
  value: fc.constantFrom(null, 5, 10, -5),
  unit: fc.constantFrom(null, ...currencies),
});

export const observation: fc.Arbitrary<Observation> = fc
  .constantFrom(...names, 'a_date', 'a_datetime')
  .chain((trait) => fc.record({ trait: fc.constant(trait), at: instant, value: valueOrStray(trait) }));

export const consent: fc.Arbitrary<ConsentStatement> = fc.record({
  purpose: fc.constantFrom(...purposes),
  channel: fc.constantFrom('*', ...channels),
  state: fc.constantFrom('granted' as const, 'denied' as const),
  at: instant,
});

export const person: fc.Arbitrary<OraclePerson> = fc.record({
  zone: fc.constantFrom(null, 'America/Argentina/Buenos_Aires', 'Pacific/Auckland'),
  observations: fc.array(observation, { maxLength: 14, size: 'max' }),
  events: fc.array(event, { maxLength: 12, size: 'max' }),
  consents: fc.array(consent, { maxLength: 4 }),
  segments: fc.subarray(segmentNames),
});
