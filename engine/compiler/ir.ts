/**
 * The compiled language: what a bundle holds, canonical and typed. Plain JSON, read-only, without source positions and
 * without SQL: `resolve/` makes it from a Project, `link.ts` makes statements of it, workers read it back from the store.
 * Two spellings of the same meaning give the same value here, hence the same digest.
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
  | { readonly kind: 'ahead'; readonly duration: Duration };

/** A positive test of one value. A missing value fails every one; negatives are `not` around them. */
export type ValueTest =
  | { readonly op: 'is'; readonly value: Value }
  | { readonly op: 'in'; readonly values: readonly Value[] }
  | { readonly op: 'gt' | 'gte' | 'lt' | 'lte'; readonly value: Value }
  | { readonly op: 'between'; readonly low: Value; readonly high: Value }
  | { readonly op: 'contains' | 'starts_with' | 'ends_with'; readonly value: string }
  | { readonly op: 'exists' }
  | { readonly op: 'before' | 'after'; readonly moment: Moment }
  | { readonly op: 'in_last' | 'in_next'; readonly duration: Duration };

export type CountTest =
  | { readonly op: 'is' | 'gt' | 'gte' | 'lt' | 'lte'; readonly value: number }
  | { readonly op: 'between'; readonly low: number; readonly high: number };

/** `where` of an event: all must hold. `not` negates the test (a missing property then holds). */
export interface PropertyTest {
  readonly property: string;
  readonly type: ValueType;
  readonly not: boolean;
  readonly test: ValueTest;
}

/**
 * Which of a person's events count. `since` reads events strictly after an anchor of the enrollment:
 * `entry`, `here` (when the present step began) or the id of a step (when it was done).
 */
export type Window =
  | { readonly kind: 'ever' }
  | { readonly kind: 'in_last'; readonly duration: Duration }
  | { readonly kind: 'since'; readonly anchor: string };

export interface EventSelection {
  /** Sorted. */
  readonly types: readonly string[];
  readonly where: readonly PropertyTest[];
  readonly window: Window;
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
  | 'not_sent';

/** Truth has two values; a missing value makes a leaf false. */
export type Condition =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'trait'; readonly trait: string; readonly type: ValueType; readonly test: ValueTest }
  | { readonly kind: 'count'; readonly events: EventSelection; readonly test: CountTest }
  /** Sum of the types' measure; `unit` is a currency, or null for integers. Events of another unit don't count. */
  | { readonly kind: 'sum'; readonly events: EventSelection; readonly unit: string | null; readonly test: CountTest }
  | { readonly kind: 'segment'; readonly segment: string }
  | { readonly kind: 'consent'; readonly purpose: string; readonly channel: string | null; readonly is: ConsentState }
  /** A property of the fact that opened the enrollment, frozen. Only inside journeys. */
  | { readonly kind: 'field'; readonly property: string; readonly type: ValueType; readonly test: ValueTest }
  /** Messages of the same enrollment, by step id. Only inside journeys. */
  | { readonly kind: 'message'; readonly steps: readonly string[]; readonly status: MessageStatus };

export type ConsentState = 'granted' | 'denied' | 'unknown';
export type Objective = 'transformation' | 'loyalty' | 'satisfaction' | 'engagement' | 'service';
export type ChannelType = 'email' | 'sms' | 'whatsapp' | 'push' | 'log';
export type WhenCapped = 'defer' | 'drop';
export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

export interface WorkspaceBody {
  readonly zone: string;
  readonly currency: string;
  readonly locale: string;
  /** Locales that templates must serve, sorted; holds at least `locale`. */
  readonly locales: readonly string[];
  readonly weekStarts: Weekday;
  /** How long ago an event may have happened and still start or advance a journey. Default 2 days. */
  readonly triggerMaxAge: Duration;
}

export interface EventBody {
  readonly properties: Readonly<Record<string, ValueType>>;
  /** The property that fills `event.value`; its type is `money` or `integer`. */
  readonly measure: { readonly property: string; readonly type: 'money' | 'integer' } | null;
}

export type TraitBody =
  | {
      readonly origin: 'sourced';
      readonly type: ValueType;
      /** For enums, in the order of the file. */
      readonly values: readonly string[] | null;
      readonly ignore: readonly Value[];
    }
  | { readonly origin: 'computed'; readonly type: ValueType; readonly definition: TraitDefinition };

