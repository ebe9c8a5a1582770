/**
 * Journeys in their compiled form: who comes in, what happens step by step, and how people leave.
 */
import type { Condition, Follow } from './conditions.ts';
import type { Objective, Weekday, WhenCapped } from './pressure.ts';
import type { Duration, Feb29, Moment, Money, PropertyTest, Value, ValueRef, ValueType } from './values.ts';

export type Trigger =
  | { readonly kind: 'enters' | 'leaves'; readonly segment: string }
  | {
      readonly kind: 'event';
      readonly types: readonly string[];
      readonly where: readonly PropertyTest[];
      /** Fires when the other event has come, or (not) when its time is over and it hasn't. */
      readonly followed?: Follow;
    }
  /** node-cron's fields in `zone`; enrolls the members of the segment at each fire. `late`: how long a missed one is made up; else an hour. */
  | {
      readonly kind: 'schedule';
      readonly cron: string;
      readonly zone: string;
      readonly members: string;
      readonly late?: Duration;
    }
  /** Fires when the condition turns true. */
  | { readonly kind: 'becomes'; readonly if: Condition }
  | { readonly kind: 'changes'; readonly of: ValueRef; readonly from: Value | null; readonly to: Value | null }
  /** At the moment (then `at` on that day), still when it is past by less than `late`. */
  | { readonly kind: 'date'; readonly moment: Moment; readonly at: ClockTime | null; readonly late: Duration }
  | {
      readonly kind: 'anniversary';
      readonly trait: string;
      readonly offset: { readonly side: 'before' | 'after'; readonly duration: Duration } | null;
      readonly at: ClockTime;
      readonly feb29: Feb29;
      readonly late: Duration | null;
    }
  /** Entered by `start` of another journey, or by hand. */
  | { readonly kind: 'started' };

/** `HH:MM` in the person's zone. */
export type ClockTime = string;

/** A time of the day: fixed, or the hour that a trait holds, else the fixed one. */
export type StepTime = ClockTime | { readonly trait: string; readonly else: ClockTime };

/** One enrollment for each value: of a property of the opening event, or of an entity's rows for people in a role. */
export type Per =
  | { readonly kind: 'property'; readonly property: string }
  | { readonly kind: 'entity'; readonly entity: string; readonly role: string };

export type Reentry =
  | { readonly kind: 'never' }
  | { readonly kind: 'always' }
  | { readonly kind: 'after'; readonly duration: Duration };

/** Which message before a goal is given credit for it. */
export interface Attribution {
  readonly to: 'last' | 'first';
  /** How far the message must have come. */
  readonly status: 'sent' | 'delivered' | 'seen' | 'acted';
  /** How long before the goal it may have left. */
  readonly inLast: Duration;
}

export interface JourneyBody {
  readonly status: 'draft' | 'live' | 'paused';
  readonly per?: Per;
  readonly objective: Objective;
  readonly purpose: string;
  readonly priority: number;
  readonly entry: {
    readonly triggers: readonly Trigger[];
    readonly if: Condition | null;
    readonly currentMembers: 'enter' | 'skip';
    readonly reentry: Reentry;
    /** What a `start` hands over; readable as `entry.x`. */
    readonly with?: Readonly<Record<string, ValueType>>;
    /** Nobody enters before or after (dates in the workspace's zone, as instants). */
    readonly from?: number;
    readonly until?: number;
    readonly maxEntries?: number;
  };
  /** Counts from entry; met only by what turns true after it. `kept` (`never …`): met when it still holds at the end of its time. */
  readonly goal: {
    readonly if: Condition;
    readonly within: Duration;
    readonly exit: boolean;
    readonly kept?: true;
    /** Absent: as the workspace says. */
    readonly attribution?: Attribution;
  } | null;
  readonly exits: readonly { readonly as: string; readonly if: Condition }[];
  readonly steps: readonly StepBody[];
  readonly inFlight: 'pin' | InFlight;
  /** Share of the people, in hundredths of a percent, who enter and get nothing. */
  readonly holdout?: number;
}

/** What becomes of people on their way when the journey changes; `pin` alone is said by the word. */
export interface InFlight {
  readonly policy: 'migrate' | 'drain' | 'exit';
  /** From a step of the old version to one of the new. */
  readonly map: Readonly<Record<string, string>>;
  readonly waits: 'keep' | 'recompute';
}

export interface StepBody {
  /** Null only for `exit`: nobody stands there. */
  readonly id: string | null;
  /** Calendar days in the person's zone, then `at` on that day. */
  readonly after: Duration | null;
  readonly at: StepTime | null;
  /** The first of these days that comes, from Monday on. */
  readonly days?: readonly Weekday[];
  readonly if: Condition | null;
  readonly do: StepAction;
  /** send: it left · wait: the moment came · wait_for: met · call: reached · award, redeem: given · webhook: answered. */
  readonly then: readonly StepBody[];
  /**
   * send: it didn't leave · wait: no moment, or late · wait_for: not in time · branch, switch: none fits · call: refused,
   * unreached, too late · award: limit · redeem: points or stock lack · webhook: given up.
   */
  readonly otherwise: readonly StepBody[];
}

