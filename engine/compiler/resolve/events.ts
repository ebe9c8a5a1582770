/**
 * Which events count: their types, the tests of their properties, and the anchor or window they are counted from. Heads that
 * use them (`event`, `never`, computed traits, triggers) are elsewhere.
 */
import { suggest } from '../../diagnostics/suggest.ts';
import { asSet } from '../canonical.ts';
import type { CalendarUnit, EventBody, EventSelection, Follow, PropertyTest, ValueType, Window } from '../ir.ts';
import { useEvent } from '../references.ts';
import { child, demand, entries, fault, faultUnknown, items, type Place, textOf } from './place.ts';
import { readMoment } from './refs.ts';
import { anywhere, type Standpoint } from './standpoint.ts';
import { listed, readDuration, readShortTests } from './values.ts';

/** An event type as named at a place. */
export interface NamedEvent {
  readonly name: string;
  readonly body: EventBody;
}

/** The known ones of the types named at the place (one or a list). */
export function readEventTypes(place: Place): readonly NamedEvent[] {
  const found: NamedEvent[] = [];
  for (const item of items(place)) {
    const name = textOf(item);
    const body = useEvent(item, name);
    if (body !== undefined) found.push({ name, body });
  }
  return found;
}

export function typeNames(events: readonly NamedEvent[]): readonly string[] {
  return asSet(events.map(({ name }) => name));
}

/** The tests under `where`: each property must be declared, with one type, by every event that it is read from. */
export function readWhere(
  where: Place | undefined,
  events: readonly NamedEvent[],
  stand: Standpoint = anywhere,
): readonly PropertyTest[] {
  const tests: PropertyTest[] = [];
  if (events.length === 0) return tests;
  for (const [property, place] of entries(where)) {
    const type = propertyType(place, property, events);
    if (type === undefined) continue;
    const label = `property \`${property}\``;
    for (const { not, test } of readShortTests(place, { type, values: null, label }, stand)) {
      tests.push({ property, type, not, test });
    }
  }
  return asSet(tests);
}

/** The one type that all the events declare for the property; undefined after saying why there is none. */
export function propertyType(place: Place, property: string, events: readonly NamedEvent[]): ValueType | undefined {
  const types = new Set<ValueType>();
  for (const { name, body } of events) {
    const type = Object.hasOwn(body.properties, property) ? body.properties[property] : undefined;
    if (type === undefined) {
      const remedy = `Declare it under \`events\` of a schema, or correct the name.`;
      const what = `property of event \`${name}\` named`;
      faultUnknown(place, 'CMP012', { what, name: property, known: Object.keys(body.properties), remedy });
      return undefined;
    }
    types.add(type);
  }
  if (types.size > 1) {
    const detail = `Property \`${property}\` is declared as ${listed([...types])} by the events named here, so one test can't read it. Write a condition for each event.`;
    fault(place, 'CMP035', detail, { on: 'key' });
    return undefined;
  }
  return [...types][0];
}

/** What `event`, `never`, `last` and `first` select. */
export interface Selected {
  readonly selection: EventSelection;
  readonly events: readonly NamedEvent[];
}

/** Types, `where`, window and ties of an `event` or `never` at a condition. */
export function readSelection(place: Place, head: 'event' | 'never', stand: Standpoint): Selected {
  const events = readEventTypes(child(place, head) as Place);
  const window = readWindow(place, stand, () => sayAnchorless(child(place, head) as Place, stand));
  return { selection: selectionOf(place, { events, window }, stand), events };
}

/** The events with the `where`, `until`, `match` and `followed_by` that stand at the place. */
export function selectionOf(
  place: Place,
  { events, window }: { readonly events: readonly NamedEvent[]; readonly window: Window },
  stand: Standpoint,
): EventSelection {
  const until = child(place, 'until');
  const moment = until === undefined ? undefined : readMoment(until, stand);
  const match = readMatch(child(place, 'match'), events, stand);
  const followed = readFollow(place, events, stand);
  return {
    types: typeNames(events),
    where: readWhere(child(place, 'where'), events, stand),
    window,
    ...(moment !== undefined && { until: moment }),
    ...(match !== undefined && { match }),
    ...(followed !== undefined && { followed }),
  };
}

/** Events count from one place only; `bare` says what is wrong with an event that doesn't say from where, and must. */
export function readWindow(place: Place, stand: Standpoint, bare: () => void): Window {
  const [first, second] = (['since', 'in_last', 'calendar'] as const).filter((key) => child(place, key) !== undefined);
  if (second !== undefined) {
    const detail = `An event counts from one anchor: keep \`${first}\` or \`${second}\`, not both.`;
    fault(child(place, first as string) as Place, 'CMP032', detail, { on: 'key' });
  }
  const inLast = child(place, 'in_last');
  const since = child(place, 'since');
  const calendar = child(place, 'calendar');
  if (inLast !== undefined) return { kind: 'in_last', duration: readDuration(inLast) };
  if (since !== undefined) return readSince(since, stand);
  if (calendar !== undefined) return { kind: 'calendar', unit: textOf(calendar) as CalendarUnit };
  if (stand.kind === 'outside') return { kind: 'ever' };
  if (stand.defaultAnchor !== null) return { kind: 'since', anchor: stand.defaultAnchor };
  bare();
  return { kind: 'ever' };
}

