/**
 * Names that `schema` documents and computed traits declare: events, traits, entities. Several documents may declare one name
 * where they agree; a clash is told at the later one. The owner of a merged name is the document of the first id.
 */
import type { Resource } from '../../config/project.ts';
import { builtInEvents, builtInTraits, typesOfBuiltInTrait } from '../built-ins.ts';
import { asSet, compareText } from '../canonical.ts';
import type { EntityBody, EventBody, TraitBody } from '../ir.ts';
import type { TraitName } from '../names.ts';
import { reservedName } from '../references.ts';
import { child, fault, type Place, type Resolving, rangeOf, root } from './place.ts';
import { type Declared, readEntities, readEvents, readKeep, readMeasures, readTraits } from './schema.ts';
import { computedNames } from './trait-types.ts';
import { listed } from './values.ts';

/** What a schema declares, and the resource whose document owns it. */
export interface Unpacked<Body> {
  readonly body: Body;
  readonly resource: Resource;
}

/** Everything that schemas declare, to be unpacked into resources of the bundle. */
export interface SchemaNames {
  readonly events: ReadonlyMap<string, Unpacked<EventBody>>;
  readonly sourcedTraits: ReadonlyMap<string, Unpacked<TraitBody>>;
  readonly entities: ReadonlyMap<string, Unpacked<EntityBody>>;
}

interface NamesOfSchemas {
  readonly events: Map<string, EventBody>;
  readonly traits: Map<string, TraitName>;
  readonly entities: Map<string, EntityBody>;
}

/** The names that every workspace has. */
export function builtInNames(): Pick<NamesOfSchemas, 'events' | 'traits'> {
  return {
    events: new Map(builtInEvents),
    traits: new Map([...builtInTraits].map(([name, type]) => [name, { type, values: null, origin: 'built-in' }])),
  };
}

/** Declares everything of the documents in `names`. */
export function declareSchemas(
  documents: { readonly schemas: readonly Resolving[]; readonly computed: readonly Resolving[] },
  names: NamesOfSchemas,
): SchemaNames {
  const { schemas, computed } = documents;
  const events = declareEvents(schemas, names.events);
  const { unpacked, owners } = declareTraits(schemas, names);
  const entities = merged(schemas.flatMap(readEntities), mergeEntities).all;
  for (const [name, { body }] of entities) names.entities.set(name, body);
  const free = computed.filter((one) => isFree(one, owners));
  for (const [name, trait] of computedNames(free, names)) names.traits.set(name, trait);
  return { events, sourcedTraits: unpacked, entities };
}

function declareEvents(
  schemas: readonly Resolving[],
  names: Map<string, EventBody>,
): ReadonlyMap<string, Unpacked<EventBody>> {
  const { all } = merged(schemas.flatMap(readEvents), mergeEvents);
  for (const [name, { body }] of all) {
    const known = builtInEvents.get(name)?.properties;
    names.set(name, known === undefined ? body : { ...body, properties: { ...body.properties, ...known } });
  }
  for (const schema of schemas) readMeasures(schema, names);
  for (const schema of schemas) readKeep(schema, names);
  return new Map(
    [...all]
      .filter(([name]) => !builtInEvents.has(name))
      .map(([name, { resource }]) => [name, { body: names.get(name) as EventBody, resource }]),
  );
}

/** Sourced and computed traits share their names. */
function declareTraits(
  schemas: readonly Resolving[],
  names: NamesOfSchemas,
): {
  readonly unpacked: ReadonlyMap<string, Unpacked<TraitBody>>;
  readonly owners: ReadonlyMap<string, Place>;
} {
  const { all, owners } = merged(schemas.flatMap(readTraits), mergeTraits);
  const unpacked = new Map<string, Unpacked<TraitBody>>();
  for (const [name, trait] of all) {
    const { body } = trait;
    const place = owners.get(name) as Place;
    const types = typesOfBuiltInTrait(name);
    if (types !== undefined && !types.includes(body.type)) {
      const detail = `Every profile has the trait \`${name}\`, of type ${listed(types.slice(0, 1))}. Declare it so, or not at all.`;
      fault(place, 'CMP004', detail, { on: 'key' });
    }
    // Zone and locale are columns of the profile.
    if (name === 'zone' || name === 'locale') continue;
    const values = body.origin === 'sourced' ? body.values : null;
    const from = body.origin === 'sourced' ? body.from : undefined;
    names.traits.set(name, { type: body.type, values, origin: 'sourced', ...(from !== undefined && { from }) });
    unpacked.set(name, trait);
  }
  return { unpacked, owners };
}

/** Whether a computed trait may have its name. */
function isFree(at: Resolving, owners: ReadonlyMap<string, Place>): boolean {
  const { id } = at.resource;
  const place = child(root(at), 'id') ?? root(at);
  const sourced = owners.get(id);
  if (sourced !== undefined) {
    const related = [{ message: 'first declared here', range: rangeOf(sourced, 'key') }];
    fault(place, 'CMP003', `\`${id}\` is declared twice: systems send it, and it is computed. Keep one of the two.`, {
      on: 'key',
      related,
    });
    return false;
  }
  if (builtInTraits.has(id)) {
    fault(place, 'CMP004', `Every profile has the trait \`${id}\`; it isn't computed. Choose another name.`, {
      on: 'key',
    });
    return false;
  }
  const reason = reservedName(id);
  if (reason !== null) fault(place, 'CMP004', `${reason} Choose another one.`);
  return true;
}

