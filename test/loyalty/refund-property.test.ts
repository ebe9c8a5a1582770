/**
 * Refunds over random histories in the store: who buys something and gives all of it back is where somebody is who never bought it, in points,
 * debts, tiers, limits and challenges; and parts of refunds, of payments and of reversals add up.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { multiplied } from '../../engine/loyalty/boosts.ts';
import { quotePayment } from '../../engine/loyalty/payment.ts';
import { pointsBack, type Refundable } from '../../engine/loyalty/terms.ts';
import type { Happening } from '../activation/scenario.ts';
import { proofSize } from '../support/proof.ts';
import { booked, club, eur } from './club.ts';

const runs = { numRuns: proofSize(20_000), seed: 8 };

const programme = `earn:
  - { id: fixed, lever: spend, when: { event: order_placed }, points: 10, limit: { max_points: 45, calendar: month } }
  - { id: euros, lever: spend, when: { event: order_placed }, points: { per: 3 EUR, of: total, give: 2 } }
  - { id: often, lever: spend, when: { event: order_placed }, points: { nth: [1, 2, 4, 8], lifetime: true } }
qualify: [{ id: turnover, when: { event: order_placed }, points: { per: 1 EUR, of: total, give: 1 } }]
refunds: { when: { event: order_refunded }, match: order_id, reverse: [fixed, euros, often, turnover], spent_points: debt }
challenges: [{ id: three, count: { event: order_placed }, reach: 3, calendar: month, points: 50 }]
tiers: [{ id: bronze, from: 0 }, { id: silver, from: 60, rolling: 20d, keep: 2d }, { id: gold, from: 140, rolling: 20d }]
rewards: [{ id: mug, cost: 15, give: { coupon: mug } }]
`;
const spend = `kind: journey
id: spend
objective: loyalty
entry: { when: { event: visited }, reentry: always }
steps: [{ id: take, redeem: { program: club, reward: mug }, otherwise: [{ exit: poor }] }]
`;

describe('a purchase and its whole refund', () => {
  it('leave all as it was: points, debt, tier, room in limits, challenges', async () => {
    const s = await club(programme, spend);
    const pairs = proofSize(100);
    const act = fc.record({
      spends: fc.boolean(),
      euros: fc.integer({ min: 1, max: 70 }),
      parts: fc.integer({ min: 1, max: 3 }),
    });
    const histories = fc.sample(
      fc.tuple(fc.array(act, { minLength: 6, maxLength: 6 }), fc.integer({ min: 0, max: 5 }), act),
      {
        numRuns: pairs,
        seed: 8,
      },
    );
    const buy = (who: string, id: string, euros: number): Happening => {
      return { who, type: 'order_placed', properties: { order_id: `${who} ${id}`, total: eur(euros) } };
    };
    const back = (who: string, id: string, euros: number): Happening => {
      return { who, type: 'order_refunded', properties: { order_id: `${who} ${id}`, total: eur(euros) } };
    };
    for (let step = 0; step < 6; step += 1) {
      const bought = histories.flatMap(([, at, { euros }], i) =>
        at === step ? [buy(`more${i}`, 'extra', euros)] : [],
      );
      await s.tell(bought);
      await s.settle();
      for (let part = 0; part < 3; part += 1) {
        const refunded = histories.flatMap(([, at, { euros, parts }], i) => {
          const share = Math.floor(euros / parts);
          const last = euros - share * (parts - 1);
          return at !== step || part >= parts ? [] : [back(`more${i}`, 'extra', part === parts - 1 ? last : share)];
        });
        await s.advance('1min');
        await s.tell(refunded);
        await s.settle();
      }
      const done = histories.flatMap(([acts], i) =>
        ['plain', 'more'].map((side): Happening => {
          const { spends, euros } = acts[step] as (typeof acts)[number];
          const who = `${side}${i}`;
          return spends ? { who, type: 'visited' } : buy(who, String(step), euros);
        }),
      );
      await s.tell(done);
      await s.settle();
      await s.advance('3d');
    }
    const accounts = await s.rows<{ name: string; line: string }>(
      `select i.value as name, concat_ws(' ', m.debt, m.tier, m.tier_since, m.tier_until, m.next_change, (
           select string_agg(o.remaining || '/' || o.account || '/' || o.active_at, ' ' order by o.active_at, o.remaining) from parcours.ledger_open o
           where o.lane = m.lane and o.profile_id = m.profile_id)) as line
       from parcours.ledger_member m join parcours.identifier i on i.lane = m.lane and i.profile_id = m.profile_id`,
    );
    const lines = new Map(accounts.map(({ name, line }) => [name, line]));
    // Who never earned has no account, and owes nothing.
    const lineOf = (who: string) => lines.get(who) ?? '0';
    for (const i of histories.keys()) expect(lineOf(`more${i}`), `history ${i}`).toBe(lineOf(`plain${i}`));
    expect(new Set(lines.values()).size).toBeGreaterThan(2);
    expect(await s.deadLetters()).toEqual([]);
    // What a refund took back can't be taken back again, nor be given back as if it had been spent.
    const before = await booked(s, 'more0');
    await s.event('more0', 'order_refunded', { order_id: 'more0 extra', total: eur(70) });
    expect(await booked(s, 'more0')).toEqual(before);
  });
});

describe('parts', () => {
  const parts = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 6 });

  it('of a refund take back what the whole does, whatever their order', () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 1_000 }), (sizes, points) => {
        const base = sizes.reduce((sum, size) => sum + size, 0);
        const earned: Refundable = { txnId: 1, points, reversed: 0, waived: 0, expired: 0, base, back: 0 };
        for (const [i, size] of sizes.entries()) {
          const taken = pointsBack(earned, size);
          expect(taken).toBeGreaterThanOrEqual(0);
          earned.reversed += taken;
          earned.back += size;
          if (i < sizes.length - 1) expect(earned.reversed).toBeLessThanOrEqual(points);
        }
        expect(earned.reversed).toBe(points);
        expect(pointsBack(earned, 5)).toBe(0);
      }),
      runs,
    );
  });

  it('of an amount that points pay are never more than they may, nor than there are', () => {
    const pay = fc.record({
      points: fc.integer({ min: 1, max: 300 }),
      is: fc.integer({ min: 1, max: 400 }).map((amount) => ({ amount, currency: 'EUR' })),
      atMost: fc.integer({ min: 1, max: 10_000 }),
      atLeast: fc.integer({ min: 1, max: 2_000 }),
    });
    fc.assert(
      fc.property(
        pay,
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer({ min: 0, max: 50_000 }),
        (terms, price, have) => {
          const offer = quotePayment(terms, { amount: price, currency: 'EUR' }, have);
          expect(offer.pays + offer.rest).toBe(price);
          expect(offer.points).toBeLessThanOrEqual(have);
          expect(offer.pays * 10_000).toBeLessThanOrEqual(price * terms.atMost);
          expect(offer.points % terms.points).toBe(0);
          expect(offer.pays).toBe((offer.points / terms.points) * terms.is.amount);
          expect(offer.points === 0 || offer.points >= terms.atLeast).toBe(true);
          expect(offer.because === null).toBe(offer.points > 0);
          expect(quotePayment(terms, { amount: price, currency: 'USD' }, have).points).toBe(0);
        },
      ),
      runs,
    );
  });
});

it('boosts multiply exactly and round once', () => {
  expect(multiplied(10, [150, 150], 'down')).toBe(22);
  expect(multiplied(10, [150, 150], 'nearest')).toBe(23);
  expect(multiplied(10, [125, 110], 'up')).toBe(14);
  expect(multiplied(7, [], 'up')).toBe(7);
  expect(multiplied(999_999_999, [10_000, 10_000], 'down')).toBe(1_000_000_000);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 2 }),
      (points, factors) => {
        const [down, nearest, up] = (['down', 'nearest', 'up'] as const).map((round) =>
          multiplied(points, factors, round),
        );
        const exact = factors.reduce((product, one) => (product * one) / 100, points);
        expect(Math.abs((nearest as number) - exact)).toBeLessThan(0.501);
        expect((up as number) - (down as number)).toBeLessThanOrEqual(1);
        expect(down as number).toBeLessThanOrEqual(exact + 1e-6);
      },
    ),
    runs,
  );
});
