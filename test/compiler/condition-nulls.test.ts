/**
 * What is missing, as a table: truth has two values. A missing value fails every positive test, so its negation holds; a count of
 * nothing is 0 and no missing value; an average, a first or a last of nothing is missing. A stored null, a value of another type
 * and an amount in another currency are missing, too.
 */
import { describe, expect, test } from 'vitest';
import type { Condition, CountTest, EventSelection, Moment, ValueTest, ValueType } from '../../engine/compiler/ir.ts';
import type { OraclePerson } from './oracle.ts';
import { asking, eventAt, nobody, not, span, traitIs, whoHas } from './oracle-question.ts';

const now = '2024-03-01T12:00:00Z';
const day = span({ days: 1 });
const early: Moment = { kind: 'instant', at: 0 };
const renewal: Moment = {
  kind: 'relative',
  to: { root: 'trait', trait: 'renews_at', type: 'datetime' },
  side: 'before',
  offset: day,
};

/** Tests that some value of the type would pass. */
const operators: readonly (readonly [ValueType, ValueTest])[] = [
  ['text', { op: 'is', value: '' }],
  ['text', { op: 'in', values: ['', 'null'] }],
  ['text', { op: 'contains', value: '' }],
  ['text', { op: 'starts_with', value: '' }],
  ['text', { op: 'ends_with', value: '' }],
  ['text', { op: 'matches', pattern: '^' }],
  ['text', { op: 'same_as', ref: { root: 'trait', trait: 'missing_too', type: 'text' } }],
  ['enum', { op: 'is', value: 'a' }],
  ['number', { op: 'is', value: 0 }],
  ['number', { op: 'lt', value: 1 }],
  ['number', { op: 'gte', value: -1 }],
  ['integer', { op: 'between', low: -1, high: 1 }],
  ['money', { op: 'lte', value: { amount: 1, currency: 'EUR' } }],
  ['money', { op: 'is', value: { amount: 0, currency: 'EUR' } }],
  ['boolean', { op: 'is', value: false }],
  ['list', { op: 'contains', value: '' }],
  ['list', { op: 'some', where: [] }],
  ['list', { op: 'some', where: [{ property: 'sku', type: 'text', not: true, test: { op: 'exists' } }] }],
  ['date', { op: 'lt', value: 30_000 }],
  ['date', { op: 'before', moment: { kind: 'today' } }],
  ['date', { op: 'anniversary_in_next', duration: span({ months: 12 }), feb29: 'feb-28' }],
  ['date', { op: 'anniversary_in_last', duration: span({ months: 12 }), feb29: 'skip' }],
  ['datetime', { op: 'before', moment: { kind: 'ahead', duration: day } }],
  ['datetime', { op: 'after', moment: early }],
  ['datetime', { op: 'in_last', duration: span({ months: 1_200 }) }],
  ['datetime', { op: 'in_next', duration: span({ months: 1_200 }) }],
  ...(['text', 'id', 'enum', 'number', 'integer', 'money', 'boolean', 'list', 'date', 'datetime'] as const).map(
    (type): readonly [ValueType, ValueTest] => [type, { op: 'exists' }],
  ),
];

function visits(more: Partial<EventSelection> = {}): EventSelection {
  return { types: ['visited'], where: [], window: { kind: 'ever' }, ...more };
}

const once: CountTest = { op: 'gte', value: 1 };
const zero: readonly CountTest[] = [
  { op: 'is', value: 0 },
  { op: 'lt', value: 1 },
  { op: 'gte', value: 0 },
  { op: 'between', low: 0, high: 2 },
];

function leaf<K extends Condition['kind']>(one: Extract<Condition, { readonly kind: K }>): Condition {
  return one;
}

const totals = (fn: 'avg' | 'min' | 'max', one: CountTest): Condition =>
  leaf<'aggregate'>({ kind: 'aggregate', fn, events: visits(), of: 'score', type: 'number', unit: null, test: one });

