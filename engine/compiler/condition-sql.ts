/**
 * A condition as SQL over a set of people: the pair `holds` (is it true at t) and `nextChange` (a time before which it can't
 * change with no new fact). This is the only place that gives conditions their meaning at run time (DESIGN, section 5).
 *
 * The statement around it must provide a row `p` (lane, profile_id, zone) for each person; `Scope` says where the rest is read.
 */
import type { Condition, CountTest, Duration, EventSelection, MessageStatus, PropertyTest } from './ir.ts';
import { notRun } from './not-run.ts';
import { infinity, type Pair, type Reading, windowInterval } from './pair.ts';
import { join, param, raw, type Sql, sql } from './sql.ts';
import { testValue } from './value-sql.ts';

/** Where a condition reads what is not an event. Live, as of a time in the past, or within an enrollment. */
export interface Scope extends Reading {
  /** The stored value of a trait as jsonb, or null. */
  trait(name: string): Sql;
  segment(id: string, joins: Joins): Pair;
  consent(purpose: string, channel: string | null): { readonly granted: Sql; readonly denied: Sql };
  /** Enrollments only: the instant of an anchor, the frozen entry property, a message's status. */
  anchor(name: string): Sql;
  field(property: string): Sql;
  message(steps: readonly string[], status: MessageStatus): Sql;
}

/** The lateral joins that a statement's conditions share; equal ones are made once. */
export interface Joins {
  /** Adds `left join lateral (select …) alias on true` and returns the alias. */
  add(select: Sql): string;
  /** The same pair by names that may be repeated: its parts are computed once for each row, equal ones of all conditions once. */
  name(pair: Pair): Pair;
  /** All joins, in order, to be placed after the `from` list. */
  all(): Sql;
}

const noPair: Pair = { holds: raw('false'), nextChange: null, isNamed: true };
const yesPair: Pair = { holds: raw('true'), nextChange: null, isNamed: true };

export function lateralJoins(): Joins {
  const aliases = new Map<string, string>();
  const pieces: Sql[] = [];
  const names = new Map<string, Sql>();
  const columns: Sql[] = [];
  const nameOf = (expression: Sql): Sql => {
    const key = JSON.stringify(expression);
    const known = names.get(key);
    if (known !== undefined) return known;
    const name = raw(`v.c${names.size}`);
    columns.push(sql`${expression} as ${raw(`c${names.size}`)}`);
    names.set(key, name);
    return name;
  };
  return {
    add(select) {
      const key = JSON.stringify(select);
      const known = aliases.get(key);
      if (known !== undefined) return known;
      const alias = `j${aliases.size}`;
      aliases.set(key, alias);
      pieces.push(sql`left join lateral (${select}) ${raw(alias)} on true`);
      return alias;
    },
    name(pair) {
      if (pair.isNamed === true) return pair;
      const nextChange = pair.nextChange === null ? null : nameOf(pair.nextChange);
      return { holds: nameOf(pair.holds), nextChange, isNamed: true };
    },
    // Behind a fence: pulled up, each expression would be computed wherever its name stands.
    all: () =>
      join(
        columns.length === 0 ? pieces : [...pieces, sql`cross join lateral (select ${join(columns, ', ')} offset 0) v`],
        '\n',
      ),
  };
}

/** Compiles a condition; what it needs joined is added to `joins`. */
export function conditionPair(condition: Condition, scope: Scope, joins: Joins): Pair {
  switch (condition.kind) {
    case 'all':
      return allOf(
        condition.of.map((child) => conditionPair(child, scope, joins)),
        joins,
      );
    case 'any':
      return anyOf(
        condition.of.map((child) => conditionPair(child, scope, joins)),
        joins,
      );
    case 'not':
      return not(conditionPair(condition.of, scope, joins));
    case 'trait':
      return testValue(condition.type, condition.test, scope.trait(condition.trait), scope);
    case 'field':
      return testValue(condition.type, condition.test, scope.field(condition.property), scope);
    case 'count':
      return countPair(condition.events, condition.test, scope, joins);
    case 'sum':
      return sumPair(condition.events, condition.unit, condition.test, scope, joins);
    case 'segment':
      return scope.segment(condition.segment, joins);
    case 'consent': {
      const { granted, denied } = scope.consent(condition.purpose, condition.channel);
      return { holds: consentHolds(condition.is, granted, denied), nextChange: null };
    }
    case 'message':
      return { holds: scope.message(condition.steps, condition.status), nextChange: null };
    default:
      return notRun(condition.kind);
  }
}

