/**
 * When triggers occur, as statements over people or whole lanes: dates and anniversaries, conditions of rows, events and what
 * follows them. What is done with it, and the memory between facts, is in `activation/journeys/entries/`.
 */
import { conditionPair, type Scope } from './condition-sql.ts';
import { entityPair } from './entity-sql.ts';
import { equalValues, followPair } from './event-selection.ts';
import type { Duration } from './ir.ts';
import type { Kept, LinkedTrigger } from './linked-trigger.ts';
import { messagesPair } from './message-sql.ts';
import { fixedMoment, instantOf, zoneOf } from './moment-sql.ts';
import { infinity, intervalText, lateralJoins, windowInterval } from './pair.ts';
import type { Program } from './program.ts';
import type { Prepared } from './program-sql.ts';
import { liveScope } from './scopes.ts';
import { param, raw, render, type Sql, type Statement, sql } from './sql.ts';
import { testsHold } from './value-sql.ts';

const t = raw('$1::timestamptz');

function prepared(firstFree: number, piece: Sql): Prepared {
  const { text, values } = render(piece, firstFree);
  return { text, rest: values };
}

const somePeople = raw(
  'from unnest($2::smallint[], $3::bigint[]) with ordinality u(lane, profile_id, i) cross join lateral (select * from parcours.profile d where d.lane = u.lane and d.profile_id = u.profile_id offset 0) p',
);

/** The rows `r` that the person has in the role; without an entity one, of an empty key. */
function rowsOf(per: LinkedTrigger['per']): Sql {
  if (per === null) return raw(`cross join (select ''::text as key, '{}'::jsonb as fields) r`);
  return sql`cross join lateral (select d.key, d.fields from parcours.entity_row d where d.lane = p.lane and d.profile_id = p.profile_id and d.entity = ${param(per.entity)}::text and d.role = ${param(per.role)}::text offset 0) r`;
}

/** What is read of the person `p` and of the row `r`. */
function rowScope(program: Program): Scope {
  const outer = liveScope(t, program.definitions);
  const field = (name: string) => sql`(r.fields -> ${param(name)}::text)`;
  const scope: Scope = {
    ...outer,
    entityField: (_, name) => field(name),
    value: (ref) => (ref.root === 'entity' ? field(ref.field) : outer.value(ref)),
    entity: (leaf, joins) => entityPair(leaf, scope, joins),
    messages: (leaf, joins) => messagesPair(leaf, scope, joins, (condition) => conditionPair(condition, scope, joins)),
  };
  return scope;
}

/** Occurrences `of`, `at` of a date or an anniversary: what makes it (another date is another occurrence) and the moment. */
function occurrences(program: Program, { trigger }: LinkedTrigger): Sql {
  const scope = rowScope(program);
  if (trigger.kind === 'date') return dateOf(trigger, scope);
  if (trigger.kind === 'anniversary') return anniversariesOf(trigger, scope, program);
  throw new Error(`assertion failed: ${trigger.kind} is no date`);
}

function dateOf({ moment, at }: Kept<'date'>, scope: Scope): Sql {
  const instant = fixedMoment(moment, scope);
  if (instant === null) throw new Error('assertion failed: a journey is opened on a date that stands still');
  const of = moment.kind === 'relative' ? sql`(${scope.value(moment.to)})::text` : sql`(${instant})::text`;
  const zone = zoneOf(scope);
  const onItsDay =
    at === null
      ? raw('x.at')
      : sql`parcours.local_instant((x.at at time zone ${zone})::date + ${param(at)}::time, ${zone})`;
  return sql`select x.of, (${onItsDay})::timestamptz(3) as at from (select ${of} as of, ${instant} as at offset 0) x`;
}

const yearMs = 365 * 86_400_000;

/** Those of the years around t: as many as the offset spans, and until the next 29 February where no other day will do. */
function anniversariesOf({ trait, offset, at, feb29 }: Kept<'anniversary'>, scope: Scope, program: Program): Sql {
  const zone = zoneOf(scope);
  const json = scope.trait(trait);
  const isInstant = program.traits.get(trait)?.type === 'datetime';
  const day = isInstant
    ? sql`(${instantOf('datetime', json, scope)} at time zone ${zone})::date`
    : sql`parcours.day(${json})`;
  const span = offset === null ? 0 : Math.ceil(lengthOf(offset.duration) / yearMs);
  const last = 1 + span + (feb29 === 'skip' ? 8 : 0);
  const years = sql`select extract(year from ${t} at time zone ${zone})::integer + g.n as year from generate_series(${param(-1 - span)}::integer, ${param(last)}::integer) g(n)`;
  const [calendar, exact] = offset === null ? [raw(''), raw('')] : movedBy(offset);
  const moment = sql`(parcours.local_instant((d.day${calendar})::date + ${param(at)}::time, ${zone})${exact})::timestamptz(3)`;
  return sql`select b.source || ' ' || y.year as of, ${moment} as at from (select (${json})::text as source, ${day} as day offset 0) b cross join lateral (${years}) y cross join lateral (select parcours.anniversary_in(b.day, y.year, ${param(feb29)}::text) as day) d where d.day is not null`;
}

