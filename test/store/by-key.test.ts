/** Joins by key: how the server reads a table that it takes for empty. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workerSettings } from '../../engine/activation/engine.ts';
import { byKey } from '../../engine/store/by-key.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.drop());

describe('rows that are looked up by key', () => {
  it('are probed for each of the list, also by a plan that was made while their table was empty', async () => {
    const session = await store.session(workerSettings);
    try {
      await session.script('vacuum analyze parcours.membership');
      const list = 'unnest($1, $2, $3) u(lane, profile_id, segment)';
      await session.script(`prepare by_key(smallint[], bigint[], text[]) as
        delete from parcours.membership m using ${list} where ${byKey('m', 'u', 'lane', 'profile_id', 'segment')}`);
      const lines = await session.query<{ 'QUERY PLAN': string }>(`explain execute by_key('{}', '{}', '{}')`);
      const plan = lines.map((line) => line['QUERY PLAN'].trim());
      const first = plan.findIndex((line) => line.includes('Scan'));
      expect(plan[first]).toContain('Function Scan on u');
      expect(plan.find((line) => line.startsWith('Index Cond'))).toMatch(/lane.*profile_id.*segment/);
    } finally {
      await session.close();
    }
  });

  it('are those that an equality finds', async () => {
    const rows = await store.withSession((session) =>
      session.query<{ n: number }>(
        `select count(*) as n from unnest($1::smallint[], $2::text[]) u(lane, segment)
         join (values (1::smallint, 'a'), (1, 'b'), (2, 'a'), (null, 'c')) m(lane, segment) on ${byKey('m', 'u', 'lane', 'segment')}`,
        [
          [1, 2, 2, null],
          ['b', 'a', 'b', 'c'],
        ],
      ),
    );
    expect(rows[0]?.n).toBe(2);
  });
});
