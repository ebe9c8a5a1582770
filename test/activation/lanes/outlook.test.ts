/** What workers see of inboxes: rows above their mark, and at times those below; and what they leave to each other. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOutlook } from '../../../engine/activation/lanes/outlook.ts';
import { lookRowsMax } from '../../../engine/activation/lanes/queries.ts';
import type { Session } from '../../../engine/store/session.ts';
import { type TestStore, testStore } from '../../support/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.drop());

const t = new Date('2026-03-02T10:00:00Z');
const later = new Date('2026-03-03T10:00:00Z');

it('a sweep shows lanes in which something waits for its time, too, and the mark rises over nothing else', async () => {
  await store.withSession(async (session) => {
    const put = (lane: number, at: Date) =>
      session.query(
        `insert into parcours.inbox (lane, class, visible_at, kind, body) values ($1, 3, $2, 'fact', '{}')`,
        [lane, at],
      );
    const outlook = createOutlook(0);
    const lanes = async () => {
      const around = await outlook.around(session, { t, minClass: 0, now: 1 });
      const { fresh } = around;
      outlook.note(around, new Set(fresh.map(({ lane }) => lane)), new Set());
      return fresh.map(({ lane }) => lane).toSorted((a, b) => a - b);
    };
    await put(3, later);
    await put(5, t);
    outlook.sweep();
    expect(await lanes()).toEqual([3, 5]);
    expect(await lanes()).toEqual([]);
    await put(7, later);
    expect(await lanes()).toEqual([7]);
    outlook.sweep();
    expect(await lanes()).toEqual([5]);
  });
});

describe('lanes in the hands of a worker', () => {
  /** Rows in lanes that nothing else uses, and a look at what is fresh in them; times don't matter. */
  function shared(session: Session) {
    const outlook = createOutlook(0);
    const look = (now = 1) => outlook.around(session, { t, minClass: 0, now });
    return {
      outlook,
      look,
      put: (lane: number, rows = 1) =>
        session.query(
          `insert into parcours.inbox (lane, class, visible_at, kind, body)
           select $1, 3, $2, 'fact', '{}' from generate_series(1, $3)`,
          [lane, t, rows],
        ),
      fresh: async () => (await look()).fresh.map(({ lane }) => lane).toSorted((a, b) => a - b),
      /** Another worker took them, and committed. */
      handled: (lane: number) => session.query('delete from parcours.inbox where lane = $1', [lane]),
    };
  }

  beforeEach(() => store.withSession((session) => session.query('delete from parcours.inbox')));

  it('are left to him, and seen again when he lost them', async () => {
    await store.withSession(async (session) => {
      const { outlook, fresh, put } = shared(session);
      await put(11);
      await put(12);
      await put(13);
      const letGo = outlook.hands.hold([11], 1, 1);
      expect(await fresh()).toEqual([12, 13]);
      letGo();
      expect(await fresh()).toEqual([11, 12, 13]);
    });
  });

  it('are not looked at again when he handled them, but for what came meanwhile', async () => {
    await store.withSession(async (session) => {
      const { outlook, look, fresh, put, handled } = shared(session);
      await put(11);
      await put(12);
      const around = await look();
      const letGo = outlook.hands.hold([11], 1, 1);
      // As a look shows it that was sent before he committed.
      outlook.note(around, new Set([11]), new Set());
      letGo();
      expect(await fresh()).toEqual([12]);
      await handled(11);
      await put(11);
      expect(await fresh()).toEqual([11, 12]);
    });
  });

  it('hold the mark below them while everything else is handled', async () => {
    await store.withSession(async (session) => {
      const { outlook, look, fresh, put, handled } = shared(session);
      await put(11);
      await put(12);
      const letGo = outlook.hands.hold([11], 1, 1);
      outlook.note(await look(), new Set([12]), new Set());
      await handled(12);
      expect(await fresh()).toEqual([]);
      await put(13);
      outlook.note(await look(), new Set([13]), new Set());
      letGo();
      expect(await fresh()).toEqual([11]);
    });
  });

  it('take no room in a look from those behind them', async () => {
    await store.withSession(async (session) => {
      const { outlook, fresh, put } = shared(session);
      await put(11, lookRowsMax);
      await put(12);
      expect(await fresh()).toEqual([11]);
      outlook.hands.hold([11], lookRowsMax, 1);
      expect(await fresh()).toEqual([12]);
    });
  });

  it("are anybody's again when he does not come back: whoever claims them has to have the lock", async () => {
    await store.withSession(async (session) => {
      const { outlook, look, put } = shared(session);
      await put(11);
      outlook.hands.hold([11], 1, 1);
      expect((await look(4_000)).fresh).toEqual([]);
      expect((await look(31_000)).fresh.map(({ lane }) => lane)).toEqual([11]);
    });
  });

  it('are neither due nor behind for anybody else', async () => {
    await store.withSession(async (session) => {
      const { outlook, look } = shared(session);
      await session.query('update parcours.lane set wake_at = $1 where lane in (21, 22)', [t]);
      const letGo = outlook.hands.hold([21], 1, 1);
      expect((await look()).due).toEqual([22]);
      letGo();
      expect((await look()).due.toSorted((a, b) => a - b)).toEqual([21, 22]);
    });
  });
});
