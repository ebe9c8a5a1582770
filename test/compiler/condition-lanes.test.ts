/**
 * Conditions over whole lanes, where events are read once for all, against the same conditions asked of each person, which the oracle
 * holds: the same people, the same next change, over random worlds; in turn over some lanes and over all. A twentieth of the cases,
 * unless PROOF is set.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Condition } from '../../engine/compiler/ir.ts';
import { link } from '../../engine/compiler/program.ts';
import {
  membersOverLanes,
  type PeopleArrays,
  pairOverLanes,
  type WhichLanes,
} from '../../engine/compiler/program-sql.ts';
import { laneCount } from '../../engine/profiles/lane-of.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { proofSize } from '../support/proof.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { widePerson } from './oracle-people-wide.ts';
import { type Answer, addPeople, answers, removePeople, workspace } from './oracle-store.ts';
import { conditionOver, segmentNames, worldNow } from './oracle-worlds.ts';
import { wideCondition } from './oracle-worlds-wide.ts';

const program = link(1, [workspace]);
const runs = proofSize(100);
const dayMs = 86_400_000;

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

const world = fc.noBias(
  fc.record({
    people: fc.array(widePerson, { minLength: 6, maxLength: 12, size: 'max' }),
    conditions: fc.array(fc.oneof(conditionOver(segmentNames), wideCondition({ isInside: false })), {
      minLength: 16,
      maxLength: 24,
      size: 'max',
    }),
    time: fc.integer({ min: worldNow - 60 * dayMs, max: worldNow + 45 * dayMs }),
  }),
);

interface FillRow {
  readonly profile_id: number;
  readonly holds: boolean;
  readonly next_change: Date | null;
}

async function filled(condition: Condition, people: PeopleArrays, time: number, which: WhichLanes) {
  const lanes = which === 'all' ? Array.from({ length: laneCount }, (_, lane) => lane) : [...new Set(people.lanes)];
  const pair = pairOverLanes(program, condition, which);
  const rows = await session.query<FillRow>(pair.text, [new Date(time), lanes, ...pair.rest]);
  const members = membersOverLanes(program, condition, which);
  const found = await session.query<FillRow>(members.text, [new Date(time), lanes, ...members.rest]);
  const holders = rows.filter(({ holds }) => holds).map((row) => row.profile_id);
  expect(found.map((row) => row.profile_id).sort()).toEqual(holders.sort());
  return new Map(rows.map((row) => [row.profile_id, row]));
}

function isAs(row: FillRow | undefined, asked: Answer): boolean {
  if (row === undefined) return !asked.holds && asked.nextChange === Number.POSITIVE_INFINITY;
  return row.holds === asked.holds && (row.next_change?.getTime() ?? Number.POSITIVE_INFINITY) === asked.nextChange;
}

test('a fill finds of everybody what is found of each', { timeout: 900_000 }, () =>
  fc.assert(
    fc.asyncProperty(world, async ({ people, conditions, time }) => {
      await removePeople(session);
      const arrays = await addPeople(session, people);
      const asked = (await answers(session, conditions, arrays, [time]))[0] ?? [];
      for (const [c, condition] of conditions.entries()) {
        const rows = await filled(condition, arrays, time, c % 2 === 0 ? 'some' : 'all');
        const wrong = arrays.profiles.filter((profile, p) => !isAs(rows.get(profile), asked[p]?.[c] as Answer));
        expect(wrong, JSON.stringify(condition)).toEqual([]);
      }
    }),
    { seed: 20_261_122, numRuns: runs },
  ),
);
