/**
 * The local calendar of each zone: bounds of the day, week and month, and the instants of the bundle's clock times. The store
 * computes them (one time-zone database decides); here they are kept until the zone's day ends.
 */
import type { Weekday } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';
import { calendarOf } from './queries.ts';

export interface Calendar {
  readonly day: { readonly start: Date; readonly end: Date };
  readonly week: { readonly start: Date; readonly end: Date };
  readonly month: { readonly start: Date; readonly end: Date };
  /** For each clock time its instants from the day before yesterday's to the day after tomorrow's, ascending. */
  readonly clocks: ReadonlyMap<string, readonly Date[]>;
}

export interface Calendars {
  /** The calendars of the zones at t. Clock times are those given at the making. */
  at(session: Session, zones: readonly string[], t: Date): Promise<ReadonlyMap<string, Calendar>>;
}

const weekdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

export function calendars(clockTimes: readonly string[], weekStarts: Weekday): Calendars {
  const known = new Map<string, Calendar>();
  const clocks = [...new Set(clockTimes)].sort();
  return {
    async at(session, zones, t) {
      const wanted = [...new Set(zones)];
      const isFresh = (zone: string) => {
        const calendar = known.get(zone);
        return calendar !== undefined && calendar.day.start <= t && t < calendar.day.end;
      };
      const stale = wanted.filter((zone) => !isFresh(zone));
      if (stale.length > 0) {
        const rows = await calendarOf(session, stale, t, clocks, weekdays.indexOf(weekStarts));
        for (const row of rows) {
          const perClock = row.instants.length / Math.max(clocks.length, 1);
          known.set(row.zone, {
            day: { start: row.day_start, end: row.day_end },
            week: { start: row.week_start, end: row.week_end },
            month: { start: row.month_start, end: row.month_end },
            clocks: new Map(clocks.map((clock, i) => [clock, row.instants.slice(i * perClock, (i + 1) * perClock)])),
          });
        }
      }
      return new Map(wanted.map((zone) => [zone, known.get(zone) as Calendar]));
    },
  };
}

/** The quiet window that holds t, or null: `from` of some day until the next `to`. */
export function quietWindowAt(calendar: Calendar, from: string, to: string, t: Date): { readonly end: Date } | null {
  const starts = calendar.clocks.get(from) ?? [];
  const ends = calendar.clocks.get(to) ?? [];
  const start = starts.findLast((instant) => instant <= t);
  if (start === undefined) return null;
  const end = ends.find((instant) => instant > start);
  return end !== undefined && t < end ? { end } : null;
}

/** When the next quiet window begins after t. */
export function nextQuietStart(calendar: Calendar, from: string, t: Date): Date | null {
  return (calendar.clocks.get(from) ?? []).find((instant) => instant > t) ?? null;
}
