/**
 * Delays and waits: until when people stand at a step, and what follows when that time has come or what they wait for has happened.
 * Everything is counted from `stepSince`, so that a change of zone or date finds the new time (LANGUAGE b11, b13).
 */
import type { Step } from '../../compiler/linked-journey.ts';
import { forEnrollments } from '../../compiler/program-sql.ts';
import type { Batch } from '../batch.ts';
import { type Enrollment, type Onward, passed, stand } from './enrollment.ts';
import { arraysOf } from './evaluate.ts';
import { type Asked, instantsFrom, isLocal } from './moments/instants.ts';
import { addExactly } from './moments.ts';
import { roundsDue } from './repeating.ts';
import { readWait, settleWait } from './watch.ts';
import { workingDays } from './working-days.ts';

type When = Pick<Asked, 'duration' | 'at' | 'days'>;

/** A timer is never on time to the millisecond: so much lateness of ours is no lateness of the moment. */
const graceMs = 300_000;

/** What delays a step before it is done; null: nothing. */
function delayOf({ after, at, days }: Step): When | null {
  return after === null && at === null && days === null ? null : { duration: after, at, days };
}

/** Those who arrive and needn't wait for `after`, `at` and `days`; the others stand until then. */
export async function afterDelay(
  batch: Batch,
  step: Step,
  arriving: readonly Enrollment[],
): Promise<readonly Enrollment[]> {
  const when = delayOf(step);
  if (when === null) return arriving;
  const instants = await instantsFor(batch, arriving, when);
  return arriving.filter((one, i) => {
    const due = instants[i] as Date;
    if (due <= batch.t) return true;
    stand(one, step.index, 'due', due);
    return false;
  });
}

async function instantsFor(batch: Batch, ones: readonly Enrollment[], when: When): Promise<readonly Date[]> {
  const { duration, at, days } = when;
  const asked = ones.map(({ lane, profileId, stepSince: from }): Asked => {
    return { lane, profileId, from, duration, at, days };
  });
  return instantsFrom(batch, asked);
}

/** How long a step lasts at most, from when it began; null where no length says it. */
function lengthOf({ do: action }: Step): When | null {
  if (action.kind === 'wait') return { duration: action.duration, at: null, days: null };
  if (action.kind === 'wait_for' || action.kind === 'wait_for_first')
    return { duration: action.for, at: null, days: null };
  if (action.kind === 'call') return { duration: action.within, at: null, days: null };
  return null;
}

/** `wait: 2d`. */
export async function wait(batch: Batch, step: Step, passing: readonly Enrollment[]): Promise<readonly Onward[]> {
  await standFor(batch, step, passing);
  const over = passing.filter((one) => one.dueAt !== null && one.dueAt <= batch.t);
  return over.map((one) => goOn(batch, step, one, 'waited'));
}

/** When the step is over at the latest, counted from when it began. */
export function ends(batch: Batch, step: Step, ones: readonly Enrollment[]): Promise<readonly Date[]> {
  return instantsFor(batch, ones, lengthOf(step) as When);
}

/** After a delay the step begins now, not when the person arrived at it. */
async function standFor(batch: Batch, step: Step, passing: readonly Enrollment[]): Promise<void> {
  for (const one of passing) one.stepSince = batch.t;
  const instants = await instantsFor(batch, passing, lengthOf(step) as When);
  passing.forEach((one, i) => {
    stand(one, step.index, 'waiting', instants[i] as Date);
  });
}

/** `wait_for`, also with arms: who needn't wait goes on at once. */
export async function waitFor(batch: Batch, step: Step, passing: readonly Enrollment[]): Promise<readonly Onward[]> {
  await standFor(batch, step, passing);
  if (step.waits?.onArrival !== true && step.waits?.timed !== true) return [];
  const readings = await readWait(batch, step, passing);
  return passing.flatMap((one, i) => {
    const reading = readings[i];
    return reading === undefined ? [] : settleWait(one, step, reading, batch.t);
  });
}

