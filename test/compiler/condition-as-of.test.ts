/**
 * Members as of a time, from facts alone, against the oracle: past values of traits, what was consented by then, segments and
 * computed traits from their definitions. At the present time it must agree with the live reading of stored rows.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asOfMembers, definitionsOf } from '../../engine/compiler/as-of.ts';
import type { BundleResource, Condition, EventSelection, TraitBody, ValueType } from '../../engine/compiler/ir.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { proofSize } from '../support/proof.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { asOfReading, computed, holds, type OracleDefinitions, type OraclePerson } from './oracle.ts';
import { widePerson } from './oracle-people-wide.ts';
import { addPeople, answers, removePeople, workspace, worldZone } from './oracle-store.ts';
import { conditionOver, person, segmentNames, selection, valueTypes, worldNow } from './oracle-worlds.ts';
import { wideCondition, wideSelection } from './oracle-worlds-wide.ts';

const conditionsARun = 10;
const runs = proofSize(2_000) / conditionsARun;

function resource<K extends 'trait' | 'segment'>(
  kind: K,
  id: string,
  body: Extract<BundleResource, { readonly kind: K }>['body'],
): BundleResource {
  return { kind, id, digest: id, body, meta: {}, needs: [] } as unknown as BundleResource;
}

function sourced(type: ValueType): TraitBody {
  return { origin: 'sourced', type, values: null, ignore: [] };
}

interface World {
  readonly people: readonly OraclePerson[];
  readonly inner: Condition;
  readonly outer: Condition;
  readonly counted: EventSelection;
  readonly conditions: readonly Condition[];
  readonly pick: number;
}

const computedLeaf: fc.Arbitrary<Condition> = fc.oneof(
  fc
    .integer({ min: 0, max: 4 })
    .map((value): Condition => ({ kind: 'trait', trait: 'orders', type: 'integer', test: { op: 'gte', value } })),
  fc.constantFrom(-5, 0, 5, 10).map(
    (amount): Condition => ({
      kind: 'trait',
      trait: 'spent',
      type: 'money',
      test: { op: 'gte', value: { amount, currency: 'EUR' } },
    }),
  ),
);

const condition = fc.oneof(
  { weight: 5, arbitrary: conditionOver(segmentNames) },
  { weight: 1, arbitrary: computedLeaf },
);

const world: fc.Arbitrary<World> = fc.noBias(
  fc.record({
    people: fc.array(person, { minLength: 3, maxLength: 10, size: 'max' }),
    inner: fc.oneof(conditionOver([]), computedLeaf),
    outer: conditionOver(['inner']),
    counted: selection,
    conditions: fc.array(condition, { minLength: conditionsARun, maxLength: conditionsARun }),
    pick: fc.nat(),
  }),
);

const wideWorld: fc.Arbitrary<World> = fc.noBias(
  fc.record({
    people: fc.array(widePerson, { minLength: 3, maxLength: 8, size: 'max' }),
    inner: wideCondition({ isInside: false }).filter((one) => !JSON.stringify(one).includes('"segment"')),
    outer: conditionOver(['inner']),
    counted: wideSelection({ isInside: false }),
    conditions: fc.array(
      fc.oneof({ weight: 9, arbitrary: wideCondition({ isInside: false }) }, { weight: 1, arbitrary: computedLeaf }),
      {
        minLength: conditionsARun,
        maxLength: conditionsARun,
      },
    ),
    pick: fc.nat(),
  }),
);

function definitionsIn({ inner, outer, counted }: Pick<World, 'inner' | 'outer' | 'counted'>): OracleDefinitions {
  const types = Object.entries(valueTypes).map(([name, type]) => [name, sourced(type)] as const);
  return {
    segments: { inner, outer },
    traits: {
      ...Object.fromEntries(types),
      lines: sourced('list'),
      orders: { origin: 'computed', type: 'integer', definition: { kind: 'count', events: counted } },
      spent: { origin: 'computed', type: 'money', definition: { kind: 'sum', events: counted, unit: 'EUR' } },
    },
  };
}

function resourcesOf({ segments, traits }: OracleDefinitions): readonly BundleResource[] {
  return [
    workspace,
    ...Object.entries(traits).map(([name, body]) => resource('trait', name, body)),
    ...Object.entries(segments).map(([id, where]) => resource('segment', id, { where })),
  ];
}

/** An instant at which something was said or done, or the one before or after it. */
function pastTime(people: readonly OraclePerson[], pick: number): number {
  const facts = people.flatMap((one) => [...one.events, ...one.observations, ...one.consents].map(({ at }) => at));
  return (facts[pick % Math.max(1, facts.length)] ?? worldNow) + (pick % 3) - 1;
}

