/**
 * Every instant at which time alone could turn a condition, gathered without thought: all that the condition's leaves read, moved
 * by all of their durations; the starts of days and calendar units; anniversaries. For conditions of any form.
 */
import type { Condition, Duration, Feb29 } from '../../engine/compiler/ir.ts';
import { leavesOf } from '../../engine/compiler/reading.ts';
import { holds, type OraclePerson, type OracleReading } from './oracle.ts';
import { addDuration, dayMs, localDay, unitStart } from './oracle-clock.ts';
import { midnightOf } from './oracle-midnight.ts';
import { anniversaries, isObject } from './oracle-values.ts';

const never = Number.POSITIVE_INFINITY;
const units = ['day', 'week', 'month', 'quarter', 'year'] as const;

/** The first instant after t at which the truth differs, or infinity. For worlds whose facts all lie at or before t. */
export function nextTurn(condition: Condition, person: OraclePerson, reading: OracleReading): number {
  const { t } = reading;
  const now = holds(condition, person, reading);
  const instants = [...new Set(turningInstants(condition, person, reading))]
    .filter((at) => at > t)
    .sort((a, b) => a - b);
  return instants.find((at) => holds(condition, person, at === t ? reading : atTime(reading, at)) !== now) ?? never;
}

/** The same reading at another time. */
export function atTime(reading: OracleReading, t: number): OracleReading {
  return { ...reading, t };
}

export function turningInstants(condition: Condition, person: OraclePerson, reading: OracleReading): readonly number[] {
  const zone = person.zone ?? reading.defaultZone;
  return leavesOf(condition).flatMap((leaf) => {
    const text = JSON.stringify(leaf);
    const read = JSON.stringify(whatIsRead(leaf, text, person, reading)) ?? '';
    const numbers = (read.match(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi) ?? []).map(Number);
    const bases = [...new Set(numbers)].flatMap((one) => {
      if (Number.isInteger(one) && one >= -25_567 && one < 30_000) return [midnightOf(one, zone)];
      return Math.abs(one) < 1e13 && Math.abs(one) > 1e9 ? [one] : [];
    });
    const durations = durationsIn(leaf);
    const found = bases.flatMap((at) => [
      at,
      ...durations.flatMap((d) => [addDuration(at, d), addDuration(at, d, -1)]),
    ]);
    if (text.includes('"today"')) found.push(...bases.map((at) => midnightOf(localDay(at, zone) + 1, zone)));
    if (text.includes('"calendar"') || text.includes('"today"')) {
      found.push(...units.map((unit) => unitStart(unit, reading.t, zone, reading.weekStarts, 1)));
    }
    if (text.includes('anniversary')) found.push(...rounds(text, bases, durations, { zone, t: reading.t }));
    return found;
  });
}

function rounds(
  text: string,
  bases: readonly number[],
  durations: readonly Duration[],
  { zone, t }: { readonly zone: string; readonly t: number },
): readonly number[] {
  const policies = (['feb-28', 'mar-01', 'skip'] as const).filter((one: Feb29) => text.includes(one));
  return bases
    .filter((at) => Math.abs(at) < 300 * 365 * dayMs)
    .flatMap((at) => policies.flatMap((one) => anniversaries(localDay(at, zone), one, t, zone)))
    .flatMap((at) => [at, ...durations.flatMap((d) => [addDuration(at, d), addDuration(at, d, -1)])]);
}

/** The parts of a person that a leaf may read. */
function whatIsRead(leaf: Condition, text: string, person: OraclePerson, reading: OracleReading): unknown {
  switch (leaf.kind) {
    case 'trait':
      return reading.trait(person, leaf.trait);
    case 'count':
    case 'sum':
    case 'aggregate':
    case 'first':
    case 'last':
      return person.events
        .filter(({ type }) => text.includes(`"${type}"`))
        .map(({ at, properties }) => [
          at,
          Object.entries(properties).flatMap(([name, value]) => (text.includes(`"${name}"`) ? [value] : [])),
        ]);
    case 'entity':
    case 'entity_field':
      return person.rows?.filter(({ entity }) => entity === leaf.entity).map((row) => row.fields);
    case 'segment':
      return person.since ?? {};
    case 'consent':
      return person.consents;
    case 'messages':
      return person.messages;
    case 'journey':
      return person.enrollments?.map(({ entered, exited }) => [entered, exited]);
    case 'field':
      return reading.enrollment?.entry[leaf.property];
    default:
      return null;
  }
}

function durationsIn(value: unknown): readonly Duration[] {
  const found = new Map<string, Duration>();
  const walk = (one: unknown): void => {
    if (Array.isArray(one)) for (const item of one) walk(item);
    else if (isObject(one)) {
      if ('months' in one && 'ms' in one) found.set(JSON.stringify(one), one as unknown as Duration);
      else for (const inner of Object.values(one)) walk(inner);
    }
  };
  walk(value);
  return [...found.values()];
}
