/**
 * Computed traits against the oracle: live, with what they read as it is stored, and as of a time, with all of it worked out; and no
 * value changes before the time that it came with.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asOfMembers } from '../../engine/compiler/as-of.ts';
import type {
  BundleResource,
  Formula,
  TraitBody,
  TraitDefinition,
  Value,
  ValueType,
} from '../../engine/compiler/ir.ts';
import { type LinkedTrait, link } from '../../engine/compiler/program.ts';
import { forPeople, traitsOverLanes, traitsOverPeople } from '../../engine/compiler/program-sql.ts';
import { laneCount } from '../../engine/profiles/lane-of.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { proofSize } from '../support/proof.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { asOfReading, liveReading, type OraclePerson, type OracleReading } from './oracle.ts';
import { widePerson } from './oracle-people-wide.ts';
import { addPeople, removePeople, workspace, worldZone } from './oracle-store.ts';
import { computedValue } from './oracle-traits.ts';
import { names, valueTypes, worldNow } from './oracle-worlds.ts';
import { wideCondition, wideSelection } from './oracle-worlds-wide.ts';

const ground = { isInside: false };
const traitsARun = 8;
const runs = Math.ceil(proofSize(2_000) / traitsARun);

type Computed = Extract<TraitBody, { readonly origin: 'computed' }>;

const property = fc.constantFrom(...names);
const numeric: readonly string[] = ['an_integer', 'a_number', 'money'];
const ordered: readonly string[] = [...numeric, 'a_date', 'a_datetime'];

function computedBody(type: ValueType, definition: fc.Arbitrary<TraitDefinition>): fc.Arbitrary<Computed> {
  return definition.map((one) => ({ origin: 'computed', type, definition: one }));
}

const selection = wideSelection(ground);

const fromEvents: fc.Arbitrary<Computed> = fc.oneof(
  computedBody('integer', fc.record({ kind: fc.constant('count'), events: selection })),
  computedBody('money', fc.record({ kind: fc.constant('sum'), events: selection, unit: fc.constant('EUR') })),
  computedBody('integer', fc.record({ kind: fc.constant('sum'), events: selection, unit: fc.constant(null) })),
  computedBody(
    'integer',
    fc.record({ kind: fc.constant('days_since'), of: fc.constantFrom('first', 'last'), events: selection }),
  ),
  property.chain((of) => {
    const type = valueTypes[of] as ValueType;
    return computedBody(
      'integer',
      fc.record({ kind: fc.constant('distinct'), events: selection, of: fc.constant(of), type: fc.constant(type) }),
    );
  }),
  fc.constantFrom(...numeric).chain((of) => {
    const type = valueTypes[of] as ValueType;
    const kind = fc.constantFrom('avg' as const, 'min' as const, 'max' as const);
    const unit = fc.constant(type === 'money' ? 'EUR' : null);
    return computedBody(
      type,
      fc.record({ kind, events: selection, of: fc.constant(of), type: fc.constant(type), unit }),
    );
  }),
  fc.oneof(property, fc.constant(null)).chain((of) => {
    const type = of === null ? 'datetime' : (valueTypes[of] as ValueType);
    const kind = fc.constantFrom('first' as const, 'last' as const);
    return computedBody(type, fc.record({ kind, events: selection, of: fc.constant(of), type: fc.constant(type) }));
  }),
  fc.oneof(property, fc.constant('local_hour')).chain((of) => {
    const type = valueTypes[of] ?? 'text';
    const atLeast = fc.constantFrom(1, 1, 2, 3);
    return computedBody(
      type,
      fc.record({ kind: fc.constant('top'), events: selection, of: fc.constant(of), type: fc.constant(type), atLeast }),
    );
  }),
);

const label = fc.constantFrom('low', 'middle', 'high', 'top');

const fromConditions: fc.Arbitrary<Computed> = fc.oneof(
  computedBody(
    'integer',
    fc.record({
      kind: fc.constant('score'),
      of: fc.array(fc.record({ add: fc.integer({ min: -50, max: 50 }), if: wideCondition(ground) }), {
        minLength: 1,
        maxLength: 4,
      }),
      clamp: fc.constantFrom(null, { low: 0, high: 40 }),
    }),
  ),
  computedBody(
    'enum',
    fc.record({
      kind: fc.constant('cases'),
      cases: fc.array(fc.record({ is: label, if: wideCondition(ground) }), { minLength: 1, maxLength: 4 }),
      otherwise: fc.constantFrom(null, 'other'),
    }),
  ),
);

/** Money where the language says so: sums of money, products with numbers. */
const moneyFormula: fc.Arbitrary<Formula> = fc.letrec<{ money: Formula; number: Formula }>((tie) => ({
  money: fc.oneof(
    { maxDepth: 3 },
    fc.constant({ kind: 'trait' as const, trait: 'money' }),
    fc.record({ kind: fc.constantFrom('+' as const, '-' as const), left: tie('money'), right: tie('money') }),
    fc.record({ kind: fc.constantFrom('*' as const, '/' as const), left: tie('money'), right: tie('number') }),
  ),
  number: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(-2, 0, 0.32, 1, 3, 12).map((value): Formula => ({ kind: 'number', value })),
    fc.constantFrom('an_integer', 'a_number').map((trait): Formula => ({ kind: 'trait', trait })),
    fc.record({
      kind: fc.constantFrom('+' as const, '-' as const, '*' as const, '/' as const),
      left: tie('number'),
      right: tie('number'),
    }),
    fc.record({ kind: fc.constant('/' as const), left: tie('money'), right: tie('money') }),
  ),
})).money;
const numberFormula = moneyFormula.map(
  (left): Formula => ({ kind: '/', left, right: { kind: 'trait', trait: 'money' } }),
);

