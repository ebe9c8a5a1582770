/**
 * Random worlds and conditions over every form of the language. The plain forms and the narrow sets that values come from are
 * in `oracle-worlds.ts`.
 */
import fc from 'fast-check';
import type {
  Condition,
  EventSelection,
  Follow,
  Moment,
  PropertyTest,
  ValueRef,
  ValueTest,
  ValueType,
  Window,
} from '../../engine/compiler/ir.ts';
import {
  channels,
  conditionOver,
  countTest,
  currencies,
  duration,
  eventTypes,
  instant,
  names,
  pastOrFuture,
  purposes,
  segmentNames,
  treeOf,
  valueOrStray,
  valueTest,
  valueTypes,
} from './oracle-worlds.ts';

/** One trait (or property, or field) of each type, and a list of objects. */
export const wideNames = [...names, 'lines', 'a_date', 'a_datetime'];
const typeOf = (name: string): ValueType => (name === 'lines' ? 'list' : (valueTypes[name] as ValueType));

export const line: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ sku: fc.constantFrom('ab', '5', null), qty: fc.nat(3), at: instant }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown[]>('ab', 5, null, [], {}, { sku: 5, qty: 'ab', at: true }) },
);
export const wideValue = (name: string): fc.Arbitrary<unknown> =>
  name === 'lines' ? fc.array(line, { maxLength: 3 }) : valueOrStray(name);

/** What a condition may refer to: more of it inside an enrollment. */
export interface Ground {
  readonly isInside: boolean;
}

function refTo(types: readonly ValueType[], { isInside }: Ground): fc.Arbitrary<ValueRef> {
  return fc.constantFrom(...names.filter((name) => types.includes(typeOf(name)))).chain((name) => {
    const type = typeOf(name);
    const roots = isInside ? (['trait', 'entry', 'entity'] as const) : (['trait'] as const);
    return fc.constantFrom(...roots).map((root): ValueRef => {
      if (root === 'trait') return { root, trait: name, type };
      return root === 'entry' ? { root, property: name, type } : { root, entity: 'booking', field: name, type };
    });
  });
}

const alike: readonly (readonly ValueType[])[] = [
  ['text', 'id', 'enum'],
  ['integer', 'number'],
  ['money'],
  ['date'],
  ['datetime'],
  ['boolean'],
];

function moment(ground: Ground): fc.Arbitrary<Moment> {
  const relative = fc.record({
    kind: fc.constant('relative' as const),
    to: refTo(['date', 'datetime'], ground),
    side: fc.constantFrom('before' as const, 'after' as const),
    offset: duration,
  });
  const at = refTo(['date', 'datetime'], ground).map(
    (to): Moment => ({ kind: 'relative', to, side: 'at', offset: null }),
  );
  return fc.oneof<fc.Arbitrary<Moment>[]>(
    pastOrFuture.map((one) => ({ kind: 'instant', at: one })),
    fc.record({ kind: fc.constantFrom('ago' as const, 'ahead' as const), duration }),
    fc.constant({ kind: 'ago', duration: { months: 0, days: 0, ms: 0 } }),
    fc.constant({ kind: 'today' }),
    relative,
    relative,
    at,
  );
}

const elementTests: fc.Arbitrary<readonly PropertyTest[]> = fc.array(
  fc.oneof<fc.Arbitrary<PropertyTest>[]>(
    fc.record({
      property: fc.constant('sku'),
      type: fc.constant('text' as const),
      not: fc.boolean(),
      test: fc.constantFrom<ValueTest[]>({ op: 'is', value: 'ab' }, { op: 'exists' }, { op: 'starts_with', value: '' }),
    }),
    fc.record({
      property: fc.constant('qty'),
      type: fc.constant('number' as const),
      not: fc.boolean(),
      test: fc.nat(3).map((value): ValueTest => ({ op: 'gte', value })),
    }),
    fc.record({
      property: fc.constant('at'),
      type: fc.constant('datetime' as const),
      not: fc.boolean(),
      test: valueTest('datetime', true),
    }),
  ),
  { minLength: 1, maxLength: 2 },
);

