/** Every form of computed trait, with the type that follows from it; schemas that agree; faults at their column. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../engine/compiler/compile.ts';
import type { BundleResource, TraitBody } from '../../engine/compiler/ir.ts';
import { bundleOf, projectOf } from './project-of.ts';

const base = readFileSync(join(import.meta.dirname, '../fixtures/compiler/base.yaml'), 'utf8');

function traitOf(text: string, ...more: readonly string[]): TraitBody {
  const bundle = bundleOf(base, ...more, `kind: trait\nid: tried\n${text}`);
  const found = bundle.resources.find(({ kind, id }) => kind === 'trait' && id === 'tried');
  return (found as Extract<BundleResource, { kind: 'trait' }>).body;
}

const orders = { types: ['order_placed'], where: [], window: { kind: 'ever' } };
const ordersOf = (window: unknown) => ({ ...orders, window });
const trait = (name: string) => ({ kind: 'trait', trait: name });
const number = (value: number) => ({ kind: 'number', value });
const refresh = 'refresh: { every: day, at: "03:05" }';
const segment = (name: string) => ({ kind: 'segment', segment: name });

const forms: readonly (readonly [string, string, unknown])[] = [
  [
    'count: { event: order_placed, since: 30d ago }',
    'integer',
    {
      kind: 'count',
      events: ordersOf({ kind: 'from', moment: { kind: 'ago', duration: { months: 0, days: 30, ms: 0 } } }),
    },
  ],
  ['sum: { event: order_placed, of: total }', 'money', { kind: 'sum', events: orders, unit: 'EUR' }],
  [
    'distinct: { event: order_placed, of: category }',
    'integer',
    { kind: 'distinct', events: orders, of: 'category', type: 'text' },
  ],
  [
    'top: { event: order_placed, of: category, in_last: 90d, at_least: 3 }',
    'text',
    {
      kind: 'top',
      events: ordersOf({ kind: 'in_last', duration: { months: 0, days: 90, ms: 0 } }),
      of: 'category',
      type: 'text',
      atLeast: 3,
    },
  ],
  [
    'top: { event: order_placed, of: placed_on }',
    'date',
    { kind: 'top', events: orders, of: 'placed_on', type: 'date', atLeast: 1 },
  ],
  [
    'top: { event: order_placed, of: local_hour }',
    'text',
    { kind: 'top', events: orders, of: 'local_hour', type: 'text', atLeast: 1 },
  ],
  [
    'avg: { event: order_placed, of: total, in_last: 90d }',
    'money',
    {
      kind: 'avg',
      events: ordersOf({ kind: 'in_last', duration: { months: 0, days: 90, ms: 0 } }),
      of: 'total',
      type: 'money',
      unit: 'EUR',
    },
  ],
  [
    'max: { event: order_placed, of: total }',
    'money',
    { kind: 'max', events: orders, of: 'total', type: 'money', unit: 'EUR' },
  ],
  [
    'first: { event: order_placed, of: category }',
    'text',
    { kind: 'first', events: orders, of: 'category', type: 'text' },
  ],
  ['last: { event: order_placed }', 'datetime', { kind: 'last', events: orders, of: null, type: 'datetime' }],
  [
    `shares: { of: spent, classes: [{ is: small, share: 20% }, { is: large, share: 80% }], ${refresh} }`,
    'enum',
    {
      kind: 'shares',
      of: 'spent',
      classes: [
        { is: 'small', share: 200_000 },
        { is: 'large', share: 800_000 },
      ],
      among: null,
      refresh: '5 3 * * *',
    },
  ],
  ['days_since: { last: order_placed }', 'integer', { kind: 'days_since', of: 'last', events: orders }],
  [
    'days_since: { first: order_placed, where: { category: wine } }',
    'integer',
    {
      kind: 'days_since',
      of: 'first',
      events: {
        ...orders,
        where: [{ property: 'category', type: 'text', not: false, test: { op: 'is', value: 'wine' } }],
      },
    },
  ],
  [
    'score: [{ add: 30, if: { segment: buyers } }, { add: -5, if: { trait: score, exists: true } }]\nclamp: [0, 100]',
    'integer',
    {
      kind: 'score',
      of: [
        { add: -5, if: { kind: 'trait', trait: 'score', type: 'integer', test: { op: 'exists' } } },
        { add: 30, if: segment('buyers') },
      ],
      clamp: { low: 0, high: 100 },
    },
  ],
  [
    'bands: { of: spent, below: none, from: { large: 400 EUR, small: 0.01 EUR } }',
    'enum',
    {
      kind: 'bands',
      of: 'spent',
      below: 'none',
      from: [
        { label: 'small', bound: { amount: 1, currency: 'EUR' } },
        { label: 'large', bound: { amount: 40_000, currency: 'EUR' } },
      ],
    },
  ],
  [
    `quantile: { of: score, parts: 5, best: lowest, among: { segment: buyers }, ${refresh} }`,
    'integer',
    { kind: 'quantile', of: 'score', parts: 5, best: 'lowest', among: segment('buyers'), refresh: '5 3 * * *' },
  ],
  [
    'quantile: { of: score, parts: 2, best: highest, refresh: { every: week, at: "03:00" } }',
    'integer',
    { kind: 'quantile', of: 'score', parts: 2, best: 'highest', among: null, refresh: '0 3 * * 1' },
  ],
  [
    'cases: [{ is: buyer, if: { segment: buyers } }]\notherwise: prospect',
    'enum',
    { kind: 'cases', cases: [{ is: 'buyer', if: segment('buyers') }], otherwise: 'prospect' },
  ],
  [
    'cases: [{ is: 4, if: { segment: buyers } }]\notherwise: 0.2',
    'number',
    { kind: 'cases', cases: [{ is: 4, if: segment('buyers') }], otherwise: 0.2 },
  ],
  [
    'cases: [{ is: 5 EUR, if: { segment: buyers } }]',
    'money',
    {
      kind: 'cases',
      cases: [{ is: { amount: 500, currency: 'EUR' }, if: segment('buyers') }],
      otherwise: null,
    },
  ],
  [
    'cases: [{ is: true, if: { segment: buyers } }]\notherwise: false',
    'boolean',
    { kind: 'cases', cases: [{ is: true, if: segment('buyers') }], otherwise: false },
  ],
  ['coalesce: [first_name, email]', 'text', { kind: 'coalesce', traits: ['first_name', 'email'] }],
  ['coalesce: [country, first_name]', 'text', { kind: 'coalesce', traits: ['country', 'first_name'] }],
  [
    'formula: (score + 1) * 2 - -0.5',
    'number',
    {
      kind: 'formula',
      formula: {
        kind: '-',
        left: {
          kind: '*',
          left: { kind: '+', left: trait('score'), right: number(1) },
          right: number(2),
        },
        right: number(-0.5),
      },
      missing: {},
    },
  ],
  [
    'formula: spent * 12 * score / 100\nmissing: { score: 0.5, spent: 3 EUR }',
    'money',
    {
      kind: 'formula',
      formula: {
        kind: '/',
        left: {
          kind: '*',
          left: { kind: '*', left: trait('spent'), right: number(12) },
          right: trait('score'),
        },
        right: number(100),
      },
      missing: { score: 0.5, spent: 300 },
    },
  ],
  [
    `affinity: { event: order_placed, of: category, in_last: 90d, ${refresh} }`,
    'text',
    {
      kind: 'affinity',
      events: ordersOf({ kind: 'in_last', duration: { months: 0, days: 90, ms: 0 } }),
      of: 'category',
      type: 'text',
      to: null,
      prior: 10,
      atLeast: 1,
      refresh: '5 3 * * *',
    },
  ],
  [
    `affinity: { event: order_placed, of: category, to: wine, prior: 0, at_least: 2, ${refresh} }`,
    'number',
    {
      kind: 'affinity',
      events: orders,
      of: 'category',
      type: 'text',
      to: 'wine',
      prior: 0,
      atLeast: 2,
      refresh: '5 3 * * *',
    },
  ],
  [
    `preferred_channel: { channels: [push, mail], in_last: 6mo, ${refresh} }`,
    'enum',
    {
      kind: 'preferred_channel',
      channels: ['push', 'mail'],
      status: 'acted',
      inLast: { months: 6, days: 0, ms: 0 },
      atLeast: 1,
      refresh: '5 3 * * *',
    },
  ],
  [
    `best_hour: { event: order_placed, fallback: "18:00", ${refresh} }`,
    'text',
    {
      kind: 'best_hour',
      events: orders,
      part: 'hour',
      prior: 10,
      atLeast: 3,
      fallback: '18:00',
      refresh: '5 3 * * *',
    },
  ],
  [
    `best_hour: { event: order_placed, part: day, at_least: 1, ${refresh} }`,
    'enum',
    { kind: 'best_hour', events: orders, part: 'day', prior: 10, atLeast: 1, fallback: null, refresh: '5 3 * * *' },
  ],
  [
    `clv: { event: order_placed, of: total, over: 39w, discount: 12.5%, ${refresh} }`,
    'money',
    {
      kind: 'clv',
      events: orders,
      unit: 'EUR',
      predict: 'value',
      over: 273,
      discount: 1250,
      refresh: '5 3 * * *',
    },
  ],
  [
    `clv: { event: order_placed, over: 12mo, predict: orders, ${refresh} }`,
    'number',
    {
      kind: 'clv',
      events: orders,
      unit: null,
      predict: 'orders',
      over: 365.25,
      discount: 0,
      refresh: '5 3 * * *',
    },
  ],
  [
    `clv: { event: order_placed, of: total, over: 1y, predict: order_value, ${refresh} }`,
    'money',
    {
      kind: 'clv',
      events: orders,
      unit: 'EUR',
      predict: 'order_value',
      over: 365.25,
      discount: 0,
      refresh: '5 3 * * *',
    },
  ],
  [
    `churn_risk: { event: order_placed, ${refresh} }`,
    'number',
    { kind: 'churn_risk', events: orders, refresh: '5 3 * * *' },
  ],
  [
    'formula: spent / spent',
    'number',
    { kind: 'formula', formula: { kind: '/', left: trait('spent'), right: trait('spent') }, missing: {} },
  ],
];

describe('forms of computed traits', () => {
  it.each(forms)('%s is %s', (text, type, definition) => {
    expect(traitOf(text)).toEqual({ origin: 'computed', type, definition });
  });

  it('a type follows through other traits, in any order of the files', () => {
    const more = `kind: trait\nid: years\ncases: [{ is: 4, if: { segment: buyers } }]\notherwise: 1.5
---\nkind: trait\nid: spent_ever\nsum: { event: order_placed, of: total }`;
    expect(traitOf('formula: spent_ever * years', more).type).toBe('money');
    expect(traitOf('coalesce: [years, score]', more).type).toBe('number');
  });

  it('the values of bands and cases are known where they are read', () => {
    const size = 'kind: trait\nid: size\nbands: { of: score, below: none, from: { some: 1, many: 9 } }';
    const where = (label: string) => `kind: segment\nid: tried\nwhere: { trait: size, is: ${label} }`;
    expect(compile(projectOf({ base, size, x: where('many') })).diagnostics).toEqual([]);
    expect(compile(projectOf({ base, size, x: where('mani') })).diagnostics[0]?.suggestion).toBe('many');
  });
});

describe('a mistake in a formula', () => {
  const found = (formula: string) => {
    const { diagnostics } = compile(projectOf({ base, x: `kind: trait\nid: tried\nformula: ${formula}` }));
    return diagnostics.map(({ code, range }) => [code, range?.column, range?.endColumn]);
  };

  it.each([
    ['score * scoer', 'CMP010', 18, 23],
    ['"score * scoer"', 'CMP010', 19, 24],
    ['score ^ 2', 'CMP115', 16, 17],
    ['(score + 1', 'CMP115', 10, 11],
    ['score + 1)', 'CMP115', 19, 20],
    ['score * ', 'CMP115', 16, 17],
    ['score 25', 'CMP115', 16, 18],
    ['score / 0', 'CMP115', 18, 19],
  ] as const)('%s is told at its column', (formula, ...expected) => {
    expect(found(formula)).toEqual([expected]);
  });

  it('deep parentheses end in a diagnostic', () => {
    expect(found(`${'('.repeat(200)}1${')'.repeat(200)}`)).toEqual([['CMP115', 60, 61]]);
  });
});

describe('several schemas', () => {
  const more = `kind: schema
id: another
events:
  order_placed: { total: money, channel: text }
measures: { order_placed: total }
traits:
  country: { type: enum, values: [NG, AR] }
  birth_date: { type: date, ignore: [1970-01-01] }
  phone: { type: text }
entities:
  sale: { key: sale_id, fields: { stage: { type: text } }, people: { buyer: { max: 4 } } }
---
kind: schema
id: zulu
entities:
  sale: { key: sale_id, fields: { signed_at: { type: date } }, people: { seller: { max: 1 } } }`;

  it('may declare one name where they agree, and it has all that they say', () => {
    const { resources } = bundleOf(base, more);
    const bodyOf = (name: string) => resources.find(({ kind, id }) => `${kind}/${id}` === name)?.body;
    expect(bodyOf('event/order_placed')).toMatchObject({
      properties: { order_id: 'id', channel: 'text' },
      measure: { property: 'total', type: 'money' },
    });
    expect(bodyOf('trait/birth_date')).toMatchObject({ ignore: [0] });
    expect(bodyOf('trait/country')).toMatchObject({ values: ['NG', 'AR'] });
    expect(bodyOf('entity/sale')).toEqual({
      key: 'sale_id',
      fields: {
        signed_at: { type: 'date', values: null, ignore: [] },
        stage: { type: 'text', values: null, ignore: [] },
      },
      people: { buyer: { max: 4 }, seller: { max: 1 } },
    });
  });

  it('give the same bundle in any order', () => {
    const documents = more.split('\n---\n');
    expect(bundleOf(...documents, base)).toEqual(bundleOf(base, ...documents.reverse()));
  });

  it('name the other place of a clash', () => {
    const { diagnostics } = compile(
      projectOf({ base, x: 'kind: schema\nid: again\ntraits: { first_name: { type: integer } }' }),
    );
    expect(diagnostics[0]?.related?.[0]).toMatchObject({ message: 'first declared here', range: { file: 'base' } });
  });

  it('events of the engine are known and no resources, and may be given properties', () => {
    const reads = 'kind: segment\nid: tried\nwhere: { event: message_seen, where: { campaign: spring, step: ask } }';
    const bundle = bundleOf(base, 'kind: schema\nid: more\nevents: { message_seen: { campaign: text } }', reads);
    expect(bundle.resources.filter(({ kind, id }) => kind === 'event' && id === 'message_seen')).toEqual([]);
    expect(bundle.resources.find(({ id }) => id === 'tried')?.needs).toEqual([]);
  });
});
