/** Which of the due lanes a transaction has claimed: after a look, or at once with it. The statements are in `queries.ts`. */
import type { Session } from '../../store/session.ts';
import type { Around } from './outlook.ts';
import type { Side } from './precedence.ts';
import { type ClaimedLane, claimBehind, claimNamedLanes, claimReady } from './queries.ts';

export const lanesMax = 1_024;

interface Claimer {
  readonly session: Session;
  readonly takes: 'everything' | 'imports';
}

/** Whether a look found anything to do for somebody who takes that. */
export function isWork({ live, fresh, due, behind }: Around, { takes }: Claimer): boolean {
  return live !== 0 && (fresh.length > 0 || (takes === 'everything' && due.length + behind.length > 0));
}

/** What a look found, by the revision under which the lanes run. */
export interface Sides {
  /** Lanes that run under the live revision, in which something is due. */
  readonly ready: readonly number[];
  /** Lanes that are behind it. */
  readonly behind: readonly number[];
  /** Those of them in which facts wait. */
  readonly urgent: readonly number[];
}

export function sidesOf({ fresh, due, behind }: Pick<Around, 'fresh' | 'due' | 'behind'>): Sides {
  const isBehind = new Set(behind);
  const waiting = fresh.map(({ lane }) => lane);
  const ready = new Set([...waiting, ...due].filter((lane) => !isBehind.has(lane)));
  return { ready: [...ready], behind, urgent: waiting.filter((lane) => isBehind.has(lane)) };
}

export interface Claimed {
  readonly claimed: readonly ClaimedLane[];
  /** Whether no lane was left for lack of room. */
  readonly isAllDue: boolean;
}

interface Seen {
  readonly t: Date;
  readonly around: Around;
  /** At most so many lanes; of those that are behind, where they are claimed by themselves, so many. */
  readonly limit: number;
  readonly limitBehind: number;
  /** Whose lanes are claimed; the other side's, if none of these is free. */
  readonly first: Side;
  /** Only lanes that weren't handled at this time. Default: all. */
  readonly isEachOnce?: boolean;
}

/**
 * Claims lanes that a look has shown: of one side only, so that no fact waits in a lane that is held for another's sake. What was claimed with
 * the look holds both; it does unless the look went below the mark, where that claim didn't.
 */
export async function claimDue(claimer: Claimer, seen: Seen): Promise<Claimed> {
  const { around, limit, first } = seen;
  const blind = around.claimed;
  const fresh = around.fresh.map(({ lane }) => lane);
  if (blind !== null) {
    const lanes = new Set(blind.map(({ lane }) => lane));
    if (fresh.every((lane) => lanes.has(lane))) {
      const due = unhandled(withWork(blind, around), seen);
      return { claimed: due.slice(0, limit), isAllDue: due.length <= limit };
    }
  }
  if (claimer.takes === 'imports') {
    const claimed = await claimNamedLanes(claimer.session, fresh, limit);
    return { claimed, isAllDue: claimed.length < limit };
  }
  const found = await claimSide(claimer.session, seen, first);
  // All of these are in other hands.
  return found.claimed.length > 0 ? found : claimSide(claimer.session, seen, first === 'ready' ? 'behind' : 'ready');
}

function unhandled(lanes: readonly ClaimedLane[], { t, isEachOnce }: Seen): readonly ClaimedLane[] {
  return isEachOnce ? lanes.filter(({ last_t: at }) => at === null || at < t) : lanes;
}

/**
 * Of the lanes that were claimed with the look those in which it found something: some were claimed for rows above the mark that were seen
 * before, and would be claimed for them again and again.
 */
export function withWork(blind: readonly ClaimedLane[], around: Pick<Around, 'fresh' | 'due' | 'behind'>) {
  const found = new Set([...around.fresh.map(({ lane }) => lane), ...around.due, ...around.behind]);
  return blind.filter(({ lane }) => found.has(lane));
}

async function claimSide(session: Session, seen: Seen, side: Side): Promise<Claimed> {
  const { t, around, limit, limitBehind } = seen;
  const { ready, behind, urgent } = sidesOf(around);
  if ((side === 'ready' ? ready : behind).length === 0) return { claimed: [], isAllDue: true };
  if (side === 'ready') {
    const fresh = around.fresh.map(({ lane }) => lane);
    const claimed = await claimReady(session, { t, lanes: ready, fresh, revision: around.live, limit });
    return { claimed: unhandled(claimed, seen), isAllDue: claimed.length < limit };
  }
  // While facts wait, no more lanes than they wait in.
  const most = urgent.length > 0 ? Math.min(limitBehind, urgent.length) : limitBehind;
  const claimed = await claimBehind(session, { lanes: behind, urgent, revision: around.live, limit: most });
  return { claimed, isAllDue: claimed.length < most };
}

/** Nobody takes more than his part. */
export function shareOf(sharers: number): number {
  return Math.ceil(lanesMax / Math.max(1, sharers));
}