/** Of somebody of whom nothing is known: what is asked, and whether it is true. */
const ofNobody: readonly (readonly [string, Condition, boolean])[] = [
  ['an event', leaf<'count'>({ kind: 'count', events: visits(), test: once }), false],
  ...zero.flatMap((one): readonly (readonly [string, Condition, boolean])[] => [
    [`a count that 0 passes (${one.op})`, { kind: 'count', events: visits(), test: one }, true],
    [`a sum that 0 passes (${one.op})`, { kind: 'sum', events: visits(), unit: 'EUR', test: one }, true],
    [
      `a number of values that 0 passes (${one.op})`,
      { kind: 'aggregate', fn: 'distinct', events: visits(), of: 'page', type: 'text', unit: null, test: one },
      true,
    ],
    [
      `a number of rows that 0 passes (${one.op})`,
      { kind: 'entity', entity: 'booking', role: null, where: [], test: one },
      true,
    ],
    [
      `a number of messages that 0 passes (${one.op})`,
      { kind: 'messages', of: { kind: 'any' }, status: 'seen', channel: null, inLast: null, test: one },
      true,
    ],
    [`the average of nothing (${one.op})`, totals('avg', one), false],
    [`the least of nothing (${one.op})`, totals('min', one), false],
    [`the greatest of nothing (${one.op})`, totals('max', one), false],
  ]),
  ['the first event', { kind: 'first', events: visits(), of: null, type: 'datetime', test: { op: 'exists' } }, false],
  ['the last event', { kind: 'last', events: visits(), of: 'page', type: 'text', test: { op: 'exists' } }, false],
  ['a row', { kind: 'entity', entity: 'booking', role: 'booker', where: [], test: once }, false],
  ['a segment', { kind: 'segment', segment: 'buyers' }, false],
  ['a segment for a while', { kind: 'segment', segment: 'buyers', forAtLeast: day }, false],
  ['a persona', { kind: 'persona', persona: 'donors', in: ['jeanne'] }, false],
  ['a consent granted', { kind: 'consent', purpose: 'news', channel: null, is: 'granted' }, false],
  ['a consent denied', { kind: 'consent', purpose: 'news', channel: null, is: 'denied' }, false],
  ['a consent unknown', { kind: 'consent', purpose: 'news', channel: null, is: 'unknown' }, true],
  [
    'a consent given before a moment',
    {
      kind: 'consent',
      purpose: 'news',
      channel: null,
      is: 'granted',
      given: { op: 'before', moment: { kind: 'today' } },
    },
    false,
  ],
  ['a journey', { kind: 'journey', journey: 'welcome', is: 'enrolled', as: null, inLast: null }, false],
  ['a way out', { kind: 'journey', journey: 'welcome', is: 'exited', as: 'bought', inLast: day }, false],
  [
    'a message that was not seen',
    { kind: 'messages', of: { kind: 'any' }, status: 'unseen', channel: null, inLast: null, test: once },
    false,
  ],
  [
    'a message that did not leave',
    { kind: 'messages', of: { kind: 'any' }, status: 'not_sent', channel: null, inLast: null, test: once },
    false,
  ],
  ['to be known', { kind: 'identified' }, false],
];

