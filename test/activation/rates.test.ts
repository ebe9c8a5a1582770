/** How fast channels send: no stretch of time holds more than the rate, whatever the number of processes. */
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { paceOf } from '../../engine/activation/dispatch/rate.ts';
import type { ChannelAdapter } from '../../engine/channels/adapter.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import {
  accepting,
  dispatcher as createDispatcher,
  empty,
  later,
  outbox,
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

function dispatcher(adapter: ChannelAdapter, id: string, processes = 1): TestDispatcher {
  const made = createDispatcher(store, adapter, { id, processes: () => processes });
  open.push(made);
  return made;
}

const many = (count: number, change: Partial<QueuedMessage>): QueuedMessage[] =>
  Array.from({ length: count }, (_, i) => ({ id: i + 1, ...change }));

/** The most in any stretch of time, half-open. */
function mostWithin(times: readonly number[], stretch: number): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + stretch).length));
}

describe('the rate of a channel', () => {
  it('holds over three processes, and is used', async () => {
    await queue(session, many(100, { channel: 'quick' }));
    const { adapter, sent } = accepting();
    const three = ['one', 'two', 'three'].map((id) => dispatcher(adapter, id));
    for (let ms = 0; sent.length < 100 && ms < 10_000; ms += 50)
      await Promise.all(three.map((each) => each.at(later(ms))));
    const times = sent.map(({ at }) => at - start.getTime());
    expect(new Set(sent.map(({ token }) => token)).size).toBe(100);
    expect(mostWithin(times, 1_000)).toBeLessThanOrEqual(40);
    expect(Math.max(...times)).toBeLessThanOrEqual(2_750);
  });

  it('lets service messages go first, and tells when the next may leave', async () => {
    await queue(session, [
      ...many(3, { channel: 'slow' }),
      { id: 9, channel: 'slow', class: 0, purpose: 'service', dueAt: later(0) },
    ]);
    const { adapter, sent } = accepting();
    const one = dispatcher(adapter, 'one');
    expect(await one.at(start)).toMatchObject({ accepted: 1, isMore: false, nextAt: later(30_000) });
    expect(sent.map(({ token }) => token)).toEqual(['9-9']);
    expect(await one.at(later(29_999))).toMatchObject({ accepted: 0, nextAt: later(30_000) });
    expect(await one.at(later(30_000))).toMatchObject({ accepted: 1, nextAt: later(60_000) });
    expect((await outbox(session)).map(({ state, attempt }) => [state, attempt])).toEqual([
      ['ready', 0],
      ['ready', 0],
    ]);
  });

  it('gives back what was granted and not used', async () => {
    await queue(session, many(2, { channel: 'quick' }));
    const { adapter, sent } = accepting();
    const one = dispatcher(adapter, 'one');
    expect(await one.at(start)).toMatchObject({ accepted: 2, nextAt: null });
    await queue(session, [
      { id: 3, channel: 'quick' },
      { id: 4, channel: 'quick' },
    ]);
    expect(await one.at(start)).toMatchObject({ accepted: 2 });
    expect(sent).toHaveLength(4);
  });

  it('is never exceeded in any stretch of its length, by whatever asks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom('second', 'minute' as const),
        fc.array(fc.record({ after: fc.integer({ min: 0, max: 400 }), most: fc.integer({ min: 1, max: 50 }) }), {
          maxLength: 60,
        }),
        (max, per, asks) => {
          const { eachUs, aheadUs } = paceOf({ max, per });
          const scale = per === 'second' ? 1 : 60;
          let [now, clock] = [0, 0];
          const times: number[] = [];
          for (const { after, most } of asks) {
            now += after * scale * 1_000;
            const from = Math.max(clock, now);
            const granted = from > now + aheadUs ? 0 : Math.min(most, Math.floor((now + aheadUs - from) / eachUs) + 1);
            clock = from + eachUs * granted;
            for (let i = 0; i < granted; i += 1) times.push(now);
          }
          expect(mostWithin(times, scale * 1_000_000)).toBeLessThanOrEqual(max);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });
});

it.each([
  [1, [3, 3, 2]],
  [2, [1, 1, 1, 1, 1, 1, 1, 1]],
  [9, [1, 1, 1, 1, 1, 1, 1, 1]],
])('the concurrency of a channel is shared among %i processes', async (processes, expected) => {
  await queue(session, many(8, { channel: 'narrow' }));
  const batches: number[] = [];
  const adapter: ChannelAdapter = {
    async send(messages) {
      batches.push(messages.length);
      return messages.map(() => ({ kind: 'accepted' }));
    },
    async close() {},
  };
  await dispatcher(adapter, 'one', processes).at(start);
  expect(batches).toEqual(expected);
});
