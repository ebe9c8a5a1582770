/**
 * Where a condition reads traits, segments, consents, messages, entities and an enrollment's own past: live (the projections
 * that the lanes keep), as of a time (facts alone, nothing computed by us), or inside an enrollment. The meaning of conditions
 * is in `condition-sql.ts`.
 */
import { type ConsentReading, conditionPair, type Leaf, type Scope } from './condition-sql.ts';
import { entityPair } from './entity-sql.ts';
import { aggregate, sumOf } from './event-sql.ts';
import type { Condition, TraitBody, TraitDefinition, ValueRef, Weekday } from './ir.ts';
import { lastMessageHolds, messagesPair, stepMessageHolds } from './message-sql.ts';
import { notRun } from './not-run.ts';
import { infinity, type Joins, type Pair, windowInterval } from './pair.ts';
import { param, raw, type Sql, sql } from './sql.ts';

/** What a scope must know of the bundle. */
export interface Definitions {
  readonly zone: string;
  readonly weekStarts: Weekday;
  segment(id: string): Condition;
  trait(name: string): TraitBody;
}

/** What a scope must know of the workspace. */
export interface House {
  readonly zone: string;
  readonly weekStarts: Weekday;
}

function outsideEnrollment(what: string): never {
  throw new Error(`assertion failed: ${what} is read outside an enrollment`);
}

const weekdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** What is read alike in every scope. */
function common(t: Sql, house: House) {
  return {
    t,
    defaultZone: sql`${param(house.zone)}::text`,
    weekStarts: weekdays.indexOf(house.weekStarts),
    identified: () =>
      raw(
        `exists (select 1 from parcours.identifier x where x.lane = p.lane and x.profile_id = p.profile_id and x.type <> 'anonymous_id')`,
      ),
    persona: ({ persona, in: ids }: Leaf<'persona'>) =>
      sql`coalesce((p.traits ->> ${param(personaTrait(persona))}::text) = any(${param(ids)}::text[]), false)`,
    enrolled: (leaf: Leaf<'journey'>, joins: Joins) => enrolledPair(leaf, t, joins),
    anchor: () => outsideEnrollment('an anchor'),
    match: () => outsideEnrollment('match'),
    field: () => outsideEnrollment('a field'),
    entityField: () => outsideEnrollment('a field of an entity'),
    message: () => outsideEnrollment('a message'),
  } as const;
}

/** The trait under which the persona of a set is kept: no declared trait can have this name. */
export function personaTrait(persona: string): string {
  return `persona/${persona}`;
}

/** Reads `profile.traits`, `membership` and `consent` of the row `p`, which must be a row of parcours.profile. */
export function liveScope(t: Sql, house: House): Scope {
  const scope: Scope = {
    ...common(t, house),
    trait: (name) => sql`(p.traits -> ${param(name)}::text)`,
    value: (ref) => valueOutside(ref, (name) => sql`(p.traits -> ${param(name)}::text)`),
    segment: (leaf, joins) => membershipPair(leaf, t, joins),
    consent: (purpose, channel) => ({
      granted: consentRow(purpose, channel, 'granted'),
      denied: consentRow(purpose, channel, 'denied'),
      since: (state) =>
        sql`(select max(c.since) from parcours.consent c where ${consentWhere(purpose, channel)} and c.state = ${param(state)}::text)`,
    }),
    entity: (leaf, joins) => entityPair(leaf, scope, joins),
    messages: (leaf, joins) => messagesPair(leaf, scope, joins, countAll(scope, joins)),
  };
  return scope;
}

/** Counting, for what is a count of events by another name. */
function countAll(scope: Scope, joins: Joins) {
  return (condition: Condition): Pair => conditionPair(condition, scope, joins);
}

function valueOutside(ref: ValueRef, trait: (name: string) => Sql): Sql {
  if (ref.root === 'trait') return trait(ref.trait);
  return outsideEnrollment(ref.root === 'entry' ? 'a field' : 'a field of an entity');
}

/** `for_at_least` reads since when: a membership that the present definition found begins when its lane was filled. */
function membershipPair({ segment, forAtLeast }: Leaf<'segment'>, t: Sql, joins: Joins): Pair {
  const where = sql`s.lane = p.lane and s.profile_id = p.profile_id and s.segment = ${param(segment)}::text and s.is_member`;
  if (forAtLeast === undefined) {
    return { holds: sql`exists (select 1 from parcours.membership s where ${where})`, nextChange: null };
  }
  const length = windowInterval(forAtLeast);
  const since = raw(`${joins.add(sql`select s.since + ${length} as at from parcours.membership s where ${where}`)}.at`);
  return {
    holds: sql`coalesce(${since} <= ${t}, false)`,
    nextChange: sql`case when ${since} > ${t} then ${since} else ${infinity} end`,
  };
}

function consentWhere(purpose: string, channel: string | null): Sql {
  const channels = channel === null ? raw('') : sql` and c.channel in ('*', ${param(channel)}::text)`;
  return sql`c.lane = p.lane and c.profile_id = p.profile_id and c.purpose = ${param(purpose)}::text${channels}`;
}

function consentRow(purpose: string, channel: string | null, state: 'granted' | 'denied'): Sql {
  return sql`exists (select 1 from parcours.consent c where ${consentWhere(purpose, channel)} and c.state = ${param(state)}::text)`;
}

