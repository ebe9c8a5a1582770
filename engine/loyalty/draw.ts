/**
 * What an event wins in a draw: a function of the seed, of the person and of what the event is about, so that it comes out the same
 * whenever and wherever it is drawn. Pure.
 */
import { createHash } from 'node:crypto';

export interface Prize {
  /** In hundredths of a percent. */
  readonly odds: number;
  readonly give: number;
}

const steps = 2 ** 48;

/** The points that are won; 0: nothing. `parts` are told apart, whatever is in them. */
export function drawn(prizes: readonly Prize[], parts: readonly (string | number)[]): number {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest();
  const at = (hash.readUIntBE(0, 6) / steps) * 10_000;
  let upTo = 0;
  for (const { odds, give } of prizes) {
    upTo += odds;
    if (at < upTo) return give;
  }
  return 0;
}
