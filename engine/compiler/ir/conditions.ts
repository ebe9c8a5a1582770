/**
 * Conditions in their compiled form: what is true of a person at a time. Truth has two values; each leaf is positive.
 */
import type { Duration, Moment, PropertyTest, ValueTest, ValueType } from './values.ts';

/** `confirmed` and `pending` are granted, with and without a second word of the person (double opt-in). */
export type ConsentState = 'granted' | 'denied' | 'unknown' | 'confirmed' | 'pending';

export type CountTest =
  | { readonly op: 'is' | 'gt' | 'gte' | 'lt' | 'lte'; readonly value: number }
  | { readonly op: 'between'; readonly low: number; readonly high: number };

/**
 * Which of a person's events count. `since` reads events strictly after an anchor of the enrollment:
 * `entry`, `here` (when the present step began) or the id of a step (when it was done).
 */
export type Window =
  | { readonly kind: 'ever' }
  | { readonly kind: 'in_last'; readonly duration: Duration }
  | { readonly kind: 'since'; readonly anchor: string }
  /** From a moment on, that moment included. */
  | { readonly kind: 'from'; readonly moment: Moment }
  /** In the running day, week, month … of the person's zone. */
  | { readonly kind: 'calendar'; readonly unit: CalendarUnit };

export type CalendarUnit = 'day' | 'week' | 'month' | 'quarter' | 'year';

export interface EventSelection {
  /** Sorted. */
  readonly types: readonly string[];
  readonly where: readonly PropertyTest[];
  readonly window: Window;
  /** Only those before the moment. */
  readonly until?: Moment;
  /** Only those whose property equals that of this enrollment (its key, or `entry`'s). Only inside journeys. */
  readonly match?: string;
  readonly followed?: Follow;
}

/** `followed_by` (`not`: `not_followed_by`) a later event of the same person, within the duration or ever. */
export interface Follow {
  readonly not: boolean;
  /** Sorted. */
  readonly types: readonly string[];
  readonly where: readonly PropertyTest[];
  /** The property that both events share, with equal values; null: any. */
  readonly match: string | null;
  readonly within: Duration | null;
  /** It counts whenever it was told: at the same instant, before it by another clock, later than t. A refund is one of its purchase. Default: after it, up to t. */
  readonly isWhenever?: true;
}

/** Statuses of a message, each meaning "at least". `unseen` and `unacted`: sent, and not seen (acted on). */
/** `may_leave` is ours: it left, or still may. */
export type MessageStatus =
  | 'may_leave'
  | 'queued'
  | 'sent'
  | 'delivered'
  | 'seen'
  | 'acted'
  | 'unseen'
  | 'unacted'
  | 'not_sent'
  | 'replied'
  | 'bounced';

/** Messages beyond the steps of the same enrollment, by which they are found. */
export type MessagesOf =
  /** The last message of this enrollment. Only inside journeys. */
  | { readonly kind: 'last' }
  /** Any message to the person. */
  | { readonly kind: 'any' }
  /** Those of a journey, or of one of its steps. */
  | { readonly kind: 'journey'; readonly journey: string; readonly step: string | null };

/** Truth has two values; a missing value makes a leaf false. */
export type Condition =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'trait'; readonly trait: string; readonly type: ValueType; readonly test: ValueTest }
  | { readonly kind: 'count'; readonly events: EventSelection; readonly test: CountTest }
  /** Sum of the types' measure; `unit` is a currency, or null for integers. Events of another unit don't count. */
  | { readonly kind: 'sum'; readonly events: EventSelection; readonly unit: string | null; readonly test: CountTest }
  /** `of` a property of the events; `distinct` counts its different values. Events without it, or of another unit, don't count. */
  | {
      readonly kind: 'aggregate';
      readonly fn: 'avg' | 'min' | 'max' | 'distinct';
      readonly events: EventSelection;
      readonly of: string;
      readonly type: ValueType;
      readonly unit: string | null;
      readonly test: CountTest;
    }
  /** A property of the first or last of the events (null: when it happened). False where there is none. */
  | {
      readonly kind: 'first' | 'last';
      readonly events: EventSelection;
      readonly of: string | null;
      readonly type: ValueType;
      readonly test: ValueTest;
    }
  /** Rows of an entity tied to the person, in a role or in any. */
  | {
      readonly kind: 'entity';
      readonly entity: string;
      readonly role: string | null;
      readonly where: readonly PropertyTest[];
      readonly test: CountTest;
    }
  | {
      readonly kind: 'segment';
      readonly segment: string;
      /** In it without a break for as long. */
      readonly forAtLeast?: Duration;
    }
  | { readonly kind: 'persona'; readonly persona: string; readonly in: readonly string[] }
  | {
      readonly kind: 'consent';
      readonly purpose: string;
      readonly channel: string | null;
      readonly is: ConsentState;
      /** When the present state was given. */
      readonly given?: { readonly op: 'before' | 'after'; readonly moment: Moment };
    }
  /** A property of the fact that opened the enrollment, frozen. Only inside journeys. */
  | { readonly kind: 'field'; readonly property: string; readonly type: ValueType; readonly test: ValueTest }
  /** Messages of the same enrollment, by step id. Only inside journeys. */
  | {
      readonly kind: 'message';
      readonly steps: readonly string[];
      readonly status: MessageStatus;
      /**
       * Of steps inside a `repeat`, and said only when a journey is linked: those of the present round of `of` (null: of all
       * rounds), and with `isLast` of each step the last one.
       */
      readonly round?: { readonly of: string | null; readonly isLast: boolean };
    }
  | {
      readonly kind: 'messages';
      readonly of: MessagesOf;
      readonly status: MessageStatus;
      readonly channel: string | null;
      readonly inLast: Duration | null;
      readonly test: CountTest;
    }
  /** A field of the row that the enrollment is bound to, as it stands. Only in journeys `per` that entity. */
  | {
      readonly kind: 'entity_field';
      readonly entity: string;
      readonly field: string;
      readonly type: ValueType;
      readonly test: ValueTest;
    }
  | {
      readonly kind: 'journey';
      readonly journey: string;
      readonly is: 'enrolled' | 'completed' | 'exited';
      readonly as: string | null;
      readonly inLast: Duration | null;
    }
  /** Points that can be spent; with `expiring`, those of them that expire within the duration. */
  | { readonly kind: 'points'; readonly program: string; readonly expiring: Duration | null; readonly test: CountTest }
  | { readonly kind: 'tier'; readonly program: string; readonly op: 'is' | 'at_least'; readonly tier: string }
  /** How often a reward was taken, or a challenge won, and not undone since. */
  | {
      readonly kind: 'gained';
      readonly program: string;
      readonly of: 'reward' | 'challenge';
      readonly id: string;
      readonly inLast: Duration | null;
      readonly test: CountTest;
    }
  | { readonly kind: 'identified' };
