/**
 * Whether lanes are some or all there are: statements over all of them needn't look whose lane a row is. Nothing else of lanes lives here.
 */
import type { WhichLanes } from '../../compiler/program-sql.ts';
import { laneCount } from '../../profiles/lane-of.ts';

/** `all` where each lane is among them; none may be named twice. */
export function whichLanes(lanes: readonly number[]): WhichLanes {
  return lanes.length === laneCount ? 'all' : 'some';
}
