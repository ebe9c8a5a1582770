/**
 * Which fields differ between two readable trees. Lists of things with a name (steps, caps, arms) are compared by name, other lists
 * by content, so that inserting a step doesn't show every later one as changed.
 */
import { changeWords } from './change-words.ts';
import { flatSteps } from './journey-steps.ts';
import type { FieldChange } from './plan.ts';
import type { Readable, ReadableList, ReadableMap } from './readable-body.ts';

/** A difference before it has words. */
type Difference = Omit<FieldChange, 'words'>;

/** The differences in the order of the fields' names; empty when the trees are equal. */
export function fieldDifferences(before: ReadableMap, after: ReadableMap): readonly FieldChange[] {
  return worded(mapDifferences('', before, after));
}

/** The same of journeys: steps are compared by id wherever they stand, and come last. */
export function journeyDifferences(before: ReadableMap, after: ReadableMap): readonly FieldChange[] {
  const { steps: oldSteps, ...old } = before;
  const { steps: newSteps, ...now } = after;
  return worded([...mapDifferences('', old, now), ...stepDifferences(oldSteps, newSteps)]);
}

function worded(differences: readonly Difference[]): readonly FieldChange[] {
  return differences.map((one) => ({ ...one, words: changeWords(one.path, one.before, one.after) }));
}

function stepDifferences(before: Readable | undefined, after: Readable | undefined): readonly Difference[] {
  const olds = flatSteps(before);
  const news = flatSteps(after);
  const still = inPlace(olds, news);
  const all = [...olds.keys(), ...[...news.keys()].filter((id) => !olds.has(id))];
  return all.flatMap((id): readonly Difference[] => {
    const old = olds.get(id);
    const now = news.get(id);
    const path = `steps.${id}`;
    if (old === undefined || now === undefined) return differences(path, old?.own, now?.own);
    const own = mapDifferences(path, old.own, now.own);
    if (still.has(id)) return own;
    return [{ path: `${path} (place)`, before: placeWords(old), after: placeWords(now) }, ...own];
  });
}

type Flat = ReturnType<typeof flatSteps>;

/** The steps that stay in their list and, with the fewest taken out, in their order. */
function inPlace(olds: Flat, news: Flat): ReadonlySet<string> {
  const kept = new Set<string>();
  for (const list of new Set([...olds.values()].map((step) => step.list))) {
    const isHere = (id: string) => olds.get(id)?.list === list && news.get(id)?.list === list;
    const now = [...news.keys()].filter(isHere);
    const rank = new Map(now.map((id, i) => [id, i]));
    for (const id of longestRising([...olds.keys()].filter(isHere), (one) => rank.get(one) as number)) kept.add(id);
  }
  return kept;
}

/** A longest subsequence whose ranks rise; lists of steps are short. */
function longestRising(ids: readonly string[], rank: (id: string) => number): readonly string[] {
  let best: readonly string[] = [];
  const ends: (readonly string[])[] = [];
  for (const id of ids) {
    const before = ends
      .filter((one) => rank(one.at(-1) as string) < rank(id))
      .reduce<readonly string[]>((longest, one) => (one.length > longest.length ? one : longest), []);
    const here = [...before, id];
    ends.push(here);
    if (here.length > best.length) best = here;
  }
  return best;
}

function placeWords({ list, previous }: { readonly list: string; readonly previous: string | null }): string {
  const within = list === '' ? '' : ` in ${list}`;
  return previous === null ? `first${within}` : `after ${previous}${within}`;
}

function differences(path: string, before: Readable | undefined, after: Readable | undefined): readonly Difference[] {
  if (before === undefined && after === undefined) return [];
  if (isMap(before) && isMap(after)) return mapDifferences(path, before, after);
  if (isList(before) && isList(after)) return listDifferences(path, before, after);
  if (before !== undefined && after !== undefined && compact(before) === compact(after)) return [];
  return [{ path, before: scalar(before), after: scalar(after) }];
}

function mapDifferences(path: string, before: ReadableMap, after: ReadableMap): readonly Difference[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => differences(path === '' ? key : `${path}.${key}`, before[key], after[key]));
}

function listDifferences(path: string, before: ReadableList, after: ReadableList): readonly Difference[] {
  const oldNames = names(before);
  const newNames = names(after);
  if (oldNames === null || newNames === null) return contentDifferences(path, before, after);
  const byName = (list: ReadableList, all: readonly string[]) => new Map(all.map((name, i) => [name, list[i]]));
  const olds = byName(before, oldNames);
  const news = byName(after, newNames);
  const all = [...oldNames, ...newNames.filter((name) => !olds.has(name))];
  const fields = all.flatMap((name) => differences(`${path}.${name}`, olds.get(name), news.get(name)));
  return [...fields, ...orderDifference(path, oldNames, newNames)];
}

/** What both lists hold, but in another order. */
function orderDifference(path: string, before: readonly string[], after: readonly string[]): readonly Difference[] {
  const kept = before.filter((name) => after.includes(name)).join(', ');
  const now = after.filter((name) => before.includes(name)).join(', ');
  return kept === now ? [] : [{ path: `${path} (order)`, before: kept, after: now }];
}

/** What only one side holds, paired in order: the first that is gone with the first that is new. */
function contentDifferences(path: string, before: ReadableList, after: ReadableList): readonly Difference[] {
  const oldTexts = before.map(compact);
  const newTexts = after.map(compact);
  const gone = without(oldTexts, newTexts);
  const come = without(newTexts, oldTexts);
  if (gone.length === 0 && come.length === 0) return orderDifference(path, oldTexts, newTexts);
  return Array.from({ length: Math.max(gone.length, come.length) }, (_, i) => ({
    path,
    before: gone[i] ?? null,
    after: come[i] ?? null,
  }));
}

/** The members of `list` that `other` doesn't have, each counted as often as it occurs. */
function without(list: readonly string[], other: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const text of other) left.set(text, (left.get(text) ?? 0) + 1);
  return list.filter((text) => {
    const count = left.get(text) ?? 0;
    if (count > 0) left.set(text, count - 1);
    return count === 0;
  });
}

/** The distinct names of a list's members, or null when they have none. */
function names(list: ReadableList): readonly string[] | null {
  const all = list.map(nameOf);
  if (all.some((name) => name === null)) return null;
  const distinct = new Set(all);
  return distinct.size === all.length ? (all as string[]) : null;
}

function nameOf(member: Readable): string | null {
  if (!isMap(member)) return null;
  for (const key of ['id', 'as', 'column']) {
    const name = member[key];
    if (typeof name === 'string') return name;
  }
  const exit = member.exit;
  return isMap(exit) && typeof exit.as === 'string' ? `exit ${exit.as}` : null;
}

function scalar(value: Readable | undefined): string | number | boolean | null {
  if (value === undefined) return null;
  return typeof value === 'object' ? compact(value) : value;
}

/** A tree in one line, in YAML's flow style. */
function compact(value: Readable): string {
  if (isList(value)) return `[${value.map(compact).join(', ')}]`;
  if (!isMap(value)) return String(value);
  const entries = Object.entries(value).map(([key, inner]) => `${key}: ${compact(inner)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

function isList(value: Readable | undefined): value is ReadableList {
  return Array.isArray(value);
}

function isMap(value: Readable | undefined): value is ReadableMap {
  return typeof value === 'object' && !Array.isArray(value);
}
