/**
 * What fixed delays do to a journey's dates: steps that come after the date they prepare, and goals whose time is over before
 * the first message. Only what is certain of somebody is said. Months count thirty days here.
 */
import type { Duration, JourneyBody, Moment, StepBody, ValueRef } from '../ir.ts';
import { child, fault, items, type Place } from './place.ts';

const dayMs = 24 * 3_600_000;

/** Says it at the delay, or at the goal's `within`. */
export function checkTimes(journey: Place, body: JourneyBody): void {
  warnOvershoot(journey, body);
  warnGoalOver(journey, body);
}

function msOf({ months, days, ms }: Duration): number {
  return (months * 30 + days) * dayMs + ms;
}

function sameRef(a: ValueRef, b: ValueRef): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Milliseconds before (negative) or after the date. */
function offsetOf(moment: Moment & { readonly kind: 'relative' }): number {
  const ms = moment.offset === null ? 0 : msOf(moment.offset);
  return moment.side === 'before' ? -ms : ms;
}

/** A mail that prepares a departure must not come after it: whoever enters late goes on with the same delays (LANGUAGE b13). */
function warnOvershoot(journey: Place, body: JourneyBody): void {
  const [trigger, other] = body.entry.triggers;
  if (trigger?.kind !== 'date' || other !== undefined || trigger.moment.kind !== 'relative') return;
  const start = offsetOf(trigger.moment);
  if (start >= 0) return;
  const latest = Math.min(start + msOf(trigger.late), 0);
  const to = trigger.moment.to;
  let position = latest;
  for (const [index, step] of body.steps.entries()) {
    const place = items(child(journey, 'steps'))[index] as Place;
    const until = step.do.kind === 'wait_until' && step.do.until.kind === 'moment' ? step.do.until.moment : null;
    if (step.do.kind === 'wait_until' && !(until?.kind === 'relative' && sameRef(until.to, to))) return;
    if (until?.kind === 'relative') {
      position = Math.max(position, offsetOf(until));
      if (position >= 0) return;
      continue;
    }
    const delay = (step.after === null ? 0 : msOf(step.after)) + (step.do.kind === 'wait' ? msOf(step.do.duration) : 0);
    position += delay;
    if (delay === 0 || position <= 0) continue;
    const at = child(place, 'after') ?? child(place, 'wait') ?? place;
    const detail =
      'This delay is fixed, and the journey is opened by a date: who enters as late as `late` allows comes here when the date is past. Wait until a moment instead: `wait: { until: 1d before … }`.';
    fault(at, 'CMP172', detail);
    return;
  }
}

/** The goal's time runs from entry: a first message after its end can't have brought it about. */
function warnGoalOver(journey: Place, body: JourneyBody): void {
  const { goal } = body;
  if (goal === null || goal.kept === true) return;
  const first = firstMessage(body.steps);
  if (first.found === null || first.found <= msOf(goal.within)) return;
  const place = child(child(journey, 'goal') as Place, 'within') as Place;
  const detail =
    "The goal's time is over before the first message can leave, so no message can bring it about. Give the goal more time, or send earlier.";
  fault(place, 'CMP177', detail);
}

/** The least time from the beginning of the list to a message, and to its end (null: there is none). */
function firstMessage(steps: readonly StepBody[]): { readonly found: number | null; readonly passed: number | null } {
  let passed = 0;
  let found: number | null = null;
  for (const step of steps) {
    const before = passed + (step.after === null ? 0 : msOf(step.after));
    const { do: action } = step;
    if (action.kind === 'send' || action.kind === 'call') return { found: least(found, before), passed: null };
    if (action.kind === 'goto') return { found: 0, passed: null };
    const took = before + (action.kind === 'wait' ? msOf(action.duration) : 0);
    const ways = waysOf(step).map((way) => firstMessage(way));
    for (const way of ways) if (way.found !== null) found = least(found, took + way.found);
    const ends = [...ways.map((way) => way.passed), ...(step.if === null ? [] : [passed - took])];
    const rest = ends.filter((one) => one !== null);
    if (action.kind === 'exit' && step.if === null) return { found, passed: null };
    if (ends.length > 0 && rest.length === 0) return { found, passed: null };
    passed = took + (rest.length === 0 ? 0 : Math.min(...rest));
  }
  return { found, passed };
}

function least(a: number | null, b: number): number {
  return a === null ? b : Math.min(a, b);
}

/** The lists of steps of which one is taken; an empty list goes on at once. */
function waysOf(step: StepBody): readonly (readonly StepBody[])[] {
  const { do: action } = step;
  switch (action.kind) {
    case 'branch':
    case 'wait_for_first':
      return [...action.arms.map((arm) => arm.steps), step.otherwise];
    case 'switch':
      return [...action.cases.map((one) => one.steps), step.otherwise];
    case 'split':
      return action.arms.map((arm) => arm.steps);
    case 'repeat':
      return [action.steps];
    default:
      return step.then.length + step.otherwise.length === 0 ? [] : [step.then, step.otherwise];
  }
}
