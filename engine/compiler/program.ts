/**
 * A bundle linked for running: journeys flattened to rows of steps, segments in dependency order, and who reads what, so that
 * a fact touches only its readers. Plain data made from bodies alone; statements are made of it in `program-sql.ts`.
 */

import { definitionsOf } from './as-of.ts';
import type { Definitions } from './definitions.ts';
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
  WorkspaceBody,
} from './ir.ts';
import { type LinkedPersonas, linkPersonas } from './linked-persona.ts';
import { eventsOfStatus } from './message-sql.ts';
import { notRun } from './not-run.ts';
import { type Readers, readersOf, readersOfTrait, readsTime } from './readers.ts';
import type { ComputedTrait } from './trait-sql.ts';

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
  /** 0: reads nothing that is computed; otherwise one more than the highest level it reads. */
  readonly level: number;
  readonly readers: Readers;
  readonly segments: readonly LinkedSegment[];
}

export interface LinkedTrait extends ComputedTrait {
  readonly digest: string;
  readonly readers: Readers;
}

/** What reads nothing of each other, only of the levels before. */
export interface Level {
  readonly traits: readonly LinkedTrait[];
  readonly personas: readonly LinkedPersonas[];
  readonly groups: readonly SegmentGroup[];
}

export interface Program {
  readonly revision: number;
  readonly workspace: WorkspaceBody;
  readonly definitions: Definitions;
  readonly events: ReadonlyMap<string, EventBody>;
  readonly traits: ReadonlyMap<string, TraitBody>;
  /** In dependency order. */
  readonly computedTraits: readonly LinkedTrait[];
  readonly personas: readonly LinkedPersonas[];
  readonly segments: ReadonlyMap<string, LinkedSegment>;
  /** In dependency order. */
  readonly segmentGroups: readonly SegmentGroup[];
  /** Computed traits, personas and segments together, each after what it reads. */
  readonly levels: readonly Level[];
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
  const traits = resources.flatMap((r) => (r.kind === 'trait' ? linkTrait(r.id, r.digest, r.body) : []));
  const personas = resources.flatMap((r) => (r.kind === 'persona' ? [linkPersonas(r.id, r.digest, r.body)] : []));
  const levels = layLevels(traits, personas, segments);
  return {
    revision,
    workspace: workspace.body,
    definitions: definitionsOf(resources),
    events: bodies(resources, 'event'),
    traits: bodies(resources, 'trait'),
    computedTraits: levels.flatMap((level) => level.traits),
    personas,
    segments,
    segmentGroups: levels.flatMap((level) => level.groups),
    levels,
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
      const { kind, status, is } = value as Readonly<Record<'kind' | 'is', unknown>> & {
        readonly status?: MessageStatus;
      };
      if (kind === 'journey' && is !== undefined) for (const type of ownJourneyEvents) found.add(type);
      if (kind === 'messages' && status !== undefined) for (const type of eventsOfStatus(status)) found.add(type);
    }
  };
  for (const { body } of resources) walk(body);
  return found;
}

/** What tells that a condition about a journey may have changed. */
const ownJourneyEvents = ['journey_entered', 'journey_exited'] as const;

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

function linkTrait(name: string, digest: string, body: TraitBody): readonly LinkedTrait[] {
  if (body.origin !== 'computed') return [];
  const { type, definition } = body;
  return [{ name, digest, type, definition, readers: readersOfTrait(definition) }];
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

type LevelOf = (name: string) => number;

/** The level of each name by what it reads, above all of that. Circles are refused by the compiler. */
function levelsOf(readers: ReadonlyMap<string, Readers>): LevelOf {
  const levels = new Map<string, number>();
  const levelOf = (name: string): number => {
    const known = levels.get(name);
    if (known !== undefined) return known;
    const { traits = [], segments = [] } = readers.get(name) ?? {};
    const read = [...[...traits].map((trait) => `trait/${trait}`), ...[...segments].map((one) => `segment/${one}`)];
    const below = read.filter((one) => readers.has(one)).map(levelOf);
    const level = below.length === 0 ? 0 : 1 + Math.max(...below);
    levels.set(name, level);
    return level;
  };
  return levelOf;
}

function layLevels(
  traits: readonly LinkedTrait[],
  personas: readonly LinkedPersonas[],
  segments: ReadonlyMap<string, LinkedSegment>,
): readonly Level[] {
  const readers = new Map([
    ...traits.map((one) => [`trait/${one.name}`, one.readers] as const),
    ...personas.map((one) => [`trait/${one.trait}`, one.readers] as const),
    ...[...segments.values()].map((one) => [`segment/${one.id}`, one.readers] as const),
  ]);
  const levelOf = levelsOf(readers);
  const groups = groupSegments(segments, (id) => levelOf(`segment/${id}`));
  const count = 1 + Math.max(-1, ...[...readers.keys()].map(levelOf));
  return Array.from({ length: count }, (_, height) => ({
    traits: traits.filter(({ name }) => levelOf(`trait/${name}`) === height),
    personas: personas.filter(({ trait }) => levelOf(`trait/${trait}`) === height),
    groups: groups.filter(({ level }) => level === height),
  }));
}

/** Segments by level, and within a level by what they read. */
function groupSegments(segments: ReadonlyMap<string, LinkedSegment>, levelOf: LevelOf): readonly SegmentGroup[] {
  const groups = new Map<string, LinkedSegment[]>();
  for (const segment of segments.values()) {
    const key = `${String(levelOf(segment.id)).padStart(4, '0')} ${signatureOf(segment.readers)}`;
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

/** Equal for those whom the same facts touch. */
export function signatureOf({ events, traits, segments, entities, consents, messages }: Readers): string {
  const sorted = [events, traits, segments, entities].map((names) => [...names].sort());
  return JSON.stringify([...sorted, consents, messages]);
}
