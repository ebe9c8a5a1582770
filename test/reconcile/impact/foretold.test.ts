/** What a plan tells of people is what the engine then does to them: counted before, applied, and looked at afterwards. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jumpingClock } from '../../../engine/clock/clock.ts';
import { compile } from '../../../engine/compiler/compile.ts';
import { loadProject } from '../../../engine/config/load-project.ts';
import { applyPlan } from '../../../engine/reconcile/apply-plan.ts';
import { withImpact } from '../../../engine/reconcile/impact/measure-impact.ts';
import type { Impact } from '../../../engine/reconcile/impact-form.ts';
import { planChanges } from '../../../engine/reconcile/plan-changes.ts';
import { faultIn } from '../../../engine/reconcile/saved-plan.ts';
import { readState } from '../../../engine/reconcile/state.ts';
import { type Scenario, scenario } from '../../activation/scenario.ts';
import { baseFiles } from '../../activation/scenario-files.ts';
import { note, signUp, way } from '../../activation/steps-yaml.ts';
import { type TestStore, testStore } from '../../support/test-store.ts';
import { writeWorkspace } from '../../support/workspace-folder.ts';
import { bundleOf, countryTrait, segment } from '../bundle-of.ts';

/** The plan to these files, with its impact. */
async function foretold(
  s: Scenario,
  files: Readonly<Record<string, string>>,
  allowDestructive: readonly string[] = [],
) {
  const { project } = await loadProject(writeWorkspace({ ...baseFiles, ...files }));
  const { bundle, diagnostics } = compile(project);
  if (bundle === null) throw new Error(diagnostics.map(({ detail }) => detail).join('\n'));
  const state = await s.store.withSession(readState);
  const plan = planChanges(bundle, state, { at: s.clock.now(), allowDestructive });
  const counted = await withImpact({ store: s.store, clock: s.clock, bundle, state, plan, samples: 3 });
  expect(faultIn(JSON.parse(JSON.stringify(counted)))).toBeNull();
  return { ...counted, impact: counted.impact as Impact };
}

const members = (is: string) => `kind: segment\nid: chosen\nwhere: [ { trait: plan, is: ${is} } ]\n`;
const greeting = (steps: string, more = '') =>
  `kind: journey\nid: greet\nobjective: engagement\nentry: { when: { enters: chosen }, current_members: enter }\nsteps:\n${steps}\n${more}`;

describe('what a plan tells', () => {
  it('of members, entries and messages is what then happens', async () => {
    const s = await scenario({ 'segment.yaml': members('free'), 'scenario.yaml': greeting(note('hello')) });
    for (const who of ['ana', 'ben', 'cat']) await s.traits(who, { plan: 'free' });
    for (const who of ['dan', 'eve']) await s.traits(who, { plan: 'pro' });
    const next = { 'segment.yaml': members('pro'), 'scenario.yaml': greeting(note('hello')) };
    const { impact } = await foretold(s, next);
    expect(impact.segments).toMatchObject([{ id: 'chosen', before: 3, after: 2, entered: 2, left: 3 }]);
    expect(impact.segments[0]?.samples.entered).toHaveLength(2);
    expect(impact.segments[0]?.measure).toMatchObject({ lanes: 1_024, of: 1_024, intervals: null });
    expect(impact.totals).toMatchObject({ entering: 2, messagesHour: { before: 0, after: 2 } });
    const sent = (await s.sent()).length;
    await s.reapply(next);
    expect(await s.members('chosen')).toEqual(['dan', 'eve']);
    expect((await s.sent()).length - sent).toBe(2);
  });

  it('of who stands where, and of the messages that a shorter wait brings, is what then happens', async () => {
    const files = (wait: string, more = '') => ({
      'scenario.yaml': way(`  - id: rest\n    wait: ${wait}\n${note('hello')}`, more),
    });
    const s = await scenario(files('20d'));
    await signUp(s, 'ana');
    await s.advance('3d');
    await signUp(s, 'ben');
    await s.advance('1h');
    const next = files('3d', 'in_flight: { policy: migrate, waits: recompute }');
    const plan = await foretold(s, next);
    expect(plan.inFlight).toMatchObject([
      { journey: 'way', policy: 'migrate', people: 2, steps: [{ step: 'rest', people: 2, fate: 'moved', to: 'rest' }] },
    ]);
    expect(plan.impact.journeys[0]?.messages).toEqual({ hour: { before: 0, after: 1 }, week: { before: 0, after: 2 } });
    await s.reapply(next);
    await s.advance('1h');
    expect(await s.sent()).toHaveLength(1);
    await s.advance('7d');
    expect(await s.sent()).toHaveLength(2);
  });

  it('of caps is by journey, and of templates and consents by what waits and who is reached', async () => {
    const pressure = (max: number) =>
      `kind: pressure\nid: house\ncaps:\n  - { id: weekly, max: ${max}, rolling: 7d }\n`;
    const texts = (word: string) => `kind: template\nid: words\nany:\n  en: { text: "${word}" }\n`;
    const step = (id: string) => `  - id: ${id}\n    send: { channel: diary, template: words }\n`;
    const files = (max: number, word: string) => ({
      'scenario.yaml': way(`${step('one')}${step('two')}${step('three')}`),
      'pressure.yaml': pressure(max),
      'words.yaml': texts(word),
    });
    const s = await scenario(files(2, 'hello'));
    await signUp(s, 'ana');
    await s.advance('1h');
    const { impact } = await foretold(s, files(1, 'goodbye'));
    expect(impact.pressure).toMatchObject({
      candidates: 3,
      messages: { before: 2, after: 1 },
      stopped: 1,
      lose: 1,
      gain: 0,
    });
    expect(impact.pressure?.journeys).toMatchObject([{ journey: 'way', stopped: 1, freed: 0 }]);
    expect(impact.templates).toMatchObject([{ id: 'words', change: 'change', queued: 0, deferred: 1 }]);
    const freed = await foretold(s, files(3, 'hello'));
    expect(freed.impact.pressure).toMatchObject({ messages: { before: 2, after: 3 }, freed: 1, gain: 1 });
  });
});

