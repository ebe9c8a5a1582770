/**
 * References by name: whether what is named exists, what is known of it, and that the resource needs it. What can be named is
 * in `names.ts`.
 */
import type { ChannelType, ConsentBody, EventBody } from './ir.ts';
import type { TemplateName, TraitName } from './names.ts';
import type { Place } from './resolve/place.ts';
import { fault, faultUnknown } from './resolve/place.ts';

export const channelTypes: readonly ChannelType[] = ['email', 'sms', 'whatsapp', 'push', 'log'];

/** Traits that every profile has: they are declared by nobody and are not resources. */
export const builtInTraits: ReadonlyMap<string, TraitName> = new Map([
  ['zone', { type: 'text', values: null, origin: 'built-in' }],
  ['locale', { type: 'text', values: null, origin: 'built-in' }],
]);

const reservedEvents =
  /^(message_.*|journey_entered|journey_exited|consent_changed|reward_redeemed|identified|call_closed)$/;

/** Events of ours (LANGUAGE, change 17). This version doesn't record them as events. */
export function isReservedEvent(name: string): boolean {
  return reservedEvents.test(name);
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
    if (isReservedEvent(name)) {
      const detail =
        `\`${name}\` is recorded by the engine itself, and this version doesn't offer it as an event. ` +
        'Read messages of the same journey with `{ message: <step>, status: … }`.';
      fault(place, 'CMP006', detail);
      return undefined;
    }
    const remedy = 'Declare it under `events` of a schema.';
    faultUnknown(place, 'CMP011', { what: 'event', name, known: place.at.names.events.keys(), remedy });
    return undefined;
  }
  place.at.needs.add(`event/${name}`);
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
  return use(place, 'CMP015', { kind: 'template', id, known, noun: 'template' }) ? known.get(id) : undefined;
}

/** The purpose of consent; undefined after saying that it is unknown. */
export function useConsent(place: Place, id: string): ConsentBody | undefined {
  const known = place.at.names.consents;
  return use(place, 'CMP016', { kind: 'consent', id, known, noun: 'purpose of consent' }) ? known.get(id) : undefined;
}

interface Reference {
  readonly kind: string;
  readonly id: string;
  readonly known: { has(id: string): boolean; keys(): Iterable<string> };
  readonly noun: string;
}

function use(place: Place, code: 'CMP013' | 'CMP014' | 'CMP015' | 'CMP016' | 'CMP017', reference: Reference): boolean {
  const { kind, id, known, noun } = reference;
  if (!known.has(id)) {
    const remedy = `Declare a resource \`kind: ${kind}\` with this id, or correct the name.`;
    faultUnknown(place, code, { what: noun, name: id, known: known.keys(), remedy });
    return false;
  }
  place.at.needs.add(`${kind}/${id}`);
  return true;
}
