/**
 * What a plan is: the ordered changes that take the store from its live revision to a bundle, with what they do to people.
 * Plain data, JSON-serialisable, executes nothing; the CLI, a CI comment and a console read this one value, whose form
 * `schemas/plan.schema.json` publishes. Made by `plan-changes.ts` and `impact/`, carried out by `apply-plan.ts`. What is counted of people
 * is in `impact-form.ts`.
 */
import type { BundleKind, Metadata } from '../compiler/ir.ts';
import type { Held } from '../compiler/not-run.ts';
import type { PauseRow } from '../store/pauses.ts';
import type { SplitStand } from '../store/splits.ts';
import type { Impact, Touch } from './impact-form.ts';

/** The form of plans that this engine makes; another number is another form. */
export const planFormat = 2;

export type ChangeAction = Exclude<Touch, 'indirect'>;

/**
 * How much a change can do: words only · something new · other behaviour · other people in a segment · people who stand in a
 * journey · something is gone.
 */
export type ChangeClass = 'metadata' | 'additive' | 'behavioural' | 'audience' | 'in-flight' | 'destructive';

/** The classes from the most harmless to the one that wins over all others. */
export const changeClasses: readonly ChangeClass[] = [
  'metadata',
  'additive',
  'behavioural',
  'audience',
  'in-flight',
  'destructive',
];

/** One field that differs, in the words of the language (`7d`, `80 EUR`). Null: the field isn't there on that side. */
export interface FieldChange {
  /** Such as `entry.reentry` or `steps.nudge.send.template`; a step is named by its id alone, wherever it stands. */
  readonly path: string;
  readonly before: string | number | boolean | null;
  readonly after: string | number | boolean | null;
  /** The same as a sentence for people: `delay 3d → 5d at step remind-2`. */
  readonly words: string;
}

export interface Change {
  readonly action: ChangeAction;
  readonly kind: BundleKind;
  readonly id: string;
  /** Of a move: the id that it had; null otherwise. */
  readonly movedFrom: string | null;
  readonly class: ChangeClass;
  /** Why it is of that class, a sentence each; the first decides. */
  readonly reasons: readonly string[];
  readonly title: string | null;
  /** Digests of the bodies; null where there is none. */
  readonly before: string | null;
  readonly after: string | null;
  /** Of changes and moves; additions and removals are whole. */
  readonly fields: readonly FieldChange[];
}

/** A resource whose own text is as before and that reads something that changes. */
export interface IndirectChange {
  /** `kind/id`. */
  readonly resource: string;
  readonly class: 'behavioural' | 'audience' | 'in-flight';
  /** The way from what changes to it, each reading the one before: `[trait/x, segment/y]`. */
  readonly because: readonly string[];
}

/** What becomes of the people who stand in one step. */
export interface StepFate {
  /** Null: they stand at no step (those of the holdout, those who have just come in). */
  readonly step: string | null;
  readonly people: number;
  /** `pinned`: by the old steps · `moved`: to the same or another step of the new ones · `left`: out of the journey. */
  readonly fate: 'pinned' | 'moved' | 'left';
  /** Of those who are moved: the step of the new version. */
  readonly to: string | null;
}

/** What becomes of the people of one version of a journey. */
export interface InFlightFate {
  /** The id as it will be. */
  readonly journey: string;
  /** Digest of the steps by which they go now. */
  readonly version: string;
  readonly policy: 'pin' | 'migrate' | 'drain' | 'exit' | 'removed';
  /** Of `migrate`. */
  readonly waits: 'keep' | 'recompute' | null;
  readonly people: number;
  readonly steps: readonly StepFate[];
}

/** What looks like another name of the same thing; said, never guessed. */
export interface RenameSuggestion {
  /** `kind/id` of what would be new; of a step: the journey that holds it. */
  readonly resource: string;
  /** The id of the step that would be new; null: the resource itself. */
  readonly step: string | null;
  /** The id that it seems to have had. */
  readonly was: string;
  /** 0 to 1. */
  readonly similarity: number;
}

/** Something that the plan would take away from under people, and that nobody allowed. */
export type Refusal =
  /** A journey in which people stand, or something that the steps by which they go still read. */
  | {
      readonly kind: 'removed';
      /** `kind/id` of what would go. */
      readonly resource: string;
      /** Enrollments that stand on it. */
      readonly people: number;
      /** The journeys in which they stand. */
      readonly journeys: readonly string[];
    }
  /** Steps that are gone while people stand in them, and the file doesn't say what becomes of these. */
  | {
      readonly kind: 'steps-gone';
      readonly resource: string;
      readonly people: number;
      readonly journeys: readonly string[];
      readonly steps: readonly { readonly step: string; readonly people: number }[];
    }
  /** More versions of one journey would be lived in than the engine keeps. */
  | {
      readonly kind: 'versions';
      readonly resource: string;
      readonly people: number;
      readonly journeys: readonly string[];
      readonly versions: number;
      readonly max: number;
    }
  /** A loyalty programme whose members have points, or owe some: the ledger knows it by this id alone. */
  | {
      readonly kind: 'accounts';
      readonly resource: string;
      /** Members who have something, or owe something. */
      readonly people: number;
      readonly journeys: readonly string[];
      readonly points: number;
      readonly debt: number;
    }
  /** Nothing would be left but the workspace. `people`: all that are in any journey. */
  | {
      readonly kind: 'empty';
      readonly resource: string;
      readonly people: number;
      readonly journeys: readonly string[];
    };

