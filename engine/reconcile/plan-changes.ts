/**
 * Bundle and live state → the changes between them. Pure: no store, no clock; the same two values give the same plan, in the same
 * order. What the changes do to people is counted in `impact.ts`.
 */
import type { Bundle, BundleKind, BundleResource } from '../compiler/ir.ts';
import { splitHeld } from '../compiler/not-run.ts';
import { fieldDifferences } from './field-differences.ts';
import type { Change, ChangeClass, Plan, Refusal } from './plan.ts';
import { readableBody } from './readable-body.ts';
import type { Standing, State } from './state.ts';

/** What is read comes before what reads it. */
const kindOrder: readonly BundleKind[] = [
  'workspace',
  'event',
  'entity',
  'trait',
  'source',
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
  /** `kind/id` of removals that people stand on and that were allowed by name. */
  readonly allowDestructive?: readonly string[];
}

/** The changes from the live state to the bundle, and the removals among them that are refused. Impact is null. */
export function planChanges(bundle: Bundle, state: State, options: PlanOptions = {}): Plan {
  const { run, held } = splitHeld(bundle);
  const live = byName(state.resources);
  const next = byName(run);
  // What is held isn't removed either: the store keeps what it runs.
  const kept = new Set(held.map((one) => one.resource));
  const standing = new Set(state.standing.map((row) => row.journey));
  const changes = [...new Set([...live.keys(), ...next.keys()])]
    .filter((name) => !kept.has(name))
    .map((name) => changeBetween(live.get(name), next.get(name), standing))
    .filter((change) => change !== null)
    .sort(compareChanges);
  return {
    format: 1,
    from: { revision: state.revision?.number ?? 0, bundle: state.revision?.bundle_digest ?? null },
    to: { bundle: bundle.digest },
    changes,
    refusals: refusedRemovals(changes, state, new Set(options.allowDestructive)),
    held,
    breaches: [],
    pauses: [],
    impact: null,
  };
}

/** Whether two plans would do the same, whatever their impact and the revision they started from. */
export function isSamePlan(a: Plan, b: Plan): boolean {
  return (
    a.to.bundle === b.to.bundle &&
    JSON.stringify(a.changes.map(whatChanges)) === JSON.stringify(b.changes.map(whatChanges))
  );
}

/** Without the class, which depends on who stands where at the moment. */
function whatChanges({ class: _, ...change }: Change): Omit<Change, 'class'> {
  return change;
}

function byName(resources: readonly BundleResource[]): ReadonlyMap<string, BundleResource> {
  return new Map(resources.map((resource) => [`${resource.kind}/${resource.id}`, resource]));
}

function changeBetween(
  before: BundleResource | undefined,
  after: BundleResource | undefined,
  standing: ReadonlySet<string>,
): Change | null {
  const either = after ?? before;
  if (either === undefined) return null;
  const fields = before && after ? differencesBetween(before, after) : [];
  if (before && after && fields.length === 0) return null;
  return {
    action: before === undefined ? 'add' : after === undefined ? 'remove' : 'change',
    kind: either.kind,
    id: either.id,
    class: classOf(before, after, standing),
    title: either.meta.title ?? null,
    before: before?.digest ?? null,
    after: after?.digest ?? null,
    fields,
  };
}

function differencesBetween(before: BundleResource, after: BundleResource) {
  const sameMeta = JSON.stringify(before.meta) === JSON.stringify(after.meta);
  if (before.digest === after.digest && sameMeta) return [];
  const fields = fieldDifferences(readableBody(before), readableBody(after));
  if (fields.length > 0 || before.digest === after.digest) return fields;
  // Bodies that differ only in what has no words yet are still shown as what they are: different.
  return [{ path: 'digest', before: before.digest, after: after.digest }];
}

function classOf(
  before: BundleResource | undefined,
  after: BundleResource | undefined,
  standing: ReadonlySet<string>,
): ChangeClass {
  if (before === undefined) return 'additive';
  if (after === undefined) return 'destructive';
  if (before.digest === after.digest) return 'metadata';
  if (after.kind === 'journey') return standing.has(after.id) ? 'in-flight' : 'behavioural';
  return after.kind === 'segment' || after.kind === 'trait' || after.kind === 'event' ? 'audience' : 'behavioural';
}

function compareChanges(a: Change, b: Change): number {
  return kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind) || (a.id < b.id ? -1 : 1);
}

/**
 * A journey in which people stand, or something that the version in which they stand still reads. What a removed journey reads
 * isn't counted again: its own removal is the one to allow.
 */
function refusedRemovals(changes: readonly Change[], state: State, allowed: ReadonlySet<string>): readonly Refusal[] {
  const removed = changes.filter((change) => change.action === 'remove').map((change) => `${change.kind}/${change.id}`);
  const staying = state.standing.filter((row) => !removed.includes(`journey/${row.journey}`));
  const reach = staying.map((row) => ({ row, needs: allNeeds(row, state.resources) }));
  return removed
    .filter((name) => !allowed.has(name))
    .map((name) => {
      const rows = name.startsWith('journey/')
        ? state.standing.filter((row) => `journey/${row.journey}` === name)
        : reach.filter(({ needs }) => needs.has(name)).map(({ row }) => row);
      return refusal(name, rows);
    })
    .filter((one) => one.people > 0);
}

function refusal(resource: string, rows: readonly Standing[]): Refusal {
  return {
    resource,
    people: rows.reduce((sum, row) => sum + row.people, 0),
    journeys: [...new Set(rows.map((row) => row.journey))].sort(),
  };
}

/** What a version references, and what that references in turn. */
function allNeeds(row: Standing, resources: readonly BundleResource[]): ReadonlySet<string> {
  const live = byName(resources);
  const found = new Set<string>();
  const left = [...row.needs];
  while (left.length > 0) {
    const name = left.pop() as string;
    if (found.has(name)) continue;
    found.add(name);
    left.push(...(live.get(name)?.needs ?? []));
  }
  return found;
}
