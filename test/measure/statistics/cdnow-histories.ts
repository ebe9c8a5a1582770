/** The CDNOW sample as grouped histories and spendings of its calibration period, in weeks; made by plain loops, of nothing of ours. */
import type { GroupedHistory } from '../../../engine/measure/statistics/bg-nbd.ts';
import type { GroupedSpending } from '../../../engine/measure/statistics/gamma-gamma.ts';
import { type Purchase, readPurchases } from '../../examples/cdnow-file.ts';

const dayMs = 86_400_000;
const end = Date.UTC(1997, 8, 30);

/** Purchases of one day are one; the first day is the beginning, not a repeat. */
export function cdnowHistories(path: string): {
  readonly histories: readonly GroupedHistory[];
  readonly spendings: readonly GroupedSpending[];
} {
  const byCustomer = new Map<string, Purchase[]>();
  for (const one of readPurchases(path)) {
    if (one.at <= end) byCustomer.set(one.customer, [...(byCustomer.get(one.customer) ?? []), one]);
  }
  const histories = new Map<string, GroupedHistory>();
  const spendings: GroupedSpending[] = [];
  for (const purchases of byCustomer.values()) {
    const days = new Map<number, number>();
    for (const { at, cents } of purchases) days.set(at, (days.get(at) ?? 0) + cents / 100);
    const [first, ...later] = [...days.keys()].sort((a, b) => a - b) as [number, ...number[]];
    const history = {
      frequency: later.length,
      recency: later.length === 0 ? 0 : ((later.at(-1) as number) - first) / dayMs / 7,
      age: (end - first) / dayMs / 7,
    };
    const key = JSON.stringify(history);
    histories.set(key, { ...history, people: (histories.get(key)?.people ?? 0) + 1 });
    const spent = later.reduce((sum, day) => sum + (days.get(day) as number), 0);
    if (later.length > 0) spendings.push({ orders: later.length, mean: spent / later.length, people: 1 });
  }
  return { histories: [...histories.values()], spendings };
}
