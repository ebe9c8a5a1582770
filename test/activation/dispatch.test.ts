import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { backoffMs } from '../../engine/activation/dispatch/backoff.ts';
import { suppressionHash } from '../../engine/activation/dispatch/suppression-hash.ts';
import type { ChannelAdapter, SendOutcome } from '../../engine/channels/adapter.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import {
  accepting,
  beat,
  dispatcher as createDispatcher,
  empty,
  later,
  outbox,
  outcomes,
  provider,
  type QueuedMessage,
  queue,
  start,
  type TestDispatcher,
} from './dispatch-store.ts';

let store: TestStore;
let session: OwnSession;
const open: TestDispatcher[] = [];

beforeAll(async () => {
  store = await testStore();
  session = await store.session();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
  await empty(session);
});
afterAll(async () => {
  await session.close();
  await store.drop();
});

function dispatcher(adapter: ChannelAdapter, options?: Parameters<typeof createDispatcher>[2]): TestDispatcher {
  const made = createDispatcher(store, adapter, options);
  open.push(made);
  return made;
}

const many = (count: number, change: Partial<QueuedMessage> = {}): QueuedMessage[] =>
  Array.from({ length: count }, (_, i) => ({ id: i + 1, ...change }));

describe('a due message', () => {
  test('is rendered for its person, sent, and told to its lane', async () => {
    await queue(session, [{ id: 7, locale: 'es' }]);
    const { adapter, sent } = accepting();
    expect(await dispatcher(adapter).at(start)).toMatchObject({ attempted: 1, accepted: 1, isMore: false });
    expect(sent).toEqual([
      {
        token: '7-7',
        channel: 'mail',
        to: 'p7@shop.example',
        locale: 'es',
        subject: 'Hola P7',
        text: expect.stringMatching(/^9,90\s€ X1$/),
        about: { profile: 7, journey: 'welcome', step: 'hello', template: 'hello' },
        at: start.getTime(),
      },
    ]);
    expect(await outcomes(session)).toEqual([{ message_id: 7, attempt: 1, state: 'sent', at: start.getTime() }]);
    expect(await outbox(session)).toEqual([]);
    const [row] = await session.query('select lane, class, profile_id, kind, visible_at from parcours.inbox');
    expect(row).toEqual({ lane: 7, class: 3, profile_id: 7, kind: 'outcome', visible_at: start });
  });

  test('waits for its time', async () => {
    await queue(session, [{ id: 1, dueAt: later(1) }]);
    const { adapter, sent } = accepting();
    const mailer = dispatcher(adapter);
    await mailer.at(start);
    expect(sent).toHaveLength(0);
    await mailer.at(later(1));
    expect(sent).toHaveLength(1);
  });

  test('leaves after service messages, then by due time', async () => {
    await queue(session, [
      { id: 1, dueAt: later(2) },
      { id: 2, dueAt: later(1) },
      { id: 3, dueAt: later(3), class: 0 },
    ]);
    const { adapter, sent } = accepting();
    await dispatcher(adapter).at(later(5));
    expect(sent.map(({ token }) => token)).toEqual(['3-3', '2-2', '1-1']);
  });

  test('is in doubt from before the call: the mark is committed when the provider is called', async () => {
    await queue(session, [{ id: 1 }]);
    let seen: unknown;
    const { adapter } = provider(async () => {
      seen = await outbox(session);
      return { kind: 'accepted' };
    });
    await dispatcher(adapter).at(start);
    expect(seen).toMatchObject([{ state: 'attempting', attempt: 1, dispatcher: 'd1' }]);
  });

  test('leaves in batches, and the limit of a call is told', async () => {
    await queue(session, many(25));
    const { adapter, sent } = accepting();
    const mailer = dispatcher(adapter, { limits: { batchMax: 10, roundsMax: 2 } });
    expect(await mailer.at(start)).toMatchObject({ accepted: 20, isMore: true });
    expect(await mailer.at(start)).toMatchObject({ accepted: 5, isMore: false });
    expect(new Set(sent.map(({ token }) => token)).size).toBe(25);
  });

  test('of a channel that is gone fails with its reason', async () => {
    await queue(session, [{ id: 1, channel: 'pigeon' }, { id: 2 }]);
    expect(await dispatcher(accepting().adapter).at(start)).toMatchObject({ failed: 1, accepted: 1 });
    expect(await outcomes(session)).toContainEqual(
      expect.objectContaining({ state: 'failed', reason: 'channel pigeon is not in the live revision' }),
    );
  });
});

