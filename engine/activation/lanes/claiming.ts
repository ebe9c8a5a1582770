/** Which of the due lanes a transaction has claimed: after a look, or at once with it. The statements are in `queries.ts`. */
import type { Session } from '../../store/session.ts';
import type { Around } from './outlook.ts';
import { type ClaimedLane, claimLanes, claimNamedLanes } from './queries.ts';

export const lanesMax = 1_024;

interface Claimer {
  readonly session: Session;
  readonly takes: 'everything' | 'imports';
}

/** Whether a look found anything to do for somebody who takes that. */
export function isWork({ live, fresh, isDue }: Around, { takes }: Claimer): boolean {
  return live !== 0 && (fresh.length > 0 || (isDue && takes === 'everything'));
}

export interface Claimed {
  readonly claimed: readonly ClaimedLane[];
  /** Whether no lane was left for lack of room. */
  readonly isAllDue: boolean;
}

/**
 * Claims at most so many of the lanes that a look has shown. `blind`: what was claimed with the look; it does unless the look went below the
 * mark, where that claim didn't.
 */
export async function claimDue(
  { session, takes }: Claimer,
  seen: {
    readonly t: Date;
    readonly around: Around;
    readonly limit: number;
    readonly blind: readonly ClaimedLane[] | null;
  },
): Promise<Claimed> {
  const { t, around, limit, blind } = seen;
  if (blind !== null) {
    const lanes = new Set(blind.map(({ lane }) => lane));
    if (around.fresh.every(({ lane }) => lanes.has(lane)))
      return { claimed: blind.slice(0, limit), isAllDue: blind.length <= limit };
  }
  const fresh = around.fresh.map(({ lane }) => lane);
  const claimed =
    takes === 'imports'
      ? await claimNamedLanes(session, fresh, limit)
      : await claimLanes(session, { t, fresh, revision: around.live, limit });
  return { claimed, isAllDue: claimed.length < limit };
}

/** Nobody takes more than his part. */
export function shareOf(sharers: number): number {
  return Math.ceil(lanesMax / Math.max(1, sharers));
}
