/** Loyalty programmes from YAML to their compiled form: one row a form. What is wrong with them is in the marker fixtures. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LoyaltyBody } from '../../engine/compiler/ir.ts';
import { bundleOf } from './project-of.ts';

const shop = `kind: workspace
id: house
zone: UTC
currency: EUR
locale: en
---
kind: schema
id: shop
events:
  order_placed: { order_id: id, total: money, quantity: integer, lines: list }
  order_refunded: { order_id: id }
  friend_came: { referrer: id }
traits:
  country: { type: enum, values: [AR, NG] }
  score: { type: integer }
---
kind: segment
id: buyers
where: { event: order_placed }
`;

function programme(text: string): LoyaltyBody {
  const loyalty = `kind: loyalty\nid: club\nobjective: basket\nissuer: house\n${text}`;
  const found = bundleOf(shop, loyalty).resources.find((one) => one.kind === 'loyalty');
  if (found?.kind !== 'loyalty') throw new Error('there is no programme');
  return found.body;
}

const events = (type: string, where: readonly unknown[] = []) => ({ types: [type], where, window: { kind: 'ever' } });
const days = (count: number) => ({ months: 0, days: count, ms: 0 });
const months = (count: number) => ({ months: count, days: 0, ms: 0 });
const rule = (more: string) => `earn:\n  - { id: a, lever: spend, when: { event: order_placed }, ${more} }\n`;
const over100 = {
  property: 'total',
  type: 'money',
  not: false,
  test: { op: 'gte', value: { amount: 10_000, currency: 'EUR' } },
};
const limited = (limit: string) => rule(`points: 1, limit: ${limit}`);
const referral = (qualifies: string) =>
  `referral:\n  when: { event: friend_came }\n  qualifies: ${qualifies}\n  referrer: { points: 3 }\n`;

describe('an earning rule', () => {
  it.each([
    [
      'a number of points',
      rule('points: 10'),
      { points: { kind: 'fixed', points: 10 }, if: null, each: null, limit: null },
    ],
    [
      'points per number',
      rule('points: { per: 2, of: quantity, give: 3 }'),
      { points: { kind: 'per', per: 2, of: 'quantity', give: 3 } },
    ],
    [
      'points per money, in minor units',
      rule('points: { per: 10 EUR, of: total, give: 1 }'),
      { points: { kind: 'per', per: 1000, unit: 'EUR', of: 'total', give: 1 } },
    ],
    [
      'a `where` beside `when`, which is of the event',
      rule('where: { total: { gte: 100 EUR } }, points: 1'),
      { when: events('order_placed', [over100]), where: [] },
    ],
    [
      'a `where` beside `each`, which is of the elements',
      rule('each: lines, where: { brand: cola, size: { gte: 2 } }, points: { per: 1, of: quantity, give: 2 }'),
      {
        each: 'lines',
        when: events('order_placed'),
        where: [
          { property: 'brand', type: 'text', not: false, test: { op: 'is', value: 'cola' } },
          { property: 'size', type: 'number', not: false, test: { op: 'gte', value: 2 } },
        ],
      },
    ],
    ['a condition', rule('if: { segment: buyers }, points: 1'), { if: { kind: 'segment', segment: 'buyers' } }],
    [
      'times a month',
      limited('{ max: 2, calendar: month }'),
      { limit: { max: 2, of: 'times', window: { kind: 'calendar', unit: 'month' } } },
    ],
    [
      'points in a sliding window',
      limited('{ max_points: 9, rolling: 7d }'),
      { limit: { max: 9, of: 'points', window: { kind: 'rolling', duration: days(7) } } },
    ],
    [
      'once in a life',
      limited('{ max: 1, lifetime: true }'),
      { limit: { max: 1, of: 'times', window: { kind: 'lifetime' } } },
    ],
  ])('may have %s', (_what, text, expected) => {
    expect(programme(text).earn[0]).toMatchObject(expected);
  });

  it('has one meaning in two spellings, hence one digest', () => {
    const inWhen =
      'earn:\n  - { id: a, lever: spend, when: { event: order_placed, where: { total: { gte: 100 EUR } } }, points: 1 }';
    const beside = rule('where: { total: { gte: 100 EUR } }, points: 1');
    expect(programme(inWhen)).toEqual(programme(beside));
  });
});

describe('a programme', () => {
  it.each([
    ['is funded by its issuer unless it says otherwise', rule('points: 1'), { issuer: 'house', fundedBy: 'house' }],
    ['is funded by another', `funded_by: bank\n${rule('points: 1')}`, { fundedBy: 'bank' }],
    ['is open to all', rule('points: 1'), { members: null }],
    [
      'has members',
      `members: { where: { segment: buyers } }\n${rule('points: 1')}`,
      { members: { kind: 'segment', segment: 'buyers' } },
    ],
    ['has points usable at once, for ever', rule('points: 1'), { points: { usableAfter: null, expireAfter: null } }],
    [
      'reads 0d as at once',
      `points: { usable_after: 0d, expire: { after: 12mo } }\n${rule('points: 1')}`,
      { points: { usableAfter: null, expireAfter: months(12) } },
    ],
    [
      'lets points live while they are used, with a notice, and says what they are worth',
      `points: { expire: { unused_for: 12mo, notice: 30d }, returned: keep, worth: { points: 1000, is: 12 EUR }, expected_redemption: 80% }\n${rule('points: 1')}`,
      {
        points: {
          ...{ usableAfter: null, expireAfter: null, unusedFor: months(12), notice: days(30), returned: 'keep' },
          ...{ worth: { points: 1000, is: { amount: 1200, currency: 'EUR' } }, expectedRedemption: 8000 },
        },
      },
    ],
    [
      'takes points back, by debt unless it says otherwise',
      `${rule('points: 1')}refunds: { when: { event: order_refunded }, match: order_id, reverse: a }\n`,
      { refunds: { when: events('order_refunded'), match: 'order_id', reverse: ['a'], spentPoints: 'debt' } },
    ],
    [
      'counts to a badge',
      'challenges:\n  - { id: five, count: { event: order_placed }, reach: 5, calendar: month, badge: steady }\n',
      {
        challenges: [
          {
            id: 'five',
            of: { kind: 'count', events: events('order_placed') },
            reach: 5,
            window: { kind: 'calendar', unit: 'month' },
            points: 0,
            badge: 'steady',
          },
        ],
      },
    ],
    [
      'counts weeks in a row',
      'challenges:\n  - { id: four, streak: { event: order_placed, every: week }, reach: 4, points: 80 }\n',
      {
        challenges: [
          { of: { kind: 'streak', events: events('order_placed'), every: 'week' }, window: { kind: 'lifetime' } },
        ],
      },
    ],
    [
      'rewards a referral by an event',
      referral('{ event: order_placed, within: 30d }'),
      {
        referral: {
          qualifies: { kind: 'event', events: events('order_placed'), within: days(30) },
          referrer: 3,
          referee: 0,
          limit: null,
        },
      },
    ],
    [
      'rewards a referral by a trait',
      referral('{ changes: country, to: AR, within: 6mo }'),
      {
        referral: {
          qualifies: {
            kind: 'changes',
            of: { root: 'trait', trait: 'country', type: 'enum' },
            to: 'AR',
            within: months(6),
          },
        },
      },
    ],
    [
      'has tiers',
      `${rule('points: 1')}tiers:\n  - { id: low, from: 0 }\n  - { id: high, from: 10, rolling: 12mo, keep: 6mo, benefits: [b, a] }\n`,
      {
        tiers: [
          { id: 'low', from: 0, rolling: null, keep: null, benefits: [] },
          { id: 'high', from: 10, rolling: months(12), keep: months(6), benefits: ['a', 'b'] },
        ],
      },
    ],
    [
      'has rewards',
      `${rule('points: 1')}rewards:\n  - { id: r, cost: 5, give: { coupon: c, valid_for: 14d }, stock: 3, where: { trait: country, is: AR } }\n  - { id: p, cost: 6, give: { partner: x } }\n`,
      {
        rewards: [
          {
            id: 'r',
            cost: 5,
            give: { coupon: 'c', validFor: days(14) },
            stock: 3,
            where: { kind: 'trait', trait: 'country' },
          },
          { id: 'p', cost: 6, give: { partner: 'x' }, stock: null, where: null },
        ],
      },
    ],
  ])('%s', (_what, text, expected) => {
    expect(programme(text)).toMatchObject(expected);
  });
});

describe('the forms of programmes', () => {
  it('are kept as they are meant: amounts in minor units, shares and factors in hundredths, days by number', () => {
    const text = readFileSync(new URL('../fixtures/compiler/loyalty-forms.yaml', import.meta.url), 'utf8');
    const found = bundleOf(text).resources.flatMap((one) => (one.kind === 'loyalty' ? [one.body] : []));
    const [club, small] = found as [LoyaltyBody, LoyaltyBody];
    const [basket, pieces, visits, got, risen, known] = club.earn;
    expect(basket).toMatchObject({
      isFirst: true,
      points: {
        per: 1_000,
        unit: 'EUR',
        bands: [
          { from: 0, give: 1 },
          { from: 9_950, give: 2 },
        ],
      },
      ...{ round: 'up', group: 'purchase', expire: { after: months(3), lastDay: { month: 2, dayOfMonth: 29 } } },
      usable: { when: { types: ['order_delivered'], match: 'order_id', atLatest: days(30) } },
    });
    expect(pieces?.usable).toEqual({ after: days(2), at: 'start_of_month' });
    expect(visits).toMatchObject({
      points: { kind: 'nth', give: [5, 10, 20], window: { kind: 'rolling', duration: days(30) } },
      expire: { lastDay: { day: Date.UTC(2027, 0, 31) / 86_400_000 } },
    });
    expect([got, risen, known].map((one) => one?.occasion)).toMatchObject([
      { kind: 'changes', of: { root: 'entity', entity: 'parcel', field: 'status' }, from: 'sent', to: 'delivered' },
      { kind: 'changes', of: { root: 'trait', trait: 'level' }, from: null, to: 'high' },
      { kind: 'enters', segment: 'known' },
    ]);
    expect(club.qualify?.[0]).toMatchObject({ id: 'turnover', limit: { max: 3 } });
    expect(club.boosts).toMatchObject([
      { id: 'weekend', times: 150, of: ['basket', 'pieces'], days: ['sat', 'sun'], group: 'season' },
      // Of Paris: the clocks go forward in between.
      { times: 200, from: Date.UTC(2026, 1, 28, 23), until: Date.UTC(2026, 3, 1, 10) },
      { times: 125, if: { kind: 'trait', trait: 'country' } },
    ]);
    expect(club).toMatchObject({
      points: { usableAt: 'end_of_day', expireAt: 'end_of_quarter', round: 'nearest', returned: 'new_lot' },
      groups: { purchase: 'best', season: 'first' },
      limits: [
        { max: 1_000, of: 'points', rules: null },
        { max: 5, of: 'times', rules: ['basket', 'pieces'] },
      ],
      budgets: [
        { id: 'all', calendar: null, rules: null },
        { points: 5_000, calendar: 'week', rules: ['basket'] },
      ],
      pay: { points: 100, is: { amount: 150, currency: 'EUR' }, atMost: 3_330, atLeast: 500 },
      refunds: { reverse: ['basket', 'turnover'], spentPoints: 'cap_at_zero' },
      downgrade: { at: { month: 3, dayOfMonth: 31 }, by: 'step', grace: days(14) },
    });
    expect(club.tiers[1]).toMatchObject({ calendar: 'quarter', times: 110, rolling: null });
    expect(small).toMatchObject({
      points: { expireAt: 'end_of_year', expireAfter: null },
      downgrade: { at: 'end_of_month' },
    });
  });
});
