/**
 * The ways through a journey, read from its document: every step in the order of the file, and which step can come after which.
 * Conditions aren't read here: both ways of each question are taken as possible.
 */
import { child, items, type Place, textAt, textOf } from './place.ts';

export interface FlowStep {
  readonly place: Place;
  /** Place in the order of the file, over all nested lists. */
  readonly order: number;
  readonly id: string | null;
  /** Orders of the `repeat` steps around it, from the outermost in. */
  readonly loops: readonly number[];
  /** Orders of the steps that can come next. */
  readonly next: ReadonlySet<number>;
}

export interface Flow {
  readonly steps: readonly FlowStep[];
  orderOf(step: Place): number;
  /** Whether the second can be done after the first; a step isn't after itself unless a round comes again. */
  reaches(from: number, to: number): boolean;
  /** Whether anyone comes here. */
  isReached(order: number): boolean;
}

/** The flow of a journey's document. */
export function readFlow(journey: Place): Flow {
  const steps: MutableStep[] = [];
  const entry = number(child(journey, 'steps'), [], steps);
  const ids = new Map(steps.flatMap(({ id, order }) => (id === null ? [] : [[id, order] as const])));
  link(entry, null, { steps, ids });
  const after = new Map<number, ReadonlySet<number>>();
  const reachedFrom = (from: number): ReadonlySet<number> => {
    const known = after.get(from) ?? closure(steps, [...(steps[from]?.next ?? [])]);
    after.set(from, known);
    return known;
  };
  const reached = entry[0] === undefined ? new Set<number>() : closure(steps, [entry[0].order]);
  const orders = new Map(steps.map(({ place, order }) => [pathKey(place), order]));
  return {
    steps,
    orderOf: (step) => {
      const order = orders.get(pathKey(step));
      if (order === undefined) throw new Error('assertion failed: a step of another journey');
      return order;
    },
    reaches: (from, to) => reachedFrom(from).has(to),
    isReached: (order) => reached.has(order),
  };
}

function pathKey(place: Place): string {
  return place.path.join('/');
}

interface MutableStep extends FlowStep {
  readonly next: Set<number>;
  readonly lists: Lists;
}

/** The steps under a step, by where they stand. */
interface Lists {
  /** Arms, cases and ways of a split: one of them is taken. */
  readonly arms: readonly (readonly MutableStep[])[];
  readonly rounds: readonly MutableStep[];
  /** Under `then`. */
  readonly met: readonly MutableStep[] | null;
  readonly otherwise: readonly MutableStep[] | null;
}

const armKeys = ['branch', 'cases', 'split', 'wait_for'] as const;

/** The lists of steps under a step, in the order of their meaning. */
export function armsOf(step: Place): readonly Place[] {
  return armKeys.flatMap((key) => items(child(step, key)).filter((arm) => child(arm, 'steps') !== undefined));
}

/** Numbers the steps of a list, a parent before its children. */
function number(list: Place | undefined, loops: readonly number[], steps: MutableStep[]): readonly MutableStep[] {
  return items(list).map((place) => {
    const order = steps.length;
    const lists = { arms: [], rounds: [], met: null, otherwise: null } as Writable<Lists>;
    const step: MutableStep = { place, order, id: textAt(place, 'id') ?? null, loops, next: new Set(), lists };
    steps.push(step);
    const under = (key: string): readonly MutableStep[] | null => {
      const found = child(place, key);
      return found === undefined ? null : number(found, loops, steps);
    };
    lists.arms = armsOf(place).map((arm) => number(child(arm, 'steps'), loops, steps));
    lists.rounds = child(place, 'repeat') === undefined ? [] : number(child(place, 'steps'), [...loops, order], steps);
    lists.met = under('then');
    lists.otherwise = under('otherwise');
    return step;
  });
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface Linking {
  readonly steps: readonly MutableStep[];
  readonly ids: ReadonlyMap<string, number>;
}

/** Links the steps of a list; `end` comes after the last one, null is the end of the journey. */
function link(list: readonly MutableStep[], end: number | null, linking: Linking): void {
  for (const [index, step] of list.entries()) {
    const after = list[index + 1]?.order ?? end;
    const go = (to: number | null): void => {
      if (to !== null) step.next.add(to);
    };
    const way = (steps: readonly MutableStep[] | null): void => {
      go(steps?.[0]?.order ?? after);
      if (steps !== null) link(steps, after, linking);
    };
    if (child(step.place, 'if') !== undefined) go(after);
    if (child(step.place, 'exit') !== undefined) continue;
    const jump = child(step.place, 'goto');
    if (jump !== undefined) go(linking.ids.get(textOf(jump)) ?? after);
    else linkVerb(step, { after, go, way, linking });
  }
}

interface Ways {
  readonly after: number | null;
  readonly linking: Linking;
  go(to: number | null): void;
  way(steps: readonly MutableStep[] | null): void;
}

function linkVerb(step: MutableStep, { after, go, way, linking }: Ways): void {
  const { arms, rounds, met, otherwise } = step.lists;
  for (const arm of arms) way(arm);
  if (rounds.length > 0) {
    go(rounds[0]?.order ?? null);
    link(rounds, step.order, linking);
    go(after);
    return;
  }
  const isSplit = child(step.place, 'split') !== undefined;
  const hasOnlyArms = arms.length > 0;
  if (!hasOnlyArms) way(met);
  if (!isSplit) way(otherwise);
}

function closure(steps: readonly MutableStep[], from: readonly number[]): ReadonlySet<number> {
  const found = new Set(from);
  const queue = [...from];
  for (let order = queue.pop(); order !== undefined; order = queue.pop()) {
    for (const next of steps[order]?.next ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      queue.push(next);
    }
  }
  return found;
}
