/**
 * The first pass over a project: every name that can be referenced, with its types and forms. What is wrong with a declaration
 * itself is said here for schemas and the workspace; everything else is only named, and checked when it is resolved.
 */
import type { Resource, ResourceKind } from '../../config/project.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ChannelType, ConsentBody, ContactHours, EntityBody, EventBody, WorkspaceBody } from '../ir.ts';
import type { JourneyName, Names, ProgrammeName, QuietHours, TemplateName, TraitName } from '../names.ts';
import { resolveConsent } from './consent.ts';
import {
  declareDesk,
  declareJourney,
  declarePersonas,
  declareProgramme,
  declareQuietHours,
  declareTags,
} from './declare-named.ts';
import { builtInNames, declareSchemas, type SchemaNames } from './declare-schema.ts';
import { demand, type Resolving, root, textAt, textOf } from './place.ts';
import { declareTemplate } from './template.ts';
import { resolveWorkspace } from './workspace.ts';

export interface Declarations extends SchemaNames {
  readonly names: Names;
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
  readonly sources: Set<string>;
  readonly identity: string | null;
  readonly desks: Map<string, readonly ContactHours[]>;
  quietHours: readonly QuietHours[];
  tags: ReadonlyMap<string, readonly string[]>;
  readonly channels: Map<string, ChannelType>;
  readonly consents: Map<string, ConsentBody>;
  readonly templates: Map<string, TemplateName>;
  readonly countries: ReadonlySet<string>;
  readonly hasLinks: boolean;
  countryLocales: ReadonlyMap<string, string>;
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
    ...builtInNames(),
    segments: new Set(),
    journeys: new Map(),
    tags: new Map(),
    entities: new Map(),
    personas: new Map(),
    programmes: new Map(),
    destinations: new Set(),
    sources: new Set(resources.filter(({ kind }) => kind === 'source').map(({ id }) => id)),
    identity: resources.find(({ kind }) => kind === 'identity')?.id ?? null,
    desks: new Map(),
    quietHours: [],
    channels: new Map(),
    consents: new Map(),
    templates: new Map(),
    countries: new Set(resources.filter(({ kind }) => kind === 'country').map(({ id }) => id)),
    hasLinks: resources.some(({ kind, body }) => kind === 'workspace' && body.links !== undefined),
    countryLocales: new Map(),
  };
  names.workspace = readWorkspace(of('workspace'));
  const declared = declareSchemas({ schemas: of('schema'), computed: of('trait') }, names);
  for (const { resource } of of('segment')) names.segments.add(resource.id);
  for (const one of of('journey')) names.journeys.set(one.resource.id, declareJourney(one));
  names.tags = declareTags(of('journey'), [...of('pressure'), ...of('country')]);
  for (const one of named('persona')) names.personas.set(one.resource.id, declarePersonas(one));
  for (const one of named('loyalty')) names.programmes.set(one.resource.id, declareProgramme(one));
  for (const { resource } of named('destination')) names.destinations.add(resource.id);
  for (const one of of('channel'))
    names.channels.set(one.resource.id, textOf(demand(root(one), 'type')) as ChannelType);
  names.countryLocales = declareLocales(of('country'));
  for (const one of of('consent')) names.consents.set(one.resource.id, resolveConsent(one));
  for (const one of of('template')) names.templates.set(one.resource.id, declareTemplate(one));
  for (const one of of('channel')) {
    if (names.channels.get(one.resource.id) === 'call-list') names.desks.set(one.resource.id, declareDesk(one));
  }
  names.quietHours = of('pressure').flatMap(declareQuietHours);
  return { names, ...declared };
}

function readWorkspace(workspaces: readonly Resolving[]): WorkspaceBody {
  const [workspace, second] = workspaces;
  if (workspace === undefined || second !== undefined) {
    throw new Error('assertion failed: a project without errors has one workspace');
  }
  return resolveWorkspace(workspace);
}

/** Locales of countries, each with the first country that has it. */
function declareLocales(countries: readonly Resolving[]): ReadonlyMap<string, string> {
  const locales = countries.flatMap((one) => {
    const locale = textAt(root(one), 'locale');
    return locale === undefined ? [] : [[locale, one.resource.id] as const];
  });
  return new Map(locales.reverse());
}
