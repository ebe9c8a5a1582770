/**
 * What a programme may say of how points come and go besides its rules: boosts, groups, limits and budgets over several rules, the calendar
 * of points, payments with points, how tiers fall. The rules themselves are in `programmes.ts`.
 */
import type { Condition } from './conditions.ts';
import type { Weekday } from './pressure.ts';
import type { Duration, Money, Value, ValueRef } from './values.ts';

export interface Limit {
  readonly max: number;
  /** What is counted: how often, or how many points. */
  readonly of: 'times' | 'points';
  readonly window:
    | { readonly kind: 'lifetime' }
    | { readonly kind: 'rolling'; readonly duration: Duration }
    | { readonly kind: 'calendar'; readonly unit: 'day' | 'week' | 'month' | 'quarter' | 'year' };
}

/** What becomes of a part of a point, and of a part of a whole `per`. */
export type Rounding = 'down' | 'up' | 'nearest';

/** Where in the programme's calendar an instant is moved to: back to the start, or on to the end, of what it lies in. */
export type CalendarEdge = `${'start' | 'end'}_of_${'day' | 'month'}`;

/** The last day on which points can be spent: one day, or the day of each year that is next. */
export type LastDay = { readonly day: number } | { readonly month: number; readonly dayOfMonth: number };

export interface Expiry {
  readonly after?: Duration;
  /** On to the end of the month or year that the time lies in. */
  readonly at?: 'end_of_month' | 'end_of_quarter' | 'end_of_year';
  readonly lastDay?: LastDay;
}

export interface Usable {
  readonly after?: Duration;
  readonly at?: CalendarEdge;
  /** Waits for an event about the same purchase; `atLatest`: usable without it after so long. */
  readonly when?: { readonly types: readonly string[]; readonly match: string; readonly atLatest: Duration | null };
}

/** What opens a rule where it is no event: a value that changes, or a segment that is entered. */
export type Occasion =
  | { readonly kind: 'changes'; readonly of: ValueRef; readonly from: Value | null; readonly to: Value | null }
  | { readonly kind: 'enters'; readonly segment: string };

/** How several that apply to one event go together: all, the one that gives most, the first of the file. */
export type GroupTake = 'stack' | 'best' | 'first';

export interface Boost {
  readonly id: string;
  /** In hundredths: 150 is one and a half times. */
  readonly times: number;
  /** Rules; null: all that earn points. */
  readonly of: readonly string[] | null;
  readonly if: Condition | null;
  /** Instants in milliseconds. */
  readonly from: number | null;
  readonly until: number | null;
  readonly days: readonly Weekday[] | null;
  readonly group: string | null;
}

/** Over several rules together; `of` null: all. */
export interface SharedLimit extends Limit {
  readonly rules: readonly string[] | null;
}

/** What the programme gives at most, to all members together, in each window of its own calendar. */
export interface Budget {
  readonly id: string;
  readonly points: number;
  readonly rules: readonly string[] | null;
  /** null: over the programme's life. */
  readonly calendar: 'day' | 'week' | 'month' | 'quarter' | 'year' | null;
}

/** So many points pay so much; only whole units of `points`. */
export interface Payment {
  readonly points: number;
  readonly is: Money;
  /** The share of an amount that points may pay, in hundredths of a percent; absent: all of it. */
  readonly atMost?: number;
  /** Fewer points than this pay nothing. */
  readonly atLeast?: number;
}

/** How a tier falls that is no longer reached. */
export interface Downgrade {
  /** Only at the ends of these, or on this day of each year; absent: at any time. */
  readonly at?:
    | 'end_of_month'
    | 'end_of_quarter'
    | 'end_of_year'
    | { readonly month: number; readonly dayOfMonth: number };
  /** One tier at a time; absent: to the one that is reached. */
  readonly by?: 'step';
  /** So long it may be reached again before it falls. */
  readonly grace?: Duration;
}
