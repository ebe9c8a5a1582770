/** A pass over what is due of a channel: batch after batch in order, each once, without looking again at what was marked. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Pass, passBehind, passFrom } from '../../engine/activation/dispatch/pass.ts';
import { claimDue, claimMessages, dispatchSettings } from '../../engine/activation/dispatch/queries.ts';
import type { OwnSession, Session } from '../../engine/store/session.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { empty, later, type QueuedMessage, queue, start } from './dispatch-store.ts';

let store: TestStore;
let session: OwnSession;
beforeAll(async () => {
  store = await testStore();
  session = await store.session(dispatchSettings);
});
afterEach(() => empty(session));
afterAll(async () => {
  await session.close();
  await store.drop();
});

/** Service messages of two due times, and others of three, the ids against the order. */
const messages: readonly QueuedMessage[] = Array.from({ length: 40 }, (_, i) => ({
  ...{ id: 40 - i, class: i % 5 === 0 ? 0 : 1 },
  dueAt: later(i % 5 === 0 ? -1_000 * (i % 2) : -1_000 * (i % 3)),
}));
const inOrder = messages
  .toSorted((a, b) => a.class! - b.class! || a.dueAt!.getTime() - b.dueAt!.getTime() || a.id - b.id)
  .map(({ id }) => id);

const claims = {
  'rows alone': (pass: Pass, limit: number, within: Session = session) => claimDue(within, claimOf(pass, limit)),
  'all that they say': (pass: Pass, limit: number, within: Session = session) =>
    claimMessages(within, claimOf(pass, limit), { type: 'email', via: { kind: 'log', path: 'x' }, address: 'email' }),
};

function claimOf(pass: Pass, limit: number) {
  return { channel: 'mail', t: start, dispatcher: 'one', limit, pass };
}

/** How many entries of the index this connection has read. */
async function entriesRead(tx: Session): Promise<number> {
  const [index] = await tx.query<{ read: number }>(
    `select pg_stat_get_xact_tuples_returned('parcours.outbox_due'::regclass)::integer as read`,
  );
  return index?.read ?? 0;
}

describe.each(Object.entries(claims))('%s', (_, claim) => {
  it('are marked once, service first, then by due time and id, whatever the size of batches', async () => {
    for (const limit of [1, 7, 8, 40, 100]) {
      await queue(session, messages);
      const marked: number[] = [];
      let pass = passFrom(null);
      for (let count = limit; count === limit; ) {
        const claimed = await claim(pass, limit);
        pass = claimed.pass;
        count = claimed.rows.length;
        marked.push(...claimed.rows.map((row) => row.message_id));
      }
      expect(marked).toEqual(inOrder);
      await empty(session);
    }
  });

  it('are looked for behind the ones before; what comes to stand in front of them is of the next pass', async () => {
    await queue(session, [{ id: 5 }, { id: 6 }]);
    const { pass } = await claim(passFrom(null), 1);
    await queue(session, [{ id: 1 }, { id: 2, dueAt: later(-5_000) }, { id: 3, class: 0 }]);
    const rest = await claim(pass, 10);
    expect(rest.rows.map((row) => row.message_id)).toEqual([3, 6]);
    const next = await claim(passFrom(later(-1_000)), 10);
    expect(next.rows.map((row) => row.message_id)).toEqual([1]);
    expect((await claim(passFrom(null), 10)).rows.map((row) => row.message_id)).toEqual([2]);
  });

  it('are not read again after they were marked, though a snapshot keeps what they were', async () => {
    await queue(
      session,
      Array.from({ length: 300 }, (_, i) => ({ id: i + 1 })),
    );
    const snapshot = await store.session();
    await snapshot.script('begin isolation level repeatable read; select count(*) from parcours.outbox');
    let pass = passFrom(null);
    for (let batch = 0; batch < 29; batch += 1) pass = (await claim(pass, 10)).pass;
    const read = await session.transaction(async (tx) => {
      const before = await entriesRead(tx);
      await claim(pass, 10, tx);
      return (await entriesRead(tx)) - before;
    });
    await snapshot.close();
    expect(read).toBe(10);
  });
});

describe('the place of a pass', () => {
  it('moves by class, and stays where nothing was found', () => {
    const pass = passFrom(start);
    const batch = [
      { class: 0, message_id: 4 },
      { class: 1, message_id: 2 },
      { class: 1, message_id: 3 },
    ];
    expect(passBehind(pass, batch, { service: later(1), rest: later(2) })).toEqual({
      service: { dueAt: later(1), messageId: 4 },
      rest: { dueAt: later(2), messageId: 3 },
    });
    expect(passBehind(pass, [], { service: null, rest: null })).toEqual(pass);
  });
});
