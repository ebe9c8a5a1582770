/** Windows and next changes by hand: edges, month ends, equal times, and what lists make of their children's changes. */
import { describe, expect, test } from 'vitest';
import type { Condition } from '../../engine/compiler/ir.ts';
import { asking, count, eventAt, nobody, not, traitIs, whoDid, whoHas, within } from './oracle-question.ts';

const ordered = (...times: readonly string[]) => whoDid('order_placed', ...times);
const ever = { kind: 'ever' } as const;

describe('a window', () => {
  const { ask, askAll } = asking();

  test('holds from the event on and no longer at its end', async () => {
    const found = await ask(
      count('order_placed', within({ days: 7 })),
      ordered('2024-03-01T10:00:00.000Z'),
      '2024-03-01T09:59:59.999Z',
      '2024-03-01T10:00:00.000Z',
      '2024-03-08T09:59:59.999Z',
      '2024-03-08T10:00:00.000Z',
    );
    expect(found.map(({ holds }) => holds)).toEqual([false, true, true, false]);
    expect(found.slice(1).map(({ next }) => next)).toEqual([
      '2024-03-08T10:00:00.000Z',
      '2024-03-08T10:00:00.000Z',
      null,
    ]);
  });

  test('is 24 hours a day, across any change of clocks', async () => {
    const [found] = await ask(
      count('order_placed', within({ days: 1 })),
      { ...ordered('2024-03-30T12:00:00.000Z'), zone: 'Europe/Paris' },
      '2024-03-31T11:59:59.999Z',
    );
    expect(found).toEqual({ holds: true, next: '2024-03-31T12:00:00.000Z' });
  });

  test('is as exact in minutes and hours, and spans a hundred years', async () => {
    const spans = [{ ms: 15 * 60_000 }, { ms: 36 * 3_600_000 }, { months: 12 }, { months: 1200 }, { days: 36_500 }];
    const found = await askAll(
      spans.map((one) => count('order_placed', within(one))),
      ordered('2024-02-29T10:00:00.000Z'),
      '2024-02-29T10:00:00.000Z',
    );
    expect(found.map(({ next }) => next)).toEqual([
      '2024-02-29T10:15:00.000Z',
      '2024-03-01T22:00:00.000Z',
      '2025-02-28T10:00:00.000Z',
      '2124-02-29T10:00:00.000Z',
      '2124-02-05T10:00:00.000Z',
    ]);
  });

  test('of a month ends once: an event of 28 February 06:00 is out from 28 March 06:00 on, for good', async () => {
    const month = count('order_placed', within({ months: 1 }));
    const found = await ask(
      month,
      ordered('2025-02-28T06:00:00.000Z'),
      '2025-03-28T05:59:59.999Z',
      '2025-03-28T06:00:00.000Z',
      '2025-03-29T03:00:00.000Z',
      '2025-03-30T00:00:00.000Z',
      '2025-03-31T05:59:59.999Z',
    );
    expect(found).toEqual([
      { holds: true, next: '2025-03-28T06:00:00.000Z' },
      ...Array.from({ length: 4 }, () => ({ holds: false, next: null })),
    ]);
  });

  test('of six months from 31 August 12:00 ends on 28 February 12:00, where its wake-up finds it ended', async () => {
    const found = await ask(
      count('order_placed', within({ months: 6 })),
      ordered('2024-08-31T12:00:00.000Z'),
      '2025-02-28T11:59:59.999Z',
      '2025-02-28T12:00:00.000Z',
      '2025-02-28T18:00:00.000Z',
      '2025-03-01T00:00:00.000Z',
    );
    expect(found).toEqual([
      { holds: true, next: '2025-02-28T12:00:00.000Z' },
      ...Array.from({ length: 3 }, () => ({ holds: false, next: null })),
    ]);
  });

  test('of a month takes 28, 29, 30 and 31 January to the last day of February, each at its hour', async () => {
    const days = ['2024-01-28', '2024-01-29', '2024-01-30', '2024-01-31'];
    const found = [];
    for (const day of days) {
      const at = `${day}T06:00:00.000Z`;
      found.push(...(await ask(count('order_placed', within({ months: 1 })), ordered(at), at)));
    }
    expect(found.map(({ next }) => next?.slice(0, 10))).toEqual([
      '2024-02-28',
      '2024-02-29',
      '2024-02-29',
      '2024-02-29',
    ]);
  });

  test('of a month wakes in time where the younger of two events leaves first', async () => {
    const two = count('order_placed', within({ months: 1 }), { op: 'gte', value: 2 });
    const found = await ask(
      two,
      ordered('2025-01-28T18:00:00.000Z', '2025-01-29T06:00:00.000Z'),
      '2025-02-01T00:00:00.000Z',
      '2025-02-28T06:00:00.000Z',
    );
    expect(found).toEqual([
      { holds: true, next: '2025-02-28T06:00:00.000Z' },
      { holds: false, next: null },
    ]);
  });

  test('of a month wakes a sum in time where the younger of two events leaves first', async () => {
    const sum: Condition = {
      kind: 'sum',
      events: { types: ['order_placed'], where: [], window: within({ months: 1 }) },
      unit: 'EUR',
      test: { op: 'gte', value: 900 },
    };
    const events = [
      eventAt('order_placed', '2025-01-28T18:00:00.000Z', 500, 'EUR'),
      eventAt('order_placed', '2025-01-29T06:00:00.000Z', 400, 'EUR'),
    ];
    const found = await ask(sum, { ...nobody, events }, '2025-02-01T00:00:00.000Z', '2025-02-28T06:00:00.000Z');
    expect(found).toEqual([
      { holds: true, next: '2025-02-28T06:00:00.000Z' },
      // What falls short of the bound only falls further while nothing counts below zero.
      { holds: false, next: null },
    ]);
  });

  test('counts events of one instant each for itself, and loses them together', async () => {
    const at = '2024-03-01T10:00:00.000Z';
    const bounds = [1, 2, 3, 4].map((value) => count('order_placed', within({ days: 7 }), { op: 'gte', value }));
    const found = await askAll(bounds, ordered(at, at, at), at);
    expect(found.map(({ holds }) => holds)).toEqual([true, true, true, false]);
    expect(found.map(({ next }) => next)).toEqual([...Array(3).fill('2024-03-08T10:00:00.000Z'), null]);
  });

  test('wakes an exact count when one too many leaves', async () => {
    const found = await ask(
      count('order_placed', within({ days: 7 }), { op: 'is', value: 1 }),
      ordered('2024-03-01T00:00:00.000Z', '2024-03-03T00:00:00.000Z'),
      '2024-03-04T00:00:00.000Z',
      '2024-03-08T00:00:00.000Z',
      '2024-03-10T00:00:00.000Z',
    );
    expect(found).toEqual([
      { holds: false, next: '2024-03-08T00:00:00.000Z' },
      { holds: true, next: '2024-03-10T00:00:00.000Z' },
      { holds: false, next: null },
    ]);
  });

  test('never changes a count of all time', async () => {
    const found = await askAll(
      [count('order_placed', ever), count('order_placed', ever, { op: 'lt', value: 2 })],
      ordered('2024-03-01T00:00:00.000Z'),
      '2024-03-01T00:00:00.000Z',
    );
    expect(found).toEqual([
      { holds: true, next: null },
      { holds: true, next: null },
    ]);
  });

  test('counts several types together, in the order in which they happened', async () => {
    const events = [
      eventAt('order_placed', '2024-03-01T00:00:00.000Z'),
      eventAt('viewed', '2024-03-02T00:00:00.000Z'),
      eventAt('order_placed', '2024-03-03T00:00:00.000Z'),
    ];
    const both = (value: number): Condition => ({
      kind: 'count',
      events: { types: ['order_placed', 'viewed'], where: [], window: within({ days: 7 }) },
      test: { op: 'gte', value },
    });
    const found = await askAll([both(2), both(3)], { ...nobody, events }, '2024-03-03T00:00:00.000Z');
    expect(found.map(({ next }) => next)).toEqual(['2024-03-09T00:00:00.000Z', '2024-03-08T00:00:00.000Z']);
  });
});

