/**
 * What conditions and computed traits ask of a person's events, as SQL: which of them count at t, how many, what they add up
 * to, the first and the last. Each answer comes with a time before which it can't change with no new fact.
 */
import type { CountTest, Duration, EventSelection, Follow, PropertyTest, ValueTest, ValueType } from './ir.ts';
import { calendarBounds, fixedMoment, turnsBefore } from './moment-sql.ts';
import { infinity, type Joins, type Pair, type Reading, windowInterval } from './pair.ts';
import { changesWithTime } from './reading.ts';
import { join, param, raw, type Sql, sql } from './sql.ts';
import { isOfType, testsHold, testsPair, testValue } from './value-sql.ts';

/** What events are read with, beside the time and zone. */
export interface EventReading extends Reading {
  /** The instant of an anchor of the enrollment. */
  anchor(name: string): Sql;
  /** The enrollment's value that `match` compares with, as jsonb. */
  match(property: string): Sql;
}

/** Counting is made of "at least k": true from the k-th newest event on, until it leaves the window. */
export function countPair(
  events: EventSelection,
  test: CountTest,
  scope: EventReading,
  joins: Joins,
  combine: { readonly all: (pairs: readonly Pair[]) => Pair; readonly not: (pair: Pair) => Pair },
): Pair {
  if (!countsAtOnce(events)) return lateCountPair(events, test, scope, joins);
  const atLeast = (k: number): Pair => (k <= 0 ? always : atLeastPair(events, k, scope, joins));
  switch (test.op) {
    case 'gte':
      return atLeast(test.value);
    case 'gt':
      return atLeast(test.value + 1);
    case 'lt':
      return combine.not(atLeast(test.value));
    case 'lte':
      return combine.not(atLeast(test.value + 1));
    case 'is':
      return combine.all([atLeast(test.value), combine.not(atLeast(test.value + 1))]);
    case 'between':
      return combine.all([atLeast(test.low), combine.not(atLeast(test.high + 1))]);
  }
}

const always: Pair = { holds: raw('true'), nextChange: null, isNamed: true };

/**
 * Whether events count from the instant at which they happen until they leave the window. Not so when something must not follow
 * them for a while, or when a test of theirs moves with the time.
 */
function countsAtOnce({ until, followed, where }: EventSelection): boolean {
  const waits = followed?.not === true && followed.within !== null;
  const turns = where.some(isTimed) || followed?.where.some(isTimed) === true;
  return !waits && !turns && (until === undefined || until.kind === 'instant' || until.kind === 'relative');
}

function isTimed({ test }: PropertyTest): boolean {
  return changesWithTime(test);
}

function atLeastPair(events: EventSelection, k: number, scope: EventReading, joins: Joins): Pair {
  const months = monthWindow(events);
  if (months !== null && k > 1) {
    const first = raw(`${joins.add(firstToLeave(events, k, months, scope))}.at`);
    return { holds: sql`(${first} is not null)`, nextChange: sql`coalesce(${first}, ${infinity})` };
  }
  const at = raw(`${joins.add(newest(events, scope, sql`offset ${param(k - 1)}::bigint limit 1`, k))}.at`);
  const leaves = leavesAt(events, at, scope);
  const nextChange = leaves === null ? null : sql`case when ${at} is null then ${infinity} else ${leaves} end`;
  return { holds: sql`(${at} is not null)`, nextChange };
}

function monthWindow({ window }: EventSelection): Duration | null {
  const sliding = slidingWindow(window);
  return sliding !== null && sliding.months > 0 ? sliding : null;
}

function slidingWindow(window: EventSelection['window']): Duration | null {
  if (window.kind === 'in_last') return window.duration;
  return window.kind === 'from' && window.moment.kind === 'ago' ? window.moment.duration : null;
}

/**
 * When the first of the k newest events leaves, or null where there are fewer. By the calendar that needn't be the oldest of
 * them: what happened late on 28 January leaves after what happened early on the 29th, both on 28 February.
 */
function firstToLeave(events: EventSelection, k: number, duration: Duration, scope: EventReading): Sql {
  const count = sql`${param(k)}::bigint`;
  return sql`select case when count(*) = ${count} then min(x.at + ${windowInterval(duration)}) end as at from (${newest(events, scope, sql`limit ${count}`, k)}) x`;
}

