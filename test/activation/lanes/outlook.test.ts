/** What a worker sees of inboxes: rows above its mark, and at times those below. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createOutlook } from '../../../engine/activation/lanes/outlook.ts';
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
      const { fresh } = await outlook.around(session, { t, minClass: 0, now: 1 });
      outlook.note(fresh, new Set(fresh.map(({ lane }) => lane)), new Set());
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
