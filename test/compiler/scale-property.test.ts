/** Scales made in SQL against those made of the same values in memory, which know nothing of each other. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Scaled, scaleOver } from '../../engine/compiler/scale-sql.ts';
import { param, render, sql } from '../../engine/compiler/sql.ts';
import { quantileBounds, shareBounds } from '../../engine/measure/statistics/bounds.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { proofSize } from '../support/proof.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

const runs = proofSize(5_000);

let store: TestStore;
let session: OwnSession;
beforeAll(async () => {
  store = await testStore();
  session = await store.session();
});
afterAll(async () => {
  await session.close();
  await store.drop();
});

interface Scale {
  readonly bounds: readonly { readonly part: number; readonly bound: number }[];
  readonly people: number;
}

async function scaleOf(definition: Scaled, values: readonly number[]): Promise<Scale> {
  const ranked = sql`select u.value from unnest(${param(values)}::numeric[]) u(value)`;
  const { text, values: params } = render(scaleOver(definition, ranked));
  return (await session.query<Scale>(text, params))[0] as Scale;
}

/** By part from the second on, the bound from which on it or a better one is reached; those that nobody reaches are left out. */
function reached({ bounds }: Scale, parts: number): readonly number[] {
  return Array.from({ length: parts - 1 }, (_, i) => bounds.find(({ part, bound }) => part >= i + 2 && bound !== null))
    .filter((one) => one !== undefined)
    .map(({ bound }) => bound);
}

const values = fc.array(fc.constantFrom(-3, 0, 1, 2, 2.5, 7, 100, 1e6), { maxLength: 30 });
const common = { of: 'value', among: null, refresh: '0 3 * * *' } as const;
const grouped = (list: readonly number[]) => list.map((value) => ({ value, people: 1 }));

test('quantiles are bounded alike', { timeout: 600_000 }, () =>
  fc.assert(
    fc.asyncProperty(values, fc.integer({ min: 2, max: 7 }), fc.boolean(), async (list, parts, isLowest) => {
      const best = isLowest ? 'lowest' : 'highest';
      const scale = await scaleOf({ kind: 'quantile', parts, best, ...common }, list);
      expect(scale.people).toBe(list.length);
      expect(reached(scale, parts)).toEqual(quantileBounds(grouped(list), parts, best));
    }),
    { seed: 20_260_601, numRuns: runs },
  ),
);

const shares = fc
  .array(fc.integer({ min: 0, max: 10 }), { minLength: 2, maxLength: 5 })
  .filter((list) => list.some((one) => one > 0))
  .map((list) => {
    const sum = list.reduce((all, one) => all + one, 0);
    const parts = list.map((one) => Math.floor((one * 10_000) / sum) * 100);
    const rest = 1_000_000 - parts.reduce((all, one) => all + one, 0);
    return parts.map((one, i) => (i === 0 ? one + rest : one));
  });

test('classes by share are bounded alike', { timeout: 600_000 }, () =>
  fc.assert(
    fc.asyncProperty(values, shares, async (list, parts) => {
      const classes = parts.map((share, i) => ({ is: `c${i}`, share }));
      const scale = await scaleOf({ kind: 'shares', classes, ...common }, list);
      expect(scale.people).toBe(list.length);
      expect(scale.bounds.map(({ bound }) => bound)).toEqual(
        shareBounds(
          grouped(list),
          parts.map((share) => share / 1_000_000),
        ),
      );
    }),
    { seed: 20_260_602, numRuns: runs },
  ),
);
