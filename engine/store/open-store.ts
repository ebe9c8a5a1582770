/**
 * Decides which server is the store (DATABASE_URL, else the embedded one), checks that it is fit, and migrates it. How sessions work is
 * `session.ts`; how the embedded server is run is `embedded-server.ts`.
 */
import { connectError, isGone, parseDatabaseUrl } from './connect-error.ts';
import { embeddedPlace } from './embedded-place.ts';
import { type EmbeddedOptions, ensureEmbedded, watchIdle } from './embedded-server.ts';
import { migrate, pendingMigrations } from './migrate.ts';
import { hasIdleWatch, readServer } from './queries.ts';
import { type ConnectionConfig, type OwnSession, openSession } from './session.ts';
import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';

export interface OpenOptions {
  /** The workspace's folder; the embedded server's data lies in its `.parcours`. */
  readonly root: string;
  /** The environment: DATABASE_URL is read from it, and nothing else. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** False: a store that lacks migrations is refused (STORE_EMPTY). Default true: it is migrated. */
  readonly migrate?: boolean;
  readonly embedded?: EmbeddedOptions;
}

const postgresMin = 150_000;

/** Opens the workspace's store, starting the embedded server if need be. Errors: StoreError with every code. */
export async function openStore(options: OpenOptions): Promise<Store> {
  const url = options.env.DATABASE_URL;
  const store = url ? serverStore(parseDatabaseUrl(url)) : await embeddedStore(options.root, options.embedded);
  await store.withSession(async (session) => {
    await checkServer(session);
    if (!url) await keepWatch(session, options.root, options.embedded);
    if (options.migrate ?? true) await migrateAs(store, session);
    else await refuseUnmigrated(session);
  });
  return store;
}

/** A store on a server that is there. */
export function serverStore(connection: ConnectionConfig): Store {
  return makeStore(
    () => connection,
    async (settings, options) => {
      try {
        return await openSession({ ...connection, ...options }, settings);
      } catch (error) {
        throw connectError(error, connection, false);
      }
    },
  );
}

/** A store on the workspace's own server, which may stop when idle and is started again when a session is asked for. */
async function embeddedStore(root: string, embedded?: EmbeddedOptions): Promise<Store> {
  let connection = await ensureEmbedded(root, embedded);
  return makeStore(
    () => connection,
    async (settings, options) => {
      for (let triesLeft = 3; ; triesLeft--) {
        try {
          return await openSession({ ...connection, ...options }, settings);
        } catch (error) {
          if (triesLeft === 0 || !isGone(error)) throw connectError(error, connection, true);
        }
        connection = await ensureEmbedded(root, embedded);
      }
    },
  );
}

function makeStore(connection: () => ConnectionConfig, open: Store['session']): Store {
  return {
    get connection() {
      return connection();
    },
    session: (settings, options) => open(settings, options),
    async withSession(work) {
      const session = await open();
      try {
        return await work(session);
      } finally {
        await session.close();
      }
    },
  };
}

async function checkServer(session: OwnSession): Promise<void> {
  const server = await readServer(session);
  if (server.version_num < postgresMin)
    throw new StoreError('STORE_REFUSED', `The server is PostgreSQL ${server.version}; Parcours needs 15 or later.`);
  if (server.encoding !== 'UTF8')
    throw new StoreError(
      'STORE_REFUSED',
      `Database ${server.database} is encoded in ${server.encoding}, which can't hold every name. Create one with encoding UTF8.`,
    );
}

/** A watch that was killed is replaced by the next command. */
async function keepWatch(session: OwnSession, root: string, embedded?: EmbeddedOptions): Promise<void> {
  if (await hasIdleWatch(session)) return;
  const place = await embeddedPlace(root);
  watchIdle(place.dataDir, session.client.host, embedded);
}

async function migrateAs(store: Store, session: OwnSession): Promise<void> {
  try {
    await migrate(session);
  } catch (error) {
    const isForbidden = error instanceof Error && 'code' in error && error.code === '42501';
    throw isForbidden ? connectError(error, store.connection, false) : error;
  }
}

async function refuseUnmigrated(session: OwnSession): Promise<void> {
  const [next] = await pendingMigrations(session);
  if (next === undefined) return;
  throw new StoreError(
    'STORE_EMPTY',
    next.number === 1
      ? 'The store is empty. Run `parcours apply` first.'
      : `The store lacks migration ${next.number} (${next.name}) of this Parcours. Run \`parcours apply\` or \`parcours store start\`.`,
  );
}
