/**
 * A condition as SQL over a set of people: the pair `holds` (is it true at t) and `nextChange` (a time before which it can't
 * change with no new fact). This is the only place that gives conditions their meaning at run time (DESIGN, section 5).
 *
 * The statement around it must provide a row `p` (lane, profile_id, zone) for each person; `Scope` says where the rest is read.
 */
import type { EventReading } from './event-selection.ts';
import { aggregate, aggregateOf, compareNumber, countPair, edgePair, sumPair } from './event-sql.ts';
import type { Condition, ConsentState } from './ir.ts';
import { momentPair } from './moment-sql.ts';
import { infinity, type Joins, type Pair } from './pair.ts';
import { join, raw, type Sql, sql } from './sql.ts';
import { type Json, testValue } from './value-sql.ts';

export type Leaf<K extends Condition['kind']> = Extract<Condition, { readonly kind: K }>;

/** Where a condition reads what is not an event. Live, as of a time in the past, or within an enrollment. */
export interface Scope extends EventReading {
  /** The stored value of a trait as jsonb, or null. */
  trait(name: string): Json;
  /** The bounds of a quantile as jsonb, or null; and what is its value while there are none. */
  scale(trait: string): { readonly bounds: Sql; readonly meanwhile: Sql };
  segment(leaf: Leaf<'segment'>, joins: Joins): Pair;
  consent(purpose: string, channel: string | null): ConsentReading;
  persona(leaf: Leaf<'persona'>): Sql;
  points(leaf: Leaf<'points'>, joins: Joins): Pair;
  tier(leaf: Leaf<'tier'>): Sql;
  gained(leaf: Leaf<'gained'>, joins: Joins): Pair;
  identified(): Sql;
  enrolled(leaf: Leaf<'journey'>, joins: Joins): Pair;
  entity(leaf: Leaf<'entity'>, joins: Joins): Pair;
  messages(leaf: Leaf<'messages'>, joins: Joins): Pair;
  /** Enrollments only: the frozen entry property, a field of the row that it is bound to, a message's status. */
  field(property: string): Sql;
  entityField(entity: string, field: string): Sql;
  message(leaf: Leaf<'message'>): Sql;
}

/** Whether the purpose is granted, confirmed or denied, and since when (the latest statement of that state, or null). */
export interface ConsentReading {
  readonly granted: Sql;
  readonly denied: Sql;
  readonly confirmed: Sql;
  since(state: 'granted' | 'denied' | 'confirmed'): Sql;
}

const noPair: Pair = { holds: raw('false'), nextChange: null, isNamed: true };
const yesPair: Pair = { holds: raw('true'), nextChange: null, isNamed: true };

/** Compiles a condition; what it needs joined is added to `joins`. */
export function conditionPair(condition: Condition, scope: Scope, joins: Joins): Pair {
  switch (condition.kind) {
    case 'all':
      return allOf(childrenOf(condition.of, scope, joins), joins);
    case 'any':
      return anyOf(childrenOf(condition.of, scope, joins), joins);
    case 'not':
      return not(conditionPair(condition.of, scope, joins));
    case 'trait':
      return testValue(condition.type, condition.test, scope.trait(condition.trait), scope);
    case 'field':
      return testValue(condition.type, condition.test, scope.field(condition.property), scope);
    case 'entity_field':
      return testValue(condition.type, condition.test, scope.entityField(condition.entity, condition.field), scope);
    case 'count':
      return countPair(condition.events, condition.test, scope, joins, { all: (pairs) => allOf(pairs, joins), not });
    case 'sum':
      return sumPair(condition.events, condition.unit, condition.test, scope, joins);
    case 'aggregate': {
      const total = aggregateOf(condition.fn, condition.of, condition);
      const { total: value, nextChange } = aggregate(condition.events, scope, total, joins);
      return { holds: compareNumber(value, condition.test), nextChange };
    }
    case 'first':
    case 'last':
      return edgePair(condition, scope, joins);
    case 'entity':
      return scope.entity(condition, joins);
    case 'segment':
      return scope.segment(condition, joins);
    case 'persona':
      return { holds: scope.persona(condition), nextChange: null };
    case 'consent':
      return consentPair(condition, scope, joins);
    case 'message':
      return { holds: scope.message(condition), nextChange: null };
    case 'messages':
      return scope.messages(condition, joins);
    case 'journey':
      return scope.enrolled(condition, joins);
    case 'identified':
      return { holds: scope.identified(), nextChange: null };
    case 'points':
      return scope.points(condition, joins);
    case 'tier':
      return { holds: scope.tier(condition), nextChange: null };
    case 'gained':
      return scope.gained(condition, joins);
  }
}

function childrenOf(of: readonly Condition[], scope: Scope, joins: Joins): readonly Pair[] {
  return of.map((child) => conditionPair(child, scope, joins));
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

function consentPair({ purpose, channel, is, given }: Leaf<'consent'>, scope: Scope, joins: Joins): Pair {
  const reading = scope.consent(purpose, channel);
  const state: Pair = { holds: consentHolds(is, reading), nextChange: null };
  // Nobody said it, so it has no time.
  if (given === undefined || is === 'unknown') return state;
  return allOf(
    [state, momentPair(given.op, given.moment, reading.since(is === 'pending' ? 'granted' : is), scope)],
    joins,
  );
}

function consentHolds(is: ConsentState, { granted, denied, confirmed }: ConsentReading): Sql {
  if (is === 'confirmed') return sql`(${confirmed} and not ${denied})`;
  if (is === 'pending') return sql`(${granted} and not ${denied} and not ${confirmed})`;
  if (is === 'granted') return sql`(${granted} and not ${denied})`;
  if (is === 'denied') return denied;
  return sql`(not ${granted} and not ${denied})`;
}
