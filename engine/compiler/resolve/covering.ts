/** Which coverage holds which: of one message, and of all that another coverage holds. Pure. */
import type { Coverage, Objective } from '../ir.ts';

export interface Covered {
  readonly journey: string;
  readonly objective: Objective;
  readonly channel: string;
}

/** Whether a message is covered; `service` only where it is named. */
export function coversMessage(covers: Coverage, { journey, objective, channel }: Covered): boolean {
  if (covers.objectives === null ? objective === 'service' : !covers.objectives.includes(objective)) return false;
  if (covers.channels !== null && !covers.channels.includes(channel)) return false;
  return coversJourney(covers, journey);
}

/** Whether the journey is covered, whatever its objective. */
export function coversJourney({ journeys, notJourneys, tagged }: Coverage, journey: string): boolean {
  if (tagged !== undefined && !tagged.journeys.includes(journey)) return false;
  return (journeys === null || journeys.includes(journey)) && !notJourneys.includes(journey);
}

/** Whether whatever `narrow` covers is covered by `wide` too. */
export function coversAll(wide: Coverage, narrow: Coverage): boolean {
  return (
    holds(wide.channels, narrow.channels) &&
    holds(wide.journeys, narrow.journeys ?? narrow.tagged?.journeys ?? null) &&
    holds(wide.tagged?.journeys ?? null, narrow.journeys ?? narrow.tagged?.journeys ?? null) &&
    isUntouched(wide.notJourneys, narrow) &&
    holdsObjectives(wide.objectives, narrow.objectives)
  );
}

/** Null is everything. */
function holds(wide: readonly string[] | null, narrow: readonly string[] | null): boolean {
  return wide === null || (narrow?.every((one) => wide.includes(one)) ?? false);
}

function isUntouched(notJourneys: readonly string[], narrow: Coverage): boolean {
  return notJourneys.every(
    (journey) =>
      narrow.notJourneys.includes(journey) || (narrow.journeys !== null && !narrow.journeys.includes(journey)),
  );
}

function holdsObjectives(wide: readonly Objective[] | null, narrow: readonly Objective[] | null): boolean {
  if (wide === null) return narrow === null || !narrow.includes('service');
  const all: readonly Objective[] = ['transformation', 'loyalty', 'satisfaction', 'engagement'];
  return holds(wide, narrow ?? all);
}
