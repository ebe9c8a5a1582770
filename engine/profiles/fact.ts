/**
 * A fact on its way from ingestion to its lane: the body of an inbox row of kind `fact` (class 1 live, 4 import).
 * Values are already in their stored form (see `Value` in compiler/ir.ts) and the profile is already identified.
 */
import type { Value } from '../compiler/ir.ts';

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
  readonly consents?: readonly {
    readonly purpose: string;
    /** A channel type, or `*`. */
    readonly channel: string;
    readonly state: 'granted' | 'denied';
  }[];
}
