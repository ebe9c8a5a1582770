/** Two hundred requests that no server should take, each with the answer that it deserves. */
import { gzipSync } from 'node:zlib';
import { posKey, webKey } from './ingest-shop.ts';

export interface BadRequest {
  readonly name: string;
  readonly path: string;
  readonly body: string | Buffer;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string | null;
}

const track = { userId: 'bad', event: 'cart_filled' };

/** JSON text of a call, `RAW` in it replaced by a text that is no value of JavaScript. */
function raw(value: unknown, text: string): string {
  return JSON.stringify(value).replace('"RAW"', text);
}

function refused(name: string, path: string, body: string | Buffer, status = 400): BadRequest {
  return { name, path, body, status };
}

function nested(levels: number, open: string, close: string): string {
  return `${open.repeat(levels)}1${close.repeat(levels)}`;
}

/** Values that a property or trait of a type doesn't take. */
const wrongValues: Readonly<Record<string, readonly unknown[]>> = {
  items: ['many', 1.5, true, [1], { n: 1 }, '1e3', '0x10', 1e30, '12 kg', '--1'],
  at: [
    'yesterday',
    12,
    true,
    [],
    {},
    '2026-13-01',
    '2026-02-30T10:00:00Z',
    '25:00',
    '1066-10-14T00:00:00Z',
    '99999-01-01',
  ],
  gift: ['perhaps', 2, -1, [], {}, 'tru', '2', 1.5, 'on off', 'y'],
  weight: ['heavy', true, [], {}, '1,5,0', '1e', 'NaN', 'Infinity', '0x1F', '5kg'],
  tags: [
    true,
    5,
    {},
    [[1]],
    [{ a: 1 }],
    [['a'], 'b'],
    '[1',
    '["a"',
    [null, {}],
    Array.from({ length: 1001 }, () => 'x'),
  ],
};
const wrongTraits: Readonly<Record<string, readonly unknown[]>> = {
  age: ['old', 3.5, true, [3], { a: 3 }, '3 years', 1e25, '٣', 'null', '1_000'],
  vip: ['maybe', 7, [], {}, 'truthy', 'N/A', 0.5, 'nein', '01', -1],
  born_on: ['long ago', 5, true, [], {}, '1990-02-30', '30/02/1990', '0000-01-01', '1990-2-3x', '19900203'],
  credit: [
    'much',
    true,
    [],
    {},
    '12.345 EUR',
    { amount: 'x', currency: 'EUR' },
    { amount: 5 },
    { amount: 1, currency: 'XXXX' },
    '12 euros',
    '€',
  ],
};

function wrongTypes(): readonly BadRequest[] {
  const properties = Object.entries(wrongValues).flatMap(([name, values]) =>
    values.map((value, n) =>
      refused(`property ${name} ${n}`, '/v1/track', JSON.stringify({ ...track, properties: { [name]: value } })),
    ),
  );
  const traits = Object.entries(wrongTraits).flatMap(([name, values]) =>
    values.map((value, n) =>
      refused(`trait ${name} ${n}`, '/v1/identify', JSON.stringify({ userId: 'bad', traits: { [name]: value } })),
    ),
  );
  return [...properties, ...traits];
}

function wrongShapes(): readonly BadRequest[] {
  const shapes = ['null', '5', '"text"', '[]', 'true', '[{"userId":"bad"}]'];
  const whole = ['track', 'identify', 'batch'].flatMap((path) =>
    shapes.map((body) => refused(`${path} is ${body}`, `/v1/${path}`, body)),
  );
  const objects = ['traits', 'properties', 'context'].flatMap((key) =>
    ['text', 5, [1], true].map((value) =>
      refused(`${key} ${JSON.stringify(value)}`, '/v1/identify', JSON.stringify({ userId: 'bad', [key]: value })),
    ),
  );
  const names = ['userId', 'anonymousId', 'messageId'].flatMap((key) =>
    [{}, [], true].map((value) =>
      refused(`${key} ${JSON.stringify(value)}`, '/v1/track', JSON.stringify({ ...track, [key]: value })),
    ),
  );
  const batches = [{}, { batch: null }, { batch: {} }, { batch: 'x' }, { batch: 7 }].map((body, n) =>
    refused(`batch without a list ${n}`, '/v1/batch', JSON.stringify(body)),
  );
  return [...whole, ...objects, ...names, ...batches];
}

function wrongMeaning(): readonly BadRequest[] {
  const calls: readonly (readonly [string, string, unknown])[] = [
    ['nobody', 'track', { event: 'visited' }],
    ['nobody', 'identify', { traits: { age: 3 } }],
    ['an empty id', 'track', { userId: '  ', event: 'visited' }],
    ['an endless id', 'track', { userId: 'x'.repeat(600), event: 'visited' }],
    ['no event', 'track', { userId: 'bad' }],
    ['an empty event', 'track', { userId: 'bad', event: '' }],
    ['an event that is a list', 'track', { userId: 'bad', event: ['visited'] }],
    ['an undeclared event', 'track', { userId: 'bad', event: 'flown' }],
    ['an event of ours', 'track', { userId: 'bad', event: 'message_sent' }],
    ['an event named like a method', 'track', { userId: 'bad', event: 'toString' }],
    ['a time that is none', 'track', { ...track, timestamp: 'noon' }],
    ['a time that is a number', 'track', { ...track, timestamp: 1 }],
    ['a time before all times', 'track', { ...track, timestamp: '1066-01-01T00:00:00Z' }],
    ['a sending time that is none', 'track', { ...track, sentAt: {} }],
    ['an alias of nobody', 'alias', { userId: 'bad' }],
    ['an alias to nobody', 'alias', { previousId: 'bad' }],
    ['a group without id', 'group', { userId: 'bad' }],
    ['a group of nobody', 'group', { groupId: 'acme' }],
    ['a group with a wrong field', 'group', { userId: 'bad', groupId: 'acme', traits: { seats: 'many' } }],
    ['a grade that is none', 'identify', { userId: 'bad', traits: { grade: 'c' } }],
    ['a zone that is none', 'identify', { userId: 'bad', traits: { zone: 'Mars/Olympus' } }],
    [
      'a consent that is none',
      'identify',
      { userId: 'bad', context: { consent: { categoryPreferences: { news: 'x' } } } },
    ],
  ];
  return calls.map(([name, path, body]) => refused(name, `/v1/${path}`, JSON.stringify(body)));
}

