/**
 * What conditions and computed traits ask of a person's events, as SQL: how many count at t, what they add up to, the first and
 * the last. Each answer comes with a time before which it can't change with no new fact. Which events count: `event-selection.ts`.
 */
import {
  countsAtOnce,
  type EventReading,
  leavesAt,
  selected,
  slidingWindow,
  timedEvents,
  timedRows,
  totalled,
  typesOf,
} from './event-selection.ts';
import type { CountTest, Duration, EventSelection, ValueTest, ValueType } from './ir.ts';
import { eventsIn, infinity, type Joins, type Pair, windowInterval } from './pair.ts';
import { join, param, raw, type Sql, sql } from './sql.ts';
import { countAll, type Total, totalOf, totalSql } from './totals.ts';
import { isOfType, testInstant, testValue } from './value-sql.ts';

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

function atLeastPair(events: EventSelection, k: number, scope: EventReading, joins: Joins): Pair {
  return atLeastOfAll(events, k, scope, joins) ?? atLeastOfOne(events, k, scope, joins);
}

/** In whole lanes: one that never leaves is asked for by itself, so that the planner may join; others are grouped by person. */
function atLeastOfAll(events: EventSelection, k: number, scope: EventReading, joins: Joins): Pair | null {
  if (joins.lanes === null) return null;
  const sliding = slidingWindow(events.window);
  if (k === 1 && leavesAt(events, raw('e.occurred_at'), scope) === null) {
    const where = sql`${eventsIn('e', joins.lanes)} and ${selected(events, typesOf(events), scope, joins.lanes)}`;
    return { holds: sql`exists (select 1 from parcours.event e where ${where})`, nextChange: null };
  }
  // Oldest first, as the index has them.
  const times = raw(k === 1 ? 'max(e.occurred_at)' : 'array_agg(e.occurred_at order by e.occurred_at)');
  const columns = [countAll, totalOf(times)];
  const [count, found] = joins.totals({ ...totalled(events, scope, joins.lanes), columns }) ?? [];
  if (count === undefined || found === undefined) return null;
  const least = sql`${param(k)}::bigint`;
  const holds = sql`coalesce(${count} >= ${least}, false)`;
  if (sliding === null) return { holds, nextChange: null };
  const length = windowInterval(sliding);
  const oldest = sql`(${count} - ${least} + 1)::integer`;
  const leaves =
    k === 1
      ? sql`${found} + ${length}`
      : sliding.months === 0
        ? sql`case when ${count} >= ${least} then ${found}[${oldest}] + ${length} end`
        : sql`case when ${count} >= ${least} then (select min(x.at + ${length}) from unnest(${found}[${oldest}:]) x(at)) end`;
  return { holds, nextChange: sql`coalesce(${leaves}, ${infinity})` };
}

