/**
 * What the parts of one journey may name: its steps in the order of the file, which of them send, and the properties of the
 * facts that open it. And the standpoints of its conditions, made from that.
 */

import { suggest } from '../../diagnostics/suggest.ts';
import type { ChannelType, MessageStatus, ValueType } from '../ir.ts';
import { readHanded } from './declare-named.ts';
import { type Flow, readFlow } from './journey-flow.ts';
import { child, demand, entries, fault, isMap, items, type Place, rangeOf, textAt, textOf } from './place.ts';
import type { Inside } from './standpoint.ts';

export interface StepName {
  readonly id: string;
  /** Place in the order of the file, over all nested lists. */
  readonly order: number;
  /** The types of the channels it sends (or calls) on; null where it sends nothing. */
  readonly sendsOn: readonly ChannelType[] | null;
}

export interface JourneyNames {
  readonly steps: ReadonlyMap<string, StepName>;
  readonly flow: Flow;
  readonly entryProperties: ReadonlyMap<string, ValueType>;
  /** The entity that the journey is per, if any. */
  readonly entity: string | null;
  readonly matchable: ReadonlyMap<string, ValueType>;
}

/** `since` uses these words for something else. */
const reservedIds = new Set(['entry', 'here', 'ever']);

/** What the parts of the journey may name; says which step ids are reserved or used twice. */
export function readJourneyNames(journey: Place): JourneyNames {
  const names = new Map<string, StepName>();
  const places = new Map<string, Place>();
  const flow = readFlow(journey);
  for (const { order, place } of flow.steps) {
    const id = child(place, 'id');
    if (id === undefined || !isFree(id, places)) continue;
    places.set(textOf(id), id);
    names.set(textOf(id), { id: textOf(id), order, sendsOn: channelsOf(place, journey) });
  }
  const entry = demand(journey, 'entry');
  const entryProperties = new Map([...readEntryProperties(child(entry, 'when')), ...readHanded(child(entry, 'with'))]);
  const entity = entityOf(journey);
  const key = entity === null ? undefined : journey.at.names.entities.get(entity)?.key;
  return {
    steps: names,
    flow,
    entryProperties,
    entity,
    matchable: key === undefined ? entryProperties : new Map([...entryProperties, [key, 'id']]),
  };
}

/** The entity that the journey is per; null: none, or an unknown one. */
function entityOf(journey: Place): string | null {
  const per = child(journey, 'per');
  const entity = per === undefined ? undefined : textAt(per, 'entity');
  return entity !== undefined && journey.at.names.entities.has(entity) ? entity : null;
}

function isFree(id: Place, places: ReadonlyMap<string, Place>): boolean {
  const name = textOf(id);
  const first = places.get(name);
  if (first !== undefined) {
    const detail = `Step ids are the migration contract of a journey, so \`${name}\` can't name two of them.`;
    fault(id, 'CMP050', detail, { related: [{ message: 'first used here', range: rangeOf(first) }] });
    return false;
  }
  if (name === 'last' || name === 'any') {
    const detail = `\`message: ${name}\` means ${name === 'last' ? 'the last message of the enrollment' : 'any message'}, not this step, so its message can't be asked for. Choose another id if it should be.`;
    fault(id, 'CMP180', detail);
  }
  if (reservedIds.has(name)) {
    const detail = `\`${name}\` has a meaning of its own where steps are named (\`since: ${name}\`). Choose another id.`;
    fault(id, 'CMP004', detail);
  }
  return true;
}

/** Only the known ones: what is unknown is said where the send is resolved. */
function channelsOf(step: Place, journey: Place): readonly ChannelType[] | null {
  if (child(step, 'call') !== undefined) return ['call-list'];
  const send = child(step, 'send');
  if (send === undefined) return null;
  const defaults = child(child(journey, 'defaults') ?? journey, 'send');
  const said = child(send, 'channel') ?? (defaults === undefined ? undefined : child(defaults, 'channel'));
  return channelPlaces(said).flatMap((one) => journey.at.names.channels.get(textOf(one)) ?? []);
}

/** The channels of a choice: one, or those of `first_of`, `preferred_of`, `best_of`, `cheapest_of` or `all_of`. */
export function channelPlaces(said: Place | undefined): readonly Place[] {
  if (said === undefined || !isMap(said.value)) return items(said);
  return entries(said).flatMap(([, list]) => items(list));
}

/** Properties of the events that can open the journey; one that two events declare with two types can't be read. */
function readEntryProperties(when: Place | undefined): ReadonlyMap<string, ValueType> {
  const properties = new Map<string, ValueType>();
  const clashing = new Set<string>();
  for (const trigger of items(when)) {
    for (const named of items(child(trigger, 'event'))) {
      const event = named.at.names.events.get(textOf(named));
      for (const [property, type] of Object.entries(event?.properties ?? {})) {
        if ((properties.get(property) ?? type) !== type) clashing.add(property);
        properties.set(property, type);
      }
    }
  }
  for (const property of clashing) properties.delete(property);
  return properties;
}

/** Read once at entry: nothing was sent, and nothing happened since. */
export function atEntry(names: JourneyNames): Inside {
  return {
    kind: 'inside',
    name: 'The `if` of an entry',
    defaultAnchor: null,
    anchors: new Set(),
    entryProperties: names.entryProperties,
    entity: names.entity,
    matchable: names.matchable,
    messages: null,
    faultStep: (place, id) => faultStep(place, id, { names, limits: { before: 0 } }),
    checkStatus: () => {},
  };
}

