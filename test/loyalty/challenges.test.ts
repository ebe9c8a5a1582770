/** Challenges beyond counts: sets of things to do, values to collect, in windows; and what refunds undo of them. */
import { expect, it } from 'vitest';
import { booked, club, eur } from './club.ts';

it('are won by so many things of a set, or so many different values, and lost with what was refunded', async () => {
  const s = await club(`refunds: { when: { event: order_refunded }, match: order_id, reverse: order }
earn: [{ id: order, lever: spend, when: { event: order_placed }, points: 1 }]
challenges:
  - id: two-of-three
    set: [{ event: order_placed }, { event: reviewed, where: { verified: true } }, { event: visited }]
    reach: 2
    calendar: month
    points: 20
  - { id: pages, collect: { event: visited, of: page }, reach: 3, rolling: 7d, points: 30, badge: explorer }
`);
  await s.person({ external_id: 'ana' });
  await s.event('ana', 'order_placed', { order_id: '1', total: eur(20) });
  await s.event('ana', 'reviewed', { verified: false });
  expect(await booked(s, 'ana')).toEqual(['earn 1 order']);
  await s.event('ana', 'visited', { page: 'a' });
  expect((await booked(s, 'ana')).at(-1)).toBe('earn 20 two-of-three');
  for (const page of ['a', 'b', 'a']) await s.event('ana', 'visited', { page });
  expect(await booked(s, 'ana')).toHaveLength(2);
  await s.advance('8d');
  for (const page of ['c', 'd']) await s.event('ana', 'visited', { page });
  expect(await booked(s, 'ana')).toHaveLength(2);
  await s.event('ana', 'visited', { page: 'a' });
  expect((await booked(s, 'ana')).at(-1)).toBe('earn 30 pages');
  await s.event('ana', 'order_refunded', { order_id: '1', total: eur(20) });
  expect((await booked(s, 'ana')).slice(3)).toEqual(['reverse 1', 'reverse 20']);
  await s.event('ana', 'reviewed', { verified: true });
  expect((await booked(s, 'ana')).at(-1)).toBe('earn 20 two-of-three');
  expect(await s.deadLetters()).toEqual([]);
});
