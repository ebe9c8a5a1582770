/**
 * Reads whole lanes, in rounds that grow, until all are read or the budget is spent. In each round every task reads the same lanes, in a
 * short read-only transaction of its own: an old snapshot slows the live queues. What is counted is the tasks'.
 */
import { type Clock, elapsedMs } from '../../clock/clock.ts';
import type { OwnSession, Session } from '../../store/session.ts';
import type { Measure } from '../impact-form.ts';
import { estimateTotal, lanesMin } from './estimate.ts';
import { hasFewPeople } from './queries.ts';

export const laneCount = 1_024;
/** Odd, so that its multiples go through all lanes, far apart. */
const stride = 389;
/** One read is to take about so long, and is given up after the other. */
const readMs = 1_000;
export const readTimeoutMs = 30_000;
/** A store with at most so many people is read as a whole at once. */
const smallStore = 20_000;

/** The numbers of one lane, by name. Lanes that have none may be left out. */
export interface LaneNumbers {
  readonly lane: number;
  readonly numbers: Readonly<Record<string, number>>;
}

export interface LaneTask {
  /** The names of its numbers. */
  readonly names: readonly string[];
  read(session: Session, lanes: readonly number[]): Promise<readonly LaneNumbers[]>;
}

/** What a task found. */
export interface Tally {
  /** Of all lanes, as a whole number; null: nothing was read in time. */
  total(name: string): number | null;
  readonly measure: Measure | null;
}

export interface Sampling {
  readonly session: OwnSession;
  readonly clock: Clock;
  readonly budgetMs: number;
  /** Told how many of the lanes are read. */
  readonly onProgress?: (lanes: number, of: number) => void;
}

/** The tallies of the tasks, in their order. A read that runs out of time ends its task; what it read before counts. */
export async function sampleLanes(sampling: Sampling, tasks: readonly LaneTask[]): Promise<readonly Tally[]> {
  const { session, budgetMs } = sampling;
  const going = tasks.map((task) => ({ task, found: newFound(task), isOver: false }));
  const began = elapsedMs();
  let lanes = 0;
  let step = tasks.length === 0 || !(await hasFewPeople(session, smallStore)) ? lanesMin : laneCount;
  while (lanes < laneCount && going.some(({ isOver }) => !isOver)) {
    const chosen = Array.from(
      { length: Math.min(step, laneCount - lanes) },
      (_, i) => ((lanes + i) * stride) % laneCount,
    );
    const roundBegan = elapsedMs();
    let slowest = 0;
    for (const one of going) {
      if (one.isOver) continue;
      const readBegan = elapsedMs();
      one.isOver = !(await readInto(one.found, one.task, chosen, sampling));
      slowest = Math.max(slowest, elapsedMs() - readBegan);
    }
    lanes += chosen.length;
    sampling.onProgress?.(lanes, laneCount);
    const now = elapsedMs();
    const left = budgetMs - (now - began);
    const affordable = Math.floor((chosen.length * left) / Math.max(1, now - roundBegan));
    if (affordable < 1) break;
    step = Math.max(1, Math.min(step * 4, affordable, Math.floor((chosen.length * readMs) / Math.max(1, slowest))));
  }
  return going.map(({ found, task }) => tallyOf(found, task));
}

interface Found {
  lanes: number;
  at: string | null;
  readonly sums: Map<string, { sum: number; squares: number }>;
}

function newFound(task: LaneTask): Found {
  return { lanes: 0, at: null, sums: new Map(task.names.map((name) => [name, { sum: 0, squares: 0 }])) };
}

/** False: the read took longer than its limit. */
async function readInto(found: Found, task: LaneTask, lanes: readonly number[], { session, clock }: Sampling) {
  const at = clock.now().toISOString();
  const rows = await inTime(session, (inner) => task.read(inner, lanes));
  if (rows === null) return false;
  found.lanes += lanes.length;
  found.at ??= at;
  for (const { numbers } of rows) {
    for (const [name, sums] of found.sums) {
      const number = numbers[name] ?? 0;
      sums.sum += number;
      sums.squares += number * number;
    }
  }
  return true;
}

/** Reads in a transaction of its own; null when it took longer than the session's limit. */
export async function inTime<T>(session: OwnSession, read: (session: Session) => Promise<T>): Promise<T | null> {
  try {
    return await session.transaction(read, { readOnly: true });
  } catch (error) {
    // 57014: the statement was cancelled by its time limit.
    if ((error as { code?: unknown }).code === '57014') return null;
    throw error;
  }
}

function tallyOf({ lanes, at, sums }: Found, { names }: LaneTask): Tally {
  if (at === null) return { total: () => null, measure: null };
  const estimates = new Map([...sums].map(([name, one]) => [name, estimateTotal(one, lanes, laneCount)]));
  const isExact = lanes >= laneCount;
  const intervals = isExact
    ? null
    : Object.fromEntries(
        names.map((name) => {
          const { low, high } = estimates.get(name) ?? { low: 0, high: 0 };
          return [name, [low, high] as const];
        }),
      );
  return {
    total: (name) => estimates.get(name)?.total ?? null,
    measure: { at, lanes, of: laneCount, intervals },
  };
}
