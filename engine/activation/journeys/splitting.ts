/**
 * `split`: each person takes one arm by chance, by the file's weights or by what the split has learned (`experiments/learn.ts`). The same
 * person draws the same arm; new weights move only the difference, and who has passed keeps his arm (LANGUAGE b27).
 */
import type { Step } from '../../compiler/linked-journey.ts';
import type { Batch } from '../batch.ts';
import { insertChoices, readSplitState, type SplitState } from '../experiments/queries.ts';
import { drawArm } from './chance.ts';
import { type Enrollment, type Onward, passed } from './enrollment.ts';
import { roundsKey } from './repeating.ts';

type Split = Extract<Step['do'], { readonly kind: 'split' }>;

export async function split(batch: Batch, step: Step, passing: readonly Enrollment[]): Promise<readonly Onward[]> {
  if (step.do.kind !== 'split') throw new Error('assertion failed: a split splits');
  const journey = passing[0]?.journey.id ?? '';
  const learns = step.do.choose.kind === 'winner' || step.do.choose.kind === 'bandit';
  const state = learns ? await readSplitState(batch.session, journey, step.id) : null;
  const arms = weighed(step.do, state);
  const salt = saltOf(batch, journey, step.id);
  const taken = passing.map((one) => {
    const arm = drawArm(salt, one.profileId, arms);
    if (arm === null) throw new Error('assertion failed: an arm of a split has a weight');
    passed(one, step.index, `arm ${arm.id}`, batch.t);
    return { enrollment: one, to: arm.to, arm: arm.id };
  });
  if (learns) {
    const choices = taken.map(({ enrollment: { lane, profileId, key, n, marks }, arm }) => {
      const round = step.loops.length === 0 ? 0 : (marks[roundsKey] ?? 0);
      return { lane, profileId, journey, key, n, step: step.id, round, arm };
    });
    batch.writes.later(insertChoices(batch.session, choices, batch.t));
  }
  return taken;
}

/** By the names that journey and step had first: a rename changes nobody's arm. */
function saltOf({ program: { origins } }: Batch, journey: string, step: string): string {
  return `${origins.get(`journey/${journey}`) ?? journey}/${origins.get(`journey/${journey} ${step}`) ?? step}`;
}

/** The arms by the weights of now: all of it for a winner, the learned shares, else those of the file. */
function weighed({ arms, choose }: Split, state: SplitState | null): Split['arms'] {
  const winner = choose.kind === 'pinned' ? choose.arm : (state?.winner ?? null);
  if (winner !== null && arms.some(({ id }) => id === winner)) {
    return arms.map((arm) => ({ ...arm, weight: arm.id === winner ? 1 : 0 }));
  }
  const shares = choose.kind === 'bandit' ? (state?.shares ?? null) : null;
  if (shares === null) return arms;
  // An arm that is new has no share yet: it takes what an even spread would give it.
  return arms.map((arm) => ({ ...arm, weight: shares[arm.id] ?? 1 / arms.length }));
}