/** Any test of the value, those that only a wide world knows first. */
export function wideTest(name: string, ground: Ground): fc.Arbitrary<ValueTest> {
  const type = typeOf(name);
  if (name === 'lines') return elementTests.map((where) => ({ op: 'some', where }));
  const of: fc.Arbitrary<ValueTest>[] = [valueTest(type, true)];
  const group = alike.find((types) => types.includes(type));
  if (group !== undefined) of.push(refTo(group, ground).map((ref) => ({ op: 'same_as', ref })));
  if (type === 'text' || type === 'id' || type === 'enum') {
    const pattern = fc.constantFrom('^a', 'b$', '^[0-9]+$', 'a.c', '(?:ab)+', '\\d', '^$', '[éz]', 'A|5');
    of.push(pattern.map((one) => ({ op: 'matches', pattern: one })));
  }
  if (type === 'date' || type === 'datetime') {
    const round = fc.record({
      op: fc.constantFrom('anniversary_in_next' as const, 'anniversary_in_last' as const),
      duration,
      feb29: fc.constantFrom('feb-28' as const, 'mar-01' as const, 'skip' as const),
    });
    // Constant moments of dates are compared as days instead.
    const dated = moment(ground).filter((one) => type === 'datetime' || one.kind !== 'instant');
    const toMoment = fc.record({ op: fc.constantFrom('before' as const, 'after' as const), moment: dated });
    of.push(round, toMoment, toMoment);
  }
  return fc.oneof(...of);
}

function propertyTest(ground: Ground): fc.Arbitrary<PropertyTest> {
  return fc.constantFrom(...wideNames).chain((property) =>
    fc.record({
      property: fc.constant(property),
      type: fc.constant(typeOf(property)),
      not: fc.boolean(),
      test: wideTest(property, ground),
    }),
  );
}

const matchable = fc.constantFrom('a_boolean', 'an_enum', 'an_integer');
const types = fc.subarray(eventTypes, { minLength: 1 });

function sometimes<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

function fewTests(ground: Ground): fc.Arbitrary<readonly PropertyTest[]> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(propertyTest(ground), { minLength: 1, maxLength: 2 }) },
  );
}

function follow(ground: Ground): fc.Arbitrary<Follow> {
  return fc.record({
    not: fc.boolean(),
    types,
    where: fewTests(ground),
    match: sometimes(matchable),
    within: fc.oneof(fc.constant(null), duration, duration),
  });
}

function window(ground: Ground): fc.Arbitrary<Window> {
  const unit = fc.constantFrom(...(['day', 'week', 'month', 'quarter', 'year'] as const));
  const plain: fc.Arbitrary<Window>[] = [
    fc.constant({ kind: 'ever' }),
    fc.record({ kind: fc.constant('in_last' as const), duration }),
    unit.map((one) => ({ kind: 'calendar', unit: one })),
    moment(ground).map((one) => ({ kind: 'from', moment: one })),
  ];
  const anchor = fc.constantFrom('entry', 'here', 's1', 's2');
  return fc.oneof(
    ...plain,
    ...(ground.isInside ? [anchor.map((one): Window => ({ kind: 'since', anchor: one }))] : []),
  );
}

export function wideSelection(ground: Ground): fc.Arbitrary<EventSelection> {
  return fc
    .record({
      types,
      where: fewTests(ground),
      window: window(ground),
      until: sometimes(moment(ground)),
      match: ground.isInside ? sometimes(matchable) : fc.constant(null),
      followed: sometimes(follow(ground)),
    })
    .map(({ until, match, followed, ...rest }) => ({
      ...rest,
      ...(until !== null && { until }),
      ...(match !== null && { match }),
      ...(followed !== null && { followed }),
    }));
}

