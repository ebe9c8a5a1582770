/** Array parameters in the binary form: what was sent comes back, and what can't be sent so goes as text, or fails as it did. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parameterTypes } from '../../engine/store/array-parameters.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { proofSize } from '../support/proof.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

let store: TestStore;
let session: OwnSession;
beforeAll(async () => {
  store = await testStore();
  session = await store.session();
});
afterAll(async () => {
  await session.close();
  await store.drop();
});

async function sent(type: string, values: readonly unknown[]): Promise<unknown> {
  const [row] = await session.query<{ sent: unknown }>(
    `select array(select to_jsonb(x) from unnest($1::${type}[]) x) as sent`,
    [values],
  );
  return row?.sent;
}

it('finds the arrays of a statement by its casts, and leaves alone what is cast twice', () => {
  const types = parameterTypes(
    'select $1::bigint[], $3::text[], $2::text, any($4::interval[]), $5::text[], $5::jsonb[], $12::text[]',
  );
  const names = Array.from(types, (type) => type?.arrayOid ?? null);
  expect(names).toEqual([1016, null, 1009, null, null, null, null, null, null, null, null, 1009]);
});

it('numbers of each width come back, at their borders, too', async () => {
  expect(await sent('smallint', [0, -1, 32_767, null, -32_768])).toEqual([0, -1, 32_767, null, -32_768]);
  const wide = [2 ** 31 - 1, -(2 ** 31), null, 7, 7, 7];
  expect(await sent('integer', wide)).toEqual(wide);
  const wider = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 4_294_967_296, -4_294_967_297, null, -1];
  expect(await sent('bigint', wider)).toEqual(wider);
});

it('a number that its type does not hold is refused by the server, as ever', async () => {
  await expect(sent('smallint', [1, 32_768])).rejects.toMatchObject({ code: '22003' });
  await expect(sent('integer', [1, 2 ** 31])).rejects.toMatchObject({ code: '22003' });
  await expect(sent('bigint', [1.5])).rejects.toMatchObject({ code: '22P02' });
  expect(await sent('bigint', [1])).toEqual([1]);
});

it('what stands beside a number goes as text with it', async () => {
  expect(await sent('bigint', [1, '2', null])).toEqual([1, 2, null]);
  expect(await sent('text', ['a', 2, true])).toEqual(['a', '2', 'true']);
  expect(await sent('timestamptz', ['2026-01-01', new Date('2026-01-02T00:00:00Z')])).toEqual([
    '2026-01-01T00:00:00+00:00',
    '2026-01-02T00:00:00+00:00',
  ]);
});

it('truths, bytes, and arrays of nothing come back', async () => {
  expect(await sent('boolean', [true, false, null, true])).toEqual([true, false, null, true]);
  expect(await sent('text', [])).toEqual([]);
  expect(await sent('text', [null, null])).toEqual([null, null]);
  const bytes = [Buffer.from([0, 255, 1]), null, Buffer.alloc(0)];
  expect(await sent('bytea', bytes)).toEqual(['\\x00ff01', null, '\\x']);
});

it('instants come back to the millisecond, of every year that both sides know', async () => {
  const instants = [
    '1999-12-31T23:59:59.999Z',
    '2026-03-29T01:30:00.001Z',
    '0001-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
  ];
  const [row] = await session.query<{ sent: unknown }>('select $1::timestamptz[] as sent, $2::timestamptz as one', [
    [...instants.map((one) => new Date(one)), null],
    new Date(instants[1] as string),
  ]);
  expect(row).toEqual({ sent: [...instants.map((one) => new Date(one)), null], one: new Date(instants[1] as string) });
  await expect(sent('timestamptz', [new Date(Number.NaN)])).rejects.toThrow();
});

const text = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ minLength: 30, maxLength: 70 }),
    fc.constantFrom('same', 'same', '', 'é'),
  )
  .filter((one) => !/\p{Cs}/u.test(one) && !one.includes('\u0000'));

it('texts and documents of any length come back, repeated ones, too', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text)), async (values) => {
      expect(await sent('text', values)).toEqual(values);
      const documents = values.map((one) => (one === null ? null : JSON.stringify({ one })));
      expect(await sent('jsonb', documents)).toEqual(values.map((one) => (one === null ? null : { one })));
    }),
    { numRuns: proofSize(1000), seed: 1 },
  );
});

it('an array larger than what is kept for messages comes back whole', async () => {
  const values = Array.from({ length: 60_000 }, (_, i) => `person ${i} of many`);
  expect(await sent('text', values)).toEqual(values);
  expect(await sent('text', ['small'])).toEqual(['small']);
});

it('what its asker changes after asking is sent as it was', async () => {
  const values = ['before'];
  const asked = [session.query('select 1'), session.query<{ sent: unknown }>('select $1::text[] as sent', [values])];
  values[0] = 'after';
  expect((await Promise.all(asked))[1]).toEqual([{ sent: ['before'] }]);
});

it('an unterminated text is refused and the connection goes on', async () => {
  await expect(sent('text', ['a\u0000b'])).rejects.toMatchObject({ code: '22021' });
  expect(await sent('text', ['a'])).toEqual(['a']);
});
