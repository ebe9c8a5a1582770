/** Files into a real store: what is in the inbox, who is known, what a second import changes. Reading alone: readers.test.ts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jumpingClock } from '../../engine/clock/clock.ts';
import type { Fact } from '../../engine/profiles/fact.ts';
import { findProfile } from '../../engine/profiles/find-profile.ts';
import { type ImportRequest, type ImportSummary, importFile } from '../../engine/profiles/import-file.ts';
import { insertIdentifiers } from '../../engine/profiles/queries.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { cdnow, declared, fileOf, jsonl, purchases, reading, sourceOf } from './sources.ts';

const noon = new Date('2026-03-01T12:00:00Z');
let store: TestStore;
let session: OwnSession;

beforeAll(async () => {
  store = await testStore();
  session = await store.session();
});
afterAll(async () => {
  await session.close();
  await store.drop();
});

function importOf(path: string, sourceId: string, options: Partial<ImportRequest> = {}): Promise<ImportSummary> {
  return importFile({
    ...{ session, sourceId, source: purchases, declared, path, clock: jumpingClock(noon), trigger: false },
    // What each row became is read from the inbox; history in the lanes: history.test.ts.
    ...{ rejectsPath: null, through: 'inbox' },
    ...options,
  });
}

interface InboxRow {
  readonly lane: number;
  readonly profile_id: number;
  readonly class: number;
  readonly kind: string;
  readonly visible_at: Date;
  readonly body: Fact;
}

function inboxOf(sourceId: string): Promise<InboxRow[]> {
  return session.query<InboxRow>(
    `select lane, profile_id, class, kind, visible_at, body from parcours.inbox where body->>'source' = $1 order by seq`,
    [sourceId],
  );
}

/** Everything that an import may change, as one text. */
async function footprint(): Promise<string> {
  const tables = ['inbox', 'profile', 'identifier', 'seen_message'];
  let all = '';
  for (const table of tables) {
    const rows = await session.query(`select md5(string_agg(t::text, '' order by t::text)) from parcours.${table} t`);
    all += JSON.stringify(rows);
  }
  return all;
}

async function orphans(): Promise<number> {
  const rows = await session.query(
    `select 1 from parcours.profile p where not exists
      (select 1 from parcours.identifier i where i.lane = p.lane and i.profile_id = p.profile_id)`,
  );
  return rows.length;
}

