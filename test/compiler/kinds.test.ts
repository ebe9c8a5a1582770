/** What channels, pressure, countries, holdouts, personas, destinations, sources and tests become. Mistakes are in `invalid.test.ts`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../engine/compiler/compile.ts';
import type { BodyByKind, BundleKind } from '../../engine/compiler/ir.ts';
import { bundleOf, projectOf } from './project-of.ts';

const base = `${readFileSync(join(import.meta.dirname, '../fixtures/compiler/base.yaml'), 'utf8')}---
kind: schema
id: sales
entities:
  sale:
    key: sale_id
    fields: { advisor: { type: text }, total: { type: money } }
    people: { buyer: { max: 2 } }
traits:
  score_ana: { type: number, from: model }
  scored_at: { type: date, from: model }
---
kind: source
id: model
type: file
path: ./scores/*.csv
key: external_id
`;

function bodyOf<K extends BundleKind>(kind: K, text: string): BodyByKind[K] {
  const id = /^id: (.*)$/m.exec(text)?.[1] ?? 'tried';
  const document = /^id: /m.test(text) ? `kind: ${kind}\n${text}` : `kind: ${kind}\nid: tried\n${text}`;
  const found = bundleOf(base, document).resources.find((one) => one.kind === kind && one.id === id);
  return found?.body as BodyByKind[K];
}

function codesOf(...texts: readonly string[]): readonly string[] {
  const files = Object.fromEntries(texts.map((text, index) => [`f${index}.yaml`, text]));
  return compile(projectOf({ base, ...files })).diagnostics.map(({ code }) => code);
}

describe('channels', () => {
  it.each([
    ['type: sms', { type: 'sms', address: 'phone', via: { kind: 'none' } }],
    [
      'type: sms\nvia: log',
      { type: 'sms', address: 'phone', via: { kind: 'log', path: '.parcours/outbox/tried.jsonl' } },
    ],
    ['type: email', { type: 'email', address: 'email', via: { kind: 'none' } }],
    [
      'type: on-site',
      { type: 'on-site', address: null, via: { kind: 'placed' }, site: { slots: ['tried'], apiKeys: [] } },
    ],
    ['type: print', { type: 'print', address: null, via: { kind: 'none' } }],
    ['type: audience', { type: 'audience', address: null, via: { kind: 'none' } }],
    ['type: webhook', { type: 'webhook', address: null, via: { kind: 'none' } }],
    ['type: print\naddress: first_name', { type: 'print', address: 'first_name', via: { kind: 'none' } }],
    ['type: log', { type: 'log', address: null, via: { kind: 'log', path: '.parcours/outbox/tried.jsonl' } }],
    [
      'type: sms\nrate: { per_minute: 30 }\nconcurrency: 5',
      { type: 'sms', address: 'phone', rate: { max: 30, per: 'minute' }, concurrency: 5, via: { kind: 'none' } },
    ],
  ])('%s', (text, body) => {
    expect(bodyOf('channel', text)).toEqual(body);
  });

  it.each([
    ['type: call-list', { capacity: null, rankBy: null, assignTo: null, hours: [] }],
    ['type: call-list\ncapacity: { max: 80, calendar: day }', { capacity: { max: 80, calendar: 'day' } }],
    ['type: call-list\nrank_by: { waiting: longest }', { rankBy: { kind: 'waiting' } }],
    [
      'type: call-list\nrank_by: { trait: score, order: highest }',
      { rankBy: { kind: 'value', of: { root: 'trait', trait: 'score', type: 'integer' }, order: 'highest' } },
    ],
    [
      'type: call-list\nrank_by: { field: sale.total, order: lowest }',
      {
        rankBy: {
          kind: 'value',
          of: { root: 'entity', entity: 'sale', field: 'total', type: 'money' },
          order: 'lowest',
        },
      },
    ],
    [
      'type: call-list\nassign_to: sale.advisor',
      { assignTo: { root: 'entity', entity: 'sale', field: 'advisor', type: 'text' } },
    ],
    [
      'type: call-list\nassign_to: profile.first_name',
      { assignTo: { root: 'trait', trait: 'first_name', type: 'text' } },
    ],
    [
      'type: call-list\ncontact_hours: [{ days: [mon-wed, fri], from: "09:00", to: "18:00" }]',
      { hours: [{ channels: null, days: ['mon', 'tue', 'wed', 'fri'], from: '09:00', to: '18:00', holidays: true }] },
    ],
    [
      'type: call-list\ncontact_hours: [{ days: [sat-mon], from: "00:00", to: "00:00", holidays: false }]',
      { hours: [{ channels: null, days: ['mon', 'sat', 'sun'], from: '00:00', to: '00:00', holidays: false }] },
    ],
  ])('%s', (text, desk) => {
    expect(bodyOf('channel', text).desk).toMatchObject(desk);
  });

  it('a desk needs the entity and the traits that it reads', () => {
    const text =
      'kind: channel\nid: desk\ntype: call-list\nassign_to: sale.advisor\nrank_by: { trait: score, order: highest }';
    const desk = bundleOf(base, text).resources.find(({ id }) => id === 'desk');
    expect(desk?.needs).toEqual(['entity/sale', 'trait/phone', 'trait/score']);
  });
});

describe('consents', () => {
  it('`call` stands for call lists', () => {
    const said = bodyOf('consent', 'channels: [call, email]');
    expect(said.channels).toEqual(['call-list', 'email']);
    expect(bodyOf('consent', 'channels: [email, call-list]')).toEqual(said);
  });
});

describe('pressure', () => {
  it.each([
    ['rolling: 7d', { kind: 'rolling', duration: { months: 0, days: 7, ms: 0 } }],
    ['calendar: day', { kind: 'calendar', unit: 'day' }],
    ['calendar: quarter', { kind: 'calendar', unit: 'quarter' }],
  ])('a cap with %s', (window, expected) => {
    expect(bodyOf('pressure', `caps: [{ id: a, max: 1, ${window} }]`).caps[0]?.window).toEqual(expected);
  });

  it('a cap that counts what is queued is one that says nothing, and tags are the journeys that have them', () => {
    const capOf = (more: string) => bodyOf('pressure', `caps: [{ id: a, max: 1, calendar: week${more} }]`).caps[0];
    expect(capOf(', count: queued')).toEqual(capOf(''));
    expect(capOf(', count: delivered, look_ahead: 2d')).toMatchObject({
      count: 'delivered',
      lookAhead: { months: 0, days: 2, ms: 0 },
    });
    const tagged = `kind: pressure\nid: tagged\ncaps: [{ id: a, max: 1, calendar: week, tags: [promo] }]`;
    const journey = (id: string, tags: string) =>
      `kind: journey\nid: ${id}\ntags: [${tags}]\nobjective: engagement\nentry: { when: { event: order_placed } }\nsteps: [ { exit: done } ]`;
    const { resources } = bundleOf(base, tagged, journey('one', 'promo'), journey('two', 'spring, promo'));
    const body = resources.find(({ id }) => id === 'tagged')?.body as BodyByKind['pressure'];
    expect(body.caps[0]?.covers).toMatchObject({
      journeys: null,
      tagged: { tags: ['promo'], journeys: ['one', 'two'] },
    });
  });

  it('a cap may be for some people only, and has no `where` otherwise', () => {
    const [cap] = bodyOf(
      'pressure',
      'caps: [{ id: a, max: 1, calendar: week, where: { trait: country, is: AR } }]',
    ).caps;
    expect(cap?.where).toMatchObject({ kind: 'trait', trait: 'country' });
    expect(bodyOf('pressure', 'caps: [{ id: a, max: 1, calendar: week }]').caps[0]).not.toHaveProperty('where');
  });

  it.each([
    ['', undefined],
    [', days: [sat-sun]', ['sat', 'sun']],
    [', days: [sun, sat]', ['sat', 'sun']],
    [', days: [sun, holiday]', ['sun', 'holiday']],
    [', days: [mon-sun]', undefined],
    [', days: [mon-sun, holiday]', undefined],
  ])('quiet hours%s', (days, expected) => {
    const [hours] = bodyOf(
      'pressure',
      `quiet_hours: [{ channels: [sms], from: "21:00", to: "08:00"${days} }]`,
    ).quietHours;
    expect(hours?.days).toEqual(expected);
    expect(hours?.covers.channels).toEqual(['text']);
  });

  it('quiet hours may be for some people, journeys and objectives only', () => {
    const text =
      'quiet_hours: [{ from: "21:00", to: "08:00", where: { trait: is_member, is: true }, not_journeys: [welcome], objectives: [loyalty] }]';
    expect(bodyOf('pressure', text).quietHours[0]).toMatchObject({
      where: { kind: 'trait', trait: 'is_member' },
      covers: { channels: null, notJourneys: ['welcome'], objectives: ['loyalty'] },
    });
  });

  it('a capped message may take the next channel', () => {
    expect(bodyOf('pressure', 'when_capped: next_channel').whenCapped).toBe('next_channel');
  });

  it('`call` covers the desks, and a type without channels covers none', () => {
    const desk = 'kind: channel\nid: desk\ntype: call-list';
    const cap = 'kind: pressure\nid: tried\ncaps: [{ id: a, max: 1, calendar: day, channels: [call, print] }]';
    const body = bundleOf(base, desk, cap).resources.find(({ kind }) => kind === 'pressure')?.body;
    expect(body).toMatchObject({ caps: [{ covers: { channels: ['desk'] } }] });
  });
});

const country = (rest: string): BodyByKind['country'] =>
  bodyOf('country', `where: { trait: country, is: NG }\nzone: Africa/Lagos\n${rest}`);

describe('countries', () => {
  it('say nothing of what the file leaves out', () => {
    expect(country('')).toEqual({
      where: { kind: 'trait', trait: 'country', type: 'enum', test: { op: 'is', value: 'NG' } },
      zone: 'Africa/Lagos',
      zones: [],
      locale: null,
      currency: null,
      phone: null,
      holidays: null,
      consent: [],
      contactHours: [],
      caps: [],
      registers: [],
      dataQuality: {},
    });
  });

  it.each([
    ['zones: [Africa/Luanda, Africa/Lome]', { zones: ['Africa/Lome', 'Africa/Luanda'] }],
    ['locale: en-NG\ncurrency: NGN', { locale: 'en-NG', currency: 'NGN' }],
    ['phone: { prefix: 234 }', { phone: { prefix: 234, mobile: [], repair: [] } }],
    [
      "phone: { prefix: 234, mobile: ['^\\+234\\d+$'], repair: [{ from: '^0(\\d+)$', to: '+234$1' }] }",
      { phone: { prefix: 234, mobile: ['^\\+234\\d+$'], repair: [{ from: '^0(\\d+)$', to: '+234$1' }] } },
    ],
    [
      'holidays: { calendar: ng, add: [1970-01-03, 1970-01-02], remove: [1970-01-11] }',
      { holidays: { calendar: 'ng', add: [1, 2], remove: [10] } },
    ],
    [
      'consent: [{ purpose: news, channels: [email], needs: opt-in, unless: { event: order_placed, in_last: 3y } }]',
      { consent: [{ purpose: 'news', channels: ['email'], needs: 'opt-in', unless: { kind: 'count' } }] },
    ],
    [
      'consent: [{ purpose: marketing, channels: [sms, push], needs: double-opt-in }]',
      { consent: [{ purpose: 'marketing', channels: ['push', 'sms'], needs: 'double-opt-in', unless: null }] },
    ],
    [
      'contact_hours: [{ channels: [sms], days: [mon-sat], from: "08:00", to: "20:00", holidays: false }]',
      { contactHours: [{ channels: ['text'], days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'], holidays: false }] },
    ],
    ['contact_hours: [{ from: "08:00", to: "20:00" }]', { contactHours: [{ channels: null, holidays: true }] }],
    [
      'caps: [{ id: a, max: 4, rolling: 30d, channels: [sms] }]',
      { caps: [{ id: 'a', covers: { channels: ['text'] } }] },
    ],
    ['registers: [no-llame, bloctel]', { registers: ['bloctel', 'no-llame'] }],
    ['data_quality: { email_expected: false }', { dataQuality: { email_expected: false } }],
  ])('%s', (rest, body) => {
    expect(country(rest)).toMatchObject(body);
  });

  it('two countries of one trait value are warned of, two of different values are not', () => {
    const of = (id: string, values: string) =>
      `kind: country\nid: ${id}\nwhere: { trait: country, in: [${values}] }\nzone: Africa/Lagos`;
    expect(codesOf(of('a', 'AR'), of('b', 'NG'))).toEqual([]);
    expect(codesOf(of('a', 'AR'), of('b', 'NG, AR'))).toEqual(['CMP208']);
  });
});

describe('holdouts', () => {
  it.each([
    ['percent: 2%', { percent: 200, renew: null, objectives: null }],
    ['percent: 2.5%\nrenew: 6mo', { percent: 250, renew: { months: 6, days: 0, ms: 0 }, objectives: null }],
    [
      'percent: 0.01%\nobjectives: [transformation, loyalty]',
      { percent: 1, objectives: ['loyalty', 'transformation'] },
    ],
  ])('%s', (text, body) => {
    expect(bodyOf('holdout', text)).toMatchObject(body);
  });
});

describe('personas', () => {
  it('stay in the order of the file', () => {
    const text = `personas:
  - { id: ben, score: score }
  - { id: ana, title: Ana, score: score_ana }
confidence: 0.7
lead: 0.1
fresh: { trait: scored_at, in_last: 6mo }
weigh_by: spent`;
    expect(bodyOf('persona', text)).toMatchObject({
      personas: [
        { id: 'ben', title: null, score: 'score' },
        { id: 'ana', title: 'Ana', score: 'score_ana' },
      ],
      confidence: 0.7,
      lead: 0.1,
      fresh: { kind: 'trait', trait: 'scored_at', test: { op: 'in_last' } },
      weighBy: 'spent',
    });
  });

  it('may be scored by points; probabilities, as when nothing is said, leave the body as it was', () => {
    const text = 'personas: [{ id: ana, score: score }]\nconfidence: 0.5\n';
    expect(bodyOf('persona', `${text}scores: points`)).toMatchObject({ scores: 'points' });
    expect(bodyOf('persona', `${text}scores: probabilities`)).not.toHaveProperty('scores');
    expect(bodyOf('persona', text)).not.toHaveProperty('scores');
  });

  it('need no lead and no freshness', () => {
    expect(bodyOf('persona', 'personas: [{ id: ana, score: score }]\nconfidence: 0.5')).toMatchObject({
      lead: 0,
      fresh: null,
      weighBy: null,
    });
  });
});

const secret = `\${secret.HOOK}`;

describe('destinations', () => {
  it.each([
    ['type: webhook\nurl: https://crm.example/hook', { type: 'webhook', url: 'https://crm.example/hook', sync: null }],
    [`type: webhook\nurl: ${secret}`, { type: 'webhook', url: secret, sync: null }],
    ['type: webhook\nurl: http://127.0.0.1:80/', { type: 'webhook', url: 'http://127.0.0.1:80/', sync: null }],
    [
      'type: audience\nsync: { segment: buyers }',
      { type: 'audience', url: null, sync: { segment: 'buyers', leaveAfter: null } },
    ],
    [
      'type: audience\nsync: { segment: buyers, leave_after: 7d }',
      {
        sync: { segment: 'buyers', leaveAfter: { months: 0, days: 7, ms: 0 } },
        delivery: {
          to: { kind: 'audience', path: '.parcours/destinations/tried/{run}.csv', platform: 'google' },
          segment: 'buyers',
          columns: null,
          send: 'changes',
          when: { kind: 'membership' },
        },
      },
    ],
    [
      'type: file\npath: ./out/people-{run}.csv\nsegment: buyers\nsend: changes\nwhen: membership\ncolumns: { name: first_name, mail: { identifier: email }, cards: { identifiers: card }, buys: { segment: buyers } }',
      {
        delivery: {
          to: { kind: 'file', path: 'out/people-{run}.csv', format: 'csv' },
          segment: 'buyers',
          columns: [
            { name: 'name', from: { kind: 'trait', trait: 'first_name', type: 'text' } },
            { name: 'mail', from: { kind: 'identifier', type: 'email' } },
            { name: 'cards', from: { kind: 'identifiers', type: 'card' } },
            { name: 'buys', from: { kind: 'segment', segment: 'buyers' } },
          ],
          send: 'changes',
          when: { kind: 'membership' },
        },
      },
    ],
    [
      `type: postgres\nconnection: ${secret}\ntable: crm.people\nwhen: { every: day, at: "03:00" }`,
      {
        delivery: {
          to: { kind: 'postgres', connection: secret, table: 'crm.people' },
          segment: null,
          columns: null,
          send: 'all',
          when: { kind: 'schedule', cron: '0 3 * * *' },
        },
      },
    ],
    [
      'type: webhook\nurl: https://crm.example/hook\nsend: changes',
      { delivery: { to: { kind: 'webhook' }, segment: null, columns: null, send: 'changes', when: null } },
    ],
  ])('%s', (text, body) => {
    expect(bodyOf('destination', text)).toMatchObject(body);
  });
});

describe('sources', () => {
  it('say how a row of a file is a row of an entity, each of its people by columns of his own', () => {
    const told = 'id: other\ntype: file\npath: a.jsonl\noccurred_at: at\nentity: sale\n';
    const body = bodyOf(
      'source',
      `${told}fields: { total: { column: price, currency: EUR }, advisor: advisor }
people: { buyer: { list: buyers, identifiers: [{ type: external_id, column: id }, { type: email, column: mail }] } }`,
    );
    expect(body.identifiers).toEqual([]);
    const plain = { format: null, zone: null, currency: null, currencyColumn: null };
    expect(body.entity).toEqual({
      entity: 'sale',
      column: 'sale_id',
      fields: [
        { field: 'advisor', type: 'text', from: { column: 'advisor', ...plain } },
        { field: 'total', type: 'money', from: { column: 'price', ...plain, currency: 'EUR' } },
      ],
      people: [
        {
          role: 'buyer',
          names: 'all',
          of: [
            {
              list: 'buyers',
              identifiers: [
                { type: 'external_id', column: 'id' },
                { type: 'email', column: 'mail' },
              ],
            },
          ],
        },
      ],
    });
    const peopleOf = (text: string) =>
      bodyOf('source', `${told}key: number\npeople: { buyer: ${text} }`).entity?.people[0];
    const person = (column: string | null, list: string | null = null) => ({
      list,
      identifiers: [{ type: 'email', column }],
    });
    expect(peopleOf('{ type: email, column: mail, names: more }')).toMatchObject({
      names: 'more',
      of: [person('mail')],
    });
    expect(peopleOf('{ type: email, list: mails }')).toMatchObject({ names: 'all', of: [person(null, 'mails')] });
    expect(peopleOf('[{ type: email, column: a }, { type: email, column: b }]')).toMatchObject({
      names: 'all',
      of: [person('a'), person('b')],
    });
  });

  it('by path and key read the traits that schemas declare from them', () => {
    expect(bodyOf('source', 'id: other\ntype: file\npath: a.jsonl\nkey: external_id').traits).toEqual([]);
    const model = bundleOf(base).resources.find(({ kind, id }) => kind === 'source' && id === 'model');
    const column = (name: string, zone: string | null) => ({
      column: name,
      format: null,
      zone,
      currency: null,
      currencyColumn: null,
    });
    expect(model?.body).toMatchObject({
      path: 'scores/*.csv',
      format: { kind: 'csv', delimiter: ',' },
      identifiers: [{ type: 'external_id', column: 'external_id' }],
      traits: [
        { trait: 'score_ana', type: 'number', from: column('score_ana', null) },
        { trait: 'scored_at', type: 'date', from: column('scored_at', 'Europe/Paris') },
      ],
    });
    expect(model?.needs).toEqual(['trait/score_ana', 'trait/scored_at']);
  });

  it.each([
    ['path: a/*.jsonl', 'jsonl'],
    ['path: a/*.ndjson', 'jsonl'],
    ['path: a.CSV', 'csv'],
    ['path: a.txt\nformat: table\ncolumns: [external_id]', 'table'],
  ])('%s', (text, kind) => {
    expect(bodyOf('source', `id: other\ntype: file\nkey: external_id\n${text}`).format.kind).toBe(kind);
  });

  it('without a path have none', () => {
    const text = 'id: other\ntype: file\nformat: csv\nidentifiers: [{ type: external_id, column: a }]';
    expect(bodyOf('source', text)).not.toHaveProperty('path');
  });
});

describe('tests', () => {
  it('hold typed values, and steps as lists', () => {
    const text = `journey: welcome
given:
  country: AR
  spent: 80 EUR
  first_name: 01
  identified: false
  devices: [push]
  consents: { marketing: { sms: granted } }
  sale: { sale_id: 7, total: 5 EUR }
  events: [{ event: order_placed, at: 2027-04-20T12:00, properties: { total: 90 EUR } }]
start: 2027-05-01T09:00
play:
  - { advance: 1d, expect: { sent: greet } }
  - { at: 2027-05-03T09:00, event: order_placed, expect: { exited: goal } }`;
    const { given, play } = bodyOf('test', text);
    expect(given).toEqual({
      country: 'AR',
      spent: { amount: 8000, currency: 'EUR' },
      first_name: '01',
      identified: false,
      devices: ['push'],
      consents: { marketing: { sms: 'granted' } },
      sale: { sale_id: '7', total: { amount: 500, currency: 'EUR' } },
      events: [
        { event: 'order_placed', at: '2027-04-20T12:00', properties: { total: { amount: 9000, currency: 'EUR' } } },
      ],
    });
    expect(play).toEqual([
      { advance: '1d', expect: { sent: ['greet'] } },
      { at: '2027-05-03T09:00', event: 'order_placed', properties: {}, expect: { exited: 'goal' } },
    ]);
  });
});

describe('caps that never bind', () => {
  const caps = (...lines: readonly string[]): readonly string[] =>
    codesOf(
      `kind: pressure\nid: tried\ncaps:\n${lines.map((line, index) => `  - { id: c${index}, ${line} }`).join('\n')}`,
    );

  it.each([
    ['as much, in as long', 'max: 3, rolling: 7d', 'max: 3, rolling: 7d'],
    ['more, in as long', 'max: 3, rolling: 7d', 'max: 4, rolling: 7d'],
    ['as much, in less', 'max: 3, rolling: 7d', 'max: 3, rolling: 1d'],
    ['seven a week, one a day', 'max: 1, calendar: day', 'max: 7, calendar: week'],
    ['31 a month, one a day', 'max: 1, calendar: day', 'max: 31, calendar: month'],
    ['three months a quarter', 'max: 4, calendar: month', 'max: 12, calendar: quarter'],
    ['narrower channels', 'max: 3, rolling: 7d', 'max: 3, rolling: 7d, channels: [sms]'],
    ['narrower people', 'max: 3, rolling: 7d', 'max: 3, rolling: 7d, where: { segment: buyers }'],
    ['objectives without service', 'max: 3, rolling: 7d', 'max: 3, rolling: 7d, objectives: [loyalty]'],
    ['two days touched by a sliding one', 'max: 1, calendar: day', 'max: 2, rolling: 1d'],
  ])('%s', (_name, tight, loose) => {
    expect(caps(tight, loose)).toEqual(['CMP204']);
  });

  it.each([
    ['fewer, in as long', 'max: 3, rolling: 7d', 'max: 2, rolling: 1d'],
    ['six a week, one a day', 'max: 1, calendar: day', 'max: 6, calendar: week'],
    ['30 a month, one a day', 'max: 1, calendar: day', 'max: 30, calendar: month'],
    ['a sliding day that two days touch', 'max: 2, calendar: day', 'max: 3, rolling: 1d'],
    ['other channels', 'max: 3, rolling: 7d, channels: [sms]', 'max: 3, rolling: 7d, channels: [push]'],
    [
      'other people',
      'max: 3, rolling: 7d, where: { trait: score, gt: 3 }',
      'max: 3, rolling: 7d, where: { segment: buyers }',
    ],
    ['service, which the other leaves alone', 'max: 3, rolling: 7d', 'max: 3, rolling: 7d, objectives: [service]'],
    [
      'a journey that the other leaves alone',
      'max: 3, rolling: 7d, not_journeys: [welcome]',
      'max: 3, rolling: 7d, journeys: [welcome]',
    ],
  ])('do bind: %s', (_name, one, other) => {
    expect(caps(one, other)).toEqual([]);
  });
});

describe('mutes of those who enter', () => {
  const mute = (where: string, more = ''): readonly string[] =>
    codesOf(`kind: pressure\nid: tried\nmute: [{ id: m, where: ${where}${more} }]`);

  it('are told by the segment that lets people in, and by what defines it', () => {
    expect(mute('{ segment: buyers }')).toEqual(['CMP203']);
    expect(mute('{ event: order_placed }')).toEqual(['CMP203']);
    expect(mute('{ any: [{ segment: buyers }, { trait: country, is: AR }] }')).toEqual(['CMP203']);
  });

  it('are none where other people are muted, or the journey is taken out', () => {
    expect(mute('{ trait: country, is: AR }')).toEqual([]);
    expect(mute('[{ segment: buyers }, { trait: country, is: AR }]')).toEqual([]);
    expect(mute('{ segment: buyers }', ', not_journeys: [welcome]')).toEqual([]);
    expect(mute('{ segment: buyers }', ', channels: [sms]')).toEqual([]);
    expect(mute('{ segment: buyers }', ', objectives: [service]')).toEqual([]);
  });
});
