/** Destinations: people as files, tables, requests and hashed audiences; in full and as changes, again after a crash, and after an erasure. */
import { hash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../engine/activation/engine.ts';
import { jumpingClock, systemClock } from '../../engine/clock/clock.ts';
import type { DestinationBody } from '../../engine/compiler/ir.ts';
import { type DeliverRequest, deliver } from '../../engine/profiles/destinations/deliver.ts';
import { lockDestination, type RunRow, unlockDestination } from '../../engine/profiles/destinations/runs/queries.ts';
import { readResources, readRevision } from '../../engine/store/revisions.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { type CommandLine, commandLine, shopFiles } from '../cli/command-line.ts';
import { databaseUrl } from '../examples/database-url.ts';
import { eventually } from '../faults/fault-store.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

const columns = `columns:
  customer: { identifier: external_id }
  mails: { identifiers: email }
  country: country
  spent: spent
  since: registered_at
  buys: { segment: buyers }
`;

const files = {
  ...shopFiles,
  'schema.yaml': shopFiles['schema.yaml'].replace('  country:', '  phone: { type: text }\n  country:'),
  'traits.yaml': 'kind: trait\nid: spent\nsum: { event: order_placed, of: total }\n',
  'people.yaml': `kind: source
id: people
type: file
path: people/*.jsonl
identifiers: [ { type: external_id, column: id }, { type: email, column: mail } ]
traits: { country: country, phone: phone, registered_at: at }
`,
  'identity.yaml': 'kind: identity\nid: people\nmerge_by: [ { identifier: external_id }, { identifier: email } ]\n',
  'destinations.yaml': `kind: destination
id: everybody
type: file
path: out/everybody.csv
${columns}
---
kind: destination
id: changes
type: file
path: out/changes-{run}.jsonl
segment: buyers
send: changes
columns: { customer: { identifier: external_id }, country: country }
---
kind: destination
id: all-that-is-known
type: file
path: out/{date}/known.jsonl
---
kind: destination
id: ads
type: audience
platform: meta
sync: { segment: buyers }
when: { every: year, day: 01-02, at: "03:00" }
---
kind: destination
id: table
type: postgres
connection: \${secret.WAREHOUSE_URL}
table: customer
${columns}
---
kind: destination
id: table-of-changes
type: postgres
connection: \${secret.WAREHOUSE_URL}
table: crm.buyer
segment: buyers
send: changes
columns: { country: country }
---
kind: destination
id: hook
type: webhook
url: \${secret.HOOK_URL}
allow_private: true
sign_with: \${secret.HOOK_KEY}
send: changes
columns: { customer: { identifier: external_id } }
`,
};

let shop: CommandLine;
let warehouse: TestStore;
let hook: Server;
let env: Readonly<Record<string, string>>;
const asked: { readonly id: string; readonly body: { data: { rows: unknown[] } } }[] = [];
let answers: number[] = [];
/** Requests are answered when it is settled; whether one came. */
let holding: Promise<void> = Promise.resolve();
let isAsking = false;

const people = [
  { id: 'ana', mail: 'ana@mail.example', country: 'CH', phone: '+41791234567', at: '2026-01-05T10:00:00Z' },
  { id: 'bob', mail: 'bob@mail.example', country: 'A "quoted", land' },
  { id: 'cyd' },
];

let file = 0;
/** Lets lines of people be imported and worked off. */
async function tell(lines: readonly object[]): Promise<void> {
  file += 1;
  const name = `people-${file}.jsonl`;
  writeFileSync(join(shop.root, name), lines.map((line) => JSON.stringify(line)).join('\n'));
  expect((await shop.run(`import people ${name} --trigger`)).code).toBe(0);
  await shop.run('run --once');
}

async function order(csv: string): Promise<void> {
  file += 1;
  writeFileSync(join(shop.root, `orders-${file}.csv`), `order,customer,at,total,country\n${csv}\n`);
  expect((await shop.run(`import orders orders-${file}.csv`)).code).toBe(0);
}

async function run(line: string): Promise<RunRow & { readonly delivery: number; readonly lanes_left: number }> {
  const { code, out, err } = await shop.run(`destination run ${line} --json`, { env });
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out);
}

