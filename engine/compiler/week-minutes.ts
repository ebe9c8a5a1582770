/** The minutes of a week, from Monday 00:00 on, as sets: which of them lines of hours cover. Holidays are no days of a week. */
import type { Weekday } from './ir.ts';

/** One entry a minute of the week; 1: in the set. */
export type WeekMinutes = Uint8Array;

const dayMinutes = 24 * 60;
const weekMinutes = 7 * dayMinutes;
const order: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

export interface HoursLine {
  /** The days on which it begins; other words than weekdays are none. */
  readonly days: readonly string[];
  /** `HH:MM`; at or before `from`, `to` is on the next day. */
  readonly from: string;
  readonly to: string;
}

/** The minutes that at least one line covers. */
export function minutesOf(lines: readonly HoursLine[]): WeekMinutes {
  const covered = new Uint8Array(weekMinutes);
  for (const { days, from, to } of lines) {
    const begin = minuteOf(from);
    const end = minuteOf(to) > begin ? minuteOf(to) : minuteOf(to) + dayMinutes;
    for (const day of days) {
      const index = order.indexOf(day as Weekday);
      if (index < 0) continue;
      for (let minute = begin; minute < end; minute += 1) covered[(index * dayMinutes + minute) % weekMinutes] = 1;
    }
  }
  return covered;
}

function minuteOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
}

/** Whether every minute is in the set. */
export function isWholeWeek(minutes: WeekMinutes): boolean {
  return minutes.every((one) => one === 1);
}

/** Whether some minute is in `open` and not in `closed`. */
export function leavesOpen(open: WeekMinutes, closed: WeekMinutes): boolean {
  return open.some((one, minute) => one === 1 && closed[minute] === 0);
}

/** Whether the two sets have a minute in common. */
export function meet(a: WeekMinutes, b: WeekMinutes): boolean {
  return a.some((one, minute) => one === 1 && b[minute] === 1);
}