describe('a file of purchases', () => {
  test('becomes facts in the lanes of new profiles, in the order of the file', async () => {
    const path = fileOf(
      'id,email,at,total\n1, Ana@Example.org ,2026-01-02T10:00:00Z,29.33\n1,,2026-01-01,0.1\n2,,2026-01-03,7\n',
    );
    const summary = await importOf(path, 'order');
    expect(summary).toMatchObject({ rows: 3, facts: 3, duplicates: 0, rejected: 0, newProfiles: 2, ambiguous: 0 });
    expect(summary.bytes).toBe(readFileSync(path).length);
    const rows = await inboxOf('order');
    expect(rows.map((row) => row.body.event?.value)).toEqual([2933, 10, 700]);
    expect(rows[0]!.body).toEqual({
      at: Date.parse('2026-01-02T10:00:00Z'),
      received: noon.getTime(),
      source: 'order',
      trigger: false,
      isNew: true,
      since: Date.parse('2026-01-01T03:00:00Z'),
      event: { type: 'purchase', value: 2933, unit: 'USD', properties: { total: { amount: 2933, currency: 'USD' } } },
    });
    // A day without offset begins at midnight of the workspace's zone.
    expect(rows[1]!.body.at).toBe(Date.parse('2026-01-01T03:00:00Z'));
    expect(rows[0]!.profile_id).toBe(rows[1]!.profile_id);
    for (const row of rows) {
      expect(row).toMatchObject({ class: 4, kind: 'fact', visible_at: noon, lane: row.profile_id % 1024 });
    }
    expect(await findProfile(session, 'email:ana@example.org')).toEqual(await findProfile(session, 'external_id:1'));
  });

  test('changes nothing when it is imported again', async () => {
    const path = fileOf('id,email,at,total\n11,,2026-01-01,1\n12,,2026-01-01,2\n');
    await importOf(path, 'twice');
    const before = await footprint();
    expect(await importOf(path, 'twice')).toMatchObject({ rows: 2, facts: 0, duplicates: 2, newProfiles: 0 });
    expect(await footprint()).toBe(before);
  });

  test('counts two equal rows as two, once', async () => {
    const path = fileOf('id,email,at,total\n21,,2026-01-01,1\n21,,2026-01-01,1\n');
    expect(await importOf(path, 'equal')).toMatchObject({ facts: 2, newProfiles: 1 });
    expect(await importOf(path, 'equal')).toMatchObject({ facts: 0, duplicates: 2 });
    const longer = fileOf('id,email,at,total\r\n21,,2026-01-01,1\r\n21,,2026-01-01,1\r\n21,,2026-01-01,1\r\n');
    expect(await importOf(longer, 'equal')).toMatchObject({ facts: 1, duplicates: 2 });
  });

  test('takes the declared message id before the content', async () => {
    const source = { ...purchases, messageId: ['id', 'at'] };
    const path = fileOf('id,email,at,total\n31,,2026-01-01,1\n31,,2026-01-01,2\n31,,2026-01-02,2\n');
    expect(await importOf(path, 'declared', { source })).toMatchObject({ facts: 2, duplicates: 1 });
  });

  test('is live when it may trigger', async () => {
    await importOf(fileOf('id,email,at,total\n41,,2026-01-01,1\n'), 'live', { trigger: true });
    expect((await inboxOf('live'))[0]).toMatchObject({ class: 1, body: { trigger: true } });
  });

  test('lists its rejects by line, reason and columns, without values', async () => {
    const rows = ['51,,2026-01-01,1', '52,,2026-13-01,1', ',,2026-01-01,1', '53,,2026-01-01,lots', '54,,2026-01-01'];
    const path = fileOf(`id,email,at,total\n${rows.join('\n')}\n"55"x,,2026-01-01,1\n56,,2026-01-01,3\n`);
    const rejectsPath = join(dirname(path), 'rejects.jsonl');
    const summary = await importOf(path, 'rejects', { rejectsPath });
    expect(summary).toMatchObject({ rows: 7, facts: 2, rejected: 5, newProfiles: 2 });
    const rejects = readFileSync(rejectsPath, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rejects.map(({ line, columns }) => [line, columns])).toEqual([
      [3, ['at']],
      [4, ['id', 'email']],
      [5, ['total']],
      [6, []],
      [7, []],
    ]);
    expect(JSON.stringify(rejects)).not.toMatch(/lots|2026-13|"55/);
    expect(readdirSync(dirname(path)).sort()).toEqual(['rejects.jsonl', 'rows.txt']);
    await importOf(fileOf('id,email,at,total\n'), 'rejects', { rejectsPath });
    expect(existsSync(rejectsPath)).toBe(false);
  });

  test('says when its rejects can not be written', async () => {
    const path = fileOf('id,email,at,total\n57,,2026-01-01,1\n58,,never,1\n');
    const rejectsPath = join(dirname(path), 'missing', 'rejects.jsonl');
    await expect(importOf(path, 'unwritable', { rejectsPath })).rejects.toMatchObject({
      code: 'IMPORT_REJECTS',
      message: expect.stringContaining('ENOENT. Rows imported before that stay: 1.'),
    });
  });

  test('waits for the time of a future fact when the source says so, and else sets it back', async () => {
    const path = fileOf('id,email,at,total\n61,,2027-01-01T00:00:00Z,1\n');
    await importOf(path, 'clamp');
    expect((await inboxOf('clamp'))[0]).toMatchObject({ visible_at: noon, body: { at: noon.getTime() } });
    await importOf(path, 'wait', { source: { ...purchases, future: 'wait' } });
    const then = new Date('2027-01-01T00:00:00Z');
    expect((await inboxOf('wait'))[0]).toMatchObject({
      visible_at: then,
      body: { at: then.getTime(), received: then.getTime() },
    });
  });

  test('gives a row that knows two people to the most trusted identifier, and says so', async () => {
    await importOf(
      fileOf('id,email,at,total\n71,a71@example.org,2026-01-01,1\n72,b72@example.org,2026-01-01,1\n'),
      'trust',
    );
    const clash = fileOf('id,email,at,total\n71,b72@example.org,2026-01-02,1\n,b72@example.org,2026-01-03,1\n');
    expect(await importOf(clash, 'trust')).toMatchObject({ facts: 2, newProfiles: 0, ambiguous: 1 });
    const people = (await inboxOf('trust')).map((row) => row.profile_id);
    expect(people[2]).toBe(people[0]);
    expect(people[3]).toBe(people[1]);
  });

  test('wakes the workers after the commit', async () => {
    const listener = await store.session();
    await listener.script('listen parcours_inbox');
    const woken = new Promise((resolve) => listener.client.once('notification', resolve));
    await importOf(fileOf('id,email,at,total\n81,,2026-01-01,1\n'), 'wake');
    await woken;
    await listener.close();
  });
});

describe('two imports at once', () => {
  test('of the same file leave every row and every person once', async () => {
    const lines = Array.from({ length: 9000 }, (_, i) => `r${i % 3000},r${i % 1000}@example.org,2026-01-01,${i}`);
    const path = fileOf(`id,email,at,total\n${lines.join('\n')}\n`);
    const others = await Promise.all([store.session(), store.session(), store.session()]);
    const summaries = await Promise.all(others.map((session) => importOf(path, 'race', { session })));
    await Promise.all(others.map((other) => other.close()));
    const total = (key: 'facts' | 'duplicates' | 'newProfiles') => summaries.reduce((sum, one) => sum + one[key], 0);
    expect([total('facts'), total('duplicates')]).toEqual([9000, 18_000]);
    expect(new Set((await inboxOf('race')).map((row) => row.profile_id)).size).toBe(total('newProfiles'));
    expect(await orphans()).toBe(0);
  });

  test('of different files about the same people create each person once', async () => {
    const ids = Array.from({ length: 6000 }, (_, i) => i);
    const file = (order: readonly number[], day: string) =>
      fileOf(`id,email,at,total\n${order.map((i) => `s${i},s${i}@example.org,${day},1`).join('\n')}\n`);
    const paths = [file(ids, '2026-01-01'), file([...ids].reverse(), '2026-01-02')];
    const others = await Promise.all(paths.map(() => store.session()));
    const summaries = await Promise.all(paths.map((path, i) => importOf(path, 'same-people', { session: others[i]! })));
    await Promise.all(others.map((other) => other.close()));
    expect(summaries.map((one) => one.facts)).toEqual([6000, 6000]);
    expect(summaries[0]!.newProfiles + summaries[1]!.newProfiles).toBe(6000);
    const people = new Map<number, number>();
    for (const row of await inboxOf('same-people')) people.set(row.profile_id, (people.get(row.profile_id) ?? 0) + 1);
    expect(people.size).toBe(6000);
    expect(new Set(people.values())).toEqual(new Set([2]));
    expect(await orphans()).toBe(0);
  });
});

describe('a file that can not be read', () => {
  test('is refused when it is missing, or a directory', async () => {
    await expect(importOf('nowhere/purchases.csv', 'bad')).rejects.toMatchObject({
      code: 'IMPORT_NOT_FOUND',
      message: 'There is no file `nowhere/purchases.csv`. Nothing was imported.',
    });
    await expect(importOf(dirname(fileOf('')), 'bad')).rejects.toMatchObject({ code: 'IMPORT_UNREADABLE' });
  });

  test('is refused when its header lacks a column, with the near one', async () => {
    await expect(importOf(fileOf('id,e-mail,at,total\n'), 'bad')).rejects.toMatchObject({
      code: 'IMPORT_COLUMNS',
      message: expect.stringContaining('There is no column `email` (did you mean `e-mail`?).'),
    });
  });

  test('keeps the batches before the mistake, says so, and goes on after the repair', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `t${i},,2026-01-01,1.25`);
    const good = Buffer.from(`id,email,at,total\n${lines.join('\n')}\n`);
    const bad = Buffer.concat([good, Buffer.from([0x74, 0xff, 0x0a])]);
    const path = fileOf(bad);
    const rejectsPath = join(dirname(path), 'rejects.jsonl');
    const error = await importOf(path, 'repair', { rejectsPath }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'IMPORT_ENCODING', line: 20_002 });
    const kept = Number(/before that stay: (\d+)/.exec(String(error))?.[1]);
    expect(kept).toBeGreaterThan(0);
    expect((await inboxOf('repair')).length).toBe(kept);
    expect(readdirSync(dirname(path))).toEqual(['rows.txt']);
    expect(await importOf(fileOf(good), 'repair')).toMatchObject({ facts: 20_000 - kept, duplicates: kept });
  });
});

