/** What there is only so much of: a reward's stock and a pool of codes are never given twice, and the last ones may wait for a lease. */
import { describe, expect, it } from 'vitest';
import { linkProgrammes } from '../../engine/compiler/linked-programme.ts';
import { giveSupplies } from '../../engine/loyalty/supplies/give.ts';
import { addCodes, giveCodes, lockLeases, useLeases } from '../../engine/loyalty/supplies/queries.ts';
import type { Scenario } from '../activation/scenario.ts';
import { account, booked, club } from './club.ts';

const spend = `kind: journey
id: spend
objective: loyalty
entry: { when: { event: visited }, reentry: always }
steps:
  - { id: give, award: { program: club, points: 10, reason: gift } }
  - id: take
    redeem: { program: club, reward: mug }
    otherwise: [{ exit: none-left }]
`;
const rewards = (more: string) =>
  `earn: [{ id: order, lever: spend, when: { event: order_placed }, points: 10 }]\nrewards: [{ id: mug, cost: 10, ${more} }]\n`;
const names = ['ana', 'bo', 'cleo', 'dan', 'eve'];

async function visit(s: Scenario, who: readonly string[]): Promise<void> {
  await s.tell(who.map((one) => ({ who: one, type: 'visited' })));
  await s.settle();
  await s.advance('2min');
}

async function came(s: Scenario): Promise<readonly (string | null)[]> {
  return (await s.enrollments()).map(({ exitAs }) => exitAs).sort();
}

describe('a stock', () => {
  it('is given to so many, whatever their lanes; the others go the other way and keep their points', async () => {
    const s = await club(rewards('give: { coupon: mug }, stock: 3'), spend);
    for (const who of names) await s.person({ external_id: who });
    await visit(s, names);
    expect(await came(s)).toEqual(['completed', 'completed', 'completed', 'none-left', 'none-left']);
    const spent = await Promise.all(names.map(async (who) => (await account(s, who)).points));
    expect(spent.sort()).toEqual([0, 0, 0, 10, 10]);
    expect(await s.deadLetters()).toEqual([]);
  });

  it('comes back from who asked for it and had too few points', async () => {
    const poor = spend.replace('points: 10', 'points: 4');
    const s = await club(
      rewards('give: { coupon: mug }, stock: 1'),
      `${poor}---\n${spend.replace('id: spend', 'id: rich').replace('event: visited', 'event: reviewed')}`,
    );
    for (const who of ['ana', 'bo']) await s.person({ external_id: who });
    await visit(s, ['ana']);
    expect(await booked(s, 'ana')).toEqual(['earn 4 gift']);
    await s.event('bo', 'reviewed', { verified: true });
    await s.advance('2min');
    expect(await booked(s, 'bo')).toEqual(['earn 10 gift', 'redeem 10 mug']);
  });

  it('is limited for each member, too', async () => {
    const s = await club(rewards('give: { coupon: mug }, limit: { max: 1, calendar: month }'), spend);
    await s.person({ external_id: 'ana' });
    await visit(s, ['ana']);
    await visit(s, ['ana']);
    expect(await came(s)).toEqual(['completed', 'none-left']);
    await s.runUntil('2026-04-02T00:00:00Z');
    await visit(s, ['ana']);
    expect(await came(s)).toEqual(['completed', 'completed', 'none-left']);
  });
});

