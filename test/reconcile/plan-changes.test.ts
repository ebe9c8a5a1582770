/** Planning as the pure function that it is: which changes, in which order, in which words, and what is refused. */
import { describe, expect, it } from 'vitest';
import type { Bundle } from '../../engine/compiler/ir.ts';
import { refuseHeld } from '../../engine/reconcile/apply-plan.ts';
import { planChanges } from '../../engine/reconcile/plan-changes.ts';
import type { State } from '../../engine/reconcile/state.ts';
import { bundleOf, countryTrait, days, journey, ofCountry, resource, segment, wait } from './bundle-of.ts';

const empty: State = { revision: null, resources: [], standing: [], workspace: null, store: '' };

function stateOf(bundle: Bundle, more: Partial<State> = {}): State {
  return { ...empty, resources: bundle.resources, workspace: 'shop', ...more };
}

function fieldsBetween(before: Bundle, after: Bundle) {
  return planChanges(after, stateOf(before)).changes.flatMap((change) => change.fields);
}

describe('what this version does not run', () => {
  it('is refused by apply, a draft apart', () => {
    const held = { resource: 'loyalty/witnesses', forms: ['a form to come'], needs: [], isDraft: false };
    const plan = planChanges(bundleOf([]), empty);
    expect(() => refuseHeld({ ...plan, held: [{ ...held, isDraft: true }] })).not.toThrow();
    expect(() => refuseHeld({ ...plan, held: [held] })).toThrow(/loyalty\/witnesses/);
  });
});

