/** How much a lane transaction takes: how the budget finds lanes' depth and keeps to its time. */
import { describe, expect, it } from 'vitest';
import { type Budget, boundOf, createBudget, fullLanes } from '../../engine/activation/lanes/budget.ts';

const nothingWaits = { rows: 0, lanes: 0 };

/** Transactions over lanes of which each holds as much by time, in `usPerUnit` microseconds a unit, until all are worked off. */
function workOff(budget: Budget, { lanes, each, usPerUnit }: Record<'lanes' | 'each' | 'usPerUnit', number>) {
  const held = Array.from({ length: lanes }, () => each);
  const taken: { lanes: number; units: number }[] = [];
  while (held.some((left) => left > 0)) {
    const due = held.flatMap((left, lane) => (left > 0 ? [lane] : []));
    const claimed = due.slice(0, budget.lanes(nothingWaits));
    const perLane = Math.max(1, Math.floor(budget.units / claimed.length));
    const units = claimed.reduce((sum, lane) => sum + Math.min(held[lane] as number, perLane), 0);
    const isFull = claimed.some((lane) => (held[lane] as number) >= perLane);
    for (const lane of claimed) held[lane] = Math.max(0, (held[lane] as number) - perLane);
    taken.push({ lanes: claimed.length, units });
    const isMore = claimed.length < due.length;
    budget.spent({
      tookMs: (units * usPerUnit) / 1000,
      boundMs: 500,
      lanes: claimed.length,
      units,
      perLane,
      isFull,
      isMore,
    });
  }
  return taken;
}

describe('the budget of a lane transaction', () => {
  it.each([1, 2, 3, 4, 8])(
    'takes lanes whole once it has found how much time alone has made due in them, as one of %i',
    (sharers) => {
      for (const each of [10, 30, 50, 98, 200]) {
        const taken = workOff(
          createBudget(false, () => sharers),
          { lanes: 1024, each, usPerUnit: 20 },
        );
        const visits = taken.reduce((sum, one) => sum + one.lanes, 0);
        // Each lane once, but for those in which its depth was found; one unit at a time would be 51,200 visits of 50 each.
        expect(visits).toBeLessThan(2 * 1024);
      }
    },
  );

  it('takes less the more workers there are: all of it lies in memory', () => {
    const most = (sharers: number) => {
      const budget = createBudget(false, () => sharers);
      workOff(budget, { lanes: 1024, each: 50, usPerUnit: 20 });
      return budget.units;
    };
    expect(most(2)).toBeLessThan(most(1));
    expect(4 * most(4)).toBe(2 * most(2));
    expect(most(64)).toBe(most(8));
  });

  it('spreads over many lanes again when few units are due in each', () => {
    const budget = createBudget();
    workOff(budget, { lanes: 200, each: 300, usPerUnit: 20 });
    const taken = workOff(budget, { lanes: 300, each: 1, usPerUnit: 20 });
    expect(taken.length).toBeLessThan(20);
    expect(budget.lanes(nothingWaits)).toBeGreaterThan(100);
  });

  it('goes by what waits in lanes that nobody has looked into', () => {
    const budget = createBudget();
    expect(budget.lanes({ rows: 4_000, lanes: 40 })).toBe(Math.ceil(budget.units / 100));
    expect(budget.lanes({ rows: 40, lanes: 40 })).toBe(budget.units);
  });

  it('shrinks when transactions take too long, and never below one unit', () => {
    const budget = createBudget();
    const slow = { tookMs: 600, boundMs: 500, lanes: 1, units: 1, perLane: 1, isFull: true, isMore: true };
    for (let i = 0; i < 20; i += 1) budget.spent(slow);
    expect(budget.units).toBe(16);
    expect(budget.isSearching).toBe(false);
    for (let i = 0; i < 20; i += 1) budget.halve();
    expect(budget.units).toBe(1);
    expect(budget.isSearching).toBe(true);
    budget.restart();
    expect(budget.units).toBe(16);
  });
});

describe('the bound of a lane transaction', () => {
  const now = new Date('2026-06-15T09:00:10Z');
  const lane = (wake_at: Date | null) => ({ lane: 1, revision: 1, last_t: null, wake_at });

  it('is short while what is due has just become so, and long when facts or timers are late', () => {
    const fresh = new Date('2026-06-15T09:00:09.500Z');
    const late = new Date('2026-06-15T09:00:00Z');
    expect(boundOf([lane(null), lane(fresh)], [{ visible_at: fresh }], now)).toBe(50);
    expect(boundOf([lane(late)], [], now)).toBe(500);
    expect(boundOf([lane(null)], [{ visible_at: late }], now)).toBe(500);
  });
});

it('a lane is full when as much of one kind was taken of it as may be', () => {
  const rows = [{ lane: 1 }, { lane: 1 }, { lane: 2 }];
  expect(fullLanes([rows, [{ lane: 2 }]], 2)).toEqual(new Set([1]));
  expect(fullLanes([rows], 3)).toEqual(new Set());
});
