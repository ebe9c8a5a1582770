/**
 * Other names of the same thing: what files say by `moved:`, and what only looks like it. A rename that isn't said is a removal and an
 * addition; it is suggested and never guessed.
 */
import type { BundleKind, BundleResource } from '../compiler/ir.ts';
import type { RevisionMove } from '../store/revisions.ts';
import { flatSteps } from './journey-steps.ts';
import { type Change, nameOfChange, type RenameSuggestion } from './plan.ts';
import { type Readable, type ReadableMap, readableBody } from './readable-body.ts';

/** Below this, two things are called different. */
const alikeMin = 0.6;

/** More pairs of one kind than so many aren't compared: whoever replaces everything renames nothing. */
const pairsMax = 10_000;

/** What can be renamed without losing what is known of people; other kinds hold nothing by their name. */
const named: readonly BundleKind[] = ['journey', 'segment'];

type Resources = ReadonlyMap<string, BundleResource>;

/** By `kind/id` the ids that it had before, the first one first. */
export type Names = Readonly<Record<string, readonly string[]>>;

/**
 * By the new `kind/id` the old one, of what is live under its old name and not under the new one. What was renamed before and has an
 * earlier name again, as after a rollback, is renamed back.
 */
export function movesBetween(live: Resources, next: Resources, names: Names = {}): ReadonlyMap<string, string> {
  const moves = new Map<string, string>();
  const note = (name: string, was: string): void => {
    if (live.has(was) && !next.has(was) && next.has(name) && !live.has(name)) moves.set(name, was);
  };
  for (const [name, { kind, meta }] of next) if (meta.moved !== undefined) note(name, `${kind}/${meta.moved}`);
  for (const [was, earlier] of Object.entries(names)) {
    const [kind] = was.split('/');
    for (const id of earlier) note(`${kind}/${id}`, was);
  }
  return moves;
}

/** Of each journey that is there before and after, by the id of a step the one that it had; back again after a rollback. */
export function movedSteps(before: BundleResource, after: BundleResource): Readonly<Record<string, string>> {
  if (before.kind !== 'journey' || after.kind !== 'journey') return {};
  const said = Object.entries(after.meta.movedSteps ?? {});
  const back = Object.entries(before.meta.movedSteps ?? {}).map(([now, was]) => [was, now] as const);
  if (said.length + back.length === 0) return {};
  const [olds, news] = [stepsOf(before), stepsOf(after)];
  return Object.fromEntries(
    [...back, ...said].filter(([now, was]) => olds.has(was) && !news.has(was) && news.has(now) && !olds.has(now)),
  );
}

/** The id that a segment has after the changes. */
export function segmentNames(changes: readonly Change[]): (id: string) => string {
  const names = new Map(
    changes.flatMap(({ kind, id, movedFrom }) =>
      kind === 'segment' && movedFrom !== null ? [[movedFrom, id] as const] : [],
    ),
  );
  return (id) => names.get(id) ?? id;
}

/** What a revision that carries out the changes renames, for the lanes. */
export function revisionMoves(changes: readonly Change[], live: Resources, next: Resources): readonly RevisionMove[] {
  return changes.flatMap((change): readonly RevisionMove[] => {
    const resource = nameOfChange(change);
    const [before, after] = [live.get(`${change.kind}/${change.movedFrom ?? change.id}`), next.get(resource)];
    const steps = before === undefined || after === undefined ? {} : movedSteps(before, after);
    return [
      ...(change.movedFrom === null ? [] : [{ resource, from: change.movedFrom }]),
      ...(Object.keys(steps).length === 0 ? [] : [{ resource, steps }]),
    ];
  });
}

/** The earlier names of everything that is there after the moves; of a step under `journey/x STEP`. */
export function namesAfter(names: Names, moves: readonly RevisionMove[], next: Resources): Names {
  const all = new Map(Object.entries(names));
  for (const move of moves) {
    if ('from' in move) {
      const old = `${move.resource.slice(0, move.resource.indexOf('/'))}/${move.from}`;
      for (const [name, earlier] of [...all]) {
        if (!name.startsWith(`${old} `)) continue;
        all.delete(name);
        all.set(`${move.resource}${name.slice(old.length)}`, earlier);
      }
      note(all, { old, now: move.resource, was: move.from });
    } else {
      for (const [now, was] of Object.entries(move.steps)) {
        note(all, { old: `${move.resource} ${was}`, now: `${move.resource} ${now}`, was });
      }
    }
  }
  return Object.fromEntries(
    [...all].filter(([name, earlier]) => next.has(name.split(' ')[0] as string) && earlier.length > 0),
  );
}