describe('what changed since the decision', () => {
  const cases: readonly [string, Partial<QueuedMessage>, string, string][] = [
    ['the decision ended', { decidedUntil: start }, 'returned', 'the decision no longer holds'],
    ['validity ended', { validUntil: start, decidedUntil: start }, 'expired', 'its validity ended'],
    ['consent was withdrawn', { consent: 'denied' }, 'suppressed', 'consent for marketing on email is denied'],
    ['consent was never given', { consent: 'none' }, 'suppressed', 'no consent for marketing on email'],
    [
      'a purpose of legitimate interest was refused',
      { purpose: 'news', consent: 'denied' },
      'suppressed',
      'consent for news on email is denied',
    ],
    [
      'the purpose does not cover the channel',
      { purpose: 'papers' },
      'suppressed',
      'purpose papers does not cover email',
    ],
    ['the purpose is gone', { purpose: 'rumours' }, 'suppressed', 'purpose rumours is not declared'],
    ['the address is gone', { traits: { email: null } }, 'suppressed', 'no address in trait email'],
    [
      'the address is not among those that the environment allows',
      { traits: { email: 'ana@shop.forbidden' } },
      'suppressed',
      'the address is not allowed in this environment',
    ],
    [
      'the template is broken',
      { template: 'broken' },
      'failed',
      'template broken: text: unknown variable {{nobody_declared_it}}',
    ],
    ['the template is gone', { template: 'nope' }, 'failed', 'template nope is not in the live revision'],
  ];

  test.each(cases)('%s: nothing is sent and the lane is told', async (_name, change, state, reason) => {
    await queue(session, [{ id: 1, ...change }, { id: 2 }]);
    const { adapter, sent } = accepting();
    expect(await dispatcher(adapter).at(start)).toMatchObject({ attempted: 1, accepted: 1, [state]: 1 });
    expect(sent.map(({ token }) => token)).toEqual(['2-2']);
    const told = (await outcomes(session)).find((fact) => fact.message_id === 1);
    expect(told).toEqual({ message_id: 1, attempt: 1, state, at: start.getTime(), reason });
    expect(await outbox(session)).toEqual([]);
  });

  test('legitimate interest needs no yes, a contract hears no no', async () => {
    await queue(session, [
      { id: 1, purpose: 'news', consent: 'none' },
      { id: 2, purpose: 'service', consent: 'denied' },
    ]);
    expect(await dispatcher(accepting().adapter).at(start)).toMatchObject({ accepted: 2 });
  });

  test('a consent for the channel counts, a denial for all channels counts more', async () => {
    await queue(session, [
      { id: 1, consent: 'none' },
      { id: 2, consent: 'denied' },
    ]);
    for (const id of [1, 2]) {
      await session.query(
        `insert into parcours.consent values ($1::bigint, $1::bigint, 'marketing', 'email', 'granted', $2)`,
        [id, start],
      );
    }
    const { adapter, sent } = accepting();
    await dispatcher(adapter).at(start);
    expect(sent.map(({ token }) => token)).toEqual(['1-1']);
  });

  test('a suppressed address gets nothing, however it is written', async () => {
    await queue(session, [{ id: 1, traits: { email: ' ANA@shop.example ' } }]);
    await session.query('insert into parcours.suppression values ($1, $2, $3)', [
      suppressionHash('email', 'ana@shop.example'),
      'asked',
      start,
    ]);
    expect(await dispatcher(accepting().adapter).at(start)).toMatchObject({ attempted: 0, suppressed: 1 });
  });

  test('an erased person gets nothing', async () => {
    await queue(session, [{ id: 1 }]);
    await session.query('delete from parcours.profile');
    expect(await dispatcher(accepting().adapter).at(start)).toMatchObject({ attempted: 0, suppressed: 1 });
  });
});

