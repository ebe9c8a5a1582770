/** The list of tables that know a person is whole: what isn't known can't be merged, shown or erased. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { personTables } from '../../engine/profiles/person-tables.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.drop());

it('names every table that has a `profile_id`, with the columns that its handling needs', async () => {
  const columns = await store.kept.withSession((session) =>
    session.query<{ relation: string; columns: string[] }>(
      `select c.table_name as relation, array_agg(c.column_name::text) as columns
       from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
       where c.table_schema = 'parcours' and t.table_type = 'BASE TABLE' group by c.table_name`,
    ),
  );
  const byName = new Map(columns.map((one) => [one.relation, one.columns]));
  const known = new Set(personTables.map(({ relation }) => relation));
  // What merges left has its own ways; proofs of erasure keep a number that leads nowhere any more.
  const own = new Set(['merge_leftover', 'erasure']);
  const missing = columns.filter(
    (one) => one.columns.includes('profile_id') && !known.has(one.relation) && !own.has(one.relation),
  );
  expect(missing.map(({ relation }) => relation)).toEqual([]);
  for (const { relation, onMerge, unique = [], isNumbered } of personTables) {
    const needed = [
      ...['lane', 'profile_id', ...unique],
      ...(onMerge === 'move' ? ['origin_id'] : []),
      ...(isNumbered === true ? ['journey', 'key', 'n'] : []),
    ];
    expect([relation, needed.filter((name) => !byName.get(relation)?.includes(name))]).toEqual([relation, []]);
  }
});
