/** When a message is tried again. Deterministic: the jitter comes from the message and the attempt, so a run can be repeated. */
import { createHash } from 'node:crypto';

export interface BackoffLimits {
  /** Wait after the first attempt; it doubles with each one. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** The longest wait that a provider may ask for. */
  readonly askedMaxMs: number;
}

export const defaultBackoff: BackoffLimits = { firstMs: 30_000, longestMs: 3_600_000, askedMaxMs: 86_400_000 };

/**
 * Milliseconds to wait after the given attempt (1 is the first): exponential, between 75 and 125 % of it, and never less than
 * the provider asked for.
 */
export function backoffMs(messageId: number, attempt: number, askedMs = 0, limits = defaultBackoff): number {
  const plain = Math.min(limits.longestMs, limits.firstMs * 2 ** (attempt - 1));
  const hash = createHash('sha256').update(`${messageId}:${attempt}`).digest().readUInt32BE(0);
  const spread = 0.75 + (hash / 0x1_0000_0000) * 0.5;
  return Math.max(Math.round(plain * spread), Math.min(askedMs, limits.askedMaxMs));
}
