/** The ingestion API by its calls: what is stored, when it is dated, what counts once, what is refused and set apart. */
import { gzipSync } from 'node:zlib';
import { Analytics as CdpAnalytics } from '@customerio/cdp-analytics-node';
import { Analytics } from '@segment/analytics-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../engine/clock/clock.ts';
import { type IngestShop, ingestShop, posKey, webKey } from './ingest-shop.ts';

let shop: IngestShop;
let post: IngestShop['post'];

beforeAll(async () => {
  shop = await ingestShop();
  post = shop.post;
});
afterAll(() => shop.drop());

/** What is known of a person once the workers have been through. */
async function known(type: string, value: string) {
  await shop.fault.runOnce();
  const [person] = await shop.fault.rows<{ profile_id: number; traits: Record<string, unknown> }>(
    `select p.profile_id, p.traits from parcours.identifier i join parcours.profile p using (lane, profile_id) where i.type = $1 and i.value = $2`,
    [type, value],
  );
  const events = await shop.fault.rows<{ type: string; properties: object; occurred_at: Date; source: string }>(
    'select type, properties, occurred_at, source from parcours.event where profile_id = $1 and source in ($2, $3) order by occurred_at, type',
    [person?.profile_id, 'web', 'pos'],
  );
  return { ...person, events };
}

describe('identify', () => {
  it('tells traits, in whichever spelling of their names, and consents where the source maps them', async () => {
    const traits = { email: 'Ana@Shop.example', firstName: 'Ana', 'Born On': '1990-02-03', age: 33, shoeSize: 38 };
    const context = { consent: { categoryPreferences: { news: true } } };
    expect(await post('/v1/identify', { userId: 'u1', traits, context, messageId: 'i1' })).toMatchObject({
      status: 200,
      body: { success: true },
    });
    const ana = await known('email', 'ana@shop.example');
    expect(ana.traits).toMatchObject({ email: 'Ana@Shop.example', first_name: 'Ana', born_on: 7338, age: 33 });
    expect(Object.keys(ana.traits ?? {})).not.toContain('shoe_size');
    expect(
      await shop.fault.rows('select purpose, channel, state from parcours.consent where profile_id = $1', [
        ana.profile_id,
      ]),
    ).toEqual([{ purpose: 'newsletter', channel: 'email', state: 'granted' }]);
    expect((await known('external_id', 'u1')).profile_id).toBe(ana.profile_id);
  });

  it('forgets a trait by null', async () => {
    await post('/v1/identify', { userId: 'u1', traits: { age: null } });
    expect((await known('external_id', 'u1')).traits).toMatchObject({ age: null });
  });
});

