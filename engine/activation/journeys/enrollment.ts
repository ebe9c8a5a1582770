/** An enrollment in memory: one person's way through one version of a journey, for the length of a lane transaction. */
import type { LinkedJourney } from '../../compiler/linked-journey.ts';

export type Posture = 'due' | 'waiting' | 'held';

export interface StepEntry {
  readonly step: string;
  readonly outcome: string;
  readonly detail: unknown;
}

/** Mutable on purpose: the steps of a transaction change it, and it is written once at the end. */
export interface Enrollment {
  readonly lane: number;
  readonly profileId: number;
  readonly journey: LinkedJourney;
  readonly key: string;
  readonly n: number;
  readonly isNew: boolean;
  readonly enteredAt: Date;
  readonly goalUntil: Date | null;
  readonly entry: Readonly<Record<string, unknown>>;
  /** What opened it; null where that was written before. */
  readonly openedBy: string | null;
  /** How many facts of ours stand between what opened it and what came from outside. */
  readonly hop: number;
  /** The group in which it gets nothing (`entries/holdouts.ts`); null: it gets what the steps say. */
  readonly holdout: string | null;
  /** The send that held the person when the transaction began. */
  readonly heldAt: string | null;
  /** Whether its goal was met before the transaction began. */
  readonly hadGoal: boolean;
  state: 'active' | 'exited';
  /** Index of the step where the person stands; null when he left. */
  step: number | null;
  posture: Posture | null;
  stepSince: Date;
  dueAt: Date | null;
  watchAt: Date | null;
  goalAt: Date | null;
  exitedAt: Date | null;
  exitAs: string | null;
  /** When anchors were passed (epoch ms), and `$unarmed` while a goal that was true from the start hasn't been false yet. */
  marks: Record<string, number>;
  stepsDone: number;
  /** Of a new one: triggers that came with the one that opened it. */
  ignored: number;
  isChanged: boolean;
  readonly log: StepEntry[];
}

/** One key per (person, journey, key): a person has at most one open enrollment there. */
export function placeOf(one: {
  readonly profileId: number;
  readonly journey: { readonly id: string };
  readonly key: string;
}): string {
  return `${one.profileId} ${one.journey.id} ${one.key}`;
}

/** Where an enrollment that left is kept beside the one that took its place. No key holds the null character. */
export function formerPlaceOf(one: Parameters<typeof placeOf>[0] & { readonly n: number }): string {
  return `${placeOf(one)}\0${one.n}`;
}

/** Ends the enrollment. What of it was deferred ends with it. */
export function leave(one: Enrollment, as: string, t: Date): void {
  one.state = 'exited';
  one.step = null;
  one.posture = null;
  one.dueAt = null;
  // A goal that must hold to the end of its time is read then, wherever the person is.
  const isKept = one.journey.body.goal?.kept === true && one.goalAt === null;
  one.watchAt = isKept && one.goalUntil !== null && one.goalUntil > t ? one.goalUntil : null;
  one.exitedAt = t;
  one.exitAs = as;
  one.isChanged = true;
}

/** Puts the person on a step, in a posture, until `dueAt`; `since` is what `here` and the times of the step are counted from. */
export function stand(one: Enrollment, step: number, posture: Posture, dueAt: Date | null, since?: Date): void {
  one.step = step;
  one.posture = posture;
  one.dueAt = dueAt;
  if (since !== undefined) one.stepSince = since;
  one.isChanged = true;
}

/** Notes that a step was done and how, for `explain`, and its time where `since` reads it. */
export function passed(one: Enrollment, step: number, outcome: string, t: Date, detail: unknown = null): void {
  noted(one, step, outcome, detail);
  const id = one.journey.steps[step]?.id ?? '';
  if (one.journey.anchors.has(id)) one.marks[id] = t.getTime();
}

/** Notes what came of a step for `explain`, without its being done. */
export function noted(one: Enrollment, step: number, outcome: string, detail: unknown = null): void {
  one.log.push({ step: one.journey.steps[step]?.id ?? '', outcome, detail });
  one.stepsDone += 1;
  one.isChanged = true;
}

/** An enrollment that goes on at a step. */
export interface Onward {
  readonly enrollment: Enrollment;
  readonly to: number;
}
