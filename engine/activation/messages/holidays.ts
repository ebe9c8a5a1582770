/** Public holidays of countries, from the calendars of `date-holidays` and the days that a country's file adds or takes out. */
import { createRequire } from 'node:module';
import type HolidayCalendar from 'date-holidays';
import type { CountryBody } from '../../compiler/ir.ts';
import type { Holidays as HolidaySet } from './hours.ts';

/** Its calendars take 20 MB, so they are loaded when the first country asks for one. */
const load = createRequire(import.meta.url);

const dayMs = 86_400_000;
/** Around a year, days of the one before and after it are asked for, too. */
const yearsAround = [-1, 0, 1] as const;

/** Calendars are worked out once a country and year: that takes milliseconds. */
const known = new Map<string, readonly number[]>();

const none: HolidaySet = new Set();
/** By what a country's file says and year. */
const around = new WeakMap<object, Map<number, HolidaySet>>();

/**
 * The holidays in the years around the day (days since 1970-01-01): the same set for all days of a year. A calendar that isn't known has
 * only the days of the file.
 */
export function holidaysAround({ holidays }: CountryBody, day: number): HolidaySet {
  if (holidays === null) return none;
  const year = new Date(day * dayMs).getUTCFullYear();
  const byYear = around.get(holidays) ?? new Map<number, HolidaySet>();
  around.set(holidays, byYear);
  const days = byYear.get(year) ?? daysAround(holidays, year);
  byYear.set(year, days);
  return days;
}

function daysAround(holidays: NonNullable<CountryBody['holidays']>, year: number): HolidaySet {
  const days = new Set(yearsAround.flatMap((by) => holidaysOf(holidays.calendar, year + by)));
  for (const added of holidays.add) days.add(added);
  for (const removed of holidays.remove) days.delete(removed);
  return days;
}

function holidaysOf(calendar: string, year: number): readonly number[] {
  const name = `${calendar} ${year}`;
  let days = known.get(name);
  if (days === undefined) {
    const [country = '', region] = calendar.split('-');
    const Holidays = load('date-holidays') as typeof HolidayCalendar;
    const found = region === undefined ? new Holidays(country) : new Holidays(country, region);
    days = found
      .getHolidays(year)
      .filter(({ type }) => type === 'public')
      .map(({ date }) => Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / dayMs);
    known.set(name, days);
  }
  return days;
}
