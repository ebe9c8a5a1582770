/** The schema as a whole, against its golden file: on the server of this run, whichever that is. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dumpSchema } from '../../engine/store/dump-schema.ts';
import { expectGolden } from '../support/golden.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

describe('the schema', () => {
  let store: TestStore;
  beforeAll(async () => {
    store = await testStore();
  });
  afterAll(() => store.drop());

  test('is what the golden file holds', async () => {
    expectGolden(new URL('schema.golden.sql', import.meta.url), await store.withSession(dumpSchema));
  });

  test('has the lane first in the primary key of every table that has a lane', async () => {
    const text = await store.withSession(dumpSchema);
    const tables = text.split('\n\n').filter((block) => /^table .*\n(.*\n)*? {2}lane /.test(block));
    const keyed = new Set([
      'identifier',
      'event',
      'lane',
      'entity_tie',
      'entry_request',
      'ledger_key',
      'ledger_code',
      'ledger_alarm',
    ]);
    expect(tables.length).toBeGreaterThan(10);
    for (const table of tables) {
      const name = /^table (\w+)/.exec(table)?.[1] ?? '';
      if (!keyed.has(name)) expect(table).toMatch(/PRIMARY KEY \(lane, /);
    }
  });
});
