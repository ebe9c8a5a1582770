/** Values of columns as they come out: our own reading of instants against the driver's, and what no session may read in the host's zone. */
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { instantOf } from '../../engine/store/column-parsers.ts';
import { proofSize } from '../support/proof.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

const driversInstant = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as (text: string) => unknown;

let store: TestStore;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.drop());

test('an instant is read as the driver reads it, whatever its year and fraction', () => {
  const times = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  });
  const digits = fc.integer({ min: 0, max: 6 });
  fc.assert(
    fc.property(times, digits, fc.integer({ min: 0, max: 999_999 }), (at, count, fraction) => {
      const whole = at.toISOString().slice(0, 19).replace('T', ' ');
      const text = `${whole}${count === 0 ? '' : `.${String(fraction).padStart(6, '0').slice(0, count)}`}+00`;
      expect(instantOf(text)).toEqual(driversInstant(text));
    }),
    { seed: 64, numRuns: proofSize(2_000) },
  );
});

test('instants out of the ordinary are left to the driver', () => {
  const texts = [
    'infinity',
    '-infinity',
    '0044-03-15 12:00:00+00 BC',
    '12026-01-01 00:00:00+00',
    '2026-06-15 12:00:00+05:30',
  ];
  for (const text of texts) expect(instantOf(text), text).toEqual(driversInstant(text));
});

test('what the server sends comes back as it was given, the second time as the first', async () => {
  const at = new Date('2026-03-29T01:30:00.120Z');
  const values = [at, 42, 'ñ "quoted"', true, null, Buffer.from([0, 255])];
  const text = `select $1::timestamptz as at, $2::int8 as n, $3::text as said, $4::boolean as is_so, $5::text as nothing, $6::bytea as bytes,
    date '2026-02-28' as day, array[1, 2]::int8[] as numbers, 0.1::numeric as exact, '{"a":[1]}'::jsonb as body`;
  const [first, second] = await store.withSession(async (session) => [
    await session.query(text, values),
    await session.query(text, values),
  ]);
  const row = { at, n: 42, said: 'ñ "quoted"', is_so: true, nothing: null, bytes: Buffer.from([0, 255]) };
  const rest = { day: '2026-02-28', numbers: [1, 2], exact: '0.1', body: { a: [1] } };
  expect(first).toEqual([{ ...row, ...rest }]);
  expect(second).toEqual(first);
});

test('arrays of texts come as they were written, whatever they hold', async () => {
  const arrays = [
    [],
    ['one'],
    ['one', null, 'two three', ''],
    ['NULL', 'null', 'a,b', '{', '}', '{}', '"', '\\', ' padded ', 'línea\n'],
    [null],
  ];
  const read = await store.withSession(async (session) => {
    const rows = [];
    for (const words of arrays)
      rows.push(
        ...(await session.query<{ words: unknown }>(
          'select array(select jsonb_array_elements_text($1::jsonb)) as words',
          [JSON.stringify(words)],
        )),
      );
    return rows.map(({ words }) => words);
  });
  expect(read).toEqual(arrays);
  const nested = `select array[['a', 'b'], ['c', 'd']] as grid, '[0:1]={a,b}'::text[] as shifted`;
  expect(await store.withSession((session) => session.query(nested))).toEqual([
    {
      grid: [
        ['a', 'b'],
        ['c', 'd'],
      ],
      shifted: ['a', 'b'],
    },
  ]);
});

test('a statement that failed at its first try works at the next, and one without rows gives none', async () => {
  await store.withSession(async (session) => {
    const divided = 'select 10 / $1::integer as tenth';
    await expect(session.query(divided, [0])).rejects.toThrow('division by zero');
    expect(await session.query(divided, [2])).toEqual([{ tenth: 5 }]);
    await expect(session.query('select nothing from nowhere', [1])).rejects.toThrow('nowhere');
    const nothing = 'select 1 as one where $1::boolean';
    expect(await session.query(nothing, [false])).toEqual([]);
    expect(await session.query(nothing, [true])).toEqual([{ one: 1 }]);
    await session.query('create temporary table kept (n integer)');
    const insert = 'insert into kept values ($1)';
    expect([await session.query(insert, [1]), await session.query(insert, [2])]).toEqual([[], []]);
  });
});
