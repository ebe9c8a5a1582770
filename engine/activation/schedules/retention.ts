/**
 * Deletes events that were kept long enough (`keep` of a schema), once a day, some lanes at a time: the rows of a lane are its holder's, so a lane
 * in a worker's hands is left for the next look. Calls that were rejected are kept for ninety days.
 */
import { laneCount } from '../../profiles/lane-of.ts';
import type { OwnSession } from '../../store/session.ts';
import { addExactly } from '../journeys/moments.ts';
import type { Running } from '../running.ts';
import { deleteOldCalls, deleteOldEvents } from './queries.ts';

const lanesALook = 32;
const dayMs = 86_400_000;
const callsKeptMs = 90 * dayMs;
/** How often lanes that were in use are tried again in one go. */
const attemptsMax = 20;

export interface RetentionKeeper {
  /** Goes on where it was: a whole round, or a step of a daemon that has other things to do. */
  keep(session: OwnSession, running: Running, t: Date, pace: 'all' | 'step'): Promise<void>;
}

interface Left {
  readonly day: string;
  readonly types: readonly string[];
  /** Lanes that weren't looked at on this day. */
  lanes: readonly number[];
}

/** Remembers how far the day's round is. */
export function retentionKeeper(): RetentionKeeper {
  let left: Left | null = null;
  return {
    async keep(session, { program, revision }, t, pace) {
      const kept = [...program.events].flatMap(([type, { keep }]) => (keep === undefined ? [] : [{ type, keep }]));
      const day = `${t.toISOString().slice(0, 10)} ${revision.number}`;
      if (left?.day !== day) {
        await deleteOldCalls(session, new Date(t.getTime() - callsKeptMs));
        const lanes = kept.length === 0 ? [] : Array.from({ length: laneCount }, (_, lane) => lane);
        left = { day, types: kept.map(({ type }) => type), lanes };
      }
      const before = kept.map(({ keep }) => backBy(t, keep));
      const most = pace === 'all' ? (attemptsMax * laneCount) / lanesALook : 1;
      for (let look = 0; left.lanes.length > 0 && look < most; look += 1) {
        const some = left.lanes.slice(0, lanesALook);
        const done = await session.transaction((tx) =>
          deleteOldEvents(tx, { lanes: some, types: kept.map(({ type }) => type), before }),
        );
        const isDone = new Set(done);
        // Lanes in use come last.
        left.lanes = [...left.lanes.slice(lanesALook), ...some.filter((lane) => !isDone.has(lane))];
      }
    },
  };
}

/** The latest instant from which the duration leads to t or before. */
function backBy(t: Date, keep: Parameters<typeof addExactly>[1]): Date {
  return addExactly(t, { months: -keep.months, days: -keep.days, ms: -keep.ms });
}
