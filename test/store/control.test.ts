/** What `parcours store start | stop | status | reset` do. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resetStore, startStore, stopStore, storeStatus } from '../../engine/store/control.ts';
import type { EmbeddedOptions } from '../../engine/store/embedded-server.ts';
import { loadMigrations } from '../../engine/store/migrate.ts';
import { openStore } from '../../engine/store/open-store.ts';
import { isRoot } from '../../engine/store/run-as.ts';
import { databaseUrl } from '../examples/database-url.ts';
import { type EmbeddedFolder, embeddedFolder, quickServer } from '../support/embedded-folder.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

describe('the control of an embedded store', () => {
  let folder: EmbeddedFolder;
  let target: { root: string; env: Record<string, string>; embedded: EmbeddedOptions };
  beforeAll(async () => {
    folder = embeddedFolder();
    target = { root: folder.root, env: {}, embedded: await quickServer() };
  });
  afterAll(() => folder.remove());

  test('looks without starting anything', async () => {
    expect(await storeStatus(target)).toMatchObject({ kind: 'embedded', isRunning: false, pid: null, server: null });
    expect(await stopStore(target)).toBe('not_running');
  });

  test('starts, and tells where everything is', async () => {
    const status = await startStore(target);
    expect(status).toMatchObject({
      kind: 'embedded',
      isRunning: true,
      isRelocated: false,
      programMigration: loadMigrations().length,
      server: { database: 'parcours', role: 'parcours', migration: loadMigrations().length, sessions: 0 },
    });
    if (status.kind !== 'embedded') throw new Error('not embedded');
    expect(
      [status.dataDir, status.binDir, status.socketDir, status.logFile].map((path) => existsSync(path ?? '')),
    ).toEqual([true, true, true, true]);
    expect(status.user === null).toBe(!isRoot());
    expect(status.server?.version).toMatch(/^1[5-9]|^2/);
    expect(status.server?.sizeBytes).toBeGreaterThan(1_000_000);
  });

  test('does not delete a store that is in use, unless forced', async () => {
    const store = await openStore(target);
    const session = await store.session();
    await session.query("insert into suppression values ('\\x03', 'test', '2026-01-01')");
    await expect(resetStore(target)).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      message: expect.stringContaining(`parcours process ${process.pid}`),
    });
    await resetStore(target, { force: true });
    await expect(session.query('select 1')).rejects.toThrow();
    await session.close().catch(() => {});
    expect(await storeStatus(target)).toMatchObject({ isRunning: false });
    expect(await store.withSession((again) => again.query('select 1 as one'))).toEqual([{ one: 1 }]);
    const fresh = await openStore(target);
    expect(await fresh.withSession((again) => again.query('select count(*) as n from suppression'))).toEqual([
      { n: 0 },
    ]);
  });

  test('stops, keeps the data, and resets what is stopped', async () => {
    expect(await stopStore(target)).toBe('stopped');
    const status = await storeStatus(target);
    expect(status.kind === 'embedded' && existsSync(status.dataDir)).toBe(true);
    await resetStore(target);
    expect(status.kind === 'embedded' && existsSync(status.dataDir)).toBe(false);
  });
});

describe('the control of a server that DATABASE_URL names', () => {
  let given: TestStore;
  let target: { root: string; env: Record<string, string> };
  beforeAll(async () => {
    given = await testStore();
    target = { root: 'nowhere', env: { DATABASE_URL: databaseUrl(given.connection) } };
  });
  afterAll(() => given.drop());

  test('tells of the server, and leaves starting and stopping to its owner', async () => {
    expect(await startStore(target)).toMatchObject({ kind: 'server', server: { migration: loadMigrations().length } });
    expect(await stopStore(target)).toBe('not_ours');
    expect(await storeStatus(target)).toMatchObject({ kind: 'server' });
  });

  test('resets by dropping the schema, only when forced, and not while its tables are held', async () => {
    await expect(resetStore(target)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    const store = await openStore(target);
    await store.withSession((session) =>
      session.transaction(async (inside) => {
        await inside.query('select from lane limit 1');
        await expect(resetStore(target, { force: true, lockTimeoutMs: 100 })).rejects.toMatchObject({
          code: 'STORE_LOCKED',
        });
      }),
    );
    await resetStore(target, { force: true });
    expect(await storeStatus(target)).toMatchObject({ server: { migration: 0 } });
  });
});
