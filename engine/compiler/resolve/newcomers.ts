/**
 * Segments and mutes that newcomers are in by absence: "no order in six months" is also true of who joined yesterday (LANGUAGE b15). A
 * condition on when the person came, or on something that he did, says that it is meant of others.
 */
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
  return never !== undefined && child(place, 'in_last') !== undefined ? [never] : [];
}

/** Heads that are only true of somebody with a past. */
const heads: ReadonlySet<string> = new Set([
  ...['event', 'last', 'first', 'segment', 'entity', 'message', 'journey', 'points', 'tier', 'persona'],
]);

function bounds(place: Place): boolean {
  const list = Array.isArray(place.value) ? place : child(place, 'all');
  if (list !== undefined) return items(list).some(bounds);
  const any = child(place, 'any');
  if (any !== undefined) return items(any).every(bounds);
  const trait = child(place, 'trait');
  if (trait !== undefined) {
    const type = place.at.names.traits.get(textOf(trait))?.type;
    return type === 'date' || type === 'datetime';
  }
  if (child(place, 'consent') !== undefined) return child(place, 'given') !== undefined;
  return entries(place).some(([key]) => heads.has(key));
}
