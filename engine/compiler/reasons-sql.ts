/**
 * Why people are in or out of a segment, counted over whole lanes in one statement: for each leaf of the definition how many members
 * it holds for, and how many outsiders would be in if it alone were otherwise. The leaves are read once a person; what follows from
 * them is said by the same `and`, `or` and `not` as the definition.
 */
import { conditionPair } from './condition-sql.ts';
import { conditionTree } from './condition-tree.ts';
import type { Condition } from './ir.ts';
import { lateralJoins } from './pair.ts';
import { leavesOf } from './reading.ts';
import { type House, liveScope } from './scopes.ts';
import { join, param, raw, render, type Sql, type Statement, sql } from './sql.ts';

/** More leaves than this aren't told apart: each flips the whole definition once, in text. */
export const reasonLeavesMax = 60;

/** A leaf as it stands in the definition: with `not` around it where it stands under one. */
export interface Reason {
  readonly condition: Condition;
}

/** The different leaves of a definition, from left to right; null when they are too many. */
export function reasonsOf(where: Condition): readonly Reason[] | null {
  const { leaves } = leavesIn(where);
  if (leaves.length > reasonLeavesMax) return null;
  return leaves.map(({ condition, isNegated }) => ({
    condition: isNegated ? { kind: 'not', of: condition } : condition,
  }));
}

/**
 * One row over the lanes: `people`, `members`, and for each reason m0, m1 … (members for whom it holds) and k0, k1 … (people outside
 * whom it alone keeps out).
 */
export function reasonsOverLanes(where: Condition, house: House, lanes: readonly number[], at: Date): Statement {
  const joins = lateralJoins();
  const scope = liveScope(sql`${param(at)}::timestamptz`, house);
  const { leaves, columnOf } = leavesIn(where);
  const columns = leaves.map(
    ({ condition }, i) => sql`${conditionPair(condition, scope, joins).holds} as l${raw(String(i))}`,
  );
  const whole = truth(where, columnOf, null);
  const counts = leaves.flatMap(({ isNegated }, i) => [
    sql`count(*) filter (where ${whole} and ${raw(isNegated ? 'not ' : '')}x.l${raw(String(i))}) as m${raw(String(i))}`,
    sql`count(*) filter (where not ${whole} and ${truth(where, columnOf, i)}) as k${raw(String(i))}`,
  ]);
  const rows = sql`select ${join([raw('p.profile_id'), ...columns], ', ')} from parcours.profile p ${joins.all()} where p.lane = any(${param(lanes)}::smallint[]) and p.merged_into is null offset 0`;
  return render(
    sql`select ${join([raw('count(*) as people'), sql`count(*) filter (where ${whole}) as members`, ...counts], ', ')} from (${rows}) x`,
  );
}

interface PlacedLeaf {
  readonly condition: Condition;
  readonly isNegated: boolean;
}

interface Leaves {
  readonly leaves: readonly PlacedLeaf[];
  columnOf(leaf: Condition): number;
}

/** The different leaves, each with the side of `not` on which it stands first. */
function leavesIn(where: Condition): Leaves {
  const { root, conditions } = conditionTree({ kind: 'all', of: leavesOf(where) }, closed);
  // The list around them has the first column.
  const columns = new Map(root.of.map(({ condition, column }) => [condition, column - 1]));
  const columnOf = (leaf: Condition) => columns.get(leaf) as number;
  const negated = new Map<number, boolean>();
  walkSigns(where, false, (leaf, isNegated) => {
    if (!negated.has(columnOf(leaf))) negated.set(columnOf(leaf), isNegated);
  });
  const leaves = conditions.slice(1).map((condition, i) => ({ condition, isNegated: negated.get(i) === true }));
  return { leaves, columnOf };
}

const closed = {
  depth: 0,
  segment: (id: string): Condition => ({ kind: 'segment', segment: id }),
};

function walkSigns(
  condition: Condition,
  isNegated: boolean,
  visit: (leaf: Condition, isNegated: boolean) => void,
): void {
  if (condition.kind === 'all' || condition.kind === 'any') {
    for (const one of condition.of) walkSigns(one, isNegated, visit);
  } else if (condition.kind === 'not') walkSigns(condition.of, !isNegated, visit);
  else visit(condition, isNegated);
}

/** The definition over the columns of its leaves; `flipped` is the leaf that is taken to be otherwise. */
function truth(condition: Condition, columnOf: Leaves['columnOf'], flipped: number | null): Sql {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      if (condition.of.length === 0) return raw(condition.kind === 'all' ? 'true' : 'false');
      const parts = condition.of.map((one) => truth(one, columnOf, flipped));
      return sql`(${join(parts, condition.kind === 'all' ? ' and ' : ' or ')})`;
    }
    case 'not':
      return sql`(not ${truth(condition.of, columnOf, flipped)})`;
    default: {
      const column = columnOf(condition);
      return raw(column === flipped ? `(not x.l${column})` : `x.l${column}`);
    }
  }
}
