/**
 * A journey flattened to rows of steps for running: where each way leads by index, what waits read, what can move their times. Ways
 * lead ahead, but for the rounds of a `repeat`, which come back to it. Plain data made from the body alone.
 */
import { enrollmentKey } from './built-ins.ts';
import type {
  ClockTime,
  Condition,
  Duration,
  EventSelection,
  JourneyBody,
  Money,
  PropertyTest,
  SplitChoice,
  StepAction,
  StepBody,
  StepTime,
  ValueRef,
  ValueTest,
  Weekday,
} from './ir.ts';
import { type Readers, readersOf, readsTime } from './readers.ts';
import { inRounds } from './rounds.ts';

/** Where a way ends: the journey is completed. */
export const endOfJourney = -1;

/** A way that is taken by a condition. */
export interface LinkedArm {
  readonly if: Condition;
  readonly to: number;
}

export interface LinkedSplitArm {
  readonly id: string;
  readonly weight: number;
  readonly cost: Money | null;
  readonly to: number;
}

type Listed = 'branch' | 'switch' | 'wait_for_first' | 'split' | 'repeat' | 'goto' | 'call';

/** What a step does, with the steps below it by their index. */
export type LinkedAction =
  | Exclude<StepAction, { readonly kind: Listed }>
  | { readonly kind: 'branch' | 'switch'; readonly arms: readonly LinkedArm[] }
  | { readonly kind: 'wait_for_first'; readonly arms: readonly LinkedArm[]; readonly for: Duration }
  | { readonly kind: 'split'; readonly arms: readonly LinkedSplitArm[]; readonly choose: SplitChoice }
  | {
      readonly kind: 'repeat';
      readonly every: Duration;
      readonly max: number;
      readonly until: Condition | null;
      /** The first step of a round. */
      readonly to: number;
      /** Ids of all steps of its rounds. */
      readonly inner: readonly string[];
    }
  | { readonly kind: 'goto'; readonly to: number }
  /** `reached`, and `closed` in whatever way. */
  | (Extract<StepAction, { readonly kind: 'call' }> & { readonly reached: Condition; readonly closed: Condition });

/** A step as a row: where to go is an index into the journey's steps. */
export interface Step {
  readonly index: number;
  readonly id: string;
  readonly after: Duration | null;
  readonly at: StepTime | null;
  readonly days: readonly Weekday[] | null;
  readonly if: Condition | null;
  readonly do: LinkedAction;
  /** After the step and its lists; also when `if` is false. */
  readonly next: number;
  readonly then: number;
  readonly otherwise: number;
  /** Ids of the `repeat` steps around it, from the outermost in. */
  readonly loops: readonly string[];
  /** For waits on conditions: what they read, and whether they must be read on arrival (a state, or an anchor in the past). */
  readonly waits: (Readers & { readonly onArrival: boolean; readonly timed: boolean }) | null;
  /** What moves the time for which people stand here: their zone, a trait or a row that holds a date. */
  readonly follows: Follows;
}

/** Traits and entities by which times may move. */
export interface Follows {
  readonly traits: ReadonlySet<string>;
  readonly entities: ReadonlySet<string>;
}

export interface LinkedJourney {
  readonly id: string;
  /** Digest of the body: the version that enrollments are pinned to. */
  readonly version: string;
  readonly body: JourneyBody;
  readonly steps: readonly Step[];
  readonly stepIndex: ReadonlyMap<string, number>;
  /** By the id of a step, the `repeat` steps around it. */
  readonly loopsOf: ReadonlyMap<string, readonly string[]>;
  /** Steps whose time is read by `since`, of another step or of a goal or exit. */
  readonly anchors: ReadonlySet<string>;
  /** The goal and the exits, by steps in their rounds. */
  readonly goal: Condition | null;
  readonly exits: readonly { readonly as: string; readonly if: Condition }[];
  /** What goal and exits read. */
  readonly watches: Readers & { readonly onEntry: boolean; readonly timed: boolean };
  /** Whether the goal reads events alone, so that a late one can still be told to have come in time. */
  readonly goalByEvents: boolean;
  /** The events that the goal reads. */
  readonly goalEvents: ReadonlySet<string>;
}

/** Flattens a journey. Lists are laid out before what follows their parent, so every way but that of a round leads ahead. */
export function linkJourney(id: string, version: string, body: JourneyBody): LinkedJourney {
  const isKeyed = body.per !== undefined;
  const layout: Layout = { journey: id, isKeyed, steps: [], jumps: new Map(), loopsOf: loopsOf(body.steps), loops: [] };
  layOut(body.steps, layout);
  const stepIndex = new Map(layout.steps.map((step) => [step.id, step.index]));
  const steps = layout.steps.map((step) => landed(step, layout, stepIndex));
  const goal = body.goal === null ? null : inRounds(body.goal.if, layout.loopsOf, []);
  const exits = body.exits.map((exit) => ({ as: exit.as, if: inRounds(exit.if, layout.loopsOf, []) }));
  const watched: Condition = { kind: 'all', of: [...(goal === null ? [] : [goal]), ...exits.map((exit) => exit.if)] };
  const readers = readersOf(watched);
  return {
    id,
    version,
    body,
    steps,
    stepIndex,
    loopsOf: layout.loopsOf,
    anchors: new Set([
      ...readers.anchors,
      ...steps.flatMap((step) => conditionsOf(step).flatMap((one) => [...readersOf(one).anchors])),
    ]),
    goal,
    exits,
    watches: { ...readers, onEntry: readers.states, timed: readsTime(watched) },
    goalByEvents: goal !== null && !readersOf(goal).states,
    goalEvents: goal === null ? new Set() : readersOf(goal).events,
  };
}

