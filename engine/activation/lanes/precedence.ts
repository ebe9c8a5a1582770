/**
 * Who is served next while lanes are behind the live revision: facts go before fills, and fills get their part of the time. Plain numbers;
 * which lanes these are is found by `outlook.ts`, and they are claimed by `claiming.ts`.
 */

/** While facts wait all the time, take-overs get one part of it to so many parts of everything else (DESIGN §9: at least a fifth). */
const partsOfOthers = 4;
/** So much is remembered of what take-overs had too much of, and so much of what they have still to get: nobody pays for long. */
const tookMaxMs = 1_000;
const owedMaxMs = 50;

export interface Precedence {
  /**
   * What the next transaction does first. `ready`: something is due in lanes that are handled as they are · `urgent`: facts wait in lanes that
   * must be taken over before.
   */
  next(waiting: { readonly isReady: boolean; readonly isBehind: boolean; readonly isUrgent: boolean }): Side;
  /** After a transaction. */
  spent(side: Side, tookMs: number): void;
}

/** Lanes whose facts and timers are handled as they are, or lanes that are behind and are taken over. */
export type Side = 'ready' | 'behind';

export function createPrecedence(): Precedence {
  let last: Side = 'behind';
  /** Milliseconds that take-overs have still to get, if positive. */
  let owedMs = 0;
  return {
    next({ isReady, isBehind, isUrgent }) {
      // What is done while nobody is behind is taken from nobody.
      if (!isBehind) owedMs = 0;
      if (!isBehind) return 'ready';
      if (!isReady) return 'behind';
      // Those who wait on both sides are served in turn.
      if (isUrgent) return last === 'ready' ? 'behind' : 'ready';
      return owedMs > 0 ? 'behind' : 'ready';
    },
    spent(side, tookMs) {
      last = side;
      const change = side === 'ready' ? tookMs / partsOfOthers : -tookMs;
      owedMs = Math.max(-tookMaxMs, Math.min(owedMaxMs, owedMs + change));
    },
  };
}
