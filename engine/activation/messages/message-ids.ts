/** Message numbers, taken from the store in blocks so that a transaction doesn't ask for each. Gaps are harmless. */
import type { Session } from '../../store/session.ts';
import { newMessageIds } from './queries.ts';

const blockSize = 500;

export interface MessageIds {
  /** The next `count` numbers. */
  take(session: Session, count: number): Promise<readonly number[]>;
}

export function messageIds(): MessageIds {
  let free: readonly number[] = [];
  return {
    async take(session, count) {
      if (free.length < count) {
        free = [...free, ...(await newMessageIds(session, Math.max(blockSize, count - free.length)))];
      }
      const taken = free.slice(0, count);
      free = free.slice(count);
      return taken;
    },
  };
}