/** A guardrail of the workspace that the plan breaks. */
export interface Breach {
  /** Its id. */
  readonly guardrail: string;
  readonly severity: 'error' | 'warning';
  /** `kind/id` of what breaks it; null: the plan as a whole. */
  readonly resource: string | null;
  /** What is bounded. */
  readonly of: 'audience' | 'max_enter' | 'max_shrink' | 'max_messages_hour' | 'plan';
  /** Null: not counted in time. Of `max_shrink`: percent. */
  readonly found: number | null;
  readonly max: number;
  /** What is said of it to people. */
  readonly words: string;
}

/** What apply and the lanes do with the plan, in this order: what `--explain` shows is the list that apply goes through. */
export type Stage =
  | { readonly kind: 'lock'; readonly by: 'apply' }
  /** What the plan stands on is compared with the store. */
  | { readonly kind: 'check'; readonly by: 'apply'; readonly resources: number }
  /** Bodies that are new to the store. */
  | { readonly kind: 'bodies'; readonly by: 'apply'; readonly count: number }
  | { readonly kind: 'revision'; readonly by: 'apply'; readonly number: number; readonly resources: number }
  | { readonly kind: 'commit'; readonly by: 'apply' }
  /** From here on lane by lane, each in a transaction of its own. */
  | { readonly kind: 'rename'; readonly by: 'lanes'; readonly from: string; readonly to: string }
  | { readonly kind: 'clear'; readonly by: 'lanes'; readonly resources: readonly string[] }
  /** Traits, personas and segments that are worked out anew for everybody. */
  | { readonly kind: 'fill'; readonly by: 'lanes'; readonly resources: readonly string[] }
  | { readonly kind: 'end'; readonly by: 'lanes'; readonly journeys: readonly string[]; readonly people: number }
  | {
      readonly kind: 'in-flight';
      readonly by: 'lanes';
      readonly journey: string;
      readonly policy: InFlightFate['policy'];
      readonly people: number;
    }
  /** Times of entries that are worked out anew. */
  | { readonly kind: 'times'; readonly by: 'lanes'; readonly journeys: readonly string[] }
  /** Present members who may enter. */
  | { readonly kind: 'enter'; readonly by: 'lanes'; readonly journey: string; readonly segment: string }
  | { readonly kind: 'current'; readonly by: 'lanes'; readonly revision: number };

/** What the store must still be like when the plan is carried out. */
export interface Precondition {
  /** `kind/id` of what the plan changes, or of what that reads. */
  readonly resource: string;
  /** The digest of its body in the live revision; null: it isn't there. */
  readonly digest: string | null;
  /** The digest of its title, description, owner and tags; null where it isn't there, or where only the body counts. */
  readonly meta: string | null;
}

/** To what a plan is bound. */
export interface PlanTarget {
  readonly workspace: string;
  /** `--env`; null: the documents as they stand. */
  readonly environment: string | null;
  /** The identity of the store: a UUID. */
  readonly store: string;
}

export interface Plan {
  /** The form of this value, for programs that read it. */
  readonly format: typeof planFormat;
  /** When it was made, ISO; null where nobody told the time. */
  readonly madeAt: string | null;
  readonly target: PlanTarget;
  /** The live revision from which it was computed; number 0 and null when nothing was applied yet. */
  readonly from: { readonly revision: number; readonly bundle: string | null };
  /** The digest of the bundle that it leads to. */
  readonly to: { readonly bundle: string };
  readonly changes: readonly Change[];
  readonly indirect: readonly IndirectChange[];
  /** By journey and version, where people stand and something about their steps changes. */
  readonly inFlight: readonly InFlightFate[];
  readonly suggestions: readonly RenameSuggestion[];
  readonly refusals: readonly Refusal[];
  /** Guardrails that the plan or the counted people break. */
  readonly breaches: readonly Breach[];
  readonly preconditions: readonly Precondition[];
  readonly stages: readonly Stage[];
  /** What this version of the engine doesn't run: left out of the changes, and nothing is applied while there is any. */
  readonly held: readonly Held[];
  /** What operators stopped and is in force: a difference from the files that is meant. */
  readonly pauses: readonly PauseRow[];
  /** Tests of splits that have ended while their files still split: state that a file may take over. */
  readonly decided: readonly SplitStand[];
  /** Null when it wasn't asked for. */
  readonly impact: Impact | null;
}

/** What `revision.resources` holds for a resource. */
export interface ResourceEntry {
  readonly digest: string;
  readonly meta: Metadata;
  readonly needs: readonly string[];
}

/** The change's `kind/id`. */
export function nameOfChange({ kind, id }: Pick<Change, 'kind' | 'id'>): string {
  return `${kind}/${id}`;
}
