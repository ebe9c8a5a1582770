/** Caps against fraud: what is beyond them stands on a list, and is booked once somebody accepts it. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../engine/activation/loyalty/review.ts';
import { runningPrograms } from '../../engine/activation/running.ts';
import type { ReviewRow } from '../../engine/loyalty/review/queries.ts';
import { selectReviews } from '../../engine/loyalty/review/queries.ts';
import type { Scenario } from '../activation/scenario.ts';
import { account, booked, club, eur } from './club.ts';

const programme = (caps: string, more = '') => `caps: ${caps}
earn: [{ id: order, lever: spend, when: { event: order_placed }, points: { per: 1 EUR, of: total, give: 1 } }]
refunds: { when: { event: order_refunded }, match: order_id, reverse: order }
${more}`;
const told = `kind: segment
id: withheld
where: { event: points_withheld, where: { reason: day } }
`;
const order = (id: string, total: number) => ({ order_id: id, total: eur(total) });

function list(s: Scenario, isAll = false): Promise<readonly ReviewRow[]> {
  return s.store.withSession((session) => selectReviews(session, { program: 'club', isAll, limit: 100 }));
}

async function decided(s: Scenario, review: ReviewRow | undefined, status: 'accepted' | 'refused') {
  const session = await s.store.session();
  try {
    const running = await runningPrograms().get(session, 1);
    if (running === null || review === undefined) throw new Error('there is nothing to decide');
    const asked = { reviewId: review.review_id, status, by: 'ida', now: s.clock.now() };
    return (await decide(session, running, asked)).kind;
  } finally {
    await session.close();
  }
}

describe('a cap', () => {
  it('keeps back what a day is not to bring, once, also within one transaction', async () => {
    const s = await club(programme('{ day: 100 }'), told);
    await s.person({ external_id: 'ana' });
    const orders = [order('1', 60), order('2', 60), order('3', 40)];
    await s.tell(orders.map((properties) => ({ who: 'ana', type: 'order_placed', properties })));
    await s.settle();
    await s.event('ana', 'order_placed', order('2', 60));
    await s.settle();
    expect(await booked(s, 'ana')).toEqual(['earn 60 order', 'earn 40 order']);
    expect(await list(s)).toMatchObject([{ points: 60, source: 'order', reason: 'day', status: 'open' }]);
    expect(await s.members('withheld')).toEqual(['ana']);
    await s.advance('1d');
    await s.event('ana', 'order_placed', order('4', 90));
    expect((await account(s, 'ana')).points).toBe(190);
  });

  it('is lifted by who accepts, and stands where somebody refuses; each is decided once', async () => {
    const s = await club(programme('{ month: 100, balance: 1000 }'));
    await s.person({ external_id: 'ana' });
    for (const id of ['1', '2', '3', '4']) await s.event('ana', 'order_placed', order(id, 70));
    const [second, third, fourth] = await list(s);
    expect([second?.reason, third?.reason]).toEqual(['month', 'month']);
    expect(
      await Promise.all([decided(s, second, 'accepted'), decided(s, second, 'accepted')].map((one) => one)),
    ).toEqual(expect.arrayContaining(['decided', 'over']));
    expect(await decided(s, third, 'refused')).toBe('decided');
    expect(await decided(s, third, 'accepted')).toBe('over');
    await s.event('ana', 'order_placed', order('3', 70));
    expect((await account(s, 'ana')).points).toBe(140);
    // What was bought came back: nothing is left to decide, and what was accepted is taken back like any other.
    for (const id of ['4', '2']) await s.event('ana', 'order_refunded', { order_id: id, total: eur(70) });
    expect(await decided(s, fourth, 'accepted')).toBe('over');
    expect((await account(s, 'ana')).points).toBe(70);
    expect((await list(s, true)).map(({ status }) => status)).toEqual(['accepted', 'refused', 'undone']);
  });

  it('puts aside only the part of what it keeps back that a refund brings back', async () => {
    const s = await club(programme('{ day: 100 }'));
    await s.person({ external_id: 'ana' });
    for (const id of ['1', '2', '3']) await s.event('ana', 'order_placed', order(id, 61));
    await s.advance('1h');
    const back = (id: string, total: number) => s.event('ana', 'order_refunded', order(id, total));
    await back('2', 20);
    await back('3', 61);
    expect(await list(s, true)).toMatchObject([
      { points: 41, status: 'open' },
      { points: 61, status: 'undone' },
    ]);
    await back('2', 20);
    expect(await list(s)).toMatchObject([{ points: 21, status: 'open' }]);
    await s.advance('1min');
    expect(await decided(s, (await list(s))[0], 'accepted')).toBe('decided');
    expect(await account(s, 'ana')).toMatchObject({ points: 82, debt: 0 });
    await s.advance('1min');
    await back('2', 21);
    expect(await account(s, 'ana')).toMatchObject({ points: 61, debt: 0 });
    expect(await s.deadLetters()).toEqual([]);
  });

  it('on what somebody has counts what is left to him, and holds challenges back once', async () => {
    const more = 'challenges: [{ id: two, count: { event: reviewed }, reach: 2, calendar: month, points: 50 }]\n';
    const s = await club(programme('{ balance: 100 }', more));
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'order_placed', order('1', 80));
    for (let n = 0; n < 4; n += 1) await s.event('ana', 'reviewed', { verified: true });
    // Another session books it, whose numbers may be smaller.
    await s.advance('1min');
    expect(await list(s)).toMatchObject([{ points: 50, source: 'two', reason: 'balance' }]);
    expect(await decided(s, (await list(s))[0], 'accepted')).toBe('decided');
    await s.event('ana', 'reviewed', { verified: true });
    expect(await booked(s, 'ana')).toEqual(['earn 80 order', 'earn 50 two']);
  });
});
