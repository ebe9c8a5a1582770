/**
 * What a worker sees before it claims anything, and what the workers of a process have seen already: rows up to a mark, and by lane above it;
 * and which lanes are in the hands of one of them. Looking costs one statement, whatever lies in the inboxes.
 */
import type { PauseSeen } from '../../store/pauses.ts';
import type { Session } from '../../store/session.ts';
import { createHands, type Hands } from './hands.ts';
import {
  type ClaimedLane,
  type FreshLane,
  type Look,
  look,
  lookAndClaim,
  lookRowsMax,
  visibleLanes,
} from './queries.ts';

/** After so long the low-water mark is ignored once, for rows that committed late with a lower number. */
const sweepEveryMs = 5_000;
/** Who is thorough counts looks instead: what he sees mustn't follow from how fast the machine is. */
const sweepEveryLooks = 250;
/**
 * While facts keep coming, lanes' own times are looked at only so often: that reads each lane, with every version of it that an old snapshot
 * keeps. A timer may be that late; so it is by the poll of a process that has nothing else to do.
 */
const lanesEveryMs = 100;

export interface Around {
  readonly live: number;
  /** Lanes whose own time has come. */
  readonly due: readonly number[];
  /** Lanes that are behind the live revision. */
  readonly behind: readonly number[];
  /** Aligned: the revisions under which these run. */
  readonly behindAt: readonly number[];
  readonly fresh: readonly FreshLane[];
  /** Rows in the fresh lanes. */
  readonly waiting: number;
  /** There are rows above the mark, and all that the look showed were seen before: another one shows what stands behind. */
  readonly isPast: boolean;
  /** So far the mark rises when the fresh lanes are handled. */
  readonly upTo: number;
  readonly pauses: readonly PauseSeen[];
  /** Whether lanes were looked at: otherwise `due` and `behind` are empty, whatever there is. */
  readonly isWhole: boolean;
  /** What was claimed with the look; null: nothing was. */
  readonly claimed: readonly ClaimedLane[] | null;
}

export interface Outlook {
  /**
   * The live revision, and the lanes with rows of at least that class that nobody of those who share this outlook has seen; once in a while all lanes
   * with visible rows. Lanes that are due or behind, too, unless they were looked at just now and something else is found, or it is asked again
   * soon (`isPolled`). Lanes that are held are left out. `now`: elapsed milliseconds. `isClaiming`: lanes are claimed with the look, of whatever
   * class their rows are.
   */
  around(
    session: Session,
    at: {
      readonly t: Date;
      readonly minClass: number;
      readonly now: number;
      readonly isClaiming?: boolean;
      readonly isPolled?: boolean;
    },
  ): Promise<Around>;
  /**
   * Notes what was seen: lanes that were taken, those apart that held more than was taken. The mark rises when every lane was taken whole;
   * while some are in other hands or had no room, those that were taken are remembered one by one.
   */
  note(around: Pick<Around, 'fresh' | 'upTo'>, taken: ReadonlySet<number>, full: ReadonlySet<number>): void;
  /** Lanes in somebody's hands, at which nobody else need look. */
  readonly hands: Hands;
  /** The next look is at lanes, too: some are known to be due. */
  lookAtLanes(): void;
  /** The next look is below the mark, too. */
  sweep(): void;
}

