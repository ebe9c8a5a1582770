/**
 * `in_flight: drain`: who is inside goes on by the old steps, and nobody new enters until all of them are through, in whatever lane. Each
 * lane notes for itself whether it still has such people; entries read all notes.
 */
import type { LinkedJourney } from '../../compiler/linked-journey.ts';
import type { Batch } from '../batch.ts';
import type { Enrollment } from '../journeys/enrollment.ts';
import { drainingJourneys, noteDraining } from './queries.ts';

function drains({ body: { inFlight } }: LinkedJourney): boolean {
  return inFlight !== 'pin' && inFlight.policy === 'drain';
}

/** Notes which of the lanes still have people on older steps of those of the journeys that drain. */
export async function noteDrained(
  batch: Batch,
  journeys: readonly LinkedJourney[],
  lanes: readonly number[],
): Promise<void> {
  const draining = journeys.filter(drains).map(({ id, version }) => ({ journey: id, version }));
  if (draining.length > 0) await noteDraining(batch.session, lanes, draining);
}

/** Notes it after people have left older steps; to be called when they are written. */
export async function noteLeft(batch: Batch, enrollments: Iterable<Enrollment>): Promise<void> {
  const left = [...enrollments].filter((one) => one.isChanged && one.state === 'exited');
  const live = left.flatMap(({ journey }) => batch.program.journeys.get(journey.id) ?? []);
  const older = live.filter((journey, i) => drains(journey) && journey.version !== left[i]?.journey.version);
  if (older.length > 0) await noteDrained(batch, [...new Set(older)], [...new Set(left.map(({ lane }) => lane))]);
}

/** Those of the journeys that let nobody in as long as others are on their older steps. */
export async function closedByDraining(batch: Batch, journeys: Iterable<LinkedJourney>): Promise<ReadonlySet<string>> {
  const ids = [...new Set([...journeys].filter(drains).map(({ id }) => id))];
  return ids.length === 0 ? new Set() : await drainingJourneys(batch.session, ids, batch.program.revision);
}
