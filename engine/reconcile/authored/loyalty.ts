/** A programme of loyalty as its file says it. */
import { formatDuration } from '../../compiler/durations.ts';
import type { BodyByKind, EventSelection } from '../../compiler/ir.ts';
import { isDuration } from '../format-value.ts';
import {
  type Authored,
  type AuthoredMap,
  condition,
  lean,
  literal,
  type Measures,
  money,
  names,
  reference,
  share,
  span,
  tests,
} from './words.ts';

type Body = BodyByKind['loyalty'];

export function loyalty(body: Body, measures: Measures): AuthoredMap {
  return {
    ...{ objective: body.objective, issuer: body.issuer, funded_by: body.fundedBy },
    members: body.members === null ? undefined : { where: condition(body.members, measures) },
    points: pointsOf(body.points),
    earn: body.earn.map((one) => earning(one, measures)),
    qualify: body.qualify?.map(({ lever: _, ...one }) => qualifying(one, measures)),
    boosts: body.boosts?.map((one) => boost(one, measures)),
    groups: body.groups,
    limits: body.limits?.map((one) => lean({ ...limitOf(one), of: one.rules })),
    budgets: body.budgets?.map(({ id, points, calendar, rules }) =>
      lean({ id, max_points: points, calendar, of: rules }),
    ),
    pay:
      body.pay &&
      lean({
        points: body.pay.points,
        is: money(body.pay.is),
        at_most: share(body.pay.atMost),
        at_least: body.pay.atLeast,
      }),
    downgrade: body.downgrade && downgrade(body.downgrade),
    refunds: body.refunds === null ? undefined : refunds(body.refunds),
    challenges: body.challenges.map(challenge),
    referral: body.referral === null ? undefined : referral(body.referral, measures),
    tiers: body.tiers.map(({ rolling, keep, times, ...tier }) =>
      lean({ ...tier, rolling: span(rolling), keep: span(keep), times: hundredths(times) }),
    ),
    caps: body.caps,
    till: body.till && lean({ api_keys: body.till.apiKeys, hold: span(body.till.hold) }),
    rewards: body.rewards.map(({ where, limit, give, from, until, ...reward }) =>
      lean({
        ...{ ...reward, give: gift(give) },
        from: from === undefined ? undefined : new Date(from).toISOString(),
        until: until === undefined ? undefined : new Date(until).toISOString(),
        where: where === null ? undefined : condition(where, measures),
        limit: limit && limitOf(limit),
      }),
    ),
  };
}

function pointsOf(points: Body['points']): AuthoredMap {
  const { worth } = points;
  return lean({
    usable_after: span(points.usableAfter),
    usable_at: points.usableAt,
    round: points.round,
    expire: lean({
      after: span(points.expireAfter),
      at: points.expireAt,
      last_day: lastDay(points.lastDay),
      unused_for: span(points.unusedFor),
      notice: span(points.notice),
    }),
    returned: points.returned,
    worth: worth && { points: worth.points, is: money(worth.is) },
    expected_redemption: share(points.expectedRedemption),
  });
}

type Rule = Body['earn'][number];

function earning(one: Rule, measures: Measures): AuthoredMap {
  const { id, lever, ...rest } = one;
  return lean({ id, lever, ...qualifying({ id, ...rest }, measures) });
}

function qualifying(one: Omit<Rule, 'lever'>, measures: Measures): AuthoredMap {
  const { usable, expire } = one;
  return lean({
    ...{ id: one.id, when: one.occasion === undefined ? when(one.when) : occasion(one.occasion) },
    first: one.isFirst,
    if: one.if === null ? undefined : condition(one.if, measures),
    ...{ each: one.each, where: tests(one.where) },
    points: amount(one.points),
    limit: one.limit === null ? undefined : limitOf(one.limit),
    ...{ round: one.round, group: one.group },
    usable_after: span(usable?.after),
    usable_at: usable?.at,
    usable_when: usable?.when && {
      ...{ event: names(usable.when.types), match: usable.when.match },
      ...lean({ at_latest: span(usable.when.atLatest) }),
    },
    expire: expire && lean({ after: span(expire.after), at: expire.at, last_day: lastDay(expire.lastDay) }),
  });
}

function occasion(one: NonNullable<Rule['occasion']>): AuthoredMap {
  if (one.kind === 'enters') return { enters: one.segment };
  const { of, from, to } = one;
  const value = (side: typeof from) => (side === null ? undefined : literal(side, of.type));
  return lean({ changes: of.root === 'trait' ? of.trait : reference(of), from: value(from), to: value(to) });
}

