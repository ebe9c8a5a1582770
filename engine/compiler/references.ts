/**
 * References by name: whether what is named exists, what is known of it, and that the resource needs it. What can be named is
 * in `names.ts`.
 */
import { builtInEvents } from './built-ins.ts';
import type { ChannelType, ConsentBody, EntityBody, EventBody } from './ir.ts';
import type { JourneyName, ProgrammeName, TemplateName, TraitName } from './names.ts';
import type { Place } from './resolve/place.ts';
import { fault, faultUnknown } from './resolve/place.ts';

export const channelTypes: readonly ChannelType[] = [
  'email',
  'sms',
  'whatsapp',
  'push',
  'on-site',
  'print',
  'audience',
  'call-list',
  'webhook',
  'log',
];

/** The type that a word names where files speak of ways to reach people: `call` is that of call lists. */
export function channelTypeNamed(word: string): ChannelType | undefined {
  return channelTypes.find((type) => type === (word === 'call' ? 'call-list' : word));
}

const reservedEvents = /^message_/;

/** Names that the engine keeps for events of its own, beyond those that it has. */
export function isReservedEvent(name: string): boolean {
  return reservedEvents.test(name) && !builtInEvents.has(name);
}

/** Why a name can't be declared, or null. Names of `Object.prototype` would be read by templates and maps as what they are there. */
export function reservedName(name: string): string | null {
  if (name in Object.prototype) return `\`${name}\` is a name of the language that the engine is written in.`;
  return null;
}

/** The trait, recorded as needed; undefined after saying that it is unknown. */
export function useTrait(place: Place, name: string): TraitName | undefined {
  const trait = place.at.names.traits.get(name);
  if (trait === undefined) {
    const remedy = 'Declare it under `traits` of a schema, or as a `trait` resource.';
    faultUnknown(place, 'CMP010', { what: 'trait', name, known: place.at.names.traits.keys(), remedy });
    return undefined;
  }
  if (trait.origin !== 'built-in') place.at.needs.add(`trait/${name}`);
  return trait;
}

/** The event, recorded as needed; undefined after saying that it is unknown. */
export function useEvent(place: Place, name: string): EventBody | undefined {
  const event = place.at.names.events.get(name);
  if (event === undefined) {
    const remedy = 'Declare it under `events` of a schema.';
    faultUnknown(place, 'CMP011', { what: 'event', name, known: place.at.names.events.keys(), remedy });
    return undefined;
  }
  if (!builtInEvents.has(name)) place.at.needs.add(`event/${name}`);
  return event;
}

/** Whether the segment exists; recorded as needed. */
export function useSegment(place: Place, id: string): boolean {
  return use(place, 'CMP013', { kind: 'segment', id, known: place.at.names.segments, noun: 'segment' });
}

/** Whether the journey exists; recorded as needed. */
export function useJourney(place: Place, id: string): boolean {
  return use(place, 'CMP017', { kind: 'journey', id, known: place.at.names.journeys, noun: 'journey' });
}

/** The channel's type; undefined after saying that it is unknown. */
export function useChannel(place: Place, id: string): ChannelType | undefined {
  const known = place.at.names.channels;
  return use(place, 'CMP014', { kind: 'channel', id, known, noun: 'channel' }) ? known.get(id) : undefined;
}

/** What the template asks for; undefined after saying that it is unknown. */
export function useTemplate(place: Place, id: string): TemplateName | undefined {
  const known = place.at.names.templates;
  if (known.size === 0) {
    sayNoTemplates(place);
    return undefined;
  }
  return use(place, 'CMP015', { kind: 'template', id, known, noun: 'template' }) ? known.get(id) : undefined;
}

/** Once for a workspace: its templates may be written by others, and all sends would say the same. */
function sayNoTemplates(place: Place): void {
  if (place.at.diagnostics.some(({ code }) => code === 'CMP270')) return;
  const detail =
    'The workspace has no template at all, so neither this message nor any other has words, and none can leave. Write the words in documents of `kind: template`.';
  fault(place, 'CMP270', detail);
}

/** The purpose of consent; undefined after saying that it is unknown. */
export function useConsent(place: Place, id: string): ConsentBody | undefined {
  const known = place.at.names.consents;
  return use(place, 'CMP016', { kind: 'consent', id, known, noun: 'purpose of consent' }) ? known.get(id) : undefined;
}

/** What of the journey can be named; undefined after saying that it is unknown. */
export function journeyNamed(place: Place, id: string): JourneyName | undefined {
  return useJourney(place, id) ? place.at.names.journeys.get(id) : undefined;
}

/** The entity; undefined after saying that it is unknown. */
export function useEntity(place: Place, id: string): EntityBody | undefined {
  const known = place.at.names.entities;
  if (known.has(id)) place.at.needs.add(`entity/${id}`);
  else {
    const remedy = 'Declare it under `entities` of a schema.';
    faultUnknown(place, 'CMP100', { what: 'entity', name: id, known: known.keys(), remedy });
  }
  return known.get(id);
}

/** The personas of the set; undefined after saying that it is unknown. */
export function usePersonas(place: Place, id: string): readonly string[] | undefined {
  const known = place.at.names.personas;
  return use(place, 'CMP101', { kind: 'persona', id, known, noun: 'set of personas' }) ? known.get(id) : undefined;
}

/** What of the loyalty programme can be named; undefined after saying that it is unknown. */
export function useProgramme(place: Place, id: string): ProgrammeName | undefined {
  const known = place.at.names.programmes;
  return use(place, 'CMP102', { kind: 'loyalty', id, known, noun: 'loyalty programme' }) ? known.get(id) : undefined;
}

/** Whether the destination exists; recorded as needed. */
export function useDestination(place: Place, id: string): boolean {
  return use(place, 'CMP169', { kind: 'destination', id, known: place.at.names.destinations, noun: 'destination' });
}

/** Whether the country exists; recorded as needed. */
export function useCountry(place: Place, id: string): boolean {
  return use(place, 'CMP277', { kind: 'country', id, known: place.at.names.countries, noun: 'country' });
}

interface Reference {
  readonly kind: string;
  readonly id: string;
  readonly known: { has(id: string): boolean; keys(): Iterable<string> };
  readonly noun: string;
}

type ReferenceCode = 'CMP013' | 'CMP014' | 'CMP015' | 'CMP016' | 'CMP017' | 'CMP101' | 'CMP102' | 'CMP169' | 'CMP277';

function use(place: Place, code: ReferenceCode, reference: Reference): boolean {
  const { kind, id, known, noun } = reference;
  if (!known.has(id)) {
    const remedy = `Declare a resource \`kind: ${kind}\` with this id, or correct the name.`;
    faultUnknown(place, code, { what: noun, name: id, known: known.keys(), remedy });
    return false;
  }
  place.at.needs.add(`${kind}/${id}`);
  return true;
}
