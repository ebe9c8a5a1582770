/**
 * How much one lane transaction takes: a budget of units (inbox rows and timers), and over how many lanes it is spread. It adapts to how
 * long transactions take and to how much is found in a lane; the statements that take are in `queries.ts`.
 */
import type { ClaimedLane } from './queries.ts';

const unitsMin = 16;
/** More isn't faster, and what is in hand lies in memory: so many for a worker, or its part of what all have together, … */
const unitsMax = 2_400;
const unitsTogether = 4_000;
/** … but never fewer than this, however many share. */
const unitsOfMany = 600;
/** Where nobody waits. */
const patientUnits = 4_000;
const unitsStart = 400;
/** A transaction should end within this time, so that a command never waits longer for its lane … */
const transactionMs = 50;
/** … or within this one, while the oldest due work is late. */
const lateTransactionMs = 500;
const lateAfterMs = 1_000;
/** While lanes turn out to hold more than was taken of each, so many times as much is taken of fewer of them; … */
const deeper = 4;
/** … and then so many times as much as was found in one, so that they are taken whole, … */
const roomier = 1.3;
/** … but not at once, where little was: a few lanes of which something was left before say nothing of the others. */
const keptDepth = 0.7;
/** Room for so many units in a lane is little. */
const shallowMax = 16;

export interface Budget {
  /** Units of the next transaction. */
  readonly units: number;
  /** Whether little was found in a lane last. */
  readonly isShallow: boolean;
  /** Whether the last failures have made it so small that whoever fails is being looked for. */
  readonly isSearching: boolean;
  /**
   * Few lanes whole rather than many in part, since each costs a lock, an update and probes: over how many lanes the units go, when so many
   * rows wait in so many lanes that nobody has looked into, and otherwise as much is due by time as was found last.
   */
  lanes(waiting: { readonly rows: number; readonly lanes: number }): number;
  /** After a transaction failed by its data: half of it, down to one unit. */
  halve(): void;
  /** After the unit that failed was found. */
  restart(): void;
  /** Adapts to a transaction that ended. */
  spent(transaction: Spent): void;
}

export interface Spent {
  readonly tookMs: number;
  /** How long it should have taken at most: see `boundOf`. */
  readonly boundMs: number;
  readonly lanes: number;
  readonly units: number;
  /** What it took of a lane at most. */
  readonly perLane: number;
  /** Whether a lane held as much, so perhaps more. */
  readonly isFull: boolean;
  /** Whether lanes were left that it had no room for. */
  readonly isMore: boolean;
}

/** `sharers`: how many workers there are. */
export function createBudget(isPatient = false, sharers: () => number = () => 1): Budget {
  const mostNow = () =>
    isPatient ? patientUnits : Math.max(unitsOfMany, Math.min(unitsMax, Math.floor(unitsTogether / sharers())));
  let size = isPatient ? patientUnits : unitsStart;
  /** Units for which a lane is given room. */
  let depth = 1;
  return {
    get units() {
      return size;
    },
    get isShallow() {
      return depth <= shallowMax;
    },
    get isSearching() {
      return size < unitsMin;
    },
    lanes: ({ rows, lanes }) => Math.max(1, Math.ceil(size / Math.max(depth, lanes === 0 ? 1 : rows / lanes))),
    halve() {
      size = Math.max(1, Math.floor(size / 2));
    },
    restart() {
      size = unitsMin;
    },
    spent({ tookMs, boundMs, lanes, units, perLane, isFull, isMore }) {
      const most = mostNow();
      depth = isFull ? Math.min(most, perLane * deeper) : Math.max(1, (units / lanes) * roomier, depth * keptDepth);
      if (tookMs > boundMs) size = Math.max(unitsMin, Math.floor(size / 2));
      else if ((isFull || isMore) && tookMs < boundMs / 2) size = Math.ceil(size * 1.5);
      size = Math.min(size, most);
    },
  };
}

/** How long a transaction over the lanes may take (milliseconds), by how late the oldest of what is due in them is. */
export function boundOf(
  lanes: readonly ClaimedLane[],
  inbox: readonly { readonly visible_at: Date }[],
  now: Date,
): number {
  const due = [...lanes.flatMap(({ wake_at }) => wake_at ?? []), ...inbox.map(({ visible_at }) => visible_at)];
  const isLate = due.some((at) => now.getTime() - at.getTime() > lateAfterMs);
  return isLate ? lateTransactionMs : transactionMs;
}

/** Where nobody waits for a lane there is none: so what a simulation does, to its last number, doesn't follow from how fast the machine is. */
export const patientBoundMs = Number.POSITIVE_INFINITY;
/** What is taken of a lane there. */
export const patientPerLane = patientUnits;

/** The lanes of which as much was taken as may be taken of one, of some kind; they may hold more. */
export function fullLanes(
  kinds: readonly (readonly { readonly lane: number }[])[],
  perLane: number,
): ReadonlySet<number> {
  const full = new Set<number>();
  for (const rows of kinds) {
    const counts = new Map<number, number>();
    for (const { lane } of rows) {
      const count = (counts.get(lane) ?? 0) + 1;
      counts.set(lane, count);
      if (count >= perLane) full.add(lane);
    }
  }
  return full;
}
