/** Message numbers, taken from the store in blocks so that a transaction doesn't ask for each. Gaps are harmless. */
import type { Session } from '../../store/session.ts';

const blockSize = 500;

export interface MessageIds {
  /** The next `count` numbers. */
  take(session: Session, count: number): Promise<readonly number[]>;
}

export function messageIds(): MessageIds {
  let free: number[] = [];
  return {
    async take(session, count) {
      while (free.length < count) {
        const wanted = Math.max(blockSize, count - free.length);
        const rows = await session.query<{ id: number }>(
          `select nextval('parcours.message_id') as id from generate_series(1, $1::integer)`,
          [wanted],
        );
        free = [...free, ...rows.map((row) => row.id)];
      }
      const taken = free.slice(0, count);
      free = free.slice(count);
      return taken;
    },
  };
}