describe('a provider that does not accept', () => {
  test('a rejected address fails the message and suppresses the address', async () => {
    await queue(session, [{ id: 1 }, { id: 2, traits: { email: 'P1@shop.example' }, dueAt: later(1000) }]);
    const { adapter, sent } = provider(() => ({ kind: 'rejected', reason: 'no such user', addressBad: true }));
    const mailer = dispatcher(adapter);
    await mailer.at(start);
    expect(await mailer.at(later(1000))).toMatchObject({ suppressed: 1 });
    expect(sent).toHaveLength(1);
    expect(await outcomes(session)).toMatchObject([
      { message_id: 1, state: 'failed', reason: 'no such user', address_bad: true },
      { message_id: 2, state: 'suppressed' },
    ]);
  });

  test('a rejected message fails without touching its address', async () => {
    await queue(session, [{ id: 1 }]);
    const { adapter } = provider(() => ({ kind: 'rejected', reason: 'spam \u0000\ud800', addressBad: false }));
    await dispatcher(adapter).at(start);
    expect(await outcomes(session)).toEqual([
      { message_id: 1, attempt: 1, state: 'failed', at: start.getTime(), reason: 'spam   ' },
    ]);
    expect(await session.query('select * from parcours.suppression')).toEqual([]);
  });

  test('is asked again later and later, and given up after the last attempt', async () => {
    await queue(session, [{ id: 1, decidedUntil: later(10 * 86_400_000), validUntil: later(20 * 86_400_000) }]);
    const { adapter, sent } = provider(() => ({ kind: 'retry', reason: 'busy' }));
    const mailer = dispatcher(adapter, { limits: { attemptsMax: 5 } });
    const waits: number[] = [];
    let t = start;
    for (let i = 0; i < 4; i += 1) {
      expect(await mailer.at(t)).toMatchObject({ retried: 1 });
      const [row] = await outbox(session);
      expect(row).toMatchObject({ state: 'ready', attempt: i + 1 });
      waits.push(row!.due_at.getTime() - t.getTime());
      // A moment before it is due nothing happens.
      expect(await mailer.at(new Date(row!.due_at.getTime() - 1))).toMatchObject({ attempted: 0 });
      t = row!.due_at;
    }
    expect(waits).toEqual([1, 2, 3, 4].map((attempt) => backoffMs(1, attempt)));
    expect(await mailer.at(t)).toMatchObject({ failed: 1 });
    expect(sent).toHaveLength(5);
    expect(new Set(sent.map(({ token }) => token)).size).toBe(1);
    expect(await outcomes(session)).toMatchObject([
      { attempt: 5, state: 'failed', reason: 'given up after 5 attempts: busy' },
    ]);
  });

  test('is not asked before the time it named', async () => {
    await queue(session, [{ id: 1 }]);
    const { adapter } = provider(() => ({ kind: 'retry', reason: '429', afterMs: 7_200_000 }));
    await dispatcher(adapter).at(start);
    expect(await outbox(session)).toMatchObject([{ due_at: later(7_200_000) }]);
  });

  test('does not hold a message beyond its decision: it returns to its lane', async () => {
    await queue(session, [{ id: 1, decidedUntil: later(60_000) }]);
    const { adapter, sent } = provider(() => ({ kind: 'retry', reason: '429', afterMs: 7_200_000 }));
    const mailer = dispatcher(adapter);
    await mailer.at(start);
    expect(await mailer.at(later(60_000))).toMatchObject({ returned: 1 });
    expect(sent).toHaveLength(1);
  });

  test('and leaves it in doubt: marketing is uncertain, service is sent again', async () => {
    await queue(session, [{ id: 1 }, { id: 2, class: 0 }]);
    let answer: SendOutcome = { kind: 'unknown', reason: 'cut' };
    const { adapter, sent } = provider(() => answer);
    const mailer = dispatcher(adapter);
    expect(await mailer.at(start)).toMatchObject({ uncertain: 1, retried: 1 });
    answer = { kind: 'accepted' };
    expect(await mailer.at(later(3_600_000))).toMatchObject({ accepted: 1 });
    expect(sent.map(({ token }) => token)).toEqual(['2-2', '1-1', '2-2']);
    expect(await outcomes(session)).toMatchObject([
      { message_id: 1, state: 'uncertain', reason: 'cut' },
      { message_id: 2, state: 'sent', attempt: 2 },
    ]);
  });
});