/** `sum` is of the types' measure, in minor units of `unit` (null: integers). No event: count 0, sum 0. */
export type TraitDefinition =
  | { readonly kind: 'count'; readonly events: EventSelection }
  | { readonly kind: 'sum'; readonly events: EventSelection; readonly unit: string | null };

export interface SegmentBody {
  readonly where: Condition;
}

export interface ChannelBody {
  readonly type: ChannelType;
  /** The trait that holds the address; null where the adapter needs none (`log`). */
  readonly address: string | null;
  readonly via:
    | { readonly kind: 'log' /** Relative to the workspace root. */; readonly path: string }
    | {
        readonly kind: 'smtp';
        readonly host: string;
        readonly port: number;
        readonly secure: boolean;
        readonly from: string;
        /** `${secret.NAME}` references, resolved only when a connection is made. */
        readonly user: string | null;
        readonly password: string | null;
      };
}

export interface TemplateForm {
  readonly subject?: string;
  readonly title?: string;
  readonly text?: string;
  readonly html?: string;
}

export interface TemplateBody {
  /** By channel type (or `any`), then by locale. Handlebars sources. */
  readonly forms: Readonly<Record<string, Readonly<Record<string, TemplateForm>>>>;
}

export interface ConsentBody {
  /** Channel types that the purpose covers. */
  readonly channels: readonly string[];
  /** `consent`: needs `granted` · `legitimate-interest`: until `denied` · `contract`: always. */
  readonly basis: 'consent' | 'legitimate-interest' | 'contract';
}

/** What a cap, mute or quiet hour covers; an absent list covers all. `service` is covered only when named. */
export interface Coverage {
  /** Ids of channels; a type that the file names stands for all channels of that type. */
  readonly channels: readonly string[] | null;
  readonly journeys: readonly string[] | null;
  readonly notJourneys: readonly string[];
  readonly objectives: readonly Objective[] | null;
}

export interface Cap {
  readonly id: string;
  readonly max: number;
  readonly window:
    | { readonly kind: 'rolling'; readonly duration: Duration }
    | { readonly kind: 'calendar'; readonly unit: 'day' | 'week' | 'month' };
  readonly covers: Coverage;
}

export interface PressureBody {
  readonly caps: readonly Cap[];
  readonly mute: readonly { readonly id: string; readonly where: Condition; readonly covers: Coverage }[];
  /** `HH:MM` in the person's zone; `to` at or before `from` is the next day. */
  readonly quietHours: readonly { readonly covers: Coverage; readonly from: string; readonly to: string }[];
  readonly whenCapped: WhenCapped;
  readonly validFor: Duration;
}

export type Trigger =
  | { readonly kind: 'enters' | 'leaves'; readonly segment: string }
  | { readonly kind: 'event'; readonly types: readonly string[]; readonly where: readonly PropertyTest[] }
  /** node-cron's fields in `zone`; enrolls the members of the segment at each fire. */
  | { readonly kind: 'schedule'; readonly cron: string; readonly zone: string; readonly members: string };

export type Reentry =
  | { readonly kind: 'never' }
  | { readonly kind: 'always' }
  | { readonly kind: 'after'; readonly duration: Duration };

export interface JourneyBody {
  readonly status: 'draft' | 'live' | 'paused';
  readonly objective: Objective;
  readonly purpose: string;
  readonly priority: number;
  readonly entry: {
    readonly triggers: readonly Trigger[];
    readonly if: Condition | null;
    readonly currentMembers: 'enter' | 'skip';
    readonly reentry: Reentry;
  };
  /** Counts from entry; met only by what turns true after it. */
  readonly goal: { readonly if: Condition; readonly within: Duration; readonly exit: boolean } | null;
  readonly exits: readonly { readonly as: string; readonly if: Condition }[];
  readonly steps: readonly StepBody[];
  readonly inFlight: 'pin';
}

export interface StepBody {
  /** Null only for `exit`: nobody stands there. */
  readonly id: string | null;
  /** Calendar days in the person's zone, then `at` on that day. */
  readonly after: Duration | null;
  readonly at: string | null;
  readonly if: Condition | null;
  readonly do: StepAction;
  /** send: it left · wait_for: met. */
  readonly then: readonly StepBody[];
  /** send: it didn't leave · wait_for: not in time · branch: no arm. */
  readonly otherwise: readonly StepBody[];
}