const read = (path: string) => readFileSync(join(shop.root, path), 'utf8');
const jsonl = (path: string) =>
  read(path)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const rows = <Row>(text: string, values: readonly unknown[] = []) =>
  shop.store.kept.withSession((session) => session.query<Row>(text, values));
async function idOf(value: string): Promise<number> {
  const found = await rows<{ profile_id: number }>('select profile_id from parcours.identifier where value = $1', [
    value,
  ]);
  return found[0]?.profile_id ?? 0;
}

beforeAll(async () => {
  shop = await commandLine(files);
  warehouse = await testStore({ empty: true });
  hook = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      isAsking = true;
      await holding;
      const status = answers.shift() ?? 200;
      if (status === 200) {
        asked.push({
          id: String(request.headers['webhook-id']),
          body: JSON.parse(Buffer.concat(chunks).toString('utf8')),
        });
      }
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  env = {
    DATABASE_URL: databaseUrl(shop.store.connection),
    WAREHOUSE_URL: databaseUrl(warehouse.connection),
    HOOK_URL: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/people`,
    HOOK_KEY: 'whsec_bm90IGEgc2VjcmV0IGF0IGFsbA==',
    PATH: process.env.PATH ?? '',
  };
  const applied = await shop.run('apply --yes');
  expect([applied.code, applied.err]).toEqual([0, '']);
  await tell(people);
  await order('1,ana,2026-02-01T10:00:00Z,39.90,\n2,bob,2026-02-02T10:00:00Z,1000.05,');
});
afterAll(async () => {
  hook.closeAllConnections();
  hook.close();
  await warehouse.destroy();
  await shop.drop();
});

describe('a file of everybody', () => {
  it('holds each person once, typed and quoted, and takes its place as a whole', async () => {
    const [ana, bob, cyd] = [await idOf('ana'), await idOf('bob'), await idOf('cyd')];
    const result = await run('everybody');
    expect(result).toMatchObject({ state: 'done', told: 3, removed: 0, artifacts: ['out/everybody.csv'] });
    const [head, ...lines] = read('out/everybody.csv').trimEnd().split('\n');
    expect(head).toBe('parcours_id,customer,mails,country,spent,spent_currency,since,buys');
    expect([...lines].sort()).toEqual(
      [
        `${ana},ana,"[""ana@mail.example""]",CH,39.90,EUR,2026-01-05T10:00:00.000Z,true`,
        `${bob},bob,"[""bob@mail.example""]","A ""quoted"", land",1000.05,EUR,,true`,
        `${cyd},cyd,,,0.00,EUR,,false`,
      ].sort(),
    );
    const before = read('out/everybody.csv');
    await run('everybody');
    expect(read('out/everybody.csv')).toBe(before);
    expect(statSync(join(shop.root, 'out/everybody.csv')).mode & 0o077).toBe(0);
    expect(readdirSync(join(shop.root, 'out'))).toEqual(['everybody.csv']);
  });

  it('holds all that is known where no columns are named', async () => {
    const { artifacts } = await run('all-that-is-known');
    const ana = jsonl(artifacts[0] ?? '').find(({ id_external_id }) => id_external_id[0] === 'ana');
    expect(ana).toMatchObject({
      ...{ id_email: ['ana@mail.example'], country: 'CH', phone: '+41791234567', spent: 39.9, spent_currency: 'EUR' },
    });
  });
});

describe('a file of changes', () => {
  it('tells who is new or another, and who is there no more; nothing when nothing changed', async () => {
    const [ana, bob] = [await idOf('ana'), await idOf('bob')];
    const first = await run('changes');
    expect(first).toMatchObject({ told: 2, removed: 0 });
    expect(jsonl(first.artifacts[0] ?? '').sort((a, b) => a.parcours_id - b.parcours_id)).toEqual(
      [
        { parcours_id: ana, change: 'put', customer: 'ana', country: 'CH' },
        { parcours_id: bob, change: 'put', customer: 'bob', country: 'A "quoted", land' },
      ].sort((a, b) => a.parcours_id - b.parcours_id),
    );
    expect(await run('changes')).toMatchObject({ state: 'done', told: 0, removed: 0, artifacts: [] });
    await tell([{ id: 'ana', country: 'FR', at: '2026-03-01' }]);
    const second = await run('changes');
    expect(jsonl(second.artifacts[0] ?? '')).toEqual([
      { parcours_id: ana, change: 'put', customer: 'ana', country: 'FR' },
    ]);
    // All of it again, where it was lost.
    expect(await run('changes --all')).toMatchObject({ told: 2 });
  });
});

const sha = (text: string) => hash('sha256', text, 'hex');

describe('an audience', () => {
  it('is hashes as the platform normalises them, added and removed', async () => {
    const first = await run('ads');
    expect(first).toMatchObject({ told: 2, removed: 0, unnamed: 0 });
    const adds = read(first.artifacts[0] ?? '')
      .trimEnd()
      .split('\n');
    expect(adds[0]).toBe('email,phone');
    expect(adds.slice(1).sort()).toEqual(
      [`${sha('ana@mail.example')},${sha('41791234567')}`, `${sha('bob@mail.example')},`].sort(),
    );
    expect(JSON.stringify(first)).not.toContain('mail.example');
    expect(await run('ads')).toMatchObject({ told: 0, removed: 0, artifacts: [] });
  });

  it('loses nobody by a merge, and an address that nobody has any more', async () => {
    await tell([
      { id: 'bob2', mail: 'robert@mail.example' },
      { id: 'bob2', mail: 'bob@mail.example' },
    ]);
    await shop.run('run --once');
    const merged = await run('ads');
    expect(merged).toMatchObject({ told: 1, removed: 0 });
    await rows(`delete from parcours.identifier where value = 'robert@mail.example'`);
    const next = await run('ads');
    expect(next).toMatchObject({ removed: 1 });
    expect(read(next.artifacts.at(-1) ?? '')).toBe(`email,phone\n${sha('robert@mail.example')},\n`);
  });
});

describe('a table', () => {
  const target = <Row>(text: string) => warehouse.withSession((session) => session.query<Row>(text));

  it('is made, filled, and becomes what is known, row by row', async () => {
    expect(await run('table')).toMatchObject({ state: 'done', artifacts: ['customer'] });
    expect(
      await target(
        `select customer, mails, spent::text, spent_currency, since, buys from public.customer where customer = 'ana'`,
      ),
    ).toEqual([
      {
        ...{ customer: 'ana', mails: ['ana@mail.example'], spent: '39.9', spent_currency: 'EUR', buys: true },
        since: new Date('2026-03-01T00:00:00Z'),
      },
    ]);
    await target(`insert into public.customer (parcours_id, customer) values (999999, 'nobody')`);
    await target(`update public.customer set country = 'XX' where customer = 'cyd'`);
    await run('table');
    expect(await target('select customer, country from public.customer order by customer')).toEqual([
      { customer: 'ana', country: 'FR' },
      { customer: expect.stringMatching(/^bob/), country: 'A "quoted", land' },
      { customer: 'cyd', country: null },
    ]);
    expect(await target(`select to_regclass('public.customer_parcours') as beside`)).toEqual([{ beside: null }]);
  });

  it('says what is wrong with the database, without a value, and is tried again', async () => {
    const { code, out } = await shop.run('destination run table-of-changes', { env });
    expect(code).toBe(1);
    expect(out).toContain("The database of table `crm.buyer` can't be used: there is no such schema: create it first.");
    await target('create schema crm');
    expect(await run('table-of-changes')).toMatchObject({ state: 'done', told: 2 });
    expect(await target('select count(*) as n from crm.buyer')).toEqual([{ n: 2 }]);
    const { WAREHOUSE_URL: _, ...without } = env;
    const missing = await shop.run('destination run table', { env: without });
    expect([missing.code, missing.out]).toEqual([
      1,
      expect.stringContaining('The secret WAREHOUSE_URL is not set: it is the address of the database.'),
    ]);
    expect(await run('table')).toMatchObject({ state: 'done' });
  });
});

describe('requests', () => {
  it('that are not taken are made again, each with its own id', async () => {
    answers = [503];
    const { code, out } = await shop.run('destination run hook', { env });
    expect(code).toBe(1);
    expect(out).toContain('A request of the delivery was not taken: the destination answered 503.');
    expect(await run('hook')).toMatchObject({ state: 'done', told: 3 });
    const told = asked.flatMap(({ body }) => body.data.rows) as { customer: string; change: string }[];
    expect(told.map(({ change }) => change)).toEqual(['put', 'put', 'put']);
    expect(new Set(asked.map(({ id }) => id)).size).toBe(asked.length);
  });
});

async function declaredAs(session: OwnSession, id: string) {
  const revision = await readRevision(session, 1);
  const found = (await readResources(session, revision!)).find((one) => one.kind === 'destination' && one.id === id);
  return { body: found?.body as DestinationBody, digest: found?.digest ?? '' };
}

async function deliverWith(
  session: OwnSession,
  id: string,
  more: Partial<DeliverRequest> = {},
): Promise<RunRow | null> {
  const { body, digest } = await declaredAs(session, id);
  return await deliver({
    ...{ session, destination: id, body, delivery: body.delivery!, digest },
    ...{ known: { traits: new Map(), sources: [] }, root: shop.root, zone: 'UTC', secret: (name) => env[name] },
    ...{ clock: systemClock, cause: 'hand', ...more },
  });
}

describe('an audience that people leave after some time', () => {
  it('removes who entered longer ago, and has him again when nothing says so any more', async () => {
    const session = await shop.store.session();
    const { body } = await declaredAs(session, 'ads');
    const sync = { segment: 'buyers', leaveAfter: { months: 0, days: 7, ms: 0 } };
    const dayMs = 86_400_000;
    const inDays = (days: number) => {
      const clock = jumpingClock(new Date(systemClock.now().getTime() + days * dayMs));
      return deliverWith(session, 'ads', { body: { ...body, sync }, clock });
    };
    expect(await run('ads')).toMatchObject({ state: 'done' });
    expect(await inDays(6)).toMatchObject({ state: 'done', told: 0, removed: 0 });
    const left = await inDays(8);
    const hashes = new Set([sha('ana@mail.example'), sha('bob@mail.example'), sha('41791234567')]);
    expect(left).toMatchObject({ state: 'done', told: 0, removed: hashes.size });
    for (const hashed of hashes) expect(read(left?.artifacts.at(-1) ?? '')).toContain(hashed);
    expect(await inDays(8)).toMatchObject({ told: 0, removed: 0, artifacts: [] });
    expect(await run('ads')).toMatchObject({ told: 2, removed: 0 });
    await session.close();
  });
});

describe('a delivery that was cut off', () => {
  it('goes on from the last lanes that were noted, and tells nobody twice', async () => {
    const session = await shop.store.session();
    let looks = 0;
    const half = await deliverWith(session, 'changes', { isWhole: true, isEnding: () => ++looks > 2 });
    expect(half).toMatchObject({ state: 'running' });
    const part = join(shop.root, `out/changes-${half?.run_id}.jsonl.${half?.run_id}.part`);
    // What a process wrote before it was killed, and didn't note.
    appendFileSync(part, '{"parcours_id":0,"cut off');
    const done = await deliverWith(session, 'changes');
    expect(done).toMatchObject({ run_id: half?.run_id, state: 'done', told: 2 });
    const told = jsonl(`out/changes-${half?.run_id}.jsonl`);
    expect(told.map(({ parcours_id }) => parcours_id).sort()).toEqual([await idOf('ana'), await idOf('bob')].sort());
    expect(existsSync(part)).toBe(false);
    await session.close();
  });

  it('begins anew where its file is lost, or the destination is another now', async () => {
    const session = await shop.store.session();
    let looks = 0;
    const stop = { isEnding: () => ++looks > 4 };
    const half = await deliverWith(session, 'changes', { isWhole: true, ...stop });
    const { rmSync } = await import('node:fs');
    rmSync(join(shop.root, `out/changes-${half?.run_id}.jsonl.${half?.run_id}.part`));
    await session.query('update parcours.destination_run set bytes = $1 where run_id = $2', ['{7}', half?.run_id]);
    const next = await deliverWith(session, 'changes');
    expect(next).toMatchObject({ state: 'done' });
    expect(next?.run_id).toBeGreaterThan(half?.run_id ?? 0);
    looks = 0;
    await deliverWith(session, 'changes', { isWhole: true, ...stop });
    const other = await deliverWith(session, 'changes', { digest: 'another' });
    expect(other).toMatchObject({ state: 'done' });
    const log = JSON.parse((await shop.run('destination log changes --json')).out);
    expect(log.slice(0, 2).map((one: RunRow) => [one.state, one.reason])).toEqual([
      ['done', null],
      ['failed', 'the destination was changed before it was through'],
    ]);
    await session.close();
  });

  it('is another process’s while that is at it', async () => {
    const [one, two] = [await shop.store.session(), await shop.store.session()];
    expect(await lockDestination(two, 'changes')).toBe(true);
    expect(await deliverWith(one, 'changes')).toBeNull();
    await unlockDestination(two, 'changes');
    const both = await Promise.all([one, two].map((session) => deliverWith(session, 'changes', { isWhole: true })));
    expect(both.map((run) => run?.state ?? 'turned away').filter((state) => state !== 'done')).not.toContain('failed');
    expect(both.some((run) => run?.state === 'done')).toBe(true);
    expect(await rows(`select 1 from parcours.destination_run where ended_at is null`)).toEqual([]);
    await one.close();
    await two.close();
  });
});

describe('somebody of whom nothing may be done', () => {
  it('is taken out until that is lifted, and a table that was half filled is filled up', async () => {
    const ana = await idOf('ana');
    await run('changes');
    await shop.run('profile restrict external_id:ana');
    const without = await run('changes');
    expect(jsonl(without.artifacts[0] ?? '')).toEqual([{ parcours_id: ana, change: 'remove' }]);
    const session = await shop.store.session();
    let looks = 0;
    expect(await deliverWith(session, 'table', { isEnding: () => ++looks > 2 })).toMatchObject({ state: 'running' });
    await session.close();
    expect(await run('table')).toMatchObject({ state: 'done' });
    const names = () =>
      warehouse.withSession((target) => target.query('select customer from public.customer order by customer'));
    expect(await names()).toEqual([{ customer: expect.stringMatching(/^bob/) }, { customer: 'cyd' }]);
    await shop.run('profile restrict external_id:ana --lift');
    const back = await run('changes');
    expect(jsonl(back.artifacts[0] ?? '')).toMatchObject([{ parcours_id: ana, change: 'put' }]);
  });
});

describe('somebody who is erased', () => {
  it('is taken out of what was told, and no trace of him stays', async () => {
    const bob = await idOf('bob');
    await run('changes');
    await run('ads');
    await run('table-of-changes');
    expect((await shop.run('profile erase external_id:bob --yes')).code).toBe(0);
    const changes = await run('changes');
    expect(jsonl(changes.artifacts[0] ?? '')).toContainEqual({ parcours_id: bob, change: 'remove' });
    expect(await run('table-of-changes')).toMatchObject({ removed: 1 });
    expect(
      await warehouse.withSession((session) => session.query('select 1 from crm.buyer where parcours_id = $1', [bob])),
    ).toEqual([]);
    const ads = await run('ads');
    expect(read(ads.artifacts.at(-1) ?? '')).toContain(hash('sha256', 'bob@mail.example', 'hex'));
    expect(await rows("select * from parcours.destination_gone where destination in ('changes', 'ads')")).toEqual([]);
    expect(await rows('select * from parcours.destination_row where profile_id = $1', [bob])).toEqual([]);
  });
});

describe('an erasure beside a delivery that waits for another system', () => {
  it('waits for it and holds nobody up meanwhile; then the other system is told', async () => {
    const cyd = await idOf('cyd');
    const session = await shop.store.session();
    let answer = () => {};
    isAsking = false;
    holding = new Promise((resolve) => {
      answer = resolve;
    });
    const delivering = deliverWith(session, 'hook', { isWhole: true });
    await eventually('the hook was asked', () => isAsking);
    const erasing = shop.run('profile erase external_id:cyd --yes');
    const waiting = `select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory'`;
    await eventually('the erasure waits', async () => (await rows(waiting)).length > 0);
    writeFileSync(join(shop.root, 'meanwhile.jsonl'), '{"id":"flo","country":"IT"}');
    expect((await shop.run('import people meanwhile.jsonl')).code).toBe(0);
    answer();
    expect(await delivering).toMatchObject({ state: 'done' });
    expect((await erasing).code).toBe(0);
    await session.close();
    asked.length = 0;
    await run('hook');
    expect(asked.flatMap(({ body }) => body.data.rows)).toContainEqual({ parcours_id: cyd, change: 'remove' });
    expect(await rows('select 1 from parcours.destination_row where profile_id = $1', [cyd])).toEqual([]);
  });
});

