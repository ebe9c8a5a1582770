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

describe('guardrails on what one apply does to people', () => {
  const limits = (rule: Guardrail['rule'], more: Partial<Guardrail> = {}) =>
    guarded({ rule, applies: { kinds: ['journey'], journeys: null, objectives: null, tags: null }, ...more });
  const measured = (parts: Partial<Impact>): Impact => ({ ...impactOf(10), ...parts });
  const shrinking = (before: number, after: number): Impact['segments'] => [
    {
      ...{ id: 'locals', change: 'change', before, after, entered: 0, left: before - after, readBy: [], measure: null },
      samples: { entered: [], left: [] },
    },
  ];

  it('bound who enters a journey, by number', () => {
    const bundle = limits({ kind: 'impact', maxEnter: 9 });
    expect(breachesIn(bundle, impactOf(9))).toEqual([]);
    expect(breachesIn(bundle, impactOf(10))).toMatchObject([
      { of: 'max_enter', resource: 'journey/hello', found: 10, max: 9 },
    ]);
    expect(breachesIn(bundle, impactOf(null))).toMatchObject([{ of: 'max_enter', found: null }]);
  });

  it('bound what a segment loses, in percent; growing is no loss', () => {
    const bundle = limits({ kind: 'impact', maxShrink: 20 });
    expect(breachesIn(bundle, measured({ segments: shrinking(100, 80) }))).toEqual([]);
    expect(breachesIn(bundle, measured({ segments: shrinking(100, 900) }))).toEqual([]);
    expect(breachesIn(bundle, measured({ segments: shrinking(200, 150) }))).toMatchObject([
      { of: 'max_shrink', resource: 'segment/locals', found: 25, max: 20 },
    ]);
    expect(breachesIn(bundle, measured({ segments: shrinking(0, 0) }))).toEqual([]);
  });

  it('bound the messages of an hour over all journeys together', () => {
    const journeys = impactOf(1).journeys.map((one) => ({
      ...one,
      messages: { hour: { before: 0, after: 60 }, week: { before: 0, after: 60 } },
    }));
    const bundle = limits({ kind: 'impact', maxMessagesHour: 100 });
    expect(breachesIn(bundle, measured({ journeys }))).toEqual([]);
    const more = measured({ journeys: [...journeys, ...journeys] });
    expect(breachesIn(bundle, more)).toMatchObject([
      {
        of: 'max_messages_hour',
        resource: null,
        found: 120,
        max: 100,
        words: expect.stringContaining('up to 120 messages'),
      },
    ]);
  });

  it('may state conditions on the plan itself: entries of its lists, or the sum of a field of theirs', () => {
    const of = (rule: Extract<Guardrail['rule'], { kind: 'plan' }>) => breachesIn(limits(rule), impactOf(10));
    const added = {
      kind: 'plan',
      of: 'changes',
      where: { action: ['add'], kind: ['segment', 'journey'] },
      sum: null,
    } as const;
    expect(of({ ...added, max: 2 })).toEqual([]);
    expect(of({ ...added, max: 1 })).toMatchObject([
      { of: 'plan', resource: null, found: 2, max: 1, words: expect.stringContaining('segment/locals, journey/hello') },
    ]);
    const entering = { kind: 'plan', of: 'impact.journeys', where: {}, sum: 'entering' } as const;
    expect(of({ ...entering, max: 10 })).toEqual([]);
    expect(of({ ...entering, max: 9 })).toMatchObject([{ found: 10, max: 9 }]);
    expect(of({ ...entering, sum: 'messages.hour.after', max: 9 })).toMatchObject([{ found: null }]);
    expect(of({ ...added, of: 'nothing.here', max: 0 })).toEqual([]);
  });
});
