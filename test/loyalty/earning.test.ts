/** Points for what people do, as programmes say: amounts, conditions, limits, times, and what refunds take back. */
import { describe, expect, it } from 'vitest';
import { account, booked, club, clubFiles, eur } from './club.ts';

const perOrder = 'earn: [{ id: order, lever: spend, when: { event: order_placed }, points: 10 }]\n';
const perEuro =
  'earn: [{ id: order, lever: spend, when: { event: order_placed }, points: { per: 10 EUR, of: total, give: 1 } }]\n';
const refund = 'refunds: { when: { event: order_refunded }, match: order_id, reverse: order, spent_points: debt }\n';
const order = (id: string, total = 25) => ({ order_id: id, total: eur(total) });

describe('a rule', () => {
  it('gives points for each event, and whole ones for each so much of an amount', async () => {
    const s = await club(`earn:
  - { id: order, lever: spend, when: { event: order_placed }, points: 10 }
  - { id: euros, lever: spend, when: { event: order_placed }, points: { per: 10 EUR, of: total, give: 3 } }
  - { id: review, lever: say, when: { event: reviewed, where: { verified: true } }, points: 20 }
`);
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'order_placed', order('1', 25));
    await s.event('ana', 'reviewed', { verified: false });
    await s.event('ana', 'reviewed', { verified: true });
    await s.event('ana', 'order_placed', { order_id: '2', total: { amount: 5_000, currency: 'USD' } });
    expect(await booked(s, 'ana')).toEqual(['earn 10 order', 'earn 6 euros', 'earn 20 review', 'earn 10 order']);
    expect(await s.deadLetters()).toEqual([]);
  });

  it('is read once for each element of a list', async () => {
    const s = await club(`earn:
  - id: cases
    lever: spend
    when: { event: order_placed }
    each: lines
    where: { brand: cola }
    points: { per: 2, of: quantity, give: 5 }
`);
    await s.person({ external_id: 'ana' });
    const lines = [{ brand: 'cola', quantity: 3 }, { brand: 'milk', quantity: 9 }, { brand: 'cola', quantity: 5 }, 'x'];
    await s.event('ana', 'order_placed', { order_id: '1', lines: lines as unknown as readonly string[] });
    await s.event('ana', 'order_placed', { order_id: '2' });
    expect(await booked(s, 'ana')).toEqual(['earn 15 cases']);
  });

  it('gives only to members, of whom its condition is true with the event counted', async () => {
    const s = await club(`members: { where: { trait: country, is: NG } }
earn:
  - id: second
    lever: stay
    when: { event: order_placed }
    if: { event: order_placed, since: ever, count: { gte: 2 } }
    points: 7
`);
    await s.person({ external_id: 'ana', traits: { country: 'NG' } });
    await s.person({ external_id: 'bob', traits: { country: 'AR' } });
    for (const who of ['ana', 'bob', 'ana', 'bob'])
      await s.event(who, 'order_placed', order(`${who} ${Math.random()}`));
    expect(await booked(s, 'ana')).toEqual(['earn 7 second']);
    expect(await booked(s, 'bob')).toEqual([]);
  });

  it('gives nothing for history', async () => {
    const s = await club(perOrder);
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'order_placed', order('1'), { trigger: false });
    expect(await booked(s, 'ana')).toEqual([]);
  });

  it.each([
    ['times in a month', '{ max: 2, calendar: month }', 2, '2026-04-02T10:00:00Z'],
    ['points in a sliding window', '{ max_points: 25, rolling: 30d }', 3, '2026-04-02T10:00:00Z'],
    ['times ever', '{ max: 1, lifetime: true }', 1, null],
  ])('stops at its limit: %s', async (_, limit, given, again) => {
    const s = await club(
      `earn: [{ id: order, lever: spend, when: { event: order_placed }, points: 10, limit: ${limit} }]\n`,
    );
    await s.person({ external_id: 'ana' });
    // The first two in one transaction.
    await s.tell(['1', '2'].map((id) => ({ who: 'ana', type: 'order_placed', properties: order(id) })));
    await s.settle();
    for (const id of ['3', '4']) await s.event('ana', 'order_placed', order(id));
    const first = await booked(s, 'ana');
    expect(first).toHaveLength(given);
    expect(first.at(-1)).toBe(given === 3 ? 'earn 5 order' : 'earn 10 order');
    if (again === null) return;
    await s.runUntil(again);
    await s.event('ana', 'order_placed', order('5'));
    expect(await booked(s, 'ana')).toHaveLength(given + 1);
  });
});

