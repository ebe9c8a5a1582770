/** What a pull request is told of people: nothing small, and nothing from which it could be worked out. */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../engine/reconcile/plan.ts';
import { planChanges } from '../../engine/reconcile/plan-changes.ts';
import { effectOfPlan } from '../../engine/reconcile/pull-request/people.ts';
import { bundleOf, countryTrait, segment } from './bundle-of.ts';

const bundle = bundleOf([countryTrait, segment('swiss', 'CH')]);
const plain = planChanges(bundle, { revision: null, resources: [], standing: [], workspace: null, store: '' });
const at = '2026-03-01T00:00:00.000Z';
const measure = { at, lanes: 1024, of: 1024, intervals: null };

type Members = Record<'before' | 'after' | 'entered' | 'left', number | null>;

function told(members: Members) {
  const samples = { entered: [], left: [] };
  const one = { id: 'swiss', change: 'change', ...members, samples, readBy: [], measure } as const;
  const totals = { entering: null, messagesHour: null, messagesWeek: null };
  const empty = { journeys: [], pressure: null, templates: [], consents: [], loyalty: [] };
  const plan: Plan = { ...plain, impact: { at, budgetMs: 1, totals, segments: [one], ...empty } };
  const { before, after, entered, left } = effectOfPlan(plan, null).segments[0]!;
  return { before, after, entered, left };
}

describe('members of a segment', () => {
  it('are told whole where nothing is small', () => {
    const members = { before: 100, after: 130, entered: 40, left: 10 };
    expect(told(members)).toEqual(members);
    expect(told({ before: 100, after: 100, entered: 0, left: 0 })).toMatchObject({ after: 100, entered: 0 });
  });

  it('hide who came and went where they are few, and the sum with them', () => {
    expect(told({ before: 100, after: 103, entered: 3, left: 0 })).toEqual({
      before: 100,
      after: 'withheld',
      entered: 'few',
      left: 0,
    });
    expect(told({ before: 5, after: 50, entered: 45, left: 0 })).toMatchObject({ before: 'few', after: 'withheld' });
    expect(told({ before: 50, after: 5, entered: 0, left: 45 })).toMatchObject({ before: 'withheld', after: 'few' });
  });

  it('stay unknown where nobody counted', () => {
    expect(told({ before: 100, after: null, entered: null, left: null })).toMatchObject({ after: null, entered: null });
  });
});
