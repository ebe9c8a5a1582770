/** The messages that journeys may send, flat: one entry for each step and channel. Calls count as messages of their list. */
import type { ClockTime, JourneyBody, Objective, StepBody, WhenCapped } from '../ir.ts';
import { stepsInside } from '../steps-inside.ts';

export interface PossibleMessage {
  readonly journey: string;
  readonly step: string;
  readonly channel: string;
  readonly objective: Objective;
  /** A fixed time of the day at which it leaves, unless something holds it. */
  readonly at: ClockTime | null;
  readonly whenCapped: WhenCapped | null;
}

export function possibleMessages(journey: string, body: JourneyBody): readonly PossibleMessage[] {
  return body.steps.flatMap((step) => ofStep(step, journey, body.objective));
}

function ofStep(step: StepBody, journey: string, objective: Objective): readonly PossibleMessage[] {
  return [
    ...ofAction(step, journey, objective),
    ...stepsInside(step).flatMap((one) => ofStep(one, journey, objective)),
  ];
}

function ofAction(step: StepBody, journey: string, objective: Objective): readonly PossibleMessage[] {
  const at = typeof step.at === 'string' ? step.at : null;
  const { do: action } = step;
  const about = { journey, step: step.id ?? '', at };
  if (action.kind === 'send') {
    const { channels, whenCapped } = action;
    return channels.map((channel) => ({ ...about, channel, objective: action.objective, whenCapped }));
  }
  return action.kind === 'call' ? [{ ...about, channel: action.list, objective, whenCapped: null }] : [];
}
