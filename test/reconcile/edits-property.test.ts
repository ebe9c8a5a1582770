/**
 * Random edits of random workspaces: what is live after an edit is what a fresh apply of the same bundle gives, a way back leads to nothing
 * to do, a saved plan does the same as the files, and the stages of a plan say what the lanes work out.
 */
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { adoptionOf } from '../../engine/activation/lanes/adopt.ts';
import { runningPrograms } from '../../engine/activation/running.ts';
import { jumpingClock } from '../../engine/clock/clock.ts';
import type { Bundle, BundleResource } from '../../engine/compiler/ir.ts';
import { applyPlan, applySavedPlan } from '../../engine/reconcile/apply-plan.ts';
import type { Plan } from '../../engine/reconcile/plan.ts';
import { planChanges } from '../../engine/reconcile/plan-changes.ts';
import { faultIn, readSavedPlan, savedPlanText, savePlan } from '../../engine/reconcile/saved-plan.ts';
import { readState } from '../../engine/reconcile/state.ts';
import type { Store } from '../../engine/store/store.ts';
import { proofSize } from '../support/proof.ts';
import { testStore } from '../support/test-store.ts';
import { bundleOf, countryTrait, journey, ofCountry, resource, segment, wait } from './bundle-of.ts';

const clock = jumpingClock(new Date('2026-03-01T09:00:00Z'));
const origin = { commit: null, isDirty: false, author: 'ana' };
const allowDestructive = ['workspace/shop'];

/** What a workspace may hold: each segment a country or the others of the one before it, each journey some waits. */
interface World {
  readonly segments: readonly ({ readonly country: string; readonly reads: boolean; readonly title: string } | null)[];
  readonly journeys: readonly ({ readonly of: number; readonly waits: readonly number[] } | null)[];
}

const world: fc.Arbitrary<World> = fc.record({
  segments: fc.array(
    fc.option(
      fc.record({ country: fc.constantFrom('CH', 'FR', 'AR'), reads: fc.boolean(), title: fc.constantFrom('A', 'B') }),
      { nil: null, freq: 4 },
    ),
    { minLength: 4, maxLength: 4 },
  ),
  journeys: fc.array(
    fc.option(
      fc.record({ of: fc.nat(3), waits: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }) }),
      {
        nil: null,
        freq: 3,
      },
    ),
    { minLength: 3, maxLength: 3 },
  ),
});

function bundleIn({ segments, journeys }: World): Bundle {
  const all: BundleResource[] = [countryTrait];
  const known: string[] = [];
  segments.forEach((one, n) => {
    if (one === null) return;
    const id = `s${n}`;
    const before = known.at(-1);
    const where = { kind: 'all', of: [ofCountry(one.country), { kind: 'segment', segment: before ?? '' }] } as const;
    all.push(
      one.reads && before !== undefined
        ? resource(
            'segment',
            id,
            { where },
            { needs: [`segment/${before}`, 'trait/country'], meta: { title: one.title } },
          )
        : segment(id, one.country, { title: one.title }),
    );
    known.push(id);
  });
  journeys.forEach((one, n) => {
    const segmentId = one === null || known.length === 0 ? undefined : known[one.of % known.length];
    if (one === null || segmentId === undefined) return;
    all.push(journey(`j${n}`, segmentId, { steps: one.waits.map((count, i) => wait(`w${i}`, count)) }));
  });
  return bundleOf(all);
}

const store = await testStore();
const fresh = await testStore();
afterAll(async () => {
  await store.drop();
  await fresh.drop();
});

async function planned(on: Store, bundle: Bundle): Promise<Plan> {
  return planChanges(bundle, await on.withSession(readState), { allowDestructive, at: clock.now() });
}

async function apply(on: Store, bundle: Bundle): Promise<Plan> {
  const plan = await planned(on, bundle);
  await applyPlan({ store: on, clock, bundle, plan, origin, engineVersion: '0', allowDestructive });
  return plan;
}

async function live(on: Store) {
  const { resources } = await on.withSession(readState);
  return JSON.parse(JSON.stringify(resources)) as unknown;
}

it('leave what a fresh apply leaves, lead back to nothing to do, and are as their schema says', async () => {
  await fc.assert(
    fc.asyncProperty(world, world, async (first, second) => {
      const [one, two] = [bundleIn(first), bundleIn(second)];
      await apply(store, one);
      const plan = await apply(store, two);
      expect(faultIn(JSON.parse(JSON.stringify(plan)))).toBeNull();
      expect((await planned(store, two)).changes).toEqual([]);
      await apply(fresh, two);
      expect(await live(store)).toEqual(await live(fresh));
      // Back: the same as if nothing had been.
      await apply(store, one);
      expect((await planned(store, one)).changes).toEqual([]);
      // And by a saved plan to the same again.
      const saved = readSavedPlan(savedPlanText(savePlan(await planned(store, two), two, allowDestructive)), 'x');
      await applySavedPlan({ store, clock, saved, environment: null, maxAgeMs: 1, origin, engineVersion: '0' });
      expect(await live(store)).toEqual(await live(fresh));
    }),
    { seed: 11, numRuns: proofSize(100) },
  );
});

it('are worked out by lanes as the stages of their plan say', async () => {
  await fc.assert(
    fc.asyncProperty(world, world, async (first, second) => {
      const [one, two] = [bundleIn(first), bundleIn(second)];
      await apply(store, one);
      const from = (await store.withSession(readState)).revision?.number ?? 0;
      const plan = await apply(store, two);
      const to = (await store.withSession(readState)).revision?.number ?? 0;
      const programs = runningPrograms();
      const adoption = await store.withSession(async (session) => {
        const after = await programs.get(session, to);
        if (after === null) throw new Error('what was applied is there');
        return adoptionOf(await programs.get(session, from), after);
      });
      const filled = plan.stages.flatMap((stage) => (stage.kind === 'fill' ? stage.resources : []));
      const cleared = plan.stages.flatMap((stage) => (stage.kind === 'clear' ? stage.resources : []));
      const named = (ids: Iterable<string>) => [...ids].map((id) => `segment/${id}`).sort();
      expect([...filled].sort()).toEqual(named(adoption.segments));
      expect([...cleared].sort()).toEqual(named(adoption.goneSegments));
    }),
    { seed: 12, numRuns: proofSize(100) },
  );
});
