/** One connection: prepared statements and their limit, types, transactions. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyRows } from '../../engine/store/copy-in.ts';
import {
  type BulkSession,
  boundedSession,
  type OwnSession,
  openSession,
  preparedMax,
  type Session,
  TransactionOverError,
} from '../../engine/store/session.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

describe('a session', () => {
  let store: TestStore;
  beforeAll(async () => {
    store = await testStore();
  });
  afterAll(() => store.drop());

  const preparedCount = 'select count(*) as n from pg_prepared_statements';

  test('keeps at most its limit of prepared statements, and statements that were dropped work again', async () => {
    await store.withSession(async (session) => {
      for (let i = 0; i < preparedMax + 200; i++) await session.query(`select $1::int + ${i} as sum`, [1]);
      const [{ n } = { n: 0 }] = await session.query<{ n: number }>(preparedCount);
      expect(n).toBeLessThanOrEqual(preparedMax);
      expect(n).toBeGreaterThan(preparedMax - 10);
      expect(await session.query('select $1::int + 0 as sum', [41])).toEqual([{ sum: 41 }]);
    });
  });

  test('crosses the limit with statements in flight, each answered in order', async () => {
    await store.withSession(async (session) => {
      const texts = Array.from({ length: preparedMax * 2 }, (_, i) => `select ${i % (preparedMax + 50)} as i`);
      const rows = await Promise.all(texts.map((text) => session.query<{ i: number }>(text)));
      expect(rows.map(([row]) => row?.i)).toEqual(texts.map((_, i) => i % (preparedMax + 50)));
    });
  });

  test('crosses the limit in a pipeline, too', async () => {
    const session = await openSession({ ...store.connection, pipeline: true });
    const texts = Array.from({ length: preparedMax * 3 }, (_, i) => `select ${i % (preparedMax + 50)} as i`);
    const rows = await Promise.all(texts.map((text) => session.query<{ i: number }>(text)));
    expect(rows.map(([row]) => row?.i)).toEqual(texts.map((_, i) => i % (preparedMax + 50)));
    await session.close();
  });

  test('keeps a statement that is used again and again', async () => {
    await store.withSession(async (session) => {
      const hot = 'select 1 as hot';
      for (let i = 0; i < preparedMax + 50; i++) {
        await session.query(hot);
        await session.query(`select ${i} as cold`);
      }
      const rows = await session.query('select count(*) as n from pg_prepared_statements where statement = $1', [hot]);
      expect(rows).toEqual([{ n: 1 }]);
    });
  });

  test('crosses the limit inside a transaction without harming it', async () => {
    await store.withSession(async (session) => {
      await session.query('select wrong from nowhere').catch(() => {});
      const sum = await session.transaction(async (inside) => {
        for (let i = 0; i < preparedMax + 10; i++) await inside.query(`select ${i} as inside`);
        return inside.query('select 7 as sum');
      });
      expect(sum).toEqual([{ sum: 7 }]);
    });
  });

  test('reads int8 as numbers, numeric as text, dates without the zone of the host', async () => {
    const rows = await store.withSession((session) =>
      session.query(
        `select 9007199254740991::bigint as big, array[1, 2]::bigint[] as bigs, 0.1::numeric as exact, date '2026-03-29' as day,
           timestamp '2026-03-29 02:30' as local, timestamptz '2026-03-29 02:30+00' as at, 'infinity'::timestamptz as never`,
      ),
    );
    expect(rows).toEqual([
      {
        big: 9007199254740991,
        bigs: [1, 2],
        exact: '0.1',
        day: '2026-03-29',
        local: '2026-03-29 02:30:00',
        at: new Date('2026-03-29T02:30:00Z'),
        never: Number.POSITIVE_INFINITY,
      },
    ]);
  });

  test('rolls back what throws, and goes on', async () => {
    await store.withSession(async (session) => {
      const failing = session.transaction(async (inside) => {
        await inside.query("insert into suppression values ('\\x01', 'test', '2026-01-01')");
        throw new Error('changed my mind');
      });
      await expect(failing).rejects.toThrow('changed my mind');
      expect(await session.query('select count(*) as n from suppression')).toEqual([{ n: 0 }]);
    });
  });

  test('does not pass off a rolled back transaction as done', async () => {
    await store.withSession(async (session) => {
      const swallowed = session.transaction((inside) => inside.query('select 1 / 0').catch(() => 'fine'));
      await expect(swallowed).rejects.toThrow('swallowed');
    });
  });

  describe.each([{ pipeline: false }, { pipeline: true }])(
    'whose transaction is over (pipeline: $pipeline)',
    (options) => {
      const insert = "insert into parcours.suppression values ('\\x02', 'test', '2026-01-01')";
      let session: OwnSession;
      beforeAll(async () => {
        session = await openSession({ ...store.connection, ...options });
      });
      afterAll(() => session.close());

      /** Asks for a write in a transaction when it is told that the transaction is over. */
      function lateBranch() {
        let tellOver = () => {};
        const over = new Promise<void>((resolve) => {
          tellOver = resolve;
        });
        const writes = async (inside: Session) => {
          await inside.query('select 1');
          await over;
          await inside.query(insert);
        };
        return { writes, tellOver };
      }

      test('writes nothing of a branch that goes on after another one failed, and tells what failed', async () => {
        const late = lateBranch();
        const branches: Promise<unknown>[] = [];
        const failing = session.transaction(async (inside) => {
          branches.push(late.writes(inside), inside.query('select 1 / 0'));
          await Promise.all(branches);
        });
        await expect(failing).rejects.toMatchObject({ code: '22012' });
        late.tellOver();
        await expect(branches[0]).rejects.toMatchObject({ code: 'TRANSACTION_OVER' });
        expect(await session.query('select count(*) as n from parcours.suppression')).toEqual([{ n: 0 }]);
      });

      test('writes nothing of a branch that nobody waited for', async () => {
        const late = lateBranch();
        const { branch } = await session.transaction(async (inside) => ({ branch: late.writes(inside) }));
        late.tellOver();
        await expect(branch).rejects.toThrow(TransactionOverError);
        expect(await session.query('select count(*) as n from parcours.suppression')).toEqual([{ n: 0 }]);
      });

      test('writes nothing of a branch of what was rolled back to a savepoint, and commits the rest', async () => {
        const late = lateBranch();
        const branches: Promise<unknown>[] = [];
        await session.transaction(async (inside) => {
          await inside.query('savepoint unit');
          const unit = boundedSession(inside);
          branches.push(late.writes(unit.session), unit.session.query('select 1 / 0'));
          await Promise.all(branches).catch(() => unit.end());
          await inside.query('rollback to savepoint unit');
          late.tellOver();
          await expect(branches[0]).rejects.toThrow(TransactionOverError);
          await inside.query(insert.replace('02', '03'));
        });
        expect(await session.query('delete from parcours.suppression returning hash')).toEqual([
          { hash: Buffer.from([3]) },
        ]);
      });

      test('refuses scripts and copies, too, and what is asked for is refused without anybody listening', async () => {
        let kept: BulkSession | undefined;
        await session.transaction(async (inside) => {
          kept = inside;
        });
        void kept?.script(insert);
        await expect(kept?.script(insert)).rejects.toThrow(TransactionOverError);
        await expect(kept?.copy('copy parcours.suppression from stdin', [])).rejects.toThrow(TransactionOverError);
        expect(await session.query('select count(*) as n from parcours.suppression')).toEqual([{ n: 0 }]);
      });
    },
  );

  test('copies rows of every type, whatever their length, as they were written', async () => {
    await store.withSession(async (session) => {
      const long = 'é€😀"\\\t\n'.repeat(60_000);
      const cells = [
        { n: 1023, id: Number.MAX_SAFE_INTEGER, name: long, at: 253_370_764_800_000, told: '{"a": "é😀"}' },
        { n: 0, id: -5_000_000_000, name: '', at: -2_208_988_800_000, told: 'null' },
        { n: -1, id: null, name: null, at: 1_770_000_000_123, told: '[1.50]' },
      ];
      await session.script(
        'create temporary table copied (n smallint, id bigint, name text, at timestamptz(3), told jsonb)',
      );
      // Twice, so that memory is used again.
      for (let time = 0; time < 2; time++) {
        const rows = copyRows(5);
        for (const { n, id, name, at, told } of cells) {
          rows.row();
          rows.short(n);
          rows.long(id);
          rows.text(name);
          rows.instant(at);
          rows.json(told);
        }
        await session.copy('copy copied (n, id, name, at, told) from stdin (format binary)', rows.end());
      }
      const stored = await session.query<{ at: Date }>(
        'select n, id, name, at, told::text as told from copied order by n desc',
      );
      expect(stored.map((row) => ({ ...row, at: row.at.getTime() }))).toEqual(cells.flatMap((row) => [row, row]));
    });
  });

  test('copies all rows or none, and is at service after a copy that is refused', async () => {
    await store.withSession(async (session) => {
      await session.script('create temporary table once (id bigint primary key)');
      const copy = (table: string, ids: readonly number[]) => {
        const rows = copyRows(1);
        for (const id of ids) {
          rows.row();
          rows.long(id);
        }
        return session.copy(`copy ${table} (id) from stdin (format binary)`, rows.end());
      };
      const many = Array.from({ length: 50_000 }, (_, i) => i);
      await expect(copy('once', [...many, 3])).rejects.toMatchObject({ code: '23505' });
      await expect(copy('nowhere', many)).rejects.toMatchObject({ code: '42P01' });
      const [failed, next, count] = await Promise.allSettled([
        copy('once', [1, 1]),
        copy('once', many),
        session.query('select count(*) as n from once'),
      ]);
      expect([failed.status, next.status, count]).toEqual([
        'rejected',
        'fulfilled',
        { status: 'fulfilled', value: [{ n: many.length }] },
      ]);
    });
  });

  test('reads arrays of integers, nulls among them', async () => {
    await store.withSession(async (session) => {
      const rows = await session.query("select '{}'::bigint[] as none, '{1,NULL,-9007199254740991}'::bigint[] as some");
      expect(rows).toEqual([{ none: [], some: [1, null, -Number.MAX_SAFE_INTEGER] }]);
    });
  });

  test('forbids writing in a transaction that only reads', async () => {
    await store.withSession(async (session) => {
      const writing = session.transaction((inside) => inside.query('delete from suppression'), { readOnly: true });
      await expect(writing).rejects.toMatchObject({ code: '25006' });
    });
  });

  test('fails the statement in hand when the server ends the connection, not the process', async () => {
    await store.withSession(async (session) => {
      await expect(session.query('select pg_terminate_backend(pg_backend_pid())')).rejects.toMatchObject({
        code: '57P01',
      });
      await expect(session.query('select 1')).rejects.toThrow();
    });
  });
});
