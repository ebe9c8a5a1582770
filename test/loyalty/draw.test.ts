/** Draws: odds as declared, the same whenever they are drawn, and no more than the budget in all. */
import { describe, expect, it } from 'vitest';
import { drawn } from '../../engine/loyalty/draw.ts';
import { booked, club, eur } from './club.ts';

const prizes = [
  { odds: 100, give: 1_000 },
  { odds: 2_000, give: 50 },
];

describe('a draw', () => {
  it('is a function of its parts, and comes out by the odds', () => {
    const draws = Array.from({ length: 20_000 }, (_, n) => drawn(prizes, ['spring', 'club', 'wheel', n, 'order 1']));
    expect(draws).toEqual(draws.map((_, n) => drawn(prizes, ['spring', 'club', 'wheel', n, 'order 1'])));
    const share = (give: number) => draws.filter((one) => one === give).length / draws.length;
    // Four standard deviations around 1 % and 20 %.
    expect(Math.abs(share(1_000) - 0.01)).toBeLessThan(0.003);
    expect(Math.abs(share(50) - 0.2)).toBeLessThan(0.012);
    const other = draws.map((_, n) => drawn(prizes, ['autumn', 'club', 'wheel', n, 'order 1']));
    expect(other).not.toEqual(draws);
    expect(drawn([{ odds: 10_000, give: 7 }], ['a'])).toBe(7);
  });

  it('is made once for each purchase, told again or not, and gives no more than the budget', async () => {
    const s = await club(`refunds: { when: { event: order_refunded }, match: order_id, reverse: wheel }
earn:
  - id: wheel
    lever: stay
    when: { event: order_placed }
    points: { draw: [{ odds: 50%, give: 30 }, { odds: 10%, give: 100 }], seed: spring }
budgets: [{ id: prizes, max_points: 100, of: [wheel] }]
`);
    const who = ['ana', 'bo', 'cleo', 'dan'];
    for (const one of who) await s.person({ external_id: one });
    const orders = who.flatMap((one) => ['1', '2', '3', '4'].map((id) => ({ one, id: `${one} ${id}` })));
    for (let round = 0; round < 2; round += 1) {
      await s.tell(
        orders.map(({ one, id }) => ({ who: one, type: 'order_placed', properties: { order_id: id, total: eur(20) } })),
      );
      await s.settle();
      await s.advance('2min');
    }
    const all = (await Promise.all(who.map((one) => booked(s, one)))).flat();
    const won = all.map((line) => Number(line.split(' ')[1]));
    expect(won.length).toBeGreaterThan(1);
    expect(won.reduce((sum, points) => sum + points, 0)).toBeLessThanOrEqual(100);
    expect(await s.deadLetters()).toEqual([]);
  });
});
