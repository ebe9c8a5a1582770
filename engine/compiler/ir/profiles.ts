/**
 * What arrives and what is known of people, in its compiled form: the workspace, events, traits, entities, segments, sources.
 */
import type { Condition, EventSelection } from './conditions.ts';
import type { Guardrail } from './guardrails.ts';
import type { Attribution } from './journeys.ts';
import type { Weekday } from './pressure.ts';
import type { Duration, Value, ValueType } from './values.ts';

export interface WorkspaceBody {
  readonly zone: string;
  readonly currency: string;
  readonly locale: string;
  /** Locales that templates must serve, sorted; holds at least `locale`. */
  readonly locales: readonly string[];
  readonly weekStarts: Weekday;
  /** How long ago an event may have happened and still start or advance a journey. Default 2 days. */
  readonly triggerMaxAge: Duration;
  /** Of goals that don't say it; absent: the last message sent within a week. */
  readonly attribution?: Attribution;
  /** Only these addresses are written to, lower case, sorted; absent: everybody. */
  readonly allow?: readonly string[];
  /** Sorted by id; absent: none. */
  readonly guardrails?: readonly Guardrail[];
  /** How links of messages are made; absent: no message has any. */
  readonly links?: LinksBody;
  /** What people may choose; absent: there is no page for it. */
  readonly preferences?: PreferencesBody;
}

export interface LinksBody {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** `${secret.NAME}` references; the first signs, all are read. */
  readonly keys: readonly string[];
  readonly validFor: Duration;
}

/** Words by locale. */
export type Words = Readonly<Record<string, string>>;

/** Purposes in the order of the page. */
export interface PreferencesBody {
  readonly purposes: readonly { readonly purpose: string; readonly text: Words }[];
  /** An enum trait, and the words for each of its values that may be chosen; their order is the trait's. */
  readonly frequency?: { readonly trait: string; readonly labels: Readonly<Record<string, Words>> };
  readonly pause?: Duration;
  /** Who writes; absent: the title of the workspace. */
  readonly name?: string;
  /** `#rrggbb`. */
  readonly color?: string;
  readonly logo?: string;
  readonly privacy?: string;
}

export interface EventBody {
  readonly properties: Readonly<Record<string, ValueType>>;
  /** The property that fills `event.value`; its type is `money` or `integer`. */
  readonly measure: { readonly property: string; readonly type: 'money' | 'integer' } | null;
  /** How long it is kept after it happened; absent: for ever. */
  readonly keep?: Duration;
}

/** What a value is, and so how it is put in order before it is stored. */
export type CleanRule = 'email' | 'phone' | 'name' | 'country' | 'language' | 'postal_code' | 'date';

export type TraitBody =
  | {
      readonly origin: 'sourced';
      readonly type: ValueType;
      /** For enums, in the order of the file. */
      readonly values: readonly string[] | null;
      readonly ignore: readonly Value[];
      /** The id of the source that sends it, where that is said. */
      readonly from?: string;
      /** How what is written is put in order; absent: it is taken as it comes. */
      readonly clean?: CleanRule;
    }
  | { readonly origin: 'computed'; readonly type: ValueType; readonly definition: TraitDefinition };

