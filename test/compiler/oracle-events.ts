/** Which of a person's events count at t, and what is asked of them, as the language means it. */
import type { Condition, EventSelection, Follow } from '../../engine/compiler/ir.ts';
import { type OracleEvent, type OraclePerson, type OracleReading, presentOf } from './oracle.ts';
import { addDuration, unitStart } from './oracle-clock.ts';
import { allPass, canonical, isBefore, isOfType, isSame, type Present } from './oracle-values.ts';

/** The person's events that count at t: in a window of length d while `at <= t < at + d`. In the order of their arrival. */
export function counted(events: EventSelection, person: OraclePerson, reading: OracleReading): readonly OracleEvent[] {
  const present = presentOf(person, reading);
  return person.events.filter((event) => {
    if (!events.types.includes(event.type) || event.at > reading.t) return false;
    if (!isInWindow(event.at, events, present, reading)) return false;
    if (events.until !== undefined && isBefore(event.at, events.until, present) !== true) return false;
    if (events.match !== undefined) {
      const own = reading.enrollment?.entry[events.match];
      if (!isSame(event.properties[events.match], own)) return false;
    }
    if (!allPass(events.where, event.properties, present)) return false;
    return events.followed === undefined || isFollowed(event, events.followed, person, present);
  });
}

function isInWindow(at: number, { window }: EventSelection, present: Present, reading: OracleReading): boolean {
  const { t, zone } = present;
  switch (window.kind) {
    case 'ever':
      return true;
    case 'in_last':
      return t < addDuration(at, window.duration);
    case 'calendar':
      return at >= unitStart(window.unit, t, zone, reading.weekStarts);
    case 'from':
      // Nothing has happened yet since a moment to come; and at the moment itself, it counts.
      return window.moment.kind !== 'ahead' && isBefore(at, window.moment, present) === false;
    case 'since':
      return at > anchorOf(window.anchor, reading);
  }
}

/** A step that was never done is an anchor that no event is after. */
function anchorOf(name: string, { enrollment }: OracleReading): number {
  if (enrollment === null) throw new Error('The condition is asked outside an enrollment.');
  if (name === 'entry') return enrollment.entered;
  return name === 'here' ? enrollment.stepSince : (enrollment.marks[name] ?? Number.POSITIVE_INFINITY);
}

/** What comes at the very end of `within` comes too late, as with every window: then it's certain that nothing followed. */
function isFollowed(event: OracleEvent, follow: Follow, person: OraclePerson, present: Present): boolean {
  const end = follow.within === null ? null : addDuration(event.at, follow.within);
  const comes = person.events.some(
    (later) =>
      follow.types.includes(later.type) &&
      later.at > event.at &&
      later.at <= present.t &&
      (end === null || later.at < end) &&
      (follow.match === null || isSame(event.properties[follow.match], later.properties[follow.match])) &&
      allPass(follow.where, later.properties, present),
  );
  if (!follow.not) return comes;
  return !comes && (end === null || present.t >= end);
}

export function total(events: readonly OracleEvent[], unit: string | null): number {
  return events.reduce((sum, event) => (event.unit === unit ? sum + (event.value ?? 0) : sum), 0);
}

type Aggregate = Extract<Condition, { readonly kind: 'aggregate' }>;

/** The average, least or greatest of a property, or how many values it has; null where no event has it. */
export function measured({ fn, of, type, unit }: Aggregate, events: readonly OracleEvent[]): number | null {
  const values = events.map(({ properties }) => properties[of]).filter((value) => isOfType(type, value));
  if (fn === 'distinct') return new Set(values.map(canonical)).size;
  const numbers = values.flatMap((value) => {
    if (typeof value === 'number') return [value];
    const { amount, currency } = value as { readonly amount: number; readonly currency: string };
    return currency === unit ? [amount] : [];
  });
  if (numbers.length === 0) return null;
  if (fn === 'avg') return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  return fn === 'min' ? Math.min(...numbers) : Math.max(...numbers);
}

/** Of one instant, what arrived first is first, and what arrived later is last. */
export function edgeOf(edge: 'first' | 'last', events: readonly OracleEvent[]): OracleEvent | undefined {
  return events.reduce<OracleEvent | undefined>((best, one) => {
    if (best === undefined) return one;
    return (edge === 'first' ? one.at < best.at : one.at >= best.at) ? one : best;
  }, undefined);
}