function lengthOf({ months, days, ms }: Duration): number {
  return months * 31 * 86_400_000 + days * 86_400_000 + ms;
}

/** An offset in calendar units, before the time of the day, and the hours and minutes of it, after. */
function movedBy({ side, duration }: NonNullable<Kept<'anniversary'>['offset']>): readonly [Sql, Sql] {
  const sign = raw(side === 'before' ? '-' : '+');
  const { months, days, ms } = duration;
  return [
    sql` ${sign} ${param(`${months} mons ${days} days`)}::interval`,
    ms === 0 ? raw('') : sql` ${sign} ${param(`${ms / 1000} secs`)}::interval`,
  ];
}

/** The last occurrence up to t and the next one after it. */
function around(all: Sql): Sql {
  return sql`cross join lateral (select (array_agg(x.of order by x.at desc) filter (where x.at <= ${t}))[1] as last_of, max(x.at) filter (where x.at <= ${t}) as last_at, (array_agg(x.of order by x.at) filter (where x.at > ${t}))[1] as next_of, min(x.at) filter (where x.at > ${t}) as next_at from (${all}) x) o`;
}

/** Rows `i` (from 1), `key`, `last_of`, `last_at`, `next_of`, `next_at` over people ($2, $3): dates and anniversaries. */
export function occurrencesOverPeople(program: Program, trigger: LinkedTrigger): Prepared {
  return prepared(
    4,
    sql`select u.i::integer as i, r.key, o.* ${somePeople} ${rowsOf(trigger.per)} ${around(occurrences(program, trigger))} where o.last_at is not null or o.next_at is not null`,
  );
}

/** The same of everybody of lanes ($2), with `lane` and `profile_id` in place of `i`. */
export function occurrencesOverLanes(program: Program, trigger: LinkedTrigger): Prepared {
  return prepared(
    3,
    sql`select p.lane, p.profile_id, r.key, o.* from parcours.profile p ${rowsOf(trigger.per)} ${around(occurrences(program, trigger))} where p.lane = any($2::smallint[]) and p.merged_into is null and (o.last_at is not null or o.next_at is not null)`,
  );
}

/** Those of the lanes (`lane`, `profile_id`) whose date has passed at the time by less than `late`: who enters as soon as the trigger is there. */
export function peopleLate(program: Program, trigger: LinkedTrigger, lanes: readonly number[], at: Date): Statement {
  const { text, rest } = occurrencesOverLanes(program, trigger);
  const late = 'late' in trigger.trigger ? trigger.trigger.late : undefined;
  const interval = late == null ? '0 secs' : intervalText(late);
  return {
    text: `select distinct o.lane, o.profile_id from (${text}) o where o.last_at + $${rest.length + 3}::interval > $1 or o.last_at = $1`,
    values: [at, lanes, ...rest, interval],
  };
}

/** Columns `holds`, `next_change` of a condition of rows, and the joins that it needs. */
function rowPair(program: Program, { trigger }: LinkedTrigger) {
  if (trigger.kind !== 'becomes') throw new Error(`assertion failed: ${trigger.kind} is no condition`);
  const joins = lateralJoins();
  const { holds, nextChange } = conditionPair(trigger.if, rowScope(program), joins);
  const columns = sql`${holds} as holds, nullif(${nextChange ?? infinity}, 'infinity') as next_change`;
  return { columns, joins: joins.all() };
}

/** Rows `i` (from 1), `key`, `holds`, `next_change` over people ($2, $3): a condition of their rows. */
export function rowsThatHold(program: Program, trigger: LinkedTrigger): Prepared {
  const { columns, joins } = rowPair(program, trigger);
  return prepared(
    4,
    sql`select u.i::integer as i, r.key, ${columns} ${somePeople} ${rowsOf(trigger.per)} ${joins} where ${t} is not null`,
  );
}

