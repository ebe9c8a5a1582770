/**
 * Moves enrollments along their steps until each rests, waits or left. Steps are rows; a set of people at the same step is handled
 * by one statement at most for its `if`, its arms and its times. Sends of all journeys are decided together, by arbitration.
 */
import { endOfJourney, type LinkedJourney, type Step } from '../../compiler/program.ts';
import type { Batch } from '../batch.ts';
import { decideSends, type SendRequest } from '../messages/decide-sends.ts';
import { type Enrollment, leave, passed, stand } from './enrollment.ts';
import { groupBy, readConditions } from './evaluate.ts';
import { type Asked, instantsFrom } from './moments.ts';
import { type Onward, readWait, settleWait } from './watch.ts';

/** Rounds of arbitration in one transaction; whoever would need more goes on in the next. */
const roundsMax = 8;

interface Standing {
  readonly one: Enrollment;
  readonly index: number;
  /** `do`: its delay is over. */
  readonly phase: 'arrive' | 'do';
}

/** What is on the move in this transaction. */
interface Moves {
  standing: Standing[];
  sends: SendRequest[];
}

export interface Starts {
  /** Those who arrive at a step. */
  readonly onward: readonly Onward[];
  /** Those whose timer has come: their step is done now, or their wait is over. */
  readonly due: readonly Enrollment[];
  /** Messages without an enrollment that stands by them, to be decided anew. */
  readonly redecide: readonly SendRequest[];
}

export async function advance(batch: Batch, starts: Starts): Promise<void> {
  const moves: Moves = { standing: [], sends: [...starts.redecide] };
  for (const { enrollment, to } of starts.onward) arrive(batch, moves, enrollment, to);
  for (const one of starts.due) wake(batch, moves, one);
  for (let round = 0; moves.standing.length > 0 || moves.sends.length > 0; round += 1) {
    await takeSteps(batch, moves);
    if (round === roundsMax) {
      restUntilNext(batch, moves);
      return;
    }
    const sends = moves.sends;
    moves.sends = [];
    for (const { request, went } of await decideSends(batch, sends)) {
      const { enrollment, step } = request;
      if (enrollment === null || step === null || went === 'held') continue;
      arrive(batch, moves, enrollment, went === 'left' ? step.then : step.otherwise);
    }
  }
}

function restUntilNext(batch: Batch, moves: Moves): void {
  for (const { enrollment, step } of moves.sends) {
    if (enrollment !== null && step !== null) stand(enrollment, step.index, 'due', batch.t);
  }
}

/** Everybody takes steps until nobody stands ready; the earliest step of each version first, since ways only lead ahead. */
async function takeSteps(batch: Batch, moves: Moves): Promise<void> {
  while (moves.standing.length > 0) {
    const groups = groupBy(moves.standing, ({ one }) => one.journey.version);
    moves.standing = [];
    for (const group of groups.values()) {
      const first = Math.min(...group.map(({ index }) => index));
      const here = group.filter(({ index }) => index === first);
      moves.standing.push(...group.filter(({ index }) => index !== first));
      const journey = (here[0] as Standing).one.journey;
      await takeStep(batch, moves, journey, journey.steps[first] as Step, here);
    }
  }
}

function arrive(batch: Batch, moves: Moves, one: Enrollment, index: number): void {
  if (index === endOfJourney) {
    leave(one, 'completed', batch.t);
    return;
  }
  one.stepSince = batch.t;
  one.isChanged = true;
  moves.standing.push({ one, index, phase: 'arrive' });
}

/** A timer has come: a delay is over, a wait ends, or a deferred message is decided anew. */
function wake(batch: Batch, moves: Moves, one: Enrollment): void {
  const index = one.step;
  const step = index === null ? undefined : one.journey.steps[index];
  if (index === null || step === undefined) return;
  if (one.posture === 'due' || one.posture === 'held') {
    moves.standing.push({ one, index, phase: 'do' });
    return;
  }
  const isWait = step.do.kind === 'wait';
  passed(one, index, isWait ? 'waited' : 'not in time', batch.t);
  arrive(batch, moves, one, isWait ? step.then : step.otherwise);
}

