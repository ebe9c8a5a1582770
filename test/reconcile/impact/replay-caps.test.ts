/** Candidates decided once more under other caps: what stands, what stops, what gets room. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CapRule } from '../../../engine/activation/messages/rules.ts';
import type { Cap } from '../../../engine/compiler/ir.ts';
import { replayCaps, type Wanted } from '../../../engine/reconcile/impact/replay-caps.ts';
import { days } from '../bundle-of.ts';

const hourMs = 3_600_000;
const start = Date.UTC(2026, 2, 2);
const everything = { channels: null, journeys: null, notJourneys: [], objectives: null };

function rule(max: number, window: Cap['window'] = { kind: 'rolling', duration: days(7) }): CapRule {
  return {
    ...{ name: 'house/cap', about: null, whenCapped: 'drop' },
    cap: { id: 'cap', max, window, covers: everything },
  } as CapRule;
}

function wanted(hour: number, hasLeft: boolean, more: Partial<Wanted> = {}): Wanted {
  const at = new Date(start + hour * hourMs);
  return { journey: 'hello', objective: 'engagement', channel: 'mail', at, hasLeft, isHistory: false, ...more };
}

function changes(candidates: readonly Wanted[], before: readonly CapRule[], after: readonly CapRule[]) {
  const how = { before, after, isAbout: () => true, zone: 'UTC', weekStarts: 'mon' as const };
  return replayCaps(candidates, how).map(({ change }) => change);
}

describe('a replay', () => {
  it('stops what a lower cap has no room for, and lets what it stopped make room for others', () => {
    const sent = [0, 1, 2].map((hour) => wanted(hour, true));
    expect(changes(sent, [rule(3)], [rule(1)])).toEqual(['none', 'stopped', 'stopped']);
  });

  it('frees what a cap stopped and a higher one has room for', () => {
    expect(changes([wanted(0, true), wanted(1, false)], [rule(1)], [rule(2)])).toEqual(['none', 'freed']);
  });

  it('counts what left before the time that is looked at, and decides nothing of it', () => {
    const history = wanted(-5, true, { isHistory: true });
    expect(changes([history, wanted(0, true)], [rule(2)], [rule(1)])).toEqual(['stopped']);
  });

  it('leaves alone what other things than caps decided', () => {
    expect(changes([wanted(0, false)], [rule(5)], [rule(9)])).toEqual(['none']);
  });

  it('counts by the local calendar', () => {
    const daily = rule(1, { kind: 'calendar', unit: 'day' });
    expect(changes([wanted(23, true), wanted(25, true)], [rule(9)], [daily])).toEqual(['none', 'none']);
    expect(changes([wanted(1, true), wanted(2, true)], [rule(9)], [daily])).toEqual(['none', 'stopped']);
  });

  const history = fc.array(fc.record({ hour: fc.integer({ min: 0, max: 600 }), hasLeft: fc.boolean() }), {
    maxLength: 30,
  });

  it('under the same caps changes nothing; stricter ones never free, looser ones never stop', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), (rows, max, more) => {
        const candidates = [...rows].sort((a, b) => a.hour - b.hour).map((row) => wanted(row.hour, row.hasLeft));
        expect(new Set(changes(candidates, [rule(max)], [rule(max)]))).not.toContain('stopped');
        expect(changes(candidates, [rule(max + more)], [rule(max)])).not.toContain('freed');
        expect(changes(candidates, [rule(max)], [rule(max + more)])).not.toContain('stopped');
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});