describe('the members as of a time', () => {
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

  async function members(resources: readonly BundleResource[], where: Condition, at: number): Promise<number[]> {
    const { text, values } = asOfMembers(resources, where, new Date(at));
    const rows = await session.query<{ profile_id: number }>(text, values);
    return rows.map((row) => row.profile_id);
  }

  test('are those of the oracle, then and now, and now those of the live reading', { timeout: 900_000 }, () =>
    fc.assert(
      fc.asyncProperty(world, async (one) => {
        await removePeople(session);
        const definitions = definitionsIn(one);
        const resources = resourcesOf(definitions);
        const nowReading = asOfReading(worldNow, worldZone, definitions);
        // What the lanes would have stored by now.
        const people = one.people.map((human) => ({
          ...human,
          segments: segmentNames.filter((id) => holds(definitions.segments[id] as Condition, human, nowReading)),
        }));
        const traits = people.map((human) => {
          const read = { events: one.counted };
          return {
            orders: computed({ kind: 'count', ...read }, human, nowReading),
            spent: computed({ kind: 'sum', unit: 'EUR', ...read }, human, nowReading),
          };
        });
        const { lanes, profiles } = await addPeople(session, people, traits);
        const [live] = await answers(session, one.conditions, { lanes, profiles }, [worldNow]);
        const then = pastTime(people, one.pick);
        for (const [c, where] of one.conditions.entries()) {
          const expected = (t: number) => {
            const reading = asOfReading(t, worldZone, definitions);
            return profiles.filter((_, p) => holds(where, people[p] as OraclePerson, reading));
          };
          const label = JSON.stringify(where);
          expect(await members(resources, where, then), `${label} at ${then}`).toEqual(expected(then));
          const now = await members(resources, where, worldNow);
          expect(now, label).toEqual(expected(worldNow));
          expect(
            profiles.filter((_, p) => live?.[p]?.[c]?.holds),
            `${label}, live`,
          ).toEqual(now);
        }
      }),
      { seed: 19_980_630, numRuns: runs },
    ),
  );

  test('are those of the oracle for conditions of every form, too', { timeout: 900_000 }, () =>
    fc.assert(
      fc.asyncProperty(wideWorld, async ({ people, conditions, inner, outer, counted, pick }) => {
        await removePeople(session);
        const definitions = definitionsIn({ inner, outer, counted });
        const resources = resourcesOf(definitions);
        const { profiles } = await addPeople(session, people);
        for (const t of [pastTime(people, pick), worldNow]) {
          const reading = asOfReading(t, worldZone, definitions);
          for (const where of conditions) {
            const expected = profiles.filter((_, p) => holds(where, people[p] as OraclePerson, reading));
            expect(await members(resources, where, t), `${JSON.stringify(where)} at ${t}`).toEqual(expected);
          }
        }
      }),
      { seed: 19_980_701, numRuns: runs },
    ),
  );

  test('leave out who was merged into another', async () => {
    await removePeople(session);
    const { profiles } = await addPeople(session, [nobody, nobody]);
    await session.query('update profile set merged_into = $1 where profile_id = $2', [profiles[0], profiles[1]]);
    expect(await members([workspace], { kind: 'all', of: [] }, worldNow)).toEqual([profiles[0]]);
  });

  test('read the value that a trait had then, and no value before the first', async () => {
    await removePeople(session);
    const said = (at: string, value: string) => ({ trait: 'stage', at: Date.parse(at), value });
    const observations = [said('2024-01-01T00:00:00Z', 'lead'), said('2024-03-01T00:00:00Z', 'client')];
    const { profiles } = await addPeople(session, [{ ...nobody, observations }]);
    const resources = [workspace, resource('trait', 'stage', sourced('text'))];
    const isStage = (value: string): Condition => ({
      kind: 'trait',
      trait: 'stage',
      type: 'text',
      test: { op: 'is', value },
    });
    const at = (text: string, value: string) => members(resources, isStage(value), Date.parse(text));
    expect(await at('2023-12-31T23:59:59.999Z', 'lead')).toEqual([]);
    expect(await at('2024-01-01T00:00:00Z', 'lead')).toEqual(profiles);
    expect(await at('2024-02-29T23:59:59.999Z', 'lead')).toEqual(profiles);
    expect(await at('2024-03-01T00:00:00Z', 'lead')).toEqual([]);
    expect(await at('2024-03-01T00:00:00Z', 'client')).toEqual(profiles);
  });

  test('read the consent that was given by then, and a refusal that outweighs it', async () => {
    await removePeople(session);
    const said = (at: string, channel: string, state: 'granted' | 'denied') => ({
      purpose: 'marketing',
      channel,
      state,
      at: Date.parse(at),
    });
    const consents = [said('2024-01-01', 'email', 'granted'), said('2024-02-01', '*', 'denied')];
    const { profiles } = await addPeople(session, [{ ...nobody, consents }]);
    const states = async (text: string) => {
      const found: string[] = [];
      for (const is of ['granted', 'denied', 'unknown'] as const) {
        const where: Condition = { kind: 'consent', purpose: 'marketing', channel: 'email', is };
        if ((await members([workspace], where, Date.parse(text))).length === profiles.length) found.push(is);
      }
      return found;
    };
    expect(await states('2023-12-31')).toEqual(['unknown']);
    expect(await states('2024-01-31')).toEqual(['granted']);
    expect(await states('2024-02-01')).toEqual(['denied']);
  });
});

const nobody: OraclePerson = { zone: null, observations: [], events: [], consents: [], segments: [] };

describe('the definitions of a bundle', () => {
  test('know the traits that every person may have', () => {
    const { trait } = definitionsOf([workspace]);
    expect(['zone', 'locale', 'email', 'first_seen_at'].map((name) => trait(name).type)).toEqual([
      'text',
      'text',
      'text',
      'datetime',
    ]);
  });

  test('take no trait from the names that every object has', () => {
    const body: TraitBody = {
      origin: 'computed',
      type: 'integer',
      definition: { kind: 'count', events: { types: ['viewed'], where: [], window: { kind: 'ever' } } },
    };
    expect(definitionsOf([workspace, resource('trait', 'constructor', body)]).trait('constructor')).toEqual(body);
    expect(() => definitionsOf([workspace]).trait('constructor')).toThrow('the bundle has no trait/constructor');
  });
});
