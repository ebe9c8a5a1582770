/**
 * Bundle and live state → the changes between them. Pure: no store, no clock; the same two values give the same plan, in the same
 * order. What the changes do to people is counted in `impact/`.
 */
import type { Bundle, BundleKind, BundleResource } from '../compiler/ir.ts';
import { splitHeld } from '../compiler/not-run.ts';
import { changeBetween } from './change-between.ts';
import { fatesOf } from './in-flight-fates.ts';
import { indirectChanges } from './indirect.ts';
import { type Change, nameOfChange, type Plan, type PlanTarget, planFormat } from './plan.ts';
import { preconditionsOf } from './preconditions.ts';
import { refusedRemovals } from './refusals.ts';
import { movesBetween, type Names, suggestRenames } from './renames.ts';
import { stagesOf } from './stages.ts';
import type { Standing, State } from './state.ts';

/** What is read comes before what reads it. */
const kindOrder: readonly BundleKind[] = [
  'workspace',
  'event',
  'entity',
  'trait',
  'source',
  'identity',
  'consent',
  'channel',
  'template',
  'segment',
  'persona',
  'country',
  'pressure',
  'holdout',
  'loyalty',
  'destination',
  'journey',
  'test',
];

export interface PlanOptions {
  /** `kind/id` of what people stand on and that was allowed by name. */
  readonly allowDestructive?: readonly string[];
  /** When the plan is made. */
  readonly at?: Date;
  /** `--env`. */
  readonly environment?: string | null;
}

/** The changes from the live state to the bundle, and what of them is refused. Impact is null. */
export function planChanges(bundle: Bundle, state: State, options: PlanOptions = {}): Plan {
  const { run, held } = splitHeld(bundle);
  const live = byName(state.resources);
  const next = byName(run);
  // What is held isn't removed either: the store keeps what it runs.
  const kept = new Set(held.map((one) => one.resource));
  const names = state.revision?.origins ?? {};
  const sides = sidesOf({ live, next, kept, names });
  const standing = standingBy(state.standing);
  const changes = sides
    .map(({ before, after }) => changeBetween({ before, after, people: headsOf(standing, before) }))
    .filter((change) => change !== null)
    .sort(compareChanges);
  const allowed = new Set(options.allowDestructive);
  const inFlight = fatesBy({ changes, live, next, standing, allowed });
  const indirect = indirectChanges(run, changes, new Set(standing.keys()));
  const preconditions = preconditionsOf(changes, live, next);
  const removals = refusedRemovals({
    ...{ changes, resources: state.resources, standing: state.standing, accounts: state.accounts, allowed },
    isEmpty: run.every(({ kind }) => kind === 'workspace') && held.length === 0,
    workspace: workspaceId(bundle),
  });
  const revision = (state.revision?.number ?? 0) + 1;
  const fates = inFlight.flatMap((one) => one.fates);
  return {
    format: planFormat,
    madeAt: options.at?.toISOString() ?? null,
    target: targetOf(bundle, state, options),
    from: { revision: state.revision?.number ?? 0, bundle: state.revision?.bundle_digest ?? null },
    to: { bundle: bundle.digest },
    changes,
    indirect,
    inFlight: fates,
    suggestions: [...suggestRenames(live, next, names), ...inFlight.flatMap((one) => one.suggestions)],
    refusals: [...removals, ...inFlight.flatMap((one) => one.refusals)],
    breaches: [],
    preconditions,
    stages: stagesOf({
      ...{ changes, indirect, inFlight: fates, preconditions: preconditions.length },
      ...{ revision, resources: run, live },
    }),
    held,
    pauses: [],
    decided: [],
    impact: null,
  };
}

/** Whether two plans would do the same, whatever their impact and the revision they started from. */
export function haveSameChanges(a: Plan, b: Plan): boolean {
  return JSON.stringify(a.changes.map(whatChanges)) === JSON.stringify(b.changes.map(whatChanges));
}

/** Without what depends on who stands where at the moment. */
function whatChanges({ class: _, reasons: __, ...change }: Change): Omit<Change, 'class' | 'reasons'> {
  return change;
}

function targetOf(bundle: Bundle, state: State, { environment }: PlanOptions): PlanTarget {
  return { workspace: workspaceId(bundle), environment: environment ?? null, store: state.store };
}

function workspaceId({ resources }: Bundle): string {
  return resources.find((resource) => resource.kind === 'workspace')?.id ?? 'workspace';
}

type Resources = ReadonlyMap<string, BundleResource>;

/** By `kind/id`. */
export function byName(resources: readonly BundleResource[]): Resources {
  return new Map(resources.map((resource) => [`${resource.kind}/${resource.id}`, resource]));
}

interface Meeting {
  readonly live: Resources;
  readonly next: Resources;
  /** What is left as it is. */
  readonly kept: ReadonlySet<string>;
  readonly names: Names;
}

/** Each resource before and after, once: what was renamed is one, with its old self before. */
function sidesOf({ live, next, kept, names }: Meeting) {
  const moves = movesBetween(live, next, names);
  const moved = new Set(moves.values());
  return [...new Set([...live.keys(), ...next.keys()])]
    .filter((name) => !kept.has(name) && !moved.has(name))
    .map((name) => ({ before: live.get(moves.get(name) ?? name), after: next.get(name) }));
}

function standingBy(rows: readonly Standing[]): ReadonlyMap<string, readonly Standing[]> {
  const byJourney = new Map<string, Standing[]>();
  for (const row of rows) {
    const list = byJourney.get(row.journey);
    if (list === undefined) byJourney.set(row.journey, [row]);
    else list.push(row);
  }
  return byJourney;
}

function headsOf(standing: ReadonlyMap<string, readonly Standing[]>, before: BundleResource | undefined): number {
  if (before?.kind !== 'journey') return 0;
  return (standing.get(before.id) ?? []).reduce((sum, row) => sum + row.people, 0);
}

interface Inside {
  readonly changes: readonly Change[];
  readonly live: Resources;
  readonly next: Resources;
  readonly standing: ReadonlyMap<string, readonly Standing[]>;
  readonly allowed: ReadonlySet<string>;
}

function fatesBy({ changes, live, next, standing, allowed }: Inside) {
  return changes
    .filter(({ kind }) => kind === 'journey')
    .map((change) => {
      const was = change.movedFrom ?? change.id;
      const sides = { before: live.get(`journey/${was}`), after: next.get(nameOfChange(change)) };
      return fatesOf({ change, ...sides, standing: standing.get(was) ?? [] }, allowed.has(nameOfChange(change)));
    });
}

function compareChanges(a: Change, b: Change): number {
  return kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind) || (a.id < b.id ? -1 : 1);
}
