/**
 * People who enter and get nothing, so that the others can be measured (LANGUAGE b26): a share of a journey's own, or a group across
 * journeys by their objectives. Drawn by a hash of the person, never for service. They count as enrolled until the time of the goal
 * is over; goal and exits are watched as for everybody.
 */
import type { Duration, HoldoutBody, Objective } from '../../../compiler/ir.ts';
import type { LinkedJourney } from '../../../compiler/linked-journey.ts';
import type { Program } from '../../../compiler/program.ts';
import { chanceOf } from '../chance.ts';
import { type Enrollment, leave } from '../enrollment.ts';

/** The whole in hundredths of a percent. */
const wholeShare = 10_000;

/** How who was held out leaves. */
const heldOut = 'holdout';

/** The group that the person belongs to: `holdout/x`, `journey` for the journey's own, or null. */
export function groupOf(program: Program, { id, body }: LinkedJourney, profileId: number, t: Date): string | null {
  const across = groupAcross(program, body.objective, profileId, t);
  if (across !== null) return across;
  if (body.holdout === undefined || body.objective === 'service') return null;
  // A journey that was renamed draws as it did: nobody changes sides by it.
  const origin = program.origins.get(`journey/${id}`) ?? id;
  return chanceOf(`journey/${origin}`, profileId) * wholeShare < body.holdout ? 'journey' : null;
}

/** The group across journeys that gets no messages of the objective, as `holdout/x`; null: none. */
export function groupAcross(program: Program, objective: Objective, profileId: number, t: Date): string | null {
  const found = program.holdouts.find(
    ({ id, body }) =>
      covers(body, objective) &&
      chanceOf(`holdout/${id} ${roundOf(body.renew, t)}`, profileId) * wholeShare < body.percent,
  );
  return found === undefined ? null : `holdout/${found.id}`;
}

function covers({ objectives }: HoldoutBody, objective: Objective): boolean {
  return objective !== 'service' && (objectives === null || objectives.includes(objective));
}

const dayMs = 86_400_000;

/** Which drawing of the group is in force: they follow each other from 1970 on, months by the calendar in UTC. */
function roundOf(renew: Duration | null, t: Date): number {
  if (renew === null) return 0;
  const exactMs = renew.days * dayMs + renew.ms;
  if (renew.months === 0) return Math.floor(t.getTime() / exactMs);
  return Math.floor(((t.getUTCFullYear() - 1970) * 12 + t.getUTCMonth()) / renew.months);
}

/** Lets those who are held out stand nowhere until the goal's time is over; without a goal there is nothing to wait for. */
export function holdOut(one: Enrollment, t: Date): void {
  if (one.state !== 'active') return;
  if (one.goalUntil === null || one.goalUntil <= t) {
    leave(one, heldOut, t);
    return;
  }
  one.posture = 'waiting';
  one.dueAt = one.goalUntil;
}

/** Ends those whose time is over, and returns the others. */
export function endHoldouts(due: readonly Enrollment[], t: Date): readonly Enrollment[] {
  const over = due.filter(({ holdout }) => holdout !== null);
  for (const one of over) leave(one, heldOut, t);
  return due.filter(({ holdout }) => holdout === null);
}
