/**
 * Tiers as a function of what was earned: up at once, down when the time for which a tier is kept is over and the points no longer reach
 * it. Pure: from the beginning or from any state that was worked out before, the same tier comes out (a property test holds it).
 */
import type { Duration, LoyaltyBody } from '../compiler/ir.ts';
import { addTo, subtractFrom } from './times.ts';

export type Tiers = LoyaltyBody['tiers'];

/** Net points at the time they were earned; times in milliseconds. */
export interface Earning {
  readonly at: number;
  readonly points: number;
}

export interface TierState {
  /** The index; 0 is the first. */
  readonly tier: number;
  /** null: always. */
  readonly since: number | null;
  /** Not below it before. */
  readonly until: number | null;
}

export interface TierChange {
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

export const firstTier: TierState = { tier: 0, since: null, until: null };

/** How far back earnings may count; null: for ever. */
export function lookBack(tiers: Tiers): Duration | null {
  const windows = tiers.slice(1).map(({ rolling }) => rolling);
  if (windows.some((one) => one === null)) return null;
  return windows.reduce<Duration>(
    (longest, one) => (lengthOf(one as Duration) > lengthOf(longest) ? (one as Duration) : longest),
    { months: 0, days: 0, ms: 0 },
  );
}

function lengthOf({ months, days, ms }: Duration): number {
  return (months * 31 + days) * 86_400_000 + ms;
}

/** The highest tier that the earnings up to t reach. An earning counts while `at <= t < at + rolling`. */
export function reachedAt(tiers: Tiers, earnings: readonly Earning[], t: number): number {
  for (let i = tiers.length - 1; i > 0; i -= 1) {
    const tier = tiers[i] as Tiers[number];
    let points = 0;
    for (const { at, points: earned } of earnings) {
      if (at <= t && (tier.rolling === null || t < addTo(at, tier.rolling))) points += earned;
    }
    if (points >= tier.from) return i;
  }
  return 0;
}

/**
 * Carries a state forward over the earnings to t: at each instant at which something can change. `earnings` are all that may still count
 * after `from`; null: from the beginning.
 */
export function carry(
  tiers: Tiers,
  { state, from }: { readonly state: TierState; readonly from: number | null },
  earnings: readonly Earning[],
  t: number,
): { readonly state: TierState; readonly changes: readonly TierChange[] } {
  const changes: TierChange[] = [];
  let now = state;
  let last = from;
  for (;;) {
    const at = nextInstant(tiers, now, earnings, last);
    if (at === null || at > t) return { state: now, changes };
    const next = stepAt(tiers, now, reachedAt(tiers, earnings, at), at);
    if (next.tier !== now.tier) changes.push({ at, from: now.tier, to: next.tier });
    now = next;
    last = at;
  }
}

/** The next instant at which the tier may change with nothing earned meanwhile; null: never. */
export function nextTierChange(tiers: Tiers, state: TierState, earnings: readonly Earning[], t: number): number | null {
  return state.tier === 0 ? null : nextInstant(tiers, state, earnings, t);
}

function stepAt(tiers: Tiers, state: TierState, reached: number, at: number): TierState {
  if (reached > state.tier) {
    const { keep } = tiers[reached] as Tiers[number];
    return { tier: reached, since: at, until: keep === null ? null : addTo(at, keep) };
  }
  if (reached === state.tier || (state.until !== null && at < state.until)) return state;
  // What it falls to was reached long ago, so it's kept only as long as the points reach it.
  return { tier: reached, since: at, until: null };
}

function nextInstant(
  tiers: Tiers,
  state: TierState,
  earnings: readonly Earning[],
  after: number | null,
): number | null {
  let next: number | null = null;
  const consider = (at: number): void => {
    if ((after === null || at > after) && (next === null || at < next)) next = at;
  };
  for (const { at } of earnings) {
    consider(at);
    for (const { rolling } of tiers) if (rolling !== null) consider(addTo(at, rolling));
  }
  if (state.until !== null) consider(state.until);
  return next;
}

/** Earnings before this instant count for no tier at t or later; null: all may. */
export function countsFrom(tiers: Tiers, t: number): number | null {
  const back = lookBack(tiers);
  // Months differ in length: a few days more than needed.
  return back === null ? null : subtractFrom(t, back) - 4 * 86_400_000;
}
