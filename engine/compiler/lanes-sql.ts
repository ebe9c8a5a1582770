/**
 * Conditions over everybody of some lanes, for fills and counts: what time doesn't change is asked first, and decides who is looked at
 * further; events are read once for all (`lane-joins.ts`). Statements over people are in `program-sql.ts`.
 */
import { conditionPair, type Scope } from './condition-sql.ts';
import type { Condition, CountTest } from './ir.ts';
import { type LaneJoins, laneJoins, withoutNames } from './lane-joins.ts';
import { inLanes, type Joins, type Lanes } from './pair.ts';
import { join, raw, type Sql, sql } from './sql.ts';

/** Rows `lane, profile_id, holds, next_change`: who satisfies the condition, and who may by time alone. */
export function pairRows(condition: Condition, scope: Scope, lanes: Lanes): Sql {
  const joins = laneJoins(lanes);
  const parts = partsOf(condition);
  const isSteady = (part: Condition) => conditionPair(part, scope, laneJoins(lanes)).nextChange === null;
  const steady = parts.filter(isSteady);
  const moving = parts.filter((part) => !steady.includes(part));
  const { holds, nextChange } = joins.name(conditionPair({ kind: 'all', of: moving }, scope, joins));
  const tests = steady.map((part) => conditionPair(part, scope, withoutNames(joins)).holds);
  const next = nextChange === null ? raw('null::timestamptz') : sql`nullif(${nextChange}, 'infinity')`;
  const rows = sql`select p.lane, p.profile_id${joins.columns()} ${people({ first: moving[0], scope, joins, tests }, lanes)} offset 0`;
  return sql`select x.lane, x.profile_id, x.holds, x.next_change from (select v.lane, v.profile_id, ${holds} as holds, ${next} as next_change from (${rows}) v) x where x.holds or x.next_change is not null`;
}

/** Rows `lane, profile_id`: who satisfies the condition. */
export function memberRows(condition: Condition, scope: Scope, lanes: Lanes): Sql {
  return memberRowsIn(condition, () => scope, lanes);
}

/** The same in a scope that joins what it reads to the statement. */
export function memberRowsIn(condition: Condition, scopeOver: (joins: Joins) => Scope, lanes: Lanes): Sql {
  const joins = laneJoins(lanes);
  const scope = scopeOver(joins);
  const parts = partsOf(condition);
  const tests = parts.map((part) => conditionPair(part, scope, withoutNames(joins)).holds);
  return sql`select p.lane, p.profile_id ${people({ first: parts[0], scope, joins, tests }, lanes)}`;
}

/** What must hold together; what nobody without certain events can satisfy comes first. */
function partsOf(condition: Condition): readonly Condition[] {
  const parts = condition.kind === 'all' ? condition.of : [condition];
  return [...parts.filter(needsEvents), ...parts.filter((part) => !needsEvents(part))];
}

interface Asked {
  /** The part that was compiled first. */
  readonly first: Condition | undefined;
  readonly scope: Scope;
  readonly joins: LaneJoins;
  readonly tests: readonly Sql[];
}

/** Whatever of a person is more than the key. */
const traitsOf = /\bp\.(?!lane\b|profile_id\b)/;

/** Everybody of the lanes; or, when nobody else can come in and nothing but keys is read, those who have the events of the first part. */
function people({ first, scope, joins, tests }: Asked, lanes: Lanes): Sql {
  const where = join(
    tests.map((one) => sql` and ${one}`),
    '',
  );
  const events = first !== undefined && isGrouped(first, scope, lanes) ? joins.fromFirst() : null;
  const read = [where, joins.all(), joins.columns()];
  if (events === null || read.some(({ parts }) => parts.some((part) => traitsOf.test(part)))) {
    return sql`from parcours.profile p ${joins.all()} where p.merged_into is null${inLanes('p', lanes)}${where}`;
  }
  return sql`${events.from} ${events.rest} where not exists (select 1 from parcours.profile m where m.lane = p.lane and m.profile_id = p.profile_id and m.merged_into is not null)${where}`;
}

/** Whether the first of the groups is made of the events that the part needs. */
function isGrouped(part: Condition, scope: Scope, lanes: Lanes): boolean {
  const alone = laneJoins(lanes);
  conditionPair(part, scope, alone);
  return needsEvents(part) && alone.fromFirst() !== null;
}

/** Whether the condition is false of who has none of the events, and stays so by time alone. */
function needsEvents(condition: Condition): boolean {
  switch (condition.kind) {
    case 'first':
    case 'last':
      return true;
    case 'aggregate':
      return condition.fn !== 'distinct' || failsAtZero(condition.test);
    case 'count':
    case 'sum':
      return failsAtZero(condition.test);
    default:
      return false;
  }
}

function failsAtZero(test: CountTest): boolean {
  switch (test.op) {
    case 'is':
      return test.value !== 0;
    case 'gt':
      return test.value >= 0;
    case 'gte':
      return test.value > 0;
    case 'between':
      return test.low > 0 || test.high < 0;
    default:
      return false;
  }
}
