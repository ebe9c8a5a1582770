/** Every example: applied, it leaves nothing to plan, and its plan is as the published schema says. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jumpingClock } from '../../engine/clock/clock.ts';
import { compile } from '../../engine/compiler/compile.ts';
import { runnable } from '../../engine/compiler/not-run.ts';
import { loadProject } from '../../engine/config/load-project.ts';
import { applyPlan } from '../../engine/reconcile/apply-plan.ts';
import { withImpact } from '../../engine/reconcile/impact/measure-impact.ts';
import { planChanges } from '../../engine/reconcile/plan-changes.ts';
import { faultIn } from '../../engine/reconcile/saved-plan.ts';
import { readState } from '../../engine/reconcile/state.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const folders = readdirSync(examples)
  .flatMap((name) => [join(examples, name), join(examples, name, 'workspace')])
  .filter((folder) => existsSync(join(folder, 'parcours.yaml')));
const clock = jumpingClock(new Date('2026-03-01T09:00:00Z'));

let store: TestStore;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.drop());

it('there are some', () => expect(folders.length).toBeGreaterThan(2));

it.each(folders.map((folder) => [folder.slice(examples.length), folder]))(
  '%s leaves nothing to plan',
  async (_, folder) => {
    const { project } = await loadProject(folder);
    const { bundle } = compile(project);
    if (bundle === null) throw new Error('an example is right');
    // One after the other on one store: each takes away what the one before held, and begins anew under its own name.
    await store.withSession((session) => session.query('update parcours.store set workspace = null', []));
    const options = {
      allowDestructive: [`workspace/${bundle.resources.find(({ kind }) => kind === 'workspace')?.id}`],
    };
    const plan = async () => planChanges(bundle, await store.withSession(readState), { ...options, at: clock.now() });
    const first = await plan();
    const state = await store.withSession(readState);
    const counted = await withImpact({ store, clock, bundle: runnable(bundle), state, plan: first });
    expect(faultIn(JSON.parse(JSON.stringify(counted)))).toBeNull();
    const runs = first.held.every((one) => one.isDraft);
    if (!runs) return;
    const origin = { commit: null, isDirty: false, author: 'ana' };
    await applyPlan({ store, clock, bundle, plan: first, origin, engineVersion: '0', ...options });
    expect((await plan()).changes).toEqual([]);
  },
);
