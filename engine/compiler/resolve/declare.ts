/**
 * The first pass over a project: every name that can be referenced, with its types and forms. What is wrong with a declaration
 * itself is said here for schemas and the workspace; everything else is only named, and checked when it is resolved.
 */
import type { Resource, ResourceKind } from '../../config/project.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ChannelType, ConsentBody, EntityBody, EventBody, TraitBody, WorkspaceBody } from '../ir.ts';
import type { JourneyName, Names, ProgrammeName, TemplateName, TraitName } from '../names.ts';
import { builtInTraits, reservedName } from '../references.ts';
import { resolveConsent } from './consent.ts';
import { declareJourney, declarePersonas, declareProgramme } from './declare-named.ts';
import { child, demand, fault, type Place, type Resolving, rangeOf, root, textOf } from './place.ts';
import { type Declared, readEvents, readMeasures, readTraits } from './schema.ts';
import { declareTemplate } from './template.ts';
import { resolveWorkspace } from './workspace.ts';

/** An event or sourced trait, and the resource whose document declares it. */
export interface Unpacked<Body> {
  readonly body: Body;
  readonly resource: Resource;
}

export interface Declarations {
  readonly names: Names;
  readonly events: ReadonlyMap<string, Unpacked<EventBody>>;
  readonly sourcedTraits: ReadonlyMap<string, Unpacked<TraitBody>>;
}

interface MutableNames {
  workspace: WorkspaceBody;
  readonly events: Map<string, EventBody>;
  readonly traits: Map<string, TraitName>;
  readonly segments: Set<string>;
  readonly journeys: Map<string, JourneyName>;
  readonly entities: Map<string, EntityBody>;
  readonly personas: Map<string, readonly string[]>;
  readonly programmes: Map<string, ProgrammeName>;
  readonly destinations: Set<string>;
  readonly channels: Map<string, ChannelType>;
  readonly consents: Map<string, ConsentBody>;
  readonly templates: Map<string, TemplateName>;
}

/** What the workspace's own document is read with: it names nothing. */
const noWorkspaceYet: WorkspaceBody = {
  zone: 'UTC',
  currency: 'EUR',
  locale: 'en',
  locales: ['en'],
  weekStarts: 'mon',
  triggerMaxAge: { months: 0, days: 2, ms: 0 },
};

/** All names of a project. Resources are valid by their schemas, and their identities differ. */
export function declareNames(resources: readonly Resource[], diagnostics: Diagnostic[]): Declarations {
  const of = (kind: ResourceKind): readonly Resolving[] => resources.filter((one) => one.kind === kind).map(at);
  // Whether or not files may declare them yet.
  const named = (kind: string): readonly Resolving[] => resources.filter((one) => one.kind === kind).map(at);
  const at = (resource: Resource): Resolving => ({ resource, names, diagnostics, needs: new Set() });
  const names: MutableNames = {
    workspace: noWorkspaceYet,
    events: new Map(),
    traits: new Map(builtInTraits),
    segments: new Set(),
    journeys: new Map(),
    entities: new Map(),
    personas: new Map(),
    programmes: new Map(),
    destinations: new Set(),
    channels: new Map(),
    consents: new Map(),
    templates: new Map(),
  };
  names.workspace = readWorkspace(of('workspace'));
  const events = declareEvents(of('schema'), names.events);
  const sourcedTraits = declareTraits(of('schema'), of('trait'), names);
  for (const { resource } of of('segment')) names.segments.add(resource.id);
  for (const one of of('journey')) names.journeys.set(one.resource.id, declareJourney(one));
  for (const one of named('persona')) names.personas.set(one.resource.id, declarePersonas(one));
  for (const one of named('loyalty')) names.programmes.set(one.resource.id, declareProgramme(one));
  for (const { resource } of named('destination')) names.destinations.add(resource.id);
  for (const one of of('channel'))
    names.channels.set(one.resource.id, textOf(demand(root(one), 'type')) as ChannelType);
  for (const one of of('consent')) names.consents.set(one.resource.id, resolveConsent(one));
  for (const one of of('template')) names.templates.set(one.resource.id, declareTemplate(one));
  return { names, events, sourcedTraits };
}

