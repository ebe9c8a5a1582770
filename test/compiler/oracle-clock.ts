/**
 * Local clocks of the oracle: what a zone's clock shows, when it first shows a time, the first instant of a day, calendar units.
 * By walking the clock, so that no rule about gaps and repeats is needed. Durations are added here, too.
 */
import type { CalendarUnit, Duration } from '../../engine/compiler/ir.ts';
import { midnightOf } from './oracle-midnight.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
export const dayMs = 86_400_000;

const formatters = new Map<string, Intl.DateTimeFormat>();
/** What was shown when, by zone: worlds ask for the same few instants again and again. */
const shownBefore = new Map<string, Map<number, number>>();
const shownMax = 100_000;
const known = new Map<string, number>();

/** What the zone's clock shows at an instant, as if it were UTC. */
export function localClock(at: number, zone: string): number {
  const shown = shownBefore.get(zone) ?? new Map<number, number>();
  const found = shown.get(at);
  if (found !== undefined) return found;
  const local = readClock(at, zone);
  if (shown.size > shownMax) shown.clear();
  shownBefore.set(zone, shown.set(at, local));
  return local;
}

function readClock(at: number, zone: string): number {
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    const digits = { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
    formatter = new Intl.DateTimeFormat('en-CA', { timeZone: zone, hourCycle: 'h23', year: 'numeric', ...digits });
    formatters.set(zone, formatter);
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = formatter
    .format(at)
    .split(/\D+/)
    .map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((at % 1000) + 1000) % 1000);
}

/** Days since 1970-01-01 by the zone's calendar. */
export function localDay(at: number, zone: string): number {
  return Math.floor(localClock(at, zone) / dayMs);
}

/** The first instant at which the clock shows the local time, or where that is skipped, a later one. */
export function instantOfLocal(local: number, zone: string): number {
  const key = `${zone} ${local}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  let at = Math.floor(local / minuteMs) * minuteMs - 15 * hourMs;
  while (localClock(at + 4 * hourMs, zone) <= local) at += hourMs;
  while (localClock(at, zone) + minuteMs <= local) at += minuteMs;
  const shown = localClock(at, zone);
  const instant = shown <= local ? at + (local - shown) : at;
  known.set(key, instant);
  return instant;
}

/** Calendar months and days by the zone's clock, then hours and minutes exactly. */
export function moveByCalendar(at: number, { months, days, ms }: Duration, sign: 1 | -1, zone: string): number {
  if (months === 0 && days === 0) return at + sign * ms;
  const local = addDuration(localClock(at, zone), { months, days, ms: 0 }, sign);
  return instantOfLocal(local, zone) + sign * ms;
}

/** Months by the calendar in UTC, the last day of a shorter month; a day is 24 hours. */
export function addDuration(at: number, { months, days, ms }: Duration, sign: 1 | -1 = 1): number {
  const date = new Date(at);
  const monthStart = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + sign * months, 1);
  const start = new Date(monthStart);
  const lastDay = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 0)).getUTCDate();
  const moved = monthStart + (Math.min(date.getUTCDate(), lastDay) - 1) * dayMs + (((at % dayMs) + dayMs) % dayMs);
  return moved + sign * (days * dayMs + ms);
}

/** The first instant of the running unit (`ahead` 0), of the next one (1) …; a week begins so many days after Monday. */
export function unitStart(unit: CalendarUnit, t: number, zone: string, weekStarts: number, ahead = 0): number {
  const today = localDay(t, zone);
  const date = new Date(today * dayMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const day = (of: number) => Math.floor(of / dayMs);
  switch (unit) {
    case 'day':
      return midnightOf(today + ahead, zone);
    case 'week': {
      const sinceStart = (((date.getUTCDay() + 6) % 7) - weekStarts + 7) % 7;
      return midnightOf(today - sinceStart + 7 * ahead, zone);
    }
    case 'month':
      return midnightOf(day(Date.UTC(year, month + ahead, 1)), zone);
    case 'quarter':
      return midnightOf(day(Date.UTC(year, month - (month % 3) + 3 * ahead, 1)), zone);
    case 'year':
      return midnightOf(day(Date.UTC(year + ahead, 0, 1)), zone);
  }
}
