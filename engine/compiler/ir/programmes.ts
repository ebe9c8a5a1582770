/**
 * Countries, personas, holdouts, destinations, loyalty programmes and tests in their compiled form. Shares are in
 * hundredths of a percent.
 */
import type { Condition, EventSelection } from './conditions.ts';
import type {
  Boost,
  Budget,
  Downgrade,
  Expiry,
  GroupTake,
  Limit,
  Occasion,
  Payment,
  Rounding,
  SharedLimit,
  Usable,
} from './earning.ts';
import type { Cap, ContactHours, Objective, WhenCapped } from './pressure.ts';
import type { Duration, Money, PropertyTest, Value, ValueRef, ValueType } from './values.ts';

export interface CountryBody {
  readonly where: Condition;
  readonly zone: string;
  readonly zones: readonly string[];
  readonly locale: string | null;
  readonly currency: string | null;
  readonly phone: {
    readonly prefix: number;
    readonly mobile: readonly string[];
    readonly repair: readonly { readonly from: string; readonly to: string }[];
  } | null;
  /** `add` and `remove` are days since 1970-01-01. */
  readonly holidays: {
    readonly calendar: string;
    readonly add: readonly number[];
    readonly remove: readonly number[];
  } | null;
  readonly consent: readonly {
    readonly purpose: string;
    readonly channels: readonly string[];
    readonly needs: 'opt-in' | 'double-opt-in' | 'opt-out' | 'nothing';
    readonly unless: Condition | null;
  }[];
  readonly contactHours: readonly ContactHours[];
  readonly caps: readonly Cap[];
  /** Absent: `defer`. */
  readonly whenCapped?: WhenCapped;
  readonly registers: readonly string[];
  readonly dataQuality: Readonly<Record<string, boolean>>;
}

/** At most one persona of a set is a person's: the surest, when sure enough. */
export interface PersonaBody {
  readonly personas: readonly { readonly id: string; readonly title: string | null; readonly score: string }[];
  /** Scores are points, read by their share of the set's; absent: they are probabilities. */
  readonly scores?: 'points';
  readonly confidence: number;
  readonly lead: number;
  readonly fresh: Condition | null;
  readonly weighBy: string | null;
}

export interface HoldoutBody {
  readonly percent: number;
  readonly renew: Duration | null;
  readonly objectives: readonly Objective[] | null;
}

export interface DestinationBody {
  readonly type: 'audience' | 'webhook' | 'file' | 'postgres';
  /** A `${secret.NAME}` reference, or an address. */
  readonly url: string | null;
  /** Of a webhook: a `${secret.NAME}` reference to the key by which requests are signed. */
  readonly signWith?: string;
  /** Of a webhook: its address may lead inside. */
  readonly allowPrivate?: true;
  readonly sync: { readonly segment: string; readonly leaveAfter: Duration | null } | null;
  /** What is told of people; absent: a webhook that only journeys call. */
  readonly delivery?: DeliveryBody;
}

/** People as rows, given to somebody else. */
export interface DeliveryBody {
  readonly to: /** `{run}` and `{date}` are filled in. */
    | { readonly kind: 'file'; readonly path: string; readonly format: 'csv' | 'jsonl' }
    | { readonly kind: 'audience'; readonly path: string; readonly platform: 'google' | 'meta' | 'tiktok' }
    /** `connection` is a `${secret.NAME}` reference; `table` may name its schema. */
    | { readonly kind: 'postgres'; readonly connection: string; readonly table: string }
    | { readonly kind: 'webhook' };
  /** Null: everybody. */
  readonly segment: string | null;
  /** In the order of the file; null: all identifiers and traits. An audience has none. */
  readonly columns: readonly DeliveredColumn[] | null;
  readonly send: 'all' | 'changes';
  /** node-cron's fields; null: by hand. */
  readonly when:
    | { readonly kind: 'membership' }
    | { readonly kind: 'schedule'; readonly cron: string; readonly zone: string }
    | null;
}

export interface DeliveredColumn {
  readonly name: string;
  readonly from:
    | { readonly kind: 'trait'; readonly trait: string; readonly type: ValueType }
    /** One value, or the list of all. */
    | { readonly kind: 'identifier' | 'identifiers'; readonly type: string }
    | { readonly kind: 'segment'; readonly segment: string }
    | { readonly kind: 'persona'; readonly set: string };
}

export type Points =
  | { readonly kind: 'fixed'; readonly points: number }
  /** `give` points for each whole `per` of the property; with a `unit`, `per` is money in minor units of that currency. */
  | {
      readonly kind: 'per';
      readonly per: number;
      readonly unit?: string;
      readonly of: string;
      readonly give: number;
      /** From so much on (in the unit of `per`) each whole `per` gives so many; sorted. */
      readonly bands?: readonly { readonly from: number; readonly give: number }[];
    }
  /** For the first time in the window the first number, and so on; the last one from then on. */
  | { readonly kind: 'nth'; readonly give: readonly number[]; readonly window: Limit['window'] }
  /** One of the prizes, or nothing; odds in hundredths of a percent. */
  | {
      readonly kind: 'draw';
      readonly prizes: readonly { readonly odds: number; readonly give: number }[];
      readonly seed: string;
    };

