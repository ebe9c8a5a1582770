/**
 * What compiled conditions are made of: the pair of a truth and when it may change, what every leaf reads, the joins that a
 * statement's conditions share, and windows as intervals.
 */
import type { Duration, ValueRef } from './ir.ts';
import { join, param, raw, type Sql, sql } from './sql.ts';
import type { Total } from './totals.ts';

/** A truth and when it may change; `nextChange` null: never by time alone. */
export interface Pair {
  readonly holds: Sql;
  readonly nextChange: Sql | null;
  /** Made of names and constants only, so that it may be repeated. */
  readonly isNamed?: true;
}

/** The time t (a timestamptz), the zone of people who have none, and what values refer to. */
export interface Reading {
  readonly t: Sql;
  readonly defaultZone: Sql;
  /** Days from Monday to the first day of the house's week. */
  readonly weekStarts: number;
  /** The stored jsonb value that a reference names, or null. */
  value(ref: ValueRef): Sql;
}

export const infinity = raw(`'infinity'::timestamptz`);

/** A window's length: months by the calendar in UTC, days as 24 hours. */
export function windowInterval(duration: Duration): Sql {
  return sql`${param(intervalText(duration))}::interval`;
}

/** The same as a text, for a parameter of a statement written by hand. */
export function intervalText(duration: Duration): string {
  const seconds = duration.days * 86_400 + duration.ms / 1000;
  const months = duration.months === 0 ? '' : `${duration.months} mons `;
  return `${months}${seconds} secs`;
}

/** The lanes of a statement over whole ones: an array (smallint[]), and whether it has all lanes that there are. */
export interface Lanes {
  readonly numbers: Sql;
  readonly areAll: boolean;
}

/**
 * That rows of people lie in the lanes, led by `and`. Where they are all, nothing is said: planning with a thousand numbers costs
 * milliseconds, and makes the planner expect too few people. Of events it's always said (`eventsIn`).
 */
export function inLanes(alias: string, { numbers, areAll }: Lanes): Sql {
  return areAll ? raw('') : sql` and ${raw(alias)}.lane = any(${numbers})`;
}

/** The same of events: their index begins with the lane, and before PostgreSQL 18 it would be read for all types. */
export function eventsIn(alias: string, { numbers }: Lanes): Sql {
  return sql`${raw(alias)}.lane = any(${numbers})`;
}

/** What is asked of a person's events `e` together: aggregates over those that pass. */
export interface EventTotals {
  /** Which pass, but for whose they are: of types that have happened, … */
  readonly where: Sql;
  /** … and what is left of these by a window and by tests; null: all. */
  readonly only: Sql | null;
  readonly columns: readonly Total[];
}

/** The joins that a statement's conditions share; equal ones are made once. */
export interface Joins {
  /** Adds `left join lateral (select …) alias on true` and returns the alias. */
  add(select: Sql): string;
  /** In a statement over whole lanes: which they are. Null in one over people. */
  readonly lanes: Lanes | null;
  /** Nobody reads when a truth changes. */
  readonly isTruthOnly: boolean;
  /**
   * The columns of totals that are made of all events of the lanes at once, each null for people without such events; null where they
   * are to be asked of each person: in a statement over people, or when they read more than events.
   */
  totals(asked: EventTotals): readonly Sql[] | null;
  /** The same pair by names that may be repeated: its parts are computed once for each row, equal ones of all conditions once. */
  name(pair: Pair): Pair;
  /** All joins, in order, to be placed after the `from` list. */
  all(): Sql;
}

export function lateralJoins(): Joins {
  const aliases = new Map<string, string>();
  const pieces: Sql[] = [];
  const names = new Map<string, Sql>();
  const columns: Sql[] = [];
  const nameOf = (expression: Sql): Sql => {
    const key = JSON.stringify(expression);
    const known = names.get(key);
    if (known !== undefined) return known;
    const name = raw(`v.c${names.size}`);
    columns.push(sql`${expression} as ${raw(`c${names.size}`)}`);
    names.set(key, name);
    return name;
  };
  return {
    add(select) {
      const key = JSON.stringify(select);
      const known = aliases.get(key);
      if (known !== undefined) return known;
      const alias = `j${aliases.size}`;
      aliases.set(key, alias);
      pieces.push(sql`left join lateral (${select}) ${raw(alias)} on true`);
      return alias;
    },
    lanes: null,
    isTruthOnly: false,
    totals: () => null,
    name(pair) {
      if (pair.isNamed === true) return pair;
      const nextChange = pair.nextChange === null ? null : nameOf(pair.nextChange);
      return { holds: nameOf(pair.holds), nextChange, isNamed: true };
    },
    // Behind a fence: pulled up, each expression would be computed wherever its name stands.
    all: () =>
      join(
        columns.length === 0 ? pieces : [...pieces, sql`cross join lateral (select ${join(columns, ', ')} offset 0) v`],
        '\n',
      ),
  };
}
