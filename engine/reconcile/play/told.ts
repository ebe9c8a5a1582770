/**
 * What a test says of its person as facts: what is given is history, which starts nothing; what happens in a line is live. Addresses that
 * nobody gave are made up. Times without an offset are the person's.
 */
import { builtInEvents, builtInTraits } from '../../compiler/built-ins.ts';
import type { Value, ValueType } from '../../compiler/ir.ts';
import type { Program } from '../../compiler/program.ts';
import type { Fact } from '../../profiles/fact.ts';
import type { IdentifiedFact, RowStatement } from '../../profiles/identified-fact.ts';
import { measureOf } from '../../profiles/map-row.ts';
import { type Actor, identifiersOf } from './actor.ts';
import { isMap } from './played-bundle.ts';
import { instantOf, type Line } from './timeline.ts';

/** The id of the source that tells it. */
const source = 'test';

type Traits = Readonly<Record<string, Value | null>>;

/** What is given: events in their order, then who he is, then his rows. */
export function givenFacts(program: Program, actor: Actor): readonly IdentifiedFact[] {
  const { given } = actor.test.body;
  const events = (Array.isArray(given.events) ? given.events : []) as readonly Line[];
  const happened = events
    .map((event) => ({ event, at: Math.min(instantOf(event.at, actor.zone), actor.at) }))
    .sort((a, b) => a.at - b.at);
  const firstSeen = { first_seen_at: happened[0]?.at ?? actor.at };
  const traits = { ...firstSeen, ...addressesOf(program, actor), ...traitsIn(program, actor, given) };
  return [
    ...happened.map(({ event, at }) => fact(actor, { at, trigger: false, event: eventOf(program, actor, event) })),
    fact(actor, { at: actor.at, trigger: false, traits, ...consentsIn(given) }),
    ...Object.entries(given)
      .filter(([name, value]) => name !== 'consents' && isMap(value))
      .map(([name, value]) => rowFact(program, actor, { entity: name, fields: value as Traits, trigger: false })),
  ];
}

/** What a line tells; empty where only time goes on. */
export function lineFacts(program: Program, actor: Actor, line: Line): readonly IdentifiedFact[] {
  const { at } = actor;
  if (line.event !== undefined) return [fact(actor, { at, trigger: true, event: eventOf(program, actor, line) })];
  if (isMap(line.set)) {
    return [rowFact(program, actor, { entity: String(line.entity), fields: line.set as Traits, trigger: true })];
  }
  const said = line.identify ?? line.traits;
  if (!isMap(said)) return [];
  if (line.identify !== undefined) actor.isKnown = true;
  return [fact(actor, { at, trigger: true, traits: traitsIn(program, actor, said), ...consentsIn(said) })];
}

function fact(actor: Actor, what: Omit<Fact, 'received' | 'source'>): IdentifiedFact {
  actor.told += 1;
  return {
    messageId: `${actor.test.id} ${actor.told}`,
    identifiers: identifiersOf(actor),
    fact: { received: actor.at, source, ...what },
  };
}

function rowFact(
  program: Program,
  actor: Actor,
  { entity, fields, trigger }: { readonly entity: string; readonly fields: Traits; readonly trigger: boolean },
): IdentifiedFact {
  const body = program.entities.get(entity);
  if (body === undefined) throw new Error('assertion failed: the compiler knows the entities of a test');
  const { per } = actor.journey.body;
  const own = per?.kind === 'entity' && per.entity === entity ? [per.role] : Object.keys(body.people);
  const row: RowStatement = {
    entity,
    key: String(fields[body.key]),
    fields: typed(fields, (name) => body.fields[name]?.type, actor.zone),
    people: own.map((role) => ({ role, max: body.people[role]?.max ?? 1, names: 'more', of: [identifiersOf(actor)] })),
  };
  return { ...fact(actor, { at: actor.at, trigger }), row };
}

function eventOf(program: Program, { zone }: Actor, line: Line): NonNullable<Fact['event']> {
  const type = String(line.event);
  const body = program.events.get(type) ?? builtInEvents.get(type);
  if (body === undefined) throw new Error('assertion failed: the compiler knows the events of a test');
  const known = typed((line.properties ?? {}) as Traits, (name) => body.properties[name], zone);
  const properties = Object.fromEntries(
    Object.entries(known).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
  return { type, ...measureOf(properties, body), properties };
}

const noTraits: ReadonlySet<string> = new Set(['identified', 'devices', 'consents', 'events']);

function traitsIn(program: Program, { zone }: Actor, said: Readonly<Record<string, unknown>>): Traits {
  const named = Object.entries(said).filter(([name, value]) => !noTraits.has(name) && !isRow(program, name, value));
  const typeOf = (name: string) => program.traits.get(name)?.type ?? builtInTraits.get(name);
  const known = typed(Object.fromEntries(named) as Traits, typeOf, zone);
  return Object.fromEntries(
    Object.entries(known).map(([name, value]) => [name, isIgnored(program, name, value) ? null : value]),
  );
}

/** What a schema says to ignore is no value, whoever tells it. */
function isIgnored({ traits }: Program, name: string, value: Value | null): boolean {
  const body = traits.get(name);
  return body?.origin === 'sourced' && body.ignore.some((one) => JSON.stringify(one) === JSON.stringify(value));
}

function isRow(program: Program, name: string, value: unknown): boolean {
  return program.entities.has(name) && isMap(value) && !program.traits.has(name);
}

/** In their stored form: the compiler left times as they are written, since the person's zone is known only here. */
function typed(values: Traits, typeOf: (name: string) => ValueType | undefined, zone: string): Traits {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeOf(name) === 'datetime' && typeof value === 'string' ? instantOf(value, zone) : value,
    ]),
  );
}

function consentsIn(said: Readonly<Record<string, unknown>>): Pick<Fact, 'consents'> {
  if (!isMap(said.consents)) return {};
  const consents = Object.entries(said.consents).flatMap(([purpose, channels]) =>
    Object.entries(channels as Readonly<Record<string, 'granted' | 'denied'>>).map(([channel, state]) => ({
      ...{ purpose, channel, state },
    })),
  );
  return consents.length === 0 ? {} : { consents };
}

/** Whoever is known by name has an email address; devices are reached by addresses that nobody needs to think up. */
function addressesOf(program: Program, { test: { id, body }, profileId }: Actor): Traits {
  const devices = (Array.isArray(body.given.devices) ? body.given.devices : []) as readonly string[];
  const types = new Set([...devices, ...(body.given.identified === false ? [] : ['email'])]);
  const made: Record<string, Value> = {};
  for (const { type, address } of program.channels.values()) {
    if (address === null || !types.has(type)) continue;
    made[address] = madeUp[type]?.(id, profileId) ?? `${type} of ${id}`;
  }
  return made;
}

/** Numbers are of a French block that is kept for films. */
const phone = (_: string, number: number) => `+3363998${String(number % 10_000).padStart(4, '0')}`;

const madeUp: Readonly<Record<string, (id: string, number: number) => string>> = {
  email: (id) => `${id}@test.example`,
  sms: phone,
  whatsapp: phone,
  'call-list': phone,
};
