/** A week as minutes, from Monday's midnight on, in the zone of whom it is about: windows of hours and days as sets of minutes. */
import type { Weekday } from '../ir.ts';

export const weekdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const dayMinutes = 24 * 60;
export const weekMinutes = 7 * dayMinutes;

/** One flag a minute. */
export type Week = Uint8Array;

/** The minutes between the times on the days when the window begins there; past midnight where the second time isn't later. */
export function weekOf(between: readonly [string, string] | null, days: readonly Weekday[] | null): Week {
  const week = new Uint8Array(weekMinutes);
  const from = between === null ? 0 : minuteOf(between[0]);
  const end = between === null ? dayMinutes : minuteOf(between[1]);
  const length = end > from ? end - from : end - from + dayMinutes;
  for (const [index, day] of weekdays.entries()) {
    if (days !== null && !days.includes(day)) continue;
    for (let minute = 0; minute < length; minute++) week[(index * dayMinutes + from + minute) % weekMinutes] = 1;
  }
  return week;
}

/** The minute of the day of `HH:MM`. */
export function minuteOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}

/** Adds the minutes of `more`. */
export function addTo(week: Week, more: Week): void {
  for (let minute = 0; minute < weekMinutes; minute++) week[minute] ||= more[minute] as number;
}

/** Whether each minute of the one is in the other. */
export function isWithin(inner: Week, outer: Week): boolean {
  for (let minute = 0; minute < weekMinutes; minute++) if (inner[minute] === 1 && outer[minute] === 0) return false;
  return true;
}

/** Whether that minute of the day is in the week on any day. */
export function holdsAt(week: Week, clock: string): boolean {
  const minute = minuteOf(clock);
  return weekdays.some((_day, index) => week[index * dayMinutes + minute] === 1);
}
