/**
 * `repeat` (LANGUAGE b7): the first round at once, then one `every` so often, from the start of a round to the next; `until` is read
 * between rounds and ends the pause. What is counted stands in the enrollment's marks, under the step's id.
 */
import type { Step } from '../../compiler/linked-journey.ts';
import { roundKey } from '../../compiler/message-sql.ts';
import type { Batch } from '../batch.ts';
import { type Enrollment, noted, type Onward, passed, stand } from './enrollment.ts';
import { readConditions } from './evaluate.ts';
import { instantsFrom } from './moments/instants.ts';
import { times } from './moments.ts';
import { watchUntil } from './watch-until.ts';

type Repeat = Extract<Step['do'], { readonly kind: 'repeat' }>;

/** The number of the newest round of any `repeat` of the enrollment. */
export const roundsKey = '$rounds';

/** `began`: the first round · `start`: this one · `anchor`: from where the pauses are counted · `since`: rounds since then · `done`: all rounds. */
const keysOf = (id: string) => ({
  began: `$began ${id}`,
  start: `$start ${id}`,
  anchor: `$anchor ${id}`,
  since: `$since ${id}`,
  done: `$done ${id}`,
});

function actionOf(step: Step): Repeat {
  if (step.do.kind !== 'repeat') throw new Error('assertion failed: a repeat repeats');
  return step.do;
}

/** Whether who comes to the step ends a round of it, and doesn't come from outside. */
export function isBetweenRounds(one: Enrollment, step: Step): boolean {
  return step.do.kind === 'repeat' && one.marks[keysOf(step.id).began] !== undefined;
}

/** The first round. */
export function beginRepeat(batch: Batch, step: Step, passing: readonly Enrollment[]): readonly Onward[] {
  const { began } = keysOf(step.id);
  return passing.map((one) => {
    one.marks[began] = batch.t.getTime();
    anchorNow(one, step, batch.t);
    return beginRound(one, step, batch.t);
  });
}

/** The pause is over. */
export function nextRound(batch: Batch, step: Step, due: readonly Enrollment[]): readonly Onward[] {
  return due.map((one) => beginRound(one, step, batch.t));
}

/** A round has ended: the repeat with it, or a pause begins, or the next round when its time has come. */
export async function endRound(batch: Batch, step: Step, ending: readonly Enrollment[]): Promise<readonly Onward[]> {
  const { max } = actionOf(step);
  const keys = keysOf(step.id);
  const isOver = (one: Enrollment) => (one.marks[keys.done] ?? 0) >= max;
  const more = ending.filter((one) => !isOver(one));
  const over = ending.filter(isOver).map((one) => leaveRepeat(batch, step, one, 'rounds over'));
  for (const one of more) stand(one, step.index, 'waiting', null, new Date(one.marks[keys.began] ?? 0));
  const { left, resting } = await readUntil(batch, step, more);
  return [...over, ...left, ...(await pause(batch, step, resting))];
}

/** Those in the pause whose `until` has come true; the others rest. */
export async function readUntil(
  batch: Batch,
  step: Step,
  pausing: readonly Enrollment[],
): Promise<{ readonly left: readonly Onward[]; readonly resting: readonly Enrollment[] }> {
  const { until } = actionOf(step);
  if (until === null || pausing.length === 0) return { left: [], resting: pausing };
  const key = `${pausing[0]?.journey.version} ${step.id} until`;
  const readings = await readConditions(batch, key, [until], pausing);
  const isMet = (i: number) => readings[i]?.holds[0] === true;
  const left = pausing.filter((_, i) => isMet(i)).map((one) => leaveRepeat(batch, step, one, 'until'));
  pausing.forEach((one, i) => {
    if (!isMet(i)) watchUntil(one, readings[i]?.nextChange ?? null);
  });
  return { left, resting: pausing.filter((_, i) => !isMet(i)) };
}

async function pause(batch: Batch, step: Step, resting: readonly Enrollment[]): Promise<readonly Onward[]> {
  const keys = keysOf(step.id);
  let due = await roundsDue(batch, step, resting);
  // After a long silence of ours, one round is made up and not all of them.
  const behind = resting.filter((one, i) => (due[i] as Date).getTime() <= (one.marks[keys.start] ?? 0));
  for (const one of behind) {
    one.marks[keys.anchor] = one.marks[keys.start] ?? 0;
    one.marks[keys.since] = 1;
  }
  if (behind.length > 0) due = await roundsDue(batch, step, resting);
  return resting.flatMap((one, i): readonly Onward[] => {
    const at = due[i] as Date;
    if (at > batch.t) {
      stand(one, step.index, 'waiting', at, new Date(one.marks[keys.began] ?? 0));
      return [];
    }
    // The round took longer than the pause: the next ones are counted from here.
    anchorNow(one, step, batch.t);
    return [beginRound(one, step, batch.t)];
  });
}

/** When the next rounds are due. */
export async function roundsDue(batch: Batch, step: Step, ones: readonly Enrollment[]): Promise<readonly Date[]> {
  const { every } = actionOf(step);
  const keys = keysOf(step.id);
  const asked = ones.map(({ lane, profileId, marks }) => ({
    lane,
    profileId,
    from: new Date(marks[keys.anchor] ?? 0),
    duration: times(every, marks[keys.since] ?? 1),
    at: null,
    days: null,
  }));
  return instantsFrom(batch, asked);
}

function anchorNow(one: Enrollment, step: Step, t: Date): void {
  const keys = keysOf(step.id);
  one.marks[keys.anchor] = t.getTime();
  one.marks[keys.since] = 0;
}

/** What was done in the last round isn't done in this one. */
function beginRound(one: Enrollment, step: Step, t: Date): Onward {
  const { to, inner } = actionOf(step);
  const { marks } = one;
  for (const id of inner) forget(one, id);
  const keys = keysOf(step.id);
  const round = (marks[roundsKey] ?? 0) + 1;
  marks[roundsKey] = round;
  marks[roundKey(step.id)] = round;
  marks[keys.start] = t.getTime();
  marks[keys.since] = (marks[keys.since] ?? 0) + 1;
  marks[keys.done] = (marks[keys.done] ?? 0) + 1;
  noted(one, step.index, `round ${marks[keys.done]}`);
  return { enrollment: one, to };
}

function leaveRepeat(batch: Batch, step: Step, one: Enrollment, outcome: string): Onward {
  forget(one, step.id);
  passed(one, step.index, outcome, batch.t);
  return { enrollment: one, to: step.next };
}

function forget(one: Enrollment, id: string): void {
  for (const key of [id, roundKey(id), ...Object.values(keysOf(id))]) delete one.marks[key];
}
