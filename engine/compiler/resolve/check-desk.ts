/** Whether a desk can keep the promise of a call: the longest time that it is closed, over one week, holidays aside. */
import { formatDuration } from '../durations.ts';
import type { ContactHours, Duration } from '../ir.ts';
import { weekdays } from './hours.ts';
import { fault, type Place } from './place.ts';

const dayMinutes = 24 * 60;
const weekMinutes = 7 * dayMinutes;

/** Says when the desk of the list is closed for longer than the promise. */
export function checkDesk(within: Place, promised: Duration, list: string): void {
  const hours = within.at.names.desks.get(list) ?? [];
  const closed = hours.length === 0 ? 0 : longestClosed(hours);
  const minutes = (promised.months * 28 + promised.days) * dayMinutes + promised.ms / 60_000;
  if (closed < minutes) return;
  const spell = formatDuration({ months: 0, days: 0, ms: closed * 60_000 });
  const detail = `The desk of \`${list}\` is closed for up to ${spell} on end, so who is asked for when it closes can't be called within ${formatDuration(promised)}. Promise more time, or open the desk.`;
  fault(within, 'CMP171', detail);
}

/** In minutes; the week has no beginning. */
export function longestClosed(hours: readonly ContactHours[]): number {
  const open = hours
    .flatMap(({ days, from, to }) => days.map((day) => windowOn(weekdays.indexOf(day), from, to)))
    .sort((a, b) => a.from - b.from);
  const [first] = open;
  if (first === undefined) return weekMinutes;
  let closed = 0;
  let until = first.to;
  for (const window of [...open.slice(1), { from: first.from + weekMinutes, to: 0 }]) {
    closed = Math.max(closed, window.from - until);
    until = Math.max(until, window.to);
  }
  return closed;
}

/** `to` at or before `from` is the next day. */
function windowOn(day: number, from: string, to: string): { readonly from: number; readonly to: number } {
  const start = day * dayMinutes + minutesOf(from);
  const end = day * dayMinutes + minutesOf(to);
  return { from: start, to: end > start ? end : end + dayMinutes };
}

/** Minutes since midnight of `HH:MM`. */
export function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}
