/**
 * What a team has before its first journey: the schema, sources, segments, channels, templates and limits. Applying these first lets
 * history come in while no journey is there to start; the plan of the journeys can then count real people.
 */

import { strict as assert } from 'node:assert';
import { engineVersion } from '#engine/cli/engine-version';
import type { Clock } from '#engine/clock/clock';
import { compile } from '#engine/compiler/compile';
import { loadProject } from '#engine/config/load-project';
import { applyPlan } from '#engine/reconcile/apply-plan';
import { readGitOrigin } from '#engine/reconcile/git-origin';
import { planChanges } from '#engine/reconcile/plan-changes';
import { readState } from '#engine/reconcile/state';
import type { Store } from '#engine/store/store';

/** Applies the workspace without its journeys. The files were validated before. Returns how many resources that are. */
export async function applyGround(store: Store, root: string, clock: Clock): Promise<number> {
  const { project } = await loadProject(root);
  // Tests are about journeys.
  const resources = project.resources.filter(({ kind }) => kind !== 'journey' && kind !== 'test');
  const ground = { ...project, resources };
  const { bundle } = compile(ground);
  assert(bundle !== null, 'nothing but the pressure may refer to journeys, and the demo has no such rule');
  const plan = planChanges(bundle, await store.withSession(readState));
  const origin = await readGitOrigin(root, process.env);
  await applyPlan({ store, clock, bundle, plan, origin, engineVersion: engineVersion() });
  return bundle.resources.length;
}