describe('a dispatcher that dies after the mark', () => {
  /** A provider that takes the call and never answers, as a process that is killed never hears the answer. */
  function hanging() {
    let called = () => {};
    let answer: (outcome: SendOutcome) => void = () => {};
    const isCalled = new Promise<void>((resolve) => {
      called = resolve;
    });
    const isAnswered = new Promise<SendOutcome>((resolve) => {
      answer = resolve;
    });
    const { adapter, sent } = provider(() => {
      called();
      return isAnswered;
    });
    return { adapter, sent, called: isCalled, answer };
  }

  test('leaves marketing uncertain, never sent again, and service to be sent again', async () => {
    await queue(session, [{ id: 1 }, { id: 2, class: 0 }]);
    await beat(session, 'dead', start);
    const dead = hanging();
    const dying = dispatcher(dead.adapter, { id: 'dead' }).at(start);
    await dead.called;

    const { adapter, sent } = accepting();
    const heir = dispatcher(adapter, { id: 'heir' });
    await beat(session, 'heir', later(30_000));
    expect(await heir.recoverAbandoned(later(30_000))).toBe(0);
    expect(await heir.recoverAbandoned(later(61_000))).toBe(2);
    expect(await heir.recoverAbandoned(later(61_000))).toBe(0);
    expect(await outcomes(session)).toMatchObject([{ message_id: 1, state: 'uncertain', attempt: 1 }]);
    expect(await heir.at(later(3_600_000))).toMatchObject({ accepted: 1 });
    expect(sent.map(({ token }) => token)).toEqual(['2-2']);

    // It wasn't dead, only slow. Its answer settles what was uncertain and can't touch what was sent since.
    dead.answer({ kind: 'accepted' });
    await dying;
    expect(await outcomes(session)).toMatchObject([
      { message_id: 1, state: 'uncertain' },
      { message_id: 2, state: 'sent', attempt: 2 },
      { message_id: 2, state: 'sent', attempt: 1, late: true },
      { message_id: 1, state: 'sent', attempt: 1, late: true },
    ]);
  });

  test('cannot overwrite a newer attempt with its late answer', async () => {
    await queue(session, [{ id: 1, class: 0 }]);
    await beat(session, 'slow', start);
    const slow = hanging();
    const slowly = dispatcher(slow.adapter, { id: 'slow' }).at(start);
    await slow.called;

    const heir = dispatcher(provider(() => ({ kind: 'retry', reason: 'busy' })).adapter, { id: 'heir' });
    await heir.recoverAbandoned(later(61_000));
    await heir.at(later(3_600_000));
    const before = await outbox(session);
    expect(before).toMatchObject([{ state: 'ready', attempt: 2, dispatcher: 'heir' }]);

    slow.answer({ kind: 'rejected', reason: 'late', addressBad: false });
    await slowly;
    expect(await outbox(session)).toEqual(before);
    expect(await outcomes(session)).toEqual([]);
  });

  test('does not lose its own mark whose answer it never got', async () => {
    await queue(session, [{ id: 1 }]);
    await session.query(
      `update parcours.outbox set state = 'attempting', attempt = 1, dispatcher = 'd1', attempted_at = $1`,
      [start],
    );
    const mailer = dispatcher(accepting().adapter);
    expect(await mailer.recoverAbandoned(start)).toBe(1);
    expect(await outcomes(session)).toMatchObject([{ message_id: 1, state: 'uncertain' }]);
  });
});