/** The instants `at` of the selected events, newest first, as far as `rest` says; of each type only the newest `k` are read. */
function newest(events: EventSelection, scope: EventReading, rest: Sql, k: number): Sql {
  const ofType = (type: string, end: Sql) =>
    sql`select e.occurred_at as at from parcours.event e where ${selected(events, sql`${param(type)}::text`, scope)} order by e.occurred_at desc ${end}`;
  const [only, second] = events.types;
  if (only !== undefined && second === undefined) return ofType(only, rest);
  const each = events.types.map((type) => sql`(${ofType(type, sql`limit ${param(k)}::bigint`)})`);
  return sql`select x.at from (${join(each, ' union all ')}) x order by x.at desc ${rest}`;
}

/** Events that begin to count some time after they happened: all that may still count are read, and the next to begin or to leave. */
function lateCountPair(events: EventSelection, test: CountTest, scope: EventReading, joins: Joins): Pair {
  const rows = timedRows(events, scope, raw(''));
  const alias = joins.add(sql`select count(*) filter (where x.counts) as n, min(x.turns) as turns from (${rows}) x`);
  return {
    holds: compareNumber(raw(`${alias}.n`), test),
    nextChange: sql`coalesce(${raw(`${alias}.turns`)}, ${infinity})`,
  };
}

/** Rows of events with whether each counts at t, and when that turns (null: never by time alone). */
function timedRows(events: EventSelection, scope: EventReading, more: Sql): Sql {
  const { t } = scope;
  const enters = entersAt(events, raw('e.occurred_at'), scope);
  const leaves = leavesAt(events, raw('e.occurred_at'), scope);
  const hasLeft = leaves === null ? raw('') : sql` when ${leaves} > ${t} then ${leaves}`;
  const notLeft = leaves === null ? raw('') : sql` and ${leaves} > ${t}`;
  const { steady, moving } = splitTimed(events, scope);
  const passes = join([raw('true'), ...moving.map(({ holds }) => sql`(${holds})`)], ' and ');
  const turns = [
    sql`case when ${enters} > ${t} then ${enters}${hasLeft} end`,
    ...moving.flatMap(({ nextChange }) => (nextChange === null ? [] : [sql`nullif(${nextChange}, 'infinity')`])),
  ];
  return sql`select e.occurred_at as at, e.event_id, (${enters} <= ${t}${notLeft} and ${passes}) as counts, least(${join(turns, ', ')}) as turns${more} from parcours.event e where ${selected(steady, typesOf(events), scope)}`;
}

/** What choosing the rows must leave out since it moves with the time: asked of each row instead. */
function splitTimed(
  events: EventSelection,
  scope: EventReading,
): { readonly steady: EventSelection; readonly moving: readonly Pair[] } {
  const { where, followed, ...rest } = events;
  const timed = where.filter(isTimed);
  const follows = followed?.where.some(isTimed) === true ? followed : undefined;
  return {
    steady: {
      ...rest,
      where: where.filter((one) => !isTimed(one)),
      ...(followed !== undefined && follows === undefined && { followed }),
    },
    moving: [
      ...(timed.length === 0 ? [] : [testsPair(timed, raw('e.properties'), scope)]),
      ...(follows === undefined ? [] : [followPair(follows, scope)]),
    ],
  };
}

/** When an event that happened at `at` begins to count. */
function entersAt({ until, followed }: EventSelection, at: Sql, scope: EventReading): Sql {
  const parts = [at];
  if (followed?.not === true && followed.within !== null) parts.push(sql`${at} + ${windowInterval(followed.within)}`);
  if (until !== undefined && (until.kind === 'ago' || until.kind === 'today'))
    parts.push(turnsBefore(until, at, scope));
  return sql`greatest(${join(parts, ', ')})`;
}

/** When an event that happened at `at` leaves the window; null: never. */
function leavesAt({ window }: EventSelection, at: Sql, scope: EventReading): Sql | null {
  const sliding = slidingWindow(window);
  if (sliding !== null) return sql`${at} + ${windowInterval(sliding)}`;
  if (window.kind === 'calendar') return calendarBounds(window.unit, scope).end;
  if (window.kind === 'from' && window.moment.kind === 'today') return calendarBounds('day', scope).end;
  return null;
}

/** The sum of a window may change whenever an event leaves: earlier than needed, never too late. */
export function sumPair(
  events: EventSelection,
  unit: string | null,
  test: CountTest,
  scope: EventReading,
  joins: Joins,
): Pair {
  const { total, nextChange } = aggregate(events, scope, sumOf(unit), joins);
  return { holds: compareNumber(total, test), nextChange };
}

/** The measure's sum over events of that unit. */
export function sumOf(unit: string | null): Sql {
  return sql`coalesce(sum(e.value) filter (where e.unit is not distinct from ${param(unit)}::text), 0)`;
}

