/** Steps that act without a message: points, calls, webhooks, consents, traits, and other journeys. */
import type { StepAction, Value, ValueRef } from '../ir.ts';
import {
  channelTypeNamed,
  journeyNamed,
  useChannel,
  useConsent,
  useDestination,
  useProgramme,
  useTrait,
} from '../references.ts';
import { checkDesk } from './check-desk.ts';
import { atStep, type JourneyNames } from './journey-names.ts';
import { child, demand, entries, fault, faultUnknown, isMap, items, type Place, textAt, textOf } from './place.ts';
import { readValueRef } from './refs.ts';
import { listed, readDuration, readLiteral } from './values.ts';

export function readAward(place: Place): StepAction {
  const program = demand(place, 'program');
  useProgramme(program, textOf(program));
  const points = Number(textOf(demand(place, 'points')));
  return { kind: 'award', program: textOf(program), points, reason: textAt(place, 'reason') ?? null };
}

export function readRedeem(place: Place): StepAction {
  const program = demand(place, 'program');
  const reward = demand(place, 'reward');
  const known = useProgramme(program, textOf(program));
  if (known !== undefined && !known.rewards.has(textOf(reward))) {
    const remedy = `Declare it under \`rewards\` of programme \`${textOf(program)}\`, or correct the name.`;
    faultUnknown(reward, 'CMP170', { what: 'reward', name: textOf(reward), known: known.rewards, remedy });
  }
  return { kind: 'redeem', program: textOf(program), reward: textOf(reward) };
}

export function readCall(place: Place): StepAction {
  const list = demand(place, 'list');
  const within = demand(place, 'within');
  const type = useChannel(list, textOf(list));
  const duration = readDuration(within);
  if (type !== undefined && type !== 'call-list') {
    const lists = [...place.at.names.channels].filter(([, one]) => one === 'call-list').map(([id]) => id);
    const known = lists.length === 0 ? 'No channel is of type `call-list` yet.' : `Call lists are ${listed(lists)}.`;
    fault(list, 'CMP168', `Channel \`${textOf(list)}\` is of type ${type}, and a call needs a desk. ${known}`);
  } else if (type !== undefined) checkDesk(within, duration, textOf(list));
  return {
    kind: 'call',
    list: textOf(list),
    script: textAt(place, 'script') ?? null,
    within: duration,
    urgent: child(place, 'urgent')?.value === true,
  };
}

/** The body is sent as it is. */
export function readWebhook(place: Place): StepAction {
  const destination = demand(place, 'destination');
  useDestination(destination, textOf(destination));
  return { kind: 'webhook', destination: textOf(destination), body: child(place, 'body')?.value ?? {} };
}

export function readConsentChange(place: Place): StepAction {
  const purpose = demand(place, 'purpose');
  const consent = useConsent(purpose, textOf(purpose));
  const channel = child(place, 'channel');
  const type = channel === undefined ? null : (channelTypeNamed(textOf(channel)) ?? textOf(channel));
  if (consent !== undefined && channel !== undefined && type !== null && !consent.channels.includes(type)) {
    const detail = `Purpose \`${textOf(purpose)}\` doesn't cover \`${textOf(channel)}\`: it covers ${listed(consent.channels)}.`;
    fault(channel, 'CMP067', detail);
  }
  return {
    kind: 'consent',
    purpose: textOf(purpose),
    channel: type,
    set: textOf(demand(place, 'set')) as 'granted' | 'denied' | 'confirmed',
    proof: textOf(demand(place, 'proof')),
  };
}

export function readUpdate(place: Place, names: JourneyNames, order: number): StepAction {
  const set: Record<string, Value | ValueRef | null> = {};
  for (const [name, value] of entries(place)) {
    const trait = useTrait(value, name);
    if (trait === undefined) continue;
    if (trait.origin === 'computed') {
      const detail = `Trait \`${name}\` is computed from facts, so it can't be set: the next fact would set it back. Update a trait that a schema declares.`;
      fault(value, 'CMP179', detail, { on: 'key' });
      continue;
    }
    const typed = { type: trait.type, values: trait.values, label: `trait \`${name}\`` };
    const read = readNewValue(value, typed, { names, order });
    if (read !== undefined) set[name] = read;
  }
  return { kind: 'update', set };
}