describe('time', () => {
  it('makes points usable after a while and takes them when they expire, and says so', async () => {
    const s = await club(
      `points: { usable_after: 7d, expire: { after: 30d } }\n${perOrder}`,
      `kind: segment
id: rich
where: { points: club, gte: 10 }
---
kind: segment
id: lost-some
where: { event: points_expired, in_last: 30d }
`,
    );
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'order_placed', order('1'));
    expect(await s.members('rich')).toEqual([]);
    await s.advance('6d');
    expect(await s.members('rich')).toEqual([]);
    await s.advance('1d');
    expect(await s.members('rich')).toEqual(['ana']);
    await s.advance('22d');
    expect(await s.members('rich')).toEqual(['ana']);
    await s.advance('1d 1h');
    expect(await s.members('rich')).toEqual([]);
    expect(await s.members('lost-some')).toEqual(['ana']);
    expect(await booked(s, 'ana')).toEqual(['earn 10 order', 'activate 10', 'expire 10']);
  });

  it('tells who is about to lose points, once, and prolongs points that live while they are used', async () => {
    const s = await club(
      `points: { expire: { unused_for: 30d, notice: 7d } }\n${perOrder}`,
      `kind: journey
id: warn
objective: loyalty
entry: { when: { event: points_expiring }, reentry: always }
steps: [{ id: hurry, send: { channel: diary, template: hello } }]
`,
    );
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'order_placed', order('1'));
    await s.advance('20d');
    await s.event('ana', 'order_placed', order('2'));
    await s.advance('22d');
    expect(await s.sent()).toEqual([]);
    await s.advance('2d');
    expect(await s.sent()).toEqual(['ana hurry 2026-04-14 10:00']);
    await s.advance('7d');
    expect(await account(s, 'ana')).toMatchObject({ points: 0 });
    expect(await s.sent()).toHaveLength(1);
    expect(await booked(s, 'ana')).toEqual(['earn 10 order', 'earn 10 order', 'expire 10', 'expire 10']);
  });
});

