/** Sources in other systems: queries of a database from a cursor on, and requests with rows, signed and not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../engine/activation/engine.ts';
import { headersOf } from '../../engine/channels/webhook.ts';
import { systemClock } from '../../engine/clock/clock.ts';
import { fromOverlap } from '../../engine/profiles/pulls/pull-source.ts';
import { createServe, type ServeServer } from '../../engine/server/serve.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { type CommandLine, commandLine, shopFiles } from '../cli/command-line.ts';
import { databaseUrl } from '../examples/database-url.ts';
import { eventually } from '../faults/fault-store.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

const sources = `kind: identity
id: people
merge_by: [ { identifier: external_id } ]
clean: { phone: phone }
---
kind: source
id: crm
type: postgres
connection: \${secret.CRM_URL}
query: |
  select c.id, c.name, c.country, c.credit, c.changed_at, to_json(c.mails) as mails, c.wants_news
  from customer c -- of this shop
cursor: changed_at
every: 1min
identifiers: [{ type: external_id, column: id }]
traits: { country: country, credit: { column: credit, currency: EUR }, registered_at: changed_at }
consents: [{ purpose: marketing, column: wants_news }]
---
kind: source
id: erp-orders
type: postgres
connection: \${secret.CRM_URL}
query: select n, customer, total, 'order_placed' as what from orders
cursor: n
every: 1min
identifiers: [{ type: external_id, column: customer }]
message_id: [n]
event: { column: what }
properties: { total: { column: total, currency: EUR } }
---
kind: source
id: erp-phones
type: postgres
connection: \${secret.CRM_URL}
query: select id, name, phone, home, n from phones
cursor: n
every: 1d
country: FR
identifiers: [{ type: external_id, column: id }, { type: phone, column: phone }]
traits: { last_name: name, home: home }
---
kind: source
id: forms
type: webhook
write_keys: ["\${secret.FORMS_KEY}"]
country: FR
message_id: [id]
identifiers: [{ type: phone, column: phone }]
traits: { last_name: name, home: home }
---
kind: source
id: broken
type: postgres
connection: \${secret.CRM_URL}
query: select id, nothing_of_this from customer
cursor: id
every: 1d
identifiers: [{ type: external_id, column: id }]
---
kind: source
id: writing
type: postgres
connection: \${secret.CRM_URL}
query: with gone as (delete from customer returning id) select id from gone
cursor: id
every: 1d
identifiers: [{ type: external_id, column: id }]
---
kind: source
id: tickets
type: webhook
write_keys: ["\${secret.TICKETS_KEY}"]
rows: data.tickets
identifiers: [{ type: external_id, column: requester.id }]
message_id: [id]
event: order_placed
properties: { total: { column: amount.value, currency: EUR } }
traits: { country: requester.country }
occurred_at: { column: at, format: epoch-s }
---
kind: source
id: signed
type: webhook
write_keys: ["\${secret.SIGNED_KEY}"]
verify_with: \${secret.SIGNING_KEY}
identifiers: [{ type: external_id, column: id }]
traits: { country: country }
on_error: null
`;

const keys = {
  TICKETS_KEY: 'tickets-key-0123456789',
  SIGNED_KEY: 'signed-key-0123456789',
  FORMS_KEY: 'forms-key-0123456789',
  SIGNING_KEY: 'whsec_bm90IGEgc2VjcmV0IGF0IGFsbA==',
};

let shop: CommandLine;
let crm: TestStore;
let theirs: OwnSession;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  shop = await commandLine({
    ...shopFiles,
    'schema.yaml': shopFiles['schema.yaml'].replace(
      '  country:',
      '  credit: { type: money }\n  last_name: { type: text, clean: name }\n  home: { type: text, clean: country }\n  country:',
    ),
    'sources.yaml': sources,
  });
  crm = await testStore({ empty: true });
  theirs = await crm.session();
  await theirs.script(`
    create table public.customer (id text primary key, name text, country text, credit numeric, changed_at timestamptz, mails text[], wants_news boolean);
    create table public.orders (n bigint primary key, customer text, total text);
    insert into public.customer values
      ('ana', 'Ana', 'CH', 12.5, '2026-01-01 10:00:00.123456+00', '{a@mail.example}', true),
      ('bob', 'Bob', 'FR', null, '2026-01-02', null, false),
      ('nobody', 'Never changed', 'FR', null, null, null, null);
    create table public.phones (n bigint primary key, id text, phone text, name text, home text);
    insert into public.phones values (1, 'gil', '06 12 34 56 78', 'DE LA TOUR', null), (2, 'ida', '079 123 45 67', 'Ida', 'Schweiz'),
      (3, 'jon', '12', 'Jon', 'FR');
    insert into public.orders values (1, 'ana', '10.00'), (2, 'bob', 'ten')`);
  env = {
    DATABASE_URL: databaseUrl(shop.store.connection),
    CRM_URL: databaseUrl(crm.connection),
    PATH: process.env.PATH ?? '',
    ...keys,
  };
  const applied = await shop.run('apply --yes', { env });
  expect([applied.code, applied.err]).toEqual([0, '']);
});
afterAll(async () => {
  await theirs.close();
  await crm.destroy();
  await shop.drop();
});

const rows = <Row>(text: string, values: readonly unknown[] = []) =>
  shop.store.kept.withSession((session) => session.query<Row>(text, values));
async function read(source: string) {
  const { code, out, err } = await shop.run(`import ${source} --json`, { env });
  return { code, err, ...(JSON.parse(out === '' ? '{}' : out).files?.[0]?.summary ?? {}) };
}
const traitsOf = async (id: string) =>
  (
    await rows<{ traits: Record<string, unknown> }>(
      `select p.traits from parcours.profile p join parcours.identifier i using (lane, profile_id) where i.value = $1`,
      [id],
    )
  )[0]?.traits;

describe('a query of another database', () => {
  it('is read from its beginning, then from where it ended; what is read twice counts once', async () => {
    expect(await read('crm')).toMatchObject({ code: 0, rows: 2, facts: 2, rejected: 0 });
    expect(await traitsOf('ana')).toMatchObject({ country: 'CH', credit: { amount: 1250, currency: 'EUR' } });
    expect(await traitsOf('nobody')).toBeUndefined();
    expect(await rows(`select state, count(*) as n from parcours.consent group by state order by state`)).toEqual([
      { state: 'denied', n: 1 },
      { state: 'granted', n: 1 },
    ]);
    // The last row has the value from which on is read.
    expect(await read('crm')).toMatchObject({ rows: 1, facts: 0, duplicates: 1 });
    await theirs.query(`update public.customer set country = 'IT', changed_at = '2026-02-01' where id = 'ana'`);
    expect(await read('crm')).toMatchObject({ rows: 2, facts: 1, duplicates: 1 });
    expect(await traitsOf('ana')).toMatchObject({ country: 'IT' });
  });

  it('sets rows apart that can’t be used, with place and reason', async () => {
    expect(await read('erp-orders')).toMatchObject({ rows: 2, facts: 1, rejected: 1 });
    const apart = await rows<{ source: string; reasons: string[]; body: string }>(
      `select source, reasons, body from parcours.rejected_call where source = 'erp-orders'`,
    );
    expect(apart).toEqual([
      { source: 'erp-orders', reasons: [expect.stringMatching(/^\/total: /)], body: expect.stringContaining('"n":2') },
    ]);
    await theirs.query(`insert into public.orders values (3, 'bob', '30.00')`);
    expect(await read('erp-orders')).toMatchObject({ rows: 2, facts: 1 });
    expect(await rows('select value from parcours.event order by value')).toEqual([{ value: 1000 }, { value: 3000 }]);
  });

  it('is looked at without being read, field by field and country by country', async () => {
    const { code, out } = await shop.run('quality crm --json', { env });
    const quality = JSON.parse(out);
    expect([code, quality.rows, quality.usable]).toEqual([0, 2, 2]);
    expect(quality.countries.map(({ country }: { country: string }) => country).sort()).toEqual(['FR', 'IT']);
    expect(quality.fields).toContainEqual(
      expect.objectContaining({ field: 'trait credit', column: 'credit', filled: 1, valid: 1 }),
    );
    expect((await shop.run('status', { env })).out).toMatch(/read +crm .*: 2 rows\n/);
  });

  it('is cleaned as a file is, and people are found as they are typed', async () => {
    expect(await read('erp-phones')).toMatchObject({ code: 0, rows: 3, rejected: 1 });
    expect(await traitsOf('+33612345678')).toMatchObject({ last_name: 'de la Tour' });
    expect(await traitsOf('+41791234567')).toMatchObject({ home: 'CH' });
    for (const typed of ['phone:06.12.34.56.78', '0612345678', 'phone:+33-6-12-34-56-78']) {
      const shown = await shop.run(`profile show ${typed} --json`, { env });
      expect([typed, JSON.parse(shown.out).identifiers]).toEqual([
        typed,
        [
          { type: 'external_id', value: 'gil' },
          { type: 'phone', value: '+33612345678' },
        ],
      ]);
    }
    // No source is Swiss, so nobody knows that it may be a number there.
    expect((await shop.run('profile show phone:0791234567', { env })).code).not.toBe(0);
    const explained = await shop.run('explain 0612345678', { env });
    expect(explained.out).toMatch(/Cleaned\n.*\n.*identifier phone +06 12 34 56 78 +\+33612345678 +phone/);
    expect(JSON.parse((await shop.run('explain 0612345678 --json', { env })).out).cleaned).toContainEqual(
      expect.objectContaining({
        name: 'last_name',
        raw: 'DE LA TOUR',
        value: 'de la Tour',
        by: 'name',
        source: 'erp-phones',
      }),
    );
  });

  it('says what the database says, and writes nothing there', async () => {
    expect(await shop.run('import broken', { env })).toMatchObject({
      code: 1,
      err: expect.stringContaining('refuses the query: column "nothing_of_this" does not exist'),
    });
    expect(await shop.run('import writing', { env })).toMatchObject({ code: 1 });
    expect(await theirs.query('select count(*) as n from public.customer')).toEqual([{ n: 3 }]);
    const { CRM_URL: _, ...without } = env;
    expect((await shop.run('import crm', { env: without })).err).toContain('The secret CRM_URL is not set');
    const gone = { ...env, CRM_URL: 'postgres://reader:pass-word@127.0.0.1:1/crm' };
    const { err } = await shop.run('import crm', { env: gone });
    expect(err).toContain("The database of source crm can't be asked: nobody answers at the address.");
    expect(err).not.toContain('pass-word');
    expect(await rows(`select state from parcours.source_pull where source = 'crm'`)).toEqual([{ state: 'failed' }]);
  });

  it('is asked by parcours run when it is time, and what is new starts journeys', async () => {
    await theirs.query(`insert into public.orders values (4, 'cyd', '7.00')`);
    await rows(`update parcours.source_pull set began_at = began_at - interval '1 hour'`);
    const ending = new AbortController();
    const engine = createEngine({ store: shop.store, clock: systemClock, root: shop.root, env });
    const ended = engine.runDaemon(ending.signal);
    const thanked = () =>
      rows(
        `select 1 from parcours.enrollment e join parcours.identifier i using (lane, profile_id) where i.value = 'cyd'`,
      );
    try {
      await eventually('cyd has bought and is thanked', async () => (await thanked()).length === 1);
    } finally {
      ending.abort();
      await ended;
    }
  });

  it('is read again some way back, where its cursor is a time', () => {
    const overlap = { months: 0, days: 0, ms: 600_000 };
    expect(fromOverlap('2026-01-01 00:05:00.123456+00', { overlap })).toBe('2025-12-31 23:55:00.123+00');
    expect(fromOverlap('2026-01-01 00:05:00', { overlap })).toBe('2025-12-31 23:55:00.000');
    expect(fromOverlap('4711', { overlap })).toBe('4711');
    expect(fromOverlap('2026-01-01 00:05:00+00', { overlap: null })).toBe('2026-01-01 00:05:00+00');
  });
});

describe('requests with rows', () => {
  let server: ServeServer;

  beforeAll(async () => {
    server = await createServe({ store: shop.store, clock: systemClock, root: shop.root, env });
  });
  afterAll(() => server.close());

  async function post(source: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    const key = { signed: keys.SIGNED_KEY, forms: keys.FORMS_KEY }[source] ?? keys.TICKETS_KEY;
    const response = await server.app.inject({
      ...{
        method: 'POST',
        url: `/v1/sources/${source}`,
        payload: typeof body === 'string' ? body : JSON.stringify(body),
      },
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
    });
    return { status: response.statusCode, body: JSON.parse(response.body) };
  }

  const ticket = (id: number, requester: unknown, value: unknown = '5.00') => ({
    ...{ id, requester, amount: { value }, at: 1_770_000_000 },
  });

  it('are mapped as the source says; what comes again counts once, bad rows are set apart', async () => {
    const body = {
      data: { tickets: [ticket(1, { id: 'dee', country: 'CH' }), ticket(2, {}), ticket(3, { id: 'dee' }, [])] },
    };
    expect(await post('tickets', body)).toEqual({
      status: 200,
      body: {
        ...{ success: true, rows: 1, rejected: 2 },
        errors: [
          { index: 1, reasons: ['/requester/id: the identifier is missing'] },
          { index: 2, reasons: [expect.stringMatching(/^\/amount\/value: /)] },
        ],
      },
    });
    expect((await post('tickets', body)).status).toBe(200);
    await shop.run('run --once', { env });
    expect(await traitsOf('dee')).toMatchObject({ country: 'CH' });
    expect(await rows(`select occurred_at from parcours.event where source = 'tickets'`)).toEqual([
      { occurred_at: new Date(1_770_000_000_000) },
    ]);
    expect(await rows(`select reasons from parcours.rejected_call where source = 'tickets'`)).toHaveLength(2);
  });

  it('are cleaned by the rules, by the country that they name or their source says, and what was written stays', async () => {
    const answer = await post('forms', [
      { id: 1, phone: '06 98 76 54 32', name: 'DUPONT' },
      { id: 2, phone: '079 123 45 68', name: 'von Arx', home: 'Suisse' },
      { id: 3, phone: '12', name: 'Nobody' },
    ]);
    await shop.run('run --once', { env });
    expect(answer.body).toMatchObject({
      rows: 2,
      rejected: 1,
      errors: [{ index: 2, reasons: [expect.stringContaining('/phone')] }],
    });
    expect(await traitsOf('+33698765432')).toMatchObject({ last_name: 'Dupont' });
    expect(await traitsOf('+41791234568')).toMatchObject({ last_name: 'von Arx', home: 'CH' });
    const { cleaned } = JSON.parse((await shop.run('profile show +41791234568 --json', { env })).out);
    expect(cleaned).toMatchObject([
      { of: 'identifier', name: 'phone', raw: '079 123 45 68', value: '+41791234568', by: 'phone' },
      { of: 'trait', name: 'home', raw: 'Suisse', value: 'CH', by: 'country', source: 'forms' },
    ]);
  });

  it('are refused with a reason, and leave nothing', async () => {
    const bad: readonly (readonly [unknown, number, string])[] = [
      [{ data: { tickets: [ticket(9, {})] } }, 400, 'invalid_rows'],
      [{ data: {} }, 400, 'invalid_rows'],
      [[1], 400, 'invalid_rows'],
      ['{"data"', 400, 'invalid_json'],
      [{ data: { tickets: Array.from({ length: 2_001 }, () => 1) } }, 413, 'too_many_rows'],
      [{ data: { tickets: ['x'.repeat(600_000)] } }, 413, 'body_too_large'],
    ];
    for (const [body, status, code] of bad) {
      const answer = await post('tickets', body);
      expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    }
    expect((await post('signed', {}, { authorization: `Bearer ${keys.TICKETS_KEY}` })).status).toBe(401);
    expect((await post('crm', {})).status).toBe(401);
    expect(await rows(`select 1 from parcours.seen_message where message_id = '9'`)).toEqual([]);
  });

  it('are taken only with a signature where the source asks for one', async () => {
    const body = JSON.stringify({ id: 'eve', country: 7 });
    const now = systemClock.now().getTime();
    const signed = (at: number, text = body) => {
      const { 'content-length': _, ...headers } = headersOf({ token: 'a', at }, text, keys.SIGNING_KEY);
      return headers;
    };
    expect((await post('signed', body)).status).toBe(403);
    expect((await post('signed', body, signed(now, '{}'))).status).toBe(403);
    expect((await post('signed', body, signed(now - 600_000))).status).toBe(403);
    expect(await post('signed', body, signed(now))).toMatchObject({ status: 200, body: { rows: 1 } });
  });
});
