/**
 * Where a condition reads traits, segments, consents, messages, entities and an enrollment's own past: live (the projections
 * that the lanes keep), as of a time (facts alone, nothing computed by us), or inside an enrollment. The meaning of conditions
 * is in `condition-sql.ts`.
 */

import { affinityScale, bestHourScale, channelRows } from './affinity-sql.ts';
import { enrollmentKey } from './built-ins.ts';
import { type ConsentReading, conditionPair, type Leaf, type Scope } from './condition-sql.ts';
import type { Definitions } from './definitions.ts';
import { entityPair } from './entity-sql.ts';
import type { Condition, ValueRef, Weekday } from './ir.ts';
import { lastMessageHolds, messagesPair, stepMessageHolds } from './message-sql.ts';
import { infinity, inLanes, type Joins, type Lanes, lateralJoins, type Pair, windowInterval } from './pair.ts';
import { gainedPair, pointsPair, tierHolds } from './points-sql.ts';
import { groupedPeople } from './prediction-sql.ts';
import { type Refreshed, type Scaled, scaleOver, storedScale } from './scale-sql.ts';
import { param, raw, type Sql, sql } from './sql.ts';
import { type ComputedTrait, numberOfTrait, traitPair } from './trait-sql.ts';
import type { Json } from './value-sql.ts';

/** What a live scope must know: nothing of segments' conditions. */
export type House = Pick<Definitions, 'zone' | 'weekStarts' | 'signature' | 'ranks'>;

function outsideEnrollment(what: string): never {
  throw new Error(`assertion failed: ${what} is read outside an enrollment`);
}

const weekdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** What is read alike in every scope. */
function common(t: Sql, house: House, lanes: Lanes | null = null) {
  return {
    t,
    defaultZone: sql`${param(house.zone)}::text`,
    weekStarts: weekdays.indexOf(house.weekStarts),
    identified: () =>
      sql`exists (select 1 from parcours.identifier x where ${ofPerson('x', lanes)} and x.type <> 'anonymous_id')`,
    persona: ({ persona, in: ids }: Leaf<'persona'>) =>
      sql`coalesce((p.traits ->> ${param(personaTrait(persona))}::text) = any(${param(ids)}::text[]), false)`,
    points: (leaf: Leaf<'points'>, joins: Joins) => pointsPair(leaf, t, joins),
    gained: (leaf: Leaf<'gained'>, joins: Joins) => gainedPair(leaf, t, joins),
    tier: (leaf: Leaf<'tier'>) => tierHolds(leaf, house.ranks(leaf.program)),
    enrolled: (leaf: Leaf<'journey'>, joins: Joins) => enrolledPair(leaf, { t, lanes }, joins),
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

/**
 * Rows of the person `p`. In a statement over whole lanes, these are said once more: read by themselves, for a hash, they are then read
 * no further.
 */
function ofPerson(alias: string, lanes: Lanes | null): Sql {
  const a = raw(alias);
  const within = lanes === null ? raw('') : inLanes(alias, lanes);
  return sql`${a}.lane = p.lane and ${a}.profile_id = p.profile_id${within}`;
}

/** The value of a trait in the projection of the person `p`. */
export function storedTrait(name: string): Json {
  return { ...sql`(p.traits -> ${param(name)}::text)`, asText: sql`(p.traits ->> ${param(name)}::text)` };
}

/**
 * Reads `profile.traits`, `membership` and `consent` of the row `p`, which must be a row of parcours.profile; `lanes` where the statement
 * is over all people of some lanes, `trait` where values of some stand elsewhere.
 */
export function liveScope(
  t: Sql,
  house: House,
  lanes: Lanes | null = null,
  trait: (name: string) => Json = storedTrait,
): Scope {
  const scope: Scope = {
    ...common(t, house, lanes),
    trait,
    scale: (name) => ({
      bounds: storedScale(name, house.signature(name)),
      meanwhile: sql`nullif(p.traits -> ${param(name)}::text, 'null')`,
    }),
    value: (ref) => valueOutside(ref, trait),
    segment: (leaf, joins) => membershipPair(leaf, { t, lanes }, joins),
    consent: (purpose, channel) => {
      const where = (state: string) =>
        sql`${ofPerson('c', lanes)} and ${consentOf(purpose, channel)} and c.state = ${param(state)}::text`;
      return {
        granted: sql`exists (select 1 from parcours.consent c where ${where('granted')})`,
        denied: sql`exists (select 1 from parcours.consent c where ${where('denied')})`,
        confirmed: sql`exists (select 1 from parcours.consent c where ${where('granted')} and ${raw(isConfirmed)})`,
        since: (state) =>
          state === 'confirmed'
            ? sql`(select max(c.confirmed_at) from parcours.consent c where ${where('granted')} and ${raw(isConfirmed)})`
            : sql`(select max(c.since) from parcours.consent c where ${where(state)})`,
      };
    },
    entity: (leaf, joins) => entityPair(leaf, scope, joins),
    messages: (leaf, joins) => messagesPair(leaf, scope, joins, countAll(scope, joins)),
  };
  return scope;
}

/** Of a row of parcours.consent. */
const isConfirmed = `c.confirmed_at > coalesce(c.denied_at, '-infinity')`;

/** Counting, for what is a count of events by another name. */
function countAll(scope: Scope, joins: Joins) {
  return (condition: Condition): Pair => conditionPair(condition, scope, joins);
}

export function valueOutside(ref: ValueRef, trait: (name: string) => Sql): Sql {
  if (ref.root === 'trait') return trait(ref.trait);
  return outsideEnrollment(ref.root === 'entry' ? 'a field' : 'a field of an entity');
}

/** The time, and the lanes of a statement over all their people. */
export interface AtLanes {
  readonly t: Sql;
  readonly lanes: Lanes | null;
}

/** `for_at_least` reads since when: a membership that the present definition found begins when its lane was filled. */
export function membershipPair({ segment, forAtLeast }: Leaf<'segment'>, { t, lanes }: AtLanes, joins: Joins): Pair {
  const where = sql`${ofPerson('s', lanes)} and s.segment = ${param(segment)}::text and s.is_member`;
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

function consentOf(purpose: string, channel: string | null): Sql {
  const channels = channel === null ? raw('') : sql` and c.channel in ('*', ${param(channel)}::text)`;
  return sql`c.purpose = ${param(purpose)}::text${channels}`;
}

/** Enrollments as they stood at t. */
function enrolledPair({ journey, is, as, inLast }: Leaf<'journey'>, { t, lanes }: AtLanes, joins: Joins): Pair {
  const of = sql`${ofPerson('e', lanes)} and e.journey = ${param(journey)}::text and e.entered_at <= ${t}`;
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
    if (body.origin === 'computed') return raw(`${joins.add(computedAsOf({ ...body, name }, t, definitions))}.v`);
    const newest = sql`select v.value as v from parcours.trait_value v where v.lane = p.lane and v.profile_id = p.profile_id and v.trait = ${param(name)}::text and v.observed_at <= ${t} order by v.observed_at desc, v.received_at desc limit 1`;
    return raw(`${joins.add(newest)}.v`);
  };
  const scope: Scope = {
    ...common(t, definitions),
    trait,
    scale: (name) => ({ bounds: scaleAsOf(name, t, definitions), meanwhile: raw('null::jsonb') }),
    value: (ref) => valueOutside(ref, trait),
    segment: (leaf, inner) =>
      leaf.forAtLeast === undefined
        ? conditionPair(definitions.segment(leaf.segment), scope, inner)
        : membershipPair(leaf, { t, lanes: null }, inner),
    consent: (purpose, channel) => loggedConsent(purpose, channel, t),
    entity: (leaf, inner) => entityPair(leaf, scope, inner),
    messages: (leaf, inner) => messagesPair(leaf, scope, inner, countAll(scope, inner)),
  };
  return scope;
}

/** The value `v` of a computed trait of the person `p`: a query of its own, since the names that its conditions share are its own. */
function computedAsOf(trait: ComputedTrait, t: Sql, definitions: Definitions): Sql {
  const joins = lateralJoins();
  const { value } = traitPair(trait, asOfScope(t, definitions, joins), joins, definitions);
  return sql`select ${value} as v from (values (true)) one ${joins.all()} offset 0`;
}

/**
 * What is stored, as it stands; and where nothing is, what a refresh at t would find. What a refresh fits to people in other ways than
 * by SQL is read by the last one, were it of another definition: nothing is nearer.
 */
function scaleAsOf(name: string, t: Sql, definitions: Definitions): Sql {
  const joins = lateralJoins();
  const people = scaleOfEverybody(name, asOfScope(t, definitions, joins), joins, definitions);
  const stored = storedScale(name, definitions.signature(name));
  if (people === null) return sql`coalesce(${stored}, ${storedScale(name, null)})`;
  return sql`coalesce(${stored}, (select s.bounds from (${people}) s where s.people > 0))`;
}

/**
 * One row `bounds, people`: what a trait reads of everybody, read in a scope whose joins are given. Null where it's not worked out by SQL
 * alone (`fitted` in `scale-sql.ts`).
 */
export function scaleOfEverybody(name: string, scope: Scope, joins: Joins, definitions: Definitions): Sql | null {
  const definition = refreshed(name, definitions);
  const everybody = () => sql`from parcours.profile p ${joins.all()}`;
  switch (definition.kind) {
    case 'quantile':
    case 'shares':
      return rankedPeople(definition, scope, joins, definitions);
    case 'affinity':
      return affinityScale(definition, scope, everybody);
    case 'best_hour':
      return bestHourScale(definition, scope, everybody);
    default:
      return null;
  }
}

function refreshed(name: string, definitions: Definitions): Refreshed {
  const body = definitions.trait(name);
  if (body.origin !== 'computed' || !('refresh' in body.definition)) {
    throw new Error(`assertion failed: ${name} is read by everybody's values`);
  }
  return body.definition;
}

/** Of the person `p` the value by which he is ranked, and whether he is. */
export function rankedBy({ of, among }: Scaled, scope: Scope, joins: Joins, definitions: Definitions) {
  return {
    value: numberOfTrait(of, { scope, definitions }),
    asked: among === null ? raw('true') : conditionPair(among, scope, joins).holds,
  };
}

function rankedPeople(definition: Scaled, scope: Scope, joins: Joins, definitions: Definitions): Sql {
  const { value, asked } = rankedBy(definition, scope, joins, definitions);
  const rows = sql`select ${value} as value, ${asked} as asked from parcours.profile p ${joins.all()} where p.merged_into is null`;
  return scaleOver(definition, sql`select x.value from (${rows}) x where x.asked and x.value is not null`);
}

/** Rows from which a trait's models or priors are fitted: `GroupedPeople` or those of channels. */
export function rowsToFit(name: string, t: Sql, definitions: Definitions): Sql {
  const definition = refreshed(name, definitions);
  const joins = lateralJoins();
  const scope = liveScope(t, definitions);
  switch (definition.kind) {
    case 'clv':
    case 'churn_risk':
      return groupedPeople(definition, definitions, { scope, joins });
    case 'preferred_channel':
      return channelRows(definition, t, () => sql`from parcours.profile p ${joins.all()}`);
    default:
      throw new Error(`assertion failed: nothing is fitted for ${name}`);
  }
}

/** The newest statement of each channel up to t. */
function loggedConsent(purpose: string, channel: string | null, t: Sql): ConsentReading {
  const last = sql`(select distinct on (c.channel) c.state, c.occurred_at from parcours.consent_log c where ${ofPerson('c', null)} and ${consentOf(purpose, channel)} and c.occurred_at <= ${t} order by c.channel, c.occurred_at desc, c.seq desc) last`;
  const states = (state: string) => (state === 'granted' ? ['granted', 'confirmed'] : [state]);
  const isAny = (state: string) =>
    sql`coalesce((select bool_or(last.state = any(${param(states(state))}::text[])) from ${last}), false)`;
  const confirmed = sql`from parcours.consent_log c where ${ofPerson('c', null)} and ${consentOf(purpose, channel)} and c.occurred_at <= ${t} and c.state = 'confirmed' and not exists (select 1 from parcours.consent_log d where d.lane = c.lane and d.profile_id = c.profile_id and d.purpose = c.purpose and d.channel = c.channel and d.state = 'denied' and d.occurred_at between c.occurred_at and ${t})`;
  return {
    granted: isAny('granted'),
    denied: isAny('denied'),
    confirmed: sql`exists (select 1 ${confirmed})`,
    since: (state) =>
      state === 'confirmed'
        ? sql`(select max(c.occurred_at) ${confirmed})`
        : sql`(select max(last.occurred_at) from ${last} where last.state = any(${param(states(state))}::text[]))`,
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
    match: (property) => (property === enrollmentKey ? raw('to_jsonb(u.key)') : field(property)),
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