/** Says that an event in an `if` must say since when. */
export function sayAnchorless(named: Place, stand: Standpoint): void {
  const entry = stand.kind === 'inside' && stand.anchors.has('entry') ? 'entry | <step id> | ' : '';
  const detail = `An event in \`if\` must say since when it counts: "ever" and "since he entered" look the same and aren't. Add \`since: ${entry}ever\`, or \`in_last: 30d\`.`;
  fault(named, 'CMP031', detail, { on: 'key' });
}

function readSince(since: Place, stand: Standpoint): Window {
  const anchor = textOf(since);
  if (anchor === 'ever') return { kind: 'ever' };
  if (stand.kind === 'outside') {
    fault(
      since,
      'CMP030',
      `\`since: ${anchor}\` needs a journey. ${stand.name} knows \`since: ever\` (the default) and \`in_last\`.`,
    );
    return { kind: 'ever' };
  }
  if (stand.anchors.has(anchor)) return { kind: 'since', anchor };
  if (anchor === 'entry' || anchor === 'here') {
    const detail =
      anchor === 'here'
        ? '`here` is when the present wait began, so it is an anchor of `wait_for` only. Use `entry`, a step id or `ever`.'
        : 'Nothing happens between the entry and this question. Use `ever` or `in_last`.';
    fault(since, 'CMP030', detail);
  } else stand.faultStep(since, anchor);
  return { kind: 'ever' };
}

/** The property that ties the events to the enrollment: it must be on both sides, with one type. */
function readMatch(match: Place | undefined, events: readonly NamedEvent[], stand: Standpoint): string | undefined {
  if (match === undefined) return undefined;
  const property = textOf(match);
  if (stand.kind === 'outside') {
    const detail = `\`match\` ties an event to an enrollment, and ${stand.name.toLowerCase()} has none. Use \`where\`, or ask in a journey.`;
    fault(match, 'CMP030', detail, { on: 'key' });
    return undefined;
  }
  if (events.length === 0) return undefined;
  const type = propertyType(match, property, events);
  if (type === undefined) return undefined;
  const own = stand.matchable.get(property);
  if (own === undefined) {
    const known = [...stand.matchable.keys()];
    const has = known.length === 0 ? 'it has none' : `it has ${listed(known)}`;
    const detail = `The enrollment has no \`${property}\` that an event could be matched with: ${has}. \`match\` compares the event's property with that of the fact that opened the journey, or with the key of its entity.`;
    fault(match, 'CMP108', detail, { suggestion: suggest(property, known) });
  } else if (own !== type && !(isText(own) && isText(type))) {
    const detail = `\`${property}\` is of type ${type} on the event and ${own} on the enrollment, so they are never equal.`;
    fault(match, 'CMP108', detail);
  }
  return property;
}

function isText(type: ValueType): boolean {
  return type === 'text' || type === 'id';
}

/** `followed_by` or `not_followed_by` under a map, tied to the events before; undefined where there is none. */
export function readFollow(
  place: Place,
  events: readonly NamedEvent[],
  stand: Standpoint = anywhere,
): Follow | undefined {
  const positive = child(place, 'followed_by');
  const negative = child(place, 'not_followed_by');
  if (positive !== undefined && negative !== undefined) {
    const detail = 'Keep `followed_by` or `not_followed_by`. Write two conditions if you mean both.';
    fault(negative, 'CMP036', detail, { on: 'key' });
  }
  const follow = positive ?? negative;
  if (follow === undefined) return undefined;
  const later = readEventTypes(demand(follow, 'event'));
  const match = child(follow, 'match');
  const within = child(follow, 'within');
  const isTied = match !== undefined && events.length > 0 && later.length > 0;
  return {
    not: positive === undefined,
    types: typeNames(later),
    where: readWhere(child(follow, 'where'), later, stand),
    match: isTied && onBothSides(match, events, later) ? textOf(match) : null,
    within: within === undefined ? null : readDuration(within),
  };
}

function onBothSides(match: Place, before: readonly NamedEvent[], after: readonly NamedEvent[]): boolean {
  const property = textOf(match);
  const lacking = [...before, ...after].find(({ body }) => !Object.hasOwn(body.properties, property));
  if (lacking !== undefined) {
    const shared = Object.keys((before[0] as NamedEvent).body.properties).filter((name) =>
      [...before, ...after].every(({ body }) => Object.hasOwn(body.properties, name)),
    );
    const has = shared.length === 0 ? 'They share no property.' : `They share ${listed(shared)}.`;
    const detail = `Event \`${lacking.name}\` has no property \`${property}\`, and \`match\` compares it on both sides. ${has}`;
    fault(match, 'CMP108', detail, { suggestion: suggest(property, shared) });
    return false;
  }
  return propertyType(match, property, [...before, ...after]) !== undefined;
}