function readWorkspace(workspaces: readonly Resolving[]): WorkspaceBody {
  const [workspace, second] = workspaces;
  if (workspace === undefined || second !== undefined) {
    throw new Error('assertion failed: a project without errors has one workspace');
  }
  return resolveWorkspace(workspace);
}

function declareEvents(
  schemas: readonly Resolving[],
  names: Map<string, EventBody>,
): ReadonlyMap<string, Unpacked<EventBody>> {
  const owners = new Map<string, Declared<EventBody>>();
  for (const schema of schemas) {
    for (const event of readEvents(schema)) {
      if (isFirst(owners, event)) names.set(event.name, event.body);
    }
  }
  for (const schema of schemas) readMeasures(schema, names);
  const unpacked = [...owners].map(
    ([name, { place }]) => [name, { body: names.get(name) as EventBody, resource: place.at.resource }] as const,
  );
  return new Map(unpacked);
}

/** Sourced and computed traits share their names. */
function declareTraits(
  schemas: readonly Resolving[],
  computed: readonly Resolving[],
  names: MutableNames,
): ReadonlyMap<string, Unpacked<TraitBody>> {
  const owners = new Map<string, Declared<TraitBody>>();
  const unpacked = new Map<string, Unpacked<TraitBody>>();
  for (const schema of schemas) {
    for (const trait of readTraits(schema)) {
      if (!isFirst(owners, trait) || isBuiltIn(trait.place, trait.name)) continue;
      const values = trait.body.origin === 'sourced' ? trait.body.values : null;
      names.traits.set(trait.name, { type: trait.body.type, values, origin: 'sourced' });
      unpacked.set(trait.name, { body: trait.body, resource: schema.resource });
    }
  }
  for (const one of computed) declareComputed(one, owners, names);
  return unpacked;
}

function declareComputed(at: Resolving, owners: ReadonlyMap<string, Declared<TraitBody>>, names: MutableNames): void {
  const { id } = at.resource;
  const idPlace = child(root(at), 'id') ?? root(at);
  const sourced = owners.get(id);
  if (sourced !== undefined) {
    sayTwice(idPlace, id, rangeOf(sourced.place, 'key'));
    return;
  }
  if (isBuiltIn(idPlace, id)) return;
  const reason = reservedName(id);
  if (reason !== null) fault(idPlace, 'CMP004', `${reason} Choose another one.`);
  names.traits.set(id, { type: computedType(at, names), values: null, origin: 'computed' });
}

/** `count` is an integer; a sum has the type of its measure, integer while that is unknown. */
function computedType(at: Resolving, names: MutableNames): 'integer' | 'money' {
  const sum = child(root(at), 'sum');
  if (sum === undefined) return 'integer';
  const named = child(sum, 'event')?.value;
  const first = Array.isArray(named) ? named[0] : named;
  return names.events.get(String(first))?.measure?.type ?? 'integer';
}

function isBuiltIn(place: Place, name: string): boolean {
  if (!builtInTraits.has(name)) return false;
  fault(place, 'CMP004', `Every profile has the trait \`${name}\`; it isn't declared. Remove it here.`, { on: 'key' });
  return true;
}

function isFirst<Body>(owners: Map<string, Declared<Body>>, declared: Declared<Body>): boolean {
  const first = owners.get(declared.name);
  if (first === undefined) {
    owners.set(declared.name, declared);
    return true;
  }
  sayTwice(declared.place, declared.name, rangeOf(first.place, 'key'));
  return false;
}

function sayTwice(place: Place, name: string, range: ReturnType<typeof rangeOf>): void {
  const related = [{ message: 'first declared here', range }];
  fault(place, 'CMP003', `\`${name}\` is declared twice. Keep one declaration, with all that it has.`, {
    on: 'key',
    related,
  });
}
