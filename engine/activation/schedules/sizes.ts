/**
 * The history of segments' sizes: each segment is counted once a day (UTC) by whoever runs, from the index of members alone. Kept by
 * counting and not by adding up entries and exits: those would be a row written for each lane, segment and day beside every
 * transaction, and a crash or a refill could make them drift. Counting reads one index range a segment, about two seconds for ten
 * million members, and a day has 86,400 of them.
 */
import { isTriggerName } from '../../compiler/linked-trigger.ts';
import type { Session } from '../../store/session.ts';
import type { Running } from '../running.ts';
import { keepChannelResults } from './channel-results.ts';
import { countSizes, isAnyLaneBehind } from './queries.ts';

/** How many segments one look of a daemon counts: its heartbeat waits for it. */
const segmentsALook = 1;
const allSegments = 1_000_000;

export interface SizeKeeper {
  /** Counts the segments that weren't counted on the day of t: all, or the next ones of a daemon that has other things to do. */
  keep(session: Session, running: Running, t: Date, pace: 'all' | 'step'): Promise<void>;
}

/** Remembers what is done, so that a look that finds nothing to count asks nothing of the store. */
export function sizeKeeper(): SizeKeeper {
  let done = '';
  return {
    async keep(session, { program, revision }, t, pace) {
      const day = t.toISOString().slice(0, 10);
      const today = `${day} ${revision.number}`;
      if (done === today) return;
      const segments = [...program.segments.keys()].filter((id) => !isTriggerName(id));
      // A segment that is still being filled has no size yet.
      if (segments.length > 0 && (await isAnyLaneBehind(session))) return;
      const limit = pace === 'all' ? allSegments : segmentsALook;
      const counted = segments.length === 0 ? 0 : await countSizes(session, { segments, day, t, limit });
      if (counted < limit) {
        await keepChannelResults(session, program, t);
        done = today;
      }
    },
  };
}
