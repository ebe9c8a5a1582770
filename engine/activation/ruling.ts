/** By what a lane transaction is ruled, and the batch that is made of it and its lanes. Which lanes these are is decided by `worker.ts`. */
import type { Session } from '../store/session.ts';
import type { Batch } from './batch.ts';
import { zonesOfBatch } from './journeys/moments/zones.ts';
import type { ClaimedLane } from './lanes/queries.ts';
import type { MessageIds } from './messages/message-ids.ts';
import type { Pauses } from './messages/pauses.ts';
import type { Observation } from './observer.ts';
import { peopleOfBatch } from './people.ts';
import type { Running } from './running.ts';
import type { Writes } from './writes.ts';

/** By what a transaction is ruled. */
export interface Ruling {
  readonly running: Running;
  readonly pauses: Pauses;
  /** Gathers what is told of it after its commit. */
  readonly observed: Observation[];
  readonly writes: Writes;
}

/** What a batch has of the worker whose it is. */
export interface BatchMaker {
  readonly session: Session;
  readonly messageIds: MessageIds;
  readonly takes: 'everything' | 'imports';
}

export function batchOf(
  parts: BatchMaker,
  { running, pauses, writes }: Ruling,
  lanes: readonly ClaimedLane[],
  t: Date,
): Batch {
  const { program, statements, versions, calendars, rules } = running;
  return {
    session: parts.session,
    program,
    statements,
    versions,
    calendars,
    rules,
    pauses,
    messageIds: parts.messageIds,
    lanes: lanes.map((one) => one.lane),
    t,
    isImport: parts.takes === 'imports',
    lastTimes: new Map(lanes.flatMap(({ lane, last_t }) => (last_t === null ? [] : [[lane, last_t]]))),
    people: peopleOfBatch(),
    zones: zonesOfBatch(),
    observed: [],
    writes,
  };
}
