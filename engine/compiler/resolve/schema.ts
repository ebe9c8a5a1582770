/** `schema` documents: the events, sourced traits and entities that they declare. How several documents agree is in `declare-schema.ts`. */

import { suggest } from '../../diagnostics/suggest.ts';
import { builtInEvents } from '../built-ins.ts';
import { asSet } from '../canonical.ts';
import type { CleanRule, EntityBody, EventBody, TraitBody, Value, ValueType } from '../ir.ts';
import { isReservedEvent, reservedName } from '../references.ts';
import {
  child,
  demand,
  entries,
  fault,
  faultUnknown,
  items,
  type Place,
  type Resolving,
  root,
  textOf,
} from './place.ts';
import { listed, readDuration, readLiteral } from './values.ts';

/** A name that a schema declares, and where. */
export interface Declared<Body> {
  readonly name: string;
  readonly body: Body;
  readonly place: Place;
}

/** The events of one document, without measures. */
export function readEvents(at: Resolving): readonly Declared<EventBody>[] {
  return entries(child(root(at), 'events')).map(([name, place]) => {
    checkName(place, name);
    if (isReservedEvent(name)) {
      const detail = `Names that begin with \`message_\` are kept for events that the engine records itself. Choose another name.`;
      fault(place, 'CMP004', detail, { on: 'key' });
    }
    const properties: Record<string, ValueType> = {};
    for (const [property, type] of entries(place)) {
      checkName(type, property);
      const own = builtInEvents.get(name)?.properties[property];
      if (own !== undefined && own !== textOf(type)) {
        const detail = `The engine records \`${property}\` of \`${name}\` itself, as ${own}. Declare it so, or not at all.`;
        fault(type, 'CMP004', detail);
      }
      properties[property] = textOf(type) as ValueType;
    }
    return { name, place, body: { properties, measure: null } };
  });
}

/** The events with the measures of this document filled in; a measure may stand in another document than its event. */
export function readMeasures(at: Resolving, events: Map<string, EventBody>): void {
  for (const [name, place] of entries(child(root(at), 'measures'))) {
    const event = events.get(name);
    const property = textOf(place);
    if (event === undefined) {
      const suggestion = suggest(name, [...events.keys()]);
      const detail = `There is no event \`${name}\` to measure. Declare it under \`events\`.`;
      fault(place, 'CMP011', detail, { on: 'key', suggestion });
      continue;
    }
    const type = Object.hasOwn(event.properties, property) ? event.properties[property] : undefined;
    if (type === undefined) {
      const remedy = 'The measure is one of its properties.';
      const what = `property of event \`${name}\` named`;
      faultUnknown(place, 'CMP012', { what, name: property, known: Object.keys(event.properties), remedy });
    } else if (type !== 'money' && type !== 'integer') {
      fault(
        place,
        'CMP082',
        `\`${property}\` is of type ${type}. A measure is summed exactly, so it is money or an integer.`,
      );
    } else if (event.measure !== null && event.measure.property !== property) {
      const detail = `Event \`${name}\` already has the measure \`${event.measure.property}\`. An event has one measure.`;
      fault(place, 'CMP003', detail, { on: 'key' });
    } else {
      events.set(name, { ...event, measure: { property, type } });
    }
  }
}

/** The events with how long they are kept filled in. */
export function readKeep(at: Resolving, events: Map<string, EventBody>): void {
  for (const [name, place] of entries(child(root(at), 'keep'))) {
    const event = events.get(name);
    if (event === undefined) {
      const suggestion = suggest(name, [...events.keys()]);
      const detail = `There is no event \`${name}\` to keep. Declare it under \`events\`.`;
      fault(place, 'CMP011', detail, { on: 'key', suggestion });
    } else if (builtInEvents.has(name)) {
      const detail = `The engine records \`${name}\` itself and keeps it. Name an event that sources send.`;
      fault(place, 'CMP004', detail, { on: 'key' });
    } else if (event.keep !== undefined) {
      fault(place, 'CMP003', `How long \`${name}\` is kept is said already. Say it once.`, { on: 'key' });
    } else events.set(name, { ...event, keep: readDuration(place) });
  }
}

