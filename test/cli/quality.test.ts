/** `parcours quality`: what is counted of a source's data, and that nothing of it is shown or stored. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CommandLine, commandLine, shopFiles } from './command-line.ts';

let shop: CommandLine;

beforeAll(async () => {
  shop = await commandLine(shopFiles);
  await shop.run('apply --yes');
  const rows = [
    'order,customer,at,total,country',
    '1,ana,2026-01-01,10,ch',
    '2,ana,2026-01-02,much,CH',
    '2,bob,,5,',
    '1,ana,2026-01-01,10,ch',
    '5,eve,2026-01-05,,FR',
  ];
  writeFileSync(join(shop.root, 'orders.csv'), `${rows.join('\n')}\n`);
});
afterAll(() => shop.drop());

it('counts what is there, what is right and what comes again, in all and by country', async () => {
  const { code, out } = await shop.run('quality orders orders.csv --json');
  expect(code).toBe(0);
  const { rows, usable, duplicates, fields, reasons, countries } = JSON.parse(out);
  expect({ rows, usable, duplicates }).toEqual({ rows: 5, usable: 3, duplicates: 1 });
  expect(fields).toEqual([
    { field: 'identifier external_id', column: 'customer', filled: 5, valid: 5, repeated: 2 },
    { field: 'time', column: 'at', filled: 4, valid: 4, repeated: null },
    { field: 'property total', column: 'total', filled: 4, valid: 3, repeated: null },
    { field: 'trait country', column: 'country', filled: 4, valid: 4, repeated: null },
  ]);
  expect(reasons).toEqual([
    { reason: 'expected an amount of EUR, such as 12.50', columns: ['total'], rows: 1 },
    { reason: 'the time is missing', columns: ['at'], rows: 1 },
  ]);
  expect(countries.map(({ country, rows: n }: { country: string; rows: number }) => `${country} ${n}`)).toEqual([
    'CH 3',
    'FR 1',
  ]);
});

it('shows shares and no value, and stores nothing', async () => {
  const { out } = await shop.run('quality orders orders.csv');
  expect(out).toContain('orders: 5 rows of 1 file, 3 of them usable (60.0 %), 1 told twice');
  expect(out).not.toMatch(/ana|much/);
  const stored = await shop.store.kept.withSession((session) =>
    session.query('select (select count(*) from parcours.profile) + (select count(*) from parcours.seen_message) as n'),
  );
  expect(stored).toEqual([{ n: 0 }]);
});

it('says what to do without a file', async () => {
  expect((await shop.run('quality orders')).err).toContain('name the files to look at');
});
