/** From when and until when points can be spent, as a programme or a rule says it, in canonical form. The instants are made by `loyalty/terms.ts`. */
import { parseDay } from '../instants.ts';
import type { CalendarEdge, Duration, Expiry, LastDay, Usable } from '../ir.ts';
import type { NamedEvent } from './events.ts';
import { propertyType, readEventTypes, typeNames } from './events.ts';
import { child, demand, fault, type Place, rangeOf, textAt, textOf } from './place.ts';
import { durationAt, readDuration } from './values.ts';

/** `usable_after`, `usable_at` and `usable_when` of a map; undefined where none is said. `events`: what the rule rewards. */
export function readUsable(place: Place, events: readonly NamedEvent[]): Usable | undefined {
  const after = child(place, 'usable_after');
  const at = textAt(place, 'usable_at') as CalendarEdge | undefined;
  const when = child(place, 'usable_when');
  if (after === undefined && at === undefined && when === undefined) return undefined;
  const waits = after === undefined ? null : readWaiting(after);
  return {
    ...(waits !== null && { after: waits }),
    ...(at !== undefined && { at }),
    ...(when !== undefined && { when: readUsableWhen(when, events) }),
  };
}

/** Nothing of any unit is "at once". */
export function readWaiting(after: Place): Duration | null {
  return /^0+[a-z]/.test(textOf(after)) ? null : readDuration(after);
}

function readUsableWhen(place: Place, rewarded: readonly NamedEvent[]): NonNullable<Usable['when']> {
  const events = readEventTypes(demand(place, 'event'));
  const match = demand(place, 'match');
  if (rewarded.length > 0 && events.length > 0) propertyType(match, textOf(match), [...rewarded, ...events]);
  return { types: typeNames(events), match: textOf(match), atLatest: durationAt(place, 'at_latest') };
}

/** `after`, `at` and `last_day` of an `expire`; undefined where none is said. */
export function readExpiry(expire: Place): Expiry | undefined {
  const after = durationAt(expire, 'after');
  const at = textAt(expire, 'at') as Expiry['at'];
  const last = child(expire, 'last_day');
  const unused = child(expire, 'unused_for');
  const other = child(expire, 'after') ?? child(expire, 'at') ?? last;
  if (unused !== undefined && other !== undefined) {
    const related = [{ message: 'the other end', range: rangeOf(unused, 'key') }];
    const detail =
      'Points that live as long as something happens have no day on which they are lost, and this gives them one: one of the two would never hold. Keep `unused_for`, or the other.';
    fault(other, 'CMP334', detail, { on: 'key', related });
  }
  if (at !== undefined && last !== undefined) {
    const related = [{ message: 'the other end', range: rangeOf(last, 'key') }];
    const detail = 'There are two days on which points are lost, and one counts. Keep `at` or `last_day`.';
    fault(demand(expire, 'at'), 'CMP334', detail, { on: 'key', related });
  }
  if (after === null && at === undefined && last === undefined) return undefined;
  return {
    ...(after !== null && { after }),
    ...(at !== undefined && { at }),
    ...(last !== undefined && { lastDay: readLastDay(last) }),
  };
}

/** `2026-12-31`, or `12-31` of each year. */
function readLastDay(place: Place): LastDay {
  const text = textOf(place);
  if (!/^\d{4}-/.test(text)) return readMonthDay(place);
  const day = parseDay(text);
  if (day === null) sayNoDay(place);
  return { day: day ?? 0 };
}

/** `12-31`; 29 February is the last of February in other years. */
export function readMonthDay(place: Place): { readonly month: number; readonly dayOfMonth: number } {
  const [month = 0, dayOfMonth = 0] = textOf(place).split('-').map(Number);
  if (parseDay(`2028-${textOf(place)}`) === null) sayNoDay(place);
  return { month, dayOfMonth };
}

function sayNoDay(place: Place): void {
  const detail = `\`${textOf(place)}\` is no day of the calendar, so it would never come. Write a day such as \`12-31\`.`;
  fault(place, 'CMP335', detail);
}
