/** Conditions in words: what is printed is what a file would say, form by form. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BundleResource, Condition } from '../../engine/compiler/ir.ts';
import { formatCondition } from '../../engine/reconcile/format-condition.ts';
import { readableBody } from '../../engine/reconcile/readable-body.ts';
import { bundleOf } from '../compiler/project-of.ts';

const base = readFileSync(join(import.meta.dirname, '../fixtures/compiler/base.yaml'), 'utf8');
const world = `
kind: schema
id: travel
entities:
  booking:
    key: booking_id
    fields: { status: { type: enum, values: [option, confirmed] }, departs_at: { type: datetime } }
    people: { booker: { max: 1 }, traveller: { max: 20 } }
events:
  order_rated: { order_id: id, score: integer, mark: number }
  order_placed: { lines: list }
  checked_in: { booking_id: id }
traits:
  score_ana: { type: number }
  score_bea: { type: number }
---
kind: persona
id: donors
personas: [{ id: ana, score: score_ana }, { id: bea, score: score_bea }]
confidence: 0.7
---
kind: loyalty
id: red
objective: frequency
issuer: house
funded_by: house
points: { expire: { after: 12mo } }
earn: [{ id: order, lever: spend, when: { event: order_placed }, points: 10 }]
tiers: [{ id: bronze, from: 0 }, { id: gold, from: 100 }]
---
kind: trait
id: warmth
score: [{ add: 10, if: { event: order_placed, in_last: 30d } }, { add: -5, if: { trait: score, lt: 3 } }]
---
kind: journey
id: cart
objective: engagement
entry: { when: { event: cart_updated } }
steps:
  - { id: remind, send: { channel: mail, template: hello } }
  - { exit: let-go }
`;

/** Written so, and printed so. */
const inSegments = [
  '{ trait: first_name, is: "O\'Brien, Jr" }',
  '{ trait: first_name, is_not: Ana }',
  '{ trait: first_name, in: ["1", Ana] }',
  '{ trait: first_name, not_in: [Ana, Bea] }',
  '{ trait: first_name, matches: "^A.*\\\\d$" }',
  '{ trait: first_name, contains: n }',
  '{ not: { trait: first_name, starts_with: "true" } }',
  '{ trait: first_name, same_as: profile.country }',
  '{ trait: first_name, not_same_as: profile.email }',
  '{ trait: first_name, exists: false }',
  '{ trait: score, between: [3, 9] }',
  '{ not: { trait: score, gte: 3 } }',
  '{ trait: birth_date, before: 2000-01-31 }',
  '{ trait: birth_date, anniversary_in_next: 7d }',
  '{ trait: birth_date, anniversary_in_last: 1d, feb_29: mar-01 }',
  '{ trait: registered_at, before: now }',
  '{ trait: registered_at, after: today }',
  '{ trait: registered_at, before: 7d before profile.birth_date }',
  '{ trait: registered_at, after: profile.birth_date }',
  '{ trait: registered_at, in_next: 2d }',
  '{ event: order_placed }',
  '{ event: order_placed, calendar: month }',
  '{ event: order_placed, until: 2026-01-01T09:00Z, count: { gte: 3 } }',
  '{ never: [cart_updated, order_placed], in_last: 6mo }',
  '{ event: order_placed, in_last: 1y, count: { between: [2, 5] } }',
  '{ event: order_rated, avg: { of: score, gt: 8.5 } }',
  '{ event: order_placed, max: { of: total, gte: 20.50 EUR } }',
  '{ event: order_placed, distinct: { of: category, gte: 2 } }',
  '{ event: cart_updated, in_last: 7d, not_followed_by: { event: [cart_updated, order_placed], match: total, within: 1h } }',
  '{ event: cart_updated, followed_by: { event: order_placed, where: { total: { gte: 20 EUR } } } }',
  '{ event: order_placed, where: { lines: { some: { brand: coca-cola, quantity: { gte: 2 } } } } }',
  '{ event: order_rated, where: { score: { gte: 2, is_not: 3 } } }',
  '{ last: order_placed, before: 30d ago }',
  '{ first: order_rated.score, where: { order_id: "1" }, lte: 2 }',
  '{ last: order_rated.score, is_not: 2 }',
  '{ entity: booking }',
  '{ entity: booking, role: booker, where: { departs_at: { in_next: 7d }, status: confirmed }, count: { gte: 2 } }',
  '{ segment: buyers, for_at_least: 30d }',
  '{ not: { segment: buyers } }',
  '{ persona: donors, is: ana }',
  '{ persona: donors, in: [ana, bea] }',
  '{ consent: marketing, channel: email, is: granted, given: { before: 3y ago } }',
  '{ message: any, status: acted, channel: email, in_last: 14d, count: { gte: 2 } }',
  '{ message: cart/remind, status: seen }',
  '{ journey: cart, is: exited, as: let-go, in_last: 30d }',
  '{ journey: cart, is: enrolled }',
  '{ points: red, expiring: { in_next: 30d }, gte: 100 }',
  '{ tier: red, at_least: gold }',
  '{ identified: true }',
  '{ identified: false }',
  '{ any: [{ event: order_placed }, { segment: buyers }] }',
];

