/**
 * Goals, exits and waits: what may end or advance an enrollment at any moment. Looked at when a fact touches what they read, or
 * when time alone may change them. Order in one instant: goal, exits, waits met (LANGUAGE, b6); a fact beats a timer.
 */
import type { Condition } from '../../compiler/ir.ts';
import { type Step, waitedFor } from '../../compiler/linked-journey.ts';
import type { Batch } from '../batch.ts';
import { type Person, touches } from '../people.ts';
import { type Enrollment, leave, type Onward, passed } from './enrollment.ts';
import { groupBy, type Reading, readConditions } from './evaluate.ts';
import { readUntil } from './repeating.ts';
import { watchUntil } from './watch-until.ts';

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
  const versions = [...groupBy(enrollments, (one) => one.journey).values()];
  await Promise.all(versions.map((group) => watchEnds(batch, group)));
  const waiting = enrollments.filter((one) => waitingStep(one)?.waits != null);
  const waits = [...groupBy(waiting, (one) => `${one.journey.version} ${one.step}`).values()];
  return (await Promise.all(waits.map((group) => watchWaits(batch, group)))).flat();
}

/** Reads goal and exits of enrollments of one version. */
export async function watchEnds(batch: Batch, enrollments: readonly Enrollment[]): Promise<void> {
  const journey = enrollments[0]?.journey;
  if (journey === undefined) return;
  const { goal, exits } = journey;
  await watchLateGoals(batch, enrollments);
  const active = enrollments.filter((one) => one.state === 'active' || isOpen(one, batch.t));
  const conditions: Condition[] = [...(goal === null ? [] : [goal]), ...exits.map((exit) => exit.if)];
  if (conditions.length === 0 || active.length === 0) return;
  const readings = await readConditions(batch, `${journey.version} ends`, conditions, active);
  active.forEach((one, i) => {
    const reading = readings[i] as Reading;
    if (goal !== null && isOpen(one, batch.t)) meetGoal(one, reading.holds[0] === true, batch.t);
    const exit = exits.find((_, e) => reading.holds[e + (goal === null ? 0 : 1)] === true);
    if (one.state === 'active' && exit !== undefined) leave(one, exit.as, batch.t);
    if (one.state === 'active') watchUntil(one, reading.nextChange);
    if (isKept(one) && one.goalUntil !== null && one.goalUntil > batch.t) watchUntil(one, one.goalUntil);
  });
}

/** Whether the goal may still be met by what is true at t. */
function isOpen(one: Enrollment, t: Date): boolean {
  return one.goalAt === null && one.goalUntil !== null && t <= one.goalUntil;
}

/** Whether the goal is one that must hold to the end of its time, and that end is still to come. */
function isKept({ journey, goalAt }: Enrollment): boolean {
  return journey.body.goal?.kept === true && goalAt === null;
}

/**
 * Goals whose time is over: events that happened in it and are known only now still meet them, by when they happened (LANGUAGE b10),
 * and so does what was to hold until its end. What else has turned true meanwhile can't be told from what turned true too late.
 */
async function watchLateGoals(batch: Batch, enrollments: readonly Enrollment[]): Promise<void> {
  const journey = enrollments[0]?.journey;
  const goal = journey?.goal ?? null;
  if (journey === undefined || goal === null) return;
  const late = enrollments.filter(
    (one) =>
      one.goalAt === null && one.goalUntil !== null && batch.t > one.goalUntil && (isKept(one) || journey.goalByEvents),
  );
  const ends = late.map((one) => one.goalUntil as Date);
  const readings = await readConditions(batch, `${journey.version} goal`, [goal], late, ends);
  late.forEach((one, i) => {
    meetGoal(one, readings[i]?.holds[0] === true, one.goalUntil as Date, batch.t);
  });
}