function atLeastOfOne(events: EventSelection, k: number, scope: EventReading, joins: Joins): Pair {
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

/** Of events that count when something hasn't followed for a while: that the while is over by now, as a bound of the index. */
function beganBy({ followed }: EventSelection, { t }: EventReading): Sql | null {
  if (followed?.not !== true || followed.within === null || followed.within.months > 0) return null;
  return sql`e.occurred_at <= ${t} - ${windowInterval(followed.within)}`;
}

/** Events that begin to count some time after they happened: all that may still count are read, and the next to begin or to leave. */
function lateCountPair(events: EventSelection, test: CountTest, scope: EventReading, joins: Joins): Pair {
  const { steady, counts, turns } = timedEvents(events, scope);
  const columns = [{ ...countAll, only: counts }, totalOf(sql`min(${turns})`)];
  const early = joins.isTruthOnly ? beganBy(events, scope) : null;
  const all = totalled(steady, scope, joins.lanes);
  const where = early === null ? all.where : sql`${all.where} and ${early}`;
  const [n, turn] = joins.totals({ ...all, where, columns }) ?? [];
  if (n !== undefined && turn !== undefined) {
    return { holds: compareNumber(sql`coalesce(${n}, 0)`, test), nextChange: sql`coalesce(${turn}, ${infinity})` };
  }
  const rows = timedRows(events, scope, raw(''));
  const alias = joins.add(sql`select count(*) filter (where x.counts) as n, min(x.turns) as turns from (${rows}) x`);
  return {
    holds: compareNumber(raw(`${alias}.n`), test),
    nextChange: sql`coalesce(${raw(`${alias}.turns`)}, ${infinity})`,
  };
}

/**
 * The sum of a window may change whenever an event leaves: earlier than needed, never too late. Where nothing that counts is below
 * zero it only falls as time goes by, so that what it has fallen short of needs no wake-up.
 */
export function sumPair(
  events: EventSelection,
  unit: string | null,
  test: CountTest,
  scope: EventReading,
  joins: Joins,
): Pair {
  const falls = { gt: false, gte: false, lt: true, lte: true, is: null, between: null }[test.op];
  const least = totalOf(raw('min(e.value)'), ofUnit(unit));
  const found = aggregate(events, scope, sumOf(unit), joins, countsAtOnce(events) && falls !== null ? least : null);
  const holds = compareNumber(found.total, test);
  if (found.nextChange === null || found.more === null) return { holds, nextChange: found.nextChange };
  const stays = falls === true ? holds : sql`not ${holds}`;
  return {
    holds,
    nextChange: sql`case when ${stays} and coalesce(${found.more} >= 0, true) then ${infinity} else ${found.nextChange} end`,
  };
}

/** Whether the measure of an event `e` is in the unit (null: an integer). */
export function ofUnit(unit: string | null): Sql {
  return unit === null ? raw('e.unit is null') : sql`e.unit = ${param(unit)}::text`;
}

/** The measure's sum over events of that unit. */
export function sumOf(unit: string | null): Total {
  return { call: raw('sum(e.value)'), only: ofUnit(unit), ofNone: 'zero' };
}

/** `avg`, `min`, `max` of a numeric property (money in minor units of its unit), or how many different values it has. */
export function aggregateOf(
  fn: 'avg' | 'min' | 'max' | 'distinct',
  of: string,
  { type, unit }: { readonly type: ValueType; readonly unit: string | null },
): Total {
  const json = sql`(e.properties -> ${param(of)}::text)`;
  if (fn === 'distinct') return { call: sql`count(distinct ${json})`, only: isOfType(type, json), ofNone: 'zero' };
  const number =
    type === 'money'
      ? sql`case when ${json} ->> 'currency' = ${param(unit)}::text then parcours.num(${json} -> 'amount') end`
      : sql`parcours.num(${json})`;
  return totalOf(sql`${raw(fn)}(${number})`);
}

interface Aggregated {
  readonly total: Sql;
  readonly nextChange: Sql | null;
  /** The other column that was asked for. */
  readonly more: Sql | null;
}

/** A total over all selected events `e` of the person, and when the first of them begins to count or leaves the window. */
export function aggregate(
  events: EventSelection,
  scope: EventReading,
  total: Total,
  joins: Joins,
  more: Total | null = null,
): Aggregated {
  if (!countsAtOnce(events)) return lateAggregate(events, scope, total, joins);
  const leaves = leavesAt(events, raw('e.occurred_at'), scope);
  const ofAll = totalOfAll(events, scope, [total, ...(more === null ? [] : [more])], joins);
  if (ofAll !== null)
    return { total: ofAll.columns[0] as Sql, nextChange: ofAll.nextChange, more: ofAll.columns[1] ?? null };
  const where = selected(events, typesOf(events), scope);
  const left = leaves === null ? raw('') : sql`, ${firstOf(leaves, events)} as leaves`;
  const other = more === null ? raw('') : sql`, ${totalSql(more)} as more`;
  const alias = joins.add(sql`select ${totalSql(total)} as total${left}${other} from parcours.event e where ${where}`);
  return {
    total: raw(`${alias}.total`),
    nextChange: leaves === null ? null : sql`coalesce(${raw(`${alias}.leaves`)}, ${infinity})`,
    more: more === null ? null : raw(`${alias}.more`),
  };
}

function lateAggregate(events: EventSelection, scope: EventReading, total: Total, joins: Joins): Aggregated {
  const rows = timedRows(events, scope, raw(', e.occurred_at, e.value, e.unit, e.properties'));
  const alias = joins.add(
    sql`select y.total, z.turns from (select ${totalSql(total)} as total from (${rows}) e where e.counts) y, (select min(e.turns) as turns from (${rows}) e) z`,
  );
  return {
    total: raw(`${alias}.total`),
    nextChange: sql`coalesce(${raw(`${alias}.turns`)}, ${infinity})`,
    more: null,
  };
}

/** The same in whole lanes, grouped by person. */
function totalOfAll(
  events: EventSelection,
  scope: EventReading,
  totals: readonly Total[],
  joins: Joins,
): { readonly columns: readonly Sql[]; readonly nextChange: Sql | null } | null {
  const asked = totalled(events, scope, joins.lanes);
  const sliding = slidingWindow(events.window);
  const leaves = leavesAt(events, raw('e.occurred_at'), scope);
  // A calendar unit ends at once for all, so that it's enough to know whether there are any.
  const edge = leaves === null ? [] : [sliding === null ? countAll : totalOf(raw('min(e.occurred_at)'))];
  const found = joins.totals({ ...asked, columns: [...totals, ...edge] });
  if (found === null) return null;
  const known = found[totals.length];
  const columns = totals.map((total, i) => orNone(found[i] as Sql, total));
  if (leaves === null || known === undefined) return { columns, nextChange: null };
  const where = asked.only === null ? asked.where : sql`${asked.where} and ${asked.only}`;
  const first = sliding === null ? sql`case when ${known} > 0 then ${leaves} end` : firstLeaving(known, sliding, where);
  return { columns, nextChange: sql`coalesce(${first}, ${infinity})` };
}

/** Of who has no events, what is counted or added up is nothing, and all else is missing. (Asked of no rows, it costs a fifth more.) */
function orNone(found: Sql, { ofNone }: Total): Sql {
  return ofNone === 'zero' ? sql`coalesce(${found}, 0)` : found;
}

/**
 * When the first of a person's events leaves, of which the oldest is known. By the calendar those of the days after a 28th are looked
 * at once more (see `firstToLeave`); before it none can overtake the oldest.
 */
function firstLeaving(oldest: Sql, sliding: Duration, where: Sql): Sql {
  const length = windowInterval(sliding);
  if (sliding.months === 0) return sql`${oldest} + ${length}`;
  const near = sql`select min(e.occurred_at + ${length}) from parcours.event e where e.lane = p.lane and e.profile_id = p.profile_id and ${where} and e.occurred_at < ${oldest} + interval '4 days'`;
  return sql`case when extract(day from ${oldest}) < 28 then ${oldest} + ${length} when ${oldest} is not null then (${near}) end`;
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

interface EdgeValue {
  readonly value: Sql;
  readonly nextChange: Sql | null;
  /** When the event happened, where that is known without a look at the value. */
  readonly at?: Sql;
}

/** The value that `first` and `last` test: a property of that event, or when it happened. Of one instant, the later arrival is last. */
export function edgeValue(
  edge: 'first' | 'last',
  events: EventSelection,
  of: string | null,
  scope: EventReading,
  joins: Joins,
): EdgeValue {
  const order = raw(edge === 'last' ? 'desc' : 'asc');
  const value =
    of === null
      ? raw(`to_jsonb((extract(epoch from e.occurred_at) * 1000)::bigint)`)
      : sql`(e.properties -> ${param(of)}::text)`;
  const ofAll = edgeValueOfAll({ edge, events, value: of === null ? null : value }, scope, joins);
  if (ofAll !== null) return ofAll;
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

/** The same in whole lanes, grouped by person; `value` null: when the event happened. */
function edgeValueOfAll(
  {
    edge,
    events,
    value,
  }: { readonly edge: 'first' | 'last'; readonly events: EventSelection; readonly value: Sql | null },
  scope: EventReading,
  joins: Joins,
): EdgeValue | null {
  if (!countsAtOnce(events)) return null;
  const isLast = edge === 'last';
  const order = raw(isLast ? 'e.occurred_at desc, e.event_id desc' : 'e.occurred_at, e.event_id');
  const happened = isLast ? raw('max(e.occurred_at)') : raw('min(e.occurred_at)');
  const gathered = value === null ? [] : [{ ...totalOf(sql`array_agg(${value} order by ${order})`), isFirst: true }];
  const columns = [totalOf(happened), ...gathered];
  const [at, found] = joins.totals({ ...totalled(events, scope, joins.lanes), columns }) ?? [];
  if (at === undefined) return null;
  const leaves = leavesAt(events, at, scope);
  return {
    value: found ?? sql`to_jsonb((extract(epoch from ${at}) * 1000)::bigint)`,
    nextChange: leaves === null ? null : sql`case when ${at} is null then ${infinity} else ${leaves} end`,
    at,
  };
}

interface EdgeLeaf {
  readonly kind: 'first' | 'last';
  readonly events: EventSelection;
  readonly of: string | null;
  readonly type: ValueType;
  readonly test: ValueTest;
}

/** What stands at an edge of the events: a value, or an instant. */
interface Edge {
  readonly value?: Sql;
  readonly at?: Sql;
  readonly nextChange: Sql | null;
}

/** In whole lanes: when the first or last of the events happened, grouped by person. */
function edgeOfAll({ kind, events, of }: EdgeLeaf, scope: EventReading, joins: Joins): Edge | null {
  if (of !== null || !countsAtOnce(events)) return null;
  const fn = raw(kind === 'last' ? 'max' : 'min');
  const columns = [totalOf(sql`${fn}(e.occurred_at)`)];
  const [at] = joins.totals({ ...totalled(events, scope, joins.lanes), columns }) ?? [];
  if (at === undefined) return null;
  const leaves = leavesAt(events, at, scope);
  return { at, nextChange: leaves === null ? null : sql`coalesce(${leaves}, ${infinity})` };
}

function testEdge({ of, type, test }: EdgeLeaf, { value, at }: Edge, scope: EventReading): Pair {
  if (value !== undefined) return testValue(of === null ? 'datetime' : type, test, value, scope);
  return testInstant(test, at as Sql, scope);
}

/** `first` or `last` of the events against a test. */
export function edgePair(leaf: EdgeLeaf, scope: EventReading, joins: Joins): Pair {
  const edge = edgeOfAll(leaf, scope, joins) ?? edgeValue(leaf.kind, leaf.events, leaf.of, scope, joins);
  const { nextChange } = edge;
  const pair = testEdge(leaf, edge, scope);
  const changes = [pair.nextChange, nextChange].filter((one) => one !== null);
  if (changes.length < 2) return { holds: pair.holds, nextChange: changes[0] ?? null };
  return { holds: pair.holds, nextChange: sql`least(${join(changes, ', ')})` };
}
