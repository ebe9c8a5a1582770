/** What leaves of conditions found, form by form; and leaves counted over lanes, held to plain counting in memory. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { definitionsOf } from '../../engine/compiler/as-of.ts';
import { type ConditionNode, conditionTree } from '../../engine/compiler/condition-tree.ts';
import type { Condition } from '../../engine/compiler/ir.ts';
import { leafValues } from '../../engine/compiler/leaf-values.ts';
import { reasonLeavesMax, reasonsOf, reasonsOverLanes } from '../../engine/compiler/reasons-sql.ts';
import type { OraclePerson } from './oracle.ts';
import { asking, count, eventAt, nobody, not, traitIs, whoHas, within } from './oracle-question.ts';
import { addPeople, removePeople, workspace } from './oracle-store.ts';

const house = definitionsOf([workspace]);
const at = new Date('2024-03-10T00:00:00Z');
const ms = (text: string) => Date.parse(text);
const events = { types: ['order_placed'], where: [], window: within({ days: 30 }) };
const once = { op: 'gte', value: 1 } as const;

const ana: OraclePerson = {
  ...nobody,
  observations: [{ trait: 'country', at: 0, value: 'CH' }],
  events: [
    { ...eventAt('order_placed', '2024-01-01T10:00:00Z', 9_900, 'EUR'), properties: { place: 'old' } },
    { ...eventAt('order_placed', '2024-03-01T10:00:00Z', 1_000, 'EUR'), properties: { place: 'web', score: 4 } },
    { ...eventAt('order_placed', '2024-03-02T10:00:00Z', 2_000, 'EUR'), properties: { place: 'shop', score: 7 } },
  ],
  consents: [{ purpose: 'marketing', channel: '*', state: 'granted', at: ms('2024-02-01T00:00:00Z') }],
  segments: ['buyers'],
  since: { buyers: ms('2024-03-01T10:00:00Z') },
  personas: { donors: 'bea' },
  identifiers: ['external_id', 'anonymous_id'],
  rows: [{ entity: 'booking', key: 'b1', role: 'booker', fields: { status: 'confirmed' } }],
};

const forms: readonly (readonly [string, Condition, unknown, string | null])[] = [
  ['a trait', traitIs('country', 'text', { op: 'is', value: 'FR' }), 'CH', null],
  ['a missing trait', traitIs('plan', 'text', { op: 'exists' }), null, null],
  ['a count', count('order_placed', within({ days: 30 })), 2, '2024-03-02T10:00:00.000Z'],
  ['a count of nothing', count('visited', within({ days: 30 })), 0, null],
  ['a sum', { kind: 'sum', events, unit: 'EUR', test: once }, 3_000, '2024-03-02T10:00:00.000Z'],
  [
    'an average',
    { kind: 'aggregate', fn: 'avg', events, of: 'score', type: 'integer', unit: null, test: once },
    5.5,
    '2024-03-02T10:00:00.000Z',
  ],
  [
    'different values',
    { kind: 'aggregate', fn: 'distinct', events, of: 'place', type: 'text', unit: null, test: once },
    2,
    '2024-03-02T10:00:00.000Z',
  ],
  [
    'the first',
    { kind: 'first', events, of: 'place', type: 'text', test: { op: 'exists' } },
    'web',
    '2024-03-01T10:00:00.000Z',
  ],
  [
    'when the last was',
    { kind: 'last', events, of: null, type: 'datetime', test: { op: 'exists' } },
    ms('2024-03-02T10:00:00Z'),
    '2024-03-02T10:00:00.000Z',
  ],
  [
    'events that nothing followed',
    {
      kind: 'count',
      events: {
        ...events,
        followed: { not: true, types: ['visited'], where: [], match: null, within: { months: 0, days: 1, ms: 0 } },
      },
      test: once,
    },
    2,
    '2024-03-02T10:00:00.000Z',
  ],
  ['rows', { kind: 'entity', entity: 'booking', role: null, where: [], test: once }, 1, null],
  ['a segment', { kind: 'segment', segment: 'buyers' }, null, '2024-03-01T10:00:00.000Z'],
  ['a segment that he is not in', { kind: 'segment', segment: 'readers' }, null, null],
  ['a persona', { kind: 'persona', persona: 'donors', in: ['ana'] }, 'bea', null],
  [
    'a consent',
    { kind: 'consent', purpose: 'marketing', channel: 'email', is: 'granted' },
    'granted',
    '2024-02-01T00:00:00.000Z',
  ],
  ['a consent that nobody gave', { kind: 'consent', purpose: 'news', channel: null, is: 'granted' }, 'unknown', null],
  [
    'a journey never entered',
    { kind: 'journey', journey: 'cart', is: 'completed', as: null, inLast: null },
    null,
    null,
  ],
  [
    'messages',
    { kind: 'messages', of: { kind: 'any' }, status: 'sent', channel: null, inLast: null, test: once },
    0,
    null,
  ],
  [
    'messages by what was told',
    { kind: 'messages', of: { kind: 'any' }, status: 'seen', channel: null, inLast: null, test: once },
    0,
    null,
  ],
  ['being known', { kind: 'identified' }, ['anonymous_id', 'external_id'], null],
];

describe('the value of a leaf', () => {
  const { session } = asking();

  test('is what it found, in every form', async () => {
    const { lanes, profiles } = await addPeople(session(), [ana]);
    const tree = conditionTree(
      { kind: 'all', of: forms.map(([, condition]) => condition) },
      { depth: 0, segment: () => forms[0]![1] },
    );
    const { text, values } = leafValues(tree, house, {
      lane: lanes[0] as number,
      profileId: profiles[0] as number,
      at,
    });
    const [row] = await session().query<Record<string, unknown>>(text, values);
    const found = tree.root.of.map(({ column }, i) => [
      forms[i]?.[0],
      row?.[`v${column}`] ?? null,
      (row?.[`a${column}`] as Date | null)?.toISOString() ?? null,
    ]);
    expect(found).toEqual(forms.map(([name, , value, time]) => [name, value, time]));
  });

  test('opens nested segments as far as it is asked', () => {
    const definitions: Readonly<Record<string, Condition>> = {
      a: { kind: 'segment', segment: 'b' },
      b: not({ kind: 'segment', segment: 'c' }),
      c: traitIs('country', 'text', { op: 'is', value: 'CH' }),
    };
    const depthOf = (node: ConditionNode): number => 1 + Math.max(0, ...node.of.map(depthOf));
    const opened = (depth: number) =>
      depthOf(
        conditionTree({ kind: 'segment', segment: 'a' }, { depth, segment: (id) => definitions[id] as Condition }).root,
      );
    expect([0, 1, 2, 3, 9].map(opened)).toEqual([1, 2, 4, 5, 5]);
  });
});

const names = ['p', 'q', 'r', 's'] as const;
const has = (name: string) => traitIs(name, 'boolean', { op: 'is', value: true });

const { tree: anyCondition } = fc.letrec<{ tree: Condition }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...names).map(has),
    tie('tree').map(not),
    fc.record({ kind: fc.constantFrom('all' as const, 'any' as const), of: fc.array(tie('tree'), { maxLength: 3 }) }),
  ),
}));

type Truths = Readonly<Record<string, boolean>>;

function holds(condition: Condition, person: Truths): boolean {
  switch (condition.kind) {
    case 'all':
      return condition.of.every((one) => holds(one, person));
    case 'any':
      return condition.of.some((one) => holds(one, person));
    case 'not':
      return !holds(condition.of, person);
    case 'trait':
      return person[condition.trait] === true;
    default:
      throw new Error(`no ${condition.kind} here`);
  }
}

function traitOf(condition: Condition): string {
  return condition.kind === 'not' ? traitOf(condition.of) : condition.kind === 'trait' ? condition.trait : '';
}

describe('reasons counted over lanes', () => {
  const { session } = asking();

  test('are those of counting in memory', async () => {
    await removePeople(session());
    const everybody: Truths[] = Array.from({ length: 16 }, (_, i) =>
      Object.fromEntries(names.map((name, bit) => [name, ((i >> bit) & 1) === 1])),
    );
    await addPeople(
      session(),
      everybody.map((one) => ({
        ...nobody,
        observations: names.flatMap((name) => whoHas(name, one[name]).observations),
      })),
    );
    await fc.assert(
      fc.asyncProperty(anyCondition, async (where) => {
        const { text, values } = reasonsOverLanes(where, house, [7, 8], at);
        const [row] = await session().query<Record<string, number>>(text, values);
        const members = everybody.filter((one) => holds(where, one));
        const outside = everybody.filter((one) => !holds(where, one));
        const expected = (reasonsOf(where) ?? []).flatMap(({ condition }, i) => {
          const name = traitOf(condition);
          return [
            [`m${i}`, members.filter((one) => holds(condition, one)).length],
            [`k${i}`, outside.filter((one) => holds(where, { ...one, [name]: one[name] !== true })).length],
          ];
        });
        expect(row).toEqual({ people: 16, members: members.length, ...Object.fromEntries(expected) });
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test('are not told apart when they are too many', () => {
    const many = Array.from({ length: reasonLeavesMax + 1 }, (_, i) => has(`t${i}`));
    expect(reasonsOf({ kind: 'any', of: many })).toBeNull();
    expect(reasonsOf({ kind: 'any', of: [has('p'), not(has('p')), has('q')] })).toHaveLength(2);
  });
});