export type StepAction =
  | {
      readonly kind: 'send';
      /** The first that has an address, a consent and no mute. */
      readonly channels: readonly string[];
      readonly template: string;
      readonly with: Readonly<Record<string, Value>>;
      /** Null: the workspace's pressure decides. */
      readonly validFor: Duration | null;
      readonly whenCapped: WhenCapped | null;
      readonly objective: Objective;
      readonly purpose: string;
    }
  | { readonly kind: 'wait'; readonly duration: Duration }
  | { readonly kind: 'wait_for'; readonly if: Condition; readonly for: Duration }
  | {
      readonly kind: 'branch';
      readonly arms: readonly { readonly if: Condition; readonly steps: readonly StepBody[] }[];
    }
  | { readonly kind: 'exit'; readonly as: string };

/** A source: how the rows of a file become facts. */
export interface SourceBody {
  readonly format: SourceFormat;
  /** In order of trust: the first that is known names the profile. */
  readonly identifiers: readonly { readonly type: string; readonly column: string }[];
  readonly traits: readonly { readonly trait: string; readonly type: ValueType; readonly from: ColumnReading }[];
  readonly event: {
    /** A constant type, or the column that holds it. */
    readonly type:
      | { readonly kind: 'constant'; readonly value: string }
      | { readonly kind: 'column'; readonly column: string };
    readonly properties: readonly { readonly property: string; readonly from: ColumnReading }[];
    /** A JSON Lines column that holds an object with further properties; those that the event declares are kept. */
    readonly propertiesFrom: string | null;
  } | null;
  readonly consents: readonly { readonly purpose: string; readonly channel: string | null; readonly column: string }[];
  /** When the row happened; null: when it was received. */
  readonly occurredAt: ColumnReading | null;
  /** Columns whose values name the fact for deduplication; empty: the row's content and its count among equals. */
  readonly messageId: readonly string[];
  /** A later instant than the reception is set back to it, or waits in the inbox until it comes. */
  readonly future: 'clamp' | 'wait';
}

export type SourceFormat =
  | {
      readonly kind: 'csv';
      readonly delimiter: string;
      readonly columns: readonly string[] | null;
      readonly encoding: string;
    }
  | { readonly kind: 'jsonl'; readonly encoding: string }
  | { readonly kind: 'table'; readonly columns: readonly string[]; readonly encoding: string };

export interface ColumnReading {
  readonly column: string;
  /** Dates: `YYYYMMDD`, `YYYY-MM-DD`, `iso`, `epoch-s`, `epoch-ms`; null for other types or `iso`. */
  readonly format: string | null;
  /** Zone of dates without offset; null: the workspace's. */
  readonly zone: string | null;
  /** Currency of money columns that hold a bare amount in major units; null: read from the value (`80 EUR`) or the workspace's. */
  readonly currency: string | null;
  readonly currencyColumn: string | null;
}

/** What a bundle can hold, by kind. `event` and sourced `trait` are unpacked from `schema` documents. */
export interface BodyByKind {
  readonly workspace: WorkspaceBody;
  readonly event: EventBody;
  readonly trait: TraitBody;
  readonly source: SourceBody;
  readonly segment: SegmentBody;
  readonly channel: ChannelBody;
  readonly template: TemplateBody;
  readonly consent: ConsentBody;
  readonly pressure: PressureBody;
  readonly journey: JourneyBody;
}
export type BundleKind = keyof BodyByKind;

/** What doesn't change behaviour, kept apart from the digest of the body. */
export interface Metadata {
  readonly title?: string;
  readonly description?: string;
  readonly owner?: string;
  readonly tags?: readonly string[];
}

export type BundleResource = {
  readonly [K in BundleKind]: {
    readonly kind: K;
    readonly id: string;
    /** SHA-256 of the canonical body, hex. */
    readonly digest: string;
    readonly body: BodyByKind[K];
    readonly meta: Metadata;
    /** `kind/id` of what the body references, sorted. */
    readonly needs: readonly string[];
  };
}[BundleKind];

/** The compiled project, sorted by kind then id. The digest covers bodies and metadata. */
export interface Bundle {
  readonly digest: string;
  readonly resources: readonly BundleResource[];
}
