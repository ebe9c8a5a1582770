/** Array parameters in the text form, which takes what the statement does not cast by `::`: what was sent comes back, whatever stands in it. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { proofSize } from '../support/proof.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.drop());

/** Texts that PostgreSQL can hold at all: no NUL, no half of a surrogate pair. */
const text = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\u007f', '{', '}', ',', 'é', '🙂', ' ') }),
    fc.json(),
  )
  .filter((one) => !/\p{Cs}/u.test(one) && !one.includes('\u0000'));

it('texts come back as they were sent, with quotes, escapes, control characters and nulls', async () => {
  await store.withSession(async (session) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text)), async (values) => {
        const [row] = await session.query<{ sent: unknown }>('select cast($1 as text[]) as sent', [values]);
        expect(row?.sent).toEqual(values);
      }),
      { numRuns: proofSize(2000), seed: 1 },
    );
  });
});

it('numbers, truths and instants come back as they were sent', async () => {
  await store.withSession(async (session) => {
    const instants = [
      new Date('2026-03-29T00:30:00.123Z'),
      null,
      new Date('0001-01-01T00:00:00Z'),
      new Date('9999-12-31T23:59:59.999Z'),
    ];
    const [row] = await session.query<Record<string, unknown>>(
      `select cast($1 as bigint[]) as numbers, cast($2 as double precision[]) as fractions, cast($3 as boolean[]) as truths,
        cast($4 as timestamptz[]) as instants, cast($5 as text[]) as none`,
      [[1, -2, null, 9007199254740991], [0.1, -1e-7, 1e21], [true, null, false], instants, []],
    );
    expect(row).toEqual({
      numbers: [1, -2, null, 9007199254740991],
      fractions: [0.1, -1e-7, 1e21],
      truths: [true, null, false],
      instants,
      none: [],
    });
  });
});
