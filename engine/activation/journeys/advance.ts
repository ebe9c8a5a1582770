/**
 * Moves enrollments along their steps until each rests, waits or left. Steps are rows; a set of people at the same step is handled
 * by one statement at most for its `if`, its arms and its times. Sends of all journeys are decided together, by arbitration.
 */
import { endOfJourney, type Step } from '../../compiler/linked-journey.ts';
import type { Batch } from '../batch.ts';
import { decideSends } from '../messages/decide-sends.ts';
import type { SendRequest } from '../messages/send-request.ts';
import { changeConsent, start, update } from './acting.ts';
import { callOut } from './calling-out.ts';
import { callRequests, placeCalls } from './calls.ts';
import { choose } from './choosing.ts';
import { type Enrollment, leave, type Onward, passed, stand } from './enrollment.ts';
import { groupBy, readConditions } from './evaluate.ts';
import { beginRepeat, endRound, isBetweenRounds, nextRound } from './repeating.ts';
import { award, redeem } from './rewarding.ts';
import { split } from './splitting.ts';
import { afterDelay, untilIsUp, wait, waitFor, waitUntil } from './waiting.ts';

/** Rounds of arbitration in one transaction; whoever would need more goes on in the next. */
const roundsMax = 8;

interface Standing {
  readonly one: Enrollment;
  readonly index: number;
  /** `do`: its delay is over · `over`: its wait has come to its time · `round`: a round of it has ended. */
  readonly phase: 'arrive' | 'do' | 'over' | 'round';
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
  /** By place, all enrollments in memory. */
  readonly open: ReadonlyMap<string, Enrollment>;
}

export async function advance(batch: Batch, starts: Starts): Promise<void> {
  const moves: Moves = { standing: [], sends: [...starts.redecide] };
  for (const { enrollment, to } of starts.onward) arrive(batch, moves, enrollment, to);
  for (const one of starts.due) wake(moves, one);
  for (let round = 0; moves.standing.length > 0 || moves.sends.length > 0; round += 1) {
    await takeSteps(batch, moves);
    if (round === roundsMax) {
      restUntilNext(batch, moves);
      return;
    }
    const sends = moves.sends;
    moves.sends = [];
    const placed: Onward[] = [];
    for (const { request, went } of await decideSends(batch, sends, starts.open.values())) {
      const { enrollment, step } = request;
      if (enrollment === null || step === null || went === 'held') continue;
      if (step.do.kind === 'call' && went === 'left') placed.push({ enrollment, to: step.index });
      else arrive(batch, moves, enrollment, went === 'left' ? step.then : step.otherwise);
    }
    await placeCalls(batch, placed);
  }
}

function restUntilNext(batch: Batch, moves: Moves): void {
  for (const { enrollment, step } of moves.sends) {
    if (enrollment !== null && step !== null) stand(enrollment, step.index, 'due', batch.t);
  }
}

/** Everybody takes steps until nobody stands ready; the earliest step of each version first, since ways lead ahead but for rounds. */
async function takeSteps(batch: Batch, moves: Moves): Promise<void> {
  while (moves.standing.length > 0) {
    const groups = [...groupBy(moves.standing, ({ one }) => one.journey).values()];
    // What a journey asks doesn't depend on another's answers: all ask at once, and what follows is kept in their order.
    const taken = await Promise.all(groups.map((group) => takeEarliest(batch, group)));
    moves.standing = taken.flatMap(({ standing }) => standing);
    moves.sends.push(...taken.flatMap(({ sends }) => sends));
  }
}

/** The earliest step at which somebody of the group stands, for all who stand there. */
async function takeEarliest(batch: Batch, group: readonly Standing[]): Promise<Moves> {
  const first = group.reduce((least, { index }) => Math.min(least, index), Number.POSITIVE_INFINITY);
  const here = group.filter(({ index }) => index === first);
  const moves: Moves = {
    standing: here.length === group.length ? [] : group.filter(({ index }) => index !== first),
    sends: [],
  };
  const step = (here[0] as Standing).one.journey.steps[first] as Step;
  for (const { enrollment, to } of await takeStep(batch, moves, step, here)) arrive(batch, moves, enrollment, to);
  return moves;
}

function arrive(batch: Batch, moves: Moves, one: Enrollment, index: number): void {
  if (index === endOfJourney) {
    leave(one, 'completed', batch.t);
    return;
  }
  const step = one.journey.steps[index] as Step;
  one.stepSince = batch.t;
  one.isChanged = true;
  moves.standing.push({ one, index, phase: isBetweenRounds(one, step) ? 'round' : 'arrive' });
}

