/**
 * A bundle linked for running: journeys flattened to rows of steps, segments in dependency order, and who reads what, so that
 * a fact touches only its readers. Plain data made from bodies alone; statements are made of it in `program-sql.ts`.
 */

import { definitionsOf } from './as-of.ts';
import type { Definitions } from './definitions.ts';
import { digestOf } from './digest.ts';
import type {
  BundleResource,
  ChannelBody,
  Condition,
  ConsentBody,
  DestinationBody,
  EntityBody,
  EventBody,
  HoldoutBody,
  IdentityBody,
  MessageStatus,
  PressureBody,
  SegmentBody,
  SourceBody,
  TraitBody,
  WorkspaceBody,
} from './ir.ts';
import { keptTraits } from './kept-traits.ts';
import { computedTraits, countrySegments, type LinkedCountry, linkCountry } from './linked-country.ts';
import { type LinkedJourney, linkJourney } from './linked-journey.ts';
import { type LinkedPersonas, linkPersonas } from './linked-persona.ts';
import { type LinkedProgramme, linkProgrammes } from './linked-programme.ts';
import { type LinkedTemplate, linkTemplates } from './linked-template.ts';
import { becomesSegments, type LinkedTrigger, linkTriggers } from './linked-trigger.ts';
import { eventsOfChannel, eventsOfStatus } from './message-sql.ts';
import { eventsOfGains, eventsOfPoints, eventsOfTiers } from './points-sql.ts';
import { type Readers, readersOf, readersOfTrait } from './readers.ts';
import type { ComputedTrait } from './trait-sql.ts';

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
  /** By `kind/id` the first id of what was renamed since: chance is drawn by it. */
  readonly origins: ReadonlyMap<string, string>;
  readonly workspace: WorkspaceBody;
  readonly definitions: Definitions;
  readonly events: ReadonlyMap<string, EventBody>;
  readonly entities: ReadonlyMap<string, EntityBody>;
  readonly traits: ReadonlyMap<string, TraitBody>;
  /** In dependency order. */
  readonly computedTraits: readonly LinkedTrait[];
  readonly personas: readonly LinkedPersonas[];
  /** Also the conditions of triggers that fire when they become true, by `triggerName`. */
  readonly segments: ReadonlyMap<string, LinkedSegment>;
  /** In dependency order. */
  readonly segmentGroups: readonly SegmentGroup[];
  /** Computed traits, personas and segments together, each after what it reads. */
  readonly levels: readonly Level[];
  readonly channels: ReadonlyMap<string, ChannelBody>;
  /** With their parts and layouts put in. */
  readonly templates: ReadonlyMap<string, LinkedTemplate>;
  readonly consents: ReadonlyMap<string, ConsentBody>;
  /** By id: of several that are about a person, the first is his. */
  readonly countries: readonly LinkedCountry[];
  readonly holdouts: readonly { readonly id: string; readonly body: HoldoutBody }[];
  readonly pressures: readonly { readonly id: string; readonly body: PressureBody }[];
  readonly journeys: ReadonlyMap<string, LinkedJourney>;
  readonly destinations: ReadonlyMap<string, DestinationBody>;
  readonly sources: ReadonlyMap<string, SourceBody>;
  /** Who is one person; null: no document says. */
  readonly identity: IdentityBody | null;
  readonly programmes: ReadonlyMap<string, LinkedProgramme>;
  /** Triggers of live journeys that aren't decided by a fact alone. */
  readonly triggers: readonly LinkedTrigger[];
  /** Event types that anything reads. */
  readonly listensTo: ReadonlySet<string>;
}

/** Columns of one statement; more segments with the same readers make another statement. */
const groupMax = 50;

/** Links the resources of a revision. They are valid: a missing reference is a bug of ours. */
export function link(
  revision: number,
  resources: readonly BundleResource[],
  origins: Readonly<Record<string, readonly string[]>> = {},
): Program {
  const workspace = resources.find((resource) => resource.kind === 'workspace');
  if (workspace?.kind !== 'workspace') throw new Error('assertion failed: a bundle has a workspace');
  const segments = new Map(
    resources.flatMap((r) => {
      if (r.kind === 'segment') return [[r.id, linkSegment(r.id, r.digest, r.body)] as const];
      if (r.kind !== 'journey') return [];
      return becomesSegments(r.id, r.body).map(
        ({ name, digest, where }) => [name, linkSegment(name, digest, { where })] as const,
      );
    }),
  );
  for (const { name, digest, where } of countrySegments(resources))
    segments.set(name, linkSegment(name, digest, { where }));
  const computed = computedTraits(resources);
  const traits = [
    ...resources.flatMap((r) => (r.kind === 'trait' ? linkTrait(r.id, r.digest, r.body) : [])),
    ...keptTraits(resources).flatMap(({ name, body }) => linkTrait(name, digestOf(body), body)),
  ];
  const personas = resources.flatMap((r) => (r.kind === 'persona' ? [linkPersonas(r.id, r.digest, r.body)] : []));
  const levels = layLevels(traits, personas, segments);
  return {
    revision,
    origins: new Map(Object.entries(origins).map(([name, earlier]) => [name, earlier[0] ?? ''])),
    workspace: workspace.body,
    definitions: definitionsOf(resources),
    events: bodies(resources, 'event'),
    entities: bodies(resources, 'entity'),
    traits: bodies(resources, 'trait'),
    computedTraits: levels.flatMap((level) => level.traits),
    personas,
    segments,
    segmentGroups: levels.flatMap((level) => level.groups),
    levels,
    channels: bodies(resources, 'channel'),
    templates: linkTemplates(resources, workspace.body.locale),
    consents: bodies(resources, 'consent'),
    countries: resources.flatMap((r) => (r.kind === 'country' ? [linkCountry(r.id, r.body, computed)] : [])),
    destinations: bodies(resources, 'destination'),
    sources: bodies(resources, 'source'),
    identity: [...bodies(resources, 'identity').values()][0] ?? null,
    programmes: linkProgrammes(resources),
    holdouts: resources.flatMap((r) => (r.kind === 'holdout' ? [{ id: r.id, body: r.body }] : [])),
    pressures: resources.flatMap((r) => (r.kind === 'pressure' ? [{ id: r.id, body: r.body }] : [])),
    journeys: new Map(
      resources.flatMap((r) => (r.kind === 'journey' ? [[r.id, linkJourney(r.id, r.digest, r.body)] as const] : [])),
    ),
    triggers: resources.flatMap((r) => (r.kind === 'journey' ? linkTriggers(r.id, r.body) : [])),
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
      if (kind === 'points') for (const type of eventsOfPoints) found.add(type);
      if (kind === 'tier') for (const type of eventsOfTiers) found.add(type);
      if (kind === 'gained') for (const type of eventsOfGains) found.add(type);
      if (kind === 'preferred_channel') for (const type of eventsOfChannel('acted')) found.add(type);
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
