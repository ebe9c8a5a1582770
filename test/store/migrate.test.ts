import { describe, expect, test } from 'vitest';
import { testStore } from '../support/test-store.ts';

describe('the test store', () => {
  test('a clone of the template has every migration', async () => {
    const store = await testStore();
    const rows = await store.withSession((s) => s.query<{ n: number }>('select count(*) as n from lane'));
    expect(rows).toEqual([{ n: 1024 }]);
    await store.drop();
  });
});
