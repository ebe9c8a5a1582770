/**
 * What the leaves of a condition found: the value of a trait, how many events, their sum, since when a consent. Beside the pairs of
 * `condition-sql.ts`, whose joins they share; for people who ask why, never for deciding anything.
 */

import { conditionPair, type Leaf, type Scope } from './condition-sql.ts';
import type { ConditionTree } from './condition-tree.ts';
import { entityCount } from './entity-sql.ts';
import { aggregate, aggregateOf, edgeValue, sumOf } from './event-sql.ts';
import type { Condition, EventSelection } from './ir.ts';
import { askedOfEvents, messageCount } from './message-sql.ts';
import { type Joins, lateralJoins } from './pair.ts';
import { pointsOf } from './points-sql.ts';
import { type House, liveScope, personaTrait } from './scopes.ts';
import { join, param, raw, render, type Sql, type Statement, sql } from './sql.ts';
import { countAll, type Total } from './totals.ts';

/** `value`: jsonb in its stored form · `at`: since when, or when the last of it happened. Null: nothing, or nothing to say. */
interface LeafValue {
  readonly value: Sql;
  readonly at: Sql;
}

const noTime = raw('null::timestamptz');
const noValue = raw('null::jsonb');

/** What a leaf found; the other conditions have no value of their own. */
function leafValue(condition: Condition, scope: Scope, joins: Joins): LeafValue {
  switch (condition.kind) {
    case 'trait':
      return { value: scope.trait(condition.trait), at: noTime };
    case 'count':
      return counted(condition.events, countAll, scope, joins);
    case 'sum':
      return counted(condition.events, sumOf(condition.unit), scope, joins);
    case 'aggregate':
      return counted(condition.events, aggregateOf(condition.fn, condition.of, condition), scope, joins);
    case 'first':
    case 'last':
      return {
        value: edgeValue(condition.kind, condition.events, condition.of, scope, joins).value,
        at: edgeTime(condition.kind, condition.events, scope, joins),
      };
    case 'entity':
      return { value: sql`to_jsonb(${entityCount(condition, scope, joins).count})`, at: noTime };
    case 'messages': {
      const told = askedOfEvents(condition);
      if (told !== null) return leafValue(told, scope, joins);
      return { value: sql`to_jsonb(${messageCount(condition, scope, joins).count})`, at: noTime };
    }
    case 'segment':
      return { value: noValue, at: memberSince(condition.segment) };
    case 'persona':
      return { value: sql`(p.traits -> ${param(personaTrait(condition.persona))}::text)`, at: noTime };
    case 'consent':
      return consentValue(condition, scope);
    case 'journey':
      return enrollmentValue(condition, scope.t);
    case 'identified':
      return { value: identifierTypes, at: noTime };
    case 'points':
      return { value: pointsFound(condition, scope.t, joins), at: noTime };
    case 'tier':
      return { value: tierFound(condition.program), at: noTime };
    default:
      return { value: noValue, at: noTime };
  }
}

function counted(events: EventSelection, total: Total, scope: Scope, joins: Joins): LeafValue {
  const found = aggregate(events, scope, total, joins).total;
  return { value: sql`to_jsonb(${found})`, at: edgeTime('last', events, scope, joins) };
}

function edgeTime(edge: 'first' | 'last', events: EventSelection, scope: Scope, joins: Joins): Sql {
  return sql`parcours.instant(${edgeValue(edge, events, null, scope, joins).value})`;
}

function pointsFound({ program, expiring }: Leaf<'points'>, t: Sql, joins: Joins): Sql {
  return sql`to_jsonb(${raw(joins.add(pointsOf(program, expiring, t)))}.points)`;
}

/** Null: the first one, or none. */
function tierFound(program: string): Sql {
  return sql`(select to_jsonb(m.tier) from parcours.ledger_member m where m.lane = p.lane and m.profile_id = p.profile_id and m.program = ${param(program)}::text)`;
}

function memberSince(segment: string): Sql {
  return sql`(select s.since from parcours.membership s where s.lane = p.lane and s.profile_id = p.profile_id and s.segment = ${param(segment)}::text and s.is_member)`;
}

/** The state, and since when where somebody said it. */
function consentValue({ purpose, channel }: Leaf<'consent'>, scope: Scope): LeafValue {
  const { granted, denied, confirmed, since } = scope.consent(purpose, channel);
  return {
    value: sql`to_jsonb(case when ${denied} then 'denied' when ${confirmed} then 'confirmed' when ${granted} then 'granted' else 'unknown' end)`,
    at: sql`(case when ${denied} then ${since('denied')} when ${granted} then ${since('granted')} end)`,
  };
}

/** The newest enrollment: the name of its way out, or null while it goes on; when it ended, or began. */
function enrollmentValue({ journey }: Leaf<'journey'>, t: Sql): LeafValue {
  const newest = (what: string) =>
    sql`(select ${raw(what)} from parcours.enrollment e where e.lane = p.lane and e.profile_id = p.profile_id and e.journey = ${param(journey)}::text and e.entered_at <= ${t} order by e.entered_at desc, e.key, e.n desc limit 1)`;
  return { value: newest(`to_jsonb(e.exit_as)`), at: newest('coalesce(e.exited_at, e.entered_at)') };
}

const identifierTypes = raw(
  `(select jsonb_agg(distinct x.type order by x.type) from parcours.identifier x where x.lane = p.lane and x.profile_id = p.profile_id)`,
);

/** One person, and when it is asked. */
export interface Asked {
  readonly lane: number;
  readonly profileId: number;
  readonly at: Date;
}

/** One row with h0, n0, v0, a0, h1 …: whether each condition of the tree holds, its next change, its value and time. */
export function leafValues(tree: ConditionTree, house: House, { lane, profileId, at }: Asked): Statement {
  const joins = lateralJoins();
  const scope = liveScope(sql`${param(at)}::timestamptz`, house);
  const columns = tree.conditions.flatMap((condition, i) => {
    const { holds, nextChange } = conditionPair(condition, scope, joins);
    const { value, at: time } = leafValue(condition, scope, joins);
    const n = raw(String(i));
    return [
      sql`${holds} as h${n}`,
      sql`${nextChange === null ? noTime : sql`nullif(${nextChange}, 'infinity')`} as n${n}`,
      sql`${value} as v${n}`,
      sql`${time} as a${n}`,
    ];
  });
  return render(
    sql`select ${join(columns, ', ')} from parcours.profile p ${joins.all()} where p.lane = ${param(lane)}::smallint and p.profile_id = ${param(profileId)}::bigint`,
  );
}
