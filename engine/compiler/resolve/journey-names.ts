/**
 * What the parts of one journey may name: its steps in the order of the file, which of them send, and the properties of the
 * facts that open it. And the standpoints of its conditions, made from that.
 */

import { suggest } from '../../diagnostics/suggest.ts';
import type { ChannelType, MessageStatus, ValueType } from '../ir.ts';
import { readHanded } from './declare-named.ts';
import { child, demand, fault, isMap, items, type Place, rangeOf, textAt, textOf } from './place.ts';
import type { Inside } from './standpoint.ts';

export interface StepName {
  readonly id: string;
  /** Place in the order of the file, over all nested lists. */
  readonly order: number;
  /** The types of the channels it sends on; null where it sends nothing. */
  readonly sendsOn: readonly ChannelType[] | null;
}

export interface JourneyNames {
  readonly steps: ReadonlyMap<string, StepName>;
  /** The order of each step by its path, also of those without id. */
  readonly orders: ReadonlyMap<string, number>;
  readonly entryProperties: ReadonlyMap<string, ValueType>;
  /** The entity that the journey is per, if any. */
  readonly entity: string | null;
  readonly matchable: ReadonlyMap<string, ValueType>;
}

/** `since` and messages use these words for something else. */
const reservedIds = new Set(['entry', 'here', 'ever', 'last', 'any']);

/** What the parts of the journey may name; says which step ids are reserved or used twice. */
export function readJourneyNames(journey: Place): JourneyNames {
  const names = new Map<string, StepName>();
  const places = new Map<string, Place>();
  const steps = allSteps(child(journey, 'steps'));
  for (const [order, step] of steps.entries()) {
    const id = child(step, 'id');
    if (id === undefined || !isFree(id, places)) continue;
    places.set(textOf(id), id);
    names.set(textOf(id), { id: textOf(id), order, sendsOn: channelsOf(step, journey) });
  }
  const entry = demand(journey, 'entry');
  const entryProperties = new Map([...readEntryProperties(child(entry, 'when')), ...readHanded(child(entry, 'with'))]);
  const entity = entityOf(journey);
  const key = entity === null ? undefined : journey.at.names.entities.get(entity)?.key;
  return {
    steps: names,
    orders: new Map(steps.map((step, order) => [pathKey(step), order])),
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
  if (reservedIds.has(name)) {
    const detail = `\`${name}\` has a meaning of its own where steps are named (\`since: ${name}\`). Choose another id.`;
    fault(id, 'CMP004', detail);
  }
  return true;
}

/** Only the known ones: what is unknown is said where the send is resolved. */
function channelsOf(step: Place, journey: Place): readonly ChannelType[] | null {
  const send = child(step, 'send');
  if (send === undefined) return null;
  const defaults = child(child(journey, 'defaults') ?? journey, 'send');
  const said = child(send, 'channel') ?? (defaults === undefined ? undefined : child(defaults, 'channel'));
  const list = said !== undefined && isMap(said.value) ? child(said, 'first_of') : said;
  return items(list).flatMap((one) => journey.at.names.channels.get(textOf(one)) ?? []);
}

/** The step's place in the order of the file. */
export function orderOf(step: Place, names: JourneyNames): number {
  const order = names.orders.get(pathKey(step));
  if (order === undefined) throw new Error('assertion failed: a step of another journey');
  return order;
}

function pathKey(place: Place): string {
  return place.path.join('/');
}

/** Every step, a parent before its children. */
function allSteps(steps: Place | undefined): readonly Place[] {
  return items(steps).flatMap((step) => [
    step,
    ...items(child(step, 'branch')).flatMap((arm) => allSteps(child(arm, 'steps'))),
    ...allSteps(child(step, 'then')),
    ...allSteps(child(step, 'otherwise')),
  ]);
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
    faultStep: (place, id) => faultStep(place, id, { names, before: 0 }),
    checkStatus: () => {},
  };
}

/** A goal or an exit: watched all along, so it may name every step. */
export function atGoalOrExit(names: JourneyNames): Inside {
  return within(names, { name: 'A goal or exit', defaultAnchor: 'entry', before: Number.POSITIVE_INFINITY });
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
}

function within(names: JourneyNames, limits: Limits): Inside {
  const earlier = [...names.steps.values()].filter(({ order }) => order < limits.before);
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
    faultStep: (place, id, wanted) => faultStep(place, id, { names, before: limits.before, wanted }),
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
  readonly before: number;
  readonly wanted?: 'message' | undefined;
}

function faultStep(place: Place, id: string, { names, before, wanted }: Reference): void {
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
  } else if (step.order >= before) {
    fault(place, 'CMP053', `Step \`${id}\` can't have been done when this is read. Name a step that stands before.`);
  }
}

/** Nobody tells us that an SMS was read (LANGUAGE b23): all would take the other way. */
function warnStatus(place: Place, steps: readonly StepName[], status: MessageStatus): void {
  if (status !== 'seen' && status !== 'unseen') return;
  const types = steps.flatMap(({ sendsOn }) => sendsOn ?? []);
  if (types.length === 0 || types.some((type) => type !== 'sms')) return;
  const always = status === 'seen' ? 'never true' : 'true of everyone';
  const detail = `An SMS is never reported as seen, so this is ${always} once it was sent. Ask for \`delivered\` or \`acted\`.`;
  fault(place, 'CMP058', detail);
}