function amount(points: Rule['points']): Authored {
  if (points.kind === 'fixed') return points.points;
  if (points.kind === 'draw') {
    return { draw: points.prizes.map(({ odds, give }) => lean({ odds: share(odds), give })), seed: points.seed };
  }
  if (points.kind === 'nth') return { nth: [...points.give], ...windowOf(points.window) };
  const { bands, of, give } = points;
  return lean({
    ...{ per: per(points), of, give: bands === undefined ? give : undefined },
    bands: bands?.map((band) => ({ from: per({ ...points, per: band.from }), give: band.give })),
  });
}

function boost(
  { id, times, of, from, until, days, group, ...one }: NonNullable<Body['boosts']>[number],
  measures: Measures,
) {
  return lean({
    ...{ id, times: hundredths(times), of, if: one.if === null ? undefined : condition(one.if, measures) },
    from: from === null ? undefined : new Date(from).toISOString(),
    until: until === null ? undefined : new Date(until).toISOString(),
    ...{ days, group },
  });
}

function hundredths(times: number | undefined): number | undefined {
  return times === undefined ? undefined : times / 100;
}

const two = (part: number) => String(part).padStart(2, '0');

function lastDay(day: Body['points']['lastDay']): string | undefined {
  if (day === undefined) return undefined;
  if ('day' in day) return new Date(day.day * 86_400_000).toISOString().slice(0, 10);
  return `${two(day.month)}-${two(day.dayOfMonth)}`;
}

function downgrade({ at, by, grace }: NonNullable<Body['downgrade']>): AuthoredMap {
  return lean({ at: typeof at === 'object' ? lastDay(at) : at, by, grace: span(grace) });
}

function per({ per: amount, unit }: Extract<Body['earn'][number]['points'], { readonly kind: 'per' }>): Authored {
  return unit === undefined ? amount : (money({ amount, currency: unit }) as string);
}

function when({ types, where }: EventSelection): AuthoredMap {
  return lean({ event: names(types), where: tests(where) });
}

type Limit = NonNullable<Body['earn'][number]['limit']>;

function limitOf({ max, of, window }: Limit): AuthoredMap {
  return { [of === 'points' ? 'max_points' : 'max']: max, ...windowOf(window) };
}

function windowOf(window: Limit['window']): AuthoredMap {
  if (window.kind === 'lifetime') return { lifetime: true };
  return window.kind === 'rolling' ? { rolling: span(window.duration) } : { calendar: window.unit };
}

function refunds(one: NonNullable<Body['refunds']>): AuthoredMap {
  return { when: when(one.when), match: one.match, reverse: one.reverse, spent_points: one.spentPoints };
}

function challenge({ id, of, reach, window, points, badge }: Body['challenges'][number]): AuthoredMap {
  return lean({ id, [of.kind]: asked(of), reach, ...windowOf(window), points: points || undefined, badge });
}

function asked(of: Body['challenges'][number]['of']): Authored {
  switch (of.kind) {
    case 'count':
      return when(of.events);
    case 'streak':
      return { ...when(of.events), every: of.every };
    case 'collect':
      return { ...when(of.events), of: of.of };
    case 'set':
      return of.parts.map(when);
  }
}

function referral(body: NonNullable<Body['referral']>, measures: Measures): AuthoredMap {
  const { when: event, by, unlessSame, qualifies, referrer, referee, limit } = body;
  const how =
    qualifies.kind === 'event'
      ? lean({ ...when(qualifies.events), times: qualifies.times, within: span(qualifies.within) })
      : {
          changes: changed(qualifies.of),
          to: literal(qualifies.to, qualifies.of.type),
          within: span(qualifies.within),
        };
  return lean({
    ...{ when: when(event), by, unless_same: unlessSame, qualifies: how },
    if: body.if === undefined ? undefined : condition(body.if, measures),
    referrer: referrer === 0 ? undefined : { points: referrer },
    referee: referee === 0 ? undefined : { points: referee },
    limit: limit === null ? undefined : limitOf(limit),
  });
}

function changed(ref: Extract<NonNullable<Body['referral']>['qualifies'], { readonly kind: 'changes' }>['of']): string {
  return ref.root === 'trait' ? ref.trait : reference(ref);
}

/** A coupon, codes, an invitation or a partner's gift, with how long it is good for. */
function gift(give: Body['rewards'][number]['give']): AuthoredMap {
  const entries = Object.entries(give).map(([key, value]): [string, Authored] => {
    const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return [name, isDuration(value) ? formatDuration(value) : (value as Authored)];
  });
  return lean(Object.fromEntries(entries));
}
