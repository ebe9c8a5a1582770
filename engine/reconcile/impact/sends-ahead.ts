/**
 * How many messages at most a person gets from a step on within a time: the longest way through the journey, by the shortest its waits
 * can be. Conditions, caps and consents only make it fewer. Pure.
 */
import type { Duration } from '../../compiler/ir.ts';
import { endOfJourney, type LinkedJourney, type Step } from '../../compiler/linked-journey.ts';

const dayMs = 86_400_000;

/** Rounds of loops multiply: beyond so many steps looked at, the count stands as it is. */
const looksMax = 20_000;

/** Answers for one journey; each is worked out once. */
export interface SendsAhead {
  /** Of who has just come in. */
  fromEntry(withinMs: number): number;
  /** Of who does the step now (`due`), has its message held back (`held`), or ends its wait (`waiting`). */
  from(step: string, posture: string, withinMs: number): number;
}

export function sendsAhead(journey: LinkedJourney): SendsAhead {
  const known = new Map<string, number>();
  let looks = 0;

  /** Of a person who comes to the step with so much time left. */
  const arriving = (index: number, left: number): number => {
    const step = journey.steps[index];
    if (index === endOfJourney || step === undefined || left < 0) return 0;
    const key = `${index} ${left}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    looks += 1;
    if (looks > looksMax) return 0;
    // A way that comes back without any time between is cut here.
    known.set(key, 0);
    const rest = left - shortest(step.after);
    const most = Math.max(step.if === null ? 0 : arriving(step.next, left), rest < 0 ? 0 : doing(step, rest));
    known.set(key, most);
    return most;
  };

  const doing = (step: Step, left: number): number => {
    const own = step.do.kind === 'send' ? 1 : 0;
    return own + Math.max(0, ...waysFrom(step).map(([to, takes]) => arriving(to, left - takes)));
  };

  return {
    fromEntry: (withinMs) => (journey.steps.length === 0 ? 0 : arriving(0, withinMs)),
    from: (id, posture, withinMs) => {
      const step = journey.steps[journey.stepIndex.get(id) ?? endOfJourney];
      if (step === undefined) return 0;
      if (posture !== 'waiting') return doing(step, withinMs);
      // Whoever waits has waited: the ways from the step take no more time. What is waited for comes by no timer.
      if (step.do.kind === 'wait_for' || step.do.kind === 'wait_for_first') return arriving(step.otherwise, withinMs);
      return Math.max(0, ...waysFrom(step).map(([to]) => arriving(to, withinMs)));
    },
  };
}

/** Where the step leads, with the shortest time that it takes. */
function waysFrom(step: Step): readonly (readonly [to: number, takesMs: number])[] {
  const ways: (readonly [number, number])[] = [
    [step.then, 0],
    [step.otherwise, 0],
    [step.next, 0],
  ];
  const { do: action } = step;
  switch (action.kind) {
    case 'wait':
      return [[step.then, shortest(action.duration)]];
    case 'wait_for':
      return [
        [step.then, 0],
        [step.otherwise, shortest(action.for)],
      ];
    case 'wait_for_first':
      return [...action.arms.map(({ to }) => [to, 0] as const), [step.otherwise, shortest(action.for)]];
    case 'branch':
    case 'switch':
      return [...action.arms.map(({ to }) => [to, 0] as const), [step.otherwise, 0]];
    case 'split':
      return action.arms.map(({ to }) => [to, 0] as const);
    case 'repeat':
      return [
        [action.to, shortest(action.every)],
        [step.next, 0],
      ];
    case 'goto':
      return [[action.to, 0]];
    case 'exit':
      return [];
    default:
      return ways;
  }
}

/** A time may be shorter by the calendar than its name: a month of 28 days, a day of 23 hours. */
function shortest(duration: Duration | null): number {
  if (duration === null) return 0;
  const { months, days, ms } = duration;
  const calendar = (months * 28 + days) * dayMs;
  return calendar + ms - (calendar > 0 ? 3_600_000 : 0);
}