/** The body of two declarations, or undefined after saying at the later one why they don't agree. */
type Merge<Body> = (first: Declared<Body>, later: Declared<Body>) => Body | undefined;

function merged<Body>(
  declared: readonly Declared<Body>[],
  merge: Merge<Body>,
): { readonly all: ReadonlyMap<string, Unpacked<Body>>; readonly owners: ReadonlyMap<string, Place> } {
  const found = new Map<string, Declared<Body>>();
  for (const one of declared) {
    const first = found.get(one.name);
    if (first === undefined) {
      found.set(one.name, one);
      continue;
    }
    const body = merge(first, one);
    const isOwner = compareText(one.place.at.resource.id, first.place.at.resource.id) < 0;
    found.set(one.name, { ...(isOwner ? one : first), body: body ?? first.body });
  }
  return {
    all: new Map([...found].map(([name, { body, place }]) => [name, { body, resource: place.at.resource }])),
    owners: new Map([...found].map(([name, { place }]) => [name, place])),
  };
}

function sayClash(later: Place, what: string, first: Place): void {
  const related = [{ message: 'first declared here', range: rangeOf(first, 'key') }];
  const detail = `${what}, so it isn't clear which is meant. Declarations of one name must agree: correct one of them.`;
  fault(later, 'CMP003', detail, { on: 'key', related });
}

function mergeEvents(first: Declared<EventBody>, later: Declared<EventBody>): EventBody | undefined {
  for (const [property, type] of Object.entries(later.body.properties)) {
    const known = Object.hasOwn(first.body.properties, property) ? first.body.properties[property] : undefined;
    if (known === undefined || known === type) continue;
    const what = `Property \`${property}\` of event \`${later.name}\` is ${known} elsewhere and ${type} here`;
    sayClash(child(later.place, property) ?? later.place, what, child(first.place, property) ?? first.place);
    return undefined;
  }
  return { properties: { ...first.body.properties, ...later.body.properties }, measure: null };
}

interface Valued {
  readonly type: string;
  readonly values: readonly string[] | null;
}

/** How two declarations of a value differ, in words; null: they agree. */
function differenceOf(name: string, first: Valued, later: Valued): string | null {
  if (first.type !== later.type) return `${name} is ${first.type} elsewhere and ${later.type} here`;
  const [known, here] = [asSet(first.values ?? []), asSet(later.values ?? [])];
  if (known.join('\n') === here.join('\n')) return null;
  return `${name} has the values ${listed(known)} elsewhere and ${listed(here)} here`;
}

function mergeTraits(first: Declared<TraitBody>, later: Declared<TraitBody>): TraitBody | undefined {
  if (first.body.origin === 'computed' || later.body.origin === 'computed') return undefined;
  const difference = differenceOf(`Trait \`${later.name}\``, first.body, later.body);
  if (difference !== null) {
    sayClash(later.place, difference, first.place);
    return undefined;
  }
  const isOwner = compareText(later.place.at.resource.id, first.place.at.resource.id) < 0;
  const from = first.body.from ?? later.body.from;
  return {
    ...(isOwner ? later.body : first.body),
    ignore: asSet([...first.body.ignore, ...later.body.ignore]),
    ...(from !== undefined && { from }),
  };
}

function mergeEntities(first: Declared<EntityBody>, later: Declared<EntityBody>): EntityBody | undefined {
  const name = `entity \`${later.name}\``;
  if (first.body.key !== later.body.key) {
    const what = `The key of ${name} is \`${first.body.key}\` elsewhere and \`${later.body.key}\` here`;
    sayClash(child(later.place, 'key') ?? later.place, what, child(first.place, 'key') ?? first.place);
    return undefined;
  }
  for (const [field, body] of Object.entries(later.body.fields)) {
    const known = Object.hasOwn(first.body.fields, field) ? first.body.fields[field] : undefined;
    const difference = known === undefined ? null : differenceOf(`Field \`${field}\` of ${name}`, known, body);
    if (difference === null) continue;
    sayClash(deeper(later.place, 'fields', field), difference, deeper(first.place, 'fields', field));
    return undefined;
  }
  for (const [role, { max }] of Object.entries(later.body.people)) {
    const known = Object.hasOwn(first.body.people, role) ? first.body.people[role] : undefined;
    if (known === undefined || known.max === max) continue;
    const what = `Role \`${role}\` of ${name} has at most ${known.max} people elsewhere and ${max} here`;
    sayClash(deeper(later.place, 'people', role), what, deeper(first.place, 'people', role));
    return undefined;
  }
  return {
    key: first.body.key,
    fields: { ...later.body.fields, ...first.body.fields },
    people: { ...first.body.people, ...later.body.people },
  };
}

function deeper(place: Place, ...keys: readonly string[]): Place {
  return keys.reduce((at, key) => child(at, key) ?? at, place);
}
