/**
 * What compiled conditions are made of: the pair of a truth and when it may change, what every leaf reads, and windows as intervals.
 */
import type { Duration } from './ir.ts';
import { param, raw, type Sql, sql } from './sql.ts';

/** A truth and when it may change; `nextChange` null: never by time alone. */
export interface Pair {
  readonly holds: Sql;
  readonly nextChange: Sql | null;
  /** Made of names and constants only, so that it may be repeated. */
  readonly isNamed?: true;
}

/** The time t (a timestamptz) and the zone of people who have none. */
export interface Reading {
  readonly t: Sql;
  readonly defaultZone: Sql;
}

export const infinity = raw(`'infinity'::timestamptz`);

/** A window's length: months by the calendar in UTC, days as 24 hours. */
export function windowInterval(duration: Duration): Sql {
  const seconds = duration.days * 86_400 + duration.ms / 1000;
  const months = duration.months === 0 ? '' : `${duration.months} mons `;
  return sql`${param(`${months}${seconds} secs`)}::interval`;
}
