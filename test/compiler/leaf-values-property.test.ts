/**
 * Explanations of conditions of every form against the oracle, over random worlds: each part of the tree holds as the oracle says, what a
 * counting leaf found passes its test exactly when it holds, and leaves counted over lanes come to the members that there are.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { definitionsOf } from '../../engine/compiler/as-of.ts';
import { type ConditionNode, conditionTree } from '../../engine/compiler/condition-tree.ts';
import type { Condition, CountTest } from '../../engine/compiler/ir.ts';
import { leafValues } from '../../engine/compiler/leaf-values.ts';
import { reasonsOf, reasonsOverLanes } from '../../engine/compiler/reasons-sql.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { proofSize } from '../support/proof.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { holds, liveReading } from './oracle.ts';
import { widePerson } from './oracle-people-wide.ts';
import { addPeople, removePeople, workspace, worldZone } from './oracle-store.ts';
import { worldNow } from './oracle-worlds.ts';
import { wideCondition } from './oracle-worlds-wide.ts';

const house = definitionsOf([workspace]);
const reading = liveReading(worldNow, worldZone);
const at = new Date(worldNow);
const runs = proofSize(300);

const worlds = fc.noBias(
  fc.record({
    people: fc.array(widePerson, { minLength: 3, maxLength: 6 }),
    conditions: fc.array(wideCondition({ isInside: false }), { minLength: 6, maxLength: 10 }),
  }),
);

function nodesOf(node: ConditionNode): readonly ConditionNode[] {
  return [node, ...node.of.flatMap(nodesOf)];
}

function passes(value: number | null, test: CountTest): boolean {
  if (value === null) return false;
  if (test.op === 'between') return value >= test.low && value <= test.high;
  if (test.op === 'is') return value === test.value;
  return { gt: value > test.value, gte: value >= test.value, lt: value < test.value, lte: value <= test.value }[
    test.op
  ];
}

const counting = new Set<Condition['kind']>(['count', 'sum', 'aggregate', 'entity', 'messages']);

describe('an explanation of conditions of any form', () => {
  let store: TestStore;
  let session: OwnSession;
  beforeAll(async () => {
    store = await testStore();
    session = await store.session({ jit: 'off' });
  });
  afterAll(async () => {
    await session.close();
    await store.drop();
  });

  test('agrees with the oracle in each of its parts', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async ({ people, conditions }) => {
        await removePeople(session);
        const { lanes, profiles } = await addPeople(session, people);
        const all: Condition = { kind: 'all', of: conditions };
        const tree = conditionTree(all, { depth: 0, segment: (segment) => ({ kind: 'segment', segment }) });
        for (const [i, person] of people.entries()) {
          const one = { lane: lanes[i] as number, profileId: profiles[i] as number, at };
          const { text, values } = leafValues(tree, house, one);
          const [row] = await session.query<Record<string, unknown>>(text, values);
          for (const { column, condition } of nodesOf(tree.root)) {
            const truth = holds(condition, person, reading);
            expect({ condition, holds: row?.[`h${column}`] }).toEqual({ condition, holds: truth });
            if (!counting.has(condition.kind) || !('test' in condition)) continue;
            const found = {
              condition,
              passes: passes(row?.[`v${column}`] as number | null, condition.test as CountTest),
            };
            expect(found).toEqual({ condition, passes: truth });
          }
        }
        for (const where of conditions) {
          if (reasonsOf(where) === null) continue;
          const { text, values } = reasonsOverLanes(where, house, [lanes[0] as number], at);
          const [row] = await session.query<Record<string, number>>(text, values);
          const members = people.filter((person) => holds(where, person, reading)).length;
          expect({ where, ...row }).toMatchObject({ where, people: people.length, members });
        }
      }),
      { seed: 1, numRuns: runs },
    );
  }, 600_000);
});
