/** Every form of condition compiles to the value written beside it, and two spellings of one meaning to one value. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../engine/compiler/compile.ts';
import type { BundleResource, Condition } from '../../engine/compiler/ir.ts';
import { splitHeld } from '../../engine/compiler/not-run.ts';
import { bundleOf, projectOf } from './project-of.ts';

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
kind: journey
id: cart
objective: engagement
entry: { when: { event: cart_updated } }
steps:
  - { id: remind, send: { channel: mail, template: hello } }
  - { exit: let-go }
`;

function whereOf(where: string): Condition {
  const bundle = bundleOf(base, world, `kind: segment\nid: tried\nwhere: ${where}`);
  const found = bundle.resources.find(({ kind, id }) => kind === 'segment' && id === 'tried');
  return (found as Extract<BundleResource, { kind: 'segment' }>).body.where;
}

/** The `if` of a step of a journey on bookings that a check-in opens. */
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

const days = (n: number) => ({ months: 0, days: n, ms: 0 });
const once = { op: 'gte', value: 1 };
const ever = { kind: 'ever' };
const orders = { types: ['order_placed'], where: [], window: ever };
const trait = (name: string, type: string, test: unknown) => ({ kind: 'trait', trait: name, type, test });
const not = (of: unknown) => ({ kind: 'not', of });
const renewal = { root: 'trait', trait: 'birth_date', type: 'date' };

