/** The embedded server's life: start, reuse, death, idleness. Each describe has a server of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { embeddedPlace } from '../../engine/store/embedded-place.ts';
import { ensureEmbedded, stopEmbedded } from '../../engine/store/embedded-server.ts';
import { openStore } from '../../engine/store/open-store.ts';
import { isAlive, readPostmaster } from '../../engine/store/postmaster.ts';
import { isRoot } from '../../engine/store/run-as.ts';
import { openSession } from '../../engine/store/session.ts';
import { type EmbeddedFolder, embeddedFolder, quickServer, until } from '../support/embedded-folder.ts';

const quick = await quickServer();
const program = fileURLToPath(new URL('programs/hold-store.js', import.meta.url));

/** Another process that opens the store of `root`; resolves with its server's process number. */
async function hold(root: string): Promise<{ child: ChildProcess; server: number }> {
  const child = spawn(process.execPath, [program, root], { stdio: ['pipe', 'pipe', 'inherit'] });
  const server = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve(Number(line.toString())));
    child.once('exit', (code) => reject(new Error(`The holder ended with ${code}.`)));
  });
  return { child, server };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

async function serverOf(root: string): Promise<number | undefined> {
  return readPostmaster((await embeddedPlace(root)).dataDir)?.pid;
}

describe('an embedded server', () => {
  let folder: EmbeddedFolder;
  beforeAll(() => {
    folder = embeddedFolder();
  });
  afterAll(() => folder.remove());

  test('is one, whoever starts it: three processes and this one at once', async () => {
    const [ours, ...theirs] = await Promise.all([
      ensureEmbedded(folder.root, quick).then(() => serverOf(folder.root)),
      ...[1, 2, 3].map(() => hold(folder.root)),
    ]);
    expect(theirs.map((holder) => holder.server)).toEqual([ours, ours, ours]);
    for (const { child } of theirs) await end(child, 'SIGKILL');
    expect(readdirSync(join(folder.root, '.parcours'))).toEqual(['pg']);
  });

  test('outlives the killed process that used it, and is reused', async () => {
    const { child, server } = await hold(folder.root);
    await end(child, 'SIGKILL');
    const store = await openStore({ root: folder.root, env: {}, embedded: quick });
    expect(await serverOf(folder.root)).toBe(server);
    await store.withSession((session) =>
      session.query("insert into suppression values ('\\x02', 'kept', '2026-01-01')"),
    );
  });

  test('listens on a private socket only, keeps fsync unless told, and holds UTF8 in C order', async () => {
    const connection = await ensureEmbedded(folder.root, quick);
    expect(statSync(connection.host ?? '').mode & 0o777).toBe(0o700);
    const session = await openSession(connection);
    const rows = await session.query(
      `select current_setting('listen_addresses') as listens, current_setting('server_encoding') as encoding,
         current_setting('TimeZone') as zone, (select datcollate from pg_database where datname = current_database()) as collation`,
    );
    await session.close();
    expect(rows).toEqual([{ listens: '', encoding: 'UTF8', zone: 'UTC', collation: 'C' }]);
  });

  test('starts again after its postmaster was killed, with all that was committed', async () => {
    const before = (await serverOf(folder.root)) ?? 0;
    process.kill(before, 'SIGKILL');
    await until('the postmaster is dead', async () => (await serverOf(folder.root)) === undefined);
    const store = await openStore({ root: folder.root, env: {}, embedded: quick });
    expect(await serverOf(folder.root)).not.toBe(before);
    expect(await store.withSession((session) => session.query('select reason from suppression'))).toEqual([
      { reason: 'kept' },
    ]);
  });

  test('is not hindered by a pid file whose number another program has now', async () => {
    const { dataDir } = await embeddedPlace(folder.root);
    const text = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8');
    await stopEmbedded(folder.root);
    writeFileSync(join(dataDir, 'postmaster.pid'), text.replace(/^\d+/, String(process.ppid)));
    await ensureEmbedded(folder.root, quick);
    expect(await serverOf(folder.root)).not.toBe(process.ppid);
  });

  test('is not hindered by a lock file that a killed process left', async () => {
    await stopEmbedded(folder.root);
    const { lockFile } = await embeddedPlace(folder.root);
    const { child } = await hold(folder.root);
    await end(child, 'SIGKILL');
    await stopEmbedded(folder.root);
    writeFileSync(lockFile, String(child.pid));
    await ensureEmbedded(folder.root, quick);
    expect(existsSync(lockFile)).toBe(false);
  });

  test('is started anew when its socket was swept away', async () => {
    const { host = '' } = await ensureEmbedded(folder.root, quick);
    rmSync(host, { recursive: true });
    const session = await openSession(await ensureEmbedded(folder.root, quick));
    expect(await session.query('select 1 as one')).toEqual([{ one: 1 }]);
    await session.close();
  });

  test('that stopped meanwhile is started for the next session of an open store', async () => {
    const store = await openStore({ root: folder.root, env: {}, embedded: quick });
    await stopEmbedded(folder.root);
    expect(await store.withSession((session) => session.query('select 1 as one'))).toEqual([{ one: 1 }]);
  });

  test('that cannot start says so with the end of its log', async () => {
    await stopEmbedded(folder.root);
    const broken = ensureEmbedded(folder.root, { settings: { shared_buffers: 'plenty' } });
    await expect(broken).rejects.toMatchObject({
      code: 'STORE_START_FAILED',
      message: expect.stringContaining('invalid value for parameter "shared_buffers"'),
    });
  });

  test('of another major version is refused in words', async () => {
    const { dataDir } = await embeddedPlace(folder.root);
    const file = join(dataDir, 'PG_VERSION');
    const version = readFileSync(file, 'utf8');
    writeFileSync(file, '14\n');
    await expect(ensureEmbedded(folder.root, quick)).rejects.toMatchObject({
      code: 'STORE_START_FAILED',
      message: expect.stringContaining('made by PostgreSQL 14'),
    });
    writeFileSync(file, version);
  });
});

