/** Dates and date-times against the present: a date begins at midnight of the person's zone, or of the workspace's. */
import { describe, expect, test } from 'vitest';
import type { Duration, ValueTest } from '../../engine/compiler/ir.ts';
import { asking, span, traitIs, whoHas } from './oracle-question.ts';

const dayOf = (text: string) => Date.parse(text) / 86_400_000;

/** Midnights of the day in each zone; without one the workspace's (Lagos) counts. */
const midnights = [
  { zone: 'America/Argentina/Buenos_Aires', day: '2024-03-10', at: '2024-03-10T03:00:00.000Z' },
  { zone: 'Pacific/Auckland', day: '2024-03-10', at: '2024-03-09T11:00:00.000Z' },
  // After the change of clocks on 7 April.
  { zone: 'Pacific/Auckland', day: '2024-04-08', at: '2024-04-07T12:00:00.000Z' },
  { zone: null, day: '2024-03-10', at: '2024-03-09T23:00:00.000Z' },
  // Midnight is skipped: the day begins at one.
  { zone: 'America/Havana', day: '2024-03-10', at: '2024-03-10T05:00:00.000Z' },
];

function relative(op: 'before' | 'after', kind: 'ago' | 'ahead', duration: Partial<Duration>): ValueTest {
  return { op, moment: { kind, duration: span(duration) } };
}

function around(op: 'in_last' | 'in_next', duration: Partial<Duration>): ValueTest {
  return { op, duration: span(duration) };
}

const shifted = (iso: string, ms: number) => new Date(Date.parse(iso) + ms).toISOString();
const dayMs = 86_400_000;

describe('a date', () => {
  const { ask } = asking();

  for (const { zone, day, at } of midnights) {
    test(`${day} in ${zone ?? 'no zone'} begins at ${at}`, async () => {
      const person = whoHas('renewal_on', dayOf(day), zone);
      const turns = async (test: ValueTest, edge: string) => {
        const condition = traitIs('renewal_on', 'date', test);
        const [before, after] = await ask(condition, person, shifted(edge, -1), edge);
        expect(before?.next).toBe(edge);
        return [before?.holds, after?.holds];
      };
      expect(await turns(relative('before', 'ago', { days: 7 }), shifted(at, 7 * dayMs))).toEqual([false, true]);
      expect(await turns(relative('after', 'ago', { days: 7 }), shifted(at, 7 * dayMs))).toEqual([true, false]);
      expect(await turns(relative('before', 'ahead', { days: 3 }), shifted(at, -3 * dayMs))).toEqual([false, true]);
      expect(await turns(around('in_last', { days: 7 }), at)).toEqual([false, true]);
      expect(await turns(around('in_last', { days: 7 }), shifted(at, 7 * dayMs))).toEqual([true, false]);
      expect(await turns(around('in_next', { days: 7 }), shifted(at, -7 * dayMs))).toEqual([false, true]);
      expect(await turns(around('in_next', { days: 7 }), at)).toEqual([true, false]);
    });
  }

  test('is compared with a constant date by the day, whatever the zone', async () => {
    const condition = traitIs('renewal_on', 'date', { op: 'lt', value: dayOf('2024-03-10') });
    for (const zone of ['America/Argentina/Buenos_Aires', 'Pacific/Auckland']) {
      const [found] = await ask(condition, whoHas('renewal_on', dayOf('2024-03-09'), zone), '2024-03-10T00:00:00Z');
      expect(found).toEqual({ holds: true, next: null });
    }
  });
});

describe('a date-time', () => {
  const { ask } = asking();
  const at = '2024-01-31T10:00:00.000Z';
  const person = whoHas('registered_at', Date.parse(at), 'Pacific/Auckland');

  test('is an instant in every zone', async () => {
    const [before, after] = await ask(
      traitIs('registered_at', 'datetime', relative('before', 'ago', { days: 7 })),
      person,
      '2024-02-07T09:59:59.999Z',
      '2024-02-07T10:00:00.000Z',
    );
    expect([before, after]).toEqual([
      { holds: false, next: '2024-02-07T10:00:00.000Z' },
      { holds: true, next: null },
    ]);
  });

  test('a month ago on 31 January is 29 February, and in a month it turns on 31 December', async () => {
    const [ago] = await ask(
      traitIs('registered_at', 'datetime', relative('before', 'ago', { months: 1 })),
      person,
      '2024-02-29T09:59:59.999Z',
    );
    expect(ago).toEqual({ holds: false, next: '2024-02-29T10:00:00.000Z' });
    const [ahead] = await ask(
      traitIs('registered_at', 'datetime', around('in_next', { months: 1 })),
      person,
      '2023-12-01T00:00:00.000Z',
    );
    expect(ahead).toEqual({ holds: false, next: '2023-12-31T10:00:00.000Z' });
  });

  test('is before an instant strictly, and after it from that instant on', async () => {
    const moment = { kind: 'instant', at: Date.parse(at) } as const;
    for (const [op, expected] of [
      ['before', false],
      ['after', true],
    ] as const) {
      const [found] = await ask(traitIs('registered_at', 'datetime', { op, moment }), person, at);
      expect(found).toEqual({ holds: expected, next: null });
    }
  });
});
