/**
 * Segments and mutes that newcomers are in by absence: "no order in six months" is also true of who joined yesterday (LANGUAGE b15). A
 * condition on when the person came, or on something that he did, says that it is meant of others.
 */
import { parseDuration } from '../durations.ts';
import { child, entries, fault, items, type Place, textOf } from './place.ts';

/** Warns of each `never … in_last` that nothing beside it bounds. */
export function warnNewcomers(where: Place): void {
  for (const never of unbounded(where)) {
    const detail =
      'Nothing happened in this time to who joined yesterday, either, so every newcomer is in it. Add when the person came, such as `{ trait: first_seen_at, before: 6mo ago }`, or something that he did.';
    fault(never, 'CMP112', detail, { on: 'key' });
  }
}

function unbounded(place: Place): readonly Place[] {
  const list = Array.isArray(place.value) ? place : child(place, 'all');
  if (list !== undefined) {
    const parts = items(list);
    return parts.some(bounds) ? [] : parts.flatMap(unbounded);
  }
  const any = child(place, 'any');
  if (any !== undefined) return items(any).flatMap(unbounded);
  const never = child(place, 'never');
  return never !== undefined && isLong(child(place, 'in_last')) ? [never] : [];
}

/** Over a day or two the newcomers are few, and such a segment waits for what they just began. */
const shortDays = 7;

function isLong(window: Place | undefined): boolean {
  const duration = window === undefined ? null : parseDuration(textOf(window));
  return duration !== null && (duration.months > 0 || duration.days >= shortDays);
}

/** Heads that are only true of somebody with a past. */
const heads: ReadonlySet<string> = new Set([
  ...[
    'event',
    'last',
    'first',
    'segment',
    'entity',
    'message',
    'journey',
    'points',
    'tier',
    'reward',
    'challenge',
    'persona',
  ],
]);

function bounds(place: Place): boolean {
  const list = Array.isArray(place.value) ? place : child(place, 'all');
  if (list !== undefined) return items(list).some(bounds);
  const any = child(place, 'any');
  if (any !== undefined) return items(any).every(bounds);
  const trait = child(place, 'trait');
  if (trait !== undefined) {
    const known = place.at.names.traits.get(textOf(trait));
    // A count, a sum or a score that must reach something is of somebody who did something.
    if (known?.origin === 'computed' && ['gt', 'gte', 'between'].some((op) => child(place, op) !== undefined))
      return true;
    return known?.type === 'date' || known?.type === 'datetime';
  }
  if (child(place, 'consent') !== undefined) return child(place, 'given') !== undefined;
  return entries(place).some(([key]) => heads.has(key));
}