const missing = fc.constantFrom<Readonly<Record<string, number>>[]>(
  {},
  { a_number: 0.5 },
  { an_integer: 3, money: 250 },
);

const fromTraits: fc.Arbitrary<Computed> = fc.oneof(
  computedBody('money', fc.record({ kind: fc.constant('formula'), formula: moneyFormula, missing })),
  computedBody('number', fc.record({ kind: fc.constant('formula'), formula: numberFormula, missing })),
  fc
    .shuffledSubarray([...names], { minLength: 1, maxLength: 3 })
    .map((traits): Computed => ({ origin: 'computed', type: 'text', definition: { kind: 'coalesce', traits } })),
  fc
    .tuple(
      fc.constantFrom(...ordered),
      fc.uniqueArray(fc.constantFrom(-1, 0, 1, 2, 500, 501, 19_800), { minLength: 1, maxLength: 4 }),
    )
    .map(([of, bounds]): Computed => {
      const rising = [...bounds].sort((a, b) => a - b);
      const from = rising.map((bound, i) => ({
        label: `from ${i}`,
        bound: of === 'money' ? { amount: bound, currency: 'NGN' } : bound,
      }));
      return { origin: 'computed', type: 'enum', definition: { kind: 'bands', of, below: 'below', from } };
    }),
);

const world = fc.noBias(
  fc.record({
    people: fc.array(widePerson, { minLength: 3, maxLength: 6, size: 'max' }),
    traits: fc.array(fc.oneof(fromEvents, fromConditions, fromTraits), {
      minLength: traitsARun,
      maxLength: traitsARun,
    }),
    pick: fc.nat(),
  }),
);

function resource<K extends 'trait' | 'segment'>(
  kind: K,
  id: string,
  body: Extract<BundleResource, { readonly kind: K }>['body'],
): BundleResource {
  return { kind, id, digest: id, body, meta: {}, needs: [] } as unknown as BundleResource;
}

const sourced: Readonly<Record<string, TraitBody>> = Object.fromEntries(
  [...Object.entries(valueTypes), ['lines', 'list'] as const].map(([name, type]) => [
    name,
    { origin: 'sourced', type: type as ValueType, values: null, ignore: [] },
  ]),
);
const nobodyIn = { kind: 'any', of: [] } as const;
const base: readonly BundleResource[] = [
  workspace,
  ...Object.entries(sourced).map(([name, body]) => resource('trait', name, body)),
  ...['inner', 'outer'].map((id) => resource('segment', id, { where: nobodyIn })),
];

function valueFor(person: OraclePerson, body: Computed, reading: OracleReading): Value | null {
  const typeOf = (name: string) => (sourced[name] as TraitBody).type;
  return computedValue(body, { person, reading, currency: 'EUR', typeOf });
}

/** The compiler computes in decimals and ends in a double; the oracle in fractions. */
function rough(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(12));
  return value;
}

/** A row of a statement over whole lanes: v0, n0, v1 … */
type LaneRow = Readonly<Record<string, unknown>> & { readonly profile_id: number };

