/**
 * The local calendar of each zone: bounds of the day, week, month and quarter, and the instants of the bundle's clock times on the days
 * around. The store computes them (one time-zone database decides); here they are kept until the zone's day ends.
 */
import type { Weekday } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';
import { type CalendarRow, calendarOf } from './situations/queries.ts';

export interface Span {
  readonly start: Date;
  readonly end: Date;
}

export interface Calendar {
  readonly day: Span;
  readonly week: Span;
  readonly month: Span;
  readonly quarter: Span;
  /** The days that `clocks` speaks of, ascending: from two days before today on. `number` is days since 1970-01-01. */
  readonly days: readonly { readonly number: number; readonly weekday: Weekday }[];
  /** For each clock time its instant on each of `days`. */
  readonly clocks: ReadonlyMap<string, readonly Date[]>;
}

export interface Calendars {
  /** The calendars of the zones at t. Clock times are those given at the making. */
  at(session: Session, zones: readonly string[], t: Date): Promise<ReadonlyMap<string, Calendar>>;
}

/** A window that began the day before yesterday may still last where a zone jumps; a week and two days ahead holds every next opening. */
const firstDay = -2;
const lastDay = 9;

const weekdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** 1970-01-01 was a Thursday. */
export function weekdayOf(day: number): Weekday {
  return weekdays[(((day + 3) % 7) + 7) % 7] as Weekday;
}

export function calendars(clockTimes: readonly string[], weekStarts: Weekday): Calendars {
  const known = new Map<string, Calendar>();
  const clocks = [...new Set(clockTimes)].sort();
  const span = { weekStart: weekdays.indexOf(weekStarts), first: firstDay, last: lastDay };
  return {
    async at(session, zones, t) {
      const wanted = [...new Set(zones)];
      const isFresh = (zone: string) => {
        const calendar = known.get(zone);
        return calendar !== undefined && calendar.day.start <= t && t < calendar.day.end;
      };
      const stale = wanted.filter((zone) => !isFresh(zone));
      if (stale.length > 0) {
        for (const row of await calendarOf(session, stale, t, clocks, span))
          known.set(row.zone, calendarFrom(row, clocks));
      }
      return new Map(wanted.map((zone) => [zone, known.get(zone) as Calendar]));
    },
  };
}

function calendarFrom(row: CalendarRow, clocks: readonly string[]): Calendar {
  const perClock = lastDay - firstDay + 1;
  return {
    day: { start: row.day_start, end: row.day_end },
    week: { start: row.week_start, end: row.week_end },
    month: { start: row.month_start, end: row.month_end },
    quarter: { start: row.quarter_start, end: row.quarter_end },
    days: Array.from({ length: perClock }, (_, i) => {
      const number = row.today + firstDay + i;
      return { number, weekday: weekdayOf(number) };
    }),
    clocks: new Map(clocks.map((clock, i) => [clock, row.instants.slice(i * perClock, (i + 1) * perClock)])),
  };
}
