/** What a plan says of a programme: points that the change would have given, tiers, liability, and what a reward could cost. */
import { describe, expect, it } from 'vitest';
import { impactText } from '../../engine/cli/views/impact-view.ts';
import { compile } from '../../engine/compiler/compile.ts';
import type { Bundle } from '../../engine/compiler/ir.ts';
import { loadProject } from '../../engine/config/load-project.ts';
import { withImpact } from '../../engine/reconcile/impact/measure-impact.ts';
import type { LoyaltyImpact } from '../../engine/reconcile/impact-form.ts';
import type { Plan } from '../../engine/reconcile/plan.ts';
import { planChanges } from '../../engine/reconcile/plan-changes.ts';
import { effectOfPlan } from '../../engine/reconcile/pull-request/people.ts';
import { readState } from '../../engine/reconcile/state.ts';
import type { Scenario } from '../activation/scenario.ts';
import { writeWorkspace } from '../support/workspace-folder.ts';
import { club, clubFiles, eur } from './club.ts';

const plain = { strong: (word: string) => word } as unknown as Parameters<typeof impactText>[2];

const programme = ({
  points = 10,
  gold = 100,
  cost = 30,
  worth = '1 EUR',
  more = '',
} = {}) => `members: { where: { not: { trait: country, is: AR } } }
points: { worth: { points: 100, is: ${worth} }, expected_redemption: 50% }
earn:
  - { id: order, lever: spend, when: { event: order_placed }, points: ${points}, limit: { max: 2, calendar: day } }
${more}refunds: { when: { event: order_refunded }, match: order_id, reverse: order }
tiers: [{ id: bronze, from: 0 }, { id: silver, from: 30 }, { id: gold, from: ${gold} }]
rewards:
  - { id: mug, cost: ${cost}, give: { coupon: mug } }
  - { id: bike, cost: 1000, give: { partner: wheels }, stock: 2 }
`;

async function shop(): Promise<Scenario> {
  const s = await club(programme());
  await s.person({ external_id: 'eve', traits: { country: 'AR' } });
  // Ana orders twelve times on six days, thrice on the last; Bo four times; Eve is no member.
  for (let day = 0; day < 6; day += 1) {
    const orders = ['a', 'b', ...(day === 5 ? ['c'] : [])].map((n) => ({ who: 'ana', id: `ana ${day}${n}` }));
    if (day < 2)
      orders.push({ who: 'bo', id: `bo ${day}a` }, { who: 'bo', id: `bo ${day}b` }, { who: 'eve', id: `eve ${day}` });
    await s.tell(
      orders.map(({ who, id }) => ({ who, type: 'order_placed', properties: { order_id: id, total: eur(20) } })),
    );
    await s.settle();
    await s.advance('1d');
  }
  return s;
}

async function planned(s: Scenario, lines: string, documents = ''): Promise<Plan> {
  const { project } = await loadProject(writeWorkspace(clubFiles(lines, documents)));
  const bundle = compile(project).bundle as Bundle;
  const state = await s.store.withSession((session) => readState(session, bundle));
  return await withImpact({ store: s.store, clock: s.clock, bundle, state, plan: planChanges(bundle, state) });
}

function loyaltyOf({ impact }: Plan): LoyaltyImpact {
  const [one] = impact?.loyalty ?? [];
  if (one === undefined) throw new Error('the plan says nothing of the programme');
  return one;
}

describe('a plan that changes a programme', () => {
  it('tells points, tiers, liability and exposure, in words and to programs', async () => {
    const s = await shop();
    // 120 and 40 points were given; the thirteenth order was over the limit of its day.
    const double = loyaltyOf(await planned(s, programme({ points: 20 })));
    expect(double).toMatchObject({
      program: 'club',
      change: 'change',
      days: 30,
      members: 2,
      owed: 160,
      currency: 'EUR',
    });
    expect(double.issued).toEqual({ before: 160, after: 320 });
    expect(double.liability).toEqual({ before: 80, after: 160 });
    expect([double.promoted, double.demoted, double.rewards]).toEqual([0, 0, []]);

    const plan = await planned(s, programme({ gold: 130, cost: 20, worth: '2 EUR' }));
    const one = loyaltyOf(plan);
    expect([one.promoted, one.demoted]).toEqual([0, 1]);
    expect(one.liability).toEqual({ before: 80, after: 160 });
    expect(one.rewards).toEqual([
      {
        reward: 'mug',
        members: { before: 2, after: 2 },
        units: { before: 5, after: 8 },
        cost: { before: 150, after: 320 },
      },
    ]);
    expect(loyaltyOf(await planned(s, programme({ gold: 40 }))).promoted).toBe(1);
    const text = impactText(plan.impact!, [], plain);
    expect(text).toMatch(/club +160 → 160 +0 +1 +2 +0\.80 EUR → 1\.60 EUR/);
    expect(text).toMatch(/club\/mug +2 → 2 +5 → 8 +1\.50 EUR → 3\.20 EUR/);
    // Two members are few: what is told of them in public names no sum.
    expect(effectOfPlan(plan, null).loyalty).toMatchObject([
      { members: 'few', issued: null, liability: null, demoted: 'few' },
    ]);
  });

  it('reads a segment that comes with it as it will be, and says what it does not count', async () => {
    const s = await shop();
    // Ana alone has so many orders.
    const regulars = `kind: segment
id: regulars
where: { event: order_placed, count: { gte: 10 }, since: ever }
`;
    const more = `  - { id: regular, lever: spend, when: { event: order_placed }, if: { segment: regulars }, points: 1 }
challenges: [{ id: two, count: { event: order_placed }, reach: 2, points: 50 }]
`;
    const plan = await planned(s, programme({ more }), regulars);
    const one = loyaltyOf(plan);
    expect(one.issued).toEqual({ before: 160, after: 173 });
    expect(one.uncounted).toEqual(['challenges']);
    expect(impactText(plan.impact!, [], plain)).toContain('not counted of club: points of challenges');
  });

  it('is silent where nothing changes, and counts a new rule within its limit', async () => {
    const s = await shop();
    const gone = (await planned(s, programme())).impact;
    expect(gone).toBeNull();
    const more =
      '  - { id: twice, lever: spend, when: { event: order_placed }, points: 5, limit: { max_points: 12, lifetime: true } }\n';
    expect(loyaltyOf(await planned(s, programme({ more }))).issued).toEqual({ before: 160, after: 184 });
  });
});
