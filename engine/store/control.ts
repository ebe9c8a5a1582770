/**
 * What `parcours store start | stop | status | reset` do. They return data and throw StoreError; how it is shown is the CLI's matter.
 */
import { join } from 'node:path';
import { connectError, parseDatabaseUrl } from './connect-error.ts';
import { findBinaries } from './embedded-binaries.ts';
import { type EmbeddedPlace, embeddedPlace } from './embedded-place.ts';
import { connectionTo, resetEmbedded, stopEmbedded } from './embedded-server.ts';
import { loadMigrations } from './migrate.ts';
import { type OpenOptions, openStore, serverStore } from './open-store.ts';
import { isConnectable, readPostmaster } from './postmaster.ts';
import { databaseBytes, dropSchema, hasMigrationTable, otherSessions, readMigrations, readServer } from './queries.ts';
import { type OwnSession, openSession } from './session.ts';
import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';

export type Target = Pick<OpenOptions, 'root' | 'env'>;

export interface ResetOptions {
  /** Deletes what is in use, and what DATABASE_URL names. */
  readonly force?: boolean;
  /** How long to wait for tables that others hold; 10 s. */
  readonly lockTimeoutMs?: number;
}

const lockTimeoutMsDefault = 10_000;

/** What a server says of itself. */
export interface ServerStatus {
  readonly version: string;
  readonly database: string;
  /** The role that we are at the server. */
  readonly role: string;
  readonly sizeBytes: number;
  /** The newest migration that ran; 0: none. */
  readonly migration: number;
  /** Sessions beside the one that asks. */
  readonly sessions: number;
}

/** The store: a server that DATABASE_URL names (then it answers), or the embedded one with its folders. */
export type StoreStatus = {
  /** The newest migration that this program has. */
  readonly programMigration: number;
} & (
  | { readonly kind: 'server'; readonly address: string; readonly server: ServerStatus }
  | {
      readonly kind: 'embedded';
      readonly isRunning: boolean;
      readonly pid: number | null;
      readonly dataDir: string;
      /** Null: the platform's package is not installed. */
      readonly binDir: string | null;
      readonly socketDir: string | null;
      readonly logFile: string;
      /** True when the data had to leave the checkout, which the server's user can't enter. */
      readonly isRelocated: boolean;
      /** The user that the server's processes run as; null: our own. */
      readonly user: string | null;
      readonly server: ServerStatus | null;
    }
);

/** Starts the embedded server if it doesn't run, or checks the one of DATABASE_URL; migrates it. */
export async function startStore(target: Target): Promise<StoreStatus> {
  await openStore(target);
  return storeStatus(target);
}

/** Stops the embedded server, cutting its sessions. A server of DATABASE_URL is not ours to stop. */
export async function stopStore(target: Target): Promise<'stopped' | 'not_running' | 'not_ours'> {
  if (target.env.DATABASE_URL) return 'not_ours';
  return (await stopEmbedded(target.root)) ? 'stopped' : 'not_running';
}

/** Looks without starting anything. Errors: StoreError when the server of DATABASE_URL can't be reached. */
export async function storeStatus(target: Target): Promise<StoreStatus> {
  const programMigration = loadMigrations().length;
  const url = target.env.DATABASE_URL;
  if (!url) return { programMigration, ...(await embeddedStatus(await embeddedPlace(target.root))) };
  const store = serverStore(parseDatabaseUrl(url));
  return store.withSession(async (session) => {
    const { host, port } = session.client;
    const address = host.startsWith('/') ? host : `${host}:${port}`;
    return { programMigration, kind: 'server' as const, address, server: await serverStatus(session) };
  });
}

/**
 * Deletes everything in the store. The embedded server's data is removed with it; of a server of DATABASE_URL the schema
 * `parcours` is dropped, and only with `force`. Errors: STORE_LOCKED while others use the store, unless forced; STORE_REFUSED.
 */
export async function resetStore(target: Target, options: ResetOptions = {}): Promise<void> {
  const url = target.env.DATABASE_URL;
  if (url) return resetServer(serverStore(parseDatabaseUrl(url)), options);
  const place = await embeddedPlace(target.root);
  const running = readPostmaster(place.dataDir);
  if (!options.force && running && isConnectable(running)) await withEmbedded(running.socketDir, refuseWhileUsed);
  await resetEmbedded(target.root);
}

async function resetServer(store: Store, options: ResetOptions): Promise<void> {
  if (!options.force) {
    throw new StoreError(
      'STORE_REFUSED',
      'DATABASE_URL names the store, and a reset deletes everything in its schema parcours. Say --force if that is what you want.',
    );
  }
  const session = await store.session({ lock_timeout: String(options.lockTimeoutMs ?? lockTimeoutMsDefault) });
  try {
    await session.script(dropSchema);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === '55P03'))
      throw connectError(error, store.connection, false);
    throw new StoreError('STORE_LOCKED', 'Other sessions hold the tables of the store. Stop them, then reset.', {
      cause: error,
    });
  } finally {
    await session.close();
  }
}

async function refuseWhileUsed(session: OwnSession): Promise<void> {
  const others = await otherSessions(session);
  if (others.length === 0) return;
  const names = [...new Set(others.map((other) => other.name || 'unnamed'))].join(', ');
  throw new StoreError('STORE_LOCKED', `The store is in use (${names}). Stop that first, or say --force.`);
}

async function embeddedStatus(
  place: EmbeddedPlace,
): Promise<Omit<StoreStatus & { kind: 'embedded' }, 'programMigration'>> {
  const running = readPostmaster(place.dataDir);
  const isRunning = running !== null && isConnectable(running);
  return {
    kind: 'embedded',
    isRunning,
    pid: running?.pid ?? null,
    dataDir: place.dataDir,
    binDir: await findBinaries(place),
    socketDir: running?.socketDir ?? null,
    logFile: join(place.dataDir, 'server.log'),
    isRelocated: place.isRelocated,
    user: place.user?.name ?? null,
    server: isRunning ? await withEmbedded(running.socketDir, serverStatus) : null,
  };
}

async function serverStatus(session: OwnSession): Promise<ServerStatus> {
  const { version, database, user } = await readServer(session);
  const applied = (await hasMigrationTable(session)) ? await readMigrations(session) : [];
  return {
    version,
    database,
    role: user,
    sizeBytes: await databaseBytes(session),
    migration: applied.at(-1)?.number ?? 0,
    sessions: (await otherSessions(session)).length,
  };
}

async function withEmbedded<T>(socketDir: string, work: (session: OwnSession) => Promise<T>): Promise<T> {
  const connection = connectionTo(socketDir);
  const session = await openSession(connection).catch((error: unknown) => {
    throw connectError(error, connection, true);
  });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