describe('a plan', () => {
  it('from nothing adds everything, what is read before what reads it', () => {
    const plan = planChanges(bundleOf([journey('hello', 'swiss'), segment('swiss', 'CH'), countryTrait]), empty);
    expect(plan.changes.map((change) => `${change.action} ${change.kind}/${change.id}`)).toEqual([
      'add workspace/shop',
      'add trait/country',
      'add segment/swiss',
      'add journey/hello',
    ]);
    expect(plan.from).toEqual({ revision: 0, bundle: null });
  });

  it('to the live bundle is empty', () => {
    const bundle = bundleOf([countryTrait, segment('swiss', 'CH'), journey('hello', 'swiss')]);
    expect(planChanges(bundle, stateOf(bundle)).changes).toEqual([]);
  });

  it('is the same value for the same input, and survives JSON', () => {
    const before = bundleOf([countryTrait, segment('a', 'CH'), segment('b', 'FR')]);
    const after = bundleOf([countryTrait, segment('c', 'AR'), segment('b', 'MX')]);
    const plan = planChanges(after, stateOf(before));
    expect(JSON.stringify(planChanges(after, stateOf(before)))).toBe(JSON.stringify(plan));
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it('shows a changed condition in the words of the language', () => {
    const [was, is] = [bundleOf([countryTrait, segment('a', 'CH')]), bundleOf([countryTrait, segment('a', 'FR')])];
    expect(fieldsBetween(was, is)).toEqual([
      {
        ...{ path: 'where', before: '{ trait: country, is: CH }', after: '{ trait: country, is: FR }' },
        words: 'where { trait: country, is: CH } → { trait: country, is: FR }',
      },
    ]);
  });

  it('shows only the part of an `all` that changed', () => {
    const never = (dayCount: number) =>
      ({
        kind: 'not',
        of: {
          kind: 'count',
          events: { types: ['order'], where: [], window: { kind: 'in_last', duration: days(dayCount) } },
          test: { op: 'gte', value: 1 },
        },
      }) as const;
    const of = (dayCount: number) =>
      bundleOf([resource('segment', 'a', { where: { kind: 'all', of: [ofCountry('CH'), never(dayCount)] } })]);
    expect(fieldsBetween(of(7), of(14))).toMatchObject([
      { path: 'where', before: '{ never: order, in_last: 7d }', after: '{ never: order, in_last: 14d }' },
    ]);
  });

  it('compares steps by id: an inserted one does not change the others', () => {
    const of = (...steps: ReturnType<typeof wait>[]) => bundleOf([journey('hello', 'swiss', { steps })]);
    expect(fieldsBetween(of(wait('a', 1), wait('c', 3)), of(wait('a', 1), wait('b', 2), wait('c', 4)))).toEqual([
      { path: 'steps.c.wait.duration', before: '3d', after: '4d', words: 'wait 3d → 4d at step c' },
      { path: 'steps.b', before: null, after: '{ id: b, wait: { duration: 2d } }', words: 'step b added' },
    ]);
  });

  it('shows that steps changed places', () => {
    const of = (...steps: ReturnType<typeof wait>[]) => bundleOf([journey('hello', 'swiss', { steps })]);
    expect(fieldsBetween(of(wait('a', 1), wait('b', 2)), of(wait('b', 2), wait('a', 1)))).toEqual([
      { path: 'steps.b (place)', before: 'after a', after: 'first', words: 'step b moved: after a → first' },
    ]);
  });

  it('shows new words as metadata, which changes nobody', () => {
    const plan = planChanges(
      bundleOf([segment('a', 'CH', { title: 'The Swiss' })]),
      stateOf(bundleOf([segment('a', 'CH', { title: 'Swiss' })])),
    );
    expect(plan.changes).toMatchObject([
      { class: 'metadata', fields: [{ path: 'title', before: 'Swiss', after: 'The Swiss' }] },
    ]);
  });

  it('shows money and durations as they are written', () => {
    const of = (amount: number, validDays: number) =>
      bundleOf([
        resource('segment', 'a', {
          where: {
            kind: 'trait',
            trait: 'spent',
            type: 'money',
            test: { op: 'gte', value: { amount, currency: 'EUR' } },
          },
        }),
        resource('pressure', 'house', {
          caps: [],
          mute: [],
          quietHours: [],
          whenCapped: 'defer',
          validFor: days(validDays),
        }),
      ]);
    expect(fieldsBetween(of(8000, 2), of(9950, 3))).toMatchObject([
      { path: 'where', before: '{ trait: spent, gte: 80 EUR }', after: '{ trait: spent, gte: 99.50 EUR }' },
      { path: 'valid_for', before: '2d', after: '3d' },
    ]);
  });
});

describe('removing what people stand on', () => {
  const live = bundleOf([countryTrait, segment('swiss', 'CH'), journey('hello', 'swiss')]);
  const standing = [
    { journey: 'hello', version: 'v', people: 12, steps: [{ step: 'rest', people: 12 }], needs: ['segment/swiss'] },
  ];

  it('is refused, with heads counted', () => {
    const plan = planChanges(bundleOf([countryTrait, segment('swiss', 'CH')]), stateOf(live, { standing }));
    expect(plan.refusals).toEqual([{ kind: 'removed', resource: 'journey/hello', people: 12, journeys: ['hello'] }]);
  });

  it('is refused for what a pinned version still reads, directly or not', () => {
    const plan = planChanges(bundleOf([journey('hello', 'other')]), stateOf(live, { standing }));
    expect(plan.refusals.map((one) => one.resource)).toEqual(['trait/country', 'segment/swiss']);
  });

  it('goes when it is allowed by name', () => {
    const plan = planChanges(bundleOf([countryTrait, segment('swiss', 'CH')]), stateOf(live, { standing }), {
      allowDestructive: ['journey/hello'],
    });
    expect(plan.refusals).toEqual([]);
  });

  it('needs one word for the journey, not one for each thing that it reads', () => {
    const plan = planChanges(bundleOf([segment('other', 'CH')]), stateOf(live, { standing }));
    expect(plan.refusals.map((one) => one.resource)).toEqual(['journey/hello']);
  });

  it('is refused for a programme in which members have points, under whatever name it comes back', () => {
    const points = { usableAfter: null, expireAfter: null };
    const rest = { earn: [], refunds: null, challenges: [], referral: null, tiers: [], rewards: [] };
    const club = (id: string) =>
      resource('loyalty', id, {
        objective: 'basket',
        issuer: 'house',
        fundedBy: 'house',
        members: null,
        points,
        ...rest,
      });
    const accounts = [{ program: 'club', people: 3, points: 120, debt: 5 }];
    const state = stateOf(bundleOf([countryTrait, club('club')]), { accounts });
    const next = bundleOf([countryTrait, club('circle')]);
    expect(planChanges(next, state).refusals).toEqual([
      { kind: 'accounts', resource: 'loyalty/club', people: 3, journeys: [], points: 120, debt: 5 },
    ]);
    expect(planChanges(next, state, { allowDestructive: ['loyalty/club'] }).refusals).toEqual([]);
  });

  it('is free where nobody stands', () => {
    expect(planChanges(bundleOf([segment('other', 'CH')]), stateOf(live)).refusals).toEqual([]);
  });
});
