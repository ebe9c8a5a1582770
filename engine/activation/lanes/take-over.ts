/**
 * A transaction in which lanes move to the live revision. Which lanes are claimed for it and when is decided by `worker.ts`; what becomes of
 * them is `adopt.ts`.
 */
import { elapsedMs } from '../../clock/clock.ts';
import { isDataError } from '../faults.ts';
import { readHops } from '../in-flight/hops.ts';
import { renamed } from '../in-flight/rename.ts';
import { type BatchMaker, batchOf, type Ruling } from '../ruling.ts';
import type { RunningPrograms } from '../running.ts';
import { adopt, adoptionOf } from './adopt.ts';
import { laneTime } from './lane-time.ts';
import { type ClaimedLane, finishLanes } from './queries.ts';
import { firstTakeOver, lanesFirst, nextTakeOver } from './take-over-size.ts';

interface Taker extends BatchMaker {
  readonly programs: RunningPrograms;
  /** Nobody waits for a lane. */
  readonly isPatient: boolean;
}

/** Lanes that are behind adopt the live revision before anything else happens in them. Returns how many did, and how many should next. */
export async function takeOver(
  parts: Taker,
  how: Ruling,
  behind: readonly ClaimedLane[],
  {
    now,
    most,
    bound,
  }: {
    readonly now: Date;
    /** At most so many; null: none were taken over to this revision yet, and what another one's cost says nothing of it. */
    readonly most: number | null;
    /** How long it should take (milliseconds). */
    readonly bound: number;
  },
): Promise<{ readonly lanes: number; readonly next: number }> {
  const { running } = how;
  const { number } = running.revision;
  const started = elapsedMs();
  const from = behind[0]?.revision ?? 0;
  const before = from === 0 ? null : await parts.programs.get(parts.session, from);
  const hops = await readHops(parts.session, running.versions, { before, after: running });
  const adoption = adoptionOf(renamed(before, hops.renames), running);
  const filled = adoption.traits.size + adoption.segments.size;
  const first = () => (parts.isPatient ? firstTakeOver(parts.session, filled) : lanesFirst);
  const lanes = behind.filter((lane) => lane.revision === from).slice(0, most ?? (await first()));
  const batch = batchOf(parts, how, lanes, laneTime(lanes, now));
  try {
    await batch.writes.through(async () => {
      await adopt(batch, { ...adoption, hops }, batch.lanes);
      await finishLanes(parts.session, batch.lanes, batch.t, number);
    });
  } catch (error) {
    // Compiled conditions can't raise. If one did, no unit is to blame: none may be set apart for it.
    if (isDataError(error)) throw new Error(`assertion failed: lanes adopt revision ${number}`, { cause: error });
    throw error;
  }
  how.observed.push(...batch.observed);
  return { lanes: lanes.length, next: nextTakeOver(lanes.length, elapsedMs() - started, bound) };
}
