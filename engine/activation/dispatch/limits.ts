/** Limits of a dispatcher: how much it has in hand, how long it goes on, when others are dead. */
import { defaultBackoff } from './backoff.ts';
import type { SettleLimits } from './settle.ts';

export interface DispatchLimits extends SettleLimits {
  /** Messages of a channel that are marked at once. All of them are in doubt when the process dies. */
  readonly batchMax: number;
  /** The same for Twilio, Firebase and programs: more of them would wait so long in memory that it costs more to clear away than to make. */
  readonly calledBatchMax: number;
  /** The same for SMTP, where a message takes long. */
  readonly smtpBatchMax: number;
  /** How many times as many leave in one call of `dispatchDue`. */
  readonly roundsMax: number;
  /** Channels that send at the same time, the rest waits. One makes the order of everything repeatable (simulations). */
  readonly channelsAtOnce: number;
  /** A dispatcher without a heartbeat for so long is dead. */
  readonly abandonedAfterMs: number;
}

export const defaultDispatchLimits: DispatchLimits = {
  batchMax: 1_000,
  calledBatchMax: 400,
  smtpBatchMax: 200,
  roundsMax: 100,
  channelsAtOnce: 8,
  abandonedAfterMs: 60_000,
  attemptsMax: 8,
  backoff: defaultBackoff,
};
