/**
 * Goals, exits and waits: what may end or advance an enrollment at any moment. Looked at when a fact touches what they read, or
 * when time alone may change them. Order in one instant: goal, exits, waits met (LANGUAGE, b6); a fact beats a timer.
 */
import type { Condition } from '../../compiler/ir.ts';
import type { LinkedJourney, Step } from '../../compiler/program.ts';
import type { Batch } from '../batch.ts';
import { type Person, touches } from '../people.ts';
import { type Enrollment, leave, passed } from './enrollment.ts';
import { groupBy, type Reading, readConditions } from './evaluate.ts';

/** An enrollment that goes on at a step. */
export interface Onward {
  readonly enrollment: Enrollment;
  readonly to: number;
}

/** Whether something that this enrollment watches happened to its person. */
export function isTouched(enrollment: Enrollment, person: Person): boolean {
  return touches(person, enrollment.journey.watches) || waitTouched(enrollment, person);
}

function waitTouched(enrollment: Enrollment, person: Person): boolean {
  const step = waitingStep(enrollment);
  return step?.waits != null && touches(person, step.waits);
}

function waitingStep(enrollment: Enrollment): Step | null {
  if (enrollment.state !== 'active' || enrollment.posture !== 'waiting' || enrollment.step === null) return null;
  return enrollment.journey.steps[enrollment.step] ?? null;
}

/** Looks at goals, exits and waits of the enrollments; returns those whose wait was met. */
export async function watch(batch: Batch, enrollments: readonly Enrollment[]): Promise<readonly Onward[]> {
  for (const one of enrollments) {
    if (one.watchAt === null) continue;
    one.watchAt = null;
    one.isChanged = true;
  }
  const versions = [...groupBy(enrollments, (one) => one.journey.version).values()];
  await Promise.all(versions.map((group) => watchEnds(batch, group)));
  const waiting = enrollments.filter((one) => waitingStep(one)?.do.kind === 'wait_for');
  const waits = [...groupBy(waiting, (one) => `${one.journey.version} ${one.step}`).values()];
  return (await Promise.all(waits.map((group) => watchWaits(batch, group)))).flat();
}

/** Reads goal and exits of enrollments of one version. */
export async function watchEnds(batch: Batch, enrollments: readonly Enrollment[]): Promise<void> {
  const journey = enrollments[0]?.journey;
  if (journey === undefined) return;
  const { goal, exits } = journey.body;
  const conditions: Condition[] = [...(goal === null ? [] : [goal.if]), ...exits.map((exit) => exit.if)];
  if (conditions.length === 0) return;
  const readings = await readConditions(batch, `${journey.version} ends`, conditions, enrollments);
  enrollments.forEach((one, i) => {
    const reading = readings[i] as Reading;
    if (goal !== null) meetGoal(one, reading.holds[0] === true, goal.exit, batch.t);
    const exit = exits.find((_, e) => reading.holds[e + (goal === null ? 0 : 1)] === true);
    if (one.state === 'active' && exit !== undefined) leave(one, exit.as, batch.t);
    if (one.state === 'active') watchUntil(one, reading.nextChange);
  });
}

/** A goal is met once, in time, and only if it turned true: one that held from the start must have been false in between. */
function meetGoal(one: Enrollment, holds: boolean, exits: boolean, t: Date): void {
  if (one.goalAt !== null || one.goalUntil === null || t > one.goalUntil) return;
  if (one.marks.$unarmed !== undefined) {
    if (holds) return;
    delete one.marks.$unarmed;
    one.isChanged = true;
    return;
  }
  if (!holds) return;
  one.goalAt = t;
  one.isChanged = true;
  if (exits && one.state === 'active') leave(one, 'goal', t);
}

/** Disarms a goal that is true already when the enrollment begins: read as if nothing had happened since the entry. */
export async function armGoals(batch: Batch, enrollments: readonly Enrollment[]): Promise<void> {
  const goal = enrollments[0]?.journey.body.goal;
  if (goal == null) return;
  const atEntry = enrollments.map((one) => ({ ...one, enteredAt: batch.t }));
  const readings = await readConditions(batch, `${enrollments[0]?.journey.version} goal`, [goal.if], atEntry);
  enrollments.forEach((one, i) => {
    if (readings[i]?.holds[0] === true) one.marks.$unarmed = batch.t.getTime();
  });
}

async function watchWaits(batch: Batch, enrollments: readonly Enrollment[]): Promise<readonly Onward[]> {
  const first = enrollments[0] as Enrollment;
  const step = waitingStep(first) as Step;
  const readings = await readWait(batch, first.journey, step, enrollments);
  return enrollments.flatMap((one, i): Onward[] => {
    const outcome = readings[i] as WaitReading;
    return settleWait(one, step, outcome, batch.t);
  });
}

export interface WaitReading {
  readonly isMet: boolean;
  /** The message waited for never left. */
  readonly isHopeless: boolean;
  readonly nextChange: Date | null;
}

/** Reads a wait's condition, and whether the message it waits for will never come. */
export async function readWait(
  batch: Batch,
  journey: LinkedJourney,
  step: Step,
  enrollments: readonly Enrollment[],
): Promise<readonly WaitReading[]> {
  if (step.do.kind !== 'wait_for') throw new Error('assertion failed: a wait_for is read');
  const wait = step.do.if;
  const hopeless: Condition[] = wait.kind === 'message' ? [{ kind: 'not', of: { ...wait, status: 'may_leave' } }] : [];
  const readings = await readConditions(batch, `${journey.version} ${step.id} wait`, [wait, ...hopeless], enrollments);
  return readings.map(({ holds, nextChange }) => ({
    isMet: holds[0] === true,
    isHopeless: holds[1] === true,
    nextChange,
  }));
}

/** Ends a wait that was met or became hopeless, or notes when to look again. */
export function settleWait(one: Enrollment, step: Step, reading: WaitReading, t: Date): Onward[] {
  if (reading.isMet) {
    passed(one, step.index, 'met', t);
    return [{ enrollment: one, to: step.then }];
  }
  if (reading.isHopeless) {
    passed(one, step.index, 'not sent', t);
    return [{ enrollment: one, to: step.otherwise }];
  }
  watchUntil(one, reading.nextChange);
  return [];
}

function watchUntil(one: Enrollment, at: Date | null): void {
  if (at === null || (one.watchAt !== null && one.watchAt <= at)) return;
  one.watchAt = at;
  one.isChanged = true;
}
