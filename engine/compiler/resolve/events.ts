/**
 * Which events count: their types, the tests of their properties, and the anchor or window they are counted from. Heads that
 * use them (`event`, `never`, computed traits, triggers) are elsewhere.
 */
import { asSet } from '../canonical.ts';
import type { EventBody, EventSelection, PropertyTest, ValueType, Window } from '../ir.ts';
import { useEvent } from '../references.ts';
import { child, entries, fault, faultUnknown, items, type Place, textOf } from './place.ts';
import type { Standpoint } from './standpoint.ts';
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
export function readWhere(where: Place | undefined, events: readonly NamedEvent[]): readonly PropertyTest[] {
  const tests: PropertyTest[] = [];
  if (events.length === 0) return tests;
  for (const [property, place] of entries(where)) {
    const type = propertyType(place, property, events);
    if (type === undefined) continue;
    const label = `property \`${property}\``;
    for (const { not, test } of readShortTests(place, { type, values: null, label })) {
      tests.push({ property, type, not, test });
    }
  }
  return asSet(tests);
}

/**
 * The `where` of events that are counted: tests relative to now are refused, since a count would change by time alone at
 * instants that only reading every event again could tell.
 */
export function readCountedWhere(where: Place | undefined, events: readonly NamedEvent[]): readonly PropertyTest[] {
  const tests = readWhere(where, events);
  for (const { property, test } of tests) {
    const isRelative = 'duration' in test || ('moment' in test && test.moment.kind !== 'instant');
    const place = where === undefined ? undefined : child(where, property);
    if (!isRelative || place === undefined) continue;
    const detail = `Property \`${property}\` is compared with the present here, which this version does for traits only. Compare it with a fixed date, or count with \`in_last\`.`;
    fault(place, 'CMP006', detail);
  }
  return tests;
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

/** Types, `where` and window of an `event` or `never` at a condition. */
export function readSelection(
  place: Place,
  head: 'event' | 'never',
  stand: Standpoint,
): { readonly selection: EventSelection; readonly events: readonly NamedEvent[] } {
  const events = readEventTypes(child(place, head) as Place);
  const where = readCountedWhere(child(place, 'where'), events);
  const window = readWindow(place, head, stand);
  return { selection: { types: typeNames(events), where, window }, events };
}

function readWindow(place: Place, head: 'event' | 'never', stand: Standpoint): Window {
  const since = child(place, 'since');
  const inLast = child(place, 'in_last');
  if (since !== undefined && inLast !== undefined) {
    fault(since, 'CMP032', 'An event counts from one anchor: keep `since` or `in_last`, not both.', { on: 'key' });
  }
  if (inLast !== undefined) return { kind: 'in_last', duration: readDuration(inLast) };
  if (since !== undefined) return readSince(since, stand);
  if (stand.kind === 'outside') return { kind: 'ever' };
  if (stand.defaultAnchor !== null) return { kind: 'since', anchor: stand.defaultAnchor };
  const named = child(place, head) as Place;
  const entry = stand.anchors.has('entry') ? 'entry | <step id> | ' : '';
  const detail = `An event in \`if\` must say since when it counts: "ever" and "since he entered" look the same and aren't. Add \`since: ${entry}ever\`, or \`in_last: 30d\`.`;
  fault(named, 'CMP031', detail, { on: 'key' });
  return { kind: 'ever' };
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
