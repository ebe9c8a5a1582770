/** What a call of `dispatchDue` did, in numbers, and what an observer is told of what became of messages. Pure. */
import { type Observer, type SettledState, unobserved } from '../observer.ts';
import type { Settlement } from './settle.ts';

export interface DispatchReport {
  /** Handed to a channel. */
  attempted: number;
  accepted: number;
  /** Back in the queue, to be tried again. */
  retried: number;
  failed: number;
  uncertain: number;
  suppressed: number;
  expired: number;
  returned: number;
  /** A limit was reached while more was due. */
  isMore: boolean;
  /** When a channel may send again that has used up its rate while more was due; null: none has. */
  nextAt: Date | null;
}

export function emptyReport(): DispatchReport {
  const none = { attempted: 0, accepted: 0, retried: 0, failed: 0, uncertain: 0 };
  return { ...none, suppressed: 0, expired: 0, returned: 0, isMore: false, nextAt: null };
}

/** What several channels did together. */
export function sumOf(reports: readonly DispatchReport[]): DispatchReport {
  const sum = emptyReport();
  for (const one of reports) {
    for (const count of counts) sum[count] += one[count];
    sum.isMore ||= one.isMore;
    if (one.nextAt !== null && (sum.nextAt === null || one.nextAt < sum.nextAt)) sum.nextAt = one.nextAt;
  }
  return sum;
}

const counts = [
  ...(['attempted', 'accepted', 'retried', 'failed'] as const),
  ...(['uncertain', 'suppressed', 'expired', 'returned'] as const),
];

export function tally(report: DispatchReport, settlements: readonly Settlement[]): void {
  for (const settlement of settlements) {
    if (settlement.kind === 'retry') report.retried += 1;
    else if (settlement.state === 'sent') report.accepted += 1;
    else report[settlement.state] += 1;
  }
}

interface Told {
  readonly counts: Partial<Record<SettledState, number>>;
  readonly latencies: number[];
}

/** Tells of each channel how many ended in which state, and how long what was sent had waited. */
export function tellOf(observe: Observer, settlements: readonly Settlement[]): void {
  if (observe === unobserved) return;
  const byChannel = new Map<string, Told>();
  for (const settlement of settlements) {
    const told = toldOf(byChannel, settlement.row.channel);
    const state = settlement.kind === 'retry' ? 'retry' : settlement.state;
    told.counts[state] = (told.counts[state] ?? 0) + 1;
    if (state === 'sent' && settlement.latencyMs !== undefined) told.latencies.push(settlement.latencyMs);
  }
  for (const [channel, told] of byChannel) observe({ kind: 'settled', channel, ...told });
}

function toldOf(byChannel: Map<string, Told>, channel: string): Told {
  const known = byChannel.get(channel);
  if (known !== undefined) return known;
  const told: Told = { counts: {}, latencies: [] };
  byChannel.set(channel, told);
  return told;
}