describe('parcours run', () => {
  it('delivers when somebody enters a segment or leaves it, and by the clock', async () => {
    const { code, err } = await (async () => {
      shop.write({
        'following.yaml': `kind: destination
id: followers
type: file
path: out/followers-{run}.csv
segment: locals
columns: { country: country }
when: membership
---
kind: destination
id: each-second
type: file
path: out/each-second.csv
columns: { country: country }
when: { cron: "* * * * * *" }
`,
      });
      return await shop.run('apply --yes');
    })();
    expect([code, err]).toEqual([0, '']);
    const ending = new AbortController();
    const engine = createEngine({ store: shop.store, clock: systemClock, root: shop.root, env });
    const ended = engine.runDaemon(ending.signal);
    const state = (id: string) =>
      rows<{ told: number; removed: number }>(
        `select told, removed from parcours.destination_run where destination = $1 and state = 'done' order by run_id`,
        [id],
      );
    try {
      await eventually('the clock came', async () => (await state('each-second')).length > 0);
      await tell([{ id: 'dee', country: 'CH' }]);
      await eventually('dee was told', async () => (await state('followers')).some(({ told }) => told === 1));
      await tell([{ id: 'dee', country: 'IT' }]);
      await eventually('she left', async () => (await state('followers')).some(({ removed }) => removed === 1));
      // Erased while the daemon follows: it learns of it from what erasure left behind, and forgets that once it was told.
      await tell([{ id: 'eve', country: 'CH' }]);
      const eve = await idOf('eve');
      const known = () =>
        rows(`select 1 from parcours.destination_row where destination = 'followers' and profile_id = $1`, [eve]);
      await eventually('eve was told', async () => (await known()).length > 0);
      const going = (await state('followers')).length;
      expect((await shop.run('profile erase external_id:eve --yes')).code).toBe(0);
      const gone = () => rows(`select 1 from parcours.destination_gone where destination = 'followers'`);
      await eventually('her going was told', async () => (await gone()).length === 0);
      expect((await state('followers')).slice(going)).toMatchObject([{ told: 0, removed: 1 }]);
      expect(await known()).toEqual([]);
    } finally {
      ending.abort();
      await ended;
    }
    expect((await shop.run('status', { env })).out).toMatch(/delivered\s+ads .*: done, /);

    // Held by hand, it is due and isn't delivered; let go, it is.
    const fires = async () =>
      (
        await rows<{ n: number; at: Date | null }>(
          `select count(*) as n, max(fire_at) as at from parcours.destination_run where destination = 'each-second'`,
        )
      )[0];
    expect((await shop.run('pause destination/each-second --why maintenance')).code).toBe(0);
    const before = await fires();
    const dueAt = (before?.at?.getTime() ?? 0) + 2_000;
    await eventually('it is due', () => systemClock.now().getTime() > dueAt);
    await shop.run('run --once', { env });
    expect(await fires()).toEqual(before);
    expect((await shop.run('resume destination/each-second')).code).toBe(0);
    await shop.run('run --once', { env });
    expect((await fires())?.n).toBe((before?.n ?? 0) + 1);
  });
});
