/**
 * What becomes of people who are inside when the steps of a journey change and it says more than `pin`: with `migrate` they go on by the new
 * steps, with `exit` they leave. Done lane by lane when a lane takes over a revision, before anything else happens there. Whoever
 * stands on a step that neither the new steps nor the map have goes on by the old ones.
 */
import type { InFlight } from '../../compiler/ir.ts';
import type { LinkedJourney, Step } from '../../compiler/linked-journey.ts';
import type { Batch } from '../batch.ts';
import { journeyEvents, tellOwnEvents } from '../facts/own-events.ts';
import { type Enrollment, leave, noted, stand } from '../journeys/enrollment.ts';
import { groupBy } from '../journeys/evaluate.ts';
import { addExactly } from '../journeys/moments.ts';
import type { EnrollmentRow } from '../journeys/queries.ts';
import { loadEnrollments, saveEnrollments } from '../journeys/stored.ts';
import { recount } from '../journeys/waiting.ts';
import { noteDrained } from './drain.ts';
import type { MovedSteps, PassedRevision } from './hops.ts';
import { moveInPlace } from './move-in-place.ts';
import { endJourneys, enrollmentsOfOtherVersions, moveVersions, renameSteps } from './queries.ts';

/** Enrollments moved by one statement of each kind. */
const chunkMax = 5_000;

/** Journeys that changed, and what of them was renamed. */
export interface ChangedJourneys {
  readonly changed: readonly LinkedJourney[];
  readonly movedSteps: MovedSteps;
}

/** Takes people through a revision that came and went while their lanes were behind. */
export async function passRevision(batch: Batch, passed: PassedRevision, lanes: readonly number[]): Promise<void> {
  if (passed.gone.length > 0) await endJourneys(batch.session, lanes, passed.gone, batch.t);
  await moveToNew(batch, passed, lanes);
}

/** Moves the people of the lanes who are inside journeys that changed. */
export async function moveInFlight(batch: Batch, journeys: ChangedJourneys, lanes: readonly number[]): Promise<void> {
  await noteDrained(batch, journeys.changed, lanes);
  await moveToNew(batch, journeys, lanes);
}

async function moveToNew(
  batch: Batch,
  { changed, movedSteps }: ChangedJourneys,
  lanes: readonly number[],
): Promise<void> {
  const isMoving = ({ body: { inFlight } }: LinkedJourney) => inFlight !== 'pin' && inFlight.policy !== 'drain';
  const moving = new Map(changed.filter(isMoving).map((one) => [one.id, one]));
  if (moving.size === 0) return;
  await moveInPlace(batch, { moving, movedSteps }, lanes);
  const versions = [...moving.values()].map(({ version }) => version);
  let after: EnrollmentRow | null = null;
  for (;;) {
    const rows: EnrollmentRow[] = await enrollmentsOfOtherVersions(batch.session, {
      ...{ lanes, journeys: [...moving.keys()], versions, after, limit: chunkMax },
    });
    const ones = await loadEnrollments(batch.session, batch.versions, rows);
    await moveAll(batch, ones, { moving, movedSteps });
    after = rows.at(-1) ?? null;
    if (rows.length < chunkMax) return;
  }
}

interface Moving {
  readonly moving: ReadonlyMap<string, LinkedJourney>;
  readonly movedSteps: MovedSteps;
}

async function moveAll(batch: Batch, ones: readonly Enrollment[], { moving, movedSteps }: Moving): Promise<void> {
  const policyOf = (one: Enrollment) => moving.get(one.journey.id)?.body.inFlight as InFlight;
  const leaving = ones.filter((one) => policyOf(one).policy === 'exit');
  for (const one of leaving) leave(one, 'changed', batch.t);
  const moved = ones.flatMap((one) => {
    const target = moving.get(one.journey.id) as LinkedJourney;
    if (policyOf(one).policy !== 'migrate') return [];
    const now = inverted(movedSteps.get(one.journey.id));
    return migrated(batch, one, { target, map: { ...now, ...policyOf(one).map }, now }) ?? [];
  });
  const recomputed = moved.filter((one) => policyOf(one).waits === 'recompute' && one.step !== null);
  const bySteps = [...groupBy(recomputed, (one) => `${one.journey.version} ${one.step}`).values()];
  await Promise.all(
    bySteps.map((group) => {
      const { journey, step } = group[0] as Enrollment;
      return recount(batch, journey.steps[step ?? 0] as Step, group, 'whole');
    }),
  );
  await moveVersions(
    batch.session,
    moved.map((one) => ({ ...keyOf(one), version: one.journey.version, goalUntil: one.goalUntil })),
  );
  for (const [journey, steps] of movedSteps) {
    const known = keysOf(moved.filter((one) => one.journey.id === journey));
    await renameSteps(batch.session, known, { old: Object.values(steps), now: Object.keys(steps) });
  }
  await saveEnrollments(batch.session, [...leaving, ...moved], batch.t);
  tellOwnEvents(batch, journeyEvents(batch, leaving));
}

function keyOf({ lane, profileId, journey, key, n }: Enrollment) {
  return { lane, profileId, journey: journey.id, key, n };
}

function keysOf(ones: readonly Enrollment[]) {
  return ones.map(keyOf);
}

/** By the id that a step had, the one that it has. */
function inverted(steps: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(steps ?? {}).map(([now, was]) => [was, now]));
}

interface Target {
  readonly target: LinkedJourney;
  /** From steps of the old version to those of the new. */
  readonly map: Readonly<Record<string, string>>;
  /** Of these, the ones that are the same step under another id. */
  readonly now: Readonly<Record<string, string>>;
}

/** The enrollment on the new steps; null: it stands where they don't lead. */
function migrated(batch: Batch, one: Enrollment, { target, map, now }: Target): Enrollment | null {
  const old = one.step === null ? null : (one.journey.steps[one.step] as Step);
  const { goal } = target.body;
  const moved: Enrollment = {
    ...one,
    journey: target,
    // The times at which steps were passed go by their ids.
    marks: Object.fromEntries(Object.entries(one.marks).map(([step, at]) => [now[step] ?? step, at])),
    goalUntil: goal === null ? null : addExactly(one.enteredAt, goal.within),
    isChanged: true,
    // Goals, exits and waits are others now.
    watchAt: batch.t,
  };
  // Of the holdout, or between steps: there is no step to move.
  if (old === null) return moved;
  const index = target.stepIndex.get(map[old.id] ?? old.id);
  const step = index === undefined ? undefined : target.steps[index];
  if (step === undefined) return null;
  moved.step = step.index;
  const isSame = step.id === old.id || now[old.id] === step.id;
  const stays = isSame && step.do.kind === old.do.kind;
  // A wait or a deferred message of another step isn't one of this step: it is done from its beginning.
  if (one.posture !== 'due' && !stays && !isSameWait(one, old, step)) stand(moved, step.index, 'due', batch.t, batch.t);
  noted(moved, step.index, 'moved', step.id === old.id ? null : { from: old.id });
  return moved;
}

/** A place on the list of a call is that call's alone: another one is placed anew. */
function isSameWait(one: Enrollment, old: Step, step: Step): boolean {
  const { kind } = step.do;
  return one.posture === 'waiting' && kind === old.do.kind && kind !== 'repeat' && kind !== 'call';
}
