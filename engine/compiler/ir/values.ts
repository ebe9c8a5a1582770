/**
 * Values of the compiled language: their types, stored forms, durations, moments, and positive tests of one value.
 */

/** Types of traits and event properties. Their stored form is in `ValueForms`. */
export type ValueType =
  | 'text'
  | 'id'
  | 'enum'
  | 'integer'
  | 'number'
  | 'money'
  | 'date'
  | 'datetime'
  | 'boolean'
  | 'list';

/** Money in integers of the currency's minor unit. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/**
 * A value in its stored form: text, id, enum: string · integer, number: number · money: Money · boolean: boolean ·
 * date: days since 1970-01-01 (number) · datetime: milliseconds since the epoch, UTC (number) · list: array of strings.
 */
export type Value = string | number | boolean | Money | readonly string[];

/** `mo y` in months, `d w` in days, `min h` in milliseconds. Windows read a day as 24 hours, steps as a calendar day. */
export interface Duration {
  readonly months: number;
  readonly days: number;
  readonly ms: number;
}

/** `ago`: now less the duration · `ahead`: now plus it · `instant`: milliseconds since the epoch. */
export type Moment =
  | { readonly kind: 'instant'; readonly at: number }
  | { readonly kind: 'ago'; readonly duration: Duration }
  | { readonly kind: 'ahead'; readonly duration: Duration }
  /** The start of the day in the person's zone. */
  | { readonly kind: 'today' }
  /** The moment that a trait or field holds, moved by an offset of calendar units: `7d before booking.departs_at`. */
  | {
      readonly kind: 'relative';
      readonly to: ValueRef;
      readonly side: 'before' | 'after' | 'at';
      readonly offset: Duration | null;
    };

/** A value named by its place: a trait (`profile.x`, or `x` alone in moments), `entry.x`, or a field of an entity. */
export type ValueRef =
  | { readonly root: 'trait'; readonly trait: string; readonly type: ValueType }
  | { readonly root: 'entry'; readonly property: string; readonly type: ValueType }
  | { readonly root: 'entity'; readonly entity: string; readonly field: string; readonly type: ValueType };

export type Feb29 = 'feb-28' | 'mar-01' | 'skip';

/** A positive test of one value. A missing value fails every one; negatives are `not` around them. */
export type ValueTest =
  | { readonly op: 'is'; readonly value: Value }
  | { readonly op: 'in'; readonly values: readonly Value[] }
  | { readonly op: 'gt' | 'gte' | 'lt' | 'lte'; readonly value: Value }
  | { readonly op: 'between'; readonly low: Value; readonly high: Value }
  | { readonly op: 'contains' | 'starts_with' | 'ends_with'; readonly value: string }
  | { readonly op: 'exists' }
  | { readonly op: 'before' | 'after'; readonly moment: Moment }
  | { readonly op: 'in_last' | 'in_next'; readonly duration: Duration }
  /** The text matches the regular expression (the common part of JavaScript's and PostgreSQL's). */
  | { readonly op: 'matches'; readonly pattern: string }
  | { readonly op: 'same_as'; readonly ref: ValueRef }
  /** Some element of the list (an object) passes all the tests. */
  | { readonly op: 'some'; readonly where: readonly PropertyTest[] }
  /** The date comes round (or came round) within the duration; a first anniversary is a year later. */
  | {
      readonly op: 'anniversary_in_next' | 'anniversary_in_last';
      readonly duration: Duration;
      readonly feb29: Feb29;
    };

/** `where` of an event: all must hold. `not` negates the test (a missing property then holds). */
export interface PropertyTest {
  readonly property: string;
  readonly type: ValueType;
  readonly not: boolean;
  readonly test: ValueTest;
}