describe('faults', () => {
  test('what was sent and could not be recorded is recorded before anything else is sent', async () => {
    await queue(session, [{ id: 1 }, { id: 2, dueAt: later(200) }, { id: 3, dueAt: later(1000) }]);
    let calls = 0;
    const { adapter, sent } = provider(async () => {
      calls += 1;
      // Its connections are open then.
      if (calls === 2) {
        await session.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        );
      }
      return { kind: 'accepted' };
    });
    const mailer = dispatcher(adapter);
    expect(await mailer.at(start)).toMatchObject({ accepted: 1 });
    await expect(mailer.at(later(200))).rejects.toThrow();
    expect(await mailer.recoverAbandoned(later(500))).toBe(0);
    expect(await mailer.at(later(1000))).toMatchObject({ accepted: 1 });
    expect(sent.map(({ token }) => token)).toEqual(['1-1', '2-2', '3-3']);
    expect(await outcomes(session)).toMatchObject([
      { message_id: 1, state: 'sent' },
      { message_id: 2, state: 'sent' },
      { message_id: 3, state: 'sent' },
    ]);
  });

  test('an adapter that throws leaves its batch in doubt, and the fault is not hidden', async () => {
    await queue(session, [{ id: 1 }]);
    const { adapter } = provider(() => Promise.reject(new Error('bug')));
    const mailer = dispatcher(adapter);
    await expect(mailer.at(start)).rejects.toThrow('bug');
    expect(await outcomes(session)).toMatchObject([{ message_id: 1, state: 'uncertain' }]);
    expect(await mailer.at(start)).toMatchObject({ attempted: 0 });
  });
});

describe('batches of a channel that takes several', () => {
  /** Holds what it is given until it is let go; the first that holds all is told. */
  function holding() {
    const calls: { readonly tokens: readonly string[]; end(outcome?: SendOutcome): void }[] = [];
    const adapter: ChannelAdapter = {
      batchesAtOnce: 3,
      send: (messages) =>
        new Promise((resolve) => {
          const tokens = messages.map(({ token }) => token);
          calls.push({ tokens, end: (outcome = { kind: 'accepted' }) => resolve(messages.map(() => outcome)) });
        }),
      async close() {},
    };
    return { adapter, calls };
  }

  const marked = async () => (await outbox(session)).filter(({ state }) => state === 'attempting').length;

  test('leave while others are on their way, and no more is marked than may be in doubt', async () => {
    await queue(session, many(20));
    const { adapter, calls } = holding();
    const sending = dispatcher(adapter, { limits: { batchMax: 8 } }).at(start);
    // Three batches of two are on their way, and the fourth is ready.
    await expect.poll(marked, { timeout: 20_000 }).toBe(8);
    expect(calls.map(({ tokens }) => tokens)).toHaveLength(3);
    // The slowest one holds nobody up.
    for (let i = 1; i < 10; i += 1) {
      await expect.poll(() => calls.length, { timeout: 20_000 }).toBeGreaterThan(i);
      calls[i]?.end();
    }
    await expect.poll(marked, { timeout: 20_000 }).toBe(2);
    calls[0]?.end();
    expect(await sending).toMatchObject({ accepted: 20, isMore: false });
    expect(new Set(calls.flatMap(({ tokens }) => tokens)).size).toBe(20);
    expect(await outbox(session)).toEqual([]);
  });

  test('that have not begun when the dispatcher is closed go back to the queue', async () => {
    await queue(session, many(20));
    const { adapter, calls } = holding();
    const mailer = dispatcher(adapter, { limits: { batchMax: 8 } });
    const sending = mailer.at(start);
    await expect.poll(marked, { timeout: 20_000 }).toBe(8);
    const closing = mailer.close();
    for (const call of calls) call.end();
    await Promise.all([sending, closing]);
    expect(calls.flatMap(({ tokens }) => tokens)).toHaveLength(6);
    expect((await outbox(session)).map(({ state }) => state)).toEqual(Array(14).fill('ready'));
    expect(await outcomes(session)).toHaveLength(6);
  });

  test('end before a fault of one of them is told', async () => {
    await queue(session, many(20));
    const { adapter, calls } = holding();
    const faulty: ChannelAdapter = {
      ...adapter,
      send: (messages) => (calls.length === 2 ? Promise.reject(new Error('bug')) : adapter.send(messages)),
    };
    const mailer = dispatcher(faulty, { limits: { batchMax: 8 } });
    const sending = mailer.at(start);
    sending.catch(() => {});
    await expect.poll(async () => (await outcomes(session)).length, { timeout: 20_000 }).toBe(2);
    for (const call of calls) call.end();
    await expect(sending).rejects.toThrow('bug');
    const states = (await outcomes(session)).map(({ state }) => state).sort();
    expect(states).toEqual(['sent', 'sent', 'sent', 'sent', 'uncertain', 'uncertain']);
    await mailer.close();
    expect((await outbox(session)).map(({ state }) => state)).toEqual(Array(14).fill('ready'));
  });
});