/** `avg`, `min`, `max` of a numeric property (money in minor units of its unit), or how many different values it has. */
export function aggregateOf(
  fn: 'avg' | 'min' | 'max' | 'distinct',
  of: string,
  { type, unit }: { readonly type: ValueType; readonly unit: string | null },
): Sql {
  const json = sql`(e.properties -> ${param(of)}::text)`;
  if (fn === 'distinct') return sql`count(distinct ${json}) filter (where ${isOfType(type, json)})`;
  const number =
    type === 'money'
      ? sql`case when ${json} ->> 'currency' = ${param(unit)}::text then parcours.num(${json} -> 'amount') end`
      : sql`parcours.num(${json})`;
  return sql`${raw(fn)}(${number})`;
}

/** A total over all selected events `e` of the person, and when the first of them begins to count or leaves the window. */
export function aggregate(
  events: EventSelection,
  scope: EventReading,
  total: Sql,
  joins: Joins,
): { readonly total: Sql; readonly nextChange: Sql | null } {
  const at = raw('e.occurred_at');
  if (!countsAtOnce(events)) {
    const rows = timedRows(events, scope, raw(', e.occurred_at, e.value, e.unit, e.properties'));
    const alias = joins.add(
      sql`select y.total, z.turns from (select ${total} as total from (${rows}) e where e.counts) y, (select min(e.turns) as turns from (${rows}) e) z`,
    );
    return { total: raw(`${alias}.total`), nextChange: sql`coalesce(${raw(`${alias}.turns`)}, ${infinity})` };
  }
  const leaves = leavesAt(events, at, scope);
  const column = leaves === null ? raw('') : sql`, ${firstOf(leaves, events)} as leaves`;
  const where = selected(events, typesOf(events), scope);
  const alias = joins.add(sql`select ${total} as total${column} from parcours.event e where ${where}`);
  const nextChange = leaves === null ? null : sql`coalesce(${raw(`${alias}.leaves`)}, ${infinity})`;
  return { total: raw(`${alias}.total`), nextChange };
}

/**
 * When the first of the selected events leaves: the least over them, not the oldest's (see `firstToLeave`). A calendar unit ends at
 * once for all: an aggregate of what no event has a part in would belong to the query around it.
 */
function firstOf(leaves: Sql, { window }: EventSelection): Sql {
  return slidingWindow(window) === null ? sql`case when count(*) > 0 then ${leaves} end` : sql`min(${leaves})`;
}

