/**
 * Where a condition reads traits, segments, consents and an enrollment's own past: live (the projections that the lanes keep),
 * as of a time (facts alone, nothing stored by us), or inside an enrollment. The meaning of conditions is in `condition-sql.ts`.
 */
import { aggregate, conditionPair, type Joins, type Scope, sumOf } from './condition-sql.ts';
import type { Condition, MessageStatus, TraitBody, TraitDefinition } from './ir.ts';
import { notRun } from './not-run.ts';
import { infinity, type Pair } from './pair.ts';
import { param, raw, type Sql, sql } from './sql.ts';

/** What a scope must know of the bundle. */
export interface Definitions {
  readonly zone: string;
  segment(id: string): Condition;
  trait(name: string): TraitBody;
}

function outsideEnrollment(what: string): never {
  throw new Error(`assertion failed: ${what} is read outside an enrollment`);
}

/** Reads `profile.traits`, `membership` and `consent` of the row `p`, which must be a row of parcours.profile. */
export function liveScope(t: Sql, zone: string): Scope {
  return {
    t,
    defaultZone: sql`${param(zone)}::text`,
    trait: (name) => sql`(p.traits -> ${param(name)}::text)`,
    segment: (id) => ({
      holds: sql`exists (select 1 from parcours.membership s where s.lane = p.lane and s.profile_id = p.profile_id and s.segment = ${param(id)}::text and s.is_member)`,
      nextChange: null,
    }),
    consent: (purpose, channel) => ({
      granted: consentRow(purpose, channel, 'granted'),
      denied: consentRow(purpose, channel, 'denied'),
    }),
    anchor: () => outsideEnrollment('an anchor'),
    field: () => outsideEnrollment('a field'),
    message: () => outsideEnrollment('a message'),
  };
}

function consentRow(purpose: string, channel: string | null, state: 'granted' | 'denied'): Sql {
  const channels = channel === null ? raw('') : sql` and c.channel in ('*', ${param(channel)}::text)`;
  return sql`exists (select 1 from parcours.consent c where c.lane = p.lane and c.profile_id = p.profile_id and c.purpose = ${param(purpose)}::text and c.state = ${param(state)}::text${channels})`;
}

/**
 * Reads only facts up to t: events, observed trait values, the consent log. Segments and computed traits are worked out from
 * their definitions, so it answers for the past and for definitions that nobody applied yet.
 */
export function asOfScope(t: Sql, definitions: Definitions, joins: Joins): Scope {
  const scope: Scope = {
    t,
    defaultZone: sql`${param(definitions.zone)}::text`,
    trait: (name) => {
      const body = definitions.trait(name);
      if (body.origin === 'computed') return traitPair(body.definition, scope, joins).value;
      const newest = sql`select v.value as v from parcours.trait_value v where v.lane = p.lane and v.profile_id = p.profile_id and v.trait = ${param(name)}::text and v.observed_at <= ${t} order by v.observed_at desc, v.received_at desc limit 1`;
      return raw(`${joins.add(newest)}.v`);
    },
    segment: (id, inner) => conditionPair(definitions.segment(id), scope, inner),
    consent: (purpose, channel) => ({
      granted: loggedConsent(purpose, channel, 'granted', t),
      denied: loggedConsent(purpose, channel, 'denied', t),
    }),
    anchor: () => outsideEnrollment('an anchor'),
    field: () => outsideEnrollment('a field'),
    message: () => outsideEnrollment('a message'),
  };
  return scope;
}

function loggedConsent(purpose: string, channel: string | null, state: string, t: Sql): Sql {
  const channels = channel === null ? raw('') : sql` and c.channel in ('*', ${param(channel)}::text)`;
  return sql`coalesce((select bool_or(last.state = ${param(state)}::text) from (select distinct on (c.channel) c.state from parcours.consent_log c where c.lane = p.lane and c.profile_id = p.profile_id and c.purpose = ${param(purpose)}::text and c.occurred_at <= ${t}${channels} order by c.channel, c.occurred_at desc, c.seq desc) last), false)`;
}

/**
 * The live scope of an enrollment: the statement's row `u` carries entered_at, step_since, marks, entry, journey, key and n.
 * A step that was never done is an anchor that no event is after.
 */
export function enrollmentScope(t: Sql, zone: string): Scope {
  return {
    ...liveScope(t, zone),
    anchor: (name) => {
      if (name === 'entry') return raw('u.entered_at');
      if (name === 'here') return raw('u.step_since');
      return sql`coalesce(parcours.instant(u.marks -> ${param(name)}::text), ${infinity})`;
    },
    field: (property) => sql`(u.entry -> ${param(property)}::text)`,
    message: (steps, status) =>
      sql`exists (select 1 from parcours.message m where m.lane = p.lane and m.profile_id = p.profile_id and m.journey = u.journey and m.key = u.key and m.n = u.n and m.step = any(${param(steps)}::text[]) and ${statusHolds(status)})`,
  };
}

function statusHolds(status: MessageStatus): Sql {
  switch (status) {
    case 'queued':
      return raw('m.rank >= 1');
    case 'sent':
      return raw('m.rank >= 2');
    case 'delivered':
      return raw('m.rank >= 3');
    case 'seen':
      return raw('m.rank >= 4');
    case 'acted':
      return raw('m.rank >= 5');
    case 'unseen':
      return raw('m.rank between 2 and 3');
    case 'unacted':
      return raw('m.rank between 2 and 4');
    case 'may_leave':
      return raw(`m.state not in ('suppressed', 'expired', 'failed')`);
    case 'not_sent':
      return raw(`m.state in ('suppressed', 'expired', 'failed')`);
    default:
      return notRun(status);
  }
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
