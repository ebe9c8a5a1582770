/** The time of lanes in a transaction, which never goes back, and which of them can share one. Where it is kept is the business of `queries.ts`. */
import type { ClaimedLane } from './queries.ts';

/** A lane whose time is further ahead of the host's clock, which was set back, isn't handled with others: its time would become theirs. */
const skewMs = 5_000;

/**
 * The lanes' time never goes backwards: not before the host's clock or their own last time. Nothing that was taken was received after it,
 * since rows are visible from their reception on.
 */
export function laneTime(lanes: readonly ClaimedLane[], now: Date): Date {
  return new Date(Math.max(now.getTime(), ...lanes.map((lane) => lane.last_t?.getTime() ?? 0)));
}

/** Those of the lanes that can share a time: in turn those ahead of the host's clock and the others, so that nobody waits for the clock. */
export function ofOneTime(
  state: { wasAhead: boolean },
  lanes: readonly ClaimedLane[],
  now: Date,
): readonly ClaimedLane[] {
  const ahead = lanes.filter(({ last_t }) => last_t !== null && last_t.getTime() - now.getTime() > skewMs);
  if (ahead.length === 0 || ahead.length === lanes.length) return lanes;
  state.wasAhead = !state.wasAhead;
  return state.wasAhead ? ahead : lanes.filter((lane) => !ahead.includes(lane));
}
