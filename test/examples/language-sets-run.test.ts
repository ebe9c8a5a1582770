/**
 * The sixteen sets of the language in the running engine: what of them isn't held back is applied as one workspace, people live through
 * weeks of it, and nothing fails. What is held is named, so that this test tells when it is less.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEngine } from '../../engine/activation/engine.ts';
import { jumpingClock } from '../../engine/clock/clock.ts';
import { compile } from '../../engine/compiler/compile.ts';
import type { Bundle, Value } from '../../engine/compiler/ir.ts';
import { splitHeld } from '../../engine/compiler/not-run.ts';
import { loadProject } from '../../engine/config/load-project.ts';
import type { IdentifiedFact } from '../../engine/profiles/identified-fact.ts';
import { ingestFacts } from '../../engine/profiles/ingest.ts';
import { applyPlan } from '../../engine/reconcile/apply-plan.ts';
import { planChanges } from '../../engine/reconcile/plan-changes.ts';
import { readState } from '../../engine/reconcile/state.ts';
import { proofSize } from '../support/proof.ts';
import { testStore } from '../support/test-store.ts';
import { writeWorkspace } from '../support/workspace-folder.ts';

const folder = fileURLToPath(new URL('../../../shared/language/', import.meta.url));
const isHere = existsSync(folder);

async function bundleOfSets(): Promise<Bundle> {
  const { project } = await loadProject(folder);
  return compile(project).bundle as Bundle;
}

/** A month in the proof. */
const days = Math.max(6, proofSize(31));

/** Kinds that other rooms are still learning to run. */
const learning = new Set(['source', 'destination']);

describe('the sets of the language', () => {
  it('are held back by nothing of channels, calls, consent, countries, conditions or steps', async () => {
    if (!isHere) return;
    const { held } = splitHeld(await bundleOfSets());
    const ofTheirOwn = held.filter(({ forms }) => forms.length > 0);
    expect(ofTheirOwn.filter(({ resource }) => !learning.has(resource.split('/')[0] ?? ''))).toEqual([]);
  });

  it('run for weeks without a fault', async () => {
    if (!isHere) return;
    const whole = await bundleOfSets();
    const bundle: Bundle = { ...whole, resources: splitHeld(whole).run };
    const store = await testStore();
    onTestFinished(() => store.drop());
    const clock = jumpingClock(new Date('2027-03-01T09:00:00Z'));
    const plan = planChanges(bundle, await store.kept.withSession(readState), {});
    const origin = { commit: null, isDirty: false, author: 'Test <test@shop.example>' };
    await applyPlan({ store, clock, bundle, plan, origin, engineVersion: 'test' });
    const engine = createEngine({ store: { ...store, ...store.kept }, clock, root: writeWorkspace({}), env: {} });
    let told = 0;
    const tell = async (facts: readonly Omit<IdentifiedFact, 'messageId'>[]) => {
      await store.kept.withSession((session) =>
        ingestFacts(
          session,
          facts.map((one) => ({ messageId: `m${++told}`, ...one })),
          { now: clock.now() },
        ),
      );
    };
    const countries = ['FR', 'AR', 'NG', 'MX'] as const;
    const about = (who: string, more: object) => {
      const at = clock.now().getTime();
      const fact = { at, received: at, source: 'test', trigger: true, ...more };
      return { identifiers: [{ type: 'external_id', value: who }], fact } as Omit<IdentifiedFact, 'messageId'>;
    };
    const event = (type: string, properties: Readonly<Record<string, Value>> = {}) => ({
      event: { type, value: null, unit: null, properties },
    });
    const people = Array.from({ length: 8 }, (_, i) => `p${i}`);
    await tell(
      people.map((who, i) =>
        about(who, {
          traits: {
            ...{
              country: countries[i % 4],
              phone: ['0612345678', '01115 1234-5678', '08031234567', '5512345678'][i % 4],
              email: `${who}@shop.example`,
            },
            ...{ birth_date: 7_000 + i, contract_status: 'active', monthly_margin: { amount: 3_000, currency: 'EUR' } },
          },
          consents: [{ purpose: 'marketing', channel: '*', state: 'granted' }],
        }),
      ),
    );
    await engine.runOnce();
    const types = [
      'site_visited',
      'termination_terms_read',
      'price_simulator_used',
      'complaint_opened',
      'order_placed',
    ];
    const order = (who: string) => ({ order_id: who, cart_id: who, total: { amount: 9_000, currency: 'EUR' } });
    await tell(types.flatMap((type) => people.map((who) => about(who, event(type, order(who))))));
    await engine.runUntil(new Date(clock.now().getTime() + days * 86_400_000), { tickMs: 43_200_000 });
    const rows = await store.kept.withSession((session) =>
      session.query<{ letters: number; enrollments: number; decisions: number }>(
        `select (select count(*) from parcours.dead_letter)::integer as letters, (select count(*) from parcours.enrollment)::integer as enrollments,
           (select count(*) from parcours.message)::integer as decisions`,
      ),
    );
    expect(rows[0]?.letters).toBe(0);
    expect(rows[0]?.enrollments).toBeGreaterThan(10);
    expect(rows[0]?.decisions).toBeGreaterThan(5);
  }, 60_000);
});
