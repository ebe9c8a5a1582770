/**
 * One server for a run of the tests, in a folder of its own, with a template database that has every migration. Tests use copies of
 * it (`database-pool.ts`). It is the embedded server with fsync off, unless the environment says otherwise:
 *   PARCOURS_TEST_PG_BIN=/folder/with/initdb     other programs (`PG15=1` is short for Debian's PostgreSQL 15)
 *   PARCOURS_TEST_DATABASE_URL=postgres://…      a server that is there; the role must be allowed to create databases
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { ensureEmbedded, resetEmbedded } from '../../engine/store/embedded-server.ts';
import { migrate, migrationsFolder, readFiles, sealMigrations } from '../../engine/store/migrate.ts';
import { onDatabase } from '../../engine/store/on-database.ts';
import { isAlive } from '../../engine/store/postmaster.ts';
import { createDatabase, dropDatabase } from '../../engine/store/queries.ts';
import { type ConnectionConfig, openSession } from '../../engine/store/session.ts';
import { saveSeeds } from './database-pool.ts';
import { memoryFolder, memoryRoot } from './memory-folder.ts';
import { isWhole } from './proof.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** How to connect to the test server, as someone who may create databases. */
    readonly testServer: { readonly connection: ConnectionConfig; readonly template: string };
  }
}

const debian15 = '/usr/lib/postgresql/15/bin';
const onDisk = fileURLToPath(new URL('../../.parcours/test/', import.meta.url));
/** Of this user alone: whoever else runs tests here can't write there. */
const inMemory = join(memoryRoot, `parcours-test-${process.getuid?.()}`);
const watchFile = fileURLToPath(new URL('../../dist/store/idle-watch.js', import.meta.url));
const template = `parcours_template_${process.pid}`;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.env.UPDATE_GOLDEN) writeFileSync(new URL('checksums.txt', migrationsFolder), sealMigrations(readFiles()));
  const url = process.env.PARCOURS_TEST_DATABASE_URL;
  const folder = join(runsFolder(), String(process.pid));
  const connection: ConnectionConfig = url ? { connectionString: url } : await startServer(folder);
  await makeTemplate(connection);
  project.provide('testServer', { connection, template });
  return async () => {
    if (url) await withClient(connection, dropAll);
    else await removeServer(folder);
  };
}

async function startServer(folder: string): Promise<ConnectionConfig> {
  await removeOrphans();
  mkdirSync(folder, { recursive: true });
  const binDir = process.env.PARCOURS_TEST_PG_BIN ?? (process.env.PG15 ? debian15 : undefined);
  // Tests of the usual size leave nothing that is worth cleaning.
  const autovacuum = isWhole ? 'on' : 'off';
  const settings = {
    ...{
      fsync: 'off',
      full_page_writes: 'off',
      synchronous_commit: 'off',
      max_connections: '200',
      max_wal_size: '512MB',
    },
    autovacuum,
  };
  // The built watch starts faster; an old one will do.
  const watch = existsSync(watchFile) ? { watchFile } : {};
  return ensureEmbedded(folder, { ...(binDir ? { binDir } : {}), settings, idleStopMs: 600_000, ...watch });
}

/** What runs that were killed left behind: their folders are named after their process. */
async function removeOrphans(): Promise<void> {
  for (const runs of [onDisk, inMemory]) {
    if (!existsSync(runs)) continue;
    for (const folder of readdirSync(runs)
      .filter((name) => !isAlive(Number(name)))
      .map((name) => join(runs, name))) {
      await removeServer(folder).catch((error: unknown) => {
        // Gone: a run of another checkout removed it.
        if (existsSync(folder)) throw error;
      });
    }
  }
}

function runsFolder(): string {
  return memoryFolder() === null ? onDisk : inMemory;
}

async function removeServer(folder: string): Promise<void> {
  await resetEmbedded(folder);
  rmSync(folder, { recursive: true, force: true });
}

async function makeTemplate(connection: ConnectionConfig): Promise<void> {
  await withClient(connection, async (client) => {
    await dropDatabase(client, template);
    await createDatabase(client, template);
  });
  const session = await openSession(onDatabase(connection, template));
  // A seal that is out of date is one failing test (`migrate.test.ts`), not all of them.
  await migrate(session, readFiles());
  await saveSeeds(session.client);
  await session.close();
}

/** The template and what was made of it. */
async function dropAll(client: pg.Client): Promise<void> {
  const { rows } = await client.query('select datname as name from pg_database where starts_with(datname, $1)', [
    template,
  ]);
  for (const { name } of rows as { readonly name: string }[]) await dropDatabase(client, name);
}

async function withClient(connection: ConnectionConfig, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ ...connection });
  await client.connect();
  await work(client);
  await client.end();
}
