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
  const ways = new Map<readonly boolean[], Way>();
  return passing.map((one, i) => {
    const held = readings[i]?.holds ?? [];
    const way = ways.get(held) ?? wayOf(held);
    ways.set(held, way);
    passed(one, step.index, way.outcome, batch.t, way.detail);
    return { enrollment: one, to: way.to };
  });

  function wayOf(held: readonly boolean[]): Way {
    const taken = held.indexOf(true);
    const outcome = taken < 0 ? 'otherwise' : `${names[kind]} ${taken + 1}`;
    return { outcome, detail: { held }, to: arms[taken]?.to ?? step.otherwise };
  }
}

/** What follows from the same arms holding: one for all who share them. */
interface Way {
  readonly outcome: string;
  readonly detail: { readonly held: readonly boolean[] };
  readonly to: number;
}
