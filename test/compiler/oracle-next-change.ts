/**
 * When a condition changes with no new fact, by trying every instant at which anything could, and what DESIGN's rule for lists
 * makes of the exact instants of the leaves. For worlds whose facts all lie at or before t.
 */
import type { Condition, CountTest } from '../../engine/compiler/ir.ts';
import { leavesOf } from '../../engine/compiler/reading.ts';
import { addDuration, holds, liveReading, type OraclePerson } from './oracle.ts';
import { midnightOf } from './oracle-midnight.ts';

const never = Number.POSITIVE_INFINITY;

/** The first instant after t at which the truth differs, or infinity. */
export function nextFlip(condition: Condition, person: OraclePerson, t: number, zone: string): number {
  const now = holds(condition, person, liveReading(t, zone));
  const instants = [...new Set(criticalInstants(condition, person, zone))].filter((at) => at > t).sort((a, b) => a - b);
  return instants.find((at) => holds(condition, person, liveReading(at, zone)) !== now) ?? never;
}

/** Every instant at which time could turn a leaf: events that leave windows, moments of dates. */
export function criticalInstants(condition: Condition, person: OraclePerson, zone: string): readonly number[] {
  return leavesOf(condition).flatMap((leaf) => {
    if (leaf.kind === 'count' || leaf.kind === 'sum') {
      const { types, window } = leaf.events;
      if (window.kind !== 'in_last') return [];
      const counted = person.events.filter((event) => types.includes(event.type));
      return counted.map((event) => addDuration(event.at, window.duration));
    }
    if (leaf.kind !== 'trait') return [];
    const { test, trait, type } = leaf;
    const duration =
      'duration' in test ? test.duration : 'moment' in test && 'duration' in test.moment ? test.moment.duration : null;
    if (duration === null) return [];
    const stored = liveReading(0, zone).trait(person, trait);
    if (typeof stored !== 'number' || Math.abs(stored) > 1e15) return [];
    const at = type === 'date' ? midnightOf(stored, person.zone ?? zone) : stored;
    return [at, addDuration(at, duration), addDuration(at, duration, -1)];
  });
}

/**
 * DESIGN, section 5. `all`: true, the least over the children; false, the greatest over the false children. `any`: the dual.
 * `not`: its child's. Leaves exactly; a count within bounds is an `all` of at least and not at least.
 */
export function nextByRule(condition: Condition, person: OraclePerson, t: number, zone: string): number {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const isAll = condition.kind === 'all';
      const truth = (child: Condition) => holds(child, person, liveReading(t, zone));
      const next = (child: Condition) => nextByRule(child, person, t, zone);
      if (truth(condition) === isAll) return Math.min(never, ...condition.of.map(next));
      return Math.max(...condition.of.filter((child) => truth(child) !== isAll).map(next), -never);
    }
    case 'not':
      return nextByRule(condition.of, person, t, zone);
    case 'count': {
      const bounds = boundsOf(condition.test);
      if (bounds === null) return nextFlip(condition, person, t, zone);
      const low: Condition = { ...condition, test: { op: 'gte', value: bounds[0] } };
      const over: Condition = { ...condition, test: { op: 'gte', value: bounds[1] + 1 } };
      return nextByRule({ kind: 'all', of: [low, { kind: 'not', of: over }] }, person, t, zone);
    }
    default:
      return nextFlip(condition, person, t, zone);
  }
}

function boundsOf(test: CountTest): readonly [number, number] | null {
  if (test.op === 'is') return [test.value, test.value];
  return test.op === 'between' ? [test.low, test.high] : null;
}

/** Whether a sum's window moves: its wake-ups may come early, at each event that leaves. */
export function readsSumInWindow(condition: Condition): boolean {
  return leavesOf(condition).some((leaf) => leaf.kind === 'sum' && leaf.events.window.kind === 'in_last');
}

/** Whether events are counted in months, where the older of two events may leave after the younger. */
export function countsInMonths(condition: Condition): boolean {
  return leavesOf(condition).some(
    (leaf) => leaf.kind === 'count' && leaf.events.window.kind === 'in_last' && leaf.events.window.duration.months > 0,
  );
}