const inSegments: readonly (readonly [string, unknown])[] = [
  ['{ trait: first_name, matches: "^A" }', trait('first_name', 'text', { op: 'matches', pattern: '^A' })],
  [
    '{ trait: first_name, same_as: profile.country }',
    trait('first_name', 'text', { op: 'same_as', ref: { root: 'trait', trait: 'country', type: 'enum' } }),
  ],
  [
    '{ trait: first_name, not_same_as: email }',
    not(trait('first_name', 'text', { op: 'same_as', ref: { root: 'trait', trait: 'email', type: 'text' } })),
  ],
  ['{ trait: first_name, exists: false }', not(trait('first_name', 'text', { op: 'exists' }))],
  ['{ trait: score, between: [3, 3] }', trait('score', 'integer', { op: 'is', value: 3 })],
  [
    '{ trait: birth_date, anniversary_in_next: 7d }',
    trait('birth_date', 'date', { op: 'anniversary_in_next', duration: days(7), feb29: 'feb-28' }),
  ],
  [
    '{ trait: birth_date, anniversary_in_last: 1d, feb_29: mar-01 }',
    trait('birth_date', 'date', { op: 'anniversary_in_last', duration: days(1), feb29: 'mar-01' }),
  ],
  [
    '{ trait: registered_at, before: now }',
    trait('registered_at', 'datetime', { op: 'before', moment: { kind: 'ago', duration: days(0) } }),
  ],
  [
    '{ trait: registered_at, after: today }',
    trait('registered_at', 'datetime', { op: 'after', moment: { kind: 'today' } }),
  ],
  [
    '{ trait: registered_at, before: 7d before birth_date }',
    trait('registered_at', 'datetime', {
      op: 'before',
      moment: { kind: 'relative', to: renewal, side: 'before', offset: days(7) },
    }),
  ],
  [
    '{ trait: registered_at, after: birth_date }',
    trait('registered_at', 'datetime', {
      op: 'after',
      moment: { kind: 'relative', to: renewal, side: 'at', offset: null },
    }),
  ],
  [
    '{ event: order_placed, calendar: month }',
    { kind: 'count', events: { ...orders, window: { kind: 'calendar', unit: 'month' } }, test: once },
  ],
  [
    '{ event: order_placed, until: 2026-01-01 }',
    {
      kind: 'count',
      events: { ...orders, until: { kind: 'instant', at: Date.UTC(2025, 11, 31, 23) } },
      test: once,
    },
  ],
  [
    '{ event: order_rated, avg: { of: score, gt: 8.5 } }',
    {
      kind: 'aggregate',
      fn: 'avg',
      events: { ...orders, types: ['order_rated'] },
      of: 'score',
      type: 'integer',
      unit: null,
      test: { op: 'gt', value: 8.5 },
    },
  ],
  [
    '{ event: order_placed, min: { of: total, gt: 20 EUR } }',
    {
      kind: 'aggregate',
      fn: 'min',
      events: orders,
      of: 'total',
      type: 'money',
      unit: 'EUR',
      test: { op: 'gte', value: 2001 },
    },
  ],
  [
    '{ event: order_rated, max: { of: mark, lt: 4 } }',
    {
      kind: 'aggregate',
      fn: 'max',
      events: { ...orders, types: ['order_rated'] },
      of: 'mark',
      type: 'number',
      unit: null,
      test: { op: 'lt', value: 4 },
    },
  ],
  [
    '{ event: order_placed, distinct: { of: category, gte: 2 } }',
    {
      kind: 'aggregate',
      fn: 'distinct',
      events: orders,
      of: 'category',
      type: 'text',
      unit: null,
      test: { op: 'gte', value: 2 },
    },
  ],
  [
    '{ event: cart_updated, in_last: 7d, not_followed_by: { event: [order_placed, cart_updated], match: total, within: 1h } }',
    {
      kind: 'count',
      events: {
        types: ['cart_updated'],
        where: [],
        window: { kind: 'in_last', duration: days(7) },
        followed: {
          not: true,
          types: ['cart_updated', 'order_placed'],
          where: [],
          match: 'total',
          within: { months: 0, days: 0, ms: 3_600_000 },
        },
      },
      test: once,
    },
  ],
  [
    '{ event: cart_updated, followed_by: { event: order_placed } }',
    {
      kind: 'count',
      events: {
        types: ['cart_updated'],
        where: [],
        window: ever,
        followed: { not: false, types: ['order_placed'], where: [], match: null, within: null },
      },
      test: once,
    },
  ],
  [
    '{ event: order_placed, where: { lines: { some: { brand: coca-cola, quantity: { gte: 2 }, product.price: { gt: 1 EUR } } } } }',
    {
      kind: 'count',
      events: {
        ...orders,
        where: [
          {
            property: 'lines',
            type: 'list',
            not: false,
            test: {
              op: 'some',
              where: [
                { property: 'brand', type: 'text', not: false, test: { op: 'is', value: 'coca-cola' } },
                {
                  property: 'product.price',
                  type: 'money',
                  not: false,
                  test: { op: 'gt', value: { amount: 100, currency: 'EUR' } },
                },
                { property: 'quantity', type: 'number', not: false, test: { op: 'gte', value: 2 } },
              ],
            },
          },
        ],
      },
      test: once,
    },
  ],
  [
    '{ event: message_seen, in_last: 30d, where: { channel: email } }',
    {
      kind: 'count',
      events: {
        types: ['message_seen'],
        where: [{ property: 'channel', type: 'text', not: false, test: { op: 'is', value: 'email' } }],
        window: { kind: 'in_last', duration: days(30) },
      },
      test: once,
    },
  ],
  [
    '{ last: order_placed, before: 30d ago }',
    {
      kind: 'last',
      events: orders,
      of: null,
      type: 'datetime',
      test: { op: 'before', moment: { kind: 'ago', duration: days(30) } },
    },
  ],
  [
    '{ last: order_placed, in_last: 90d }',
    { kind: 'last', events: orders, of: null, type: 'datetime', test: { op: 'in_last', duration: days(90) } },
  ],
  [
    '{ first: order_rated.score, lte: 2, where: { order_id: "1" } }',
    {
      kind: 'first',
      events: {
        types: ['order_rated'],
        where: [{ property: 'order_id', type: 'id', not: false, test: { op: 'is', value: '1' } }],
        window: ever,
      },
      of: 'score',
      type: 'integer',
      test: { op: 'lte', value: 2 },
    },
  ],
  [
    '{ entity: booking, role: booker, where: { status: confirmed }, count: { gt: 1 } }',
    {
      kind: 'entity',
      entity: 'booking',
      role: 'booker',
      where: [{ property: 'status', type: 'enum', not: false, test: { op: 'is', value: 'confirmed' } }],
      test: { op: 'gte', value: 2 },
    },
  ],
  ['{ entity: booking }', { kind: 'entity', entity: 'booking', role: null, where: [], test: once }],
  ['{ segment: buyers, for_at_least: 30d }', { kind: 'segment', segment: 'buyers', forAtLeast: days(30) }],
  ['{ persona: donors, in: [bea, ana, bea] }', { kind: 'persona', persona: 'donors', in: ['ana', 'bea'] }],
  [
    '{ consent: marketing, channel: email, is: granted, given: { before: 3y ago } }',
    {
      kind: 'consent',
      purpose: 'marketing',
      channel: 'email',
      is: 'granted',
      given: { op: 'before', moment: { kind: 'ago', duration: { months: 36, days: 0, ms: 0 } } },
    },
  ],
  [
    '{ message: any, status: acted, in_last: 14d, channel: email, count: { gte: 2 } }',
    {
      kind: 'messages',
      of: { kind: 'any' },
      status: 'acted',
      channel: 'email',
      inLast: days(14),
      test: { op: 'gte', value: 2 },
    },
  ],
  [
    '{ message: cart/remind, status: seen }',
    {
      kind: 'messages',
      of: { kind: 'journey', journey: 'cart', step: 'remind' },
      status: 'seen',
      channel: null,
      inLast: null,
      test: once,
    },
  ],
  [
    '{ journey: cart, is: exited, as: let-go, in_last: 30d }',
    { kind: 'journey', journey: 'cart', is: 'exited', as: 'let-go', inLast: days(30) },
  ],
  ['{ journey: cart, is: enrolled }', { kind: 'journey', journey: 'cart', is: 'enrolled', as: null, inLast: null }],
  [
    '{ points: red, expiring: { in_next: 30d }, gte: 100 }',
    { kind: 'points', program: 'red', expiring: days(30), test: { op: 'gte', value: 100 } },
  ],
  [
    '{ points: red, between: [120, 149] }',
    { kind: 'points', program: 'red', expiring: null, test: { op: 'between', low: 120, high: 149 } },
  ],
  ['{ tier: red, at_least: gold }', { kind: 'tier', program: 'red', op: 'at_least', tier: 'gold' }],
  ['{ tier: red, is: bronze }', { kind: 'tier', program: 'red', op: 'is', tier: 'bronze' }],
  ['{ identified: true }', { kind: 'identified' }],
  ['{ identified: false }', not({ kind: 'identified' })],
];

