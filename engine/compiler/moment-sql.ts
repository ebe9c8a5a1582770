/**
 * Instants in conditions as SQL: moments, relative dates, anniversaries, calendar windows. Each comes with when it turns, so
 * that a wake-up can be set. Local times are the database's (`parcours.local_instant`); nothing here raises.
 */
import type { CalendarUnit, Duration, Feb29, Moment, ValueRef, ValueType } from './ir.ts';
import { infinity, type Pair, type Reading, windowInterval } from './pair.ts';
import { param, raw, type Sql, sql } from './sql.ts';

/** The zone of the person `p`. */
export function zoneOf(reading: Reading): Sql {
  return sql`coalesce(p.zone, ${reading.defaultZone})`;
}

/** A stored date (its first instant in the person's zone) or datetime as timestamptz, or null. */
export function instantOf(type: ValueType, json: Sql, reading: Reading): Sql {
  if (type === 'date') return sql`parcours.midnight(${json}, ${zoneOf(reading)})`;
  return sql`parcours.instant(${json})`;
}

/** `before 7d ago`: value + 7d <= t, closed, so that the wake-up at that very instant finds it true. `after` is its opposite. */
export function momentPair(op: 'before' | 'after', moment: Moment, value: Sql, reading: Reading): Pair {
  const fixed = fixedMoment(moment, reading);
  if (fixed !== null) {
    return { holds: sql`coalesce(${value} ${raw(op === 'before' ? '<' : '>=')} ${fixed}, false)`, nextChange: null };
  }
  const turns = turnsBefore(moment, value, reading);
  return {
    holds: sql`coalesce(${turns} ${raw(op === 'before' ? '<=' : '>')} ${reading.t}, false)`,
    nextChange: sql`case when ${turns} > ${reading.t} then ${turns} else ${infinity} end`,
  };
}

/** A moment that doesn't move with the time, as an instant; null for those that do. */
export function fixedMoment(moment: Moment, reading: Reading): Sql | null {
  if (moment.kind === 'instant') return sql`${param(new Date(moment.at))}::timestamptz`;
  return moment.kind === 'relative' ? relativeMoment(moment, reading) : null;
}

/** When a value comes to lie before the moment, which moves with the time. */
export function turnsBefore(moment: Moment, value: Sql, reading: Reading): Sql {
  switch (moment.kind) {
    case 'ago':
      return sql`(${value} + ${windowInterval(moment.duration)})`;
    case 'ahead':
      return sql`(${value} - ${windowInterval(moment.duration)})`;
    case 'today':
      return startOfNextDay(value, reading);
    default:
      throw new Error(`assertion failed: the moment ${moment.kind} stands still`);
  }
}

function startOfNextDay(at: Sql, reading: Reading): Sql {
  const zone = zoneOf(reading);
  return sql`parcours.local_instant(((${at} at time zone ${zone})::date + 1)::timestamp, ${zone})`;
}

/** `7d before booking.departs_at`: calendar units in the person's zone, then hours and minutes exactly. */
function relativeMoment(moment: Extract<Moment, { readonly kind: 'relative' }>, reading: Reading): Sql {
  const at = instantOf(typeOfRef(moment.to), reading.value(moment.to), reading);
  if (moment.offset === null) return at;
  const { months, days, ms } = moment.offset;
  const sign = raw(moment.side === 'before' ? '-' : '+');
  const zone = zoneOf(reading);
  const calendar = sql`${param(`${months} mons ${days} days`)}::interval`;
  const moved =
    months === 0 && days === 0
      ? at
      : sql`parcours.local_instant((${at} at time zone ${zone}) ${sign} ${calendar}, ${zone})`;
  return ms === 0 ? moved : sql`(${moved} ${sign} ${param(`${ms / 1000} secs`)}::interval)`;
}

function typeOfRef(ref: ValueRef): ValueType {
  return ref.type;
}

/** value <= t < value + d. */
export function inLastPair(value: Sql, length: Sql, t: Sql): Pair {
  return {
    holds: sql`coalesce(${value} <= ${t} and ${value} + ${length} > ${t}, false)`,
    nextChange: sql`case when ${value} > ${t} then ${value} when ${value} + ${length} > ${t} then ${value} + ${length} else ${infinity} end`,
  };
}

/** value - d <= t < value. */
export function inNextPair(value: Sql, length: Sql, t: Sql): Pair {
  return {
    holds: sql`coalesce(${value} > ${t} and ${value} - ${length} <= ${t}, false)`,
    nextChange: sql`case when ${value} - ${length} > ${t} then ${value} - ${length} when ${value} > ${t} then ${value} else ${infinity} end`,
  };
}

interface AnniversaryTest {
  readonly op: 'anniversary_in_next' | 'anniversary_in_last';
  readonly duration: Duration;
  readonly feb29: Feb29;
}

/** The date comes round in the person's zone: next - d <= t < next, or last <= t < last + d. The first is a year after the date. */
export function anniversaryPair(type: ValueType, test: AnniversaryTest, json: Sql, reading: Reading): Pair {
  const zone = zoneOf(reading);
  const { t } = reading;
  const day =
    type === 'date' ? sql`parcours.day(${json})` : sql`((parcours.instant(${json}) at time zone ${zone})::date)`;
  const args = sql`${day}, ${zone}, ${t}, ${param(test.feb29)}::text`;
  const next = sql`parcours.next_anniversary(${args})`;
  const length = windowInterval(test.duration);
  if (test.op === 'anniversary_in_next') return inNextPair(next, length, t);
  const last = sql`parcours.last_anniversary(${args})`;
  return {
    holds: sql`coalesce(${last} + ${length} > ${t}, false)`,
    nextChange: sql`coalesce(case when ${last} + ${length} > ${t} then least(${last} + ${length}, ${next}) else ${next} end, ${infinity})`,
  };
}

/** The first instant of the running unit in the person's zone, and that of the next one. */
export function calendarBounds(unit: CalendarUnit, reading: Reading): { readonly start: Sql; readonly end: Sql } {
  const zone = zoneOf(reading);
  const local = sql`(${reading.t} at time zone ${zone})`;
  const shift = raw(`interval '${unit === 'week' ? reading.weekStarts : 0} days'`);
  const start = sql`(date_trunc('${raw(unit)}', ${local} - ${shift}) + ${shift})`;
  const length = raw(unit === 'quarter' ? `interval '3 months'` : `interval '1 ${unit}'`);
  return {
    start: sql`parcours.local_instant(${start}, ${zone})`,
    end: sql`parcours.local_instant(${start} + ${length}, ${zone})`,
  };
}