describe('a refund', () => {
  it('takes back what the purchase gave, once, and makes room in the limit', async () => {
    const s = await club(
      `earn: [{ id: order, lever: spend, when: { event: order_placed }, points: 10, limit: { max: 1, calendar: month } }]\n${refund}`,
    );
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'order_placed', order('1'));
    for (let n = 0; n < 2; n += 1) await s.event('ana', 'order_refunded', { order_id: '1' });
    expect(await account(s, 'ana')).toMatchObject({ points: 0, debt: 0 });
    await s.event('ana', 'order_placed', order('2'));
    expect(await booked(s, 'ana')).toEqual(['earn 10 order', 'reverse 10', 'earn 10 order']);
  });

  it('in parts takes back in proportion, and in the end all', async () => {
    const s = await club(`${perEuro}${refund}`);
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'order_placed', order('1', 100));
    for (const part of [33, 33, 34]) await s.event('ana', 'order_refunded', order('1', part));
    expect(await booked(s, 'ana')).toEqual(['earn 10 order', 'reverse 4', 'reverse 3', 'reverse 3']);
  });

  it('of points that were spent leaves a debt, which the next points pay', async () => {
    const s = await club(
      `${perOrder}${refund}rewards: [{ id: mug, cost: 8, give: { coupon: mug } }]\n`,
      `kind: journey
id: spend
objective: loyalty
entry: { when: { event: visited } }
steps: [{ id: take, redeem: { program: club, reward: mug } }]
`,
    );
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'order_placed', order('1'));
    await s.event('ana', 'visited');
    await s.event('ana', 'order_refunded', { order_id: '1' });
    expect(await account(s, 'ana')).toMatchObject({ points: 0, debt: 8 });
    await s.event('ana', 'order_placed', order('2'));
    expect(await account(s, 'ana')).toMatchObject({ points: 2, debt: 0 });
    expect(await booked(s, 'ana')).toEqual(['earn 10 order', 'redeem 8 mug', 'reverse 10', 'earn 10 order', 'repay 8']);
  });

  it('that is told of before its purchase takes back all the same, whole or in part, and once', async () => {
    const s = await club(`${perEuro}${refund}`);
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'order_refunded', order('1', 40));
    await s.advance('5min');
    const late = [{ who: 'ana', type: 'order_placed', properties: order('1', 100), at: '2026-03-02T09:00:00Z' }];
    for (let n = 0; n < 2; n += 1) {
      await s.tell(late);
      await s.settle();
    }
    expect(await booked(s, 'ana')).toEqual(['earn 10 order', 'reverse 4']);
    await s.event('ana', 'order_refunded', order('1', 60));
    expect(await booked(s, 'ana')).toEqual(['earn 10 order', 'reverse 4', 'reverse 6']);
  });

  it('of an order whose status flips gives nothing again', async () => {
    const s = await club(`${perOrder}${refund}`);
    await s.person({ external_id: 'ana' });
    for (let n = 0; n < 3; n += 1) await s.event('ana', 'order_placed', order('1'));
    await s.event('ana', 'order_refunded', { order_id: '1' });
    await s.event('ana', 'order_placed', order('1'));
    expect(await account(s, 'ana')).toMatchObject({ points: 0, debt: 0 });
  });
});

describe('a tier', () => {
  const tiers = 'tiers: [{ id: bronze, from: 0 }, { id: silver, from: 20, rolling: 30d, keep: 40d }]\n';

  it('is reached at once and told, kept for its time, and falls when the points no longer reach it', async () => {
    const s = await club(
      `${perOrder}${tiers}`,
      `kind: segment
id: silvers
where: { tier: club, at_least: silver }
---
kind: journey
id: hail
objective: loyalty
entry: { when: { event: tier_changed, where: { to: silver } } }
steps: [{ id: hello, send: { channel: diary, template: hello } }]
`,
    );
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'order_placed', order('1'));
    expect(await s.members('silvers')).toEqual([]);
    await s.event('ana', 'order_placed', order('2'));
    expect(await s.members('silvers')).toEqual(['ana']);
    expect(await s.sent()).toEqual(['ana hello 2026-03-02 10:00']);
    await s.advance('39d');
    expect(await s.members('silvers')).toEqual(['ana']);
    await s.advance('1d 1h');
    expect(await s.members('silvers')).toEqual([]);
    expect(await account(s, 'ana')).toMatchObject({ tier: null, points: 20 });
  });

  it('is worked out anew when the programme says otherwise', async () => {
    const s = await club(`${perOrder}${tiers}`);
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'order_placed', order('1'));
    expect(await account(s, 'ana')).toMatchObject({ tier: null });
    await s.advance('1d');
    await s.reapply(clubFiles(`${perOrder}${tiers.replace('from: 20', 'from: 10')}`));
    await s.settle();
    expect(await account(s, 'ana')).toMatchObject({ tier: 'silver' });
    await s.reapply(clubFiles(`${perOrder}${tiers.replace('from: 20', 'from: 50')}`));
    await s.settle();
    expect(await account(s, 'ana')).toMatchObject({ tier: null, points: 10 });
  });

  it('falls with the refund of what it was reached by', async () => {
    const s = await club(`${perOrder}${refund}${tiers}`);
    await s.person({ external_id: 'ana' });
    for (const id of ['1', '2']) await s.event('ana', 'order_placed', order(id));
    expect(await account(s, 'ana')).toMatchObject({ tier: 'silver' });
    await s.event('ana', 'order_refunded', { order_id: '2' });
    expect(await account(s, 'ana')).toMatchObject({ tier: null, points: 10 });
  });
});