describe('rows of traits and consents', () => {
  test('carry them in their stored form, null forgets, an empty cell says nothing', async () => {
    const source = sourceOf({
      format: jsonl,
      traits: [
        { trait: 'first_name', type: 'text', from: reading('name.first') },
        { trait: 'country', type: 'enum', from: reading('country') },
        { trait: 'registered_at', type: 'datetime', from: reading('since', { format: 'epoch-s' }) },
        { trait: 'zone', type: 'text', from: reading('zone') },
      ],
      consents: [
        { purpose: 'marketing', channel: 'email', column: 'mail' },
        { purpose: 'research', channel: null, column: 'any' },
      ],
    });
    const lines = [
      {
        id: 91,
        name: { first: ' Ana ' },
        country: 'AR',
        since: 1_700_000_000,
        zone: 'America/Lima',
        mail: true,
        any: 'no',
      },
      { id: 92, name: { first: null }, country: '' },
      { id: 93, name: { first: 'test' } },
      { id: 94, country: 'XX' },
      { id: 95, zone: 'Middle/Earth' },
      { id: 96, mail: 'perhaps' },
    ];
    const path = fileOf(lines.map((line) => JSON.stringify(line)).join('\n'));
    expect(await importOf(path, 'traits', { source })).toMatchObject({ facts: 3, rejected: 3 });
    const bodies = (await inboxOf('traits')).map((row) => row.body);
    expect(bodies[0]).toEqual({
      ...{ at: noon.getTime(), received: noon.getTime(), source: 'traits', trigger: false, isNew: true },
      traits: { first_name: 'Ana', country: 'AR', registered_at: 1_700_000_000_000, zone: 'America/Lima' },
      consents: [
        { purpose: 'marketing', channel: 'email', state: 'granted' },
        { purpose: 'research', channel: '*', state: 'denied' },
      ],
    });
    expect(bodies[1]!.traits).toEqual({ first_name: null });
    expect(bodies[2]!.traits).toBeUndefined();
  });
});