describe('codes', () => {
  const told = `kind: segment
id: told
where: { event: reward_redeemed, where: { code: { exists: true } } }
`;

  it('of a pool are told to who redeemed, each to one', async () => {
    const s = await club(rewards('give: { codes: airtime }'), `${spend}---\n${told}`);
    await s.store.withSession((session) => addCodes(session, { program: 'club', pool: 'airtime' }, ['A1', 'A2', 'A3']));
    for (const who of names) await s.person({ external_id: who });
    await visit(s, names);
    expect(await came(s)).toEqual(['completed', 'completed', 'completed', 'none-left', 'none-left']);
    expect(await s.members('told')).toHaveLength(3);
    const rows = await s.rows<{ code: string }>(
      "select properties ->> 'code' as code from parcours.event where type = 'reward_redeemed' order by 1",
    );
    expect(rows.map(({ code }) => code)).toEqual(['A1', 'A2', 'A3']);
  });

  it('of a coupon are made, and differ', async () => {
    const s = await club(rewards('give: { coupon: mug }'), `${spend}---\n${told}`);
    for (const who of ['ana', 'bo']) await s.person({ external_id: who });
    await visit(s, ['ana', 'bo']);
    const rows = await s.rows<{ code: string }>(
      "select distinct properties ->> 'code' as code from parcours.event where type = 'reward_redeemed'",
    );
    expect(rows).toHaveLength(2);
    for (const { code } of rows) expect(code).toMatch(/^[0-9A-Z]{12}$/);
  });
});

describe('on many connections', () => {
  it('lanes that spend a budget in parts and givers that give at once never give more than it holds, and all of it', async () => {
    const s = await club(
      'earn: [{ id: order, lever: spend, when: { event: order_placed }, points: 7 }]\nbudgets: [{ id: pot, max_points: 200 }]\n',
    );
    const programmes = linkProgrammes(s.bundle().resources);
    const things = ['budget/pot'];
    const now = new Date('2026-03-02T10:00:00Z');
    const spends = async (lane: number): Promise<number> => {
      const session = await s.store.session();
      let spent = 0;
      let isOver = false;
      // It is over in a few dozen turns; the bound is against turning for ever.
      for (let turn = 0; turn < 2_000 && !isOver; turn += 1) {
        await session.transaction(async (inside) => {
          const [lease] = await lockLeases(inside, { lanes: [lane], program: 'club', things });
          const { units = 0, none_until: noneUntil = null } = lease ?? {};
          isOver = noneUntil !== null;
          const points = isOver || units >= 7 ? Math.min(7, units) : 0;
          spent += points;
          const use = { lane, thing: 'budget/pot', used: points, wanted: points === 0 && !isOver ? 20 : 0 };
          await useLeases(inside, 'club', [use]);
        });
        await giveSupplies(session, programmes, now);
      }
      await session.close();
      expect(isOver).toBe(true);
      return spent;
    };
    const spent = await Promise.all([1, 2, 3].map(spends));
    expect(spent.reduce((sum, one) => sum + one, 0)).toBe(200);
  });

  it('lanes that take and givers that give at once never hand out more than there is, nor a code twice', async () => {
    const s = await club(rewards('give: { codes: airtime }, stock: 30'), spend);
    const codes = Array.from({ length: 40 }, (_, i) => `C${i}`);
    await s.store.withSession((session) => addCodes(session, { program: 'club', pool: 'airtime' }, codes));
    const programmes = linkProgrammes(s.bundle().resources);
    const things = ['codes/airtime', 'stock/mug'];
    const now = new Date('2026-03-02T10:00:00Z');
    let txn = 0;
    const takes = async (lane: number): Promise<readonly string[]> => {
      const session = await s.store.session();
      const got: string[] = [];
      for (let turn = 0; turn < 30; turn += 1) {
        await session.transaction(async (inside) => {
          const leases = await lockLeases(inside, { lanes: [lane], program: 'club', things });
          const has = things.every((thing) => leases.some((one) => one.thing === thing && one.units > 0));
          if (has) {
            txn += 1;
            const rows = await giveCodes(inside, { program: 'club', pool: 'airtime' }, [{ lane, txnId: txn, n: 0 }]);
            got.push(...rows.map(({ code }) => code));
          }
          const use = { lane, used: has ? 1 : 0, wanted: has ? 0 : 2 };
          await useLeases(
            inside,
            'club',
            things.map((thing) => ({ ...use, thing })),
          );
        });
        if (turn % 3 === 0) await giveSupplies(session, programmes, now);
      }
      await session.close();
      return got;
    };
    const got = (await Promise.all([1, 2, 3, 4].map(takes))).flat();
    expect(new Set(got).size).toBe(got.length);
    expect(got.length).toBeLessThanOrEqual(30);
    expect(got.length).toBeGreaterThan(10);
  });
});