describe('what is missing', () => {
  const { askAll } = asking();

  async function truths(conditions: readonly Condition[], person: OraclePerson): Promise<readonly boolean[]> {
    return (await askAll(conditions, person, now)).map(({ holds }) => holds);
  }

  test.each([
    ['no value', nobody],
    ['a stored null', whoHas('asked', null)],
    ['an object', whoHas('asked', { ab: 1 })],
  ])('%s fails every operator, so its negation holds', async (_, person) => {
    const tests = operators.map(([type, one]) => traitIs('asked', type, one));
    expect(await truths(tests, person)).toEqual(tests.map(() => false));
    expect(await truths(tests.map(not), person)).toEqual(tests.map(() => true));
  });

  test.each([
    ['text', 5],
    ['number', '5'],
    ['money', 5],
    ['boolean', 'true'],
    ['list', 'ab'],
    ['date', '2024-03-01'],
    ['datetime', true],
  ] as const)('a stored value that is no %s (%j) is missing', async (type, stored) => {
    const tests = operators.filter(([of]) => of === type).map(([, one]) => traitIs('asked', type, one));
    expect(await truths(tests, whoHas('asked', stored))).toEqual(tests.map(() => false));
  });

  test('of nobody, each leaf is as the table says, and its negation the opposite', async () => {
    const conditions = ofNobody.map(([, condition]) => condition);
    const named = (all: readonly boolean[]) => all.map((one, i) => [ofNobody[i]?.[0], one]);
    expect(named(await truths(conditions, nobody))).toEqual(ofNobody.map(([name, , right]) => [name, right]));
    expect(named(await truths(conditions.map(not), nobody))).toEqual(ofNobody.map(([name, , right]) => [name, !right]));
  });

  test('two missing values are not the same, nor two stored nulls', async () => {
    const same = traitIs('one', 'text', { op: 'same_as', ref: { root: 'trait', trait: 'other', type: 'text' } });
    const both = (value: unknown): OraclePerson => ({
      ...nobody,
      observations: ['one', 'other'].map((trait) => ({ trait, at: 0, value })),
    });
    expect(await truths([same], nobody)).toEqual([false]);
    expect(await truths([same], both(null))).toEqual([false]);
    expect(await truths([same], both(5))).toEqual([false]);
    expect(await truths([same], both('ab'))).toEqual([true]);
  });

  test('a moment that hangs on a missing value has nothing before it and nothing after it', async () => {
    const person: OraclePerson = {
      ...whoHas('seen_at', Date.parse('2024-02-01')),
      events: [eventAt('visited', '2024-02-01T00:00:00Z')],
    };
    const asked: readonly Condition[] = [
      traitIs('seen_at', 'datetime', { op: 'before', moment: renewal }),
      traitIs('seen_at', 'datetime', { op: 'after', moment: renewal }),
      { kind: 'count', events: visits({ window: { kind: 'from', moment: renewal } }), test: once },
      { kind: 'count', events: visits({ until: renewal }), test: once },
    ];
    expect(await truths(asked, person)).toEqual([false, false, false, false]);
  });

  test('an amount in another currency is missing: it is neither more nor less, and adds nothing', async () => {
    const worth = (one: ValueTest) => traitIs('worth', 'money', one);
    const euros = { amount: 500, currency: 'EUR' };
    const asked: readonly Condition[] = [
      worth({ op: 'lt', value: euros }),
      worth({ op: 'gte', value: euros }),
      worth({ op: 'exists' }),
      { kind: 'sum', events: visits(), unit: 'EUR', test: { op: 'is', value: 0 } },
    ];
    const person: OraclePerson = {
      ...whoHas('worth', { amount: 900, currency: 'NGN' }),
      events: [eventAt('visited', '2024-02-01T00:00:00Z', 900, 'NGN')],
    };
    expect(await truths(asked, person)).toEqual([false, false, true, true]);
  });

  test('a negated test of a property holds of events without it, and of elements without it', async () => {
    const isNot = { property: 'page', type: 'text', not: true, test: { op: 'is', value: 'home' } } as const;
    const person: OraclePerson = {
      ...whoHas('lines', [{ sku: 'a' }]),
      events: [eventAt('visited', '2024-02-01T00:00:00Z')],
    };
    const asked: readonly Condition[] = [
      { kind: 'count', events: visits({ where: [isNot] }), test: once },
      { kind: 'count', events: visits({ where: [{ ...isNot, not: false }] }), test: once },
      traitIs('lines', 'list', { op: 'some', where: [isNot] }),
    ];
    expect(await truths(asked, person)).toEqual([true, false, true]);
    // What is no object has no properties, so it is no element of that kind.
    expect(await truths(asked.slice(2), whoHas('lines', ['a', 5, null, []]))).toEqual([false]);
  });
});