describe('the CDNOW sample', () => {
  test('gives 2,357 profiles and 6,919 purchases, exact to the cent', async ({ annotate }) => {
    const path = process.env.CDNOW_FILE ?? '../shared/data/cdnow-sample.txt';
    // A path that was given must be there; a clone without the file runs on rows of the same shape.
    const isReal = process.env.CDNOW_FILE !== undefined || existsSync(path);
    if (!isReal) await annotate('without the CDNOW file: ran on generated purchases');
    const lines = isReal ? readFileSync(path, 'utf8') : generatedPurchases();
    const rows = lines
      .split('\r\n')
      .filter((line) => line.trim() !== '')
      .map((line) => line.trim().split(/\s+/));
    const cents = rows.reduce((sum, row) => sum + Math.round(Number(row[4]) * 100), 0);
    const customers = new Set(rows.map((row) => row[0])).size;
    if (isReal) expect([rows.length, customers]).toEqual([6919, 2357]);

    const own = await testStore();
    const fresh = await own.session();
    const summary = await importOf(fileOf(lines), 'cdnow', { source: cdnow, session: fresh });
    expect(summary).toMatchObject({ facts: rows.length, rejected: 0, newProfiles: customers });
    const [stored] = await fresh.query<Record<string, number>>(
      `select (select count(*) from parcours.profile) as profiles, count(*) as facts,
        sum((body->'event'->>'value')::bigint)::bigint as cents from parcours.inbox`,
    );
    expect(stored).toEqual({ profiles: customers, facts: rows.length, cents });
    expect(await importOf(fileOf(lines), 'cdnow', { source: cdnow, session: fresh })).toMatchObject({ facts: 0 });
    await fresh.close();
    await own.drop();
  });
});

