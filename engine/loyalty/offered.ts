/** Whether a reward is offered at a time. */
import type { LoyaltyBody } from '../compiler/ir.ts';

export function isOffered({ from, until }: LoyaltyBody['rewards'][number], t: Date): boolean {
  const at = t.getTime();
  return (from === undefined || from <= at) && (until === undefined || at < until);
}