/** `wait: { until: … }`, on arrival. */
export async function waitUntil(batch: Batch, step: Step, passing: readonly Enrollment[]): Promise<readonly Onward[]> {
  for (const one of passing) one.stepSince = batch.t;
  return await settleUntil(batch, step, passing, 0);
}

/** The timer of a `wait: { until: … }` has come: the moment is read once more, since it may have moved. */
export async function untilIsUp(batch: Batch, step: Step, due: readonly Enrollment[]): Promise<readonly Onward[]> {
  return await settleUntil(batch, step, due, graceMs);
}

async function settleUntil(
  batch: Batch,
  step: Step,
  ones: readonly Enrollment[],
  grace: number,
): Promise<readonly Onward[]> {
  if (step.do.kind !== 'wait_until') throw new Error('assertion failed: a moment is waited for');
  const { late } = step.do;
  const moments = await momentsUntil(batch, step, ones);
  return ones.flatMap((one, i): readonly Onward[] => {
    const at = moments[i] ?? null;
    if (at !== null && at > batch.t) {
      stand(one, step.index, 'waiting', at);
      return [];
    }
    const isLate = at !== null && late !== null && addExactly(at, late).getTime() + grace < batch.t.getTime();
    if (at !== null && !isLate) return [goOn(batch, step, one, 'waited')];
    passed(one, step.index, at === null ? 'no moment' : 'too late', batch.t);
    return [{ enrollment: one, to: step.otherwise }];
  });
}

/** The moments of a `wait: { until: … }` as they stand; undefined: there is none. */
async function momentsUntil(
  batch: Batch,
  step: Step,
  ones: readonly Enrollment[],
): Promise<readonly (Date | undefined)[]> {
  if (step.do.kind !== 'wait_until' || ones.length === 0) return [];
  if (step.do.until.kind === 'business_day') return await workingDays(batch, step, step.do.at, ones);
  const statement = batch.statements.momentUntil(`${ones[0]?.journey.version} ${step.id}`, step.do);
  const { text, values } = forEnrollments(statement, batch.t, arraysOf(ones));
  const rows = await batch.session.query<{ readonly i: number; readonly at: Date | null }>(text, values);
  const moments = new Map(rows.map((row) => [row.i - 1, row.at ?? undefined]));
  return ones.map((_, i) => moments.get(i));
}

function goOn(batch: Batch, step: Step, one: Enrollment, outcome: string): Onward {
  passed(one, step.index, outcome, batch.t);
  return { enrollment: one, to: step.then };
}

/**
 * The times of people whose zone, date or hour may be another now, at one step; with `whole` also times that no zone has a say in, since the
 * step is another one. They are due anew; nobody moves here.
 */
export async function recount(
  batch: Batch,
  step: Step,
  ones: readonly Enrollment[],
  what: 'local' | 'whole' = 'local',
): Promise<void> {
  const moves = (when: When | null): when is When => when !== null && (what === 'whole' || isLocal(when));
  const delayed = ones.filter((one) => one.posture === 'due');
  const delay = delayOf(step);
  if (delayed.length > 0 && moves(delay)) dueAt(delayed, await instantsFor(batch, delayed, delay));
  const waiting = ones.filter((one) => one.posture === 'waiting');
  if (waiting.length === 0) return;
  const length = lengthOf(step);
  if (moves(length)) dueAt(waiting, await instantsFor(batch, waiting, length));
  if (step.do.kind === 'repeat') dueAt(waiting, await roundsDue(batch, step, waiting));
  // Who lost the moment is due at once, and told so then.
  if (step.do.kind === 'wait_until') {
    dueAt(
      waiting,
      (await momentsUntil(batch, step, waiting)).map((at) => at ?? batch.t),
    );
  }
}

function dueAt(ones: readonly Enrollment[], instants: readonly Date[]): void {
  ones.forEach((one, i) => {
    const at = instants[i] as Date;
    if (one.dueAt?.getTime() === at.getTime()) return;
    one.dueAt = at;
    one.isChanged = true;
  });
}