async function takeStep(
  batch: Batch,
  moves: Moves,
  journey: LinkedJourney,
  step: Step,
  here: readonly Standing[],
): Promise<void> {
  const ready = await afterDelay(batch, step, here);
  const passing = await whoPasses(batch, moves, journey, step, ready);
  if (passing.length === 0) return;
  switch (step.do.kind) {
    case 'send': {
      const { do: action } = step;
      moves.sends.push(...passing.map((one): SendRequest => ({ enrollment: one, step, action, message: null })));
      return;
    }
    case 'wait':
      return await wait(batch, moves, step, step.do.duration, passing);
    case 'wait_for':
      return await waitFor(batch, moves, journey, step, passing);
    case 'branch':
      return await branch(batch, moves, journey, step, passing);
    case 'exit':
      for (const one of passing) leave(one, step.do.as, batch.t);
      return;
  }
}

/** Those whose `after` and `at` are over; the others stand until then. */
async function afterDelay(batch: Batch, step: Step, here: readonly Standing[]): Promise<readonly Enrollment[]> {
  const ready = here.filter(({ phase }) => phase === 'do').map(({ one }) => one);
  const arriving = here.filter(({ phase }) => phase === 'arrive').map(({ one }) => one);
  if (step.after === null && step.at === null) return [...ready, ...arriving];
  const instants = await instantsFor(batch, arriving, { duration: step.after, at: step.at });
  arriving.forEach((one, i) => {
    const due = instants[i] as Date;
    if (due <= batch.t) ready.push(one);
    else stand(one, step.index, 'due', due);
  });
  return ready;
}

async function instantsFor(
  batch: Batch,
  enrollments: readonly Enrollment[],
  when: Pick<Asked, 'duration' | 'at'>,
): Promise<readonly Date[]> {
  const asked = enrollments.map(({ lane, profileId }): Asked => ({ lane, profileId, ...when }));
  return instantsFrom(batch.session, asked, batch.t, batch.program.workspace.zone);
}

/** Those for whom `if` holds; the others skip the step with its lists. */
async function whoPasses(
  batch: Batch,
  moves: Moves,
  journey: LinkedJourney,
  step: Step,
  ready: readonly Enrollment[],
): Promise<readonly Enrollment[]> {
  if (step.if === null) return ready;
  const readings = await readConditions(batch, `${journey.version} ${step.id} if`, [step.if], ready);
  return ready.filter((one, i) => {
    if (readings[i]?.holds[0] === true) return true;
    passed(one, step.index, 'skipped', batch.t);
    arrive(batch, moves, one, step.next);
    return false;
  });
}

async function wait(
  batch: Batch,
  moves: Moves,
  step: Step,
  duration: Asked['duration'],
  passing: readonly Enrollment[],
): Promise<void> {
  const instants = await instantsFor(batch, passing, { duration, at: null });
  passing.forEach((one, i) => {
    const due = instants[i] as Date;
    stand(one, step.index, 'waiting', due);
    if (due <= batch.t) wake(batch, moves, one);
  });
}

async function waitFor(
  batch: Batch,
  moves: Moves,
  journey: LinkedJourney,
  step: Step,
  passing: readonly Enrollment[],
): Promise<void> {
  if (step.do.kind !== 'wait_for') throw new Error('assertion failed: a wait_for waits');
  const instants = await instantsFor(batch, passing, { duration: step.do.for, at: null });
  passing.forEach((one, i) => {
    // The anchor `here`: after a delay the wait begins now, not when the person arrived at the step.
    one.stepSince = batch.t;
    stand(one, step.index, 'waiting', instants[i] as Date);
  });
  if (step.waits?.onArrival !== true && step.waits?.timed !== true) return;
  const readings = await readWait(batch, journey, step, passing);
  passing.forEach((one, i) => {
    const reading = readings[i];
    if (reading === undefined) return;
    for (const { enrollment, to } of settleWait(one, step, reading, batch.t)) arrive(batch, moves, enrollment, to);
  });
}

async function branch(
  batch: Batch,
  moves: Moves,
  journey: LinkedJourney,
  step: Step,
  passing: readonly Enrollment[],
): Promise<void> {
  if (step.do.kind !== 'branch') throw new Error('assertion failed: a branch branches');
  const { arms } = step.do;
  const conditions = arms.map((arm) => arm.if);
  const readings = await readConditions(batch, `${journey.version} ${step.id} arms`, conditions, passing);
  passing.forEach((one, i) => {
    const held = readings[i]?.holds ?? [];
    const taken = held.indexOf(true);
    passed(one, step.index, taken < 0 ? 'otherwise' : `arm ${taken + 1}`, batch.t, { held });
    arrive(batch, moves, one, arms[taken]?.to ?? step.otherwise);
  });
}
