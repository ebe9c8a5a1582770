/**
 * Loyalty programmes: members, points, refunds, tiers, rewards; and what holds between their parts. How points are earned is in
 * `loyalty-earning.ts`. The ledger itself isn't known here.
 */
import { asSet } from '../canonical.ts';
import { parseMoney } from '../decimals.ts';
import type { Duration, LoyaltyBody } from '../ir.ts';
import { readCondition } from './condition.ts';
import { propertyType } from './events.ts';
import { readChallenge, readEarn, readOccasion, readReferral } from './loyalty-earning.ts';
import { readCaps, readReward, readTill } from './loyalty-rewards.ts';
import {
  checkRule,
  readBoost,
  readBudget,
  readDowngrade,
  readGroups,
  readPayment,
  readSharedLimit,
  readTimes,
} from './loyalty-shared.ts';
import { readExpiry, readWaiting } from './loyalty-times.ts';
import { child, demand, fault, items, type Place, type Resolving, rangeOf, root, textAt, textOf } from './place.ts';
import { readShare } from './shares.ts';
import { inLoyalty } from './standpoint.ts';
import { durationAt, readDuration } from './values.ts';

export function resolveLoyalty(at: Resolving): LoyaltyBody {
  const place = root(at);
  const issuer = textOf(demand(place, 'issuer'));
  const members = child(place, 'members');
  const referral = child(place, 'referral');
  const till = child(place, 'till');
  const caps = child(place, 'caps');
  const parts = (key: string): readonly Place[] => items(child(place, key));
  checkIds(['earn', 'qualify', 'boosts', 'challenges', 'budgets', 'tiers', 'rewards'].flatMap((key) => parts(key)));
  checkTiers(parts('tiers'));
  checkEarnable(place);
  return {
    objective: textOf(demand(place, 'objective')) as LoyaltyBody['objective'],
    issuer,
    fundedBy: textAt(place, 'funded_by') ?? issuer,
    members: members === undefined ? null : readCondition(demand(members, 'where'), inLoyalty),
    points: readKeeping(child(place, 'points')),
    earn: parts('earn').map(readEarn),
    ...readShared(place),
    refunds: readRefunds(child(place, 'refunds'), [...parts('earn'), ...parts('qualify')]),
    challenges: parts('challenges').map(readChallenge),
    referral: referral === undefined ? null : readReferral(referral),
    tiers: parts('tiers').map(readTier),
    rewards: parts('rewards').map(readReward),
    ...(till !== undefined && { till: readTill(till) }),
    ...(caps !== undefined && { caps: readCaps(caps) }),
  };
}

