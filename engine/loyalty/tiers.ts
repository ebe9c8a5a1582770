/**
 * Tiers as a function of what was earned: up at once, down when the time for which a tier is kept is over and the points no longer reach
 * it, as the programme has it. Pure: from the beginning or from any state that was worked out before, the same tier comes out (a property
 * test holds it).
 */
import type { Downgrade, Duration, LoyaltyBody } from '../compiler/ir.ts';
import { endOf, nextYearly, startOf } from './calendar.ts';
import { addTo, subtractFrom } from './times.ts';

export type Tiers = LoyaltyBody['tiers'];

export interface Ladder {
  readonly tiers: Tiers;
  readonly downgrade?: Downgrade;
  /** Of the programme's calendar. Default: UTC. */
  readonly zone?: string;
}

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
  /** It is no longer reached, and falls then unless it is reached again. */
  readonly falls: number | null;
}

export interface TierChange {
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

export const firstTier: TierState = { tier: 0, since: null, until: null, falls: null };

/** How far back earnings may count; null: for ever. */
export function lookBack({ tiers }: Ladder): Duration | null {
  const windows = tiers.slice(1).map(windowOf);
  if (windows.some((one) => one === null)) return null;
  return windows.reduce<Duration>(
    (longest, one) => (lengthOf(one as Duration) > lengthOf(longest) ? (one as Duration) : longest),
    { months: 0, days: 0, ms: 0 },
  );
}

const monthsOf = { month: 1, quarter: 3, year: 12 } as const;

function windowOf({ rolling, calendar }: Tiers[number]): Duration | null {
  return calendar === undefined ? rolling : { months: monthsOf[calendar], days: 0, ms: 0 };
}

function lengthOf({ months, days, ms }: Duration): number {
  return (months * 31 + days) * 86_400_000 + ms;
}

/** From when on an earning counts for a tier no more; null: it always does. */
function countsUntil({ rolling, calendar }: Tiers[number], at: number, zone: string): number | null {
  if (calendar !== undefined) return endOf(calendar, at, zone);
  return rolling === null ? null : addTo(at, rolling);
}

/** The highest tier that the earnings up to t reach. An earning counts while `at <= t < countsUntil`. */
export function reachedAt({ tiers, zone = 'UTC' }: Ladder, earnings: readonly Earning[], t: number): number {
  for (let i = tiers.length - 1; i > 0; i -= 1) {
    const tier = tiers[i] as Tiers[number];
    let points = 0;
    for (const { at, points: earned } of earnings) {
      if (at <= t && t < (countsUntil(tier, at, zone) ?? Number.POSITIVE_INFINITY)) points += earned;
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
  ladder: Ladder,
  { state, from }: { readonly state: TierState; readonly from: number | null },
  earnings: readonly Earning[],
  t: number,
): { readonly state: TierState; readonly changes: readonly TierChange[] } {
  const changes: TierChange[] = [];
  let now = state;
  let last = from;
  for (;;) {
    const at = nextInstant(ladder, now, earnings, last);
    if (at === null || at > t) return { state: now, changes };
    const next = stepAt(ladder, now, reachedAt(ladder, earnings, at), at);
    if (next.tier !== now.tier) changes.push({ at, from: now.tier, to: next.tier });
    now = next;
    last = at;
  }
}

/** The next instant at which the tier may change with nothing earned meanwhile; null: never. */
export function nextTierChange(
  ladder: Ladder,
  state: TierState,
  earnings: readonly Earning[],
  t: number,
): number | null {
  return state.tier === 0 ? null : nextInstant(ladder, state, earnings, t);
}

function stepAt({ tiers, downgrade = {}, zone = 'UTC' }: Ladder, state: TierState, reached: number, at: number) {
  if (reached > state.tier) {
    const { keep } = tiers[reached] as Tiers[number];
    return { tier: reached, since: at, until: keep === null ? null : addTo(at, keep), falls: null };
  }
  if (reached === state.tier) return { ...state, falls: null };
  if (state.until !== null && at < state.until) return state;
  if (state.falls !== null) return at < state.falls ? state : fall({ tiers, downgrade }, state, reached, at);
  if (downgrade.at !== undefined && boundary(downgrade.at, at, zone) !== at) return state;
  return downgrade.grace === undefined
    ? fall({ tiers, downgrade }, state, reached, at)
    : { ...state, falls: addTo(at, downgrade.grace) };
}

function fall(
  { tiers, downgrade }: { readonly tiers: Tiers; readonly downgrade: Downgrade },
  state: TierState,
  reached: number,
  at: number,
): TierState {
  const tier = downgrade.by === 'step' ? state.tier - 1 : reached;
  // What it falls to was reached long ago, so it's kept only as long as the points reach it; a step is a stay of grace.
  const keep = tier > reached ? ((tiers[tier] as Tiers[number]).keep ?? null) : null;
  return { tier, since: at, until: keep === null ? null : addTo(at, keep), falls: null };
}

/** The first instant at `at` or after it at which tiers may fall. */
function boundary(down: NonNullable<Downgrade['at']>, at: number, zone: string): number {
  if (typeof down === 'object') return nextYearly(down, at, zone);
  const unit = down.slice('end_of_'.length) as 'month' | 'quarter' | 'year';
  return startOf(unit, at, zone) === at ? at : endOf(unit, at, zone);
}

function nextInstant(
  ladder: Ladder,
  state: TierState,
  earnings: readonly Earning[],
  after: number | null,
): number | null {
  const { tiers, downgrade, zone = 'UTC' } = ladder;
  let next: number | null = null;
  const consider = (at: number): void => {
    if ((after === null || at > after) && (next === null || at < next)) next = at;
  };
  for (const { at } of earnings) {
    consider(at);
    for (const tier of tiers) {
      const end = countsUntil(tier, at, zone);
      if (end !== null) consider(end);
    }
  }
  if (state.until !== null) consider(state.until);
  if (state.falls !== null) consider(state.falls);
  const down = downgrade?.at;
  if (down !== undefined && state.tier > 0 && after !== null) {
    const first = boundary(down, after + 1, zone);
    // Where nothing ends before it, whoever reaches the tier then reaches it for ever.
    if (next !== null || reachedAt(ladder, earnings, first) < state.tier) consider(first);
  }
  return next;
}

/** Earnings before this instant count for no tier at t or later; null: all may. */
export function countsFrom(ladder: Ladder, t: number): number | null {
  const back = lookBack(ladder);
  // Months differ in length: a few days more than needed.
  return back === null ? null : subtractFrom(t, back) - 4 * 86_400_000;
}
