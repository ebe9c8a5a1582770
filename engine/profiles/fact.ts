/**
 * A fact on its way from ingestion to its lane: the body of an inbox row of kind `fact` (class 1 live, 4 import).
 * Values are already in their stored form (see `Value` in compiler/ir.ts) and the profile is already identified.
 */
import type { Value } from '../compiler/ir.ts';
import type { Cleaned } from './cleaning/clean.ts';

export interface Fact {
  /** When it happened, milliseconds since the epoch, UTC. Never later than `received`. */
  readonly at: number;
  readonly received: number;
  /** The id of the source that told it. */
  readonly source: string;
  /** Whether it may start or advance journeys. History may not. */
  readonly trigger: boolean;
  /** The person's first: everything that is read of people is read of him, not only what this fact touches. */
  readonly isNew?: true;
  /** Of such a fact, where others that came with it are older: since when the person is known. */
  readonly since?: number;
  /** By it the person, anonymous so far, became known: his first identifier that isn't a device's. */
  readonly isIdentified?: true;
  readonly event?: {
    readonly type: string;
    /** The declared measure in integers (minor units for money), or null. */
    readonly value: number | null;
    /** The measure's currency, or null. */
    readonly unit: string | null;
    readonly properties: Readonly<Record<string, Value>>;
  };
  /** Sourced traits, `zone` and `locale` among them; null forgets the value. */
  readonly traits?: Readonly<Record<string, Value | null>>;
  /** As they were written, of traits that a rule changed. */
  readonly cleaned?: Readonly<Record<string, Cleaned>>;
  readonly consents?: readonly {
    readonly purpose: string;
    /** A channel type, or `*`. */
    readonly channel: string;
    /** `confirmed`: granted, and by a second word of the person (double opt-in). */
    readonly state: 'granted' | 'denied' | 'confirmed';
    /** Why, or by which text. */
    readonly proof?: string;
  }[];
  /** Rows of entities that are another now, or in which he has another role. */
  readonly entities?: readonly EntityFact[];
}

/** A row of an entity as it is for one person from now on. */
export interface EntityFact {
  readonly entity: string;
  readonly key: string;
  /** His roles, sorted; none: he is tied to it no more. */
  readonly roles: readonly string[];
  /** All fields that are known, the key among them. */
  readonly fields: Readonly<Record<string, Value>>;
  /** What changed this time, as it was before; null: there was no value. */
  readonly before: Readonly<Record<string, Value | null>>;
  /** Grows with each change of the row: what is handled late changes nothing. */
  readonly version: number;
}
