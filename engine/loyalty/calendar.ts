/** Units of a programme's calendar, in the zone of the workspace: where they begin and end. Instants in milliseconds. */
import { dayOfInstant, instantOfLocal } from '../compiler/instants.ts';

export type Unit = 'day' | 'week' | 'month' | 'quarter' | 'year';

const dayMs = 86_400_000;
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** The beginning of the unit that an instant lies in. */
export function startOf(unit: Unit, at: number, zone: string, weekStarts = 'mon'): number {
  return instantOfLocal(localStart(unit, dayOfInstant(at, zone), weekStarts), zone);
}

/** Its end: the beginning of the next one. */
export function endOf(unit: Unit, at: number, zone: string, weekStarts = 'mon'): number {
  const start = new Date(localStart(unit, dayOfInstant(at, zone), weekStarts));
  const [year, month, day] = [start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate()];
  const months = { day: 0, week: 0, month: 1, quarter: 3, year: 12 }[unit];
  const days = { day: 1, week: 7, month: 0, quarter: 0, year: 0 }[unit];
  return instantOfLocal(Date.UTC(year, month + months, day + days), zone);
}

/** The beginning of a day, told by its number since 1970-01-01. */
export function startOfDay(day: number, zone: string): number {
  return instantOfLocal(day * dayMs, zone);
}

/** The beginning of the first such day of a year that is at an instant or after it. A day that the year lacks is the last of its month. */
export function nextYearly(
  { month, dayOfMonth }: { readonly month: number; readonly dayOfMonth: number },
  at: number,
  zone: string,
): number {
  const year = new Date(dayOfInstant(at, zone) * dayMs).getUTCFullYear();
  const begins = (of: number) => {
    const last = new Date(Date.UTC(of, month, 0)).getUTCDate();
    return instantOfLocal(Date.UTC(of, month - 1, Math.min(dayOfMonth, last)), zone);
  };
  const here = begins(year);
  return here >= at ? here : begins(year + 1);
}

/** The day of the week that an instant lies in, as `mon`. */
export function weekdayOf(at: number, zone: string): string {
  return weekdays[(dayOfInstant(at, zone) + 3) % 7] as string;
}

function localStart(unit: Unit, day: number, weekStarts: string): number {
  const date = new Date(day * dayMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  switch (unit) {
    case 'day':
      return day * dayMs;
    case 'week':
      return (day - ((((day + 3 - weekdays.indexOf(weekStarts)) % 7) + 7) % 7)) * dayMs;
    case 'month':
      return Date.UTC(year, month);
    case 'quarter':
      return Date.UTC(year, month - (month % 3));
    case 'year':
      return Date.UTC(year, 0);
  }
}
