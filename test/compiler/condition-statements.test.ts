/**
 * The statements of a program: conditions inside an enrollment, which read its own past; events that pass a trigger's `where`;
 * computed traits; fills. Conditions over people are held to the oracle in `condition-property.test.ts`.
 */
import { describe, expect, test } from 'vitest';
import type { Condition, MessageStatus, PropertyTest, TraitDefinition } from '../../engine/compiler/ir.ts';
import { link } from '../../engine/compiler/program.ts';
import {
  eventsThatMatch,
  forEnrollments,
  forPeople,
  pairOverLanes,
  pairsOverEnrollments,
  traitsOverPeople,
} from '../../engine/compiler/program-sql.ts';
import { readersOfTrait } from '../../engine/compiler/readers.ts';
import { asking, count, eventAt, nobody, not, whoDid, within } from './oracle-question.ts';
import { addPeople, removePeople, workspace } from './oracle-store.ts';

const program = link(1, [workspace]);
const enteredAt = '2024-03-01T10:00:00.000Z';
const stepSince = '2024-03-02T10:00:00.000Z';
const markedAt = '2024-03-03T10:00:00.000Z';
const t = new Date('2024-03-10T00:00:00Z');

describe('inside an enrollment', () => {
  const { session } = asking();

  async function holdsOf(conditions: readonly Condition[], person = nobody, entry: unknown = {}): Promise<boolean[]> {
    const people = await addPeople(session(), [person]);
    const { text, values } = forEnrollments(pairsOverEnrollments(program, conditions), t, {
      ...people,
      journey: ['tried'],
      key: [''],
      n: [2],
      enteredAt: [new Date(enteredAt)],
      stepSince: [new Date(stepSince)],
      marks: [JSON.stringify({ nudge: Date.parse(markedAt) })],
      entry: [JSON.stringify(entry)],
    });
    const [row] = await session().query<Record<string, boolean>>(text, values);
    return conditions.map((_, i) => row?.[`h${i}`] as boolean);
  }

  const anchors = [
    { anchor: 'entry', at: enteredAt },
    { anchor: 'here', at: stepSince },
    { anchor: 'nudge', at: markedAt },
  ];
  for (const { anchor, at } of anchors) {
    test(`an event since \`${anchor}\` lies strictly after it`, async () => {
      const condition = count('order_placed', { kind: 'since', anchor });
      const later = new Date(Date.parse(at) + 1).toISOString();
      expect(await holdsOf([condition, not(condition)], whoDid('order_placed', at))).toEqual([false, true]);
      expect(await holdsOf([condition], whoDid('order_placed', later))).toEqual([true]);
    });
  }

  test('no event lies after a step that was never done', async () => {
    const condition = count('order_placed', { kind: 'since', anchor: 'skipped' });
    expect(await holdsOf([condition], whoDid('order_placed', '2024-03-09T00:00:00Z'))).toEqual([false]);
  });

  test('a field is what opened the enrollment, and one of a wrong type is missing', async () => {
    const field = (value: number): Condition => ({
      kind: 'field',
      property: 'total',
      type: 'money',
      test: { op: 'gte', value: { amount: value, currency: 'EUR' } },
    });
    const entry = { total: { amount: 8_000, currency: 'EUR' } };
    expect(await holdsOf([field(8_000), field(8_001)], nobody, entry)).toEqual([true, false]);
    for (const total of ['8000', 8_000, null, [entry.total], { amount: '8000', currency: 'EUR' }]) {
      expect(await holdsOf([field(0), not(field(0))], nobody, { total })).toEqual([false, true]);
    }
  });

  const statuses: readonly MessageStatus[] = [
    'queued',
    'sent',
    'delivered',
    'seen',
    'acted',
    'unseen',
    'unacted',
    'not_sent',
  ];
  const ladder = [
    { state: 'deferred', rank: 0, true: [] },
    { state: 'queued', rank: 1, true: ['queued'] },
    { state: 'sent', rank: 2, true: ['queued', 'sent', 'unseen', 'unacted'] },
    { state: 'delivered', rank: 3, true: ['queued', 'sent', 'delivered', 'unseen', 'unacted'] },
    { state: 'seen', rank: 4, true: ['queued', 'sent', 'delivered', 'seen', 'unacted'] },
    { state: 'acted', rank: 5, true: ['queued', 'sent', 'delivered', 'seen', 'acted'] },
    { state: 'suppressed', rank: 0, true: ['not_sent'] },
    { state: 'expired', rank: 0, true: ['not_sent'] },
  ];
  for (const { state, rank, true: expected } of ladder) {
    test(`a message that is ${state} has the statuses: ${expected.join(', ') || 'none'}`, async () => {
      const people = await addPeople(session(), [nobody]);
      const statusOf = (status: MessageStatus): Condition => ({ kind: 'message', steps: ['nudge'], status });
      const statement = pairsOverEnrollments(program, statuses.map(statusOf));
      const trueOf = async (journey: string, n: number) => {
        const { text, values } = forEnrollments(statement, t, {
          ...people,
          journey: [journey],
          key: [''],
          n: [n],
          enteredAt: [t],
          stepSince: [t],
          marks: ['{}'],
          entry: ['{}'],
        });
        const [row] = await session().query<Record<string, boolean>>(text, values);
        return statuses.filter((_, i) => row?.[`h${i}`]);
      };
      await session().query(
        `insert into message (lane, message_id, profile_id, journey, key, n, step, template, objective, purpose, priority, state, rank,
           created_at, valid_until, decision, revision)
         values ($1, $2, $2, 'tried', '', 2, 'nudge', 'hello', 'engagement', 'marketing', 50, $3, $4, $5, $5, '{}', 1)`,
        [people.lanes[0], people.profiles[0], state, rank, t],
      );
      expect(await trueOf('tried', 2)).toEqual(expected);
      expect(await trueOf('tried', 1)).toEqual([]);
      expect(await trueOf('other', 2)).toEqual([]);
    });
  }
});