/** The same of everybody of lanes ($2), with `lane` and `profile_id` in place of `i`. */
export function rowsThatHoldOverLanes(program: Program, trigger: LinkedTrigger): Prepared {
  const { columns, joins } = rowPair(program, trigger);
  return prepared(
    3,
    sql`select p.lane, p.profile_id, r.key, ${columns} from parcours.profile p ${rowsOf(trigger.per)} ${joins} where p.lane = any($2::smallint[]) and p.merged_into is null and ${t} is not null`,
  );
}

/** Events found by their place: lanes $2, profiles $3, types $4, times $5, numbers $6. */
const someEvents = raw(
  'from unnest($2::smallint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::bigint[]) with ordinality u(lane, profile_id, type, occurred_at, event_id, i)',
);
const personOf = raw(
  'cross join lateral (select * from parcours.profile d where d.lane = u.lane and d.profile_id = u.profile_id offset 0) p',
);
const eventOf = raw(
  'cross join lateral (select * from parcours.event d where d.lane = u.lane and d.type = u.type and d.profile_id = u.profile_id and d.occurred_at = u.occurred_at and d.event_id = u.event_id offset 0)',
);

/** Rows `i` (from 1), `properties` of those of the events that nothing has followed up to $1. */
export function eventsNotFollowed(program: Program, { trigger }: LinkedTrigger): Prepared {
  const { follow } = followedEvents(trigger);
  const scope = liveScope(t, program.definitions);
  const { holds } = followPair({ ...follow, not: true }, { kind: 'ever' }, scope);
  return prepared(7, sql`select u.i::integer as i, e.properties ${someEvents} ${personOf} ${eventOf} e where ${holds}`);
}

function followedEvents(trigger: LinkedTrigger['trigger']) {
  if (trigger.kind !== 'event' || trigger.followed === undefined)
    throw new Error('assertion failed: something may follow the event');
  return { types: trigger.types, where: trigger.where, follow: trigger.followed };
}

/** Events of one person that one other follows at most: older ones are taken to be forgotten. */
const followedMax = 20;

/**
 * Pairs of an event `e` and the first `f` that follows it, where one of them is among the given events, which have just come: `i` (from
 * 1) of that one; of `e` its number, type and properties; when `f` happened.
 */
export function eventsFollowed(program: Program, { trigger }: LinkedTrigger): Prepared {
  const scope = liveScope(t, program.definitions);
  const { types, where, follow } = followedEvents(trigger);
  const first = sql`e.lane = u.lane and e.type = any(${param(types)}::text[]) and e.profile_id = u.profile_id and ${testsHold(where, raw('e.properties'), scope)}`;
  const inTime =
    follow.within === null ? raw('') : sql` and f.occurred_at < e.occurred_at + ${windowInterval(follow.within)}`;
  const shared =
    follow.match === null
      ? raw('')
      : sql` and ${equalValues(sql`(f.properties -> ${param(follow.match)}::text)`, sql`(e.properties -> ${param(follow.match)}::text)`)}`;
  const follows = sql`f.lane = u.lane and f.type = any(${param(follow.types)}::text[]) and f.profile_id = u.profile_id and f.occurred_at > e.occurred_at${inTime}${shared} and ${testsHold(follow.where, raw('f.properties'), scope)}`;
  const of = raw('u.i::integer as i, e.event_id, e.type, e.properties, f.occurred_at as at');
  // The earliest: `f` itself when none came between.
  const firstOfAll = sql`cross join lateral (select f.occurred_at, f.event_id from parcours.event f where ${follows} order by f.occurred_at, f.event_id limit 1) f`;
  const before = sql`cross join lateral (select * from parcours.event e where ${first} and e.occurred_at < u.occurred_at${follow.within === null ? raw('') : sql` and e.occurred_at > u.occurred_at - ${windowInterval(follow.within)} - interval '4 days'`} order by e.occurred_at desc limit ${param(followedMax)}::bigint) e`;
  const asSecond = sql`select ${of} ${someEvents} ${personOf} ${before} ${firstOfAll} where u.type = any(${param(follow.types)}::text[]) and f.event_id = u.event_id`;
  const asFirst = sql`select ${of} ${someEvents} ${personOf} ${eventOf} e ${firstOfAll} where ${first}`;
  return prepared(
    7,
    sql`select * from (${asSecond} union ${asFirst}) x where ${t} is not null order by x.i, x.at, x.event_id`,
  );
}
