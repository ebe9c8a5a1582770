/**
 * How many rows of a file are one transaction. History that goes straight into lanes holds them meanwhile: as many rows as are worth a
 * statement where nobody is at work, and few enough to be hardly noticed where somebody is.
 */
import type { Clock } from '../../clock/clock.ts';
import type { Session } from '../../store/session.ts';
import { historyRowsMax, ingestRowsMax } from '../ingest.ts';
import { isAnybodyAtWork } from './queries.ts';

/** How long lanes may be held while somebody else works on them. */
const heldMsMax = 200;
const rowsMin = 500;
const rowsStart = 2_000;
/** Who hasn't beaten for so long is at work no more. */
const workingMs = 60_000;

export interface BatchSize {
  readonly intoLanes: boolean;
  /** Of the batch that is being gathered. */
  rows(): number;
  /** Learns from a batch that was written. */
  took(rows: number, ms: number): Promise<void>;
}

/** Batches for the inbox, which hold nobody up. */
export function inboxBatches(): BatchSize {
  return { intoLanes: false, rows: () => ingestRowsMax, took: async () => {} };
}

/** Batches for the lanes. Errors: those of the store. */
export async function historyBatches(session: Session, clock: Clock): Promise<BatchSize> {
  const isBusy = () => isAnybodyAtWork(session, new Date(clock.now().getTime() - workingMs));
  let rows = (await isBusy()) ? rowsStart : historyRowsMax;
  return {
    intoLanes: true,
    rows: () => rows,
    async took(written, ms) {
      if (!(await isBusy())) rows = historyRowsMax;
      else if (ms > heldMsMax) rows = Math.max(rowsMin, Math.min(rowsStart, Math.floor(written / 2)));
      else if (ms < heldMsMax / 2) rows = Math.min(historyRowsMax, Math.ceil(rows * 1.5));
    },
  };
}
