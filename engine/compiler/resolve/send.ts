/** The `send` of a step: channels, template, purpose, and whether they fit each other and the journey. */
import type { ChannelType, Objective, StepAction, WhenCapped } from '../ir.ts';
import type { TemplateName } from '../names.ts';
import { useChannel, useConsent, useTemplate, useTrait } from '../references.ts';
import { checkQuietHours } from './check-quiet-hours.ts';
import { atStep, channelPlaces, type JourneyNames } from './journey-names.ts';
import { child, demand, entries, fault, type Place, textOf } from './place.ts';
import { withParts } from './template-parts.ts';
import { listed, readDuration } from './values.ts';
import { readFixedMoment } from './waits.ts';

type Send = Extract<StepAction, { readonly kind: 'send' }>;

/** What a send takes from its journey where it says nothing. */
export interface SendContext {
  readonly names: JourneyNames;
  readonly defaults: Place | undefined;
  readonly objective: Objective;
  /** Where the journey says its purpose, or its objective. */
  readonly purpose: { readonly id: string; readonly place: Place };
}

export function readSend(send: Place, context: SendContext, order: number): Send {
  const said = (key: string): Place | undefined =>
    child(send, key) ?? (context.defaults === undefined ? undefined : child(context.defaults, key));
  const channels = readChannels(send, said('channel'));
  const choose = chosenBy(said('channel'), channels.length);
  const purposePlace = said('purpose') ?? context.purpose.place;
  const purpose = said('purpose') === undefined ? context.purpose.id : textOf(purposePlace);
  checkPurpose(send, { id: purpose, place: purposePlace }, channels);
  const validFor = said('valid_for');
  const whenCapped = said('when_capped');
  const objectivePlace = said('objective');
  const objective = objectivePlace === undefined ? context.objective : (textOf(objectivePlace) as Objective);
  const to = readTo(said('to'));
  const expires = child(send, 'expires');
  const expiry = expires === undefined ? undefined : readExpiry(expires, context, order);
  checkNextChannel(whenCapped, channels.length);
  checkQuietHours(send, validFor, { channels: channels.map(({ id }) => id), objective });
  return {
    kind: 'send',
    channels: channels.map(({ id }) => id),
    ...(choose !== undefined && { choose }),
    ...(to !== undefined && { to }),
    template: textOf(demand(send, 'template')),
    with: readTemplate(send, { channels, context }),
    validFor: validFor === undefined ? null : readDuration(validFor),
    whenCapped: whenCapped === undefined ? null : (textOf(whenCapped) as WhenCapped),
    objective,
    purpose,
    ...(expiry !== undefined && { expires: expiry }),
    ...(said('urgent')?.value === true && { urgent: true as const }),
  };
}

function readExpiry(place: Place, { names }: SendContext, order: number): Send['expires'] {
  return readFixedMoment(place, atStep(names, order), 'A length of time is said by `valid_for`.');
}

/** One channel is one channel, however it is chosen; `first_of` is the default. */
function chosenBy(said: Place | undefined, channels: number): Send['choose'] {
  if (said === undefined || channels < 2) return undefined;
  return (['preferred_of', 'best_of', 'cheapest_of', 'all_of'] as const).find((way) => child(said, way) !== undefined);
}

function readTo(to: Place | undefined): string | undefined {
  if (to === undefined) return undefined;
  const trait = useTrait(to, textOf(to));
  if (trait !== undefined && trait.type !== 'text' && trait.type !== 'id') {
    const detail = `An address is a text, and trait \`${textOf(to)}\` is of type ${trait.type}. Name a trait of type text.`;
    fault(to, 'CMP020', detail);
  }
  return textOf(to);
}

function checkNextChannel(whenCapped: Place | undefined, channels: number): void {
  if (whenCapped === undefined || textOf(whenCapped) !== 'next_channel' || channels !== 1) return;
  const detail = 'There is no next channel: this send has one. Name several with `first_of`, or say `defer` or `drop`.';
  fault(whenCapped, 'CMP185', detail);
}

interface SentOn {
  readonly id: string;
  readonly type: ChannelType;
  readonly place: Place;
}