describe('a computed trait', () => {
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

  test('has the value of the oracle now and later, and keeps it until its time', { timeout: 900_000 }, () =>
    fc.assert(
      fc.asyncProperty(world, async ({ people: humans, traits }) => {
        await removePeople(session);
        const people = humans.map((human) => ({ ...human, segments: [] }));
        const arrays = await addPeople(session, people);
        const program = link(1, [...base, ...traits.map((body, i) => resource('trait', `t${i}`, body))]);
        const linked = traits.map((_, i) => program.computedTraits.find(({ name }) => name === `t${i}`) as LinkedTrait);
        const statement = traitsOverPeople(program, linked);
        // In turn over some lanes and over all.
        const which = traits.length % 2 === 0 ? 'some' : 'all';
        const overLanes = traitsOverLanes(program, [linked], which);
        const lanes = which === 'some' ? [...new Set(arrays.lanes)] : Array.from({ length: laneCount }, (_, n) => n);
        for (const later of [0, 1, 40, 400]) {
          const t = worldNow + later * 86_400_000;
          const { text, values } = forPeople(statement, new Date(t), arrays);
          const rows = await session.query<Record<string, unknown> & { i: number }>(text, values);
          // Whole lanes are asked once: what their statement reads in another way doesn't depend on the time.
          const ofLanes =
            later > 0 ? [] : await session.query<LaneRow>(overLanes.text, [new Date(t), lanes, ...overLanes.rest]);
          const byPlace = new Map(ofLanes.map((one) => [one.profile_id, one]));
          for (const row of rows) {
            const person = people[row.i - 1] as OraclePerson;
            for (const n of later > 0 ? [] : traits.keys()) {
              const filled = byPlace.get(arrays.profiles[row.i - 1] as number);
              expect([filled?.[`v${n}`], filled?.[`n${n}`]], JSON.stringify(traits[n])).toEqual([
                row[`v${n}`],
                row[`n${n}`],
              ]);
            }
            for (const [n, body] of traits.entries()) {
              const found = row[`v${n}`];
              const until = row[`n${n}`] as Date | null;
              const at = (time: number) => rough(valueFor(person, body, liveReading(time, worldZone)));
              const said = `${JSON.stringify(body)} at ${new Date(t).toISOString()} until ${until?.toISOString()}`;
              expect(rough(found), said).toEqual(at(t));
              expect(until === null || until.getTime() > t, said).toBe(true);
              expect(until === null || statement.timed[n], said).toBe(true);
              const end = until?.getTime() ?? t + 6e11;
              for (const share of [0.3, 0.7]) expect(at(Math.floor(t + (end - t) * share)), said).toEqual(at(t));
              expect(at(end - 1), said).toEqual(at(t));
            }
          }
        }
      }),
      { seed: 19_980_702, numRuns: runs },
    ),
  );

  test('as of a time is what the facts up to then say', { timeout: 900_000 }, () =>
    fc.assert(
      fc.asyncProperty(world, async ({ people: humans, traits, pick }) => {
        await removePeople(session);
        const people = humans.map((human) => ({ ...human, segments: [] }));
        const { profiles } = await addPeople(session, people);
        const resources = [...base, ...traits.map((body, i) => resource('trait', `t${i}`, body))];
        const t = worldNow - (pick % 60) * 86_400_000;
        const definitions = { traits: sourced, segments: { inner: nobodyIn, outer: nobodyIn } };
        const reading = asOfReading(t, worldZone, definitions);
        for (const [n, body] of traits.entries()) {
          const expected = people.map((person) => valueFor(person, body, reading));
          const [some] = expected.filter((value) => value !== null && typeof value !== 'object');
          const trait = `t${n}`;
          const known = { kind: 'trait', trait, type: body.type, test: { op: 'exists' } } as const;
          const found = async (where: Parameters<typeof asOfMembers>[1]) => {
            const { text, values } = asOfMembers(resources, where, new Date(t));
            return (await session.query<{ profile_id: number }>(text, values)).map((row) => row.profile_id);
          };
          // A type that isn't the value's own, as of a coalesce of several, has no value.
          if (body.definition.kind === 'coalesce') continue;
          const said = `${JSON.stringify(body)} at ${new Date(t).toISOString()}`;
          expect(await found(known), said).toEqual(profiles.filter((_, p) => expected[p] !== null));
          if (some === undefined || body.definition.kind === 'formula') continue;
          const is = { ...known, test: { op: 'is', value: some } } as const;
          expect(await found(is), said).toEqual(profiles.filter((_, p) => expected[p] === some));
        }
      }),
      { seed: 19_980_703, numRuns: runs },
    ),
  );
});
