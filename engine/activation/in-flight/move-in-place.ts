/**
 * Most people whose journey changes stand in a step that is there as before, and keep the end of their wait: for them a move is another
 * version and a line in the log, written by SQL for all of them at once. Everybody else is moved one by one (`move.ts`).
 */
import { canonicalJson } from '../../compiler/canonical.ts';
import type { Duration } from '../../compiler/ir.ts';
import { type LinkedJourney, type Step, waitedFor } from '../../compiler/linked-journey.ts';
import type { Batch } from '../batch.ts';
import { activeVersions } from '../journeys/queries.ts';
import type { MovedSteps } from './hops.ts';
import { moveStanding } from './queries.ts';

/** Moves those of the lanes who stand in steps that stay; who is left goes by another version still. */
export async function moveInPlace(
  batch: Batch,
  { moving, movedSteps }: { readonly moving: ReadonlyMap<string, LinkedJourney>; readonly movedSteps: MovedSteps },
  lanes: readonly number[],
): Promise<void> {
  const plain = [...moving.values()].filter((one) => isPlain(one) && !movedSteps.has(one.id));
  if (plain.length === 0) return;
  const standing = (await activeVersions(batch.session, lanes)).filter(({ journey }) => moving.has(journey));
  await batch.versions.load(batch.session, standing);
  for (const target of plain) {
    for (const { journey, version } of standing) {
      if (journey !== target.id || version === target.version) continue;
      const old = batch.versions.get(journey, version);
      const steps = stepsThatStay(old, target);
      if (steps.length === 0) continue;
      await moveStanding(batch.session, lanes, {
        ...{ journey, from: version, to: target.version, t: batch.t },
        steps: steps.map(({ id }) => id),
        // What is waited for, or ends the journey, is other than it was: it may hold already.
        looksAgain: steps.filter((step) => isOther(old, target, step)).map(({ id }) => id),
        goalWithin: hasSameGoalTime(old, target) ? undefined : (target.body.goal?.within ?? null),
      });
    }
  }
}

/** Waits are kept, and the time of the goal is one that SQL counts as we do. */
function isPlain({ body: { inFlight, goal } }: LinkedJourney): boolean {
  if (inFlight === 'pin' || inFlight.policy !== 'migrate' || inFlight.waits !== 'keep') return false;
  return goal === null || isOfOneUnit(goal.within);
}

function isOfOneUnit({ months, days, ms }: Duration): boolean {
  return months === 0 || (days === 0 && ms === 0);
}

function stepsThatStay(old: LinkedJourney, target: LinkedJourney): readonly Step[] {
  const { inFlight } = target.body;
  const map = inFlight === 'pin' ? {} : inFlight.map;
  return old.steps.filter((step) => {
    if ((map[step.id] ?? step.id) !== step.id) return false;
    return stepIn(target, step.id)?.do.kind === step.do.kind;
  });
}

function stepIn({ steps, stepIndex }: LinkedJourney, id: string): Step | undefined {
  return steps[stepIndex.get(id) ?? -1];
}

function isOther(old: LinkedJourney, target: LinkedJourney, step: Step): boolean {
  if (canonicalJson([old.goal, old.exits]) !== canonicalJson([target.goal, target.exits])) return true;
  const now = stepIn(target, step.id);
  return now === undefined || canonicalJson(waitedFor(step)) !== canonicalJson(waitedFor(now));
}

function hasSameGoalTime(old: LinkedJourney, target: LinkedJourney): boolean {
  return canonicalJson(old.body.goal?.within ?? null) === canonicalJson(target.body.goal?.within ?? null);
}