/** A timer has come: a delay is over, a wait ends, or a deferred message is decided anew. */
function wake(moves: Moves, one: Enrollment): void {
  const index = one.step;
  if (index === null || one.journey.steps[index] === undefined) return;
  moves.standing.push({ one, index, phase: one.posture === 'waiting' ? 'over' : 'do' });
}

/** What those who stand at a step do there, and where they go on. */
async function takeStep(batch: Batch, moves: Moves, step: Step, here: readonly Standing[]): Promise<readonly Onward[]> {
  const of = (phase: Standing['phase']) => here.filter((one) => one.phase === phase).map(({ one }) => one);
  const over = of('over');
  const ended = of('round');
  const onward = [
    ...(over.length === 0 ? [] : await timeIsUp(batch, step, over)),
    ...(ended.length === 0 ? [] : await endRound(batch, step, ended)),
  ];
  const arriving = of('arrive');
  const ready = [...of('do'), ...(arriving.length === 0 ? [] : await afterDelay(batch, step, arriving))];
  const { passing, skipping } = await whoPasses(batch, step, ready);
  return [...onward, ...skipping, ...(passing.length === 0 ? [] : await act(batch, moves, step, passing))];
}

/** Those for whom `if` holds; the others skip the step with its lists. */
async function whoPasses(
  batch: Batch,
  step: Step,
  ready: readonly Enrollment[],
): Promise<{ readonly passing: readonly Enrollment[]; readonly skipping: readonly Onward[] }> {
  if (step.if === null || ready.length === 0) return { passing: ready, skipping: [] };
  const readings = await readConditions(batch, `${ready[0]?.journey.version} ${step.id} if`, [step.if], ready);
  const holds = (i: number) => readings[i]?.holds[0] === true;
  const skipping = ready.filter((_, i) => !holds(i));
  for (const one of skipping) passed(one, step.index, 'skipped', batch.t);
  return {
    passing: ready.filter((_, i) => holds(i)),
    skipping: skipping.map((enrollment) => ({ enrollment, to: step.next })),
  };
}

/** Does the step for those who pass; who doesn't go on stands there, or left. */
async function act(batch: Batch, moves: Moves, step: Step, passing: readonly Enrollment[]): Promise<readonly Onward[]> {
  switch (step.do.kind) {
    case 'send': {
      const { do: action } = step;
      moves.sends.push(...passing.map((one): SendRequest => ({ enrollment: one, step, action, message: null })));
      return [];
    }
    case 'call':
      moves.sends.push(...callRequests(batch, step, passing));
      return [];
    case 'wait':
      return await wait(batch, step, passing);
    case 'wait_until':
      return await waitUntil(batch, step, passing);
    case 'wait_for':
    case 'wait_for_first':
      return await waitFor(batch, step, passing);
    case 'branch':
    case 'switch':
      return await choose(batch, step, passing);
    case 'split':
      return await split(batch, step, passing);
    case 'webhook':
      return await callOut(batch, step, step.do, passing);
    case 'update':
      return await update(batch, step, step.do, passing);
    case 'consent':
      return changeConsent(batch, step, step.do, passing);
    case 'award':
      return await award(batch, step, step.do, passing);
    case 'redeem':
      return await redeem(batch, step, step.do, passing);
    case 'start':
      return start(batch, step, step.do, passing);
    case 'repeat':
      return beginRepeat(batch, step, passing);
    case 'goto': {
      const { to } = step.do;
      for (const one of passing) passed(one, step.index, 'gone', batch.t);
      return passing.map((enrollment) => ({ enrollment, to }));
    }
    case 'exit':
      for (const one of passing) leave(one, step.do.as, batch.t);
      return [];
  }
}

/** The time of those who wait at the step has come. */
async function timeIsUp(batch: Batch, step: Step, over: readonly Enrollment[]): Promise<readonly Onward[]> {
  if (step.do.kind === 'repeat') return nextRound(batch, step, over);
  if (step.do.kind === 'wait_until') return await untilIsUp(batch, step, over);
  const isWait = step.do.kind === 'wait';
  for (const one of over) passed(one, step.index, isWait ? 'waited' : 'not in time', batch.t);
  return over.map((enrollment) => ({ enrollment, to: isWait ? step.then : step.otherwise }));
}