/** True until the first child turns false; false until the last false child can turn true. */
function allOf(pairs: readonly Pair[], joins: Joins): Pair {
  return combine(pairs, joins, { word: ' and ', kept: true, empty: yesPair });
}

/** The dual of `allOf`. */
function anyOf(pairs: readonly Pair[], joins: Joins): Pair {
  return combine(pairs, joins, { word: ' or ', kept: false, empty: noPair });
}

function not(pair: Pair): Pair {
  return { ...pair, holds: sql`(not ${pair.holds})` };
}

/** Children are named first, since each stands here several times: written out, a condition would grow with its depth. */
function combine(
  children: readonly Pair[],
  joins: Joins,
  { word, kept, empty }: { readonly word: string; readonly kept: boolean; readonly empty: Pair },
): Pair {
  if (children.length === 0) return empty;
  if (children.length === 1) return children[0] as Pair;
  const pairs = children.map((pair) => joins.name(pair));
  const holds = sql`(${join(
    pairs.map((pair) => pair.holds),
    word,
  )})`;
  return { holds, nextChange: combined(holds, pairs, kept), isNamed: true };
}

/**
 * When the truth of the whole is `kept` (true for all, false for any), the first child to change decides; otherwise the last
 * of the children that hold it back.
 */
function combined(holds: Sql, pairs: readonly Pair[], kept: boolean): Sql | null {
  const changing = pairs.filter((pair) => pair.nextChange !== null);
  if (changing.length === 0) return null;
  const first = sql`least(${join(
    changing.map((pair) => pair.nextChange as Sql),
    ', ',
  )})`;
  const last = sql`greatest(${join(
    pairs.map((pair) => {
      const blocks = kept ? sql`not ${pair.holds}` : pair.holds;
      return sql`case when ${blocks} then ${pair.nextChange ?? infinity} else '-infinity'::timestamptz end`;
    }),
    ', ',
  )})`;
  const whenKept = kept ? holds : sql`not ${holds}`;
  return sql`case when ${whenKept} then ${first} else ${last} end`;
}

/** Counting is made of "at least k": true from the k-th newest event on, until it leaves the window. */
function countPair(events: EventSelection, test: CountTest, scope: Scope, joins: Joins): Pair {
  const atLeast = (k: number): Pair => (k <= 0 ? yesPair : atLeastPair(events, k, scope, joins));
  switch (test.op) {
    case 'gte':
      return atLeast(test.value);
    case 'gt':
      return atLeast(test.value + 1);
    case 'lt':
      return not(atLeast(test.value));
    case 'lte':
      return not(atLeast(test.value + 1));
    case 'is':
      return allOf([atLeast(test.value), not(atLeast(test.value + 1))], joins);
    case 'between':
      return allOf([atLeast(test.low), not(atLeast(test.high + 1))], joins);
  }
}

function atLeastPair(events: EventSelection, k: number, scope: Scope, joins: Joins): Pair {
  const { window } = events;
  if (window.kind === 'in_last' && window.duration.months > 0 && k > 1) {
    const first = raw(`${joins.add(firstToLeave(events, k, window.duration, scope))}.at`);
    return { holds: sql`(${first} is not null)`, nextChange: sql`coalesce(${first}, ${infinity})` };
  }
  const at = raw(`${joins.add(newest(events, scope, sql`offset ${param(k - 1)}::bigint limit 1`, k))}.at`);
  const holds = sql`(${at} is not null)`;
  if (window.kind !== 'in_last') return { holds, nextChange: null };
  return { holds, nextChange: sql`coalesce(${at} + ${windowInterval(window.duration)}, ${infinity})` };
}

/**
 * When the first of the k newest events leaves, or null where there are fewer. By the calendar that needn't be the oldest of
 * them: what happened late on 28 January leaves after what happened early on the 29th, both on 28 February.
 */
