/** What the arms of branches and switches ask, in words, of the versions by which a person went. */
import type { JourneyBody, StepBody } from '../compiler/ir.ts';
import { allSteps } from '../compiler/steps-inside.ts';
import { formatCondition } from '../reconcile/format-condition.ts';
import { readBodies } from '../store/revisions.ts';
import type { Session } from '../store/session.ts';

/** By `VERSION STEP`, an arm each. */
export type BranchWords = Readonly<Record<string, readonly string[]>>;

/** `versions`: digests of bodies of journeys. */
export async function branchWords(session: Session, versions: readonly string[]): Promise<BranchWords> {
  if (versions.length === 0) return {};
  const bodies = await readBodies(session, [...new Set(versions)]);
  return Object.fromEntries(
    [...bodies].flatMap(([version, body]) =>
      allSteps((body as JourneyBody).steps).flatMap((step) => {
        const arms = armsOf(step.do);
        return arms === null ? [] : [[`${version} ${step.id}`, arms] as const];
      }),
    ),
  );
}

function armsOf(action: StepBody['do']): readonly string[] | null {
  if (action.kind === 'branch') return action.arms.map((arm) => formatCondition(arm.if));
  return action.kind === 'switch' ? action.cases.map((arm) => formatCondition(arm.if)) : null;
}