/** Renamed back: what came between is forgotten, and the first name stays the first. */
function note(
  all: Map<string, readonly string[]>,
  { old, now, was }: { readonly old: string; readonly now: string; readonly was: string },
): void {
  const earlier = all.get(old) ?? [];
  const at = earlier.indexOf(now.slice(now.search(/[ /][^ /]*$/) + 1));
  all.delete(old);
  all.set(now, at < 0 ? [...earlier, was] : earlier.slice(0, at));
}

/** Pairs of something gone and something new that are much alike, the likest first; each stands in one pair. */
export function suggestRenames(live: Resources, next: Resources, names: Names = {}): readonly RenameSuggestion[] {
  const taken = new Set(movesBetween(live, next, names).values());
  return named.flatMap((kind) => {
    const gone = [...live.values()].filter((one) => one.kind === kind && !has(next, one) && !taken.has(nameOf(one)));
    const come = [...next.values()].filter(
      (one) => one.kind === kind && !has(live, one) && one.meta.moved === undefined,
    );
    if (gone.length * come.length === 0 || gone.length * come.length > pairsMax) return [];
    return matched(
      gone.map((one) => [one.id, linesOf(readableBody(one))] as const),
      come.map((one) => [one.id, linesOf(readableBody(one))] as const),
    ).map(({ was, now, similarity }) => ({ resource: `${kind}/${now}`, step: null, was, similarity }));
  });
}

/** The same of steps of a journey: of those that people stand in and that are gone. */
export function suggestSteps(
  before: BundleResource,
  after: BundleResource,
  gone: ReadonlySet<string>,
): readonly RenameSuggestion[] {
  if (gone.size === 0) return [];
  const [olds, news] = [stepsOf(before), stepsOf(after)];
  const lost = [...olds.values()].filter((step) => gone.has(step.id) && !news.has(step.id));
  const come = [...news.values()].filter((step) => !olds.has(step.id));
  return matched(
    lost.map((step) => [step.id, linesOf(withoutId(step.own))] as const),
    come.map((step) => [step.id, linesOf(withoutId(step.own))] as const),
  ).map(({ was, now, similarity }) => ({ resource: nameOf(after), step: now, was, similarity }));
}

export function stepsOf(journey: BundleResource): ReturnType<typeof flatSteps> {
  return flatSteps(readableBody(journey).steps);
}

function withoutId({ id: _, ...own }: ReadableMap): ReadableMap {
  return own;
}

function nameOf({ kind, id }: BundleResource): string {
  return `${kind}/${id}`;
}

function has(resources: Resources, one: BundleResource): boolean {
  return resources.has(nameOf(one));
}

type Lined = readonly (readonly [id: string, lines: readonly string[]])[];

function matched(gone: Lined, come: Lined) {
  const pairs = gone.flatMap(([was, old]) => come.map(([now, lines]) => ({ was, now, similarity: alike(old, lines) })));
  const likest = pairs.filter((one) => one.similarity >= alikeMin).sort((a, b) => b.similarity - a.similarity);
  const found: typeof likest = [];
  for (const pair of likest) {
    if (found.some(({ was, now }) => was === pair.was || now === pair.now)) continue;
    found.push({ ...pair, similarity: Math.round(pair.similarity * 100) / 100 });
  }
  return found;
}

/** Twice what both have, over all that they have (Dice 1945). */
function alike(a: readonly string[], b: readonly string[]): number {
  const left = new Map<string, number>();
  for (const line of a) left.set(line, (left.get(line) ?? 0) + 1);
  let both = 0;
  for (const line of b) {
    const count = left.get(line) ?? 0;
    if (count === 0) continue;
    left.set(line, count - 1);
    both += 1;
  }
  return a.length + b.length === 0 ? 0 : (2 * both) / (a.length + b.length);
}

/** Each value with the way to it, but for places in lists. */
function linesOf(value: Readable, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((one: Readable) => linesOf(one, path));
  if (typeof value !== 'object') return [`${path}: ${value}`];
  return Object.entries(value as ReadableMap).flatMap(([key, inner]) => linesOf(inner, `${path}.${key}`));
}