/** The sourced traits of one document. */
export function readTraits(at: Resolving): readonly Declared<TraitBody>[] {
  return entries(child(root(at), 'traits')).map(([name, place]) => {
    checkName(place, name);
    const from = child(place, 'from');
    if (from !== undefined && !at.names.sources.has(textOf(from))) {
      const remedy = 'Declare a resource `kind: source` with this id, or correct the name.';
      faultUnknown(from, 'CMP105', { what: 'source', name: textOf(from), known: at.names.sources, remedy });
    }
    const value = readValueType(place, `trait \`${name}\``);
    const clean = readClean(place, value.type);
    const more = { ...(from !== undefined && { from: textOf(from) }), ...(clean !== undefined && { clean }) };
    return { name, place, body: { origin: 'sourced', ...value, ...more } };
  });
}

/** Types of values that each rule makes; all but dates are texts of some kind. */
const cleanTypes: Readonly<Record<CleanRule, readonly ValueType[]>> = {
  email: ['text', 'id'],
  phone: ['text', 'id'],
  name: ['text'],
  country: ['text', 'id', 'enum'],
  language: ['text', 'id', 'enum'],
  postal_code: ['text', 'id'],
  date: ['date'],
};

function readClean(place: Place, type: ValueType): CleanRule | undefined {
  const named = child(place, 'clean');
  if (named === undefined) return undefined;
  const rule = textOf(named) as CleanRule;
  if (cleanTypes[rule].includes(type)) return rule;
  const detail = `\`clean: ${rule}\` makes values of type ${listed(cleanTypes[rule])}, and this trait is of type ${type}. Change its type, or remove \`clean\`.`;
  fault(named, 'CMP298', detail);
  return undefined;
}

function readValueType(place: Place, label: string): EntityBody['fields'][string] {
  const type = textOf(demand(place, 'type')) as ValueType;
  const values = type === 'enum' ? items(demand(place, 'values')).map(textOf) : null;
  return { type, values, ignore: readIgnored(place, label, type) };
}

function readIgnored(place: Place, label: string, type: ValueType): readonly Value[] {
  const ignored = items(child(place, 'ignore')).flatMap((item) => {
    // An ignored value of an enum stands for "not known" and is none of its values.
    const value = readLiteral(item, { type, values: null, label });
    return value === undefined ? [] : [value];
  });
  return asSet(ignored);
}

/** Roots of values in conditions: an entity of this name couldn't be told from them. */
const valueRoots: ReadonlySet<string> = new Set(['entry', 'profile']);

/** The entities of one document. */
export function readEntities(at: Resolving): readonly Declared<EntityBody>[] {
  return entries(child(root(at), 'entities')).map(([name, place]) => {
    checkName(place, name);
    if (valueRoots.has(name)) {
      const detail = `\`${name}.x\` has a meaning of its own in conditions. Choose another name.`;
      fault(place, 'CMP004', detail, { on: 'key' });
    }
    const key = textOf(demand(place, 'key'));
    const fields = entries(child(place, 'fields')).map(([field, type]) => {
      checkName(type, field);
      if (field === key) {
        const detail = `\`${field}\` is the key, which every row has; it is an id. Remove it from \`fields\`.`;
        fault(type, 'CMP120', detail, { on: 'key' });
      }
      return [field, readValueType(type, `field \`${name}.${field}\``)] as const;
    });
    const people = entries(child(place, 'people')).map(
      ([role, bound]) => [role, { max: Number(textOf(demand(bound, 'max'))) }] as const,
    );
    return { name, place, body: { key, fields: Object.fromEntries(fields), people: Object.fromEntries(people) } };
  });
}

function checkName(place: Place, name: string): void {
  const reason = reservedName(name);
  if (reason !== null) fault(place, 'CMP004', `${reason} Choose another one.`, { on: 'key' });
}
