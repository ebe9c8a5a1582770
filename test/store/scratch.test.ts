/** Databases that are thrown away: copies of one template, gone when they are dropped, and cleared up after runs that were killed. */
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { onDatabase } from '../../engine/store/on-database.ts';
import { openScratch, type ScratchStores } from '../../engine/store/scratch.ts';
import { databaseUrl } from '../examples/database-url.ts';

const { connection } = inject('testServer');
const open = () => openScratch({ root: '/', env: { PARCOURS_TEST_DATABASE_URL: databaseUrl(connection) } });
let admin: pg.Client;

beforeAll(async () => {
  admin = new pg.Client({ ...onDatabase(connection, 'postgres') });
  await admin.connect();
});
afterAll(() => admin.end());

async function isThere(name: string | undefined): Promise<boolean> {
  const { rowCount } = await admin.query('select from pg_database where datname = $1', [name]);
  return rowCount === 1;
}

async function nameOf(scratch: ScratchStores) {
  const store = await scratch.make();
  const [row] = await store.withSession((session) =>
    session.query<{ name: string; lanes: number; commit: string }>(
      `select current_database() as name, (select count(*) from parcours.lane) as lanes, current_setting('synchronous_commit') as commit`,
    ),
  );
  return { store, ...row };
}

test('two runs at once share the template and nothing else; what a killed run left is removed by the next', async () => {
  const [one, other] = await Promise.all([open(), open()]);
  const [a, b] = await Promise.all([nameOf(one), nameOf(other)]);
  expect(a).toMatchObject({ lanes: 1024, commit: 'off' });
  expect(a.name).not.toBe(b.name);
  const left = a.name?.replace(/[^_]+$/, 'killed');
  await admin.query(`create database "${left}"`);
  const third = await open();
  expect(await isThere(left)).toBe(false);
  expect([await isThere(a.name), await isThere(b.name)]).toEqual([true, true]);
  await a.store.drop();
  await a.store.drop();
  expect(await isThere(a.name)).toBe(false);
  await Promise.all([one.close(), other.close(), third.close()]);
  expect(await isThere(b.name)).toBe(false);
}, 60_000);
