/**
 * Conditions as they would be read after an apply: of what changes, definitions are worked out where they are read; all else is read as
 * the lanes keep it. So a count costs what the change touches, and says what lanes will find when they take the revision over. Whole
 * lanes at a time, for plans alone.
 */
import { conditionPair, type Scope } from './condition-sql.ts';
import type { Definitions } from './definitions.ts';
import { entityPair } from './entity-sql.ts';
import type { Condition } from './ir.ts';
import { memberRowsIn } from './lanes-sql.ts';
import { messagesPair } from './message-sql.ts';
import { type Joins, type Lanes, lateralJoins } from './pair.ts';
import type { Prepared } from './program-sql.ts';
import { asOfScope, liveScope, membershipPair, valueOutside } from './scopes.ts';
import { join, param, raw, render, type Sql, type Statement, sql } from './sql.ts';
import { traitPair } from './trait-sql.ts';

const laneCount = 1_024;

/** Definitions that nobody applied yet, and which of them differ from what the lanes keep. */
export interface Planned {
  readonly definitions: Definitions;
  /** By id. */
  readonly segments: ReadonlySet<string>;
  /** By name. */
  readonly traits: ReadonlySet<string>;
  /** Whether the lanes keep what is live; otherwise everything is worked out from facts alone. */
  readonly isKept: boolean;
}

/** A query of rows `lane, profile_id`: everybody of the lanes for whom the condition would hold at `at`. */
export function plannedMembers(condition: Condition, planned: Planned, lanes: readonly number[], at: Date): Statement {
  const t = sql`${param(at)}::timestamptz`;
  const within: Lanes = { numbers: sql`${param(lanes)}::smallint[]`, areAll: lanes.length === laneCount };
  return render(memberRowsIn(condition, (joins) => plannedScope(t, planned, { joins, lanes: within }), within));
}

/** Whether the conditions hold of the person `p`, as columns of rows over the lanes; and the joins that they need. */
export function plannedTruths(
  conditions: readonly Condition[],
  planned: Planned,
  { lanes, at }: { readonly lanes: readonly number[]; readonly at: Date },
): { readonly truths: readonly Sql[]; readonly from: Sql } {
  const joins = lateralJoins();
  const scope = plannedScope(sql`${param(at)}::timestamptz`, planned, { joins, lanes: null });
  const truths = conditions.map((condition) => conditionPair(condition, scope, joins).holds);
  const from = sql`from parcours.profile p ${joins.all()} where p.lane = any(${param(lanes)}::smallint[]) and p.merged_into is null`;
  return { truths, from };
}

/**
 * Rows `i` (from 1) with h0, h1 … for each condition over people ($1 time, $2 lanes, $3 profiles), as `pairsOverPeople` gives them for what
 * is applied.
 */
export function plannedOverPeople(planned: Planned, conditions: readonly Condition[]): Prepared {
  const joins = lateralJoins();
  const scope = plannedScope(raw('$1::timestamptz'), planned, { joins, lanes: null });
  const columns = conditions.map((one, i) => sql`, ${conditionPair(one, scope, joins).holds} as h${raw(String(i))}`);
  const people = raw(
    'from unnest($2::smallint[], $3::bigint[]) with ordinality u(lane, profile_id, i) cross join lateral (select * from parcours.profile d where d.lane = u.lane and d.profile_id = u.profile_id offset 0) p',
  );
  // The time is named even when no condition reads it: a parameter must have a type.
  const query = sql`select u.i::integer as i${join(columns, '')} ${people} ${joins.all()} ${raw('where $1::timestamptz is not null')}`;
  const { text, values } = render(query, 4);
  return { text, rest: values };
}

interface Over {
  readonly joins: Joins;
  readonly lanes: Lanes | null;
}

function plannedScope(t: Sql, planned: Planned, { joins, lanes }: Over): Scope {
  const { definitions } = planned;
  if (!planned.isKept) return asOfScope(t, definitions, joins);
  const live = liveScope(t, definitions, lanes);
  const facts = asOfScope(t, definitions, joins);
  const trait = (name: string): Sql => {
    if (!planned.traits.has(name)) return live.trait(name);
    const body = definitions.trait(name);
    if (body.origin === 'sourced') return facts.trait(name);
    // A query of its own, since the names that its conditions share are its own.
    const own = lateralJoins();
    const { value } = traitPair(
      { ...body, name },
      plannedScope(t, planned, { joins: own, lanes: null }),
      own,
      definitions,
    );
    return raw(`${joins.add(sql`select ${value} as v from (values (true)) one ${own.all()} offset 0`)}.v`);
  };
  const scope: Scope = {
    ...live,
    trait,
    scale: (name) => (planned.traits.has(name) ? facts.scale(name) : live.scale(name)),
    value: (ref) => valueOutside(ref, trait),
    segment: (leaf, inner) =>
      planned.segments.has(leaf.segment) && leaf.forAtLeast === undefined
        ? conditionPair(definitions.segment(leaf.segment), scope, inner)
        : membershipPair(leaf, { t, lanes }, inner),
    entity: (leaf, inner) => entityPair(leaf, scope, inner),
    messages: (leaf, inner) => messagesPair(leaf, scope, inner, (one) => conditionPair(one, scope, inner)),
  };
  return scope;
}
