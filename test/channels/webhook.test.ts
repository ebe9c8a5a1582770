/** The `webhook` adapter: what it signs, whom it calls, and what it makes of answers. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isPublic } from '../../engine/channels/public-address.ts';
import { createWebhookAdapter, type WebhookConfig } from '../../engine/channels/webhook.ts';

interface Got {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let got: Got[] = [];
let answer: { status: number; headers?: Record<string, string> } | 'silence' = { status: 204 };

beforeEach(async () => {
  got = [];
  answer = { status: 204 };
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      if (answer !== 'silence') response.writeHead(answer.status, answer.headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const message = {
  token: '7-42',
  channel: 'destination/crm',
  to: null,
  locale: '',
  text: '{"a":"é"}',
  about: { profile: 1, journey: 'j', step: 's', template: '' },
  at: 1_700_000_000_500,
};
const key = `whsec_${Buffer.from('a key that nobody knows').toString('base64')}`;
const url = (path = '/alerts') => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

async function send(config: Partial<WebhookConfig>, timeoutMs = 2_000) {
  const adapter = createWebhookAdapter(
    { url: config.url ?? url(), signWith: `\${secret.KEY}`, allowPrivate: true, ...config },
    (name) => ({ KEY: key, URL: config.url?.includes('URL') ? url('/token') : '' })[name],
    { requestsAtOnce: 2, timeoutMs },
  );
  return await adapter.send([message]);
}

describe('a request', () => {
  test('is signed over its id, its time and its body, as Standard Webhooks says', async () => {
    expect(await send({})).toEqual([{ kind: 'accepted' }]);
    const [{ headers, body } = { headers: {}, body: '' }] = got;
    expect(body).toBe('{"a":"é"}');
    expect(headers['webhook-id']).toBe('msg_7-42');
    expect(headers['webhook-timestamp']).toBe('1700000000');
    const hmac = createHmac('sha256', 'a key that nobody knows').update(`msg_7-42.1700000000.${body}`);
    expect(headers['webhook-signature']).toBe(`v1,${hmac.digest('base64')}`);
    expect(headers['content-type']).toBe('application/json');
  });

  test('goes to the address that a secret holds, and is tried again when the secret is missing', async () => {
    expect(await send({ url: `\${secret.URL}`, signWith: null })).toEqual([{ kind: 'accepted' }]);
    expect(got[0]?.headers['webhook-signature']).toBeUndefined();
    expect(await send({ url: `\${secret.OTHER}` })).toEqual([{ kind: 'retry', reason: 'secret OTHER is not set' }]);
  });

  test('leads to no private address unless that is allowed, by number or by name', async () => {
    const refused = { kind: 'rejected', reason: expect.stringContaining('private address'), addressBad: false };
    expect(await send({ allowPrivate: false })).toEqual([refused]);
    const { port } = server.address() as AddressInfo;
    expect(await send({ allowPrivate: false, url: `http://localhost:${port}/` })).toEqual([refused]);
    expect(got).toEqual([]);
  });

  test('by http leaves this machine to nobody', async () => {
    expect(await send({ url: 'http://10.1.2.3/' })).toEqual([
      { kind: 'rejected', reason: expect.stringContaining('by http'), addressBad: false },
    ]);
  });
});

describe('an answer', () => {
  test.each([
    [200, { kind: 'accepted' }],
    [302, { kind: 'retry', reason: 'the destination answered 302' }],
    [404, { kind: 'retry', reason: 'the destination answered 404' }],
    [410, { kind: 'rejected', reason: 'the destination is gone (410)', addressBad: false }],
    [503, { kind: 'retry', reason: 'the destination answered 503', afterMs: 120_000 }],
  ] as const)('%i is taken for what it says', async (status, outcome) => {
    answer = { status, headers: status === 503 ? { 'retry-after': '120' } : { location: '/elsewhere' } };
    expect(await send({})).toEqual([outcome]);
    expect(got.length).toBe(1);
  });

  test.each([
    ['7', 7_000],
    ['Mon, 02 Mar 2026 10:02:00 GMT', 120_000],
    ['Mon, 02 Mar 2026 09:00:00 GMT', undefined],
    ['soon', undefined],
  ])('edge case 15: 429 with Retry-After `%s` is tried again when it says', async (retryAfter, afterMs) => {
    answer = { status: 429, headers: { 'retry-after': retryAfter, date: 'Mon, 02 Mar 2026 10:00:00 GMT' } };
    const asked = afterMs === undefined ? {} : { afterMs };
    expect(await send({})).toEqual([{ kind: 'retry', reason: 'the destination answered 429', ...asked }]);
  });

  test('that does not come in time leaves in doubt whether it arrived; nobody there does not', async () => {
    answer = 'silence';
    expect(await send({}, 200)).toEqual([{ kind: 'unknown', reason: expect.stringContaining('no answer') }]);
    server.closeAllConnections();
    const gone = url();
    await new Promise((resolve) => server.close(resolve));
    expect(await send({ url: gone })).toEqual([{ kind: 'retry', reason: expect.stringContaining('ECONNREFUSED') }]);
  });
});

test('public are the addresses that belong to nobody’s inside', () => {
  for (const address of ['8.8.8.8', '2606:4700::1111']) expect([address, isPublic(address)]).toEqual([address, true]);
  const inside = ['127.0.0.1', '10.0.0.1', '169.254.169.254', '172.31.255.1', '192.168.1.1', '100.64.0.1', '0.0.0.0'];
  const inside6 = ['::1', '::ffff:10.0.0.1', 'fd00::1', 'fe80::1', '64:ff9b::a00:1', '2002:a00:1::', 'ff02::1'];
  for (const address of [...inside, ...inside6]) expect([address, isPublic(address)]).toEqual([address, false]);
});
