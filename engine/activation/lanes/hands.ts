/**
 * Which lanes are in the hands of a process's workers. It spares them looks and no more: the lock is the server's, so one who never lets go is
 * passed over after a while. Pure; times are elapsed milliseconds.
 */

/** Longer than a transaction takes; a connection may hang for as long as it likes. */
const heldMaxMs = 30_000;

export interface Hands {
  /** Rows that those who hold lanes take of them at most, and that a look sees until they are taken. */
  readonly rows: number;
  isFree(lane: number, now: number): boolean;
  /** A worker takes at most so many rows of these lanes, until he lets them go. */
  hold(lanes: readonly number[], rows: number, now: number): () => void;
}

export function createHands(): Hands {
  /** By lane, since when. */
  const held = new Map<number, number>();
  let heldRows = 0;
  return {
    get rows() {
      return heldRows;
    },
    isFree: (lane, now) => now - (held.get(lane) ?? Number.NEGATIVE_INFINITY) > heldMaxMs,
    hold(lanes, rows, now) {
      for (const lane of lanes) held.set(lane, now);
      heldRows += rows;
      return () => {
        for (const lane of lanes) held.delete(lane);
        heldRows -= rows;
      };
    },
  };
}
