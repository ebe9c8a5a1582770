/**
 * Why one person is in a segment or out of it: the definition as a tree, what each leaf found, whether it holds and when it may turn by
 * time alone. Read by the same compiled SQL that decides; nothing is written.
 */
import { definitionsOf } from '../../compiler/as-of.ts';
import { type ConditionNode, conditionTree } from '../../compiler/condition-tree.ts';
import type { BundleResource, Condition } from '../../compiler/ir.ts';
import { leafValues } from '../../compiler/leaf-values.ts';
import type { OwnSession } from '../../store/session.ts';
import {
  countWaitingFacts,
  type PersonKey,
  selectLaneRevision,
  selectLeafValues,
  selectMembership,
} from './queries.ts';

export interface ExplainedNode {
  readonly condition: Condition;
  readonly holds: boolean;
  /** Null: never by time alone. */
  readonly nextChange: Date | null;
  /** What a leaf found, in its stored form; null: nothing. */
  readonly value: unknown;
  /** Since when, or when the last of it happened. */
  readonly at: Date | null;
  readonly of: readonly ExplainedNode[];
}

export interface MembershipExplanation {
  readonly key: PersonKey;
  readonly segment: string;
  readonly at: Date;
  /** As the engine keeps it; `since` null: no member. */
  readonly since: Date | null;
  /** The revision under which the person's lane keeps memberships: behind the live one, it is still being filled. */
  readonly laneRevision: number;
  /** Facts of the person that nobody has taken yet: the engine's answer may change with them. */
  readonly waitingFacts: number;
  readonly tree: ExplainedNode;
}

export interface MembershipRequest {
  readonly resources: readonly BundleResource[];
  readonly segment: string;
  readonly at: Date;
  /** Levels of nested segments that are opened. */
  readonly depth: number;
}

/** The explanation in one snapshot, or null when there is no such profile. The segment must be among the resources. */
export function explainMembership(
  session: OwnSession,
  key: PersonKey,
  { resources, segment, at, depth }: MembershipRequest,
): Promise<MembershipExplanation | null> {
  const definitions = definitionsOf(resources);
  const tree = conditionTree(definitions.segment(segment), { segment: (id) => definitions.segment(id), depth });
  return session.transaction(
    async (inner) => {
      const row = await selectLeafValues(inner, leafValues(tree, definitions, { ...key, at }));
      if (row === null) return null;
      return {
        ...{ key, segment, at },
        since: await selectMembership(inner, key, segment),
        laneRevision: await selectLaneRevision(inner, key.lane),
        waitingFacts: await countWaitingFacts(inner, key),
        tree: explained(tree.root, row),
      };
    },
    { readOnly: true },
  );
}

function explained({ column, condition, of }: ConditionNode, row: Readonly<Record<string, unknown>>): ExplainedNode {
  return {
    condition,
    holds: row[`h${column}`] === true,
    nextChange: row[`n${column}`] as Date | null,
    value: row[`v${column}`] ?? null,
    at: row[`a${column}`] as Date | null,
    of: of.map((one) => explained(one, row)),
  };
}
