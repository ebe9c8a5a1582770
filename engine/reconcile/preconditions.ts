/**
 * What a plan stands on, resource by resource: what it changes, what that reads, and the workspace whose guardrails it was held against.
 * Nothing else makes it stale, however often others apply meanwhile. Pure.
 */
import { digestOf } from '../compiler/digest.ts';
import type { BundleResource } from '../compiler/ir.ts';
import { type Change, nameOfChange, type Precondition } from './plan.ts';

type Resources = ReadonlyMap<string, BundleResource>;

/** In order of name. What is read is followed through the new bundle: what the live one reads there is the same or changes itself. */
export function preconditionsOf(changes: readonly Change[], live: Resources, next: Resources): readonly Precondition[] {
  if (changes.length === 0) return [];
  const changed = new Set(changes.flatMap((change) => [nameOfChange(change), ...oldNames(change)]));
  const house = [...live.keys(), ...next.keys()].filter((name) => name.startsWith('workspace/'));
  const read = readBy(changes.filter(({ class: how }) => how !== 'metadata').map(nameOfChange), next);
  const bodies = [...read, ...house].filter((name) => !changed.has(name));
  return [
    ...[...changed].map((resource) => conditionOf(resource, live.get(resource), true)),
    ...[...new Set(bodies)].map((resource) => conditionOf(resource, live.get(resource), false)),
  ].sort((a, b) => (a.resource < b.resource ? -1 : 1));
}

function oldNames({ kind, movedFrom }: Change): readonly string[] {
  return movedFrom === null ? [] : [`${kind}/${movedFrom}`];
}

function conditionOf(resource: string, one: BundleResource | undefined, hasMeta: boolean): Precondition {
  if (one === undefined) return { resource, digest: null, meta: null };
  return { resource, digest: one.digest, meta: hasMeta ? digestOf(one.meta) : null };
}

/** All that the named read, near or far. */
function readBy(names: readonly string[], resources: Resources): ReadonlySet<string> {
  const found = new Set<string>();
  const left = [...names];
  while (left.length > 0) {
    for (const name of resources.get(left.pop() as string)?.needs ?? []) {
      if (found.has(name)) continue;
      found.add(name);
      left.push(name);
    }
  }
  return found;
}

/** The resources that are no longer as the plan found them. */
export function brokenPreconditions(preconditions: readonly Precondition[], live: Resources): readonly Precondition[] {
  return preconditions.filter(({ resource, digest, meta }) => {
    const one = live.get(resource);
    if ((one?.digest ?? null) !== digest) return true;
    return meta !== null && one !== undefined && digestOf(one.meta) !== meta;
  });
}