describe('a journey', () => {
  it('awards once, reads the points in its next step, and redeems or goes the other way', async () => {
    const s = await club(
      'rewards: [{ id: mug, cost: 30, give: { coupon: mug } }]\n',
      `kind: journey
id: boost
objective: loyalty
entry: { when: { event: visited }, reentry: always }
steps:
  - { id: give, award: { program: club, points: 20, reason: boost } }
  - id: rich
    branch:
      - if: { points: club, gte: 30 }
        steps: [{ id: has-enough, send: { channel: diary, template: hello } }]
  - id: take
    redeem: { program: club, reward: mug }
    otherwise: [{ exit: too-few }]
`,
    );
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'visited');
    expect(await s.ways()).toEqual(['ana boost too-few']);
    await s.event('ana', 'visited');
    expect(await s.ways()).toEqual(['ana boost too-few', 'ana boost completed']);
    expect(await s.sent()).toEqual(['ana has-enough 2026-03-02 10:00']);
    expect(await booked(s, 'ana')).toEqual(['earn 20 boost', 'earn 20 boost', 'redeem 30 mug']);
    expect(await account(s, 'ana')).toMatchObject({ points: 10 });
    expect(await s.deadLetters()).toEqual([]);
  });
});

describe('a challenge', () => {
  const monthly = `${perOrder}${refund}challenges:
  - { id: three, count: { event: order_placed }, reach: 3, calendar: month, points: 50, badge: regular }
`;

  it('is won once in its window, and again in the next one', async () => {
    const s = await club(monthly);
    await s.person({ external_id: 'ana' });
    for (const id of ['1', '2', '3', '4']) await s.event('ana', 'order_placed', order(id));
    expect((await booked(s, 'ana')).filter((line) => line.endsWith('three'))).toEqual(['earn 50 three']);
    await s.runUntil('2026-04-02T10:00:00Z');
    for (const id of ['5', '6', '7']) await s.event('ana', 'order_placed', order(id));
    expect((await booked(s, 'ana')).filter((line) => line.endsWith('three'))).toHaveLength(2);
  });

  it('is undone with the purchase by which it was won, and can be won anew', async () => {
    const s = await club(monthly);
    await s.person({ external_id: 'ana' });
    for (const id of ['1', '2', '3']) await s.event('ana', 'order_placed', order(id));
    expect(await account(s, 'ana')).toMatchObject({ points: 80 });
    await s.advance('1h');
    await s.event('ana', 'order_refunded', { order_id: '2' });
    expect(await account(s, 'ana')).toMatchObject({ points: 20, debt: 0 });
    await s.event('ana', 'order_placed', order('4'));
    expect(await account(s, 'ana')).toMatchObject({ points: 80 });
  });

  it('of a streak is won by so many weeks in a row, and a badge alone is kept without points', async () => {
    const s = await club(`challenges:
  - { id: weeks, streak: { event: visited, every: week }, reach: 3, points: 5 }
  - { id: looker, count: { event: visited }, reach: 2, badge: looker }
`);
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'visited');
    await s.advance('14d');
    for (let week = 0; week < 2; week += 1) {
      await s.event('ana', 'visited');
      await s.advance('7d');
    }
    expect(await booked(s, 'ana')).toEqual(['earn 0 looker']);
    await s.event('ana', 'visited');
    expect(await booked(s, 'ana')).toEqual(['earn 0 looker', 'earn 5 weeks']);
    expect(await s.deadLetters()).toEqual([]);
  });
});