function wrongText(): readonly BadRequest[] {
  const texts: readonly (readonly [string, string])[] = [
    ['a null character', '"a\\u0000b"'],
    ['half a character', '"\\ud800"'],
    ['the other half', '"a\\udc00"'],
  ];
  const places: readonly (readonly [string, string, unknown])[] = [
    ['in an id', 'track', { userId: 'RAW', event: 'visited' }],
    ['in a property', 'track', { userId: 'bad', event: 'visited', properties: { page: 'RAW' } }],
    ['in what is not kept', 'track', { ...track, properties: { colour: 'RAW' } }],
    ['in a trait', 'identify', { userId: 'bad', traits: { first_name: 'RAW' } }],
    ['deep inside', 'identify', { userId: 'bad', context: { device: { names: ['a', 'RAW'] } } }],
  ];
  const inTexts = texts.flatMap(([what, text]) =>
    places.map(([where, path, call]) => refused(`${what} ${where}`, `/v1/${path}`, raw(call, text))),
  );
  const keys = ['__proto__', 'constructor', 'prototype'].flatMap((key) =>
    ['traits', 'properties', 'context'].map((place) =>
      refused(`key ${key} in ${place}`, '/v1/identify', `{"userId":"bad","${place}":{"${key}":{"a":1}}}`),
    ),
  );
  const numbers = ['1e400', '-1e999'].map((number) =>
    refused(`number ${number}`, '/v1/track', raw({ ...track, properties: { weight: 'RAW' } }, number)),
  );
  const broken = [
    '',
    '{',
    '{"userId":',
    '{userId: 1}',
    "{'a':1}",
    '{"a":1}}',
    '\u0000',
    'NaN',
    '{"a":01}',
    '<xml/>',
  ].map((body, n) => refused(`no JSON ${n}`, '/v1/track', body));
  return [...inTexts, ...keys, ...numbers, ...broken];
}

function tooMuch(): readonly BadRequest[] {
  const deep = [13, 100, 5_000].flatMap((levels) => [
    refused(`lists ${levels} deep`, '/v1/track', raw({ ...track, properties: { a: 'RAW' } }, nested(levels, '[', ']'))),
    refused(`objects ${levels} deep`, '/v1/batch', `{"batch":${nested(levels, '{"a":', '}')}}`),
  ]);
  const large = 'x'.repeat(10 * 1024 * 1024);
  return [
    ...deep,
    refused('33 KB', '/v1/track', JSON.stringify({ ...track, properties: { note: 'x'.repeat(33 * 1024) } }), 413),
    refused('a batch of 501 KB', '/v1/batch', JSON.stringify({ batch: ['x'.repeat(501 * 1024)] }), 413),
    refused('10 MB', '/v1/batch', JSON.stringify({ batch: [large] }), 413),
    refused('10 MB as a call', '/v1/identify', JSON.stringify({ userId: large }), 413),
    refused(
      'more calls than a batch has',
      '/v1/batch',
      JSON.stringify({ batch: Array.from({ length: 2001 }, () => 1) }),
      413,
    ),
    refused(
      'more values than a call has',
      '/v1/track',
      raw({ ...track, context: { a: 'RAW' } }, `[${Array(5001).fill(1)}]`),
    ),
  ];
}

const gzip = { 'content-encoding': 'gzip' };

function wrongWay(): readonly BadRequest[] {
  const good = JSON.stringify(track);
  const at = (name: string, status: number, more: Partial<BadRequest>): BadRequest => ({
    ...{ name, status, path: '/v1/track', body: good },
    ...more,
  });
  return [
    at('gzip that is none', 400, { headers: gzip }),
    at('gzip that is cut', 400, { headers: gzip, body: gzipSync(good).subarray(0, 20) }),
    at('gzip of no JSON', 400, { headers: gzip, body: gzipSync('{"a"') }),
    at('gzip that unfolds', 413, { headers: gzip, body: gzipSync('x'.repeat(20 * 1024 * 1024)), path: '/v1/batch' }),
    at('another encoding', 415, { headers: { 'content-encoding': 'br' } }),
    at('another type', 415, { headers: { 'content-type': 'application/xml' } }),
    at('a form', 415, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b' }),
    at('no key', 401, { key: null }),
    at('a key that is none', 401, { key: 'x'.repeat(40) }),
    at('a key in pieces', 401, { key: null, headers: { authorization: 'Basic ###' } }),
    at('a key that is a list', 401, { key: null, body: JSON.stringify({ ...track, writeKey: [webKey] }) }),
    at('a group of a source without', 400, { key: posKey, path: '/v1/group', body: '{"userId":"bad","groupId":"g"}' }),
    at('an address that is none', 404, { path: '/v1/purge' }),
  ];
}

export const badRequests: readonly BadRequest[] = [
  ...wrongTypes(),
  ...wrongShapes(),
  ...wrongMeaning(),
  ...wrongText(),
  ...tooMuch(),
  ...wrongWay(),
];