describe('the next change of a list', () => {
  const { ask, askAll } = asking();
  const approved = traitIs('kyc_status', 'text', { op: 'is', value: 'approved' });
  const threeOrders = count('order_placed', within({ days: 90 }), { op: 'gte', value: 3 });
  const orders = ['2024-03-01T00:00:00.000Z', '2024-03-02T00:00:00.000Z', '2024-03-03T00:00:00.000Z'];
  const t = '2024-03-04T00:00:00.000Z';

  const cases = [
    { name: 'who orders but isn’t approved', kyc: 'pending', orders, next: null },
    { name: 'who is approved and ordered too little', kyc: 'approved', orders: orders.slice(1), next: null },
    { name: 'a member', kyc: 'approved', orders, next: '2024-05-30T00:00:00.000Z' },
  ];
  for (const one of cases) {
    test(`of "approved and three orders in 90 days" is ${one.next ?? 'never'} for ${one.name}`, async () => {
      const person = { ...whoHas('kyc_status', one.kyc), events: ordered(...one.orders).events };
      const [found] = await ask({ kind: 'all', of: [approved, threeOrders] }, person, t);
      expect(found).toEqual({ holds: one.next !== null, next: one.next });
    });
  }

  test('that fails waits for the last of what fails, and one that holds for the first to fail', async () => {
    const recent = (days: number) => count('order_placed', within({ days }));
    const person = ordered('2024-03-03T00:00:00.000Z');
    const [one, two, five] = [recent(2), recent(3), recent(6)] as [Condition, Condition, Condition];
    const found = await askAll(
      [
        { kind: 'all', of: [one, two, five] },
        { kind: 'any', of: [one, two, five] },
        { kind: 'all', of: [not(one), not(two), five] },
        { kind: 'any', of: [not(one), not(two), not(five)] },
        { kind: 'all', of: [not(one), { kind: 'any', of: [not(two), not(five)] }] },
      ],
      person,
      t,
    );
    expect(found).toEqual([
      { holds: true, next: '2024-03-05T00:00:00.000Z' },
      { holds: true, next: '2024-03-09T00:00:00.000Z' },
      { holds: false, next: '2024-03-06T00:00:00.000Z' },
      { holds: false, next: '2024-03-05T00:00:00.000Z' },
      { holds: false, next: '2024-03-06T00:00:00.000Z' },
    ]);
  });

  test('of nothing is never: `all` of nothing holds, `any` of nothing doesn’t', async () => {
    const found = await askAll(
      [
        { kind: 'all', of: [] },
        { kind: 'any', of: [] },
      ],
      nobody,
      t,
    );
    expect(found).toEqual([
      { holds: true, next: null },
      { holds: false, next: null },
    ]);
  });
});