/** A goal or an exit: watched all along, so it may name every step. */
export function atGoalOrExit(names: JourneyNames): Inside {
  return within(names, { name: 'A goal or exit', defaultAnchor: 'entry', before: Number.POSITIVE_INFINITY });
}

/** What is watched for everyone outside, and what opens a journey: no enrollment yet, only the row that it would be per. */
export function atTrigger(names: JourneyNames): Inside {
  const none = new Map<string, ValueType>();
  return { ...atEntry(names), name: 'A trigger', entryProperties: none, matchable: none };
}

/** The `until` of a `repeat`: watched between its rounds, so it may name their steps; events count since the repeat began. */
export function atRepeat(names: JourneyNames, order: number): Inside {
  const inside = names.flow.steps.filter((step) => step.loops.includes(order)).map((step) => step.order);
  const before = Math.max(order, ...inside) + 1;
  return within(names, { name: 'The `until` of a `repeat`', defaultAnchor: 'here', before, reader: order });
}

/** The `if` of a step or of an arm. */
export function atStep(names: JourneyNames, order: number): Inside {
  return within(names, { name: 'An `if`', defaultAnchor: null, before: order });
}

/** A `wait_for`: events count from the moment the wait began. */
export function atWait(names: JourneyNames, order: number): Inside {
  return within(names, { name: 'A `wait_for`', defaultAnchor: 'here', before: order });
}

interface Limits {
  readonly name: string;
  readonly defaultAnchor: 'entry' | 'here' | null;
  /** Steps from this one on can't have been done. */
  readonly before: number;
  /** The step that reads, when it isn't that one. */
  readonly reader?: number;
}

function within(names: JourneyNames, limits: Limits): Inside {
  const earlier = [...names.steps.values()].filter((step) => whyNot(step, names.flow, limits) === null);
  const anchors = new Set(['entry', ...earlier.map(({ id }) => id)]);
  if (limits.defaultAnchor === 'here') anchors.add('here');
  return {
    kind: 'inside',
    name: limits.name,
    defaultAnchor: limits.defaultAnchor,
    anchors,
    entryProperties: names.entryProperties,
    entity: names.entity,
    matchable: names.matchable,
    messages: new Set(earlier.filter(({ sendsOn }) => sendsOn !== null).map(({ id }) => id)),
    faultStep: (place, id, wanted) => faultStep(place, id, { names, limits, wanted }),
    checkStatus: (place, steps, status) =>
      warnStatus(
        place,
        steps.flatMap((id) => names.steps.get(id) ?? []),
        status,
      ),
  };
}

interface Reference {
  readonly names: JourneyNames;
  readonly limits: Pick<Limits, 'before' | 'reader'>;
  readonly wanted?: 'message' | undefined;
}

function faultStep(place: Place, id: string, { names, limits, wanted }: Reference): void {
  const step = names.steps.get(id);
  if (step === undefined) {
    const candidates = [...names.steps.values()].filter(({ sendsOn }) => sendsOn !== null || wanted === undefined);
    const suggestion = suggest(
      id,
      candidates.map((one) => one.id),
    );
    fault(place, 'CMP018', `This journey has no step \`${id}\`. Name one of its own steps.`, { suggestion });
  } else if (wanted === 'message' && step.sendsOn === null) {
    fault(place, 'CMP052', `Step \`${id}\` sends nothing, so it has no message. Name a step with \`send\`.`);
  } else {
    const reason = whyNot(step, names.flow, limits);
    if (reason === 'later')
      fault(place, 'CMP053', `Step \`${id}\` can't have been done when this is read. Name a step that stands before.`);
    if (reason === 'elsewhere') {
      const detail = `Step \`${id}\` stands on another way: whoever comes here didn't pass it. Name a step that leads here, or ask for the \`last\` message.`;
      fault(place, 'CMP150', detail);
    }
  }
}

/** Why a step can't have been done by who reads at the other; null: it can. */
function whyNot(step: StepName, flow: Flow, limits: Pick<Limits, 'before' | 'reader'>): 'later' | 'elsewhere' | null {
  if (step.order >= limits.before) return 'later';
  const reader = limits.reader ?? limits.before;
  // Where nobody comes, that is said instead.
  if (!Number.isFinite(reader) || !flow.isReached(reader) || flow.reaches(step.order, reader)) return null;
  return 'elsewhere';
}

/** Nobody tells us that an SMS or a letter was read (LANGUAGE b23): all would take the other way. */
function warnStatus(place: Place, steps: readonly StepName[], status: MessageStatus): void {
  if (status !== 'seen' && status !== 'unseen') return;
  const types = steps.flatMap(({ sendsOn }) => sendsOn ?? []);
  if (types.length === 0 || types.some((type) => type !== 'sms' && type !== 'print')) return;
  const always = status === 'seen' ? 'never true' : 'true of everyone';
  const thing = types.includes('sms') ? 'An SMS' : 'A letter';
  const detail = `${thing} is never reported as seen, so this is ${always} once it was sent. Ask for \`delivered\` or \`acted\`.`;
  fault(place, 'CMP058', detail);
}
