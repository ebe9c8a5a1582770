/** What a plan says of people, counted on a real store with a handful of them. That the engine does the same is test/activation's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jumpingClock } from '../../engine/clock/clock.ts';
import type { Bundle } from '../../engine/compiler/ir.ts';
import { applyPlan } from '../../engine/reconcile/apply-plan.ts';
import { withImpact } from '../../engine/reconcile/impact/measure-impact.ts';
import type { Impact } from '../../engine/reconcile/impact-form.ts';
import { planChanges } from '../../engine/reconcile/plan-changes.ts';
import { readState } from '../../engine/reconcile/state.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { bundleOf, countryTrait, days, journey, ofCountry, resource, segment } from './bundle-of.ts';

const now = new Date('2026-03-01T09:00:00Z');
const clock = jumpingClock(now);
const swiss = bundleOf([countryTrait, segment('locals', 'CH'), journey('hello', 'locals')]);

let store: TestStore;

/** Persons 1 to 10 are Swiss, 11 to 14 French; 1 to 10 are members of `locals`, person 1 is in `hello` now, person 2 was. */
beforeAll(async () => {
  store = await testStore();
  await store.withSession(async (session) => {
    await session.query(
      'insert into parcours.profile (lane, profile_id, created_at) select 1, n, $1 from generate_series(1, 14) n',
      [now],
    );
    await session.query(
      `insert into parcours.trait_value (lane, profile_id, trait, source, observed_at, received_at, value)
       select 1, n, 'country', 'crm', $1, $1, to_jsonb(case when n <= 10 then 'CH' else 'FR' end) from generate_series(1, 14) n`,
      [now],
    );
    await session.query(
      `insert into parcours.membership (lane, profile_id, segment, is_member, since)
       select 1, n, 'locals', true, $1 from generate_series(1, 10) n`,
      [now],
    );
    await session.query(
      `insert into parcours.enrollment (lane, profile_id, journey, n, version, state, entered_at, step_since, exited_at)
       values (1, 1, 'hello', 1, 'v', 'active', $1, $1, null), (1, 2, 'hello', 1, 'v', 'exited', $1, $1, $1)`,
      [now],
    );
  });
  const plan = planChanges(swiss, await store.withSession(readState));
  const origin = { commit: null, isDirty: false, author: 'ana' };
  await applyPlan({ store, clock, bundle: swiss, plan, origin, engineVersion: '0' });
});

afterAll(() => store.drop());

async function impactOf(bundle: Bundle): Promise<Impact | null> {
  const state = await store.withSession(readState);
  return (await withImpact({ store, clock, bundle, state, plan: planChanges(bundle, state) })).impact;
}

