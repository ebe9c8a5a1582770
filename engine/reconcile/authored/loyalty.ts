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
    refunds: body.refunds === null ? undefined : refunds(body.refunds),
    challenges: body.challenges.map(challenge),
    referral: body.referral === null ? undefined : referral(body.referral, measures),
    tiers: body.tiers.map(({ rolling, keep, ...tier }) => lean({ ...tier, rolling: span(rolling), keep: span(keep) })),
    rewards: body.rewards.map(({ where, limit, give, ...reward }) =>
      lean({
        ...{ ...reward, give: gift(give) },
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
    expire: lean({
      after: span(points.expireAfter),
      unused_for: span(points.unusedFor),
      notice: span(points.notice),
    }),
    returned: points.returned,
    worth: worth && { points: worth.points, is: money(worth.is) },
    expected_redemption: share(points.expectedRedemption),
  });
}

function earning(one: Body['earn'][number], measures: Measures): AuthoredMap {
  const { points } = one;
  return lean({
    ...{ id: one.id, lever: one.lever, when: when(one.when) },
    if: one.if === null ? undefined : condition(one.if, measures),
    ...{ each: one.each, where: tests(one.where) },
    points: points.kind === 'fixed' ? points.points : { per: per(points), of: points.of, give: points.give },
    limit: one.limit === null ? undefined : limitOf(one.limit),
  });
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
  const counted = of.kind === 'streak' ? { ...when(of.events), every: of.every } : when(of.events);
  return lean({ id, [of.kind]: counted, reach, ...windowOf(window), points: points || undefined, badge });
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