const inJourneys: readonly (readonly [string, unknown])[] = [
  [
    '{ field: booking.status, is: confirmed }',
    {
      kind: 'entity_field',
      entity: 'booking',
      field: 'status',
      type: 'enum',
      test: { op: 'is', value: 'confirmed' },
    },
  ],
  [
    '{ field: booking.departs_at, before: 7d before birth_date }',
    {
      kind: 'entity_field',
      entity: 'booking',
      field: 'departs_at',
      type: 'datetime',
      test: { op: 'before', moment: { kind: 'relative', to: renewal, side: 'before', offset: days(7) } },
    },
  ],
  [
    '{ trait: registered_at, after: 2d after booking.departs_at }',
    trait('registered_at', 'datetime', {
      op: 'after',
      moment: {
        kind: 'relative',
        to: { root: 'entity', entity: 'booking', field: 'departs_at', type: 'datetime' },
        side: 'after',
        offset: days(2),
      },
    }),
  ],
  [
    '{ never: checked_in, match: booking_id, since: entry }',
    not({
      kind: 'count',
      events: {
        types: ['checked_in'],
        where: [],
        window: { kind: 'since', anchor: 'entry' },
        match: 'booking_id',
      },
      test: once,
    }),
  ],
  [
    '{ last: order_rated.score, since: ask, lte: 2 }',
    {
      kind: 'last',
      events: { types: ['order_rated'], where: [], window: { kind: 'since', anchor: 'ask' } },
      of: 'score',
      type: 'integer',
      test: { op: 'lte', value: 2 },
    },
  ],
  [
    '{ last: order_placed, in_last: 3d }',
    { kind: 'last', events: orders, of: null, type: 'datetime', test: { op: 'in_last', duration: days(3) } },
  ],
  ['{ message: ask, status: replied }', { kind: 'message', steps: ['ask'], status: 'replied' }],
  [
    '{ message: last, status: acted }',
    {
      kind: 'messages',
      of: { kind: 'last' },
      status: 'acted',
      channel: null,
      inLast: null,
      test: once,
    },
  ],
];

