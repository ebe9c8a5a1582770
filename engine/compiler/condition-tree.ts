/**
 * A condition as a numbered tree, for people who ask why: each node with its place under `not`, nested segments opened as far as is
 * asked. Pure data; `leaf-values.ts` and `reasons-sql.ts` make statements of it.
 */
import { canonicalJson } from './canonical.ts';
import type { Condition } from './ir.ts';

export interface ConditionNode {
  /** Its column in statements; equal conditions share one. */
  readonly column: number;
  readonly condition: Condition;
  /** The parts of `all`, `any` and `not`; of a segment its definition, where it is opened. */
  readonly of: readonly ConditionNode[];
}

export interface ConditionTree {
  readonly root: ConditionNode;
  /** The different conditions of the tree, by column. */
  readonly conditions: readonly Condition[];
}

export interface Opening {
  /** The definition of a segment. */
  segment(id: string): Condition;
  /** How many levels of nested segments are opened; 0: none. */
  readonly depth: number;
}

/** The tree of a condition. References between segments have no cycles, so that it ends at any depth. */
export function conditionTree(condition: Condition, opening: Opening): ConditionTree {
  const columns = new Map<string, number>();
  const conditions: Condition[] = [];
  const columnOf = (one: Condition): number => {
    const key = canonicalJson(one);
    const known = columns.get(key);
    if (known !== undefined) return known;
    columns.set(key, conditions.length);
    return conditions.push(one) - 1;
  };
  const nodeOf = (one: Condition, depth: number): ConditionNode => ({
    column: columnOf(one),
    condition: one,
    of: partsOf(one, depth, opening).map((part) => nodeOf(part, one.kind === 'segment' ? depth - 1 : depth)),
  });
  const root = nodeOf(condition, opening.depth);
  return { root, conditions };
}

function partsOf(condition: Condition, depth: number, opening: Opening): readonly Condition[] {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.of;
    case 'not':
      return [condition.of];
    case 'segment':
      return depth > 0 ? [opening.segment(condition.segment)] : [];
    default:
      return [];
  }
}
