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
  /** Lanes in which something is due and that are handled under the revision that they have; all of one revision. */
  readonly ready: readonly number[];
  /** Which one that is. */
  readonly revision: number;
  /** Whether lanes of another revision are ready, too. */
  readonly isMoreReady: boolean;
  /** Lanes that are behind the live revision. */
  readonly behind: readonly number[];
  /** Those of them in which facts wait for it. */
  readonly urgent: readonly number[];
  /** Those of them in which no fact waits. */
  readonly calm: readonly number[];
}

const noRevisions: ReadonlySet<number> = new Set();

/**
 * Lanes that are behind are ready as they are where their revision is `quiet`. Of several revisions the one comes first whose facts wait longest;
 * one whose lanes are due by time alone takes turns with it (`last`: the one that was handled last).
 */
export function sidesOf(
  { live, fresh, due, behind, behindAt }: Pick<Around, 'live' | 'fresh' | 'due' | 'behind' | 'behindAt'>,
  quiet: ReadonlySet<number> = noRevisions,
  last = 0,
): Sides {
  const revisions = new Map(behind.map((lane, i) => [lane, behindAt[i] ?? 0]));
  const waiting = new Map(fresh.map(({ lane, first }) => [lane, first]));
  const byRevision = new Map<number, { readonly lanes: number[]; first: number }>();
  for (const lane of new Set([...waiting.keys(), ...due])) {
    const revision = revisions.get(lane) ?? live;
    if (revision !== live && !quiet.has(revision)) continue;
    const one = byRevision.get(revision) ?? { lanes: [], first: Number.POSITIVE_INFINITY };
    byRevision.set(revision, one);
    one.lanes.push(lane);
    one.first = Math.min(one.first, waiting.get(lane) ?? Number.POSITIVE_INFINITY);
  }
  const turnOf = (revision: number, first: number) => (Number.isFinite(first) || revision === last ? first : -1);
  const [ready] = [...byRevision].sort(([a, { first: x }], [b, { first: y }]) => turnOf(a, x) - turnOf(b, y));
  return {
    ...{ ready: ready?.[1].lanes ?? [], revision: ready?.[0] ?? live, isMoreReady: byRevision.size > 1, behind },
    urgent: [...waiting.keys()].filter((lane) => revisions.has(lane) && !quiet.has(revisions.get(lane) ?? 0)),
    calm: behind.filter((lane) => !waiting.has(lane)),
  };
}

export interface Claimed {
  readonly claimed: readonly ClaimedLane[];
  /** Whose lanes these are; `both`: it wasn't looked at. */
  readonly side: Side | 'both';
  /** Whether no lane was left for lack of room. */
  readonly isAllDue: boolean;
}

interface Seen {
  readonly t: Date;
  readonly around: Around;
  readonly sides: Sides;
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
      return { claimed: due.slice(0, limit), side: 'both', isAllDue: due.length <= limit };
    }
  }
  if (claimer.takes === 'imports') {
    const claimed = await claimNamedLanes(claimer.session, fresh, limit);
    return { claimed, side: 'both', isAllDue: claimed.length < limit };
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
  const { t, around, sides, limit, limitBehind } = seen;
  const { ready, revision, isMoreReady, behind, urgent, calm } = sides;
  if ((side === 'ready' ? ready : behind).length === 0) return { claimed: [], side, isAllDue: true };
  if (side === 'ready') {
    const fresh = new Set(around.fresh.map(({ lane }) => lane));
    const claimed = await claimReady(session, { t, lanes: ready, fresh, revision, limit });
    return { claimed: unhandled(claimed, seen), side, isAllDue: claimed.length < limit && !isMoreReady };
  }
  // While facts wait for it, no more lanes than they wait in; those in which others wait come last.
  const most = urgent.length > 0 ? Math.min(limitBehind, urgent.length) : limitBehind;
  const lanes = urgent.length > 0 || calm.length === 0 ? behind : calm;
  const claimed = await claimBehind(session, { lanes, urgent, revision: around.live, limit: most });
  return { claimed, side, isAllDue: claimed.length < most };
}

/** Claimed lanes that are to be taken over, and those that are handled under the revision that they have: one for all. */
export function partsOf(
  { claimed, side }: Claimed,
  { live, quiet }: { readonly live: number; readonly quiet: ReadonlySet<number> },
): { readonly behind: readonly ClaimedLane[]; readonly ready: readonly ClaimedLane[] } {
  const isReady = ({ revision }: ClaimedLane) => revision === live || (side === 'ready' && quiet.has(revision));
  const ready = claimed.filter(isReady);
  // Some may have moved since they were seen.
  return {
    behind: claimed.filter((lane) => !isReady(lane)),
    ready: ready.filter(({ revision }) => revision === ready[0]?.revision),
  };
}

/** Nobody takes more than his part. */
export function shareOf(sharers: number): number {
  return Math.ceil(lanesMax / Math.max(1, sharers));
}
