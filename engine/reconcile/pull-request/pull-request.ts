/**
 * What a pull request is told of its change, as data: what changes from its base, what that does to people as far as anybody here knows,
 * and the journeys that change, drawn. A request is read by many, so small counts are withheld. Pure; the words are a view's.
 */
import type { Bundle } from '../../compiler/ir.ts';
import { runnable } from '../../compiler/not-run.ts';
import { journeyOutline, type Outline } from '../../compiler/picture/journey-outline.ts';
import { journeyPicture } from '../../compiler/picture/journey-picture.ts';
import type { Picture } from '../../compiler/picture/picture.ts';
import type { Project } from '../../config/project.ts';
import type { Snapshot } from '../../measure/snapshot/snapshot.ts';
import type { Change, IndirectChange, Plan, Refusal, RenameSuggestion } from '../plan.ts';
import { planChanges } from '../plan-changes.ts';
import type { Standing } from '../state.ts';
import { effectOfPlan, effectOfSnapshot, type People } from './people.ts';

/** The files of one side. */
export interface Side {
  readonly project: Project;
  readonly bundle: Bundle;
}

export interface PullRequestInput {
  readonly base: { readonly name: string; readonly commit: string; readonly side: Side | null };
  readonly head: { readonly commit: string | null; readonly side: Side };
  /** The plan from the live store to the head, with its impact; null: no store was asked. */
  readonly live: Plan | null;
  readonly snapshot: Snapshot | null;
  /** Why the store wasn't asked, though it should have been; null: nobody wanted it, or it was. */
  readonly unreachable: string | null;
}

export interface Drawing {
  readonly id: string;
  readonly action: Change['action'];
  readonly before: Outline | null;
  readonly after: Outline | null;
  /** Of the new version; null where it is removed. */
  readonly picture: Picture | null;
  /** The file of the new version. */
  readonly file: string | null;
}

export interface PullRequest {
  readonly format: 1;
  readonly base: { readonly name: string; readonly commit: string; readonly isValid: boolean };
  readonly head: { readonly commit: string | null };
  readonly changes: readonly (Change & { readonly file: string | null })[];
  readonly indirect: readonly IndirectChange[];
  readonly suggestions: readonly RenameSuggestion[];
  readonly refusals: readonly {
    readonly kind: Refusal['kind'];
    readonly resource: string;
    readonly journeys: readonly string[];
  }[];
  readonly breaches: Plan['breaches'];
  /** What this version of the engine doesn't run. */
  readonly held: readonly string[];
  /** Null: nobody here knows where people stand. */
  readonly people: People | null;
  readonly unreachable: string | null;
  readonly drawings: readonly Drawing[];
}

/** Null: it changes nothing, so there is nothing to say. */
export function pullRequest(input: PullRequestInput): PullRequest | null {
  const { base, head, live, snapshot } = input;
  const own = ownPlan(base.side?.bundle ?? null, head.side.bundle, snapshot);
  if (own.changes.length === 0) return null;
  const judged = live ?? own;
  const files = filesOf(head.side.project);
  return {
    format: 1,
    base: { name: base.name, commit: base.commit, isValid: base.side !== null },
    head: { commit: head.commit },
    changes: own.changes.map((change) => ({ ...change, file: files.get(`${change.kind}/${change.id}`) ?? null })),
    indirect: own.indirect,
    suggestions: own.suggestions,
    refusals: judged.refusals.map(({ kind, resource, journeys }) => ({ kind, resource, journeys })),
    breaches: judged.breaches,
    held: own.held.map((one) => one.resource),
    people:
      live !== null
        ? effectOfPlan(live, base.side?.bundle.digest ?? null)
        : snapshot === null
          ? null
          : effectOfSnapshot(own, snapshot, base.side?.bundle.digest ?? null),
    unreachable: input.unreachable,
    drawings: drawings(own.changes, base.side?.project ?? null, head.side.project),
  };
}

/** From the base's files to the head's, with people where a snapshot says they stand. */
function ownPlan(base: Bundle | null, head: Bundle, snapshot: Snapshot | null): Plan {
  const resources = base === null ? [] : runnable(base).resources;
  return planChanges(head, {
    ...{ revision: null, resources, workspace: null, store: '' },
    standing: snapshot === null ? [] : standingOf(snapshot, resources),
  });
}

/** Those whose numbers are published; by the steps of the base where these are theirs. */
function standingOf(snapshot: Snapshot, resources: Bundle['resources']): readonly Standing[] {
  return snapshot.journeys.flatMap(({ id, version, steps }): readonly Standing[] => {
    const journey = resources.find((one) => one.kind === 'journey' && one.id === id);
    const known = steps.flatMap(({ step, people }) => (people === null || people === 0 ? [] : [{ step, people }]));
    if (journey === undefined || known.length === 0) return [];
    const people = known.reduce((sum, one) => sum + one.people, 0);
    return [{ journey: id, version, people, steps: known, needs: journey.needs }];
  });
}

/** `kind/id` → the file that declares it; what a schema unpacks has the schema's. */
function filesOf({ resources }: Project): ReadonlyMap<string, string> {
  return new Map(resources.map(({ kind, id, file }) => [`${kind}/${id}`, file]));
}

function drawings(changes: readonly Change[], base: Project | null, head: Project): readonly Drawing[] {
  return changes
    .filter((change) => change.kind === 'journey' && change.class !== 'metadata')
    .map(({ id, action, movedFrom }) => {
      const before = journeyOf(base, movedFrom ?? id);
      const after = journeyOf(head, id);
      return {
        ...{ id, action },
        before: before === undefined ? null : journeyOutline(before.body),
        after: after === undefined ? null : journeyOutline(after.body),
        picture: after === undefined ? null : journeyPicture(after.body),
        file: after?.file ?? null,
      };
    });
}

function journeyOf(project: Project | null, id: string) {
  return project?.resources.find((one) => one.kind === 'journey' && one.id === id);
}
