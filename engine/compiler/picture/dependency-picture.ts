/** What needs what, as a picture: all of a bundle, or what lies around one resource. */
import { compareText } from '../canonical.ts';
import type { Bundle, BundleResource } from '../ir.ts';
import type { Picture } from './picture.ts';

/** Around `center` (`kind/id`, null: everything), so many steps in either direction. Edges go from what needs to what is needed. */
export function dependencyPicture(bundle: Bundle, center: string | null, depth: number): Picture {
  const needs = new Map(bundle.resources.map((one) => [nameOf(one), one.needs]));
  const shown = center === null ? new Set(needs.keys()) : around(needs, center, depth);
  const edges = [...needs]
    .filter(([from]) => shown.has(from))
    .flatMap(([from, all]) => all.filter((to) => shown.has(to)).map((to) => ({ from, to, label: '' })));
  const nodes = bundle.resources
    .filter((one) => shown.has(nameOf(one)))
    .map((one) => ({
      id: nameOf(one),
      kind: 'resource' as const,
      title: nameOf(one),
      lines: one.meta.title === undefined ? [] : [one.meta.title],
      isRejoin: false,
    }));
  return { title: center ?? 'workspace', nodes, edges };
}

/** Who needs the resource, by name, sorted. */
export function readersOf(bundle: Bundle, name: string): readonly string[] {
  return bundle.resources
    .filter((one) => one.needs.includes(name))
    .map(nameOf)
    .sort(compareText);
}

/** First along needs alone, then along readers alone: what both need isn't a neighbour. */
function around(needs: ReadonlyMap<string, readonly string[]>, center: string, depth: number): ReadonlySet<string> {
  const readers = new Map<string, string[]>();
  for (const [from, all] of needs) for (const to of all) readers.set(to, [...(readers.get(to) ?? []), from]);
  return new Set([...reach(needs, center, depth), ...reach(readers, center, depth)]);
}

function reach(ways: ReadonlyMap<string, readonly string[]>, center: string, depth: number): ReadonlySet<string> {
  const found = new Set([center]);
  let edge = [center];
  for (let step = 0; step < depth && edge.length > 0; step += 1) {
    edge = edge.flatMap((name) => ways.get(name) ?? []).filter((name) => !found.has(name));
    for (const name of edge) found.add(name);
  }
  return found;
}

function nameOf(resource: BundleResource): string {
  return `${resource.kind}/${resource.id}`;
}