/** One thing asked of the events and nothing else, so that its edges decide. */
function focusedSelection(ground: Ground): fc.Arbitrary<EventSelection> {
  const plain = { where: [], window: { kind: 'ever' as const } };
  const simple = { where: fc.constant([]), match: fc.constant(null) };
  const near = duration.filter(({ months, days }) => months <= 1 && days <= 7);
  const followed = fc.oneof(
    follow(ground),
    fc.record({ not: fc.boolean(), types, within: near, ...simple }),
    fc.record({ not: fc.boolean(), types, within: near, ...simple, match: matchable }),
  );
  const asked: fc.Arbitrary<Partial<EventSelection>>[] = [
    fc.array(propertyTest(ground), { minLength: 1, maxLength: 1 }).map((where) => ({ where })),
    window(ground).map((one) => ({ window: one })),
    window(ground).map((one) => ({ window: one })),
    moment(ground).map((until) => ({ until })),
    followed.map((one) => ({ followed: one })),
    followed.map((one) => ({ followed: one })),
  ];
  const match = matchable.map((one): Partial<EventSelection> => ({ match: one }));
  return fc
    .tuple(types, fc.oneof(...asked, ...(ground.isInside ? [match] : [])))
    .map(([some, one]) => ({ types: some, ...plain, ...one }));
}

const once = { op: 'gte', value: 1 } as const;
const fewTimes = fc.oneof(fc.constant(once), countTest(fc.integer({ min: -1, max: 4 })));

function eventLeaves(ground: Ground): readonly fc.Arbitrary<Condition>[] {
  const events = fc.oneof(wideSelection(ground), focusedSelection(ground));
  const count: fc.Arbitrary<Condition> = fc.record({ kind: fc.constant('count' as const), events, test: fewTimes });
  const sum: fc.Arbitrary<Condition> = fc.record({
    kind: fc.constant('sum' as const),
    events,
    unit: fc.constantFrom(null, ...currencies),
    test: countTest(fc.constantFrom(-5, 0, 5, 10, 15)),
  });
  const distinct: fc.Arbitrary<Condition> = fc.constantFrom(...wideNames).chain((of) =>
    fc.record({
      kind: fc.constant('aggregate' as const),
      fn: fc.constant('distinct' as const),
      events,
      of: fc.constant(of),
      type: fc.constant(typeOf(of)),
      unit: fc.constant(null),
      test: fewTimes,
    }),
  );
  const measured: fc.Arbitrary<Condition> = fc.constantFrom('an_integer', 'a_number', 'money').chain((of) =>
    fc.record({
      kind: fc.constant('aggregate' as const),
      fn: fc.constantFrom('avg' as const, 'min' as const, 'max' as const),
      events,
      of: fc.constant(of),
      type: fc.constant(typeOf(of)),
      unit: of === 'money' ? fc.constantFrom(...currencies) : fc.constant(null),
      test: countTest(fc.constantFrom(-1, 0, 1, 2, 5, 500)),
    }),
  );
  const edge: fc.Arbitrary<Condition> = fc.constantFrom(null, ...wideNames).chain((of) =>
    fc.record({
      kind: fc.constantFrom('first' as const, 'last' as const),
      events,
      of: fc.constant(of),
      type: fc.constant(of === null ? ('datetime' as const) : typeOf(of)),
      test: fc.oneof(
        fc.constant<ValueTest>({ op: 'exists' }),
        ...[1, 2, 3].map(() => wideTest(of ?? 'a_datetime', ground)),
      ),
    }),
  );
  return [count, count, count, sum, distinct, measured, edge, edge];
}

export const journeys = ['welcome', 'winback'];
const statuses = [
  ...(['queued', 'sent', 'delivered', 'seen', 'acted', 'replied', 'bounced'] as const),
  ...(['unseen', 'unacted', 'not_sent'] as const),
];

