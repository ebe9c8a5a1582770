/**
 * A store for a test file: a database cloned from the run's template, migrated and empty. Call it in `beforeAll`, `drop` it in
 * `afterAll`. Which server that is, `global-setup.ts` says.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { serverStore } from '../../engine/store/open-store.ts';
import { createDatabase, dropDatabase } from '../../engine/store/queries.ts';
import type { ConnectionConfig } from '../../engine/store/session.ts';
import type { Store } from '../../engine/store/store.ts';
import { onDatabase } from './on-database.ts';

export interface TestStore extends Store {
  /** Ends the store's sessions and deletes its database. */
  drop(): Promise<void>;
}

/** Clones the template. `empty` gives a database without any migration. */
export async function testStore(options: { readonly empty?: boolean } = {}): Promise<TestStore> {
  const { connection, template } = inject('testServer');
  const name = `parcours_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(connection, (client) => createDatabase(client, name, options.empty ? undefined : template));
  const store = serverStore(onDatabase(connection, name));
  return { ...store, drop: () => asAdmin(connection, (client) => dropDatabase(client, name)) };
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
