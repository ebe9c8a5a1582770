/**
 * What a plan tells of people: the form alone, plain data beside `plan.ts`. Numbers are counted in `impact/`; those of a sample are
 * scaled up, and their intervals say how far off they may be.
 */

/** How some numbers came to be. */
export interface Measure {
  /** The instant to which they belong, ISO. */
  readonly at: string;
  /** Lanes that were read, and how many there are. All: the numbers are exact. */
  readonly lanes: number;
  readonly of: number;
  /** By the name of a number, where 95 of 100 such samples have the true one (`impact/estimate.ts`); null: exact. */
  readonly intervals: Readonly<Record<string, readonly [number, number]>> | null;
}

/**
 * What becomes of a resource. `move`: it has another id than before (`moved:`), and takes its people with it; it may change besides.
 * `indirect`: its own text is the same, something that it reads changes.
 */
export type Touch = 'add' | 'change' | 'remove' | 'move' | 'indirect';

/** Members of a segment. Counts are null when they weren't measured within the budget. */
export interface SegmentImpact {
  readonly id: string;
  readonly change: Touch;
  readonly before: number | null;
  readonly after: number | null;
  readonly entered: number | null;
  readonly left: number | null;
  /** Some of those who enter and leave, as hashes that only this store's owner can look up; empty unless asked for. */
  readonly samples: { readonly entered: readonly string[]; readonly left: readonly string[] };
  /** `kind/id` of what reads the segment in the new bundle. */
  readonly readBy: readonly string[];
  readonly measure: Measure | null;
}

/** Before the change and after it. */
export interface Shift {
  readonly before: number;
  readonly after: number;
}

/** Who would enter a journey, who stands in it, and what it would send. */
export interface JourneyImpact {
  readonly id: string;
  readonly change: Touch;
  /** Enrollments that are active now; exact. */
  readonly active: number;
  readonly entries: readonly JourneyEntryImpact[];
  /** How many would enter now, over all its entries; null: not measured. */
  readonly entering: number | null;
  /** Messages at most: those whose time comes within an hour of apply, and within seven days by timers alone. Null: not measured. */
  readonly messages: { readonly hour: Shift; readonly week: Shift } | null;
  readonly measure: Measure | null;
}

/** By trigger: people who would enter now, or (schedules) at the next fire. Null: not measured within the budget. */
export type JourneyEntryImpact =
  | { readonly trigger: 'segment'; readonly segment: string; readonly people: number | null }
  | {
      readonly trigger: 'schedule';
      readonly segment: string;
      readonly people: number | null;
      /** ISO instant; null when it never fires again. */
      readonly nextFire: string | null;
    }
  /** A condition whose present members the entry takes. */
  | { readonly trigger: 'condition'; readonly people: number | null }
  /** Whose date has passed by less than `late`; at most so many, since the entry's `if` isn't asked. */
  | { readonly trigger: 'date'; readonly people: number | null }
  | { readonly trigger: 'event'; readonly events: readonly string[]; readonly people: 0 }
  /**
   * Nobody enters now: it isn't live · only those who enter or leave a segment from now on do · its entry is as before, and so is
   * the segment · it waits for a date, a change or another journey.
   */
  | { readonly trigger: 'none'; readonly because: 'status' | 'skip' | 'unchanged' | 'later'; readonly people: 0 };

/**
 * The candidates of the last 30 days decided once more under the new caps, each by itself: what a stopped one would have changed later
 * isn't followed. Caps alone: addresses, consents, mutes and hours stand as they were.
 */
export interface PressureImpact {
  readonly days: number;
  /** Candidates that were looked at. */
  readonly candidates: number;
  /** Those that left under the old caps, and those that would under the new ones. */
  readonly messages: Shift;
  /** Messages that left and wouldn't now, and those that a cap stopped and that now would. */
  readonly stopped: number;
  readonly freed: number;
  /** People who would have got fewer, and more. */
  readonly lose: number;
  readonly gain: number;
  /** The journeys that lose or gain most first. */
  readonly journeys: readonly {
    readonly journey: string;
    readonly messages: Shift;
    readonly stopped: number;
    readonly freed: number;
  }[];
  readonly measure: Measure;
}

/** Messages that are decided and haven't left: they leave with the new text. Null: not counted in time. */
export interface TemplateImpact {
  readonly id: string;
  readonly change: Touch;
  /** In the outbox. */
  readonly queued: number | null;
  /** Held back by hours, caps or pauses, with people who wait at the step. */
  readonly deferred: number | null;
  readonly at: string;
}

/** People with an address on a channel whom a purpose may reach by it. */
export interface ConsentImpact {
  readonly purpose: string;
  readonly channel: string;
  readonly before: number;
  readonly after: number;
  /** Reachable before and no more; not before and now. */
  readonly lost: number;
  readonly won: number;
  readonly measure: Measure;
}

/** The people of a journey whom a mute keeps from its messages: those in it, those who got one in 30 days, those who would come in. */
export interface MuteImpact {
  /** `house/sunset`. */
  readonly mute: string;
  readonly journey: string;
  readonly people: number;
  readonly muted: Shift;
  readonly measure: Measure;
}

/** What a change of a programme would have done over the last days. Null: not measured in time. */
export interface LoyaltyImpact {
  readonly program: string;
  readonly change: Touch;
  readonly days: number;
  /** Points that the rules would have given. */
  readonly issued: Shift | null;
  /** Members who would be in a higher or a lower tier. */
  readonly promoted: number | null;
  readonly demoted: number | null;
  readonly members: number | null;
  /** Points that are left. */
  readonly owed: number | null;
  /** What they are worth, in minor units; after the change with those that it would have given more or fewer. Null too: nobody says what points are worth. */
  readonly liability: Shift | null;
  readonly currency: string | null;
  /** Rewards that change: who could take one now, and how many could be taken, bounded by limit and stock; `cost` in minor units. */
  readonly rewards: readonly {
    readonly reward: string;
    readonly members: Shift | null;
    readonly units: Shift | null;
    readonly cost: Shift | null;
  }[];
  /** What the plan changes and whose points aren't counted: `occasions` are rules without an event, `qualifying` what counts for tiers alone. */
  readonly uncounted: readonly ('challenges' | 'occasions' | 'qualifying' | 'referral')[];
  readonly measure: Measure | null;
}

/** Sums over all journeys of the plan; null where a part wasn't measured. */
export interface ImpactTotals {
  readonly entering: number | null;
  readonly messagesHour: Shift | null;
  readonly messagesWeek: Shift | null;
}

export interface Impact {
  /** When measuring began, ISO. */
  readonly at: string;
  /** What was allowed and what it took, in milliseconds. */
  readonly budgetMs: number;
  readonly totals: ImpactTotals;
  readonly segments: readonly SegmentImpact[];
  readonly journeys: readonly JourneyImpact[];
  /** Null: no cap changes. */
  readonly pressure: PressureImpact | null;
  readonly templates: readonly TemplateImpact[];
  readonly consents: readonly ConsentImpact[];
  /** By journey and mute, the greatest share first; absent: no mute and no journey changes. */
  readonly mutes?: readonly MuteImpact[];
  readonly loyalty: readonly LoyaltyImpact[];
}