describe('track', () => {
  it('tells an event with its declared properties and its measure', async () => {
    const properties = { total: '12.50 EUR', note: 'gift', colour: 'red' };
    await post('/v1/track', { userId: 'u2', event: 'Order Placed', properties });
    const { events } = await known('external_id', 'u2');
    expect(events).toMatchObject([
      { type: 'order_placed', source: 'web', properties: { total: { amount: 1250, currency: 'EUR' }, note: 'gift' } },
    ]);
    expect(await shop.fault.rows('select value, unit from parcours.event where source = $1', ['web'])).toEqual([
      { value: 1250, unit: 'EUR' },
    ]);
  });

  it('counts a message id once, also of two requests at the same time', async () => {
    const call = { userId: 'u3', event: 'visited', messageId: 'once' };
    const answers = await Promise.all(Array.from({ length: 8 }, () => post('/v1/track', call)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect((await known('external_id', 'u3')).events).toHaveLength(1);
    await post('/v1/track', { ...call, messageId: undefined });
    await post('/v1/track', { ...call, messageId: undefined });
    expect((await known('external_id', 'u3')).events).toHaveLength(3);
  });

  it('dates it by our clock when the sender has a wrong one, and never later than now', async () => {
    const before = systemClock.now().getTime();
    const wrong = { timestamp: '2031-05-01T10:00:00Z', sentAt: '2031-05-01T10:30:00Z' };
    await post('/v1/track', { userId: 'u4', event: 'visited', ...wrong });
    await post('/v1/track', { userId: 'u4', event: 'visited', timestamp: '2031-05-01T10:00:00Z' });
    await post('/v1/track', { userId: 'u4', event: 'visited', timestamp: '2024-01-02T03:04:05.678Z' });
    const [first, second, third] = (await known('external_id', 'u4')).events.map(({ occurred_at }) =>
      occurred_at.getTime(),
    );
    expect(first).toBe(Date.UTC(2024, 0, 2, 3, 4, 5, 678));
    expect((second ?? 0) - before).toBeGreaterThan(-1_800_000 - 1);
    expect((second ?? 0) - before).toBeLessThan(-1_800_000 + 10_000);
    expect((third ?? 0) - before).toBeLessThan(10_000);
  });
});

describe('page and screen', () => {
  it('are events where a schema declares them, and are let go where none does', async () => {
    const page = { anonymousId: 'd1', name: 'Home', properties: { path: '/' } };
    expect((await post('/v1/page', page)).body).toEqual({ success: true });
    expect((await post('/v1/screen', page)).body).toEqual({ success: true, ignored: 1 });
    expect((await known('anonymous_id', 'd1')).events).toMatchObject([
      { type: 'page_viewed', properties: { name: 'Home', path: '/' } },
    ]);
  });
});

describe('group', () => {
  it('tells of a row of an entity and ties the caller to it', async () => {
    await post('/v1/group', { userId: 'u5', groupId: 'acme', traits: { name: 'Acme', seats: 12, colour: 'red' } });
    const { profile_id } = await known('external_id', 'u5');
    expect(
      await shop.fault.rows('select key, role, fields from parcours.entity_row where profile_id = $1', [profile_id]),
    ).toEqual([{ key: 'acme', role: 'member', fields: { company_id: 'acme', name: 'Acme', seats: 12 } }]);
  });

  it('is refused where the source names no entity', async () => {
    const { status, body } = await post('/v1/group', { userId: 'u5', groupId: 'acme' }, { key: posKey });
    expect([status, body.error?.details]).toEqual([
      400,
      ['this source takes no groups; its file says which entity they are by `group`'],
    ]);
  });
});

describe('batch', () => {
  it('takes what is good, and sets apart what is bad with its reasons', async () => {
    const batch = [
      { type: 'track', userId: 'b1', event: 'visited', messageId: 'good' },
      { type: 'track', userId: 'b1', event: 'flown', messageId: 'bad-1' },
      { type: 'identify', userId: 'b1', traits: { age: 'old' }, messageId: 'bad-2' },
      { type: 'dance', userId: 'b1' },
      'nothing',
    ];
    const send = () => post('/v1/batch', { batch, sentAt: systemClock.now().toISOString() });
    const { status, body } = await send();
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      rejected: 4,
      errors: [
        { index: 1, reasons: ['/event: not an event type that is declared'] },
        { index: 2, reasons: ['/traits/age: expected an integer, such as 12'] },
        { index: 3, reasons: ['/type is none of identify, track, page, screen, group, alias'] },
        { index: 4, reasons: ['the call is no object'] },
      ],
    });
    // The client tries again: nothing is there twice.
    await send();
    expect((await known('external_id', 'b1')).events).toHaveLength(1);
    const apart = await shop.fault.rows<{ message_id: string; body: string; reasons: string[] }>(
      'select message_id, body, reasons from parcours.rejected_call order by message_id',
    );
    expect(apart).toHaveLength(4);
    expect(apart[0]).toMatchObject({ message_id: 'bad-1', reasons: ['/event: not an event type that is declared'] });
    expect(JSON.parse(apart[0]?.body ?? '')).toEqual(batch[1]);
  });

  it('comes as gzip, with the key in the body, as a beacon, from another origin', async () => {
    const batch = Array.from({ length: 300 }, (_, n) => ({
      type: 'track',
      userId: 'z1',
      event: 'visited',
      messageId: `z${n}`,
    }));
    const gzip = { 'content-encoding': 'gzip' };
    expect((await post('/v1/batch', gzipSync(JSON.stringify({ batch })), { headers: gzip })).status).toBe(200);
    const beacon = { key: null, headers: { 'content-type': 'text/plain' } };
    const answer = await post(
      '/v1/batch',
      { batch: [{ ...batch[0], messageId: 'z-beacon' }], writeKey: webKey },
      beacon,
    );
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, '*']);
    expect((await known('external_id', 'z1')).events).toHaveLength(301);
    const asked = await shop.server.app.inject({ method: 'OPTIONS', url: '/v1/batch' });
    expect([asked.statusCode, asked.headers['access-control-allow-methods']]).toEqual([204, 'POST']);
  });
});