/** In the order of the file: the first that reaches the person is taken. */
function readChannels(send: Place, said: Place | undefined): readonly SentOn[] {
  if (said === undefined) {
    fault(
      send,
      'CMP051',
      'A send says its channel: `channel: push`, or `defaults.send.channel` for the whole journey.',
    );
    return [];
  }
  const found = new Map<string, SentOn>();
  for (const place of channelPlaces(said)) {
    const id = textOf(place);
    const type = useChannel(place, id);
    if (type !== undefined && !found.has(id)) found.set(id, { id, type, place });
  }
  return [...found.values()];
}

/** Nothing may leave on a channel that the purpose doesn't cover: no one could have agreed to it. */
function checkPurpose(
  send: Place,
  purpose: { readonly id: string; readonly place: Place },
  channels: readonly SentOn[],
): void {
  const consent = useConsent(purpose.place, purpose.id);
  if (consent === undefined) return;
  for (const { id, type, place } of channels) {
    if (isPlaced(type) || consent.channels.includes(type)) continue;
    if (type === 'print') {
      const detail = `Purpose \`${purpose.id}\` covers ${listed(consent.channels)}, and channel \`${id}\` is print, so nobody can agree to letters and no letter leaves. Add print to the consent, or send for another purpose.`;
      fault(place, 'CMP184', detail);
      continue;
    }
    const detail = `Purpose \`${purpose.id}\` covers ${listed(consent.channels)}, and channel \`${id}\` is of type ${type}. Add ${type} to the consent, or send for another purpose.`;
    // Defaults are said once: the send that uses them is where the two meet.
    fault(place.path[0] === 'defaults' ? send : place, 'CMP067', detail);
  }
}

/** What is placed on our own pages, or handed to a system, reaches nobody: it needs no consent. */
function isPlaced(type: ChannelType): boolean {
  return type === 'on-site' || type === 'audience' || type === 'webhook';
}

interface TemplateUse {
  readonly channels: readonly SentOn[];
  readonly context: SendContext;
}

/** The literals of `with`; checks the template against channels, values and the facts that open the journey. */
function readTemplate(send: Place, { channels, context }: TemplateUse): Send['with'] {
  const defaults = readWith(context.defaults === undefined ? undefined : child(context.defaults, 'with'));
  const own = child(send, 'with');
  const values = { ...defaults, ...readWith(own) };
  const named = demand(send, 'template');
  const id = textOf(named);
  const used = useTemplate(named, id);
  if (used === undefined) return values;
  const template = withParts(named.at.names, used);
  checkForms(named, template, channels);
  for (const name of template.withNames) {
    if (Object.hasOwn(values, name)) continue;
    fault(
      named,
      'CMP065',
      `Template \`${id}\` reads \`with.${name}\`, and this send gives no such value. Add \`with: { ${name}: … }\`.`,
    );
  }
  for (const property of template.entryProperties) {
    if (context.names.entryProperties.has(property)) continue;
    fault(
      named,
      'CMP065',
      `Template \`${id}\` reads \`entry.${property}\`, and no event that opens this journey has that property. Use another template, or enter by such an event.`,
    );
  }
  for (const entity of template.entities) {
    if (context.names.entity === entity) continue;
    const detail = `Template \`${id}\` reads fields of \`${entity}\`, and this journey isn't per ${entity}, so there is no row to read. Use another template, or make the journey \`per: { entity: ${entity}, role: … }\`.`;
    fault(named, 'CMP065', detail);
  }
  for (const [name, place] of entries(own)) {
    if (template.withNames.has(name)) continue;
    fault(place, 'CMP066', `Template \`${id}\` doesn't read \`with.${name}\`. Use it there, or remove it here.`, {
      on: 'key',
    });
  }
  return values;
}

/** `true` and `false` are booleans; everything else is text as written. */
function readWith(place: Place | undefined): Readonly<Record<string, string | boolean>> {
  return Object.fromEntries(
    entries(place).map(([name, value]) => [name, typeof value.value === 'boolean' ? value.value : textOf(value)]),
  );
}

function checkForms(named: Place, template: TemplateName, channels: readonly SentOn[]): void {
  if (template.forms.has('any')) return;
  for (const { id, type } of channels) {
    if (template.forms.has(type)) continue;
    const detail = `Template \`${textOf(named)}\` has no form for channel \`${id}\` of type ${type}: it has ${listed([...template.forms])}. Add \`${type}:\` (or \`any:\`) to it.`;
    fault(named, 'CMP063', detail);
  }
}
