/** Compiled conditions on values that should never be stored: each test is false of them, and no statement fails. */
import { describe, expect, test } from 'vitest';
import type { Condition, Value, ValueTest, ValueType } from '../../engine/compiler/ir.ts';
import { asking, span, traitIs } from './oracle-question.ts';
import { answers } from './oracle-store.ts';

/** JSON texts, since JavaScript has no number for some of them. */
const strays = [
  'null',
  'true',
  '""',
  '"ab"',
  '"12"',
  '"1e5"',
  '"NaN"',
  '"2025-02-30"',
  '"80 EUR"',
  '12',
  '-0.5',
  '1e300',
  '-1e300',
  '1e400',
  '123456789012345678901234567890.5',
  '[]',
  '["ab"]',
  '[null, 1, {"a": []}]',
  '{}',
  '{"ab": {"ab": ["ab"]}}',
  '{"amount": "5", "currency": "EUR"}',
  '{"amount": 5}',
  '{"amount": 5, "currency": 5}',
  '{"amount": {"amount": 5, "currency": "EUR"}, "currency": null}',
  '{"currency": "EUR"}',
  '[{"amount": 5, "currency": "EUR"}]',
];

const money = { amount: 5, currency: 'EUR' };
const kinds: Readonly<Record<ValueType, { readonly stored: string; readonly value: Value }>> = {
  text: { stored: 'string', value: 'ab' },
  id: { stored: 'string', value: '12' },
  enum: { stored: 'string', value: '' },
  integer: { stored: 'number', value: 12 },
  number: { stored: 'number', value: 1e300 },
  money: { stored: 'money', value: money },
  date: { stored: 'number', value: 12 },
  datetime: { stored: 'number', value: 12 },
  boolean: { stored: 'boolean', value: true },
  list: { stored: 'array', value: 'ab' },
};
const types = Object.keys(kinds) as ValueType[];

/** Every test that the language lets the type have. */
function testsOf(type: ValueType): readonly ValueTest[] {
  const { value, stored } = kinds[type];
  const equal: ValueTest[] = [
    { op: 'is', value },
    { op: 'in', values: [value, value] },
    { op: 'in', values: [] },
  ];
  const ordered: ValueTest[] = (['gt', 'gte', 'lt', 'lte'] as const).map((op) => ({ op, value }));
  const texts: ValueTest[] = (['contains', 'starts_with', 'ends_with'] as const).map((op) => ({ op, value: 'ab' }));
  return [
    { op: 'exists' },
    ...(type === 'list' ? [texts[0] as ValueTest] : equal),
    ...(stored === 'number' || stored === 'money'
      ? [...ordered, { op: 'between' as const, low: value, high: value }]
      : []),
    ...(stored === 'string' ? [...texts, { op: 'contains' as const, value: '' }] : []),
    ...(type === 'datetime' ? [...constants] : []),
    ...(type === 'date' || type === 'datetime' ? relatives : []),
  ];
}

const constants: readonly ValueTest[] = (['before', 'after'] as const).map((op) => ({
  op,
  moment: { kind: 'instant', at: 0 },
}));
const hundredYears = span({ months: 1200 });
const relatives: readonly ValueTest[] = [
  ...(['before', 'after'] as const).flatMap((op) =>
    (['ago', 'ahead'] as const).map((kind) => ({ op, moment: { kind, duration: hundredYears } })),
  ),
  { op: 'in_last', duration: hundredYears },
  { op: 'in_next', duration: hundredYears },
];
const isRelative = (one: ValueTest) => relatives.includes(one);

const cases: readonly Case[] = types.flatMap((type) => testsOf(type).map((one) => ({ type, test: one })));
const t = Date.parse('2024-03-01T00:00:00Z');

interface Case {
  readonly type: ValueType;
  readonly test: ValueTest;
}

/** Numbers that no calendar has are no dates. */
const beyondTime = ['1e300', '-1e300', '1e400', '123456789012345678901234567890.5'];

