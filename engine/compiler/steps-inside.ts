/** The steps inside a step of a compiled journey. What is reached in which order is `resolve/journey-flow.ts`'s, of documents. */
import type { StepBody } from './ir.ts';

/** Those of its arms of any sort, then its two ways on. */
export function stepsInside(step: StepBody): readonly StepBody[] {
  return [...ofArms(step.do), ...step.then, ...step.otherwise];
}

/** The steps and all that stand inside them, in the order of the file. */
export function allSteps(steps: readonly StepBody[]): readonly StepBody[] {
  return steps.flatMap((step) => [step, ...allSteps(stepsInside(step))]);
}

function ofArms(action: StepBody['do']): readonly StepBody[] {
  switch (action.kind) {
    case 'branch':
    case 'wait_for_first':
    case 'split':
      return action.arms.flatMap(({ steps }) => steps);
    case 'switch':
      return action.cases.flatMap(({ steps }) => steps);
    case 'repeat':
      return action.steps;
    default:
      return [];
  }
}
