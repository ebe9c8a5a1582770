/**
 * The names that resources may reference, with what a reader of the name must know of it (types, forms, channel types). Made
 * once for a project by `resolve/declare.ts`, read through `references.ts`.
 */
import type {
  ChannelType,
  ConsentBody,
  ContactHours,
  Coverage,
  EntityBody,
  EventBody,
  Per,
  ValueType,
  WorkspaceBody,
} from './ir.ts';

export interface TraitName {
  readonly type: ValueType;
  /** Of an enum. */
  readonly values: readonly string[] | null;
  readonly origin: 'built-in' | 'sourced' | 'computed';
  /** The source that it comes from, where the schema names one. */
  readonly from?: string;
  /** The one currency that a computed amount can have. */
  readonly currency?: string;
  /** The definition has a mistake, so the type is a guess: nothing more is said of what reads it. */
  readonly isGuessed?: true;
}

/** What a template asks of the send that uses it. */
export interface TemplateName {
  /** Channel types that have a form, or `any`. */
  readonly forms: ReadonlySet<string>;
  /** Names it reads from `with` and from `entry`. */
  readonly withNames: ReadonlySet<string>;
  readonly entryProperties: ReadonlySet<string>;
  /** Entities whose fields it reads: the journey must be per them. */
  readonly entities: ReadonlySet<string>;
  /** Ids of the parts and layouts that it takes in itself; what they ask is theirs (`withParts`). */
  readonly parts: ReadonlySet<string>;
  /** Formats (`text`, `html`, `mjml`) in which it can be taken in, or stand around a mail. */
  readonly part: ReadonlySet<string>;
  readonly layout: ReadonlySet<string>;
}

/** What a journey asks of the `start` that leads into it. */
export interface JourneyName {
  /** Null: one enrollment for each person. */
  readonly per: Per | null;
  /** What a `start` hands over, with its type. */
  readonly with: ReadonlyMap<string, ValueType>;
  /** Whether a `start` leads into it. */
  readonly isStarted: boolean;
  /** Ids of the steps that send or call. */
  readonly messages: ReadonlySet<string>;
  /** Ids of all its steps. */
  readonly steps: ReadonlySet<string>;
  /** The arms of each `split`, by its step. */
  readonly splits: ReadonlyMap<string, readonly string[]>;
  /** Names of its ways out. */
  readonly exits: ReadonlySet<string>;
}

/** What of a loyalty programme is named elsewhere. */
export interface ProgrammeName {
  readonly tiers: readonly string[];
  readonly rewards: ReadonlySet<string>;
  /** What each reward takes, in points. */
  readonly costs: ReadonlyMap<string, number>;
  /** The badge of each challenge; null: it gives none. */
  readonly challenges: ReadonlyMap<string, string | null>;
}

export interface QuietHours {
  readonly covers: Coverage;
  /** `HH:MM`. */
  readonly from: string;
  readonly to: string;
}

export interface Names {
  readonly workspace: WorkspaceBody;
  readonly events: ReadonlyMap<string, EventBody>;
  readonly traits: ReadonlyMap<string, TraitName>;
  readonly segments: ReadonlySet<string>;
  readonly journeys: ReadonlyMap<string, JourneyName>;
  /** By tag of journeys, who has it; empty where no rule of pressure asks for tags. */
  readonly tags: ReadonlyMap<string, readonly string[]>;
  readonly entities: ReadonlyMap<string, EntityBody>;
  /** The personas of each set, in the order of the file. */
  readonly personas: ReadonlyMap<string, readonly string[]>;
  readonly programmes: ReadonlyMap<string, ProgrammeName>;
  readonly destinations: ReadonlySet<string>;
  readonly sources: ReadonlySet<string>;
  /** The document that says who is one person. */
  readonly identity: string | null;
  readonly channels: ReadonlyMap<string, ChannelType>;
  readonly consents: ReadonlyMap<string, ConsentBody>;
  /** When the desk of a call list is open; an empty list says nothing. */
  readonly desks: ReadonlyMap<string, readonly ContactHours[]>;
  /** Those that hold on every day for everybody. */
  readonly quietHours: readonly QuietHours[];
  readonly templates: ReadonlyMap<string, TemplateName>;
  readonly countries: ReadonlySet<string>;
  /** Whether the workspace signs links. */
  readonly hasLinks: boolean;
  /** Locales of countries, and a country that has it. */
  readonly countryLocales: ReadonlyMap<string, string>;
}
