/**
 * A bundle linked for running: journeys flattened to rows of steps, segments in dependency order, and who reads what, so that
 * a fact touches only its readers. Plain data made from bodies alone; statements are made of it in `program-sql.ts`.
 */

import { definitionsOf } from './as-of.ts';
import type {
  BundleResource,
  ChannelBody,
  Condition,
  ConsentBody,
  Duration,
  EventBody,
  JourneyBody,
  MessageStatus,
  PressureBody,
  SegmentBody,
  StepAction,
  StepBody,
  TemplateBody,
  TraitBody,
  TraitDefinition,
  WorkspaceBody,
} from './ir.ts';
import { eventsOfStatus } from './message-sql.ts';
import { notRun } from './not-run.ts';
import { type Readers, readersOf, readsTime } from './reading.ts';
import type { Definitions } from './scopes.ts';

/** Where a way ends: the journey is completed. */
export const endOfJourney = -1;

/** A step as a row: where to go is an index into the journey's steps, always ahead. */
export interface Step {
  readonly index: number;
  readonly id: string;
  readonly after: Duration | null;
  readonly at: string | null;
  readonly if: Condition | null;
  readonly do:
    | Exclude<StepAction, { readonly kind: 'branch' }>
    | { readonly kind: 'branch'; readonly arms: readonly { readonly if: Condition; readonly to: number }[] };
  /** After the step and its lists; also when `if` is false. */
  readonly next: number;
  readonly then: number;
  readonly otherwise: number;
  /** For wait_for: what its condition reads, and whether it must be read on arrival (a state, or an anchor in the past). */
  readonly waits: (Readers & { readonly onArrival: boolean; readonly timed: boolean }) | null;
}

export interface LinkedJourney {
  readonly id: string;
  /** Digest of the body: the version that enrollments are pinned to. */
  readonly version: string;
  readonly body: JourneyBody;
  readonly steps: readonly Step[];
  readonly stepIndex: ReadonlyMap<string, number>;
  /** Steps whose time is read by `since`, of another step or of a goal or exit. */
  readonly anchors: ReadonlySet<string>;
  /** What goal and exits read. */
  readonly watches: Readers & { readonly onEntry: boolean; readonly timed: boolean };
}

export interface LinkedSegment {
  readonly id: string;
  readonly digest: string;
  readonly where: Condition;
  readonly readers: Readers;
}

/** Segments of one level that read the same things: boolean columns of one statement. */
export interface SegmentGroup {
  readonly key: string;
  /** 0: reads no segment; otherwise one more than the highest level it reads. */
  readonly level: number;
  readonly readers: Readers;
  readonly segments: readonly LinkedSegment[];
}

export interface LinkedTrait {
  readonly name: string;
  readonly digest: string;
  readonly definition: TraitDefinition;
}

export interface Program {
  readonly revision: number;
  readonly workspace: WorkspaceBody;
  readonly definitions: Definitions;
  readonly events: ReadonlyMap<string, EventBody>;
  readonly traits: ReadonlyMap<string, TraitBody>;
  readonly computedTraits: readonly LinkedTrait[];
  readonly segments: ReadonlyMap<string, LinkedSegment>;
  /** In dependency order. */
  readonly segmentGroups: readonly SegmentGroup[];
  readonly channels: ReadonlyMap<string, ChannelBody>;
  readonly templates: ReadonlyMap<string, { readonly digest: string; readonly body: TemplateBody }>;
  readonly consents: ReadonlyMap<string, ConsentBody>;
  readonly pressures: readonly { readonly id: string; readonly body: PressureBody }[];
  readonly journeys: ReadonlyMap<string, LinkedJourney>;
  /** Event types that anything reads. */
  readonly listensTo: ReadonlySet<string>;
}

/** Columns of one statement; more segments with the same readers make another statement. */
const groupMax = 50;

/** Links the resources of a revision. They are valid: a missing reference is a bug of ours. */
export function link(revision: number, resources: readonly BundleResource[]): Program {
  const workspace = resources.find((resource) => resource.kind === 'workspace');
  if (workspace?.kind !== 'workspace') throw new Error('assertion failed: a bundle has a workspace');
  const segments = new Map(
    resources.flatMap((r) => (r.kind === 'segment' ? [[r.id, linkSegment(r.id, r.digest, r.body)] as const] : [])),
  );
  return {
    revision,
    workspace: workspace.body,
    definitions: definitionsOf(resources),
    events: bodies(resources, 'event'),
    traits: bodies(resources, 'trait'),
    computedTraits: resources.flatMap((r) =>
      r.kind === 'trait' && r.body.origin === 'computed'
        ? [{ name: r.id, digest: r.digest, definition: r.body.definition }]
        : [],
    ),
    segments,
    segmentGroups: groupSegments(segments),
    channels: bodies(resources, 'channel'),
    templates: new Map(
      resources.flatMap((r) => (r.kind === 'template' ? [[r.id, { digest: r.digest, body: r.body }] as const] : [])),
    ),
    consents: bodies(resources, 'consent'),
    pressures: resources.flatMap((r) => (r.kind === 'pressure' ? [{ id: r.id, body: r.body }] : [])),
    journeys: new Map(
      resources.flatMap((r) => (r.kind === 'journey' ? [[r.id, linkJourney(r.id, r.digest, r.body)] as const] : [])),
    ),
    listensTo: typesRead(resources),
  };
}