function stateLeaves(ground: Ground): readonly fc.Arbitrary<Condition>[] {
  const trait: fc.Arbitrary<Condition> = fc
    .constantFrom(...wideNames)
    .chain((name) => wideTest(name, ground).map((test) => ({ kind: 'trait', trait: name, type: typeOf(name), test })));
  const entity: fc.Arbitrary<Condition> = fc.record({
    kind: fc.constant('entity' as const),
    entity: fc.constantFrom('booking', 'booking', 'contract'),
    role: fc.constantFrom(null, 'booker', 'traveller'),
    where: fc.array(propertyTest(ground), { maxLength: 2 }),
    test: fewTimes,
  });
  const consent: fc.Arbitrary<Condition> = fc.record({
    kind: fc.constant('consent' as const),
    purpose: fc.constantFrom(...purposes),
    channel: fc.constantFrom(null, ...channels),
    is: fc.constantFrom('granted' as const, 'denied' as const),
    given: fc.record({ op: fc.constantFrom('before' as const, 'after' as const), moment: moment(ground) }),
  });
  const messages: fc.Arbitrary<Condition> = fc.record({
    kind: fc.constant('messages' as const),
    of: fc.oneof(
      fc.constant({ kind: 'any' as const }),
      fc.record({
        kind: fc.constant('journey' as const),
        journey: fc.constantFrom(...journeys),
        step: fc.constantFrom(null, 's1', 's2'),
      }),
    ),
    status: fc.constantFrom(...statuses),
    channel: fc.constantFrom(null, ...channels),
    inLast: fc.oneof(fc.constant(null), duration),
    test: fewTimes,
  });
  const journey: fc.Arbitrary<Condition> = fc.record({
    kind: fc.constant('journey' as const),
    journey: fc.constantFrom(...journeys),
    is: fc.constantFrom('enrolled' as const, 'completed' as const, 'exited' as const),
    as: fc.constantFrom(null, 'bought'),
    inLast: fc.oneof(fc.constant(null), duration),
  });
  const persona: fc.Arbitrary<Condition> = fc
    .subarray(['philippe', 'jeanne', 'marc'], { minLength: 1 })
    .map((ids) => ({ kind: 'persona', persona: 'donors', in: ids }));
  const since: fc.Arbitrary<Condition> = fc.record({
    kind: fc.constant('segment' as const),
    segment: fc.constantFrom(...segmentNames),
    forAtLeast: duration,
  });
  const few = [persona, since, fc.constant<Condition>({ kind: 'identified' })];
  return [trait, trait, trait, entity, entity, consent, messages, messages, journey, ...few];
}

/** What only an enrollment can be asked. */
function insideLeaves(ground: Ground): readonly fc.Arbitrary<Condition>[] {
  const field: fc.Arbitrary<Condition> = fc
    .constantFrom(...wideNames)
    .chain((property) =>
      wideTest(property, ground).map((test) => ({ kind: 'field', property, type: typeOf(property), test })),
    );
  const entityField: fc.Arbitrary<Condition> = fc.constantFrom(...wideNames).chain((name) =>
    wideTest(name, ground).map((test) => ({
      ...({ kind: 'entity_field', entity: 'booking', field: name } as const),
      type: typeOf(name),
      test,
    })),
  );
  const message: fc.Arbitrary<Condition> = fc.record({
    kind: fc.constant('message' as const),
    steps: fc.subarray(['s1', 's2'], { minLength: 1 }),
    status: fc.constantFrom(...statuses, 'may_leave' as const),
  });
  const last: fc.Arbitrary<Condition> = fc.record({
    kind: fc.constant('messages' as const),
    of: fc.constant({ kind: 'last' as const }),
    status: fc.constantFrom(...statuses),
    channel: fc.constantFrom(null, ...channels),
    inLast: fc.constant(null),
    test: fc.constant(once),
  });
  return [field, entityField, message, last];
}

/** Conditions over every form, nested. */
export function wideCondition(ground: Ground): fc.Arbitrary<Condition> {
  const leaves = [...eventLeaves(ground), ...stateLeaves(ground), ...(ground.isInside ? insideLeaves(ground) : [])];
  const leaf = fc.oneof(...leaves);
  return fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 2, arbitrary: treeOf(fc.oneof(leaf, conditionOver([]))) });
}
