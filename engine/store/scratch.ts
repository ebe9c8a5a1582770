/**
 * Databases that live as long as a run of something that must touch no store: each is a copy of a template that holds every migration.
 * Decides on which server they are made. What is played in them is no matter of this file.
 */
import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { connectError, parseDatabaseUrl } from './connect-error.ts';
import { findBinaries } from './embedded-binaries.ts';
import { embeddedPlace } from './embedded-place.ts';
import { ensureEmbedded } from './embedded-server.ts';
import { loadMigrations, migrate, sealMigrations } from './migrate.ts';
import { onDatabase } from './on-database.ts';
import { serverStore } from './open-store.ts';
import {
  createDatabase,
  dropDatabase,
  findDatabase,
  listDatabases,
  lockDatabaseName,
  renameDatabase,
  tryLockDatabaseName,
  unlockDatabaseName,
} from './queries.ts';
import { type ConnectionConfig, openSession } from './session.ts';
import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';

export interface ScratchStore extends Store {
  /** Deletes the database; sessions that were left open are cut. */
  drop(): Promise<void>;
}

export interface ScratchStores {
  /** A database that is migrated and empty, for the caller alone. Errors: StoreError `STORE_REFUSED`. */
  make(): Promise<ScratchStore>;
  /** Deletes what wasn't dropped. */
  close(): Promise<void>;
}

export interface ScratchOptions {
  /** The workspace's folder; its embedded server is taken where the programs are installed. */
  readonly root: string;
  /** `PARCOURS_TEST_DATABASE_URL` names another server; `DATABASE_URL` is asked last, since it may be one where people live. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Nobody waits for a disk to keep what is thrown away. */
const scratchSettings = { synchronous_commit: 'off' } as const;

const templatePrefix = 'parcours_scratch_template_';

interface Server {
  readonly connection: ConnectionConfig;
  /** Whether the server is there for this, so that the template may stay for the next run. */
  readonly isOurs: boolean;
}

/** Finds the server and removes what runs that were killed left there. Errors: StoreError. */
export async function openScratch(options: ScratchOptions): Promise<ScratchStores> {
  const server = await serverFor(options);
  const admin = await connect(server.connection);
  const made = new Set<string>();
  const drop = async (name: string) => {
    if (!made.delete(name)) return;
    await dropDatabase(admin, name);
    await unlockDatabaseName(admin, name);
  };
  let template: Promise<string> | undefined;
  // Names are locked in the database that is connected to first, so each such has names of its own.
  const prefix = `parcours_scratch_${shortHash(admin.database ?? '')}_`;
  await removeAbandoned(admin, prefix);
  return {
    async make() {
      template ??= templateOn(server, admin);
      const source = await template;
      const name = `${prefix}${randomBytes(8).toString('hex')}`;
      await lockDatabaseName(admin, name);
      await create(admin, name, source);
      made.add(name);
      const store = serverStore(onDatabase(server.connection, name));
      const session: Store['session'] = (settings, more) => store.session({ ...scratchSettings, ...settings }, more);
      return { ...store, session, drop: () => drop(name) };
    },
    async close() {
      try {
        for (const name of made) await drop(name);
        if (!server.isOurs && template !== undefined) await dropDatabase(admin, await template);
      } finally {
        await admin.end();
      }
    },
  };
}

async function serverFor({ root, env }: ScratchOptions): Promise<Server> {
  const named = env.PARCOURS_TEST_DATABASE_URL;
  if (named) return { connection: onDatabase(parseDatabaseUrl(named), 'postgres'), isOurs: true };
  const hasOwn = (await findBinaries(await embeddedPlace(root))) !== null;
  if (hasOwn || !env.DATABASE_URL) {
    return { connection: onDatabase(await ensureEmbedded(root), 'postgres'), isOurs: true };
  }
  return { connection: parseDatabaseUrl(env.DATABASE_URL), isOurs: false };
}

/** The database that others are copied from, under the migrations' hash where it stays; made once, by one process. */
async function templateOn({ connection, isOurs }: Server, admin: pg.Client): Promise<string> {
  const seals = sealMigrations(loadMigrations());
  const name = `${templatePrefix}${isOurs ? shortHash(seals) : randomBytes(8).toString('hex')}`;
  await lockDatabaseName(admin, templatePrefix);
  try {
    if (await findDatabase(admin, name)) return name;
    if (isOurs) for (const old of await listDatabases(admin, templatePrefix)) await dropDatabase(admin, old);
    const making = `${name}_making`;
    await create(admin, making, undefined);
    const session = await openSession(onDatabase(connection, making));
    try {
      await migrate(session);
    } finally {
      await session.close();
    }
    await renameDatabase(admin, making, name);
    return name;
  } finally {
    await unlockDatabaseName(admin, templatePrefix);
  }
}

/** A living run holds the names of its databases. */
async function removeAbandoned(admin: pg.Client, beginning: string): Promise<void> {
  for (const name of await listDatabases(admin, beginning)) {
    if (!(await tryLockDatabaseName(admin, name))) continue;
    await dropDatabase(admin, name);
    await unlockDatabaseName(admin, name);
  }
}

async function create(admin: pg.Client, name: string, source: string | undefined): Promise<void> {
  try {
    await createDatabase(admin, name, source);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === '42501')) throw error;
    throw new StoreError(
      'STORE_REFUSED',
      `Tests are played in databases of their own, which role ${admin.user ?? ''} may not create on this server. ` +
        `Allow it (\`alter role ${admin.user ?? '…'} createdb\`), name another server by PARCOURS_TEST_DATABASE_URL, or install the embedded one (\`npm install\` with optional dependencies).`,
      { cause: error },
    );
  }
}

async function connect(connection: ConnectionConfig): Promise<pg.Client> {
  const client = new pg.Client({ ...connection, application_name: 'parcours scratch' });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw connectError(error, connection, false);
  }
  return client;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
