/** Applying on a real store: what is written, what two at once do, and what is refused with nothing written. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { jumpingClock } from '../../engine/clock/clock.ts';
import type { Bundle } from '../../engine/compiler/ir.ts';
import { applyPlan } from '../../engine/reconcile/apply-plan.ts';
import type { Plan } from '../../engine/reconcile/plan.ts';
import { planChanges } from '../../engine/reconcile/plan-changes.ts';
import { takeApplyLock } from '../../engine/reconcile/queries.ts';
import { readState } from '../../engine/reconcile/state.ts';
import type { Session } from '../../engine/store/session.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { bundleOf, countryTrait, journey, segment } from './bundle-of.ts';

const clock = jumpingClock(new Date('2026-03-01T09:00:00Z'));
const origin = { commit: 'c0ffee', isDirty: true, author: 'Ana Ruiz <ana@shop.example>' };
const swiss = bundleOf([countryTrait, segment('swiss', 'CH'), journey('hello', 'swiss')]);
const french = bundleOf([countryTrait, segment('swiss', 'FR'), journey('hello', 'swiss')]);

let store: TestStore;
const stores: TestStore[] = [];

beforeEach(async () => {
  store = await testStore();
  stores.push(store);
});

afterAll(async () => {
  for (const one of stores) await one.drop();
});

async function plan(bundle: Bundle): Promise<Plan> {
  return planChanges(bundle, await store.withSession(readState));
}

async function apply(bundle: Bundle, more: { readonly plan?: Plan; readonly lockWaitMs?: number } = {}) {
  return applyPlan({ store, clock, bundle, plan: await plan(bundle), origin, engineVersion: '0.1.0', ...more });
}

function rows<Row>(text: string): Promise<Row[]> {
  return store.withSession((session) => session.query<Row>(text));
}

/** Puts one person at the first step of the live version of `hello`. */
async function enroll(session: Session): Promise<void> {
  await session.query(
    `insert into parcours.enrollment (lane, profile_id, journey, n, version, state, step, posture, entered_at, step_since)
     values (1, 1, 'hello', 1, $1, 'active', 'rest', 'waiting', $2, $2)`,
    [swiss.resources.find((one) => one.kind === 'journey')?.digest, clock.now()],
  );
}

describe('apply', () => {
  it('writes one revision with its bodies, its plan, its commit and its author', async () => {
    expect((await apply(swiss)).revision).toBe(1);
    const [revision] = await rows<Record<string, unknown>>('select * from parcours.revision');
    expect(revision).toMatchObject({
      number: 1,
      bundle_digest: swiss.digest,
      git_commit: 'c0ffee',
      git_dirty: true,
      author: origin.author,
      applied_at: clock.now(),
      engine_version: '0.1.0',
    });
    const state = await store.withSession(readState);
    expect(state.resources).toEqual(swiss.resources);
    expect(state.workspace).toBe('shop');
  });

  it('leaves nothing to plan, however the store orders what it keeps', async () => {
    const meta = { title: 'The Swiss', description: 'Who lives there', owner: 'ana', tags: ['a', 'b'] };
    const told = bundleOf([countryTrait, segment('swiss', 'CH', meta), journey('hello', 'swiss')]);
    await apply(told);
    expect((await plan(told)).changes).toEqual([]);
  });

  it('is a no-op the second time', async () => {
    await apply(swiss);
    expect((await apply(swiss)).revision).toBeNull();
    expect(await rows('select number from parcours.revision')).toHaveLength(1);
  });

  it('keeps a body that two revisions share once', async () => {
    await apply(swiss);
    await apply(french);
    await apply(swiss);
    expect((await store.withSession(readState)).resources).toEqual(swiss.resources);
    expect(await rows(`select from parcours.resource_version where kind = 'segment'`)).toHaveLength(2);
  });

  it('wakes who listens, once it is committed', async () => {
    const listener = await store.session();
    const heard = new Promise<string | undefined>((resolve) => {
      listener.client.on('notification', (message) => resolve(message.payload));
    });
    await listener.script('listen parcours_revision');
    await apply(swiss);
    expect(await heard).toBe('1');
    await listener.close();
  });

  it('twice at once, of the same files: one writes, the other finds nothing to do', async () => {
    const seen = await plan(swiss);
    const both = await Promise.all([apply(swiss, { plan: seen }), apply(swiss, { plan: seen })]);
    expect(both.map((one) => one.revision).sort()).toEqual([1, null]);
  });

  it('twice at once, of different files: the second is refused, since it is no longer what was shown', async () => {
    await apply(swiss);
    const italian = bundleOf([countryTrait, segment('swiss', 'IT'), journey('hello', 'swiss')]);
    const seen = [await plan(french), await plan(italian)] as const;
    const outcomes = await Promise.allSettled([apply(french, { plan: seen[0] }), apply(italian, { plan: seen[1] })]);
    const refused = outcomes.filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({ code: 'PLAN_STALE' });
    expect(String(refused[0]?.reason)).toMatch(/segment\/swiss was changed by Ana Ruiz .* \(revision 2\)/);
    expect(await rows('select number from parcours.revision')).toHaveLength(2);
  });

  it('waits for a bounded time while another holds the lock, then is refused by the name of the holder', async () => {
    const other = await store.session({ application_name: 'parcours apply ben@shop.example on desk, process 7' });
    await takeApplyLock(other);
    await expect(apply(swiss, { lockWaitMs: 50 })).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      message: expect.stringMatching(/ben@shop\.example on desk, process 7.*database session \d+, since 20/),
    });
    await other.close();
    expect((await apply(swiss)).revision).toBe(1);
  });

  it('refuses the files of another workspace', async () => {
    await apply(swiss);
    await expect(apply(bundleOf([], 'bakery'))).rejects.toMatchObject({ code: 'OTHER_WORKSPACE' });
    expect(await rows('select number from parcours.revision')).toHaveLength(1);
  });

  it('refuses to remove a journey in which people stand, and writes nothing', async () => {
    await apply(swiss);
    await store.withSession(enroll);
    const less = bundleOf([countryTrait, segment('swiss', 'CH')]);
    const seen = await plan(less);
    expect(seen.refusals).toEqual([{ kind: 'removed', resource: 'journey/hello', people: 1, journeys: ['hello'] }]);
    await expect(apply(less)).rejects.toMatchObject({ code: 'PLAN_REFUSED' });
    expect(await rows('select number from parcours.revision')).toHaveLength(1);
  });

  it('knows what an older version reads, in which people stand after the journey changed', async () => {
    await apply(swiss);
    await store.withSession(enroll);
    await apply(bundleOf([countryTrait, segment('swiss', 'CH'), segment('other', 'FR'), journey('hello', 'other')]));
    const less = bundleOf([countryTrait, segment('other', 'FR'), journey('hello', 'other')]);
    expect((await plan(less)).refusals).toEqual([
      { kind: 'removed', resource: 'segment/swiss', people: 1, journeys: ['hello'] },
    ]);
  });
});