function isOfType({ type, test: one }: Case, stray: string): boolean {
  const value: unknown = JSON.parse(stray);
  const storedAs = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  return kinds[type].stored === storedAs && !(isRelative(one) && beyondTime.includes(stray));
}

describe('a value of the wrong type', () => {
  const { session } = asking();

  /** One person a stray: each of his traits, and each property of his one event, is that value. */
  async function peopleOfStrays(): Promise<{ readonly lanes: number[]; readonly profiles: number[] }> {
    const profiles = strays.map((_, i) => 900_000 + i);
    const objects = strays.map((stray) => `{${types.map((type) => `"${type}": ${stray}`).join(', ')}}`);
    await session().query(
      `insert into profile (lane, profile_id, traits, created_at)
       select 9, id, o, now() from unnest($1::bigint[], $2::jsonb[]) x(id, o) on conflict do nothing`,
      [profiles, objects],
    );
    await session().query(
      `insert into event (lane, type, profile_id, occurred_at, event_id, received_at, properties, source)
       select 9, 'seen', id, $3, 1, $3, o, 'stray' from unnest($1::bigint[], $2::jsonb[]) x(id, o) on conflict do nothing`,
      [profiles, objects, new Date(t)],
    );
    return { lanes: strays.map(() => 9), profiles };
  }

  /** The strays that pass a test, or wait for it, though they are not of its type. */
  async function passing(asked: readonly Case[], conditionOf: (one: Case) => Condition): Promise<readonly string[]> {
    const [found] = await answers(session(), asked.map(conditionOf), await peopleOfStrays(), [t]);
    return strays.flatMap((stray, s) =>
      asked.flatMap((one, c) => {
        const says = found?.[s]?.[c];
        if (isOfType(one, stray) || (says?.holds === false && says.nextChange === Number.POSITIVE_INFINITY)) return [];
        return [`${one.type} ${JSON.stringify(one.test)} of ${stray}: ${JSON.stringify(says)}`];
      }),
    );
  }

  test('fails every test of a trait, for good', async () => {
    expect(await passing(cases, ({ type, test: one }) => traitIs(type, type, one))).toEqual([]);
  });

  test('fails every test of a property', async () => {
    // The language has no relative tests of properties that are counted.
    const fixed = cases.filter((one) => !isRelative(one.test));
    const counted = ({ type, test: one }: Case): Condition => ({
      kind: 'count',
      events: { types: ['seen'], where: [{ property: type, type, not: false, test: one }], window: { kind: 'ever' } },
      test: { op: 'gte', value: 1 },
    });
    expect(await passing(fixed, counted)).toEqual([]);
  });
});

describe('a constant', () => {
  const { session } = asking();

  test('of any text is a value, never SQL', async () => {
    const texts = [`'; drop table parcours.profile; --`, '$1', '\\', '%', '"', "''", '86400 secs', '["ab"]', '{}'];
    await session().query(
      `insert into profile (lane, profile_id, traits, created_at)
       select 9, 1000 + i, jsonb_build_object('text', x), now() from unnest($1::text[]) with ordinality u(x, i)`,
      [texts],
    );
    const conditions = texts.map(
      (value): Condition => ({ kind: 'trait', trait: 'text', type: 'text', test: { op: 'is', value } }),
    );
    // The same spelling as an interval and as JSON, under other casts.
    const day: Condition = {
      kind: 'count',
      events: { types: ['seen'], where: [], window: { kind: 'in_last', duration: span({ days: 1 }) } },
      test: { op: 'gte', value: 1 },
    };
    const list: Condition = { kind: 'trait', trait: 'text', type: 'list', test: { op: 'is', value: ['ab'] } };
    const people = { lanes: texts.map(() => 9), profiles: texts.map((_, i) => 1001 + i) };
    const [found] = await answers(session(), [day, list, ...conditions], people, [t]);
    const truths = found?.map((row) => row.slice(2).map(({ holds }) => holds));
    expect(truths).toEqual(texts.map((_, row) => texts.map((_, column) => row === column)));
  });
});