function firstToLeave(events: EventSelection, k: number, duration: Duration, scope: Scope): Sql {
  const count = sql`${param(k)}::bigint`;
  return sql`select case when count(*) = ${count} then min(x.at + ${windowInterval(duration)}) end as at from (${newest(events, scope, sql`limit ${count}`, k)}) x`;
}

/** The instants `at` of the selected events, newest first, as far as `rest` says; of each type only the newest `k` are read. */
function newest(events: EventSelection, scope: Scope, rest: Sql, k: number): Sql {
  const ofType = (type: string, end: Sql) =>
    sql`select e.occurred_at as at from parcours.event e where ${selected(events, sql`${param(type)}::text`, scope)} order by e.occurred_at desc ${end}`;
  const [only, second] = events.types;
  if (only !== undefined && second === undefined) return ofType(only, rest);
  const each = events.types.map((type) => sql`(${ofType(type, sql`limit ${param(k)}::bigint`)})`);
  return sql`select x.at from (${join(each, ' union all ')}) x order by x.at desc ${rest}`;
}

/** The sum of a window may change whenever an event leaves: earlier than needed, never too late. */
function sumPair(events: EventSelection, unit: string | null, test: CountTest, scope: Scope, joins: Joins): Pair {
  const { total, nextChange } = aggregate(events, scope, sumOf(unit), joins);
  return { holds: compareNumber(total, test), nextChange };
}

/** The measure's sum over events of that unit. */
export function sumOf(unit: string | null): Sql {
  return sql`coalesce(sum(e.value) filter (where e.unit is not distinct from ${param(unit)}::text), 0)`;
}

/** A total over all selected events of the person, and when the first of them leaves the window. */
export function aggregate(
  events: EventSelection,
  scope: Scope,
  total: Sql,
  joins: Joins,
): { readonly total: Sql; readonly nextChange: Sql | null } {
  const { window } = events;
  // The least over the events, not the oldest's: see `firstToLeave`.
  const leaves =
    window.kind === 'in_last' ? sql`, min(e.occurred_at + ${windowInterval(window.duration)}) as leaves` : raw('');
  const where = selected(events, sql`any(${param(events.types)}::text[])`, scope);
  const alias = joins.add(sql`select ${total} as total${leaves} from parcours.event e where ${where}`);
  const nextChange = window.kind === 'in_last' ? sql`coalesce(${raw(`${alias}.leaves`)}, ${infinity})` : null;
  return { total: raw(`${alias}.total`), nextChange };
}

function compareNumber(value: Sql, test: CountTest): Sql {
  if (test.op === 'between') {
    return sql`(${value} between ${param(test.low)}::numeric and ${param(test.high)}::numeric)`;
  }
  const operator = { is: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' }[test.op];
  return sql`(${value} ${raw(operator)} ${param(test.value)}::numeric)`;
}

/** The person's events of a type (or of `any(…)`) that count at t. */
function selected(events: EventSelection, type: Sql, scope: Scope): Sql {
  const parts = [
    sql`e.lane = p.lane and e.type = ${type} and e.profile_id = p.profile_id and e.occurred_at <= ${scope.t}`,
  ];
  if (events.window.kind === 'since') parts.push(sql`e.occurred_at > ${scope.anchor(events.window.anchor)}`);
  if (events.window.kind === 'in_last') parts.push(inWindow(events.window.duration, scope.t));
  if (events.where.length > 0) parts.push(propertiesHold(events.where, scope));
  return join(parts, ' and ');
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

/** All property tests of an event row `e`. */
export function propertiesHold(where: readonly PropertyTest[], scope: Reading): Sql {
  const tests = where.map((one) => {
    const { holds } = testValue(one.type, one.test, sql`(e.properties -> ${param(one.property)}::text)`, scope);
    return one.not ? sql`not ${holds}` : holds;
  });
  return tests.length === 0 ? raw('true') : join(tests, ' and ');
}

function consentHolds(is: 'granted' | 'denied' | 'unknown', granted: Sql, denied: Sql): Sql {
  if (is === 'granted') return sql`(${granted} and not ${denied})`;
  if (is === 'denied') return denied;
  return sql`(not ${granted} and not ${denied})`;
}