it('of consents tells how many a purpose reaches on each channel, by what people said', async () => {
  const letter = (basis: string) => ({
    'scenario.yaml': `${way('  - id: letter\n    send: { channel: mail, template: hello }')}purpose: letters\n`,
    'letters.yaml': `kind: consent\nid: letters\nchannels: [email]\nbasis: ${basis}\n`,
  });
  const s = await scenario(letter('legitimate-interest'));
  const email = (who: string) => ({ email: `${who}@shop.example` });
  await s.person({ external_id: 'ana', traits: email('ana'), consents: { 'letters/email': 'granted' } });
  await s.person({ external_id: 'ben', traits: email('ben') });
  await s.person({ external_id: 'cat', traits: email('cat'), consents: { 'letters/email': 'denied' } });
  await s.person({ external_id: 'dan', consents: { 'letters/email': 'granted' } });
  const { impact } = await foretold(s, letter('consent'));
  expect(impact.consents).toMatchObject([
    { purpose: 'letters', channel: 'mail', before: 2, after: 1, lost: 1, won: 0 },
  ]);
  const confirmed = letter('consent');
  const strict = { ...confirmed, 'letters.yaml': `${confirmed['letters.yaml']}double_opt_in: [email]\n` };
  expect((await foretold(s, strict)).impact.consents).toMatchObject([{ before: 2, after: 0, lost: 2 }]);
});

describe('a large store', () => {
  const clock = jumpingClock(new Date('2026-03-01T09:00:00Z'));
  const people = 24_000;
  let store: TestStore;
  beforeAll(async () => {
    store = await testStore();
    await store.withSession(async (session) => {
      await session.query(
        `insert into parcours.profile (lane, profile_id, created_at, traits)
         select ('x' || substr(md5(n::text), 1, 4))::bit(16)::integer % 1024, n, $1, jsonb_build_object('country', case when n % 4 = 0 then 'CH' else 'FR' end)
         from generate_series(1, ${people}) n`,
        [clock.now()],
      );
    });
    const bundle = bundleOf([countryTrait]);
    const plan = planChanges(bundle, await store.withSession(readState));
    const origin = { commit: null, isDirty: false, author: 'ana' };
    await applyPlan({ store, clock, bundle, plan, origin, engineVersion: '0' });
    await store.withSession((session) => session.query('update parcours.lane set revision = 1', []));
  });
  afterAll(() => store.drop());

  async function count(budgetMs: number) {
    const bundle = bundleOf([countryTrait, segment('swiss', 'CH')]);
    const state = await store.withSession(readState);
    const plan = planChanges(bundle, state, { at: clock.now() });
    const { impact } = await withImpact({ store, clock, bundle, state, plan, budgetMs });
    return impact?.segments[0];
  }

  it('is sampled by whole lanes when the budget is spent, and says how far off it may be', async () => {
    const found = await count(1);
    expect(found?.measure?.lanes).toBeLessThan(1_024);
    const [low, high] = found?.measure?.intervals?.after ?? [0, 0];
    expect(low).toBeLessThanOrEqual(people / 4);
    expect(high).toBeGreaterThanOrEqual(people / 4);
    expect(low).toBeLessThan(high);
  });

  it('is counted exactly when all lanes fit', async () => {
    expect(await count(60_000)).toMatchObject({ after: people / 4, measure: { lanes: 1_024, intervals: null } });
  });
});

it('of mutes tells by journey whom they keep from its messages: one that is about its whole audience kills it', async () => {
  const house = (more: string) =>
    `kind: pressure\nid: house\nmute:\n  - { id: lost, where: { segment: chosen }${more} }\n`;
  const quiet = (more: string) => ({
    'scenario.yaml': way('  - id: letter\n    send: { channel: mail, template: hello }\n  - id: rest\n    wait: 20d\n'),
    'greet.yaml': greeting('  - id: hi\n    send: { channel: mail, template: hello }\n  - id: stay\n    wait: 20d\n'),
    'segment.yaml': members('pro'),
    'house.yaml': more,
  });
  const s = await scenario(quiet('kind: pressure\nid: house\ncaps: [{ id: weekly, max: 5, rolling: 7d }]\n'));
  for (const who of ['ana', 'ben']) await s.traits(who, { plan: 'pro' });
  for (const who of ['ana', 'cat', 'dan', 'eve']) await signUp(s, who);
  const { impact } = await foretold(s, quiet(house('')));
  expect(impact.mutes).toMatchObject([
    { mute: 'house/lost', journey: 'greet', people: 2, muted: { before: 0, after: 2 }, measure: { lanes: 1_024 } },
    { mute: 'house/lost', journey: 'way', people: 4, muted: { before: 0, after: 1 } },
  ]);
  const spared = await foretold(s, quiet(house(', not_journeys: [greet]')));
  expect(spared.impact.mutes).toMatchObject([{ journey: 'way', muted: { before: 0, after: 1 } }]);
  await s.reapply(quiet(house('')));
  const next = { ...quiet(house('')), 'segment.yaml': members('free') };
  expect((await foretold(s, next)).impact.mutes).toMatchObject([
    { journey: 'greet', muted: { before: 2, after: 0 } },
    { journey: 'way', muted: { before: 1, after: 0 } },
  ]);
});
