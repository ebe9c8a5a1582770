/** Databases that are used again: whatever a test did to one, the next finds it as a new one would be. */
import { expect, it } from 'vitest';
import { dumpSchema } from '../../engine/store/dump-schema.ts';
import { type TestStore, testStore } from './test-store.ts';

/** Everything that a test could meet: the rows of each table, where sequences stand, and the schema. */
async function contentOf(store: TestStore) {
  return store.withSession(async (session) => {
    const tables = await session.query<{ name: string }>(
      `select relname as name from pg_class where relkind = 'r' and relnamespace = 'parcours'::regnamespace order by 1`,
    );
    const rows: Record<string, unknown> = {};
    for (const { name } of tables)
      rows[name] = await session.query(`select count(*) as n, sum(hashtext(t::text)) as of from parcours.${name} t`);
    // Numbers of the ledger go on: kept sessions hold some that they haven't given out.
    const sequences = await session.query(
      `select sequencename, last_value from pg_sequences where sequencename <> 'ledger_id' order by 1`,
    );
    return { rows, sequences, schema: await dumpSchema(session) };
  });
}

/** Changes seeded rows, adds rows and moves sequences. */
const used = `update parcours.lane set revision = 7 where lane < 100; delete from parcours.lane where lane > 1000;
  delete from parcours.zone where name = 'Europe/Paris'; insert into parcours.zone values ('Nowhere/Here');
  update parcours.store set workspace = 'used';
  insert into parcours.schedule_run select 'j', now() + n * interval '1 s' from generate_series(1, 10) n;
  insert into parcours.identifier (lane, type, value, profile_id) select 1, 'external_id', n::text, n from generate_series(1, 20000) n;
  select nextval('parcours.message_id'), nextval('parcours.profile_id')`;

it('hold what new ones hold, however they were left', async () => {
  const fresh = await testStore();
  const asNew = await contentOf(fresh);
  for (const change of [
    used,
    'create table parcours.more (a integer)',
    'alter table parcours.event add column more text',
    'drop schema parcours cascade',
  ]) {
    await fresh.withSession((session) => session.script(change));
    if (!change.startsWith('drop')) expect(await contentOf(fresh)).not.toEqual(asNew);
    await fresh.drop();
    const again = await testStore();
    expect(again.connection).toEqual(fresh.connection);
    expect(await contentOf(again)).toEqual(asNew);
    await again.drop();
  }
});

it('are one to each who asks at the same time, and cut from whoever had them before', async () => {
  const [one, other] = [await testStore(), await testStore()];
  expect(one.connection).not.toEqual(other.connection);
  const left = await one.session();
  await left.script('begin; lock table parcours.event');
  await one.drop();
  const again = await testStore();
  await expect(left.query('select 1')).rejects.toThrow();
  await Promise.all([again.drop(), other.drop()]);
});

it('lend kept sessions as they were left, but those in a transaction or of which the driver was asked', async () => {
  const store = await testStore();
  const pid = async () => {
    const session = await store.kept.session();
    const [row] = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
    return { session, pid: row?.pid };
  };
  const first = await pid();
  await first.session.script('select pg_advisory_lock(7)');
  await first.session.close();
  await expect(first.session.query('select 1')).rejects.toThrow('closed');
  const second = await pid();
  expect(second.pid).toBe(first.pid);
  expect(
    await second.session.query(`select from pg_locks where pid = $1 and locktype = 'advisory'`, [second.pid]),
  ).toEqual([]);
  await second.session.script('begin');
  await second.session.close();
  const third = await pid();
  expect(third.pid).not.toBe(second.pid);
  expect(third.session.client).toBeDefined();
  await third.session.close();
  const fourth = await pid();
  expect(fourth.pid).not.toBe(third.pid);
  await fourth.session.close();
  await store.drop();
});