/** `now`: elapsed milliseconds. `isThorough`: each look is at lanes, too. */
export function createOutlook(now: number, isThorough = false): Outlook {
  /** Inbox rows up to this number were seen. */
  let low = 0;
  const hands = createHands();
  /** By lane, up to which number its rows were seen; only above `low`. */
  const seenUpTo = new Map<number, number>();
  let sweptAt = now;
  let looks = 0;
  let lanesAt = Number.NEGATIVE_INFINITY;
  /** The revision under which all lanes ran when they were looked at. */
  let settled: number | null = null;
  const raise = (to: number): void => {
    low = Math.max(low, to);
    for (const [lane, last] of seenUpTo) if (last <= low) seenUpTo.delete(lane);
  };
  /** Not simply up to there: a row of a number in between may commit yet. */
  const handledBelow = (to: number) => Math.max(low, ...[...seenUpTo.values()].filter((last) => last <= to));
  const unseenOf = ({ lanes, lasts }: Look) =>
    [...lanes.keys()].filter((i) => lasts[i]! > (seenUpTo.get(lanes[i]!) ?? 0));
  return {
    hands,
    async around(session, { t, minClass, now, isClaiming = false, isPolled = false }) {
      looks += 1;
      const isFree = (lane: number) => hands.isFree(lane, now);
      const isSweep = isThorough
        ? sweptAt === Number.NEGATIVE_INFINITY || looks % sweepEveryLooks === 0
        : now - sweptAt > sweepEveryMs;
      const isBrief = !isThorough && !isSweep && settled !== null && now - lanesAt < lanesEveryMs;
      const at = { low, minClass, t, most: lookRowsMax + hands.rows };
      const claiming = isClaiming ? await lookAndClaim(session, at) : null;
      let seen: Look = claiming ?? (await look(session, { ...at, settled: isBrief ? settled : null }));
      const isIdle = () => seen.lanes.length === 0 || unseenOf(seen).every((i) => !isFree(seen.lanes[i]!));
      if (!seen.is_whole && !isPolled && isIdle()) seen = await look(session, { ...at, settled: null });
      if (seen.is_whole) {
        lanesAt = now;
        settled = seen.behind.length === 0 ? seen.live : null;
      }
      const unseen = unseenOf(seen);
      const free = unseen.filter((i) => isFree(seen.lanes[i]!));
      const fresh = free.map((i) => ({ lane: seen.lanes[i]!, first: seen.firsts[i]!, last: seen.lasts[i]! }));
      // Whoever holds a lane may yet lose it: its rows are to be seen again then.
      const inHands = unseen.filter((i) => !isFree(seen.lanes[i]!)).map((i) => seen.firsts[i]! - 1);
      const upTo = Math.min(Math.max(low, ...seen.lasts), ...inHands);
      const around = { ...aroundOf(seen, isFree), claimed: claiming?.claimed ?? null, upTo };
      if (isSweep) {
        sweptAt = now;
        const visible = (await visibleLanes(session, t, minClass)).filter(({ lane }) => isFree(lane));
        return { ...around, fresh: swept(fresh, visible, Math.max(low, ...seen.lasts)), waiting: 0, isPast: false };
      }
      const before = low;
      if (unseen.length === 0) raise(upTo);
      else raise(handledBelow(Math.min(upTo, ...fresh.map(({ first }) => first - 1))));
      const waiting = free.reduce((sum, i) => sum + seen.counts[i]!, 0);
      return { ...around, fresh, waiting, isPast: fresh.length === 0 && low > before };
    },
    note({ fresh, upTo }, taken, full) {
      const isSeen = ({ lane }: FreshLane) => taken.has(lane) && !full.has(lane);
      for (const one of fresh.filter(isSeen)) seenUpTo.set(one.lane, Math.max(one.last, seenUpTo.get(one.lane) ?? 0));
      if (fresh.length > 0 && fresh.every(isSeen)) raise(upTo);
    },
    lookAtLanes() {
      settled = null;
    },
    sweep() {
      sweptAt = Number.NEGATIVE_INFINITY;
    },
  };
}

function aroundOf(
  { live, due, behind, behind_at: at, is_whole: isWhole, pauses }: Look,
  isFree: (lane: number) => boolean,
): Pick<Around, 'live' | 'due' | 'behind' | 'behindAt' | 'isWhole' | 'pauses'> {
  return {
    ...{ live, isWhole, pauses: pauses ?? [], due: due.filter(isFree), behind: behind.filter(isFree) },
    behindAt: at.filter((_, i) => isFree(behind[i]!)),
  };
}

/**
 * What a look showed, and the lanes with visible rows, whatever their numbers. What waits for its time isn't visible, and its lane must learn of it
 * all the same; rows above what the look saw are left for the next one, or the mark would rise over others that came with them.
 */
function swept(fresh: readonly FreshLane[], visible: readonly FreshLane[], seenMost: number): readonly FreshLane[] {
  const all = new Map(fresh.map((one) => [one.lane, one]));
  for (const { lane, first, last } of visible) {
    const known = all.get(lane);
    const to = Math.min(last, seenMost);
    all.set(lane, { lane, first: Math.min(first, known?.first ?? first), last: Math.max(to, known?.last ?? to) });
  }
  return [...all.values()];
}

/** A row may commit so many numbers late and is taken with the others; one that is later still is found by a sweep. */
const lateMax = 2_000;

/**
 * From which number on each of the lanes' rows are to be taken. What was handled before is passed over, which an old snapshot may keep; in lanes
 * that are due by their own time rows may have been left that are as old as can be.
 */
export function firstsOf(claimed: readonly ClaimedLane[], fresh: readonly FreshLane[], now: Date): readonly number[] {
  const firsts = new Map(fresh.map(({ lane, first }) => [lane, Math.max(0, first - lateMax)]));
  return claimed.map(({ lane, wake_at }) => (wake_at !== null && wake_at <= now ? 0 : (firsts.get(lane) ?? 0)));
}
