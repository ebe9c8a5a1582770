/**
 * When a `wait: { until: … }` is over, as a statement over enrollments: a moment that something holds, or the next day of a kind.
 * Days are counted in the person's zone from when the wait began, that day included.
 */
import type { StepAction, WaitMoment, Weekday } from './ir.ts';
import { fixedMoment, instantOf, zoneOf } from './moment-sql.ts';
import type { Program } from './program.ts';
import { overEnrollments, type Prepared } from './program-sql.ts';
import { enrollmentScope } from './scopes.ts';
import { param, raw, type Sql, sql } from './sql.ts';

type Until = Extract<StepAction, { readonly kind: 'wait_until' }>;

const weekdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Weekdays looked at for a working day: no country has as many holidays on end. */
const workingDaysMax = 30;

/**
 * Rows `i` (from 1), `days`: the days from Monday to Friday that come, each as [days since 1970, milliseconds since 1970 of its moment]. Which of
 * them are holidays is not known to the store.
 */
export function weekdaysAhead(program: Program, at: string | null): Prepared {
  return overEnrollments((t) => {
    const zone = zoneOf(enrollmentScope(t, program.definitions));
    const days = sql`select (u.step_since at time zone ${zone})::date + g.n as day from generate_series(0, ${raw(String(workingDaysMax))}) g(n)`;
    const { begins, isAhead } = dayBegins(at, zone);
    return sql`(select jsonb_agg(jsonb_build_array(d.day - date '1970-01-01', (extract(epoch from x.at) * 1000)::bigint) order by x.at) from (${days}) d cross join lateral (select ${begins} as at) x where extract(isodow from d.day)::integer < 6 and ${isAhead}) as days`;
  });
}

/** Rows `i` (from 1), `at`: the moment, or null where there is none. */
export function momentUntil(program: Program, { until, at }: Until): Prepared {
  return overEnrollments((t) => {
    const scope = enrollmentScope(t, program.definitions);
    const zone = zoneOf(scope);
    if (until.kind === 'moment') {
      const moment = fixedMoment(until.moment, scope);
      if (moment === null) throw new Error('assertion failed: a wait has a moment that stands still');
      return sql`(${onItsDay(moment, at, zone)})::timestamptz(3) as at`;
    }
    return sql`(${nextDay(daysOf(until, program, t), at, zone)})::timestamptz(3) as at`;
  });
}

function onItsDay(moment: Sql, at: string | null, zone: Sql): Sql {
  if (at === null) return moment;
  return sql`parcours.local_instant((${moment} at time zone ${zone})::date + ${param(at)}::time, ${zone})`;
}

/** The first of the days `d.day` that is still to come; without a clock time today is over only when it is. */
function nextDay(days: Sql, at: string | null, zone: Sql): Sql {
  const { begins, isAhead } = dayBegins(at, zone);
  return sql`select min(x.at) from (${days}) d cross join lateral (select ${begins} as at) x where ${isAhead}`;
}

/** When the day `d.day` is waited for, as `x.at`, and whether that is still to come. */
function dayBegins(at: string | null, zone: Sql): { readonly begins: Sql; readonly isAhead: Sql } {
  const today = sql`(u.step_since at time zone ${zone})::date`;
  const clock = sql`parcours.local_instant(d.day + ${param(at ?? '00:00')}::time, ${zone})`;
  const begins = at === null ? sql`case when d.day = ${today} then u.step_since else ${clock} end` : clock;
  return { begins, isAhead: sql`d.day >= ${today} and x.at >= u.step_since` };
}

function daysOf(until: Exclude<WaitMoment, { readonly kind: 'moment' }>, program: Program, t: Sql): Sql {
  const scope = enrollmentScope(t, program.definitions);
  const zone = zoneOf(scope);
  const today = sql`(u.step_since at time zone ${zone})`;
  const year = sql`extract(year from ${today})::integer + g.n`;
  // Eight years hold a 29th of February, also around 1900.
  const years = raw('generate_series(0, 8) g(n)');
  switch (until.kind) {
    case 'weekday': {
      const wanted = param(until.days.map((day) => weekdays.indexOf(day) + 1));
      return sql`select y.day from generate_series(0, 7) g(n) cross join lateral (select ${today}::date + g.n as day) y where extract(isodow from y.day)::integer = any(${wanted}::integer[])`;
    }
    case 'month_day': {
      const { month, day } = until;
      const isLeap = sql`(${year}) % 4 = 0 and ((${year}) % 100 <> 0 or (${year}) % 400 = 0)`;
      const isDay = month === 2 && day === 29 ? isLeap : raw('true');
      return sql`select case when ${isDay} then make_date(${year}, ${param(month)}::integer, ${param(day)}::integer) end as day from ${years}`;
    }
    case 'anniversary': {
      const json = scope.trait(until.trait);
      const isInstant = program.traits.get(until.trait)?.type === 'datetime';
      const born = isInstant
        ? sql`(${instantOf('datetime', json, scope)} at time zone ${zone})::date`
        : sql`parcours.day(${json})`;
      return sql`select parcours.anniversary_in(${born}, ${year}, ${param(until.feb29)}::text) as day from ${years}`;
    }
    case 'business_day':
      throw new Error('assertion failed: working days are told by holidays, too');
  }
}