/** The conditions that a person who stands at the step waits for, in the order of their arms. */
export function waitedFor({ do: action }: Step): readonly Condition[] {
  switch (action.kind) {
    case 'wait_for':
      return [action.if];
    case 'wait_for_first':
      return action.arms.map((arm) => arm.if);
    case 'repeat':
      return action.until === null ? [] : [action.until];
    case 'call':
      return [action.reached, action.closed];
    default:
      return [];
  }
}

function conditionsOf(step: Step): readonly Condition[] {
  const inner = [...readAt(step), ...waitedFor(step)];
  return step.if === null ? inner : [step.if, ...inner];
}

/** The conditions that are read when people pass, or when a split is looked at. */
function readAt({ do: action }: Step): readonly Condition[] {
  if (action.kind === 'branch' || action.kind === 'switch') return action.arms.map((arm) => arm.if);
  return action.kind === 'split' && action.choose.kind === 'winner' && action.choose.by !== 'goal'
    ? [action.choose.by]
    : [];
}

interface Layout {
  readonly journey: string;
  /** It has more than one place a person. */
  readonly isKeyed: boolean;
  readonly steps: Step[];
  /** Where each `goto` leads, by its index: known by name until all steps are laid out. */
  readonly jumps: Map<number, string>;
  /** By the id of a step, the `repeat` steps around it. */
  readonly loopsOf: ReadonlyMap<string, readonly string[]>;
  readonly loops: readonly string[];
}

/** The lists of steps under a step that aren't `then` and `otherwise`. */
function listsOf({ do: action }: StepBody): readonly (readonly StepBody[])[] {
  switch (action.kind) {
    case 'branch':
    case 'wait_for_first':
    case 'split':
      return action.arms.map((arm) => arm.steps);
    case 'switch':
      return action.cases.map((one) => one.steps);
    case 'repeat':
      return [action.steps];
    default:
      return [];
  }
}

