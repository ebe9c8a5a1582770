/** Challenges beyond counts: sets of things to do, values to collect, in windows; and what refunds undo of them. */
import { expect, it } from 'vitest';
import { account, booked, club, eur } from './club.ts';

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

it('are lost with a refund at the very instant of its purchase, or dated before it', async () => {
  const s = await club(`refunds: { when: { event: order_refunded }, match: order_id, reverse: order }
earn: [{ id: order, lever: spend, when: { event: order_placed }, points: { per: 1 EUR, of: total, give: 1 } }]
challenges: [{ id: two, count: { event: order_placed }, reach: 2, calendar: month, points: 50 }]
`);
  const placed = (order_id: string, total = 20) => ({ order_id, total: eur(total) });
  await s.person({ external_id: 'ana' });
  await s.event('ana', 'order_placed', placed('1'));
  // The purchase and its refund in one moment: it has never been two.
  await s.tell([
    { who: 'ana', type: 'order_placed', properties: placed('2') },
    { who: 'ana', type: 'order_refunded', properties: placed('2') },
  ]);
  await s.settle();
  expect(await account(s, 'ana')).toMatchObject({ points: 20, debt: 0 });
  await s.event('ana', 'order_placed', placed('3'));
  expect(await account(s, 'ana')).toMatchObject({ points: 90 });
  await s.event('ana', 'order_refunded', placed('3'), { at: '2026-03-01T00:00:00Z' });
  expect(await account(s, 'ana')).toMatchObject({ points: 20, debt: 0 });
  // Two parts in one moment take back what they would one after the other.
  await s.event('ana', 'order_placed', placed('4', 61));
  await s.tell([20, 20].map((part) => ({ who: 'ana', type: 'order_refunded', properties: placed('4', part) })));
  await s.settle();
  expect((await booked(s, 'ana')).slice(-3)).toEqual(['reverse 20', 'reverse 20', 'reverse 50']);
  expect(await s.deadLetters()).toEqual([]);
});

it('are lost in the window in which they were won, however late the refund comes; streaks, too', async () => {
  const s = await club(`refunds: { when: { event: order_refunded }, match: order_id, reverse: order }
earn: [{ id: order, lever: spend, when: { event: order_placed }, points: 1 }]
challenges:
  - { id: two-a-month, count: { event: order_placed }, reach: 2, calendar: month, points: 50 }
  - { id: two-weeks, streak: { event: order_placed, every: week }, reach: 2, points: 30 }
  - { id: two-of-ten-days, count: { event: order_placed }, reach: 2, rolling: 10d, points: 7 }
`);
  const placed = (order_id: string) => ({ order_id, total: eur(20) });
  await s.person({ external_id: 'ana' });
  for (const id of ['1', '2', '3']) {
    await s.event('ana', 'order_placed', placed(id));
    await s.advance('7d');
  }
  expect(await account(s, 'ana')).toMatchObject({ points: 3 + 50 + 30 + 7 });
  await s.runUntil('2026-04-20T10:00:00Z');
  await s.event('ana', 'order_placed', placed('4'));
  await s.event('ana', 'order_placed', placed('5'));
  expect(await account(s, 'ana')).toMatchObject({ points: 5 + 2 * 50 + 30 + 2 * 7 });
  // March has two orders without the third; the streak of its first two weeks stands.
  await s.event('ana', 'order_refunded', placed('3'));
  expect(await account(s, 'ana')).toMatchObject({ points: 4 + 2 * 50 + 30 + 2 * 7 });
  // Nothing that was won in April is touched by what was bought in March.
  await s.event('ana', 'order_refunded', placed('2'));
  expect(await account(s, 'ana')).toMatchObject({ points: 3 + 50 + 7 });
  expect((await booked(s, 'ana')).slice(-4).sort()).toEqual(['reverse 1', 'reverse 30', 'reverse 50', 'reverse 7']);
  await s.event('ana', 'order_refunded', placed('5'));
  expect(await account(s, 'ana')).toMatchObject({ points: 2, debt: 0 });
  expect(await s.deadLetters()).toEqual([]);
});

it('are lost as badges alone, too, and won anew', async () => {
  const s = await club(
    `refunds: { when: { event: order_refunded }, match: order_id, reverse: order }
earn: [{ id: order, lever: spend, when: { event: order_placed }, points: 1 }]
challenges: [{ id: two, count: { event: order_placed }, reach: 2, badge: two-orders }]
`,
    `kind: segment
id: marked
where: { challenge: club, badge: two-orders }
`,
  );
  const placed = (order_id: string) => ({ order_id, total: eur(20) });
  const calm = async () => {
    for (let look = 0; look < 3; look += 1) await s.settle();
  };
  await s.person({ external_id: 'ana' });
  for (const id of ['1', '2', '3']) await s.event('ana', 'order_placed', placed(id));
  await calm();
  expect(await s.members('marked')).toEqual(['ana']);
  await s.event('ana', 'order_refunded', placed('2'));
  expect((await booked(s, 'ana')).at(-1)).toBe('reverse 1');
  await s.event('ana', 'order_refunded', placed('3'));
  await calm();
  expect((await booked(s, 'ana')).slice(-2)).toEqual(['reverse 1', 'reverse 0']);
  expect(await s.members('marked')).toEqual([]);
  await s.event('ana', 'order_placed', placed('4'));
  await calm();
  expect((await booked(s, 'ana')).at(-1)).toBe('earn 0 two');
  expect(await s.members('marked')).toEqual(['ana']);
});
