/** `schema` documents: the events and sourced traits that they declare, unpacked to `event/<name>` and `trait/<name>`. */

import { suggest } from '../../diagnostics/suggest.ts';
import { asSet } from '../canonical.ts';
import type { EventBody, TraitBody, Value, ValueType } from '../ir.ts';
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
import { readLiteral } from './values.ts';

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
      const detail = `Events named \`${name}\` are recorded by the engine itself. Choose another name.`;
      fault(place, 'CMP004', detail, { on: 'key' });
    }
    const properties: Record<string, ValueType> = {};
    for (const [property, type] of entries(place)) {
      checkName(type, property);
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

/** The sourced traits of one document. */
export function readTraits(at: Resolving): readonly Declared<TraitBody>[] {
  return entries(child(root(at), 'traits')).map(([name, place]) => {
    checkName(place, name);
    const type = textOf(demand(place, 'type')) as ValueType;
    const values = type === 'enum' ? items(demand(place, 'values')).map(textOf) : null;
    return { name, place, body: { origin: 'sourced', type, values, ignore: readIgnored(place, name, type) } };
  });
}

function readIgnored(place: Place, name: string, type: ValueType): readonly Value[] {
  const ignored = items(child(place, 'ignore')).flatMap((item) => {
    // An ignored value of an enum stands for "not known" and is none of its values.
    const value = readLiteral(item, { type, values: null, label: `trait \`${name}\`` });
    return value === undefined ? [] : [value];
  });
  return asSet(ignored);
}

function checkName(place: Place, name: string): void {
  const reason = reservedName(name);
  if (reason !== null) fault(place, 'CMP004', `${reason} Choose another one.`, { on: 'key' });
}
