/**
 * Guardrails in their compiled form: what must never ship. Here is what they ask; whether it is kept is found by
 * `guardrails/check.ts`, and for audiences by plan, which can count people.
 */
import type { Objective, Weekday } from './pressure.ts';

export type Requirement = 'owner' | 'title' | 'description' | 'goal' | 'exit' | 'holdout';

export interface Guardrail {
  readonly id: string;
  readonly severity: 'error' | 'warning';
  readonly rule: GuardrailRule;
  readonly applies: {
    /** Sorted. */
    readonly kinds: readonly string[];
    /** Null: all. */
    readonly journeys: readonly string[] | null;
    readonly objectives: readonly Objective[] | null;
    readonly tags: readonly string[] | null;
  };
  readonly exceptions: readonly {
    /** `kind/id`. */
    readonly resource: string;
    readonly reason: string;
    /** The last day on which it counts: days since 1970-01-01. */
    readonly until: number;
  }[];
}

export type GuardrailRule =
  | { readonly kind: 'require'; readonly what: readonly Requirement[] }
  | {
      readonly kind: 'forbid';
      /** Ids of channels. */
      readonly channels: readonly string[];
      /** `HH:MM` in the person's zone, the second earlier: past midnight. Null: the whole day. */
      readonly between: readonly [string, string] | null;
      /** On which the window begins; null: every day. */
      readonly days: readonly Weekday[] | null;
    }
  | {
      /** `audience`: people who could enter a journey; measured by plan. */
      readonly kind: 'bound';
      readonly of: 'audience' | 'messages_per_person_per_week' | 'points_per_month';
      readonly max: number;
    }
  | {
      /** What one apply may do to people; measured by plan. At least one is there. */
      readonly kind: 'impact';
      /** Who would enter a journey now. */
      readonly maxEnter?: number;
      /** Members that a segment would lose, in percent. */
      readonly maxShrink?: number;
      /** Messages within an hour of apply, over the journeys that it is about. */
      readonly maxMessagesHour?: number;
    }
  | {
      /** A condition on the plan as `schemas/plan.schema.json` publishes it: entries of one of its lists, or the sum of a field of theirs. */
      readonly kind: 'plan';
      /** The way to the list: `changes`, `impact.journeys`. */
      readonly of: string;
      readonly where: Readonly<Record<string, readonly (string | number | boolean | null)[]>>;
      readonly sum: string | null;
      readonly max: number;
    };