type Typed = Parameters<typeof readLiteral>[1];

function readNewValue(
  place: Place,
  typed: Typed,
  { names, order }: { readonly names: JourneyNames; readonly order: number },
): Value | ValueRef | null | undefined {
  if (place.value === null) return null;
  if (isMap(place.value)) {
    const from = demand(place, 'from');
    const ref = readValueRef(from, textOf(from), atStep(names, order));
    if (ref === undefined || ref.type === typed.type || (isTextual(ref.type) && isTextual(typed.type))) return ref;
    fault(
      from,
      'CMP020',
      `\`${textOf(from)}\` is of type ${ref.type}, and ${typed.label} of type ${typed.type}. Copy a value of the same type.`,
    );
    return undefined;
  }
  if (!Array.isArray(place.value)) return readLiteral(place, typed);
  if (typed.type === 'list') return items(place).map(textOf);
  fault(place, 'CMP020', `A list can't be the value of ${typed.label}, which is of type ${typed.type}.`);
  return undefined;
}

function isTextual(type: Typed['type']): boolean {
  return type === 'text' || type === 'id' || type === 'enum';
}

/** `start: nps`, or with what is handed over. */
export function readStart(place: Place): StepAction {
  const named = isMap(place.value) ? demand(place, 'journey') : place;
  const handed = isMap(place.value) ? child(place, 'with') : undefined;
  const id = textOf(named);
  const values: Record<string, Value> = {};
  if (id === place.at.resource.id) {
    const detail =
      'Whoever stands in this journey is enrolled in it, and a second entry is ignored, so this does nothing. Use `repeat`, or another journey.';
    fault(named, 'CMP163', detail);
    return { kind: 'start', journey: id, with: values };
  }
  const target = journeyNamed(named, id);
  if (target === undefined) return { kind: 'start', journey: id, with: values };
  if (!target.isStarted) {
    const detail = `Journey \`${id}\` isn't opened by a \`start\`. Add \`started: true\` to its \`entry.when\`, or start another one.`;
    fault(named, 'CMP165', detail);
    return { kind: 'start', journey: id, with: values };
  }
  checkKeys(named, target.per);
  for (const [name, value] of entries(handed)) {
    const type = target.with.get(name);
    if (type === undefined) {
      const remedy = `Declare it under \`entry.with\` of journey \`${id}\`, or remove it.`;
      const what = `value that journey \`${id}\` takes named`;
      faultUnknown(value, 'CMP166', { what, name, known: target.with.keys(), remedy });
      continue;
    }
    const read = readLiteral(value, { type, values: null, label: `\`entry.${name}\` of journey \`${id}\`` });
    if (read !== undefined) values[name] = read;
  }
  const missing = [...target.with.keys()].filter((name) => handed === undefined || child(handed, name) === undefined);
  if (missing.length > 0) {
    const detail = `Journey \`${id}\` is handed ${listed(missing)}, and nothing is given here. Add \`with: { ${missing[0]}: … }\`.`;
    fault(named, 'CMP166', detail);
  }
  return { kind: 'start', journey: id, with: values };
}

type Per = NonNullable<ReturnType<typeof journeyNamed>>['per'];

/** The started journey has one enrollment for each key, so this one must have the same key to hand over (LANGUAGE b19). */
function checkKeys(place: Place, wanted: Per): void {
  if (wanted === null) return;
  const own = place.at.names.journeys.get(place.at.resource.id)?.per ?? null;
  const isSame =
    own !== null &&
    own.kind === wanted.kind &&
    (own.kind === 'entity'
      ? wanted.kind === 'entity' && own.entity === wanted.entity
      : wanted.kind === 'property' && own.property === wanted.property);
  if (isSame) return;
  const said = (per: Per): string => {
    if (per === null) return 'per person';
    return per.kind === 'entity' ? `per \`${per.entity}\`` : `per \`${per.property}\``;
  };
  const detail = `Journey \`${textOf(place)}\` is ${said(wanted)} and this one ${said(own)}, so there is no key to open it with. Make both the same, or start a journey that is per person.`;
  fault(place, 'CMP167', detail);
}