/** Enrollments as they stood at t. */
function enrolledPair({ journey, is, as, inLast }: Leaf<'journey'>, t: Sql, joins: Joins): Pair {
  const of = sql`e.lane = p.lane and e.profile_id = p.profile_id and e.journey = ${param(journey)}::text and e.entered_at <= ${t}`;
  if (is === 'enrolled') {
    return {
      holds: sql`exists (select 1 from parcours.enrollment e where ${of} and (e.exited_at is null or e.exited_at > ${t}))`,
      nextChange: null,
    };
  }
  const name = is === 'completed' ? 'completed' : as;
  const named = name === null ? raw('') : sql` and e.exit_as = ${param(name)}::text`;
  // The last to leave the window needn't have happened last: months are of different lengths.
  const end = inLast === null ? raw('e.exited_at') : sql`e.exited_at + ${windowInterval(inLast)}`;
  const leaves = raw(
    `${joins.add(sql`select max(${end}) as at from parcours.enrollment e where ${of} and e.exited_at <= ${t}${named}`)}.at`,
  );
  if (inLast === null) return { holds: sql`(${leaves} is not null)`, nextChange: null };
  return {
    holds: sql`coalesce(${leaves} > ${t}, false)`,
    nextChange: sql`case when ${leaves} > ${t} then ${leaves} else ${infinity} end`,
  };
}

/**
 * Reads only facts up to t: events, observed trait values, the consent log. Segments and computed traits are worked out from
 * their definitions, so it answers for the past and for definitions that nobody applied yet. What has no past is read as it
 * stands: personas, rows of entities, and since when somebody is in a segment (`for_at_least`).
 */
export function asOfScope(t: Sql, definitions: Definitions, joins: Joins): Scope {
  const trait = (name: string): Sql => {
    const body = definitions.trait(name);
    if (body.origin === 'computed') return traitPair(body.definition, scope, joins).value;
    const newest = sql`select v.value as v from parcours.trait_value v where v.lane = p.lane and v.profile_id = p.profile_id and v.trait = ${param(name)}::text and v.observed_at <= ${t} order by v.observed_at desc, v.received_at desc limit 1`;
    return raw(`${joins.add(newest)}.v`);
  };
  const scope: Scope = {
    ...common(t, definitions),
    trait,
    value: (ref) => valueOutside(ref, trait),
    segment: (leaf, inner) =>
      leaf.forAtLeast === undefined
        ? conditionPair(definitions.segment(leaf.segment), scope, inner)
        : membershipPair(leaf, t, inner),
    consent: (purpose, channel) => loggedConsent(purpose, channel, t),
    entity: (leaf, inner) => entityPair(leaf, scope, inner),
    messages: (leaf, inner) => messagesPair(leaf, scope, inner, countAll(scope, inner)),
  };
  return scope;
}

/** The newest statement of each channel up to t. */
function loggedConsent(purpose: string, channel: string | null, t: Sql): ConsentReading {
  const last = sql`(select distinct on (c.channel) c.state, c.occurred_at from parcours.consent_log c where ${consentWhere(purpose, channel)} and c.occurred_at <= ${t} order by c.channel, c.occurred_at desc, c.seq desc) last`;
  const isAny = (state: string) =>
    sql`coalesce((select bool_or(last.state = ${param(state)}::text) from ${last}), false)`;
  return {
    granted: isAny('granted'),
    denied: isAny('denied'),
    since: (state) => sql`(select max(last.occurred_at) from ${last} where last.state = ${param(state)}::text)`,
  };
}

/**
 * The live scope of an enrollment: the statement's row `u` carries entered_at, step_since, marks, entry, journey, key and n.
 * A step that was never done is an anchor that no event is after.
 */
export function enrollmentScope(t: Sql, house: House): Scope {
  const outer = liveScope(t, house);
  const field = (property: string) => sql`(u.entry -> ${param(property)}::text)`;
  const scope: Scope = {
    ...outer,
    anchor: (name) => {
      if (name === 'entry') return raw('u.entered_at');
      if (name === 'here') return raw('u.step_since');
      return sql`coalesce(parcours.instant(u.marks -> ${param(name)}::text), ${infinity})`;
    },
    match: field,
    field,
    // The row that the enrollment is bound to: its key is the enrollment's.
    entityField: (entity, name) =>
      sql`(select r.fields -> ${param(name)}::text from parcours.entity_row r where r.lane = p.lane and r.profile_id = p.profile_id and r.entity = ${param(entity)}::text and r.key = u.key limit 1)`,
    value: (ref) => {
      if (ref.root === 'entry') return field(ref.property);
      return ref.root === 'entity' ? scope.entityField(ref.entity, ref.field) : outer.value(ref);
    },
    message: stepMessageHolds,
    messages: (leaf, joins) =>
      leaf.of.kind === 'last'
        ? { holds: lastMessageHolds(leaf), nextChange: null }
        : messagesPair(leaf, scope, joins, countAll(scope, joins)),
    entity: (leaf, joins) => entityPair(leaf, scope, joins),
  };
  return scope;
}

/** The value of a computed trait as jsonb in its stored form, and when it may change by time alone. */
export function traitPair(
  definition: TraitDefinition,
  scope: Scope,
  joins: Joins,
): { readonly value: Sql; readonly nextChange: Pair['nextChange'] } {
  if (definition.kind !== 'count' && definition.kind !== 'sum') return notRun(definition.kind);
  const measure = definition.kind === 'count' ? raw('count(*)') : sumOf(definition.unit);
  const { total, nextChange } = aggregate(definition.events, scope, measure, joins);
  const value =
    definition.kind === 'sum' && definition.unit !== null
      ? sql`jsonb_build_object('amount', ${total}, 'currency', ${param(definition.unit)}::text)`
      : sql`to_jsonb(${total})`;
  return { value, nextChange };
}