describe('the events that match', () => {
  const { session } = asking();

  async function matching(where: readonly PropertyTest[], events: readonly unknown[]): Promise<number[]> {
    const { text, rest } = eventsThatMatch(program, where);
    const properties = events.map((one) => JSON.stringify(one));
    const of = events.map(() => 0);
    const rows = await session().query<{ i: number }>(text, [t, properties, of, of, ...rest]);
    return rows.map((row) => row.i).sort((a, b) => a - b);
  }

  const total: PropertyTest = {
    property: 'total',
    type: 'money',
    not: false,
    test: { op: 'gt', value: { amount: 100, currency: 'EUR' } },
  };
  const status: PropertyTest = { property: 'status', type: 'text', not: true, test: { op: 'is', value: 'void' } };

  test('are numbered from one, and pass every test; what is missing passes a negative one', async () => {
    const events = [
      { total: { amount: 101, currency: 'EUR' } },
      { total: { amount: 100, currency: 'EUR' } },
      { total: { amount: 101, currency: 'NGN' } },
      { total: { amount: 500, currency: 'EUR' }, status: 'void' },
      { total: { amount: 500, currency: 'EUR' }, status: 'paid' },
      { status: 'paid' },
      {},
      null,
      'text',
    ];
    expect(await matching([total], events)).toEqual([1, 4, 5]);
    expect(await matching([total, status], events)).toEqual([1, 5]);
    expect(await matching([status], events)).toEqual([1, 2, 3, 5, 6, 7, 8, 9]);
  });

  test('are all where nothing is asked, and none where there are none', async () => {
    expect(await matching([], [{}, {}])).toEqual([1, 2]);
    expect(await matching([total], [])).toEqual([]);
  });
});

describe('a computed trait', () => {
  const { session } = asking();
  const events = { types: ['order_placed'], where: [], window: within({ months: 1 }) };

  async function computedOf(definition: TraitDefinition, person = nobody, stored?: Readonly<Record<string, unknown>>) {
    const people = await addPeople(session(), [person], stored === undefined ? [] : [stored]);
    const statement = traitsOverPeople(program, [
      { name: 'orders', digest: 'd', type: 'integer', definition, readers: readersOfTrait(definition) },
    ]);
    const { text, values } = forPeople(statement, new Date('2025-02-01T00:00:00Z'), people);
    const [row] = await session().query<{ v0: unknown; n0: Date | null; c0: boolean }>(text, values);
    return [row?.v0, row?.n0?.toISOString() ?? null, row?.c0];
  }

  // The younger leaves first: both on the last of February.
  const two = {
    ...nobody,
    events: [
      eventAt('order_placed', '2025-01-28T18:00:00.000Z', 500, 'EUR'),
      eventAt('order_placed', '2025-01-29T06:00:00.000Z', 400, 'EUR'),
      eventAt('order_placed', '2025-01-30T06:00:00.000Z', 300, 'NGN'),
    ],
  };

  test('changes when the first of its events leaves', async () => {
    expect(await computedOf({ kind: 'count', events }, two)).toEqual([3, '2025-02-28T06:00:00.000Z', true]);
    const spent: TraitDefinition = { kind: 'sum', events, unit: 'EUR' };
    expect(await computedOf(spent, two)).toEqual([{ amount: 900, currency: 'EUR' }, '2025-02-28T06:00:00.000Z', true]);
  });

  test('is zero of nothing, and unchanged where it is stored as it is', async () => {
    const ever: TraitDefinition = { kind: 'count', events: { ...events, window: { kind: 'ever' } } };
    expect(await computedOf(ever)).toEqual([0, null, true]);
    expect(await computedOf(ever, nobody, { orders: 0 })).toEqual([0, null, false]);
    expect(await computedOf({ kind: 'sum', events, unit: 'EUR' })).toEqual([
      { amount: 0, currency: 'EUR' },
      null,
      true,
    ]);
  });
});

describe('a fill', () => {
  const { session } = asking();

  test('finds who satisfies the condition or may by time alone, in its lanes, without those merged away', async () => {
    await removePeople(session());
    const outside = not(count('order_placed', within({ days: 7 })));
    const people = [nobody, whoDid('order_placed', '2024-03-09T00:00:00Z'), nobody];
    const { lanes, profiles } = await addPeople(session(), people);
    await session().query('update profile set merged_into = $1 where profile_id = $2', [profiles[0], profiles[2]]);
    const found = async (condition: Condition, lane: number) => {
      const { text, rest } = pairOverLanes(program, condition);
      type Row = { profile_id: number; holds: boolean; next_change: Date | null };
      const rows = await session().query<Row>(text, [t, [lane], ...rest]);
      return rows
        .sort((a, b) => a.profile_id - b.profile_id)
        .map((row) => [profiles.indexOf(row.profile_id), row.holds, row.next_change?.toISOString() ?? null]);
    };
    const lane = lanes[0] as number;
    expect(await found(outside, lane)).toEqual([
      [0, true, null],
      [1, false, '2024-03-16T00:00:00.000Z'],
    ]);
    expect(await found(not(outside), lane)).toEqual([[1, true, '2024-03-16T00:00:00.000Z']]);
    expect(await found(outside, lane + 1)).toEqual([]);
  });
});
