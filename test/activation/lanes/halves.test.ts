/** Large transactions in two halves: which lanes go where, that an error of one waits for the other, and that both do what one would. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allOf, inHalves } from '../../../engine/activation/lanes/halves.ts';
import { eventOf, type FaultStore, faultStore, workersOn } from '../../faults/fault-store.ts';

const claimed = Array.from({ length: 5 }, (_, lane) => ({ lane, revision: 1, last_t: null, wake_at: null }));

describe('lanes in two halves', () => {
  it('are halved where one worker has much to do, and stay together otherwise', () => {
    const lanes = (units: number, isAlone: boolean) =>
      inHalves(claimed, { units, isAlone }).map((half) => half.map(({ lane }) => lane));
    expect(lanes(1_000, true)).toEqual([
      [0, 2, 4],
      [1, 3],
    ]);
    expect(lanes(400, true)).toEqual([[0, 1, 2, 3, 4]]);
    expect(lanes(1_000, false)).toEqual([[0, 1, 2, 3, 4]]);
    expect(inHalves(claimed.slice(0, 1), { units: 1_000, isAlone: true })).toHaveLength(1);
  });

  it('end together: what fails first is told when the other has ended, too', async () => {
    let hasEnded = false;
    const other = delay(20).then(() => {
      hasEnded = true;
      throw new Error('the second');
    });
    await expect(allOf([Promise.reject(new Error('the first')), other])).rejects.toThrow('the first');
    expect(hasEnded).toBe(true);
    expect(await allOf([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2]);
  });
});

describe('a worker that works alone', () => {
  const people = Array.from({ length: 1_800 }, (_, i) => `p${i}`);
  let fault: FaultStore;
  beforeAll(async () => {
    fault = await faultStore();
  });
  afterAll(() => fault.drop());

  it('handles thousands of facts in halves, each once, and sets apart the one that fails', async () => {
    await fault.tell(people.map((who) => eventOf(who, 'signed_up', `${who} signs up`)));
    await fault.rows(
      `update parcours.inbox b set body = jsonb_set(b.body, '{event,value}', '1e30') from parcours.identifier i
       where i.value = 'p1700' and b.lane = i.lane and b.profile_id = i.profile_id`,
    );
    // What is late is taken in large transactions.
    await fault.rows(`update parcours.inbox set visible_at = visible_at - interval '1 hour'`);
    const group = await workersOn(fault.store, 1);
    await group.untilIdle();
    await group.close();
    const count = (table: string) => fault.count(`select count(*) as n from parcours.${table}`);
    expect(await count('inbox')).toBe(0);
    expect(await count('dead_letter')).toBe(1);
    expect(await count('event')).toBe(1_799);
    expect(await count('enrollment')).toBe(1_799);
    expect(await count('message')).toBe(1_799);
    expect(await fault.count('select count(distinct (lane, profile_id)) as n from parcours.message')).toBe(1_799);
  });
});
