/**
 * Hours in which nothing may leave, as windows on a local calendar: the house's quiet hours, and what lies between the hours that a
 * country allows. Pure; windows are half-open.
 */
import type { Weekday } from '../../compiler/ir.ts';
import type { Calendar, Span } from './calendar.ts';

/** A daily window; `to` at or before `from` is on the next day, and the window belongs to the day on which it begins. */
export interface HoursLine {
  readonly from: string;
  readonly to: string;
  /** Null: every day. A holiday is a day of the week, too. */
  readonly days: readonly (Weekday | 'holiday')[] | null;
  /** False: not on a holiday, whatever its weekday. */
  readonly onHolidays: boolean;
}

/** Hours that close (`quiet`), or hours outside of which all is closed (`open`). */
export interface Hours {
  readonly kind: 'quiet' | 'open';
  readonly lines: readonly HoursLine[];
}

/** Holidays as days since 1970-01-01. */
export type Holidays = ReadonlySet<number>;

/** By calendar, then holidays, then hours: thousands of people share them, and calendars are made anew each day. */
const known = new WeakMap<Calendar, WeakMap<Holidays, WeakMap<Hours, readonly Span[]>>>();

/** The windows of the hours around today, ascending. */
function windowsOf(hours: Hours, calendar: Calendar, holidays: Holidays): readonly Span[] {
  const byHours = within(within(known, calendar), holidays);
  const before = byHours.get(hours);
  if (before !== undefined) return before;
  const windows = windowsOfLines(hours.lines, calendar, holidays);
  byHours.set(hours, windows);
  return windows;
}

function within<K extends WeakKey, L extends WeakKey, V>(map: WeakMap<K, WeakMap<L, V>>, key: K): WeakMap<L, V> {
  const before = map.get(key);
  if (before !== undefined) return before;
  const made = new WeakMap<L, V>();
  map.set(key, made);
  return made;
}

/** Windows that touch are one. */
function windowsOfLines(lines: readonly HoursLine[], calendar: Calendar, holidays: Holidays): readonly Span[] {
  const windows = lines.flatMap((line) => windowsOfLine(line, calendar, holidays));
  windows.sort((a, b) => a.start.getTime() - b.start.getTime());
  const merged: Span[] = [];
  for (const window of windows) {
    const last = merged.at(-1);
    if (last === undefined || window.start > last.end) merged.push(window);
    else if (window.end > last.end) merged[merged.length - 1] = { start: last.start, end: window.end };
  }
  return merged;
}

function windowsOfLine(line: HoursLine, { days, clocks }: Calendar, holidays: Holidays): readonly Span[] {
  const starts = clocks.get(line.from) ?? [];
  const ends = clocks.get(line.to) ?? [];
  const isOvernight = line.to <= line.from;
  return days.flatMap((day, i): readonly Span[] => {
    const isHoliday = holidays.has(day.number);
    const isNamed =
      line.days === null || line.days.includes(day.weekday) || (isHoliday && line.days.includes('holiday'));
    const start = starts[i];
    const end = ends[isOvernight ? i + 1 : i];
    if (!isNamed || (isHoliday && !line.onHolidays) || start === undefined || end === undefined || end <= start)
      return [];
    return [{ start, end }];
  });
}

/** Until when the hours are closed at t; null when they are open. Past the calendar's days it is their end. */
export function closedUntil(hours: Hours, calendar: Calendar, holidays: Holidays, t: Date): Date | null {
  const windows = windowsOf(hours, calendar, holidays);
  const here = windows.find(({ start, end }) => start <= t && t < end);
  if (hours.kind === 'quiet') return here?.end ?? null;
  if (here !== undefined) return null;
  return windows.find(({ start }) => start > t)?.start ?? endOf(calendar);
}

/** When the open hours that hold at t end; null when not within the calendar's days. */
export function closesAt(hours: Hours, calendar: Calendar, holidays: Holidays, t: Date): Date | null {
  const windows = windowsOf(hours, calendar, holidays);
  if (hours.kind === 'quiet') return windows.find(({ start }) => start > t)?.start ?? null;
  return windows.find(({ start, end }) => start <= t && t < end)?.end ?? null;
}

function endOf({ clocks, day }: Calendar): Date {
  const last = Math.max(day.end.getTime(), ...[...clocks.values()].map((instants) => instants.at(-1)?.getTime() ?? 0));
  return new Date(last);
}
