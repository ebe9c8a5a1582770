/** Saved plans: what they hold, where and when they count, what makes them stale, and that twice is once. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { jumpingClock } from '../../engine/clock/clock.ts';
import type { Bundle } from '../../engine/compiler/ir.ts';
import { applyPlan, applySavedPlan } from '../../engine/reconcile/apply-plan.ts';
import { planChanges } from '../../engine/reconcile/plan-changes.ts';
import { faultIn, readSavedPlan, type SavedPlan, savedPlanText, savePlan } from '../../engine/reconcile/saved-plan.ts';
import { readState } from '../../engine/reconcile/state.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { bundleOf, countryTrait, journey, segment } from './bundle-of.ts';

const now = new Date('2026-03-01T09:00:00Z');
const clock = jumpingClock(now);
const ana = { commit: null, isDirty: false, author: 'Ana Ruiz <ana@shop.example>' };
const ben = { ...ana, author: 'Ben Okri <ben@shop.example>' };

const base = [countryTrait, segment('swiss', 'CH'), segment('other', 'MX'), journey('hello', 'swiss')];
const first = bundleOf(base);
/** What Ana plans: another segment. */
const french = bundleOf([countryTrait, segment('swiss', 'FR'), segment('other', 'MX'), journey('hello', 'swiss')]);

let store: TestStore;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.drop());

async function apply(bundle: Bundle, origin = ana) {
  const plan = planChanges(bundle, await store.withSession(readState));
  return applyPlan({ store, clock, bundle, plan, origin, engineVersion: '0' });
}

async function save(bundle: Bundle, environment: string | null = null): Promise<SavedPlan> {
  const plan = planChanges(bundle, await store.withSession(readState), { at: now, environment });
  return readSavedPlan(savedPlanText(savePlan(plan, bundle, [])), 'change.plan');
}

function carryOut(saved: SavedPlan, more: { readonly environment?: string; readonly maxAgeMs?: number } = {}) {
  const { environment = null, maxAgeMs = 3_600_000 } = more;
  return applySavedPlan({ store, clock, saved, environment, maxAgeMs, origin: ana, engineVersion: '0' });
}

async function live(): Promise<Readonly<Record<string, string>>> {
  const { resources } = await store.withSession(readState);
  return Object.fromEntries(resources.map(({ kind, id, digest }) => [`${kind}/${id}`, digest]));
}

describe('a saved plan', () => {
  beforeEach(() => apply(first));

  it('is carried out without the files, and twice is once', async () => {
    const saved = await save(french);
    const { revision } = await carryOut(saved);
    expect(revision).not.toBeNull();
    expect((await store.withSession(readState)).revision?.bundle_digest).toBe(french.digest);
    expect((await carryOut(saved)).revision).toBeNull();
  });

  it('goes on counting when others change something else, and leaves that as it is', async () => {
    const saved = await save(french);
    await apply(bundleOf([...base.slice(0, 2), segment('other', 'AR'), ...base.slice(3)]), ben);
    const between = await live();
    await carryOut(saved);
    const after = await live();
    expect(after['segment/other']).toBe(between['segment/other']);
    expect(after['segment/swiss']).not.toBe(between['segment/swiss']);
  });

  it('is stale when one of its resources changed, and says which, by whom and when', async () => {
    const saved = await save(french);
    await apply(bundleOf([base[0]!, segment('swiss', 'AR'), ...base.slice(2)]), ben);
    const before = await live();
    await expect(carryOut(saved)).rejects.toMatchObject({
      code: 'PLAN_STALE',
      message: expect.stringMatching(
        /segment\/swiss was changed by Ben Okri .* at 2026-03-01T09:00:00\.000Z \(revision \d+\)/,
      ),
    });
    expect(await live()).toEqual(before);
  });

  it('is stale when what it reads changed', async () => {
    const saved = await save(bundleOf([...base, journey('bye', 'other')]));
    await apply(bundleOf([...base.slice(0, 2), segment('other', 'AR'), ...base.slice(3)]), ben);
    await expect(carryOut(saved)).rejects.toMatchObject({
      code: 'PLAN_STALE',
      message: expect.stringContaining('segment/other was changed by Ben Okri'),
    });
  });

  it('counts for its age, its environment and its store alone', async () => {
    const saved = await save(french, 'staging');
    await expect(carryOut(saved, { environment: 'staging', maxAgeMs: -1 })).rejects.toMatchObject({ code: 'PLAN_OLD' });
    await expect(carryOut(saved, { environment: 'production' })).rejects.toMatchObject({
      code: 'PLAN_ELSEWHERE',
      message: expect.stringContaining('made for the environment staging, and this is the environment production'),
    });
    const { plan } = saved;
    const elsewhere = { ...saved, plan: { ...plan, target: { ...plan.target, store: 'another' } } };
    await expect(carryOut(elsewhere, { environment: 'staging' })).rejects.toMatchObject({ code: 'PLAN_ELSEWHERE' });
  });

  it('is as its published schema says, and is refused when it was altered', async () => {
    const saved = await save(french);
    expect(faultIn(saved.plan)).toBeNull();
    const text = savedPlanText(saved);
    const altered = (was: string, is: string) => () => readSavedPlan(text.replace(was, is), 'change.plan');
    expect(altered('"FR"', '"DE"')).toThrow(/change\.plan can't be read as a saved plan: it was altered/);
    expect(altered('"parcours-plan"', '"other"')).toThrow(/not what `parcours plan --out` writes/);
    expect(altered('{', '')).toThrow(/no JSON object/);
    expect(altered('"format": 2', '"format": 1')).toThrow(/has form 1, and this version reads form 2/);
  });
});
