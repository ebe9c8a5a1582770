/**
 * What a dispatcher has in hand: attempts that are marked as its own, and outcomes that the store has yet to take. What an outcome means is
 * said in `settle.ts`.
 */
import { type Observer, unobserved } from '../observer.ts';
import type { AttemptRow } from './claimed-message.ts';
import { tellOf } from './report.ts';
import { areOver, recordOver, recordSettlements, type Settlement } from './settle.ts';
import type { SharedSession } from './shared-session.ts';

export interface Recorder {
  /** Ids of messages that are marked and not yet recorded. */
  inHand(): readonly number[];
  take(rows: readonly AttemptRow[]): void;
  /** Writes settlements, together with what others brought meanwhile. Errors: the store's; then they are kept for the next time. */
  record(settlements: readonly Settlement[], at: Date): Promise<void>;
  /**
   * Nothing has left: the rows are due again at that time. It is written with what is recorded next. It counts as an attempt, so that a mark that
   * was put back twice, since the first answer was lost, can't be mistaken for the next one.
   */
  putBack(rows: readonly AttemptRow[], reason: string, dueAt: Date): void;
  /** Writes what could not be written before. */
  flush(at: Date): Promise<void>;
}

export function createRecorder(store: SharedSession, observe: Observer = unobserved): Recorder {
  const inHand = new Set<number>();
  let unrecorded: Settlement[] = [];

  async function flush(at: Date): Promise<void> {
    if (unrecorded.length === 0) return;
    await store(async (session) => {
      // When its turn has come, who was before may have written them.
      const settlements = unrecorded;
      if (settlements.length === 0) return;
      unrecorded = [];
      try {
        const rest = areOver(settlements) ? await recordOver(session, settlements, at) : settlements;
        if (rest.length > 0) await session.transaction((tx) => recordSettlements(tx, rest, at));
      } catch (error) {
        unrecorded.unshift(...settlements);
        throw error;
      }
      for (const { row } of settlements) inHand.delete(row.message_id);
      tellOf(observe, settlements);
    });
  }

  return {
    inHand: () => [...inHand],
    take(rows) {
      for (const row of rows) inHand.add(row.message_id);
    },
    async record(settlements, at) {
      unrecorded.push(...settlements);
      await flush(at);
    },
    putBack(rows, reason, dueAt) {
      const again = { kind: 'retry', dueAt, reason, isUnsent: true } as const;
      unrecorded.push(...rows.map((row) => ({ ...again, row })));
    },
    flush,
  };
}
