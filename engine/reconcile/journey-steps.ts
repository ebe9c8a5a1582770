/**
 * The steps of a journey as a flat list by id: what each says itself, and where it stands. Steps are compared by id wherever they
 * stand (LANGUAGE, part d), so that wrapping some of them in a branch changes one step and not all.
 */
import type { Readable, ReadableList, ReadableMap } from './readable-body.ts';

export interface FlatStep {
  readonly id: string;
  /** Without the steps below it. */
  readonly own: ReadableMap;
  /** The list in which it stands: '' for the journey's own, otherwise `branch › otherwise`. */
  readonly list: string;
  /** The step before it in that list; null for the first. */
  readonly previous: string | null;
}

/** Keys that hold lists of steps. */
const lists: ReadonlySet<string> = new Set(['then', 'otherwise', 'steps']);

/** In the order of the file. Ways out have no id: they are named by their name and their list. */
export function flatSteps(steps: Readable | undefined): ReadonlyMap<string, FlatStep> {
  const found = new Map<string, FlatStep>();
  if (isList(steps)) walkList(steps, '', found);
  return found;
}

function walkList(steps: ReadableList, list: string, found: Map<string, FlatStep>): void {
  let previous: string | null = null;
  for (const step of steps) {
    if (!isMap(step)) continue;
    const id = nameIn(step, list, found);
    const below: (readonly [ReadableList, string])[] = [];
    const own = shellOf(step, '', below);
    found.set(id, { id, own, list, previous });
    for (const [inner, way] of below) walkList(inner, way === '' ? id : `${id} › ${way}`, found);
    previous = id;
  }
}

function nameIn(step: ReadableMap, list: string, found: ReadonlyMap<string, FlatStep>): string {
  if (typeof step.id === 'string') return step.id;
  const name = isMap(step.exit) && typeof step.exit.as === 'string' ? `exit ${step.exit.as}` : 'step';
  const placed = list === '' ? name : `${name} in ${list}`;
  for (let n = 2; ; n++) {
    const free = n === 2 ? placed : `${placed} (${n - 1})`;
    if (!found.has(free)) return free;
  }
}

/** The map without its lists of steps, which are put aside with the way that leads to them. */
function shellOf(map: ReadableMap, way: string, below: (readonly [ReadableList, string])[]): ReadableMap {
  const entries: [string, Readable][] = [];
  for (const [key, value] of Object.entries(map)) {
    if (lists.has(key) && isList(value)) below.push([value, key === 'steps' ? way : key]);
    else if (isList(value))
      entries.push([key, value.map((one, i) => (isMap(one) ? shellOf(one, armOf(one, i), below) : one))]);
    else entries.push([key, isMap(value) ? shellOf(value, way, below) : value]);
  }
  return Object.fromEntries(entries);
}

/** What tells an arm from the others: its name, or its place. */
function armOf(arm: ReadableMap, index: number): string {
  return typeof arm.id === 'string' ? arm.id : `way ${index + 1}`;
}

function isList(value: Readable | undefined): value is ReadableList {
  return Array.isArray(value);
}

function isMap(value: Readable | undefined): value is ReadableMap {
  return typeof value === 'object' && !Array.isArray(value);
}
