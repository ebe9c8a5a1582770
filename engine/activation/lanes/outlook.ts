/**
 * What a worker sees before it claims anything, and what it has seen already: rows up to a mark, and by lane above it. Looking costs one
 * statement, whatever lies in the inboxes.
 */
import type { PauseSeen } from '../../store/pauses.ts';
import type { Session } from '../../store/session.ts';
import { type FreshLane, look, visibleLanes } from './queries.ts';

/** After so long the low-water mark is ignored once, for rows that committed late with a lower number. */
const sweepEveryMs = 5_000;

export interface Around {
  readonly live: number;
  /** Lanes whose own time has come. */
  readonly due: readonly number[];
  /** Lanes that are behind the live revision. */
  readonly behind: readonly number[];
  readonly fresh: readonly FreshLane[];
  /** Rows in the fresh lanes. */
  readonly waiting: number;
  /** There are rows above the mark, and all that the look showed were seen before. */
  readonly isPast: boolean;
  readonly pauses: readonly PauseSeen[];
}

export interface Outlook {
  /**
   * The live revision, and the lanes with rows of at least that class that this worker hasn't seen; once in a while all lanes with visible
   * rows. `now`: elapsed milliseconds.
   */
  around(session: Session, at: { readonly t: Date; readonly minClass: number; readonly now: number }): Promise<Around>;
  /**
   * Notes what was seen: lanes that were taken, those apart that held more than was taken. The mark rises when every lane was taken whole;
   * while some are in other hands or had no room, those that were taken are remembered one by one.
   */
  note(fresh: readonly FreshLane[], taken: ReadonlySet<number>, full: ReadonlySet<number>): void;
  /** The next look is below the mark, too. */
  sweep(): void;
  /** The mark: inbox rows up to this number were seen. */
  readonly low: number;
}

/** `now`: elapsed milliseconds. */
export function createOutlook(now: number): Outlook {
  /** Inbox rows up to this number were seen. */
  let low = 0;
  /** By lane, up to which number its rows were seen; only above `low`. */
  const seenUpTo = new Map<number, number>();
  let sweptAt = now;
  const raise = (to: number): void => {
    low = Math.max(low, to);
    for (const [lane, last] of seenUpTo) if (last <= low) seenUpTo.delete(lane);
  };
  return {
    async around(session, { t, minClass, now }) {
      const seen = await look(session, low, minClass, t);
      const common = { live: seen.live, due: seen.due, behind: seen.behind, pauses: seen.pauses ?? [] };
      if (now - sweptAt > sweepEveryMs) {
        sweptAt = now;
        return { ...common, fresh: await visibleLanes(session, t, minClass), waiting: 0, isPast: false };
      }
      const unseen = [...seen.lanes.keys()].filter((i) => seen.lasts[i]! > (seenUpTo.get(seen.lanes[i]!) ?? 0));
      const fresh = unseen.map((i) => ({ lane: seen.lanes[i]!, first: seen.firsts[i]!, last: seen.lasts[i]! }));
      const waiting = unseen.reduce((sum, i) => sum + seen.counts[i]!, 0);
      const isPast = fresh.length === 0 && seen.lanes.length > 0;
      if (isPast) raise(Math.max(...seen.lasts));
      return { ...common, fresh, waiting, isPast };
    },
    note(fresh, taken, full) {
      const isSeen = ({ lane }: FreshLane) => taken.has(lane) && !full.has(lane);
      for (const one of fresh.filter(isSeen)) seenUpTo.set(one.lane, Math.max(one.last, seenUpTo.get(one.lane) ?? 0));
      if (fresh.length > 0 && fresh.every(isSeen)) raise(Math.max(...fresh.map(({ last }) => last)));
    },
    sweep() {
      sweptAt = Number.NEGATIVE_INFINITY;
    },
    get low() {
      return low;
    },
  };
}