const inJourneys = [
  '{ field: booking.status, is: confirmed }',
  '{ field: booking.departs_at, before: 7d before profile.birth_date }',
  '{ trait: registered_at, after: 2d after booking.departs_at }',
  '{ never: checked_in, since: entry, match: booking_id }',
  '{ last: order_rated.score, since: ask, lte: 2 }',
  '{ message: ask, status: replied }',
  '{ message: last, status: acted }',
];

function whereOf(where: string): Condition {
  const bundle = bundleOf(base, world, `kind: segment\nid: tried\nwhere: ${where}`);
  const found = bundle.resources.find(({ kind, id }) => kind === 'segment' && id === 'tried');
  return (found as Extract<BundleResource, { kind: 'segment' }>).body.where;
}

function ifOf(condition: string): Condition {
  const journey = `kind: journey
id: tried
objective: engagement
per: { entity: booking, role: booker }
entry: { when: { changes: booking.status } }
steps:
  - { id: ask, send: { channel: mail, template: hello } }
  - { id: more, if: ${condition}, send: { channel: mail, template: hello } }`;
  const found = bundleOf(base, world, journey).resources.find(({ id }) => id === 'tried');
  return (found as Extract<BundleResource, { kind: 'journey' }>).body.steps[1]?.if as Condition;
}

describe('a condition in words', () => {
  it.each(inSegments)('%s', (written) => {
    expect(formatCondition(whereOf(written))).toBe(written);
  });

  it.each(inJourneys)('in a journey: %s', (written) => {
    expect(formatCondition(ifOf(written))).toBe(written);
  });

  it('says sums without the name of the measure, which the events declare', () => {
    const sum = whereOf('{ event: order_placed, in_last: 30d, sum: { of: total, gte: 80 EUR } }');
    expect(formatCondition(sum)).toBe('{ event: order_placed, in_last: 30d, sum: { gte: 80 EUR } }');
  });
});

describe('a body in words', () => {
  it('says conditions wherever they stand, and definitions of traits as trees', () => {
    const bundle = bundleOf(base, world, 'kind: trait\nid: orders\ncount: { event: order_placed, in_last: 30d }');
    const body = (id: string) => readableBody(bundle.resources.find((one) => one.id === id) as BundleResource);
    expect(body('warmth')).toMatchObject({
      definition: {
        kind: 'score',
        of: [
          { add: -5, if: ['{ trait: score, lt: 3 }'] },
          { add: 10, if: ['{ event: order_placed, in_last: 30d }'] },
        ],
      },
    });
    expect(body('orders')).toMatchObject({ definition: { kind: 'count', events: { types: ['order_placed'] } } });
  });
});
