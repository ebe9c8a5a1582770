/**
 * Conditions of every form against the oracle, over random worlds in a real store: the same truth at any time, and a `next_change`
 * that is always ahead and never late. Outside and inside enrollments. A twentieth of the cases, unless PROOF is set.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Condition } from '../../engine/compiler/ir.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { proofSize } from '../support/proof.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { holds, liveReading, type OraclePerson, type OracleReading } from './oracle.ts';
import { atTime, nextTurn, turningInstants } from './oracle-instants.ts';
import { widePerson } from './oracle-people-wide.ts';
import { type Answer, addPeople, answers, enrolledAnswers, worldZone } from './oracle-store.ts';
import { worldNow } from './oracle-worlds.ts';
import { wideCondition } from './oracle-worlds-wide.ts';

/** Conditions of a run, on average, are columns of one statement; so many runs make the cases. */
const conditionsARun = 20;
const dayMs = 86_400_000;

interface World {
  readonly people: readonly OraclePerson[];
  readonly conditions: readonly Condition[];
  readonly picks: readonly number[];
}

function worldOf(isInside: boolean): fc.Arbitrary<World> {
  return fc.noBias(
    fc.record({
      people: fc.array(widePerson, { minLength: 4, maxLength: 8, size: 'max' }),
      conditions: fc.array(wideCondition({ isInside }), { minLength: 16, maxLength: 24, size: 'max' }),
      picks: fc.array(fc.nat(), { minLength: 3, maxLength: 4 }),
    }),
  );
}

/** One condition asked of one person (or of one of his enrollments). */
interface Asked {
  readonly condition: Condition;
  readonly person: OraclePerson;
  readonly reading: OracleReading;
  readonly picks: readonly number[];
}

/** What is wrong with an answer, or null. Facts all lie before now, so only from then on the next change is known. */
function faultOf({ holds: said, nextChange }: Answer, { condition, person, reading, picks }: Asked): string | null {
  const { t } = reading;
  const truth = holds(condition, person, reading);
  if (said !== truth) return `says ${said}`;
  if (nextChange <= t) return `changes next at ${nextChange}, which is not ahead`;
  if (t < worldNow) return null;
  const turn = nextTurn(condition, person, reading);
  if (nextChange > turn) return `changes next at ${nextChange}, after the change at ${turn}`;
  const end = Math.min(nextChange, t + 5 * 365 * dayMs);
  const between = [end - 1, ...picks.map((pick) => t + (pick % (end - t)))];
  const changed = between.find((at) => holds(condition, person, atTime(reading, at)) !== truth);
  return changed === undefined ? null : `changes next at ${nextChange}, but something changed by ${changed}`;
}

/** Now, and times at, before and after what could turn a condition. */
function timesOf({ people, conditions, picks }: World): readonly number[] {
  const reading = { ...liveReading(worldNow, worldZone), enrollment: bare };
  const near = people
    .flatMap((one) => conditions.flatMap((condition) => turningInstants(condition, one, reading)))
    .filter((at) => at > worldNow - 120 * dayMs && at < worldNow + 45 * dayMs);
  if (near.length === 0) return [worldNow];
  return [worldNow, ...picks.map((pick) => (near[pick % near.length] as number) + (pick % 3) - 1)];
}

const bare = {
  ...{ journey: '', key: '', n: 0, entered: 0, exited: null, as: null },
  ...{ stepSince: 0, marks: {}, entry: {} },
};

describe('a compiled condition of any form', () => {
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

  test('is true when the oracle says so, and changes no sooner than it says', { timeout: 1_800_000 }, async () => {
    let held = 0;
    let asked = 0;
    const property = fc.asyncProperty(worldOf(false), async (world) => {
      const { people, conditions, picks } = world;
      const times = timesOf(world);
      const found = await answers(session, conditions, await addPeople(session, people), times);
      const wrong: string[] = [];
      times.forEach((t, at) => {
        people.forEach((person, p) => {
          conditions.forEach((condition, c) => {
            const answer = found[at]?.[p]?.[c] as Answer;
            asked += 1;
            if (answer.holds) held += 1;
            const fault =
              wrong.length < 3
                ? faultOf(answer, { condition, person, reading: liveReading(t, worldZone), picks })
                : null;
            if (fault !== null)
              wrong.push(`at ${t} ${fault}: ${JSON.stringify(condition)} of ${JSON.stringify(person)}`);
          });
        });
      });
      expect(wrong).toEqual([]);
    });
    await fc.assert(property, { seed: 20_261_122, numRuns: Math.ceil(proofSize(6_000) / conditionsARun) });
    // A world in which little holds would prove little.
    expect(held / asked).toBeGreaterThan(0.15);
  });

  test('is so inside enrollments, too, which see their own past', { timeout: 1_800_000 }, async () => {
    const property = fc.asyncProperty(worldOf(true), async (world) => {
      const { people, conditions, picks } = world;
      const times = timesOf(world);
      const arrays = await addPeople(session, people);
      const found = await enrolledAnswers(session, conditions, { ...arrays, people }, times);
      const wrong: string[] = [];
      times.forEach((t, at) => {
        people.forEach((person, p) => {
          (person.enrollments ?? []).forEach((enrollment, e) => {
            conditions.forEach((condition, c) => {
              const answer = found[at]?.[p]?.[e]?.[c] as Answer;
              const reading = liveReading(t, worldZone, enrollment);
              const fault = wrong.length < 3 ? faultOf(answer, { condition, person, reading, picks }) : null;
              const inside = `${JSON.stringify(enrollment)} of ${JSON.stringify(person)}`;
              if (fault !== null) wrong.push(`at ${t} ${fault}: ${JSON.stringify(condition)} in ${inside}`);
            });
          });
        });
      });
      expect(wrong).toEqual([]);
    });
    await fc.assert(property, { seed: 20_261_123, numRuns: Math.ceil(proofSize(2_000) / conditionsARun) });
  });
});