/** What the programme says over several of its rules; absent where it doesn't. */
function readShared(place: Place): Partial<LoyaltyBody> {
  const parts = (key: string): readonly Place[] => items(child(place, key));
  const rules = [...parts('earn'), ...parts('qualify')];
  const groups = readGroups(child(place, 'groups'), [...rules, ...parts('boosts')]);
  const pay = child(place, 'pay');
  const downgrade = child(place, 'downgrade');
  const some = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);
  const all = {
    qualify: some(parts('qualify').map(readEarn)),
    boosts: some(parts('boosts').map((one) => readBoost(one, rules))),
    groups,
    limits: some(parts('limits').flatMap((one) => readSharedLimit(one, rules) ?? [])),
    budgets: some(parts('budgets').map((one) => readBudget(one, parts('earn')))),
    pay: pay && readPayment(pay),
    downgrade: downgrade && readDowngrade(downgrade, parts('tiers')),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** The ledger names rules, challenges, tiers and rewards by id alone; a tier's benefit may be called as a reward. */
function checkIds(parts: readonly Place[]): void {
  const seen = new Map<string, Place>();
  for (const part of parts) {
    const id = demand(part, 'id');
    const name = `${part.path[0] === 'tiers' ? 'tier' : 'entry'} ${textOf(id)}`;
    const first = seen.get(name);
    if (first === undefined) {
      seen.set(name, id);
      continue;
    }
    const related = [{ message: 'first used here', range: rangeOf(first) }];
    const detail = `\`${textOf(id)}\` names two parts of this programme. The ledger refers to rules, challenges and rewards by their ids, so entries of the two couldn't be told apart: give each its own.`;
    fault(id, 'CMP229', detail, { related });
  }
}

function checkEarnable(place: Place): void {
  if (['earn', 'challenges', 'referral'].some((key) => child(place, key) !== undefined)) return;
  const detail =
    'No rule, challenge or referral gives points here, so only an `award` of a journey can. Add `earn`, or leave it if that is meant.';
  fault(demand(place, 'id'), 'CMP231', detail);
}

function readKeeping(points: Place | undefined): LoyaltyBody['points'] {
  if (points === undefined) return { usableAfter: null, expireAfter: null };
  const usable = child(points, 'usable_after');
  const expire = child(points, 'expire');
  const after = expire === undefined ? undefined : child(expire, 'after');
  const times = expire === undefined ? {} : (readExpiry(expire) ?? {});
  const usableAt = textAt(points, 'usable_at') as LoyaltyBody['points']['usableAt'];
  const round = textAt(points, 'round') as LoyaltyBody['points']['round'];
  const keeping = {
    ...readMore(points, expire),
    usableAfter: usable === undefined ? null : readWaiting(usable),
    expireAfter: times.after ?? null,
    ...(usableAt !== undefined && { usableAt }),
    ...(times.at !== undefined && { expireAt: times.at }),
    ...(times.lastDay !== undefined && { lastDay: times.lastDay }),
    ...(round !== undefined && { round }),
  };
  const isExact = times.at === undefined && times.lastDay === undefined;
  if (isExact && usable && after && keeping.usableAfter !== null && keeping.expireAfter !== null) {
    if (longestMs(keeping.usableAfter) >= longestMs(keeping.expireAfter)) {
      const related = [{ message: 'usable from here on', range: rangeOf(usable) }];
      const detail = `Points expire ${textOf(after)} after they were earned, and can be spent only after ${textOf(usable)}: nobody could ever spend one. Let them expire later, or be usable sooner.`;
      fault(after, 'CMP227', detail, { related });
    }
  }
  return keeping;
}

/** What a programme may say besides; absent where it doesn't. */
function readMore(points: Place, expire: Place | undefined): Partial<LoyaltyBody['points']> {
  const unused = expire === undefined ? undefined : child(expire, 'unused_for');
  const notice = expire === undefined ? undefined : child(expire, 'notice');
  const returned = textAt(points, 'returned');
  const worth = child(points, 'worth');
  const redemption = child(points, 'expected_redemption');
  return {
    ...(unused !== undefined && { unusedFor: readDuration(unused) }),
    ...(notice !== undefined && { notice: readDuration(notice) }),
    ...(returned !== undefined && { returned: returned as NonNullable<LoyaltyBody['points']['returned']> }),
    ...(worth !== undefined && { worth: readWorth(worth) }),
    ...(redemption !== undefined && { expectedRedemption: readShare(redemption, 100, 'it is a share of all points.') }),
  };
}

function readWorth(place: Place): NonNullable<LoyaltyBody['points']['worth']> {
  const is = demand(place, 'is');
  const money = parseMoney(textOf(is));
  if (money === null || money.amount <= 0) {
    const detail = `\`${textOf(is)}\` is no amount of money, so nobody could say what points cost. Write an amount with its currency, such as \`12 ${place.at.names.workspace.currency}\`.`;
    fault(is, 'CMP224', detail);
  }
  return { points: Number(textOf(demand(place, 'points'))), is: money ?? { amount: 0, currency: '' } };
}

const dayMs = 24 * 60 * 60_000;

/** For comparisons alone: a month is taken as 30.5 days. */
function longestMs({ months, days, ms }: Duration): number {
  return (months * 30.5 + days) * dayMs + ms;
}

function readRefunds(place: Place | undefined, rules: readonly Place[]): LoyaltyBody['refunds'] {
  if (place === undefined) return null;
  const { selection, events } = readOccasion(demand(place, 'when'));
  const match = demand(place, 'match');
  propertyType(match, textOf(match), events);
  const reverse = items(demand(place, 'reverse'));
  for (const one of reverse) {
    const rule = checkRule(one, rules, 'Name rules under `earn` or `qualify`: their points are taken back.');
    if (rule !== undefined) checkMatched(match, rule);
  }
  return {
    when: selection,
    match: textOf(match),
    reverse: asSet(reverse.map(textOf)),
    spentPoints: (textAt(place, 'spent_points') ?? 'debt') as 'debt' | 'cap_at_zero' | 'reject',
  };
}

/** Without the property on the rewarded event, no purchase is ever found whose points go back. */
function checkMatched(match: Place, rule: Place): void {
  const types = items(child(demand(rule, 'when'), 'event'));
  const { events } = match.at.names;
  for (const type of types) {
    const body = events.get(textOf(type));
    if (body === undefined || Object.hasOwn(body.properties, textOf(match))) continue;
    const detail = `Event \`${textOf(type)}\`, which rule \`${textAt(rule, 'id')}\` rewards, has no property \`${textOf(match)}\`: the purchase whose points are to go back couldn't be found. Match by a property of both events.`;
    fault(match, 'CMP232', detail, { related: [{ message: 'rewarded here', range: rangeOf(type) }] });
    return;
  }
}

function readTier(place: Place): LoyaltyBody['tiers'][number] {
  const calendar = child(place, 'calendar');
  const times = child(place, 'times');
  const rolling = child(place, 'rolling');
  if (calendar !== undefined && rolling !== undefined) {
    const related = [{ message: 'the other window', range: rangeOf(rolling, 'key') }];
    fault(calendar, 'CMP228', 'There are two windows, and one counts. Keep one of them.', { on: 'key', related });
  }
  return {
    id: textOf(demand(place, 'id')),
    from: Number(textOf(demand(place, 'from'))),
    rolling: durationAt(place, 'rolling'),
    ...(calendar !== undefined && { calendar: textOf(calendar) as 'year' }),
    keep: durationAt(place, 'keep'),
    benefits: asSet(items(child(place, 'benefits')).map(textOf)),
    ...(times !== undefined && { times: readTimes(times) }),
  };
}

function checkTiers(tiers: readonly Place[]): void {
  const first = tiers[0];
  if (first === undefined) return;
  const bounds = tiers.map((tier) => demand(tier, 'from'));
  if (Number(textOf(bounds[0] as Place)) !== 0) {
    const detail =
      'Every member has a tier, so the first one begins at 0 points; here a new member would have none. Write `from: 0`, or put such a tier before it.';
    fault(bounds[0] as Place, 'CMP222', detail);
  }
  for (const [index, bound] of bounds.entries()) {
    const before = bounds[index - 1];
    if (before === undefined || Number(textOf(bound)) > Number(textOf(before))) continue;
    const detail = `Tiers stand from the lowest up, and this one begins at ${textOf(bound)}, no higher than the one before it (${textOf(before)}): nobody would ever be in one of the two. Order them, or change the points.`;
    fault(bound, 'CMP221', detail, { related: [{ message: 'the tier before', range: rangeOf(before) }] });
  }
}