/** A number against a test; null fails it. */
export function compareNumber(value: Sql, test: CountTest): Sql {
  if (test.op === 'between') {
    return sql`coalesce(${value} between ${param(test.low)}::numeric and ${param(test.high)}::numeric, false)`;
  }
  const operator = { is: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' }[test.op];
  return sql`coalesce(${value} ${raw(operator)} ${param(test.value)}::numeric, false)`;
}

/** The value that `first` and `last` test: a property of that event, or when it happened. Of one instant, the later arrival is last. */
export function edgeValue(
  edge: 'first' | 'last',
  events: EventSelection,
  of: string | null,
  scope: EventReading,
  joins: Joins,
): { readonly value: Sql; readonly nextChange: Sql | null } {
  const order = raw(edge === 'last' ? 'desc' : 'asc');
  const value =
    of === null
      ? raw(`to_jsonb((extract(epoch from e.occurred_at) * 1000)::bigint)`)
      : sql`(e.properties -> ${param(of)}::text)`;
  const leaves = leavesAt(events, raw('e.occurred_at'), scope);
  if (!countsAtOnce(events)) {
    const rows = timedRows(events, scope, sql`, ${value} as v`);
    const alias = joins.add(
      sql`select (array_agg(x.v order by x.at ${order}, x.event_id ${order}) filter (where x.counts))[1] as v, min(x.turns) as turns from (${rows}) x`,
    );
    return { value: raw(`${alias}.v`), nextChange: sql`coalesce(${raw(`${alias}.turns`)}, ${infinity})` };
  }
  const alias = joins.add(
    sql`select ${value} as v, ${leaves ?? raw('null::timestamptz')} as leaves from parcours.event e where ${selected(events, typesOf(events), scope)} order by e.occurred_at ${order}, e.event_id ${order} limit 1`,
  );
  const nextChange = leaves === null ? null : sql`coalesce(${raw(`${alias}.leaves`)}, ${infinity})`;
  return { value: raw(`${alias}.v`), nextChange };
}

/** `first` or `last` of the events against a test. */
export function edgePair(
  leaf: {
    readonly kind: 'first' | 'last';
    readonly events: EventSelection;
    readonly of: string | null;
    readonly type: ValueType;
    readonly test: ValueTest;
  },
  scope: EventReading,
  joins: Joins,
): Pair {
  const { value, nextChange } = edgeValue(leaf.kind, leaf.events, leaf.of, scope, joins);
  const pair = testValue(leaf.of === null ? 'datetime' : leaf.type, leaf.test, value, scope);
  const changes = [pair.nextChange, nextChange].filter((one) => one !== null);
  if (changes.length < 2) return { holds: pair.holds, nextChange: changes[0] ?? null };
  return { holds: pair.holds, nextChange: sql`least(${join(changes, ', ')})` };
}

function typesOf({ types }: EventSelection): Sql {
  const [only, second] = types;
  return only !== undefined && second === undefined ? sql`${param(only)}::text` : sql`any(${param(types)}::text[])`;
}

/** The person's events `e` of a type (or of `any(…)`) that lie in the window at t and pass the tests. */
function selected(events: EventSelection, type: Sql, scope: EventReading): Sql {
  const parts = [
    sql`e.lane = p.lane and e.type = ${type} and e.profile_id = p.profile_id and e.occurred_at <= ${scope.t}`,
    ...windowParts(events, scope),
  ];
  if (events.match !== undefined) {
    parts.push(equalValues(sql`(e.properties -> ${param(events.match)}::text)`, scope.match(events.match)));
  }
  if (events.where.length > 0) parts.push(testsHold(events.where, raw('e.properties'), scope));
  if (events.followed !== undefined) parts.push(followPair(events.followed, scope).holds);
  return join(parts, ' and ');
}

function windowParts({ window, until }: EventSelection, scope: EventReading): readonly Sql[] {
  const parts: Sql[] = [];
  const sliding = slidingWindow(window);
  if (sliding !== null) parts.push(inWindow(sliding, scope.t));
  else if (window.kind === 'since') parts.push(sql`e.occurred_at > ${scope.anchor(window.anchor)}`);
  else if (window.kind === 'calendar') parts.push(sql`e.occurred_at >= ${calendarBounds(window.unit, scope).start}`);
  else if (window.kind === 'from') parts.push(sql`e.occurred_at >= ${windowStart(window.moment, scope)}`);
  const end = until === undefined ? null : fixedMoment(until, scope);
  if (end !== null) parts.push(sql`e.occurred_at < ${end}`);
  return parts;
}

function windowStart(
  moment: Extract<EventSelection['window'], { readonly kind: 'from' }>['moment'],
  scope: EventReading,
): Sql {
  if (moment.kind === 'today') return calendarBounds('day', scope).start;
  // Nothing has happened yet since a moment to come.
  return moment.kind === 'ahead' ? infinity : (fixedMoment(moment, scope) as Sql);
}

/**
 * `occurred_at <= t < occurred_at + d`. With days of 24 hours that is a bound of the index; months need the exact form beside a
 * bound that is a few days wider, because subtracting months flips at month ends.
 */
function inWindow(duration: Duration, t: Sql): Sql {
  const interval = windowInterval(duration);
  if (duration.months === 0) return sql`e.occurred_at > ${t} - ${interval}`;
  return sql`e.occurred_at > ${t} - ${interval} - interval '4 days' and e.occurred_at + ${interval} > ${t}`;
}

/** A stored null is no value, so it's equal to nothing. */
function equalValues(one: Sql, other: Sql): Sql {
  return sql`${one} = ${other} and ${one} <> 'null'`;
}

/**
 * Whether an event `f` came strictly after `e`, up to t, in time, with the same value of the property that both share. As with
 * every window, what happens at the very end of `within` is too late: at that instant it's certain that nothing followed.
 */
function followPair(follow: Follow, scope: EventReading): Pair {
  const parts = [
    sql`f.lane = p.lane and f.type = any(${param(follow.types)}::text[]) and f.profile_id = p.profile_id and f.occurred_at > e.occurred_at and f.occurred_at <= ${scope.t}`,
  ];
  if (follow.within !== null) parts.push(sql`f.occurred_at < e.occurred_at + ${windowInterval(follow.within)}`);
  if (follow.match !== null) {
    const property = sql`${param(follow.match)}::text`;
    parts.push(equalValues(sql`(f.properties -> ${property})`, sql`(e.properties -> ${property})`));
  }
  const from = sql`from parcours.event f where ${join(parts, ' and ')}`;
  const { holds, nextChange } = testsPair(follow.where, raw('f.properties'), scope);
  return {
    holds: sql`${raw(follow.not ? 'not exists' : 'exists')} (select 1 ${from} and ${holds})`,
    nextChange: nextChange === null ? null : sql`(select min(${nextChange}) ${from})`,
  };
}
