/** Lists of messages against rows that were written by hand: newest first, whatever their age, looked for no further back than needed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listMessages } from '../../engine/measure/messages/list-messages.ts';
import { selectMessages } from '../../engine/measure/messages/queries.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

let store: TestStore;
let session: OwnSession;
const at = new Date('2026-03-01T12:00:00Z');
const hoursAgo = [0, 0.5, 2, 30, 100, 1_000, 10_000, 100_000];

beforeAll(async () => {
  store = await testStore();
  session = await store.session();
  for (const [i, hours] of hoursAgo.entries()) {
    await session.query(
      `insert into parcours.message (lane, message_id, profile_id, journey, key, n, step, template, objective, purpose,
         priority, state, rank, created_at, valid_until, decision, revision)
       values (1, $1, 1, 'a', '', 1, 's', 't', 'engagement', 'marketing', 50, $2, 0, $3, $3, '{}', 1)`,
      [i, i % 2 === 0 ? 'sent' : 'failed', new Date(at.getTime() - hours * 3_600_000)],
    );
  }
});
afterAll(async () => {
  await session.close();
  await store.drop();
});

const filter = { state: null, journey: null, since: null, limit: 50 };
const ids = async (more: Partial<Parameters<typeof listMessages>[1]>, now = at) =>
  (await listMessages(session, { ...filter, ...more }, now)).map(({ id }) => id.slice(2)).join(' ');

describe('a list of messages', () => {
  it('holds the newest first, of any age, up to its limit', async () => {
    expect(await ids({})).toBe('0 1 2 3 4 5 6 7');
    expect(await ids({ limit: 1 })).toBe('0');
    expect(await ids({ limit: 5 })).toBe('0 1 2 3 4');
    expect(await ids({ state: 'failed' })).toBe('1 3 5 7');
    expect(await ids({ state: 'failed', limit: 3 })).toBe('1 3 5');
    expect(await ids({ journey: 'b' })).toBe('');
  });

  it('ends where it is told to, and holds what a clock of another host has made later', async () => {
    const ago = (hours: number) => new Date(at.getTime() - hours * 3_600_000);
    expect(await ids({ since: ago(30) })).toBe('0 1 2 3');
    expect(await ids({ since: ago(0.25) })).toBe('0');
    expect(await ids({ since: ago(0.25), state: 'failed' })).toBe('');
    expect(await ids({}, ago(48))).toBe('0 1 2 3 4 5 6 7');
  });

  it('is read by stretches, half-open', async () => {
    const few = await selectMessages(session, filter, { from: new Date(at.getTime() - 7_200_001), to: at });
    expect(few.map(({ message_id: id }) => id)).toEqual([1, 2]);
  });
});
