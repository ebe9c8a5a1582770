/** `branch` and `switch`: the first arm or case that holds is taken, otherwise the other way (LANGUAGE b1, b4). */
import type { Step } from '../../compiler/linked-journey.ts';
import type { Batch } from '../batch.ts';
import { type Enrollment, type Onward, passed } from './enrollment.ts';
import { readConditions } from './evaluate.ts';

/** What an arm is called in the log. */
const names = { branch: 'arm', switch: 'case' } as const;

export async function choose(batch: Batch, step: Step, passing: readonly Enrollment[]): Promise<readonly Onward[]> {
  if (step.do.kind !== 'branch' && step.do.kind !== 'switch') throw new Error('assertion failed: a branch branches');
  const { arms, kind } = step.do;
  const conditions = arms.map((arm) => arm.if);
  const key = `${passing[0]?.journey.version} ${step.id} arms`;
  const readings = await readConditions(batch, key, conditions, passing);
  return passing.map((one, i) => {
    const held = readings[i]?.holds ?? [];
    const taken = held.indexOf(true);
    passed(one, step.index, taken < 0 ? 'otherwise' : `${names[kind]} ${taken + 1}`, batch.t, { held });
    return { enrollment: one, to: arms[taken]?.to ?? step.otherwise };
  });
}
