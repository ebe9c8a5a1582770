/**
 * Aggregates over events `e` as data, so that the same one can be asked of all events of a statement or of some of them. Which events
 * those are is said by who asks (`event-sql.ts`); who asks for everybody at once reads them together (`lane-joins.ts`).
 */
import { join, raw, type Sql, sql } from './sql.ts';

/** An aggregate over events `e`. */
export interface Total {
  /** Without its filter. */
  readonly call: Sql;
  readonly only: Sql | null;
  /** What it is of no events. */
  readonly ofNone: 'zero' | 'null';
  /** The first of what an `array_agg` has gathered. */
  readonly isFirst?: boolean;
}

/** The aggregate of the events that pass `narrower`, too. */
export function totalSql({ call, only, ofNone, isFirst }: Total, narrower: Sql | null = null): Sql {
  const filters = [only, narrower].filter((one) => one !== null);
  const value = filters.length === 0 ? call : sql`${call} filter (where ${join(filters, ' and ')})`;
  if (isFirst === true) return sql`(${value})[1]`;
  // Counts are never null.
  return ofNone === 'zero' && !call.parts[0]?.startsWith('count(') ? sql`coalesce(${value}, 0)` : value;
}

export const countAll: Total = { call: raw('count(*)'), only: null, ofNone: 'zero' };

/** An aggregate that is missing where there are no events. */
export function totalOf(call: Sql, only: Sql | null = null): Total {
  return { call, only, ofNone: 'null' };
}