/** `sum` is of the types' measure, in minor units of `unit` (null: integers). No event: count 0, sum 0. */
export type TraitDefinition =
  | { readonly kind: 'count'; readonly events: EventSelection }
  | { readonly kind: 'sum'; readonly events: EventSelection; readonly unit: string | null }
  /** Of a numeric property (money: in minor units of `unit`); no value where no event has it. */
  | {
      readonly kind: 'avg' | 'min' | 'max';
      readonly events: EventSelection;
      readonly of: string;
      readonly type: ValueType;
      readonly unit: string | null;
    }
  /** A property of the first or last of the events; `of` null: when it happened. */
  | {
      readonly kind: 'first' | 'last';
      readonly events: EventSelection;
      readonly of: string | null;
      readonly type: ValueType;
    }
  /** How many different values of a property of that type. */
  | { readonly kind: 'distinct'; readonly events: EventSelection; readonly of: string; readonly type: ValueType }
  /**
   * The commonest value, the latest of equals; none below `atLeast` events that have one. `local_hour` is the hour in the
   * person's zone, as `18:00`.
   */
  | {
      readonly kind: 'top';
      readonly events: EventSelection;
      readonly of: string;
      readonly type: ValueType;
      readonly atLeast: number;
    }
  /** Whole days of 24 hours since the first or last of them. */
  | { readonly kind: 'days_since'; readonly of: 'first' | 'last'; readonly events: EventSelection }
  /** The sum of the points whose condition holds, held between the bounds. */
  | {
      readonly kind: 'score';
      readonly of: readonly { readonly add: number; readonly if: Condition }[];
      readonly clamp: { readonly low: number; readonly high: number } | null;
    }
  /** The label of the highest bound that the value reaches, bounds rising. */
  | {
      readonly kind: 'bands';
      readonly of: string;
      readonly below: string;
      readonly from: readonly { readonly label: string; readonly bound: Value }[];
    }
  /** 1 … parts; `parts` is the best. Equal values get the same; the bounds are computed by schedule among the members. */
  | {
      readonly kind: 'quantile';
      readonly of: string;
      readonly parts: number;
      readonly best: 'highest' | 'lowest';
      readonly among: Condition | null;
      /** node-cron's five fields in the workspace's zone. */
      readonly refresh: string;
    }
  /** Classes from the least to the greatest by their shares of all value, in millionths; computed by schedule like quantiles. */
  | {
      readonly kind: 'shares';
      readonly of: string;
      readonly classes: readonly { readonly is: string; readonly share: number }[];
      readonly among: Condition | null;
      readonly refresh: string;
    }
  /**
   * The value of a property that is likeliest next: of own events, shrunk to everybody's by `prior` of them. With `to`: the share of
   * that value, a number. None below `atLeast` own events.
   */
  | {
      readonly kind: 'affinity';
      readonly events: EventSelection;
      readonly of: string;
      readonly type: ValueType;
      readonly to: Value | null;
      readonly prior: number;
      readonly atLeast: number;
      readonly refresh: string;
    }
  /** The channel with the highest rate of answers by a Beta posterior, of equals the first; none below `atLeast` messages. */
  | {
      readonly kind: 'preferred_channel';
      readonly channels: readonly string[];
      readonly status: 'seen' | 'acted';
      readonly inLast: Duration | null;
      readonly atLeast: number;
      readonly refresh: string;
    }
  /** Of the best of the week's 168 hours, its hour (`18:00`) or day (`tue`), in the person's zone. */
  | {
      readonly kind: 'best_hour';
      readonly events: EventSelection;
      readonly part: 'hour' | 'day';
      readonly prior: number;
      readonly atLeast: number;
      readonly fallback: string | null;
      readonly refresh: string;
    }
  /** By BG/NBD and Gamma–Gamma; `unit` as in `sum`. `over` in days; `discount` a year, in hundredths of a percent. */
  | {
      readonly kind: 'clv';
      readonly events: EventSelection;
      readonly unit: string | null;
      readonly predict: 'value' | 'orders' | 'order_value';
      readonly over: number;
      readonly discount: number;
      readonly refresh: string;
    }
  /** 1 − P(alive) by BG/NBD; none of who bought on one day only. */
  | { readonly kind: 'churn_risk'; readonly events: EventSelection; readonly refresh: string }
  /** The first instant of the day of the last of them, in the person's zone. Nobody writes it: see `kept-traits.ts`. */
  | { readonly kind: 'last_seen'; readonly events: EventSelection }
  | {
      readonly kind: 'cases';
      readonly cases: readonly { readonly is: Value; readonly if: Condition }[];
      readonly otherwise: Value | null;
    }
  | { readonly kind: 'coalesce'; readonly traits: readonly string[] }
  | {
      readonly kind: 'formula';
      readonly formula: Formula;
      /** What stands for a trait that is missing. */
      readonly missing: Readonly<Record<string, number>>;
    };

export type Formula =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'trait'; readonly trait: string }
  | { readonly kind: '+' | '-' | '*' | '/'; readonly left: Formula; readonly right: Formula };

/** Rows tied to people: orders, bookings, contracts. */
export interface EntityBody {
  /** The field that identifies a row. */
  readonly key: string;
  readonly fields: Readonly<
    Record<
      string,
      { readonly type: ValueType; readonly values: readonly string[] | null; readonly ignore: readonly Value[] }
    >
  >;
  /** Roles, and how many people each may tie to a row. */
  readonly people: Readonly<Record<string, { readonly max: number }>>;
}

export interface SegmentBody {
  readonly where: Condition;
}

/** A source: how the rows of a file become facts. */
export interface SourceBody {
  /** The files, relative to the workspace root; `*` stands for any part of a name. Without it they are given by hand. */
  readonly path?: string;
  readonly format: SourceFormat;
  /** In order of trust: the first that is known names the profile. Empty only with `entity`: then the row is about nobody else. */
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
  readonly consents: readonly {
    readonly purpose: string;
    readonly channel: string | null;
    readonly column: string;
    /** The column that says by which text, or how, it was given; absent: none. */
    readonly proof?: string;
  }[];
  /** Rows of an entity; absent: the rows are about people only. */
  readonly entity?: SourceEntity;
  /** When the row happened; null: when it was received. */
  readonly occurredAt: ColumnReading | null;
  /** Columns whose values name the fact for deduplication; empty: the row's content and its count among equals. */
  readonly messageId: readonly string[];
  /** A later instant than the reception is set back to it, or waits in the inbox until it comes. */
  readonly future: 'clamp' | 'wait';
  /** Calls over HTTP instead of files; columns are paths in them. */
  readonly api?: SourceApi;
  /** Rows of a query of another database, as JSON. */
  readonly database?: SourceDatabase;
  /** Rows of requests, as JSON. */
  readonly webhook?: SourceWebhook;
  /** A value of the wrong type is left out alone; absent: the whole row is. */
  readonly isLenient?: true;
  /** Where people live whose row says nothing of it: ISO 3166, two letters. */
  readonly country?: string;
}