function loopsOf(steps: readonly StepBody[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const walk = (list: readonly StepBody[], loops: readonly string[]): void => {
    for (const step of list) {
      if (step.id !== null) found.set(step.id, loops);
      const inner = step.do.kind === 'repeat' && step.id !== null ? [...loops, step.id] : loops;
      for (const one of listsOf(step)) walk(one, inner);
      walk(step.then, loops);
      walk(step.otherwise, loops);
    }
  };
  walk(steps, []);
  return found;
}

/**
 * Lays out a list of steps that goes on at `after` and returns the index of its first step (or `after` for an empty list).
 * Built from the back, since a step must know where the next one stands: the number of rows before it is counted first.
 */
function layOut(list: readonly StepBody[], layout: Layout, after: number = endOfJourney): number {
  const first = layout.steps.length;
  let start = first;
  const starts = list.map((step) => {
    const at = start;
    start += size(step);
    return at;
  });
  list.forEach((body, i) => {
    place(body, layout, starts[i + 1] ?? after);
  });
  return list.length === 0 ? after : first;
}

function size(step: StepBody): number {
  return 1 + [...step.then, ...step.otherwise, ...listsOf(step).flat()].reduce((sum, inner) => sum + size(inner), 0);
}

function place(body: StepBody, layout: Layout, next: number): void {
  const { steps, loops } = layout;
  const index = steps.length;
  // The row is reserved first: what it leads to stands behind it.
  steps.push(undefined as unknown as Step);
  const id = body.id ?? `$${index}`;
  const then = layOut(body.then, layout, next);
  const otherwise = layOut(body.otherwise, layout, next);
  const bare: Step = {
    index,
    id,
    after: body.after,
    at: body.at,
    days: body.days ?? null,
    if: body.if === null ? null : inRounds(body.if, layout.loopsOf, loops),
    do: linkAction(body, { id, index, next }, layout),
    next,
    then,
    otherwise,
    loops,
    waits: null,
    follows: { traits: new Set(), entities: new Set() },
  };
  steps[index] = { ...bare, waits: waitReaders(waitedFor(bare)), follows: followed(bare) };
}

function linkAction(
  { do: action }: StepBody,
  { id, index, next }: Pick<Step, 'id' | 'index' | 'next'>,
  layout: Layout,
): LinkedAction {
  const read = (condition: Condition) => inRounds(condition, layout.loopsOf, layout.loops);
  const arms = (list: readonly { readonly if: Condition; readonly steps: readonly StepBody[] }[]) =>
    list.map((arm): LinkedArm => ({ if: read(arm.if), to: layOut(arm.steps, layout, next) }));
  switch (action.kind) {
    case 'branch':
      return { kind: 'branch', arms: arms(action.arms) };
    case 'switch':
      return { kind: 'switch', arms: arms(action.cases) };
    case 'wait_for':
      return { ...action, if: read(action.if) };
    case 'wait_for_first':
      return { kind: 'wait_for_first', arms: arms(action.arms), for: action.for };
    case 'split':
      return {
        kind: 'split',
        arms: action.arms.map(({ steps, ...arm }) => ({ ...arm, to: layOut(steps, layout, next) })),
        choose: action.choose,
      };
    case 'repeat': {
      const { every, max, until } = action;
      const to = layOut(action.steps, { ...layout, loops: [...layout.loops, id] }, index);
      const inner = idsOf(action.steps);
      return { kind: 'repeat', every, max, until: until === null ? null : read(until), to, inner };
    }
    case 'call':
      return {
        ...action,
        reached: callClosed(layout, id, ['reached', 'yes']),
        closed: callClosed(layout, id, []),
      };
    case 'goto':
      layout.jumps.set(index, action.step);
      return { kind: 'goto', to: endOfJourney };
    default:
      return action;
  }
}

/**
 * That the desk closed the call of a step since the person came there; with an outcome of some, or any. Where a person may stand there for
 * several carts, it is that of this one, unless it doesn't say of which.
 */
function callClosed({ journey, isKeyed }: Layout, step: string, outcomes: readonly string[]): Condition {
  const of = (property: string, test: ValueTest): PropertyTest => ({ property, type: 'text', not: false, test });
  const where = [
    of('journey', { op: 'is', value: journey }),
    of('step', { op: 'is', value: step }),
    ...(outcomes.length === 0 ? [] : [of('outcome', { op: 'in', values: outcomes })]),
  ];
  const told = (more: Partial<EventSelection>): Condition => {
    const events: EventSelection = {
      types: ['call_closed'],
      where,
      window: { kind: 'since', anchor: 'here' },
      ...more,
    };
    return { kind: 'count', events, test: { op: 'gte', value: 1 } };
  };
  if (!isKeyed) return told({});
  const isOfNone: PropertyTest = { property: enrollmentKey, type: 'text', not: true, test: { op: 'exists' } };
  return { kind: 'any', of: [told({ match: enrollmentKey }), told({ where: [...where, isOfNone] })] };
}

function idsOf(steps: readonly StepBody[]): readonly string[] {
  return steps.flatMap((step) => [
    ...(step.id === null ? [] : [step.id]),
    ...idsOf([...step.then, ...step.otherwise, ...listsOf(step).flat()]),
  ]);
}

function landed(step: Step, { jumps }: Layout, stepIndex: ReadonlyMap<string, number>): Step {
  const target = jumps.get(step.index);
  if (target === undefined) return step;
  const to = stepIndex.get(target);
  if (to === undefined) throw new Error(`assertion failed: a goto leads to a step, and there is no ${target}`);
  return { ...step, do: { kind: 'goto', to } };
}

function waitReaders(conditions: readonly Condition[]): Step['waits'] {
  if (conditions.length === 0) return null;
  const whole: Condition = { kind: 'any', of: conditions };
  const readers = readersOf(whole);
  const looksBack = [...readers.anchors].some((anchor) => anchor !== 'here');
  return { ...readers, onArrival: readers.states || looksBack, timed: readsTime(whole) };
}

/** The trait in which a person's zone is told. */
const zone = 'zone';

function followed({ after, at, days, do: action }: Step): Step['follows'] {
  const traits = new Set<string>();
  const entities = new Set<string>();
  if (isLocal(after, null) || at !== null || days !== null) traits.add(zone);
  if (at !== null && typeof at === 'object') traits.add(at.trait);
  if ('for' in action && isLocal(action.for, null)) traits.add(zone);
  if (action.kind === 'call' && isLocal(action.within, null)) traits.add(zone);
  if (action.kind === 'wait' && isLocal(action.duration, null)) traits.add(zone);
  if (action.kind === 'repeat' && isLocal(action.every, null)) traits.add(zone);
  if (action.kind === 'wait_until') {
    const { until } = action;
    if (until.kind !== 'moment' || until.moment.kind !== 'instant' || action.at !== null) traits.add(zone);
    if (until.kind === 'anniversary') traits.add(until.trait);
    if (until.kind === 'moment' && until.moment.kind === 'relative') noteRef(until.moment.to, traits, entities);
  }
  return { traits, entities };
}

/** Whether a time depends on the zone: by calendar days or months, or by a clock. */
function isLocal(duration: Duration | null, at: ClockTime | null): boolean {
  return at !== null || (duration !== null && (duration.months !== 0 || duration.days !== 0));
}

function noteRef(ref: ValueRef, traits: Set<string>, entities: Set<string>): void {
  if (ref.root === 'trait') traits.add(ref.trait);
  if (ref.root === 'entity') entities.add(ref.entity);
}
