/**
 * What a plan is: the ordered changes that take the store from its live revision to a bundle, with what they do to people.
 * Plain data, JSON-serialisable, executes nothing; the CLI, a CI comment and a console read this one value.
 * Made by `plan-changes.ts` and `impact.ts`, carried out by `apply-plan.ts`.
 */
import type { BundleKind, Metadata } from '../compiler/ir.ts';
import type { Held } from '../compiler/not-run.ts';
import type { PauseRow } from '../store/pauses.ts';

export type ChangeAction = 'add' | 'change' | 'remove';

/**
 * How much a change can do: words only · something new · other behaviour · other people in a segment · people who stand in a
 * journey · something is gone.
 */
export type ChangeClass = 'metadata' | 'additive' | 'behavioural' | 'audience' | 'in-flight' | 'destructive';

/** One field that differs, in the words of the language (`7d`, `80 EUR`). Null: the field isn't there on that side. */
export interface FieldChange {
  /** Such as `entry.reentry` or `steps.nudge.send.template`. */
  readonly path: string;
  readonly before: string | number | boolean | null;
  readonly after: string | number | boolean | null;
}

export interface Change {
  readonly action: ChangeAction;
  readonly kind: BundleKind;
  readonly id: string;
  readonly class: ChangeClass;
  readonly title: string | null;
  /** Digests of the bodies; null where there is none. */
  readonly before: string | null;
  readonly after: string | null;
  /** Only of changes; additions and removals are whole. */
  readonly fields: readonly FieldChange[];
}

/** A removal that would take something away from under people and that nobody allowed. */
export interface Refusal {
  /** `kind/id` of what would go. */
  readonly resource: string;
  /** Enrollments that stand on it. */
  readonly people: number;
  /** The journeys in which they stand. */
  readonly journeys: readonly string[];
}

/** Members of a segment. Counts are null when the query didn't end within its time limit. */
export interface SegmentImpact {
  readonly id: string;
  /** `indirect`: its own text is the same, something that it reads changes. */
  readonly change: ChangeAction | 'indirect';
  readonly before: number;
  readonly after: number | null;
  readonly entered: number | null;
  readonly left: number | null;
  /** `kind/id` of what reads the segment in the new bundle. */
  readonly readBy: readonly string[];
}

/** Who would enter a journey. */
export interface JourneyImpact {
  readonly id: string;
  /** `indirect`: its own text is the same, and a segment that lets people in changes. */
  readonly change: ChangeAction | 'indirect';
  /** Enrollments that are active now. */
  readonly active: number;
  readonly entries: readonly JourneyEntryImpact[];
}

/** By trigger: people who would enter now, or (schedules) at the next fire. Null: the query didn't end within its time limit. */
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

/** A journey that more people could enter than a guardrail of the workspace allows. */
export interface AudienceBreach {
  /** Its id. */
  readonly guardrail: string;
  readonly severity: 'error' | 'warning';
  /** `kind/id`. */
  readonly resource: string;
  /** Null: not counted in time. */
  readonly people: number | null;
  readonly max: number;
}

export interface Impact {
  /** The instant to which the counts belong, ISO. */
  readonly at: string;
  readonly segments: readonly SegmentImpact[];
  readonly journeys: readonly JourneyImpact[];
}

export interface Plan {
  /** The form of this value, for programs that read it. */
  readonly format: 1;
  /** The live revision from which it was computed; number 0 and null when nothing was applied yet. */
  readonly from: { readonly revision: number; readonly bundle: string | null };
  /** The digest of the bundle that it leads to. */
  readonly to: { readonly bundle: string };
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
  /** Guardrails on audiences that the counted people break. */
  readonly breaches: readonly AudienceBreach[];
  /** What this version of the engine doesn't run: left out of the changes, and nothing is applied while there is any. */
  readonly held: readonly Held[];
  /** What operators stopped and is in force: a difference from the files that is meant. */
  readonly pauses: readonly PauseRow[];
  /** Null when it wasn't asked for. */
  readonly impact: Impact | null;
}

/** What `revision.resources` holds for a resource. */
export interface ResourceEntry {
  readonly digest: string;
  readonly meta: Metadata;
  readonly needs: readonly string[];
}
