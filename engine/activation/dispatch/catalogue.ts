/** What dispatch must know of the live revision, and how it is read from a linked program. Nothing here reads the store. */
import type { SecretLookup } from '../../channels/secrets.ts';
import type { ChannelBody, ConsentBody, TemplateBody, ValueType } from '../../compiler/ir.ts';
import type { Program } from '../../compiler/program.ts';
import type { Rules } from '../messages/rules.ts';
import type { Statements } from '../statements.ts';
import { type Links, linksOf } from './links.ts';

export interface DispatchCatalogue {
  /** The workspace's, for people who have none. */
  readonly zone: string;
  readonly locale: string;
  /** Whether the address may be written to: the workspace may allow a few only. */
  isAllowed(address: string): boolean;
  /** Whether the journey's file says `status: paused`. */
  isPaused(journey: string): boolean;
  channel(id: string): ChannelBody | undefined;
  template(id: string): { readonly digest: string; readonly body: TemplateBody } | undefined;
  consent(purpose: string): ConsentBody | undefined;
  traitType(name: string): ValueType | undefined;
  /** The type of a field of an entity, its key among them. */
  fieldType(entity: string, field: string): ValueType | undefined;
  /** The type of a property of the events that open the journey, or of what a `start` hands over. */
  entryPropertyType(journey: string, property: string): ValueType | undefined;
  /** The rules of countries, and how they are read; null: there are no countries. */
  readonly laws: Laws | null;
  readonly links: Links;
}

export interface Laws {
  readonly rules: Rules;
  readonly statements: Statements;
}

export function catalogueOf(program: Program, laws: Laws, secret: SecretLookup): DispatchCatalogue {
  const entryTypes = new Map<string, ValueType | undefined>();
  return {
    laws: program.countries.length === 0 ? null : laws,
    links: linksOf(program.workspace.links, secret),
    zone: program.workspace.zone,
    locale: program.workspace.locale,
    isAllowed: (address) => program.workspace.allow?.includes(address.toLowerCase()) ?? true,
    isPaused: (journey) => program.journeys.get(journey)?.body.status === 'paused',
    channel: (id) => program.channels.get(id) ?? destinationAsChannel(program, id),
    template: (id) => program.templates.get(id),
    consent: (purpose) => program.consents.get(purpose),
    traitType: (name) => program.traits.get(name)?.type,
    fieldType: (entity, field) => typeOfField(program, entity, field),
    entryPropertyType(journey, property) {
      const key = `${journey} ${property}`;
      if (!entryTypes.has(key)) entryTypes.set(key, typeOfEntryProperty(program, journey, property));
      return entryTypes.get(key);
    },
  };
}

/** The type of a field of an entity, its key among them. */
export function typeOfField(program: Program, entity: string, field: string): ValueType | undefined {
  const body = program.entities.get(entity);
  if (body === undefined || field === body.key) return body && 'id';
  return Object.hasOwn(body.fields, field) ? body.fields[field]?.type : undefined;
}

/** How the requests of a destination leave: the name in the outbox is `destination/x`. */
function destinationAsChannel(program: Program, id: string): ChannelBody | undefined {
  const body = program.destinations.get(id.replace(/^destination\//, ''));
  if (body === undefined || body.url === null || !id.startsWith('destination/')) return undefined;
  const via = {
    kind: 'webhook',
    url: body.url,
    signWith: body.signWith ?? null,
    allowPrivate: body.allowPrivate === true,
  } as const;
  return { type: 'webhook', address: null, via };
}

/**
 * As the events that open the journey declare it; otherwise as any event does, since an enrollment may be older than the
 * journey's present triggers and its template must still render.
 */
function typeOfEntryProperty(program: Program, journey: string, property: string): ValueType | undefined {
  const { triggers = [], with: handed = {} } = program.journeys.get(journey)?.body.entry ?? {};
  if (Object.hasOwn(handed, property)) return handed[property];
  const opening = triggers.flatMap((trigger) => (trigger.kind === 'event' ? trigger.types : []));
  for (const event of [...opening, ...program.events.keys()]) {
    const properties = program.events.get(event)?.properties ?? {};
    if (Object.hasOwn(properties, property)) return properties[property];
  }
  return undefined;
}