describe('an idle embedded server', () => {
  let folder: EmbeddedFolder;
  beforeAll(() => {
    folder = embeddedFolder();
  });
  afterAll(() => folder.remove());

  test('stays while a session is open and stops when none has been for the time told', async () => {
    const store = await openStore({ root: folder.root, env: {}, embedded: { ...quick, idleStopMs: 300 } });
    const session = await store.session();
    const server = (await serverOf(folder.root)) ?? 0;
    await until('it is watched', async () => (await watches(session)) === 1);
    const [{ waited } = { waited: false }] = await session.query<{ waited: boolean }>(
      'select pg_sleep(0.6) is not null as waited',
    );
    expect([waited, isAlive(server)]).toEqual([true, true]);
    await session.close();
    await until('the server stopped', async () => (await serverOf(folder.root)) === undefined);
  });

  test('gets a new watch when the old one was killed', async () => {
    const options = { root: folder.root, env: {}, embedded: quick };
    const store = await openStore(options);
    await store.withSession(async (session) => {
      await until('it is watched', async () => (await watches(session)) === 1);
      // Of two that were started together the one that came too late takes the place of the other when that is killed.
      await until('it is not watched', async () => {
        await session.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%watch'",
        );
        return (await watches(session)) === 0;
      });
      await openStore(options);
      await openStore(options);
      await until('it is watched again', async () => (await watches(session)) === 1);
    });
  });

  async function watches(session: { query<Row>(text: string): Promise<Row[]> }): Promise<number> {
    const rows = await session.query<{ n: number }>(
      "select count(*) as n from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = 'postgres')",
    );
    return rows[0]?.n ?? 0;
  }
});

describe('the place of an embedded server', () => {
  const made: EmbeddedFolder[] = [];
  afterEach(async () => {
    for (const folder of made.splice(0)) await folder.remove();
  });

  function folderAt(below: string): string {
    const folder = embeddedFolder(below);
    made.push(folder);
    return folder.root;
  }

  test('may have a path far longer than a socket may', async () => {
    const root = folderAt(`${'a-long-name-'.repeat(6)}/${'another one with blanks and an é '.repeat(3)}/ws`);
    const session = await openSession(await ensureEmbedded(root, quick));
    expect(await session.query('select 1 as one')).toEqual([{ one: 1 }]);
    await session.close();
  });

  test('is the checkout where the server can enter it; under root, else, a folder that status tells', async () => {
    const root = folderAt('private/ws');
    if (isRoot()) chmodSync(dirname(root), 0o700);
    const session = await openSession(await ensureEmbedded(root, quick));
    const place = await embeddedPlace(root);
    const rows = await session.query("select current_setting('data_directory') as folder");
    await session.close();
    expect(rows).toEqual([{ folder: place.dataDir }]);
    expect(place.isRelocated).toBe(isRoot());
    expect(place.dataDir.startsWith(root)).toBe(!isRoot());
    // The choice stays when the folder is opened later.
    chmodSync(dirname(root), 0o755);
    expect((await embeddedPlace(root)).dataDir).toBe(place.dataDir);
  });

  test('that lost its way to its data says so, and does not start empty elsewhere', async () => {
    const root = folderAt('closed/ws');
    await ensureEmbedded(root, quick);
    await stopEmbedded(root);
    const { dataDir } = await embeddedPlace(root);
    if (isRoot()) chmodSync(dirname(root), 0o700);
    else renameSync(join(dataDir, 'global'), join(dataDir, 'global-away'));
    await expect(ensureEmbedded(root, quick)).rejects.toMatchObject({ code: 'STORE_START_FAILED' });
  });
});
