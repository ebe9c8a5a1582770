/** How a store is found, and what is said when it can't be. One server, with a role that needs a password. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddedPlace } from '../../engine/store/embedded-place.ts';
import { ensureEmbedded } from '../../engine/store/embedded-server.ts';
import { loadMigrations } from '../../engine/store/migrate.ts';
import { openStore } from '../../engine/store/open-store.ts';
import { openSession } from '../../engine/store/session.ts';
import { type EmbeddedFolder, embeddedFolder, quickServer } from '../support/embedded-folder.ts';

describe('openStore', () => {
  let folder: EmbeddedFolder;
  let socketDir: string;
  beforeAll(async () => {
    folder = embeddedFolder();
    const connection = await ensureEmbedded(folder.root, await quickServer());
    socketDir = connection.host ?? '';
    const { dataDir } = await embeddedPlace(folder.root);
    const file = join(dataDir, 'pg_hba.conf');
    writeFileSync(file, `local all secretive scram-sha-256\nlocal all banned reject\n${readFileSync(file, 'utf8')}`);
    const session = await openSession(connection);
    await session.script(
      `create role secretive login password 'right:horse'; create role banned login; create role plain login`,
    );
    await session.script("create database ascii encoding 'SQL_ASCII' template template0");
    await session.query('select pg_reload_conf()');
    await session.close();
  });
  afterAll(() => folder.remove());

  function urlOf(role: string, database = 'parcours'): string {
    return `postgres://${role}@localhost/${database}?host=${encodeURIComponent(socketDir)}`;
  }

  async function failure(url: string, migrate = true): Promise<{ code: string; message: string; all: string }> {
    const error = await openStore({ root: folder.root, env: { DATABASE_URL: url }, migrate }).then(
      () => ({ code: 'none', message: '' }),
      (thrown: Error & { code: string }) => thrown,
    );
    return { code: error.code, message: error.message, all: inspect(error, { depth: 10 }) };
  }

  test('refuses to use an empty store when it may not migrate, and migrates it when it may', async () => {
    expect(await failure(urlOf('parcours'), false)).toMatchObject({
      code: 'STORE_EMPTY',
      message: 'The store is empty. Run `parcours apply` first.',
    });
    const store = await openStore({ root: folder.root, env: {} });
    const rows = await store.withSession((session) => session.query('select max(number) as number from migration'));
    expect(rows).toEqual([{ number: loadMigrations().length }]);
    expect(await failure(urlOf('parcours'), false)).toMatchObject({ code: 'none' });
  });

  test('migrates once when several open an empty store at once', async () => {
    const other = embeddedFolder();
    const options = { root: other.root, env: {}, embedded: await quickServer() };
    const stores = await Promise.all([1, 2, 3].map(() => openStore(options)));
    expect(await stores[2]?.withSession((session) => session.query('select count(*) as n from lane'))).toEqual([
      { n: 1024 },
    ]);
    await other.remove();
  });

  test('says that the password is wrong without telling it', async () => {
    const found = await failure(urlOf('secretive:wrong-horse'));
    expect(found).toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('refused the password of role secretive'),
    });
    expect(found.all).not.toContain('wrong-horse');
  });

  test('says that a password is missing', async () => {
    expect(await failure(urlOf('secretive'))).toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('asks for a password of role secretive'),
    });
  });

  test('names the role that does not exist or is kept out, the database that is not there, and the right that is missing', async () => {
    expect(await failure(urlOf('nobody_here'))).toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('does not let role nobody_here in'),
    });
    expect(await failure(urlOf('banned'))).toMatchObject({ code: 'STORE_REFUSED' });
    expect(await failure(urlOf('parcours', 'nowhere'))).toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('has no database nowhere'),
    });
    expect(await failure(urlOf('plain', 'postgres'))).toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('Grant it'),
    });
  });

  test('refuses a database that can not hold every name', async () => {
    expect(await failure(urlOf('parcours', 'ascii'))).toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('SQL_ASCII'),
    });
  });

  test('says that no server answers, and where', async () => {
    expect(await failure('postgres://someone:pass-phrase@127.0.0.1:1/shop')).toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining('127.0.0.1:1'),
    });
    expect(await failure('postgres://someone@localhost/shop?host=/no/such/folder')).toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining('no socket'),
    });
    expect((await failure('postgres://someone:pass-phrase@no-such-host.invalid/shop')).all).not.toContain(
      'pass-phrase',
    );
  });

  test.each([
    'mysql://root:pass-phrase@localhost/shop',
    'postgres://some:pass-phrase%@[::bad/x',
    'pass-phrase',
    'postgres://a:pass-phrase@host:notaport/x',
  ])('refuses an address that is none without repeating it (%#)', async (url) => {
    const found = await failure(url);
    expect(found).toMatchObject({ code: 'STORE_UNREACHABLE', message: expect.stringContaining('DATABASE_URL is not') });
    expect(found.all).not.toContain('pass-phrase');
  });

  test('leaves no personal data in the log of the server', async () => {
    const store = await openStore({ root: folder.root, env: {} });
    const insert = "insert into identifier values ('email', $1, 1, 1)";
    await store.withSession(async (session) => {
      await session.query(insert, ['ada@shop.example']);
      await expect(session.query(insert, ['ada@shop.example'])).rejects.toMatchObject({ code: '23505' });
      await expect(session.script("select 'ada@shop.example' from nowhere")).rejects.toThrow();
    });
    const { dataDir } = await embeddedPlace(folder.root);
    const log = readFileSync(join(dataDir, 'server.log'), 'utf8');
    expect(log).toContain('duplicate key');
    expect(log).not.toContain('ada@');
  });
});
