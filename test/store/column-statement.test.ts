/** Statements over columns write the same rows, whatever goes as an array and whatever as one value. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { columnStatement, type RowColumn, rowInsert } from '../../engine/store/column-statement.ts';
import type { Session } from '../../engine/store/session.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.drop());

interface Thing {
  readonly id: number;
  readonly name: string | null;
  readonly at: Date | null;
  readonly said: object;
  readonly count: number;
  readonly isOn: boolean;
}

const columns: readonly RowColumn<Thing>[] = [
  { name: 'id', type: 'bigint', isKey: true, of: (one) => one.id },
  { name: 'name', type: 'text', of: (one) => one.name },
  { name: 'at', type: 'timestamptz', of: (one) => one.at },
  { name: 'said', type: 'jsonb', of: (one) => JSON.stringify(one.said) },
  { name: 'count', type: 'smallint', of: (one) => one.count },
  { name: 'is_on', type: 'boolean', of: (one) => one.isOn },
];

/** So many, of which all columns but the key say the same. */
function things(count: number, differ: (i: number) => Partial<Thing> = () => ({})): readonly Thing[] {
  return Array.from({ length: count }, (_, i) => ({
    ...{ id: i, name: 'a "name", {quoted}', said: { to: ['all'] }, count: -3, isOn: true },
    // The same instant in objects of their own.
    at: new Date(1_772_000_000_123),
    ...differ(i),
  }));
}

/** The rows as the table has them after the statement. */
async function written(session: Session, rows: readonly Thing[], insert = rowInsert('pg_temp.thing', columns)) {
  await session.query(
    'create temp table if not exists thing (id bigint, name text, at timestamptz, said jsonb, count smallint, is_on boolean)',
  );
  await session.query('truncate pg_temp.thing');
  const statement = insert(rows);
  if (statement !== null) await session.query(statement.text, statement.values);
  return await session.query('select id, name, at, said, count, is_on as "isOn" from pg_temp.thing order by id');
}

it('what is the same in all rows goes as one value, and the rows are the same', async () => {
  await store.withSession(async (session) => {
    const insert = rowInsert('pg_temp.thing', columns);
    const same = things(100);
    expect(insert(same)?.values).toEqual([
      same.map(({ id }) => id),
      'a "name", {quoted}',
      new Date(1_772_000_000_123),
      '{"to":["all"]}',
      -3,
      true,
    ]);
    expect(await written(session, same)).toEqual(same);
    const apart = things(100, (i) => ({ name: i === 99 ? null : 'n', at: null, count: i, isOn: i % 2 === 0 }));
    expect(insert(apart)?.text).toContain('$3::timestamptz,');
    expect(await written(session, apart)).toEqual(apart);
  });
});

it('columns that take few values together go as a dictionary of them, beside what is the same or differs', async () => {
  const coded = columns.map((one) =>
    ['name', 'at', 'said', 'is_on'].includes(one.name) ? { ...one, isCoded: true } : one,
  );
  await store.withSession(async (session) => {
    const insert = rowInsert('pg_temp.thing', coded);
    const [early, late] = [new Date(1_772_000_000_123), new Date(1_772_000_000_124)];
    const few = things(100, (i) => ({
      ...{ name: i % 3 === 0 ? null : i % 2 === 0 ? 'null' : '', said: { i: i % 2 }, count: i },
      at: new Date(i % 2 === 0 ? early : late),
    }));
    const statement = insert(few);
    expect(statement?.text).toContain('($3::timestamptz[])[u.code]');
    expect(statement?.values).toEqual([
      few.map(({ id }) => id),
      [null, '', 'null', null],
      [early, late, early, late],
      ['{"i":0}', '{"i":1}', '{"i":0}', '{"i":1}'],
      few.map(({ count }) => count),
      true,
      few.map((_, i) => [1, 2, 3, 4, 3, 2][i % 6]),
    ]);
    expect(await written(session, few, insert)).toEqual(few);
    // One column alone is no dictionary, and neither is one with too many entries.
    expect(insert(things(100, (i) => ({ name: `n${i % 2}` })))?.text).not.toContain('u.code');
    const many = things(100, (i) => ({ name: `n${i % 33}`, said: { i } }));
    expect(insert(many)?.text).not.toContain('u.code');
    expect(await written(session, many, insert)).toEqual(many);
  });
});

it('few rows go as arrays, whatever they have in common, and none make no statement', async () => {
  await store.withSession(async (session) => {
    const insert = rowInsert('pg_temp.thing', columns);
    expect(insert(things(63))?.text).not.toContain('::text,');
    expect(insert(things(64))?.text).toContain('::text,');
    expect(insert([])).toBeNull();
    expect(await written(session, things(2))).toEqual(things(2));
  });
});

it('a statement has few texts, and what fits none of them goes by the one that comes nearest', async () => {
  await store.withSession(async (session) => {
    const insert = rowInsert('pg_temp.thing', columns);
    const texts = new Set<string>();
    for (let mask = 31; mask >= 0; mask -= 1) {
      const differs = (bit: number) => (mask & (1 << bit)) !== 0;
      const rows = things(64, (i) => ({
        ...(differs(0) && { name: `n${i}` }),
        ...(differs(1) && { at: new Date(i) }),
        ...(differs(2) && { said: { i } }),
        ...(differs(3) && { count: i }),
        ...(differs(4) && { isOn: i % 2 === 0 }),
      }));
      texts.add(insert(rows)?.text ?? '');
      expect(await written(session, rows, insert)).toEqual(rows);
    }
    expect(texts.size).toBeLessThanOrEqual(6);
  });
});

it('further values stand behind the columns', async () => {
  await store.withSession(async (session) => {
    const statement = columnStatement(
      'select {a}::text || {b} || {2} || {1}::text as said from unnest({arrays}) u({names})',
      [
        { name: 'a', type: 'integer', isKey: true },
        { name: 'b', type: 'text' },
      ],
    )([Array.from({ length: 70 }, (_, i) => i), Array.from({ length: 70 }, () => '-')], 7, '+');
    const rows = await session.query<{ said: string }>(statement.text, statement.values);
    expect([rows.length, rows[0]?.said, rows.at(-1)?.said]).toEqual([70, '0-+7', '69-+7']);
  });
});