/** A goal is met once, in time, and only if it turned true: one that held from the start must have been false in between. */
function meetGoal(one: Enrollment, holds: boolean, at: Date, t: Date = at): void {
  const { goal } = one.journey.body;
  if (goal?.kept === true) {
    if (!holds || one.goalUntil === null || at < one.goalUntil) return;
  } else if (one.marks.$unarmed !== undefined) {
    if (holds) return;
    delete one.marks.$unarmed;
    one.isChanged = true;
    return;
  }
  if (!holds) return;
  one.goalAt = at;
  one.isChanged = true;
  if (goal?.exit === true && one.state === 'active') leave(one, 'goal', t);
}

/** Disarms a goal that is true already when the enrollment begins: read as if nothing had happened since the entry. */
export async function armGoals(batch: Batch, enrollments: readonly Enrollment[]): Promise<void> {
  const journey = enrollments[0]?.journey;
  const goal = journey?.goal ?? null;
  if (journey === undefined || goal === null || journey.body.goal?.kept === true) return;
  const atEntry = enrollments.map((one) => ({ ...one, enteredAt: batch.t }));
  const readings = await readConditions(batch, `${journey.version} goal`, [goal], atEntry);
  enrollments.forEach((one, i) => {
    if (readings[i]?.holds[0] === true) one.marks.$unarmed = batch.t.getTime();
  });
}

async function watchWaits(batch: Batch, enrollments: readonly Enrollment[]): Promise<readonly Onward[]> {
  const step = waitingStep(enrollments[0] as Enrollment) as Step;
  if (step.do.kind === 'repeat') return (await readUntil(batch, step, enrollments)).left;
  const readings = await readWait(batch, step, enrollments);
  return enrollments.flatMap((one, i): readonly Onward[] => settleWait(one, step, readings[i] as WaitReading, batch.t));
}

export interface WaitReading {
  /** The first arm that came true; -1: none. */
  readonly met: number;
  /** The messages waited for never left. */
  readonly isHopeless: boolean;
  readonly nextChange: Date | null;
}

/**
 * Reads what people wait for at a step, and whether the messages they wait for will never come. Past its limit a wait is read as of that
 * limit: what happened after it doesn't meet it, though both are seen at once.
 */
export async function readWait(
  batch: Batch,
  step: Step,
  enrollments: readonly Enrollment[],
): Promise<readonly WaitReading[]> {
  const waits = waitedFor(step);
  const messages = waits.filter((one) => one.kind === 'message');
  const hopeless = messages.length < waits.length ? [] : messages.map(neverLeaves);
  const key = `${enrollments[0]?.journey.version} ${step.id} wait`;
  const readings = await readConditions(
    batch,
    key,
    [...waits, ...hopeless],
    enrollments,
    enrollments.map((one) => one.dueAt),
  );
  return readings.map(({ holds, nextChange }) => ({
    met: holds.slice(0, waits.length).indexOf(true),
    isHopeless: hopeless.length > 0 && holds.slice(waits.length).every((one) => one),
    nextChange,
  }));
}

function neverLeaves(wait: Extract<Condition, { readonly kind: 'message' }>): Condition {
  return { kind: 'not', of: { ...wait, status: 'may_leave' } };
}

/** Ends a wait that was met or became hopeless, or notes when to look again. */
export function settleWait(one: Enrollment, step: Step, reading: WaitReading, t: Date): readonly Onward[] {
  if (step.do.kind === 'call' && reading.met >= 0) {
    const isReached = reading.met === 0;
    passed(one, step.index, isReached ? 'reached' : 'not reached', t);
    return [{ enrollment: one, to: isReached ? step.then : step.otherwise }];
  }
  if (reading.met >= 0) {
    const arms = step.do.kind === 'wait_for_first' ? step.do.arms : null;
    passed(one, step.index, arms === null ? 'met' : `arm ${reading.met + 1}`, t);
    return [{ enrollment: one, to: arms?.[reading.met]?.to ?? step.then }];
  }
  if (reading.isHopeless) {
    passed(one, step.index, 'not sent', t);
    return [{ enrollment: one, to: step.otherwise }];
  }
  watchUntil(one, reading.nextChange);
  return [];
}