export type StepAction =
  | {
      readonly kind: 'send';
      /** The first that has an address, a consent and no mute, unless `choose` says otherwise. */
      readonly channels: readonly string[];
      readonly choose?: 'preferred_of' | 'best_of' | 'cheapest_of' | 'all_of';
      /** The trait that holds the address, instead of the channel's. */
      readonly to?: string;
      readonly template: string;
      readonly with: Readonly<Record<string, Value>>;
      /** Null: the workspace's pressure decides. */
      readonly validFor: Duration | null;
      readonly whenCapped: WhenCapped | null;
      /** Given up then at the latest; absent or without a value: after its validity alone. */
      readonly expires?: Moment;
      /** Before others of its priority. */
      readonly urgent?: true;
      readonly objective: Objective;
      readonly purpose: string;
    }
  | { readonly kind: 'wait'; readonly duration: Duration }
  | { readonly kind: 'wait_for'; readonly if: Condition; readonly for: Duration }
  | {
      readonly kind: 'branch';
      readonly arms: readonly { readonly if: Condition; readonly steps: readonly StepBody[] }[];
    }
  /** `late`: how far past the moment may be; null: any. Missing or later: `otherwise`. */
  | {
      readonly kind: 'wait_until';
      readonly until: WaitMoment;
      readonly at: ClockTime | null;
      readonly late: Duration | null;
    }
  /** The first arm that comes true; none in time: `otherwise`. */
  | {
      readonly kind: 'wait_for_first';
      readonly arms: readonly { readonly if: Condition; readonly steps: readonly StepBody[] }[];
      readonly for: Duration;
    }
  /** The first case that fits; none: `otherwise`. */
  | {
      readonly kind: 'switch';
      readonly cases: readonly { readonly if: Condition; readonly steps: readonly StepBody[] }[];
    }
  | { readonly kind: 'split'; readonly arms: readonly SplitArm[]; readonly choose: SplitChoice }
  | {
      readonly kind: 'repeat';
      readonly every: Duration;
      readonly max: number;
      readonly until: Condition | null;
      readonly steps: readonly StepBody[];
    }
  | { readonly kind: 'update'; readonly set: Readonly<Record<string, Value | ValueRef | null>> }
  | {
      readonly kind: 'consent';
      readonly purpose: string;
      readonly channel: string | null;
      readonly set: 'granted' | 'denied' | 'confirmed';
      readonly proof: string;
    }
  | { readonly kind: 'award'; readonly program: string; readonly points: number; readonly reason: string | null }
  | { readonly kind: 'redeem'; readonly program: string; readonly reward: string }
  | {
      readonly kind: 'call';
      readonly list: string;
      readonly script: string | null;
      readonly within: Duration;
      readonly urgent: boolean;
    }
  | { readonly kind: 'webhook'; readonly destination: string; readonly body: unknown }
  | { readonly kind: 'start'; readonly journey: string; readonly with: Readonly<Record<string, Value>> }
  /** Only ahead. */
  | { readonly kind: 'goto'; readonly step: string }
  | { readonly kind: 'exit'; readonly as: string };

export type WaitMoment =
  | { readonly kind: 'moment'; readonly moment: Moment }
  | { readonly kind: 'anniversary'; readonly trait: string; readonly feb29: Feb29 }
  /** The next such day of the year. */
  | { readonly kind: 'month_day'; readonly month: number; readonly day: number }
  | { readonly kind: 'weekday'; readonly days: readonly Weekday[] }
  /** A working day of the calendar of the person's country. */
  | { readonly kind: 'business_day' };

export interface SplitArm {
  readonly id: string;
  readonly weight: number;
  /** What the arm costs each time; counts against it in a bandit. */
  readonly cost: Money | null;
  readonly steps: readonly StepBody[];
}

/** How arms are chosen: by weight for ever, until a winner is decided, or by a bandit. Shares in hundredths of a percent. */
export type SplitChoice =
  | { readonly kind: 'weights' }
  | {
      readonly kind: 'winner';
      readonly by: 'goal' | Condition;
      readonly confidence: number;
      readonly eachAtLeast: number;
      readonly decideBy: Duration;
      /** An arm, or null: keep on splitting. */
      readonly undecided: string | null;
    }
  /** The winner is in the file: the arm that everybody takes from now on. */
  | { readonly kind: 'pinned'; readonly arm: string }
  | {
      readonly kind: 'bandit';
      readonly maximise: 'goal' | { readonly event: string; readonly property: string; readonly within: Duration };
      readonly explore: number;
    };