describe('forms of conditions', () => {
  it.each(inSegments)('%s', (where, expected) => {
    expect(whereOf(where)).toEqual(expected);
  });

  it.each(inJourneys)('in a journey: %s', (condition, expected) => {
    expect(ifOf(condition)).toEqual(expected);
  });
});

describe('two spellings', () => {
  it.each([
    ['{ never: order_placed }', '{ event: order_placed, count: { is: 0 } }'],
    ['{ never: order_placed }', '{ event: order_placed, count: { lt: 1 } }'],
    ['{ event: order_placed, count: { is: 3 } }', '{ event: order_placed, count: { between: [3, 3] } }'],
    ['{ trait: first_name, same_as: email }', '{ not: { trait: first_name, not_same_as: profile.email } }'],
    ['{ persona: donors, is: ana }', '{ persona: donors, in: [ana] }'],
    ['{ identified: false }', '{ not: { identified: true } }'],
    ['{ points: red, gt: 99 }', '[{ points: red, gte: 100 }]'],
    ['{ message: [cart/remind], status: seen }', '{ message: cart/remind, status: seen, count: { gte: 1 } }'],
    [
      '{ trait: birth_date, anniversary_in_next: 1w }',
      '{ trait: birth_date, feb_29: feb-28, anniversary_in_next: 7d }',
    ],
    [
      '{ consent: marketing, is: granted, given: { after: 1y ago, before: 7d ago } }',
      '[{ consent: marketing, is: granted, given: { before: 7d ago } }, { consent: marketing, is: granted, given: { after: 12mo ago } }]',
    ],
    ['{ entity: booking, count: { gt: 0 } }', '{ entity: booking }'],
    [
      '{ event: cart_updated, followed_by: { event: [order_placed] } }',
      '{ event: [cart_updated], followed_by: { event: order_placed } }',
    ],
  ])('%s is %s', (one, other) => {
    expect(whereOf(one)).toEqual(whereOf(other));
  });
});

describe('each form', () => {
  it.each(inSegments)('%s is run, or held with a reason', (where) => {
    const bundle = bundleOf(base, world, `kind: segment\nid: tried\nwhere: ${where}`);
    const { run, held } = splitHeld(bundle);
    const isRun = run.some(({ kind, id }) => kind === 'segment' && id === 'tried');
    const reasons = held.filter(({ resource }) => resource === 'segment/tried');
    expect(reasons.length).toBe(isRun ? 0 : 1);
    for (const { forms, needs } of reasons) expect(forms.length + needs.length).toBeGreaterThan(0);
  });
});

describe('conditions that may be meant', () => {
  it.each([
    '[{ trait: score, gte: 10 }, { trait: score, lt: 50 }]',
    '[{ last: order_placed, before: 10mo ago }, { last: order_placed, after: 3y ago }]',
    '[{ last: order_placed, in_last: 30d }, { last: order_placed, before: 1mo ago }]',
    '[{ never: order_placed, in_last: 30d }, { event: order_placed }]',
    '[{ trait: country, in: [AR, NG] }, { trait: country, is_not: NG }]',
    '{ any: [{ trait: first_name, not_in: [Ana, Bea] }, { trait: first_name, is_not: Bea }] }',
    '[{ trait: registered_at, before: 6mo ago }, { never: order_placed, in_last: 6mo }]',
    '[{ not: { all: [{ segment: buyers }, { trait: score, gte: 3 }] } }, { segment: buyers }]',
    '{ trait: birth_date, before: 2000-01-01, after: 1990-01-01 }',
  ])('%s says nothing', (where) => {
    expect(compile(projectOf({ base, world, x: `kind: segment\nid: tried\nwhere: ${where}` })).diagnostics).toEqual([]);
  });
});
