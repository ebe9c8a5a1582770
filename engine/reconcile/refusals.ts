/** Removals that take something away from under people, unless they are allowed by name (`--allow-destructive`). Pure. */
import type { BundleResource } from '../compiler/ir.ts';
import { type Change, nameOfChange, type Refusal } from './plan.ts';
import type { Standing, State } from './state.ts';

export interface Removing {
  readonly changes: readonly Change[];
  /** What is live. */
  readonly resources: readonly BundleResource[];
  readonly standing: readonly Standing[];
  readonly accounts: State['accounts'];
  readonly allowed: ReadonlySet<string>;
  /** Whether nothing but the workspace would be left. */
  readonly isEmpty: boolean;
  /** The workspace's id. */
  readonly workspace: string;
}

/**
 * A programme in which members have points, a journey in which people stand, or something that the version in which they stand still reads. What a removed journey reads
 * isn't counted again: its own removal is the one to allow.
 */
export function refusedRemovals(removing: Removing): readonly Refusal[] {
  const { changes, resources, standing, accounts = [], allowed, ...house } = removing;
  const gone = changes.filter((change) => change.action === 'remove').map(nameOfChange);
  const empty = house.isEmpty ? emptyBundle(`workspace/${house.workspace}`, gone, { standing, allowed }) : null;
  if (empty !== null) return [empty];
  const staying = standing.filter((row) => !gone.includes(`journey/${row.journey}`));
  const reach = staying.map((row) => ({ row, needs: allNeeds(row, resources) }));
  const stranded = accounts
    .map(
      ({ program, ...rest }): Refusal => ({ kind: 'accounts', resource: `loyalty/${program}`, journeys: [], ...rest }),
    )
    .filter(({ resource }) => gone.includes(resource) && !allowed.has(resource));
  const removed = gone
    .filter((name) => !allowed.has(name))
    .map((name) => {
      const rows = name.startsWith('journey/')
        ? standing.filter((row) => `journey/${row.journey}` === name)
        : reach.filter(({ needs }) => needs.has(name)).map(({ row }) => row);
      return { kind: 'removed' as const, resource: name, ...headsOf(rows) };
    })
    .filter((one) => one.people > 0);
  return [...stranded, ...removed];
}

/** A folder without files, or the wrong one, says to remove everything: that is asked for by name. */
function emptyBundle(
  resource: string,
  gone: readonly string[],
  { standing, allowed }: Pick<Removing, 'standing' | 'allowed'>,
): Refusal | null {
  const isMeant = allowed.has(resource) || gone.every((name) => allowed.has(name));
  return gone.length === 0 || isMeant ? null : { kind: 'empty', resource, ...headsOf(standing) };
}

function headsOf(rows: readonly Standing[]): Pick<Refusal, 'people' | 'journeys'> {
  return {
    people: rows.reduce((sum, row) => sum + row.people, 0),
    journeys: [...new Set(rows.map((row) => row.journey))].sort(),
  };
}

/** What a version references, and what that references in turn. */
function allNeeds(row: Standing, resources: readonly BundleResource[]): ReadonlySet<string> {
  const live = new Map(resources.map((resource) => [`${resource.kind}/${resource.id}`, resource]));
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
