/**
 * `bound: points_per_month`: the most points that the rules of a programme give one member in a month of 31 days. What journeys
 * award is on top of it and not counted: it is bounded by who enters them.
 */
import type { Duration, EarningRule, Limit, LoyaltyBody } from '../ir.ts';
import { nameOf, type Violation, type Watched } from './finding.ts';

export function findTooManyPoints({ covered, guardrail, document }: Watched): readonly Violation[] {
  const { rule } = guardrail;
  if (rule.kind !== 'bound' || rule.of !== 'points_per_month') return [];
  return covered.flatMap((resource): readonly Violation[] => {
    const name = nameOf(resource);
    if (resource.kind !== 'loyalty' || document(name) === undefined) return [];
    const parts = partsOf(resource.body);
    const free = parts.filter(({ points }) => points === null);
    if (free.length > 0) {
      return free.map(({ id, path }) => ({
        resource: name,
        code: 'CMP243' as const,
        detail: `Guardrail \`${guardrail.id}\` bounds the points of a member in a month, and \`${id}\` gives them without end. Add a \`limit\` to it that bounds points.`,
        path,
      }));
    }
    const most = parts.reduce((sum, { points }) => sum + (points ?? 0), 0);
    if (most <= rule.max) return [];
    const shares = parts.map(({ id, points }) => `\`${id}\` ${points}`).join(', ');
    const detail = `Guardrail \`${guardrail.id}\` allows ${rule.max} points for a member in a month, and this programme can give ${most} (${shares}). Lower what rules give, or limit them more.`;
    return [{ resource: name, code: 'CMP243', detail, path: ['id'] }];
  });
}

interface Part {
  readonly id: string;
  readonly path: readonly (string | number)[];
  /** The most in a month; null: without end. */
  readonly points: number | null;
}

function partsOf(body: LoyaltyBody): readonly Part[] {
  const earn = withinAll(
    body,
    body.earn.map((rule, index) => ({ id: rule.id, path: ['earn', index, 'id'], points: ofRule(body, rule) })),
  );
  const challenges = body.challenges.map((challenge, index) => ({
    id: challenge.id,
    path: ['challenges', index, 'id'],
    points: challenge.points * timesWon(challenge),
  }));
  const { referral } = body;
  // Members come once; who brings them may bring many.
  const referred = referral === null ? [] : [{ id: 'referral', path: ['referral'], points: ofReferral(referral) }];
  return [...earn, ...challenges, ...referred];
}

/** What a rule gives by itself, within its own limit and those that it shares. */
function ofRule(body: LoyaltyBody, rule: EarningRule): number | null {
  const once = onceAtMost(rule);
  const each = once === null ? null : Math.ceil(once * boostAtMost(body, rule.id));
  const first: Limit | null = rule.isFirst === true ? { max: 1, of: 'times', window: { kind: 'lifetime' } } : null;
  const shared = (body.limits ?? []).filter(({ rules }) => rules === null || rules.includes(rule.id));
  const all = [rule.limit, first, ...shared].map((limit) => earned(each, limit));
  const known = all.filter((points) => points !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** The most that it gives for one event, unboosted; null: it depends on an amount. */
function onceAtMost({ points, each }: EarningRule): number | null {
  if (points.kind === 'per') return null;
  if (points.kind === 'draw') return Math.max(...points.prizes.map(({ give }) => give));
  if (points.kind === 'nth') return Math.max(...points.give);
  return each === null ? points.points : null;
}

/** All boosts that may meet, and the highest tier's, whatever their groups. */
function boostAtMost({ boosts = [], tiers }: LoyaltyBody, rule: string): number {
  const own = boosts.filter(({ of, times }) => times > 100 && (of === null || of.includes(rule)));
  return own.reduce(
    (product, { times }) => (product * times) / 100,
    Math.max(100, ...tiers.map(({ times = 100 }) => times)) / 100,
  );
}

/** A limit over all rules bounds what they give together. */
function withinAll({ limits = [] }: LoyaltyBody, parts: readonly Part[]): readonly Part[] {
  const bounds = limits.flatMap(({ rules, ...limit }) =>
    rules === null && limit.of === 'points' ? [limit.max * windowsInMonth(limit.window)] : [],
  );
  const most = Math.min(...bounds);
  const sum = parts.reduce((total, { points }) => total + (points ?? Number.POSITIVE_INFINITY), 0);
  return sum <= most ? parts : [{ id: 'limits', path: ['limits'], points: most }];
}

function ofReferral({ referrer, referee, limit }: NonNullable<LoyaltyBody['referral']>): number | null {
  const brought = earned(referrer, limit);
  return brought === null ? null : brought + referee;
}

/** `each`: the points of one time; null: they depend on an amount. */
function earned(each: number | null, limit: Limit | null): number | null {
  if (each === 0) return 0;
  if (limit === null) return null;
  const windows = limit.max * windowsInMonth(limit.window);
  if (limit.of === 'points') return windows;
  return each === null ? null : each * windows;
}

const monthDays = 31;
const dayMs = 24 * 60 * 60_000;

/** How many windows a month touches: six calendar weeks, and two halves of what slides. */
function windowsInMonth(window: Limit['window']): number {
  if (window.kind === 'lifetime') return 1;
  if (window.kind === 'rolling') return Math.ceil(monthDays / daysOf(window.duration));
  return window.unit === 'day' ? monthDays : window.unit === 'week' ? 6 : 1;
}

/** A streak is won again only when it has been gone through again. */
function timesWon({ of, reach, window }: LoyaltyBody['challenges'][number]): number {
  if (of.kind !== 'streak') return windowsInMonth(window);
  const days = { day: 1, week: 7, month: 28 }[of.every] * Math.max(reach, 1);
  return Math.ceil(monthDays / days);
}

function daysOf({ months, days, ms }: Duration): number {
  return months * 28 + days + ms / dayMs;
}