/** Every event type that some selection names: conditions, traits and triggers all name theirs as `types`. */
function typesRead(resources: readonly BundleResource[]): ReadonlySet<string> {
  const found = new Set<string>();
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) walk(item);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (key === 'types' && Array.isArray(inner)) for (const type of inner) found.add(String(type));
        else walk(inner);
      }
      const { kind, status } = value as { readonly kind?: unknown; readonly status?: MessageStatus };
      if (kind === 'messages' && status !== undefined) for (const type of eventsOfStatus(status)) found.add(type);
    }
  };
  for (const { body } of resources) walk(body);
  return found;
}

type BodyOf<K> = Extract<BundleResource, { readonly kind: K }>['body'];

function bodies<K extends BundleResource['kind']>(
  resources: readonly BundleResource[],
  kind: K,
): ReadonlyMap<string, BodyOf<K>> {
  return new Map(resources.filter((r) => r.kind === kind).map((r) => [r.id, r.body as BodyOf<K>]));
}

function linkSegment(id: string, digest: string, body: SegmentBody): LinkedSegment {
  return { id, digest, where: body.where, readers: readersOf(body.where) };
}

/** Flattens a journey. Lists are laid out before what follows their parent, so every way leads ahead. */
export function linkJourney(id: string, version: string, body: JourneyBody): LinkedJourney {
  const steps: Step[] = [];
  layOut(body.steps, steps);
  const conditions = [...(body.goal ? [body.goal.if] : []), ...body.exits.map((exit) => exit.if)];
  const watched: Condition = { kind: 'all', of: conditions };
  const readers = readersOf(watched);
  return {
    id,
    version,
    body,
    steps,
    stepIndex: new Map(steps.map((step) => [step.id, step.index])),
    anchors: new Set([
      ...readers.anchors,
      ...steps.flatMap((step) => conditionsOf(step).flatMap((one) => [...readersOf(one).anchors])),
    ]),
    watches: { ...readers, onEntry: readers.states, timed: readsTime(watched) },
  };
}

function conditionsOf(step: Step): readonly Condition[] {
  const inner =
    step.do.kind === 'wait_for' ? [step.do.if] : step.do.kind === 'branch' ? step.do.arms.map((arm) => arm.if) : [];
  return step.if === null ? inner : [step.if, ...inner];
}

/**
 * Lays out a list of steps that goes on at `after` and returns the index of its first step (or `after` for an empty list).
 * Built from the back, since a step must know where the next one stands: the number of rows before it is counted first.
 */
function layOut(list: readonly StepBody[], steps: Step[], after: number = endOfJourney): number {
  const first = steps.length;
  let start = first;
  const starts = list.map((step) => {
    const at = start;
    start += size(step);
    return at;
  });
  list.forEach((body, i) => {
    place(body, steps, starts[i + 1] ?? after);
  });
  return list.length === 0 ? after : first;
}

function size(step: StepBody): number {
  const arms = step.do.kind === 'branch' ? step.do.arms.flatMap((arm) => arm.steps) : [];
  return 1 + [...step.then, ...step.otherwise, ...arms].reduce((sum, inner) => sum + size(inner), 0);
}

function place(body: StepBody, steps: Step[], next: number): void {
  const index = steps.length;
  // The row is reserved first: what it leads to stands behind it.
  steps.push(undefined as unknown as Step);
  const then = layOut(body.then, steps, next);
  const otherwise = layOut(body.otherwise, steps, next);
  const action =
    body.do.kind === 'branch'
      ? {
          kind: 'branch' as const,
          arms: body.do.arms.map((arm) => ({ if: arm.if, to: layOut(arm.steps, steps, next) })),
        }
      : body.do;
  steps[index] = {
    index,
    id: body.id ?? `$${index}`,
    after: body.after,
    at: typeof body.at === 'object' && body.at !== null ? notRun('at: trait') : body.at,
    if: body.if,
    do: action,
    next,
    then,
    otherwise,
    waits: action.kind === 'wait_for' ? waitReaders(action.if) : null,
  };
}

function waitReaders(condition: Condition): Step['waits'] {
  const readers = readersOf(condition);
  const looksBack = [...readers.anchors].some((anchor) => anchor !== 'here');
  return { ...readers, onArrival: readers.states || looksBack, timed: readsTime(condition) };
}

/** Segments by level (a segment stands above those it reads), and within a level by what they read. */
function groupSegments(segments: ReadonlyMap<string, LinkedSegment>): readonly SegmentGroup[] {
  const levels = new Map<string, number>();
  const levelOf = (id: string): number => {
    const known = levels.get(id);
    if (known !== undefined) return known;
    const below = [...(segments.get(id)?.readers.segments ?? [])].map(levelOf);
    const level = below.length === 0 ? 0 : 1 + Math.max(...below);
    levels.set(id, level);
    return level;
  };
  const groups = new Map<string, LinkedSegment[]>();
  for (const segment of segments.values()) {
    const { events, traits, segments: read, consents } = segment.readers;
    const signature = JSON.stringify([[...events].sort(), [...traits].sort(), [...read].sort(), consents]);
    const key = `${String(levelOf(segment.id)).padStart(4, '0')} ${signature}`;
    groups.set(key, [...(groups.get(key) ?? []), segment]);
  }
  return [...groups.keys()].sort().flatMap((key) => {
    const all = groups.get(key) ?? [];
    const chunks = Math.ceil(all.length / groupMax);
    return Array.from({ length: chunks }, (_, i) => {
      const chunk = all.slice(i * groupMax, (i + 1) * groupMax);
      const level = levelOf((chunk[0] as LinkedSegment).id);
      return { key: `${key} ${i}`, level, readers: (chunk[0] as LinkedSegment).readers, segments: chunk };
    });
  });
}
