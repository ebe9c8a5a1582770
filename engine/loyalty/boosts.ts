/** What multiplies points, and which of several rules or boosts give: plain functions of what a programme says. */
import type { Boost, GroupTake, Rounding } from '../compiler/ir.ts';
import { weekdayOf } from './calendar.ts';

/** Whether the boost is about the rule, at that time; its condition is for whoever knows the member. */
export function isOn(boost: Boost, rule: string, at: number, zone: string): boolean {
  const { of, from, until, days } = boost;
  if (of !== null && !of.includes(rule)) return false;
  if ((from !== null && at < from) || (until !== null && at >= until)) return false;
  return days === null || (days as readonly string[]).includes(weekdayOf(at, zone));
}

/** Points times all factors (in hundredths), rounded once. */
export function multiplied(points: number, factors: readonly number[], round: Rounding): number {
  if (factors.length === 0) return points;
  const whole = factors.reduce((product, one) => product * BigInt(one), BigInt(points));
  const unit = 100n ** BigInt(factors.length);
  const [full, rest] = [whole / unit, whole % unit];
  const isUp = round === 'up' ? rest > 0n : round === 'nearest' && 2n * rest >= unit;
  return Math.min(Number(isUp ? full + 1n : full), pointsMax);
}

/** Points never grow beyond what can be booked. */
export const pointsMax = 1_000_000_000;

/**
 * Those that remain of several which apply together: of each group all (`stack`), the one that gives most (`best`; of equals the first), or
 * the first. Those of no group remain. In order.
 */
export function remaining<T>(
  all: readonly T[],
  groups: Readonly<Record<string, GroupTake>>,
  of: { readonly group: (one: T) => string | null; readonly worth: (one: T) => number },
): readonly T[] {
  const chosen = new Map<string, T>();
  for (const one of all) {
    const group = of.group(one);
    if (group === null || (groups[group] ?? 'stack') === 'stack') continue;
    const before = chosen.get(group);
    if (before === undefined || (groups[group] === 'best' && of.worth(one) > of.worth(before))) chosen.set(group, one);
  }
  return all.filter((one) => {
    const group = of.group(one);
    return group === null || !chosen.has(group) || chosen.get(group) === one;
  });
}
