/**
 * How fast a channel may send, over all processes (GCRA, the algorithm of ATM Forum's traffic management: a virtual clock that each message
 * moves on). Pure; the clock of each channel is a row of the store.
 */
import type { ChannelRate } from '../../compiler/ir.ts';

export interface Pace {
  /** By how much each message moves the channel's clock on, in microseconds. */
  readonly eachUs: number;
  /** By how much that clock may run ahead, so that messages can leave together, in microseconds. */
  readonly aheadUs: number;
}

const periodsUs = { second: 1_000_000, minute: 60_000_000, hour: 3_600_000_000 } as const;

/** What leaves within this time may leave at once: a call for each message of a fast channel would slow it. */
const togetherUs = 100_000;

/** No stretch of time as long as the rate's own holds more messages than the rate says, wherever it begins. */
export function paceOf({ max, per }: ChannelRate): Pace {
  const period = periodsUs[per];
  const aheadUs = period / max < togetherUs ? togetherUs : 0;
  return { eachUs: Math.ceil((period + aheadUs) / max), aheadUs };
}
