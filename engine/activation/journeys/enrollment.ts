/** An enrollment in memory: one person's way through one version of a journey, for the length of a lane transaction. */
import type { LinkedJourney } from '../../compiler/program.ts';

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
  /** The send that held the person when the transaction began. */
  readonly heldAt: string | null;
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

/** Ends the enrollment. What of it was deferred ends with it. */
export function leave(one: Enrollment, as: string, t: Date): void {
  one.state = 'exited';
  one.step = null;
  one.posture = null;
  one.dueAt = null;
  one.watchAt = null;
  one.exitedAt = t;
  one.exitAs = as;
  one.isChanged = true;
}

/** Puts the person on a step, in a posture, until `dueAt`. */
export function stand(one: Enrollment, step: number, posture: Posture, dueAt: Date | null): void {
  one.step = step;
  one.posture = posture;
  one.dueAt = dueAt;
  one.isChanged = true;
}

/** Notes that a step was done and how, for `explain`, and its time where `since` reads it. */
export function passed(one: Enrollment, step: number, outcome: string, t: Date, detail: unknown = null): void {
  const id = one.journey.steps[step]?.id ?? '';
  one.log.push({ step: id, outcome, detail });
  one.stepsDone += 1;
  one.isChanged = true;
  if (one.journey.anchors.has(id)) one.marks[id] = t.getTime();
}
