/**
 * A store for a test: a database of the run's own, migrated and empty. Call it in `beforeAll`, `drop` it in `afterAll`. Which server
 * that is, `global-setup.ts` says; where databases come from, `database-pool.ts`.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { onDatabase } from '../../engine/store/on-database.ts';
import { serverStore } from '../../engine/store/open-store.ts';
import { createDatabase, dropDatabase } from '../../engine/store/queries.ts';
import type { ConnectionConfig, OwnSession } from '../../engine/store/session.ts';
import type { Store } from '../../engine/store/store.ts';
import { type ClaimedDatabase, type DatabasePool, databasePool } from './database-pool.ts';
import { keptSessions, type OpenSession } from './kept-sessions.ts';

export interface TestStore extends Store {
  /** The same store, whose closed sessions stay connected for whoever opens one like it, also on the next store (`kept-sessions.ts`). */
  readonly kept: Store;
  /** Gives the database back; sessions that were left open are cut. */
  drop(): Promise<void>;
  /** Deletes the database, as its owner might while others use it. */
  destroy(): Promise<void>;
}

let pool: DatabasePool | undefined;
const keptOf = new Map<ClaimedDatabase, OpenSession>();

/** Claims a database. `empty` gives one without any migration. */
export async function testStore({ empty = false } = {}): Promise<TestStore> {
  const { connection, template } = inject('testServer');
  if (empty) return emptyStore(connection);
  pool ??= databasePool(connection, template);
  const own = pool;
  const database = await own.claim();
  const store = serverStore(onDatabase(connection, database.name));
  const session = keptOf.get(database) ?? keptSessions(store.session, database.keptPids);
  keptOf.set(database, session);
  let isOurs = true;
  return {
    ...store,
    kept: { connection: store.connection, session, withSession: (work) => withSession(session, work) },
    async drop() {
      if (isOurs) own.release(database);
      isOurs = false;
    },
    destroy: () => asAdmin(connection, (client) => dropDatabase(client, database.name)),
  };
}

async function emptyStore(connection: ConnectionConfig): Promise<TestStore> {
  const name = `parcours_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(connection, (client) => createDatabase(client, name, undefined));
  const store = serverStore(onDatabase(connection, name));
  const destroy = () => asAdmin(connection, (client) => dropDatabase(client, name));
  return { ...store, kept: store, drop: destroy, destroy };
}

async function withSession<T>(open: OpenSession, work: (session: OwnSession) => Promise<T>): Promise<T> {
  const session = await open();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

async function asAdmin(connection: ConnectionConfig, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ ...connection });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