export interface EarningRule {
  readonly id: string;
  readonly lever: 'say' | 'stay' | 'spend';
  /** Without types where `occasion` stands. */
  readonly when: EventSelection;
  readonly occasion?: Occasion;
  readonly if: Condition | null;
  /** A list property whose elements are read one by one. */
  readonly each: string | null;
  /** Of the elements; empty without `each`, when `when` holds all tests of the event. */
  readonly where: readonly PropertyTest[];
  readonly points: Points;
  readonly limit: Limit | null;
  /** Only the first such event in the member's life. */
  readonly isFirst?: true;
  /** Absent: the programme's. */
  readonly round?: Rounding;
  readonly group?: string;
  /** What it says of its points instead of the programme. */
  readonly usable?: Usable;
  readonly expire?: Expiry;
}

export interface LoyaltyBody {
  readonly objective: 'retention' | 'frequency' | 'basket' | 'services';
  readonly issuer: string;
  readonly fundedBy: string;
  readonly members: Condition | null;
  readonly points: {
    readonly usableAfter: Duration | null;
    readonly expireAfter: Duration | null;
    readonly usableAt?: Usable['at'];
    readonly expireAt?: Expiry['at'];
    readonly lastDay?: Expiry['lastDay'];
    /** Absent: `down`. */
    readonly round?: Rounding;
    /** Points live as long as something happens: lost when nothing did for so long. */
    readonly unusedFor?: Duration;
    readonly notice?: Duration;
    readonly returned?: 'extend' | 'keep' | 'new_lot';
    /** So many points are worth so much, in the currency's minor unit. */
    readonly worth?: { readonly points: number; readonly is: Money };
    /** In hundredths of a percent. */
    readonly expectedRedemption?: number;
  };
  readonly earn: readonly EarningRule[];
  /** Rules whose points nobody spends: they count for tiers, instead of the points that are earned. */
  readonly qualify?: readonly EarningRule[];
  readonly boosts?: readonly Boost[];
  readonly groups?: Readonly<Record<string, GroupTake>>;
  readonly limits?: readonly SharedLimit[];
  readonly budgets?: readonly Budget[];
  readonly pay?: Payment;
  readonly refunds: {
    readonly when: EventSelection;
    readonly match: string;
    readonly reverse: readonly string[];
    readonly spentPoints: 'debt' | 'cap_at_zero' | 'reject';
  } | null;
  readonly challenges: readonly {
    readonly id: string;
    readonly of:
      | { readonly kind: 'count'; readonly events: EventSelection }
      | { readonly kind: 'streak'; readonly events: EventSelection; readonly every: 'day' | 'week' | 'month' }
      /** Different values of a property. */
      | { readonly kind: 'collect'; readonly events: EventSelection; readonly of: string; readonly type: ValueType }
      /** Things to be done; `events` are those of all parts. */
      | { readonly kind: 'set'; readonly events: EventSelection; readonly parts: readonly EventSelection[] };
    readonly reach: number;
    readonly window: Limit['window'];
    readonly points: number;
    readonly badge: string | null;
  }[];
  readonly referral: {
    readonly when: EventSelection;
    /** The type of identifier that `referrer` holds. Absent: `external_id`. */
    readonly by?: string;
    /** Of the new member, when he was referred. */
    readonly if?: Condition;
    /** Traits that he may share neither with who brought him nor with others whom he brought. */
    readonly unlessSame?: readonly string[];
    readonly qualifies: /** So many events; absent: one. */
      | { readonly kind: 'event'; readonly events: EventSelection; readonly within: Duration; readonly times?: number }
      | { readonly kind: 'changes'; readonly of: ValueRef; readonly to: Value; readonly within: Duration };
    readonly referrer: number;
    readonly referee: number;
    readonly limit: Limit | null;
  } | null;
  readonly tiers: readonly {
    readonly id: string;
    readonly from: number;
    readonly rolling: Duration | null;
    /** Instead of `rolling`: what was earned in the running one. */
    readonly calendar?: 'month' | 'quarter' | 'year';
    readonly keep: Duration | null;
    readonly benefits: readonly string[];
    /** What its members earn is multiplied by; in hundredths. */
    readonly times?: number;
  }[];
  readonly downgrade?: Downgrade;
  readonly rewards: readonly {
    readonly id: string;
    readonly cost: number;
    readonly give: Readonly<Record<string, unknown>>;
    readonly stock: number | null;
    readonly where: Condition | null;
    readonly limit?: Limit;
    /** When it is offered, in milliseconds; `until` is the first instant without it. Absent: always. */
    readonly from?: number;
    readonly until?: number;
  }[];
  /** What no honest member gets, in points. */
  readonly caps?: { readonly day?: number; readonly month?: number; readonly balance?: number };
  /** Who may ask for balances and spend points over HTTP: references to secrets. Absent: nobody. */
  readonly till?: {
    readonly apiKeys: readonly string[];
    /** How long points are held when nobody says it. */
    readonly hold?: Duration;
  };
}

/** A played scenario: who, from when, what happens and what must come of it. Runs nowhere but in `parcours test`. */
export interface TestBody {
  readonly journey: string;
  /** The arm that the person draws, by the step of the split; absent: as it falls. */
  readonly arms?: Readonly<Record<string, string>>;
  readonly given: Readonly<Record<string, unknown>>;
  readonly start: string;
  readonly play: readonly Readonly<Record<string, unknown>>[];
}
