/**
 * Days of the week and hours of a day, as contact hours, desks and quiet hours say them, in canonical form. What they leave open
 * together is in `check-hours.ts`.
 */
import { asSet } from '../canonical.ts';
import type { ContactHours, Weekday } from '../ir.ts';
import { readChannels } from './coverage.ts';
import { child, demand, fault, items, type Place, textOf } from './place.ts';

/** From Monday on. */
export const weekdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** The days that `mon`, `mon-fri` or `sat-mon` name, in the order of the week. */
export function expandDays(texts: readonly string[]): readonly Weekday[] {
  const named = new Set(texts.flatMap(daysOf));
  return weekdays.filter((day) => named.has(day));
}

function daysOf(text: string): readonly Weekday[] {
  const [first, last = first] = text.split('-').map((day) => weekdays.indexOf(day as Weekday));
  if (first === undefined || last === undefined || first < 0 || last < 0) return [];
  const length = ((last - first + 7) % 7) + 1;
  return Array.from({ length }, (_, index) => weekdays[(first + index) % 7] as Weekday);
}

/** Lines of `contact_hours`, as a set. A desk's name no channels: they are its own. */
export function readContactHours(place: Place | undefined): readonly ContactHours[] {
  return asSet(items(place).map(readLine));
}

function readLine(place: Place): ContactHours {
  const days = child(place, 'days');
  const hours = { from: textOf(demand(place, 'from')), to: textOf(demand(place, 'to')) };
  // Midnight to midnight is the whole day: there is no `24:00`.
  if (hours.from === hours.to && hours.from !== '00:00') sayEmpty(place, 'Contact hours');
  return {
    channels: readChannels(place),
    days: days === undefined ? weekdays : expandDays(items(days).map(textOf)),
    ...hours,
    holidays: child(place, 'holidays')?.value !== false,
  };
}

/** Says that hours end when they begin. */
export function sayEmpty(place: Place, what: string): void {
  const remedy = what === 'Quiet hours' ? 'use a mute' : 'write `"00:00"` twice for the whole day';
  const detail = `${what} from a time to the same time are either none or the whole day. Write different times, or ${remedy}.`;
  fault(demand(place, 'to'), 'CMP081', detail);
}
