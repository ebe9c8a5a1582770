/** What dispatch must know of the live revision, and how it is read from a linked program. Nothing here reads the store. */
import type { ChannelBody, ConsentBody, TemplateBody, ValueType } from '../../compiler/ir.ts';
import type { Program } from '../../compiler/program.ts';

export interface DispatchCatalogue {
  /** The workspace's, for people who have none. */
  readonly zone: string;
  readonly locale: string;
  /** Whether the address may be written to: the workspace may allow a few only. */
  isAllowed(address: string): boolean;
  channel(id: string): ChannelBody | undefined;
  template(id: string): { readonly digest: string; readonly body: TemplateBody } | undefined;
  consent(purpose: string): ConsentBody | undefined;
  traitType(name: string): ValueType | undefined;
  /** The type of a property of the events that open the journey. */
  entryPropertyType(journey: string, property: string): ValueType | undefined;
}

export function catalogueOf(program: Program): DispatchCatalogue {
  const entryTypes = new Map<string, ValueType | undefined>();
  return {
    zone: program.workspace.zone,
    locale: program.workspace.locale,
    isAllowed: (address) => program.workspace.allow?.includes(address.toLowerCase()) ?? true,
    channel: (id) => program.channels.get(id),
    template: (id) => program.templates.get(id),
    consent: (purpose) => program.consents.get(purpose),
    traitType: (name) => program.traits.get(name)?.type,
    entryPropertyType(journey, property) {
      const key = `${journey} ${property}`;
      if (!entryTypes.has(key)) entryTypes.set(key, typeOfEntryProperty(program, journey, property));
      return entryTypes.get(key);
    },
  };
}

/**
 * As the events that open the journey declare it; otherwise as any event does, since an enrollment may be older than the
 * journey's present triggers and its template must still render.
 */
function typeOfEntryProperty(program: Program, journey: string, property: string): ValueType | undefined {
  const triggers = program.journeys.get(journey)?.body.entry.triggers ?? [];
  const opening = triggers.flatMap((trigger) => (trigger.kind === 'event' ? trigger.types : []));
  for (const event of [...opening, ...program.events.keys()]) {
    const properties = program.events.get(event)?.properties ?? {};
    if (Object.hasOwn(properties, property)) return properties[property];
  }
  return undefined;
}