describe('the impact of a plan', () => {
  it('is not counted when there is nothing to do', async () => {
    expect(await impactOf(swiss)).toBeNull();
  });

  it('counts members before and after, who enters and who leaves', async () => {
    const impact = await impactOf(bundleOf([countryTrait, segment('locals', 'FR'), journey('hello', 'locals')]));
    expect(impact?.at).toBe(now.toISOString());
    expect(impact?.segments).toMatchObject([
      { id: 'locals', change: 'change', before: 10, after: 4, entered: 4, left: 10, readBy: ['journey/hello'] },
    ]);
  });

  it('counts a new segment from facts alone, before anybody is a member', async () => {
    const impact = await impactOf(bundleOf([...swiss.resources.slice(0, 2), segment('french', 'FR'), countryTrait]));
    expect(impact?.segments.find((one) => one.id === 'french')).toMatchObject({ change: 'add', before: 0, after: 4 });
  });

  it('counts a removed segment down to nobody', async () => {
    const impact = await impactOf(bundleOf([countryTrait]));
    expect(impact?.segments).toMatchObject([
      { id: 'locals', change: 'remove', before: 10, after: 0, entered: 0, left: 10, readBy: [] },
    ]);
  });

  it('shows a segment that changes through another one as indirect', async () => {
    const reader = resource(
      'segment',
      'neighbours',
      { where: { kind: 'not', of: { kind: 'segment', segment: 'locals' } } },
      { needs: ['segment/locals'] },
    );
    const first = bundleOf([countryTrait, segment('locals', 'CH'), reader]);
    const second = bundleOf([countryTrait, segment('locals', 'FR'), reader]);
    const state = { ...(await store.withSession(readState)), resources: first.resources };
    const { impact } = await withImpact({ store, clock, bundle: second, state, plan: planChanges(second, state) });
    expect(impact?.segments.map(({ id, change, after }) => ({ id, change, after }))).toEqual([
      { id: 'locals', change: 'change', after: 4 },
      { id: 'neighbours', change: 'indirect', after: 10 },
    ]);
  });

  it('counts who would enter a new journey: all members, where the journey says so', async () => {
    const entry = (currentMembers: 'enter' | 'skip') => ({
      triggers: [{ kind: 'enters', segment: 'locals' }] as const,
      if: null,
      currentMembers,
      reentry: { kind: 'never' } as const,
    });
    const base = [countryTrait, segment('locals', 'CH'), journey('hello', 'locals')];
    const impact = await impactOf(
      bundleOf([
        ...base,
        journey('all', 'locals', { entry: entry('enter') }),
        journey('new-ones', 'locals', { entry: entry('skip') }),
        journey('draft', 'locals', { status: 'draft' }),
        journey('on-order', 'locals', {
          entry: { ...entry('skip'), triggers: [{ kind: 'event', types: ['order'], where: [] }] },
        }),
      ]),
    );
    expect(impact?.journeys.map(({ id, entries }) => ({ id, entries }))).toEqual([
      { id: 'all', entries: [{ trigger: 'segment', segment: 'locals', people: 10 }] },
      { id: 'draft', entries: [{ trigger: 'none', because: 'status', people: 0 }] },
      { id: 'new-ones', entries: [{ trigger: 'none', because: 'skip', people: 0 }] },
      { id: 'on-order', entries: [{ trigger: 'event', events: ['order'], people: 0 }] },
    ]);
  });

  it('lets nobody into a changed journey whose entry and segment stay, and counts those who are in it', async () => {
    const changed = journey('hello', 'locals', { priority: 90 });
    const impact = await impactOf(bundleOf([countryTrait, segment('locals', 'CH'), changed]));
    expect(impact?.journeys).toMatchObject([
      { id: 'hello', change: 'change', active: 1, entries: [{ trigger: 'none', because: 'unchanged', people: 0 }] },
    ]);
  });

  it('lets all members into a journey whose entry changes, but not those who are or were in it', async () => {
    const more = {
      triggers: [
        { kind: 'enters', segment: 'locals' },
        { kind: 'event', types: ['order'], where: [] },
      ],
    };
    const changed = journey('hello', 'locals', {
      entry: { ...more, if: null, currentMembers: 'enter', reentry: { kind: 'never' } } as never,
    });
    const impact = await impactOf(bundleOf([countryTrait, segment('locals', 'CH'), changed]));
    expect(impact?.journeys[0]?.entries[0]).toEqual({ trigger: 'segment', segment: 'locals', people: 8 });
  });

  it('tells whom a changed segment brings into a journey that stays as it is', async () => {
    const impact = await impactOf(bundleOf([countryTrait, segment('locals', 'FR'), journey('hello', 'locals')]));
    expect(impact?.journeys).toMatchObject([
      { id: 'hello', change: 'indirect', active: 1, entries: [{ trigger: 'segment', segment: 'locals', people: 4 }] },
    ]);
  });

  it('tells how many stand in a journey that is removed', async () => {
    const impact = await impactOf(bundleOf([countryTrait, segment('locals', 'CH')]));
    expect(impact?.journeys).toMatchObject([{ id: 'hello', change: 'remove', active: 1, entries: [] }]);
  });

  it('reads the condition at the entry, too', async () => {
    const base = [countryTrait, segment('locals', 'CH'), journey('hello', 'locals')];
    const entry = { triggers: [{ kind: 'enters', segment: 'locals' }] as const, currentMembers: 'enter' as const };
    const picky = journey('picky', 'locals', {
      entry: { ...entry, if: ofCountry('FR'), reentry: { kind: 'never' } },
    });
    const impact = await impactOf(bundleOf([...base, picky]));
    expect(impact?.journeys[0]?.entries).toEqual([{ trigger: 'segment', segment: 'locals', people: 0 }]);
  });

  it('tells when a schedule fires next, and whom it would take: not those who are in it or left too recently', async () => {
    const weekly = (reentry: Parameters<typeof journey>[2]) =>
      bundleOf([countryTrait, segment('locals', 'CH'), journey('hello', 'locals', reentry)]);
    const entry = {
      triggers: [{ kind: 'schedule', cron: '0 10 * * 2', zone: 'UTC', members: 'locals' }] as const,
      if: null,
      currentMembers: 'skip' as const,
    };
    const after = await impactOf(weekly({ entry: { ...entry, reentry: { kind: 'after', duration: days(30) } } }));
    const always = await impactOf(weekly({ entry: { ...entry, reentry: { kind: 'always' } } }));
    const fire = { trigger: 'schedule', segment: 'locals', nextFire: '2026-03-03T10:00:00.000Z' };
    expect(after?.journeys[0]?.entries).toEqual([{ ...fire, people: 8 }]);
    expect(always?.journeys[0]?.entries).toEqual([{ ...fire, people: 9 }]);
  });
});
