/** What reads something that changes, near or far, with the way to it. Pure. */
import type { BundleKind, BundleResource } from '../compiler/ir.ts';
import { type Change, type IndirectChange, nameOfChange } from './plan.ts';

/** Resources followed from changes. */
const reachMax = 100_000;

/** Kinds that hold no behaviour of their own that another's change could alter. */
const inert: ReadonlySet<BundleKind> = new Set(['workspace', 'test']);

/**
 * Resources of the new bundle whose own text is as before and that read what changes, each with a shortest way to it. `standing` are the
 * journeys in which people are.
 */
export function indirectChanges(
  resources: readonly BundleResource[],
  changes: readonly Change[],
  standing: ReadonlySet<string>,
): readonly IndirectChange[] {
  // What is new is read only by what changes itself.
  const sources = changes.filter(
    ({ action, class: how }) => how !== 'metadata' && action !== 'add' && action !== 'remove',
  );
  if (sources.length === 0) return [];
  const direct = new Set(changes.filter(({ class: how }) => how !== 'metadata').map(nameOfChange));
  const ways = waysFrom(sources, resources);
  return resources
    .filter((one) => ways.has(nameOf(one)) && !direct.has(nameOf(one)) && !inert.has(one.kind))
    .map((one) => ({
      resource: nameOf(one),
      class: classOf(one, standing),
      because: ways.get(nameOf(one)) as readonly string[],
    }))
    .sort((a, b) => (a.resource < b.resource ? -1 : 1));
}

/** By `kind/id` of what is reached, the way from a change to it, itself left out. */
function waysFrom(
  sources: readonly Change[],
  resources: readonly BundleResource[],
): ReadonlyMap<string, readonly string[]> {
  const readers = readersOf(resources);
  const ways = new Map<string, readonly string[]>();
  const queue = sources.map(nameOfChange);
  const seen = new Set(queue);
  // Dates are read in the workspace's zone, and no resource says so in its needs.
  const house = sources.find(({ kind, fields }) => kind === 'workspace' && fields.some(({ path }) => path === 'zone'));
  if (house !== undefined) {
    for (const one of resources)
      if (one.kind === 'segment' || one.kind === 'trait') readers.add(nameOfChange(house), nameOf(one));
  }
  for (let i = 0; i < queue.length && i < reachMax; i++) {
    const name = queue[i] as string;
    // Who reads a journey reads who is in it, not what its file says.
    if (name.startsWith('journey/')) continue;
    for (const reader of readers.of(name)) {
      if (seen.has(reader)) continue;
      seen.add(reader);
      ways.set(reader, [...(ways.get(name) ?? []), name]);
      queue.push(reader);
    }
  }
  return ways;
}

/** Who reads what: the needs of all, turned round. */
function readersOf(resources: readonly BundleResource[]) {
  const all = new Map<string, string[]>();
  const add = (name: string, reader: string): void => {
    const list = all.get(name);
    if (list === undefined) all.set(name, [reader]);
    else list.push(reader);
  };
  for (const one of resources) for (const name of one.needs) add(name, nameOf(one));
  return { add, of: (name: string): readonly string[] => all.get(name) ?? [] };
}

function classOf({ kind, id }: BundleResource, standing: ReadonlySet<string>): IndirectChange['class'] {
  if (kind === 'segment' || kind === 'trait' || kind === 'persona') return 'audience';
  return kind === 'journey' && standing.has(id) ? 'in-flight' : 'behavioural';
}

function nameOf({ kind, id }: BundleResource): string {
  return `${kind}/${id}`;
}