/** How calls of the Segment specification reach a source. */
export interface SourceApi {
  /** References to secrets. */
  readonly writeKeys: readonly string[];
  /** What `group` calls tell of; null: they are refused. */
  readonly group: { readonly entity: string; readonly role: string } | null;
}

/** Which rows of another database are read, and when. */
export interface SourceDatabase {
  /** A `${secret.NAME}` reference. */
  readonly connection: string;
  /** One statement, as the file says it. */
  readonly query: string;
  /** The column from whose last value on rows are read. */
  readonly cursor: string;
  readonly every: Duration;
  /** How far before the last value, of a cursor of times. */
  readonly overlap: Duration | null;
}

/** How requests with rows reach a source. */
export interface SourceWebhook {
  /** References to secrets. */
  readonly writeKeys: readonly string[];
  /** A reference to the key of Standard Webhooks; null: requests aren't signed. */
  readonly verifyWith: string | null;
  /** The path of the list in the body; null: the body is the row, or the list. */
  readonly rows: string | null;
}

/** How a row of a file becomes a row of an entity. `occurredAt` says when it was so. */
export interface SourceEntity {
  readonly entity: string;
  /** The column of the key. */
  readonly column: string;
  /** Sorted by field. */
  readonly fields: readonly { readonly field: string; readonly type: ValueType; readonly from: ColumnReading }[];
  /** Sorted by role. Roles that aren't here stay as they are. */
  readonly people: readonly {
    readonly role: string;
    /** Whether the row names all who have the role, or further people. */
    readonly names: 'all' | 'more';
    readonly of: readonly SourcePerson[];
  }[];
}

/** Columns of one person in order of trust; with `list`, of each item of that column. A `column` of null is the item itself. */
export interface SourcePerson {
  readonly list: string | null;
  readonly identifiers: readonly { readonly type: string; readonly column: string | null }[];
}

export type SourceFormat =
  | {
      readonly kind: 'csv';
      readonly delimiter: string;
      readonly columns: readonly string[] | null;
      readonly encoding: string;
    }
  | { readonly kind: 'jsonl'; readonly encoding: string }
  | { readonly kind: 'table'; readonly columns: readonly string[]; readonly encoding: string }
  /** `widths` in characters, as many as `columns`. */
  | {
      readonly kind: 'fixed';
      readonly columns: readonly string[];
      readonly widths: readonly number[];
      readonly encoding: string;
    };

export interface ColumnReading {
  readonly column: string;
  /** Dates: `YYYYMMDD`, `YYYY-MM-DD`, `DD/MM/YYYY`, `MM/DD/YYYY`, `DD.MM.YYYY`, `epoch-s`, `epoch-ms`; null for other types or `iso`. */
  readonly format: string | null;
  /** Zone of dates without offset; null: the workspace's. */
  readonly zone: string | null;
  /** Currency of money columns that hold a bare amount in major units; null: read from the value (`80 EUR`) or the workspace's. */
  readonly currency: string | null;
  readonly currencyColumn: string | null;
  /** Numbers are written as `1.234,50`; absent: as `1234.50`. */
  readonly decimal?: 'comma';
}

/** Who is one person. A revision has at most one; without it only devices join the person who names himself. */
export interface IdentityBody {
  /** In order of trust. */
  readonly mergeBy: readonly {
    readonly identifier: string;
    /** Values that one person may have; null: any number. */
    readonly atMost: number | null;
    /** Lower case, sorted; `*` stands for any characters. */
    readonly never: readonly string[];
  }[];
  /** By type of identifier, how its values are put in order before they are looked up. */
  readonly clean?: Readonly<Record<string, CleanRule>>;
  /** Profiles that one person may be made of. */
  readonly maxProfiles: number;
  /** Keys of several traits, for people without an identifier in common. Absent: none. */
  readonly match?: readonly MatchKey[];
  /** By trait, where it isn't `latest`. */
  readonly survivorship: Readonly<Record<string, Survivorship>>;
}

/** People who are alike in all parts are one, or may be; at least one part isn't `similar`. */
export interface MatchKey {
  readonly id: string;
  /** Sorted by trait. */
  readonly on: readonly {
    readonly trait: string;
    readonly by: 'equal' | 'sound' | 'similar';
    /** Of `similar`: the share of trigrams in common. */
    readonly atLeast: number | null;
  }[];
  readonly outcome: 'propose' | 'merge';
  /** How often everybody is looked through; absent: when somebody asks. */
  readonly every?: Duration;
}

/** Which value of a trait is the person's; of equals the newest. */
export type Survivorship =
  | { readonly kind: 'most_complete' | 'most_frequent' }
  /** The most trusted first; others come last. */
  | { readonly kind: 'sources'; readonly sources: readonly string[] };