describe('a channel whose provider is slow', () => {
  /** Accepts at once on the wall, and by mail when it is let go. */
  function slowMail() {
    const mails: { readonly tokens: readonly string[]; end(): void }[] = [];
    const adapter: ChannelAdapter = {
      send: (messages) => {
        const accepted = messages.map(() => ({ kind: 'accepted' }) as const);
        if (messages[0]?.channel === 'wall') return Promise.resolve(accepted);
        return new Promise((resolve) => {
          mails.push({ tokens: messages.map(({ token }) => token), end: () => resolve(accepted) });
        });
      },
      async close() {},
    };
    return { adapter, mails };
  }

  test('holds up no other, and what becomes due for it meanwhile is told when it has ended', async () => {
    await queue(session, [{ id: 1 }]);
    const { adapter, mails } = slowMail();
    const sender = dispatcher(adapter);
    const [slow] = await sender.beginDue(start);
    await expect.poll(() => mails.length, { timeout: 20_000 }).toBe(1);
    await queue(session, [{ id: 2 }, { id: 3, channel: 'wall' }]);
    const meanwhile = await sender.beginDue(start);
    expect(await Promise.all(meanwhile)).toMatchObject([{ accepted: 1, isMore: false }]);
    expect((await outbox(session)).map(({ message_id, state }) => [message_id, state])).toEqual([
      [1, 'attempting'],
      [2, 'ready'],
    ]);
    mails[0]?.end();
    expect(await slow).toMatchObject({ accepted: 1, isMore: true });
    const [next] = await sender.beginDue(start);
    await expect.poll(() => mails.length, { timeout: 20_000 }).toBe(2);
    mails[1]?.end();
    expect(await next).toMatchObject({ accepted: 1, isMore: false });
    expect(mails.flatMap(({ tokens }) => tokens)).toEqual(['1-1', '2-2']);
  });

  test('is not taken for one that died, and what it has in hand ends before the dispatcher does', async () => {
    await queue(session, [{ id: 1 }]);
    const { adapter, mails } = slowMail();
    const sender = dispatcher(adapter);
    const [slow] = await sender.beginDue(start);
    await expect.poll(() => mails.length, { timeout: 20_000 }).toBe(1);
    expect(await sender.recoverAbandoned(later(120_000))).toBe(0);
    const closing = sender.close();
    mails[0]?.end();
    await closing;
    expect(await slow).toMatchObject({ accepted: 1 });
    expect((await outcomes(session)).map(({ state }) => state)).toEqual(['sent']);
  });
});

describe('two dispatchers at once', () => {
  test('never send a message twice', async () => {
    await queue(session, many(100));
    const { adapter, sent } = accepting();
    const limits = { batchMax: 7 };
    const [one, two] = [dispatcher(adapter, { id: 'one', limits }), dispatcher(adapter, { id: 'two', limits })];
    const reports = await Promise.all([one.at(start), two.at(start), one.at(start), two.at(start)]);
    expect(reports.reduce((sum, report) => sum + report.accepted, 0)).toBe(100);
    expect(sent).toHaveLength(100);
    expect(new Set(sent.map(({ token }) => token)).size).toBe(100);
    expect(await outcomes(session)).toHaveLength(100);
  });

  test('never recover an attempt twice', async () => {
    await queue(session, many(60));
    await session.query(
      `update parcours.outbox set state = 'attempting', attempt = 1, dispatcher = 'dead', attempted_at = $1`,
      [start],
    );
    const limits = { batchMax: 7 };
    const counts = await Promise.all(
      ['one', 'two'].map((id) => dispatcher(accepting().adapter, { id, limits }).recoverAbandoned(later(120_000))),
    );
    expect(await outcomes(session)).toHaveLength(60);
    expect(counts[0]! + counts[1]!).toBe(60);
  });
});
