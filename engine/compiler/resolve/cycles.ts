/**
 * Circles of definitions that read each other: segments, computed traits and personas. No order of filling them exists, so they
 * are errors, with the path shown. What a definition reads is what its resolver recorded as needed.
 */
import { compareText } from '../canonical.ts';
import { child, fault, type Place, type Resolving, rangeOf, root } from './place.ts';

/** A definition, what it reads as `kind/id`, and its document. */
export interface Defined {
  readonly name: string;
  readonly reads: ReadonlySet<string>;
  readonly at: Resolving;
}

const kinds: ReadonlySet<string> = new Set(['segment', 'trait', 'persona']);

/** The definition that was resolved here; none for other kinds. */
export function definedAt(at: Resolving): readonly Defined[] {
  const { kind, id } = at.resource;
  if (!kinds.has(kind)) return [];
  return [{ name: `${kind}/${id}`, reads: at.needs, at }];
}

/** Where it says what it reads. */
function placeOf({ at }: Defined): Place {
  return child(root(at), 'where') ?? child(root(at), 'id') ?? root(at);
}

/** Says each circle once, at its first member by name. */
export function checkCycles(definitions: readonly Defined[]): void {
  const byName = new Map(definitions.map((one) => [one.name, one]));
  const done = new Set<string>();
  // Most read traits and events alone, and can't be in a circle.
  const linked = definitions.filter(({ reads }) => [...reads].some((read) => byName.has(read)));
  for (const { name } of linked.sort((a, b) => compareText(a.name, b.name))) {
    const path = done.has(name) ? undefined : findCircle(name, byName);
    if (path === undefined) continue;
    for (const member of path) done.add(member);
    sayCircle(path.map((member) => byName.get(member) as Defined));
  }
}

/** The shortest way from the definition back to itself, or undefined. */
function findCircle(start: string, byName: ReadonlyMap<string, Defined>): readonly string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const defined = [...(byName.get(name)?.reads ?? [])].filter((one) => byName.has(one));
    for (const next of defined.sort(compareText)) {
      if (next === start) return wayTo(name, start, cameFrom);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, name);
      queue.push(next);
    }
  }
  return undefined;
}

function wayTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const way = [end];
  for (let name = end; name !== start; ) {
    name = cameFrom.get(name) as string;
    way.unshift(name);
  }
  return way;
}

function sayCircle(path: readonly Defined[]): void {
  const [first, ...others] = path;
  if (first === undefined) return;
  const isSegments = path.every(({ name }) => name.startsWith('segment/'));
  const shown = [...path, first].map(({ name }) => (isSegments ? name.slice('segment/'.length) : name)).join(' → ');
  const related = others.map((other) => ({
    message: `\`${other.name}\` is defined here`,
    range: rangeOf(placeOf(other)),
  }));
  const detail = isSegments
    ? `These segments are defined by each other: ${shown}. Membership would have no beginning. Take one of the references out.`
    : `These are defined by each other: ${shown}. None of them would have a first value. Take one of the references out.`;
  fault(placeOf(first), 'CMP005', detail, { related });
}
