/**
 * Compiled conditions against the oracle, over random worlds in a real store: the same truth, and a `next_change` that is never
 * late, always ahead, and as tight as the rule of DESIGN makes it. A twentieth of the cases, unless PROOF is set.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Condition } from '../../engine/compiler/ir.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { proofSize } from '../support/proof.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { holds, liveReading, type OraclePerson } from './oracle.ts';
import { countsInMonths, criticalInstants, nextByRule, nextFlip, readsSumInWindow } from './oracle-next-change.ts';
import { type Answer, addPeople, answers, worldZone } from './oracle-store.ts';
import { conditionOver, person, segmentNames, worldNow } from './oracle-worlds.ts';

/** Conditions of a run, on average, are columns of one statement; so many runs make the cases. */
const conditionsARun = 20;
const runs = proofSize(4_000) / conditionsARun;
const dayMs = 86_400_000;

describe('a compiled condition', () => {
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

  // Without bias: fast-check begins with next to nothing in a world, and there are only so many runs.
  const world: fc.Arbitrary<World> = fc.noBias(
    fc.record({
      people: fc.array(person, { minLength: 4, maxLength: 8, size: 'max' }),
      conditions: fc.array(conditionOver(segmentNames), { minLength: 16, maxLength: 24, size: 'max' }),
      picks: fc.array(fc.nat(), { minLength: 2, maxLength: 4 }),
    }),
  );

  function check(seed: number, property: (w: World) => Promise<void>): Promise<void> {
    return fc.assert(fc.asyncProperty(world, property), { seed, numRuns: runs });
  }

  test('is true when the oracle says so, at any time', { timeout: 900_000 }, () =>
    check(20_240_131, async ({ people, conditions, picks }) => {
      const times = [worldNow, ...pickTimes(people, conditions, picks, 0)];
      const found = await answers(session, conditions, await addPeople(session, people), times);
      const wrong = differences(people, conditions, times, (one, condition, t, at) => {
        const said = found[at.time]?.[at.person]?.[at.condition]?.holds;
        return said === holds(condition, one, liveReading(t, worldZone)) ? null : `says ${said}`;
      });
      expect(wrong).toEqual([]);
    }),
  );

  test('has a next change that no change precedes, and the one that the rule for lists gives', {
    timeout: 900_000,
  }, async () => {
    let finite = 0;
    let early = 0;
    await check(20_240_229, async ({ people, conditions, picks }) => {
      const times = [worldNow, ...pickTimes(people, conditions, picks, worldNow)];
      const found = await answers(session, conditions, await addPeople(session, people), times);
      const wrong = differences(people, conditions, times, (one, condition, t, at) => {
        const answer = found[at.time]?.[at.person]?.[at.condition] as Answer;
        const flip = nextFlip(condition, one, t, worldZone);
        if (!readsSumInWindow(condition) && answer.nextChange !== Number.POSITIVE_INFINITY) {
          finite += 1;
          if (answer.nextChange !== flip) early += 1;
        }
        return faultOf(answer, { condition, person: one, t, flip, picks });
      });
      expect(wrong).toEqual([]);
    });
    // Early wake-ups are those that the rule can't tell from true ones: a false child of `all` that turns true beside another.
    expect(finite).toBeGreaterThan(runs * 20);
    expect(early / finite).toBeLessThan(0.3);
  });
});

interface World {
  readonly people: readonly OraclePerson[];
  readonly conditions: readonly Condition[];
  readonly picks: readonly number[];
}

interface Asked {
  readonly condition: Condition;
  readonly person: OraclePerson;
  readonly t: number;
  /** When the oracle sees it change. */
  readonly flip: number;
  readonly picks: readonly number[];
}

/** What is wrong with a next change, or null. */
function faultOf({ nextChange }: Answer, { condition, person: one, t, flip, picks }: Asked): string | null {
  if (nextChange <= t) return 'is not ahead of t';
  if (nextChange > flip) return `comes at ${nextChange}, after the change at ${flip}`;
  const now = holds(condition, one, liveReading(t, worldZone));
  const end = Math.min(nextChange, t + 5 * 365 * dayMs);
  const between = [end - 1, ...picks.map((pick) => t + (pick % (end - t)))];
  const changed = between.find((at) => holds(condition, one, liveReading(at, worldZone)) !== now);
  if (changed !== undefined) return `comes at ${nextChange}, but something changed by ${changed}`;
  if (readsSumInWindow(condition)) return null;
  const rule = nextByRule(condition, one, t, worldZone);
  if (nextChange > rule) return `comes at ${nextChange}, after the rule's ${rule}`;
  // Of events in a window of months, several may leave on one last day of a month, the older after the younger.
  const slack = countsInMonths(condition) ? dayMs : 0;
  return nextChange === rule || nextChange >= rule - slack ? null : `comes at ${nextChange}, before the rule's ${rule}`;
}

/** Times at, before and after what could turn a condition, not before `from`. */
function pickTimes(
  people: readonly OraclePerson[],
  conditions: readonly Condition[],
  picks: readonly number[],
  from: number,
): readonly number[] {
  const critical = people.flatMap((one) =>
    conditions.flatMap((condition) => criticalInstants(condition, one, worldZone)),
  );
  const events = people.flatMap((one) => one.events.map(({ at }) => at));
  const edges = [...new Set([...critical, ...events])].flatMap((at) => [at - 1, at, at + 1]);
  // Not too far ahead: when all windows have emptied, nothing changes any more.
  const near = edges.filter((at) => at >= from && at < worldNow + 45 * dayMs);
  return near.length === 0 ? [] : picks.map((pick) => near[pick % near.length] as number);
}

type Position = { readonly time: number; readonly person: number; readonly condition: number };

/** The first few faults, each with all that is needed to see it. */
function differences(
  people: readonly OraclePerson[],
  conditions: readonly Condition[],
  times: readonly number[],
  fault: (one: OraclePerson, condition: Condition, t: number, at: Position) => string | null,
): readonly string[] {
  const found: string[] = [];
  times.forEach((t, time) => {
    people.forEach((one, p) => {
      conditions.forEach((condition, c) => {
        const wrong = found.length < 3 ? fault(one, condition, t, { time, person: p, condition: c }) : null;
        if (wrong !== null) found.push(`at ${t} ${wrong}: ${JSON.stringify(condition)} of ${JSON.stringify(one)}`);
      });
    });
  });
  return found;
}
