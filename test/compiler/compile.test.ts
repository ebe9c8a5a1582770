/** What documents become: conditions by where they stand, schedules, defaults, needs. Mistakes are in `invalid.test.ts`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BodyByKind, Bundle, BundleKind, JourneyBody } from '../../engine/compiler/ir.ts';
import { bundleOf } from './project-of.ts';

const base = readFileSync(join(import.meta.dirname, '../fixtures/compiler/base.yaml'), 'utf8');

function bodyIn<K extends BundleKind>(bundle: Bundle, kind: K, id: string): BodyByKind[K] {
  const found = bundle.resources.find((resource) => resource.kind === kind && resource.id === id);
  if (found === undefined) throw new Error(`no ${kind}/${id}`);
  return found.body as BodyByKind[K];
}

const whereOf = (where: string): unknown =>
  bodyIn(bundleOf(base, `kind: segment\nid: tried\nwhere: ${where}`), 'segment', 'tried').where;

function journeyOf(rest: string): JourneyBody {
  const head = 'kind: journey\nid: tried\nobjective: engagement\n';
  const entry = rest.includes('entry:') ? '' : 'entry: { when: { event: cart_updated } }\n';
  return bodyIn(bundleOf(base, `${head}${entry}${rest}`), 'journey', 'tried');
}

const greet = '{ id: greet, send: { channel: mail, template: hello } }';

describe('conditions', () => {
  it('in a segment an event counts ever', () => {
    expect(whereOf('{ event: order_placed }')).toMatchObject({ events: { window: { kind: 'ever' } } });
  });

  it('negatives are `not` around a positive', () => {
    const positive = { kind: 'trait', trait: 'country', type: 'enum', test: { op: 'is', value: 'AR' } };
    expect(whereOf('{ trait: country, is: AR }')).toEqual(positive);
    expect(whereOf('{ trait: country, is_not: AR }')).toEqual({ kind: 'not', of: positive });
    expect(whereOf('{ trait: country, not_in: [AR] }')).toEqual({ kind: 'not', of: positive });
    expect(whereOf('{ trait: country, exists: false }')).toMatchObject({ kind: 'not', of: { test: { op: 'exists' } } });
    expect(whereOf('{ never: order_placed }')).toMatchObject({ kind: 'not', of: { test: { op: 'gte', value: 1 } } });
  });

  it('several operators must all hold', () => {
    expect(whereOf('{ trait: score, gte: 3, lt: 9 }')).toMatchObject({
      kind: 'all',
      of: [{ test: { op: 'gte', value: 3 } }, { test: { op: 'lt', value: 9 } }],
    });
  });

  it('sums are in minor units of their currency', () => {
    expect(whereOf('{ event: order_placed, sum: { of: total, gt: 200 EUR }, in_last: 90d }')).toMatchObject({
      kind: 'sum',
      unit: 'EUR',
      test: { op: 'gte', value: 20_001 },
      events: { window: { kind: 'in_last', duration: { months: 0, days: 90, ms: 0 } } },
    });
    expect(whereOf('{ event: points_changed, sum: { of: points, gte: 5 } }')).toMatchObject({ unit: null });
  });

  it('a date is compared with a date by days, a date-time by instants', () => {
    expect(whereOf('{ trait: birth_date, before: 1970-01-03 }')).toMatchObject({ test: { op: 'lt', value: 2 } });
    expect(whereOf('{ trait: birth_date, after: 1970-01-03 }')).toMatchObject({ test: { op: 'gte', value: 2 } });
    expect(whereOf('{ trait: registered_at, before: 2026-07-01 }')).toMatchObject({
      test: { op: 'before', moment: { kind: 'instant', at: Date.UTC(2026, 5, 30, 22) } },
    });
  });

  it('in a goal and an exit an event counts from entry, in a wait from here, in an `if` as it says', () => {
    const journey = journeyOf(`goal: { event: order_placed, within: 14d }
exit: [{ event: points_changed, as: counted }]
steps:
  - ${greet}
  - { id: ordered, wait_for: { event: order_placed }, for: 2d }
  - { if: { never: order_placed, since: greet }, exit: silent }
  - { if: { event: order_placed, since: ever }, exit: bought }`);
    const anchored = (anchor: string): object => ({ events: { window: { kind: 'since', anchor } } });
    expect(journey.goal?.if).toMatchObject(anchored('entry'));
    expect(journey.exits[0]?.if).toMatchObject(anchored('entry'));
    expect(journey.steps[1]?.do).toMatchObject({ if: anchored('here') });
    expect(journey.steps[2]?.if).toMatchObject({ of: anchored('greet') });
    expect(journey.steps[3]?.if).toMatchObject({ events: { window: { kind: 'ever' } } });
  });
});

describe('journeys', () => {
  it.each([
    ['{ every: day, at: "09:05", members: buyers }', '5 9 * * *'],
    ['{ every: week, days: [sun, tue], at: "10:00", members: buyers }', '0 10 * * 0,2'],
    ['{ every: month, day: 15, at: "23:59", members: buyers }', '59 23 15 * *'],
    ['{ cron: "0  10 * * 2", members: buyers }', '0 10 * * 2'],
  ])('%s is %s in the zone of the workspace', (when, cron) => {
    expect(journeyOf(`entry: { when: ${when} }\nsteps: [${greet}]`).entry.triggers).toEqual([
      { kind: 'schedule', cron, zone: 'Europe/Paris', members: 'buyers' },
    ]);
  });

  it('a send takes what it does not say from the defaults, then from the journey', () => {
    const journey = journeyOf(`purpose: news
defaults: { send: { channel: { first_of: [mail] }, valid_for: 1d, when_capped: drop } }
steps:
  - { id: one, send: { template: hello } }
  - { id: two, send: { channel: push, template: coupon, with: { code: 007 }, purpose: marketing, valid_for: 2h } }`);
    expect(journey.steps.map((step) => step.do)).toEqual([
      {
        kind: 'send',
        channels: ['mail'],
        template: 'hello',
        with: {},
        validFor: { months: 0, days: 1, ms: 0 },
        whenCapped: 'drop',
        objective: 'engagement',
        purpose: 'news',
      },
      {
        kind: 'send',
        channels: ['push'],
        template: 'coupon',
        with: { code: '007' },
        validFor: { months: 0, days: 0, ms: 7_200_000 },
        whenCapped: 'drop',
        objective: 'engagement',
        purpose: 'marketing',
      },
    ]);
  });

  it('a template may read what the opening event has', () => {
    const journey = journeyOf('steps: [{ id: remind, send: { channel: mail, template: cart } }]');
    expect(journey.steps[0]?.do).toMatchObject({ template: 'cart' });
  });
});

describe('the rest', () => {
  it('a channel type in a rule stands for its channels', () => {
    const pressure =
      'kind: pressure\nid: tried\ncaps: [{ id: a, max: 1, rolling: 1d, channels: [sms, mail, whatsapp] }]';
    expect(bodyIn(bundleOf(base, pressure), 'pressure', 'tried').caps[0]?.covers.channels).toEqual(['mail', 'text']);
  });

  it('needs name each reference once, sorted, built-in traits apart', () => {
    const segment = `kind: segment
id: tried
where:
  - { segment: buyers }
  - { trait: zone, starts_with: Europe/ }
  - { trait: country, is: AR }
  - { any: [{ never: [order_placed, cart_updated] }, { consent: news, is: granted }, { trait: country, is: NG }] }`;
    const tried = bundleOf(base, segment).resources.find(({ id }) => id === 'tried');
    expect(tried?.needs).toEqual([
      'consent/news',
      'event/cart_updated',
      'event/order_placed',
      'segment/buyers',
      'trait/country',
    ]);
  });

  it('a bundle is sorted by kind and id, and equal projects give equal bundles', () => {
    const bundle = bundleOf(base);
    const names = bundle.resources.map(({ kind, id }) => `${kind} ${id}`);
    expect(names).toEqual([...names].sort());
    expect(bundleOf(base)).toEqual(bundle);
  });

  it('blocks, loops and parents are read in their own context', () => {
    const source =
      '{{#if is_member}}{{#each interests}}{{@index}} {{this}} {{../first_name}}{{/each}}{{else}}{{locale}}{{/if}}{{#with entry}}{{total}}{{/with}}';
    const template = `kind: template\nid: tried\nany:\n  en: { text: "${source}" }\n  es: { text: Hola }`;
    const tried = bundleOf(base, template).resources.find(({ id }) => id === 'tried');
    expect(tried?.needs).toEqual(['trait/first_name', 'trait/interests', 'trait/is_member']);
  });
});
