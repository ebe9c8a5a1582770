/**
 * Times that follow what is known of a person (LANGUAGE b11, b13): a change of his zone, of a date that he waits for or of his hour
 * finds the new time of where he stands. History does so too: it moves nobody, but a live run sees whom it made due.
 */
import type { Follows, Step } from '../../compiler/linked-journey.ts';
import type { Batch } from '../batch.ts';
import type { Person } from '../people.ts';
import type { Enrollment } from './enrollment.ts';
import { groupBy } from './evaluate.ts';
import { recount } from './waiting.ts';

/** Whether something that times follow happened to the person. */
export function movesTimes(person: Person, { traits, entities }: Follows): boolean {
  for (const trait of person.traits) if (traits.has(trait)) return true;
  for (const entity of person.entities) if (entities.has(entity)) return true;
  return false;
}

/** Finds the new times of those who stand where something that moves them has happened; a statement for each step. */
export async function recountTimes(batch: Batch, open: readonly Enrollment[]): Promise<void> {
  const moved = open.filter((one) => {
    const step = stepOf(one);
    const person = batch.people.all.get(one.profileId);
    return step !== undefined && person !== undefined && movesTimes(person, step.follows);
  });
  const bySteps = [...groupBy(moved, (one) => `${one.journey.version} ${one.step}`).values()];
  await Promise.all(bySteps.map((group) => recount(batch, stepOf(group[0] as Enrollment) as Step, group)));
}

function stepOf({ state, step, journey }: Enrollment): Step | undefined {
  return state !== 'active' || step === null ? undefined : journey.steps[step];
}
