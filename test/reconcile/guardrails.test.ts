/** Guardrails on audiences: what they stop, whom they let pass, until when. */
import { describe, expect, it } from 'vitest';
import type { Bundle, Guardrail } from '../../engine/compiler/ir.ts';
import { refuseBreaches } from '../../engine/reconcile/apply-plan.ts';
import { breachesOf } from '../../engine/reconcile/guardrails.ts';
import type { Impact, JourneyEntryImpact } from '../../engine/reconcile/impact-form.ts';
import { planChanges } from '../../engine/reconcile/plan-changes.ts';
import { bundleOf, countryTrait, journey, resource, segment, workspaceBody } from './bundle-of.ts';

const lastDay = Date.UTC(2026, 2, 10) / 86_400_000;

function guarded(more: Partial<Guardrail> = {}): Bundle {
  const guardrail: Guardrail = {
    id: 'not-everybody',
    severity: 'error',
    rule: { kind: 'bound', of: 'audience', max: 100 },
    applies: { kinds: ['journey'], journeys: null, objectives: null, tags: null },
    exceptions: [],
    ...more,
  };
  const bundle = bundleOf([countryTrait, segment('locals', 'CH'), journey('hello', 'locals')]);
  const workspace = resource('workspace', 'shop', { ...workspaceBody, guardrails: [guardrail] });
  return { ...bundle, resources: bundle.resources.map((one) => (one.kind === 'workspace' ? workspace : one)) };
}

function impactOf(people: number | null, at = '2026-03-01T09:00:00Z'): Impact {
  const entry: JourneyEntryImpact = { trigger: 'segment', segment: 'locals', people };
  const hello = { id: 'hello', change: 'add', active: 0, entries: [entry], entering: people } as const;
  return {
    ...{ at, budgetMs: 0, totals: { entering: people, messagesHour: null, messagesWeek: null } },
    ...{ segments: [], journeys: [{ ...hello, messages: null, measure: null }], pressure: null },
    ...{ templates: [], consents: [], loyalty: [] },
  };
}

function breachesIn(bundle: Bundle, impact: Impact) {
  const plan = planChanges(bundle, { revision: null, resources: [], standing: [], workspace: null, store: '' });
  return breachesOf(bundle, { ...plan, impact });
}

describe('a guardrail on audiences', () => {
  it('lets pass as many people as it allows, and no more', () => {
    expect(breachesIn(guarded(), impactOf(100))).toEqual([]);
    expect(breachesIn(guarded(), impactOf(101))).toEqual([
      {
        ...{
          guardrail: 'not-everybody',
          severity: 'error',
          resource: 'journey/hello',
          of: 'audience',
          found: 101,
          max: 100,
        },
        words: '101 people could enter journey/hello, and not-everybody allows 100',
      },
    ]);
  });

  it('takes an audience that was not counted in time for too large', () => {
    expect(breachesIn(guarded(), impactOf(null))).toHaveLength(1);
  });

  it('lets an exception pass until the end of its last day', () => {
    const excepted = guarded({ exceptions: [{ resource: 'journey/hello', reason: 'opening', until: lastDay }] });
    expect(breachesIn(excepted, impactOf(500, '2026-03-10T23:59:00Z'))).toEqual([]);
    expect(breachesIn(excepted, impactOf(500, '2026-03-11T00:00:00Z'))).toHaveLength(1);
  });

  it('speaks of the journeys that it names only', () => {
    const applies = { kinds: ['journey'], journeys: ['other'], objectives: null, tags: null };
    expect(breachesIn(guarded({ applies }), impactOf(500))).toEqual([]);
  });

  it('stops an apply by name and number when it is an error, and not when it is a warning', () => {
    const plan = planChanges(guarded(), { revision: null, resources: [], standing: [], workspace: null, store: '' });
    const of = (severity: 'error' | 'warning') => breachesIn(guarded({ severity }), impactOf(500));
    expect(() => refuseBreaches({ ...plan, breaches: of('error') })).toThrow(/500 people could enter journey\/hello/);
    expect(() => refuseBreaches({ ...plan, breaches: of('warning') })).not.toThrow();
  });
});