/** The same shape for clones that don't have the file: 300 customers, 900 purchases, some of them equal. */
function generatedPurchases(): string {
  const line = (i: number) =>
    ` ${String(i % 300).padStart(5, '0')} ${i % 300} 1997${String((i % 9) + 1).padStart(2, '0')}07  ${i % 4} ${i % 50}.${10 + (i % 89)}`;
  return Array.from({ length: 900 }, (_, i) => `${line(i)}\r\n`).join('');
}

describe('history that goes straight into lanes', () => {
  const linesOf = (letter: string) =>
    Array.from({ length: 5000 }, (_, i) => `${letter}${i % 1500},${letter}${i % 500}@lanes.example,2026-01-01,${i}`);
  const lines = linesOf('l');
  const fileAs = (rows: readonly string[]) => fileOf(`id,email,at,total\n${rows.join('\n')}\n`);
  const eventsOf = async (sourceId: string) => {
    const [row] = await session.query<{ n: number; differing: number }>(
      `select count(*) as n, count(distinct (profile_id, value)) as differing from parcours.event where source = $1`,
      [sourceId],
    );
    return row;
  };
  const named = () =>
    session.query(
      `select count(*) as names, count(distinct (type, value)) as differing from parcours.identifier
       where value ~ '^m[0-9]+(@lanes.example)?$'`,
    );

  // While somebody is at work batches are smaller, so that a few thousand rows are several.
  beforeAll(() =>
    session.query(
      `insert into parcours.worker (worker_id, kind, started_at, beat_at, host, pid) values ('busy', 'worker', $1, $1, 'here', 1)`,
      [noon],
    ),
  );

  test('is there once when the connection ends in the middle, and the file is imported again', async () => {
    const path = fileAs([...lines, 'l-last,,2026-01-01,5000']);
    const [ending, other] = [await store.session(), await store.session()];
    const [{ pid } = { pid: 0 }] = await ending.query<{ pid: number }>('select pg_backend_pid() as pid');
    // The last batch waits for somebody who names its last person, and is cut off there.
    await other.script('begin');
    await insertIdentifiers(
      other,
      [{ type: 'external_id', value: 'l-last' }],
      [{ lane: 1, profileId: 1_000_001 * 1024 + 1 }],
    );
    const cut = importOf(path, 'cut', { session: ending, through: 'lanes' });
    cut.catch(() => {});
    const waiting = `select 1 from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'`;
    while ((await session.query(waiting, [pid])).length === 0);
    await session.query('select pg_terminate_backend($1)', [pid]);
    await expect(cut).rejects.toThrow();
    await other.script('rollback');
    await other.close();
    await ending.close().catch(() => {});
    const before = (await eventsOf('cut'))?.n ?? 0;
    expect(before).toBeGreaterThan(0);
    const rest = await importOf(path, 'cut', { through: 'lanes' });
    expect([rest.facts, rest.duplicates]).toEqual([lines.length + 1 - before, before]);
    expect(await eventsOf('cut')).toEqual({ n: lines.length + 1, differing: lines.length + 1 });
    expect(await importOf(path, 'cut', { through: 'lanes' })).toMatchObject({ facts: 0, duplicates: lines.length + 1 });
  });

  test('is there once when three import it at once, with people whom all of them meet first', async () => {
    const path = fileAs(linesOf('m'));
    const others = await Promise.all([store.session(), store.session(), store.session()]);
    const summaries = await Promise.all(
      others.map((own) => importOf(path, 'lanes-race', { session: own, through: 'lanes' })),
    );
    await Promise.all(others.map((other) => other.close()));
    const total = (key: 'facts' | 'duplicates') => summaries.reduce((sum, one) => sum + one[key], 0);
    expect([total('facts'), total('duplicates')]).toEqual([lines.length, 2 * lines.length]);
    expect(await eventsOf('lanes-race')).toEqual({ n: lines.length, differing: lines.length });
    const [names] = await named();
    expect(names).toEqual({ names: 2000, differing: 2000 });
    expect(await orphans()).toBe(0);
  });
});