describe('a source with `on_error: null`', () => {
  it('leaves out the value that is wrong, and takes the rest', async () => {
    const call = { userId: 'p1', traits: { age: 'old', firstName: 'Paul' } };
    expect((await post('/v1/identify', call, { key: posKey })).status).toBe(200);
    const track = { userId: 'p1', event: 'order_placed', properties: { total: {}, note: 'n' } };
    expect((await post('/v1/track', track, { key: posKey })).status).toBe(200);
    const paul = await known('external_id', 'p1');
    expect(paul.traits).toMatchObject({ first_name: 'Paul' });
    expect(paul.events).toMatchObject([{ type: 'order_placed', source: 'pos', properties: { note: 'n' } }]);
  });
});

describe('write keys', () => {
  it.each([null, '', 'wrong-key-0123456789abcdef', 'ünïcode'])('%j opens nothing', async (key) => {
    const { status, body } = await post('/v1/track', { userId: 'u9', event: 'visited' }, { key });
    expect([status, body.error?.code]).toEqual([401, 'unknown_write_key']);
  });
});

describe('too much at once', () => {
  it('is answered by 429 and when to come again, and what was answered 200 is there', async () => {
    const { microBatch } = await import('../../engine/server/ingest/micro-batch.ts');
    const { sessionPool } = await import('../../engine/server/session-pool.ts');
    const sessions = sessionPool({ store: shop.fault.store, max: 1 });
    const batches = microBatch({ sessions, clock: systemClock, waitingMax: 3 });
    const at = systemClock.now().getTime();
    const load = (n: number) => ({
      facts: [
        {
          messageId: `full-${n}`,
          identifiers: [{ type: 'external_id', value: 'full' }],
          fact: { at, received: at, source: 'web', trigger: true },
        },
      ],
      rejected: [],
      identity: null,
    });
    const added = [0, 1, 2].map((n) => batches.add(load(n)));
    expect(() => batches.add(load(3))).toThrow(expect.objectContaining({ status: 429, retryAfter: 1 }));
    await Promise.all(added);
    await batches.add(load(4));
    await batches.close();
    await sessions.close();
    expect(
      await shop.fault.count(`select count(*) as n from parcours.seen_message where message_id like 'full-%'`),
    ).toBe(4);
  });
});

describe('clients, unchanged', () => {
  it('@segment/analytics-node', async () => {
    const failures: unknown[] = [];
    const client = new Analytics({ writeKey: webKey, host: `http://127.0.0.1:${shop.at.port}`, maxRetries: 0 });
    client.on('error', (error) => failures.push(error));
    client.identify({ userId: 's1', traits: { firstName: 'Sam', email: 'sam@shop.example' } });
    client.track({ anonymousId: 's-device', event: 'Visited', properties: { page: 'home' } });
    client.page({ userId: 's1', name: 'Cart', properties: { path: '/cart' } });
    client.group({ userId: 's1', groupId: 'acme', traits: { seats: 13 } });
    client.alias({ userId: 's1', previousId: 's-device' });
    await client.closeAndFlush();
    expect(failures).toEqual([]);
    const sam = await known('external_id', 's1');
    expect(sam.traits).toMatchObject({ first_name: 'Sam', email: 'sam@shop.example' });
    expect(sam.events.map(({ type }) => type)).toContain('page_viewed');
  });

  it('@customerio/cdp-analytics-node', async () => {
    const failures: unknown[] = [];
    const client = new CdpAnalytics({ writeKey: webKey, host: `http://127.0.0.1:${shop.at.port}`, maxRetries: 0 });
    client.on('error', (error) => failures.push(error));
    client.identify({ userId: 'c1', traits: { first_name: 'Cleo' } });
    client.track({ userId: 'c1', event: 'cart_filled', properties: { items: 3, gift: true, tags: ['a', 'b'] } });
    await client.closeAndFlush();
    expect(failures).toEqual([]);
    const cleo = await known('external_id', 'c1');
    expect(cleo.traits).toMatchObject({ first_name: 'Cleo' });
    expect(cleo.events).toMatchObject([
      { type: 'cart_filled', properties: { items: 3, gift: true, tags: ['a', 'b'] } },
    ]);
  });
});
