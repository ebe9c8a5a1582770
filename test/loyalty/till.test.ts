/** The till over HTTP: who may ask, points quoted, held, spent and given back, and each request booked once. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { createServe, type ServeServer } from '../../engine/server/serve.ts';
import type { Scenario } from '../activation/scenario.ts';
import { account, booked, club } from './club.ts';

const key = 'a-key-of-the-till-0001';
const told = `kind: segment
id: at-the-bakery
where: { event: reward_redeemed, where: { partner: bakery, valid_until: { after: 2026-03-10 } } }
`;
const programme = `members: { where: { trait: country, is: NG } }
earn: [{ id: order, lever: spend, when: { event: order_placed }, points: 100 }]
pay: { points: 10, is: 1 EUR, at_most: 50% }
till: { api_keys: ["\${secret.TILL_KEY}"], hold: 10min }
rewards:
  - { id: mug, cost: 30, give: { coupon: mug } }
  - { id: last, cost: 10, give: { partner: bakery, valid_for: 30d }, stock: 1 }
  - { id: once, cost: 10, give: { coupon: once }, limit: { max: 1, lifetime: true } }
  - { id: rich, cost: 1000, give: { coupon: rich } }
  - { id: vip, cost: 10, give: { coupon: vip }, where: { tier: club, at_least: gold } }
  - { id: past, cost: 10, give: { coupon: past }, until: 2026-02-01 }
tiers: [{ id: bronze, from: 0 }, { id: gold, from: 5000 }]
`;

interface Answer {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: Readonly<Record<string, unknown>> & { readonly error?: { readonly code: string } };
}

interface Till {
  readonly s: Scenario;
  readonly server: ServeServer;
  ask(
    path: string,
    who: string,
    body?: object,
    more?: { readonly key?: string; readonly with?: string },
  ): Promise<Answer>;
}

/** A shop with a till; each of its members has 100 points. */
async function openTill(members: readonly string[]): Promise<Till> {
  const s = await club(programme, told);
  const failures: string[] = [];
  const onFailure = ({ error }: { readonly error: unknown }) => failures.push(String((error as Error).cause ?? error));
  const server = await createServe({ store: s.store, clock: s.clock, root: s.root, env: { TILL_KEY: key }, onFailure });
  onTestFinished(() => server.close());
  await s.tell([
    ...members.map((who) => ({ who, traits: { country: 'NG' } })),
    ...members.map((who) => ({ who, type: 'order_placed', properties: { order_id: who } })),
  ]);
  await s.settle();
  let asked = 0;
  return {
    s,
    server,
    async ask(path, who, body = {}, more = {}) {
      asked += 1;
      const headers = { authorization: `Bearer ${more.with ?? key}`, 'idempotency-key': more.key ?? `ask-${asked}` };
      const payload = { member: { external_id: who }, ...body };
      const inject = () => server.app.inject({ method: 'POST', url: `/v1/loyalty/club/${path}`, headers, payload });
      // On a busy machine somebody may have to ask again, as the answer says.
      let answer = await inject();
      for (let again = 0; answer.statusCode === 503 && again < 20; again += 1) answer = await inject();
      const replayed = answer.headers['idempotent-replayed'] === 'true';
      // A fault of the server says what it was, so that it can be found.
      if (answer.statusCode >= 500) throw new Error(`${answer.body} ${failures.join('; ')}`);
      return { status: answer.statusCode, body: answer.json(), replayed } as Answer;
    },
  };
}

const codeOf = ({ status, body }: Answer) => `${status} ${body.error?.code ?? body.reason ?? 'ok'}`;

describe('a till', () => {
  it('is opened by the keys of its programme alone', async () => {
    const { server, ask } = await openTill(['ana']);
    expect((await ask('balance', 'ana')).status).toBe(200);
    expect(codeOf(await ask('balance', 'ana', {}, { with: 'another-key-of-a-till' }))).toBe('401 unauthorized');
    const url = '/v1/loyalty/clib/balance';
    const none = await server.app.inject({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${key}` },
      payload: { member: { external_id: 'ana' } },
    });
    expect(none.statusCode).toBe(401);
    expect(codeOf(await ask('balance', 'nobody'))).toBe('404 unknown_member');
  });

  it('tells what a member has, what a reward takes, and what stands in the way', async () => {
    const { s, ask } = await openTill(['ana']);
    expect((await ask('balance', 'ana')).body).toEqual({
      usable: 100,
      pending: 0,
      held: 0,
      debt: 0,
      tier: 'bronze',
      next_expiry: null,
    });
    expect((await ask('quote', 'ana', { reward: 'mug' })).body).toEqual({
      points: 30,
      usable: 100,
      missing: 0,
      possible: true,
    });
    const quotes = await Promise.all(
      ['rich', 'vip', 'past', 'nothing'].map((reward) => ask('quote', 'ana', { reward })),
    );
    expect(quotes.map(codeOf)).toEqual([
      '200 not_enough_points',
      '200 not_eligible',
      '200 not_offered',
      '404 unknown_reward',
    ]);
    await s.person({ external_id: 'eve', traits: { country: 'AR' } });
    expect(codeOf(await ask('quote', 'eve', { reward: 'mug' }))).toBe('200 no_member');
    expect(codeOf(await ask('quote', 'ana', {}))).toBe('400 invalid_request');
  });

  it('spends points once for each key, gives the code again, and refuses another request under the key', async () => {
    const { s, ask } = await openTill(['ana', 'bo']);
    const first = await ask('redeem', 'bo', { reward: 'mug' }, { key: 'k1' });
    expect(first).toMatchObject({
      status: 200,
      replayed: false,
      body: { points: 30, reward: 'mug', code: expect.stringMatching(/^[0-9A-Z]{12}$/) },
    });
    expect(await ask('redeem', 'bo', { reward: 'mug' }, { key: 'k1' })).toEqual({ ...first, replayed: true });
    expect(codeOf(await ask('redeem', 'bo', { reward: 'once' }, { key: 'k1' }))).toBe('409 conflict');
    expect(codeOf(await ask('redeem', 'ana', { reward: 'mug' }, { key: 'k1' }))).toBe('409 conflict');
    expect(await booked(s, 'bo')).toEqual(['earn 100 order', 'redeem 30 mug']);
    expect(codeOf(await ask('redeem', 'bo', { points: 71 }))).toBe('409 not_enough_points');
    expect((await ask('redeem', 'bo', { points: 20 })).body).toMatchObject({ points: 20 });
  });

  it('gives the same answer to the same request that comes many times at once', async () => {
    const { s, ask } = await openTill(['cleo']);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => ask('redeem', 'cleo', { points: 60 }, { key: 'many' })),
    );
    expect(new Set(answers.map(({ body }) => body.transaction)).size).toBe(1);
    const others = await Promise.all(Array.from({ length: 6 }, () => ask('redeem', 'cleo', { points: 15 })));
    expect(others.map(codeOf).sort()).toEqual([...Array(2).fill('200 ok'), ...Array(4).fill('409 not_enough_points')]);
    expect(await account(s, 'cleo')).toMatchObject({ points: 10 });
  });

  it('pays a part of an amount, and gives a part of the points back', async () => {
    const { s, ask } = await openTill(['fay']);
    const amount = { amount: 1_250, currency: 'EUR' };
    expect((await ask('quote', 'fay', { amount })).body).toMatchObject({
      points: 60,
      pays: { amount: 600 },
      possible: true,
    });
    const paid = await ask('redeem', 'fay', { amount });
    expect(paid.body).toMatchObject({ points: 60, pays: { amount: 600, currency: 'EUR' } });
    expect(codeOf(await ask('redeem', 'fay', { amount: { amount: 100, currency: 'EUR' } }))).toBe('409 nothing_to_pay');
    expect((await ask('cancel', 'fay', { transaction: paid.body.transaction, points: 20 })).body).toMatchObject({
      points: 20,
    });
    expect((await account(s, 'fay')).points).toBe(60);
  });

  it('holds points, spends the hold once or lets it go, and gives it back when its time is over', async () => {
    const { s, ask } = await openTill(['ana', 'dan']);
    const hold = await ask('hold', 'dan', { reward: 'mug' });
    expect(hold.body).toMatchObject({ points: 30, reward: 'mug', until: '2026-03-02T10:10:00.000Z' });
    expect((await ask('balance', 'dan')).body).toMatchObject({ usable: 70, held: 30 });
    const spent = await ask('redeem', 'dan', { hold: hold.body.transaction });
    expect(spent.body).toMatchObject({ points: 30, reward: 'mug', code: expect.any(String) });
    expect(codeOf(await ask('redeem', 'dan', { hold: hold.body.transaction }))).toBe('409 over');
    const other = await ask('hold', 'dan', { points: 50, for: '5min' });
    expect(codeOf(await ask('cancel', 'ana', { transaction: other.body.transaction }))).toBe('404 unknown_transaction');
    expect((await ask('cancel', 'dan', { transaction: other.body.transaction })).status).toBe(200);
    expect((await ask('balance', 'dan')).body).toMatchObject({ usable: 70, held: 0 });
    expect(codeOf(await ask('hold', 'dan', { points: 50, for: '90d' }))).toBe('400 invalid_request');
    const lapsing = await ask('hold', 'dan', { points: 50 });
    await s.advance('11min');
    expect((await ask('balance', 'dan')).body).toMatchObject({ usable: 70, held: 0 });
    expect(codeOf(await ask('redeem', 'dan', { hold: lapsing.body.transaction }))).toBe('409 over');
  });

  it('takes and gives back what there is only so much of, and counts a limit anew after a cancellation', async () => {
    const { s, ask } = await openTill(['ana', 'dan']);
    const last = await ask('redeem', 'ana', { reward: 'last' });
    expect(last.status).toBe(200);
    expect(codeOf(await ask('redeem', 'dan', { reward: 'last' }))).toBe('409 sold_out');
    expect((await ask('cancel', 'ana', { transaction: last.body.transaction })).status).toBe(200);
    expect(codeOf(await ask('cancel', 'ana', { transaction: last.body.transaction }))).toBe('409 over');
    expect((await ask('redeem', 'ana', { reward: 'last' })).status).toBe(200);
    await s.settle();
    expect(await s.members('at-the-bakery')).toEqual(['ana']);
    const once = await ask('redeem', 'ana', { reward: 'once' });
    expect(codeOf(await ask('redeem', 'ana', { reward: 'once' }))).toBe('409 limit');
    await ask('cancel', 'ana', { transaction: once.body.transaction });
    expect((await ask('redeem', 'ana', { reward: 'once' })).status).toBe(200);
    expect((await account(s, 'ana')).points).toBe(80);
  });

  it('says in its documentation what it takes', async () => {
    const { server } = await openTill([]);
    const { paths } = (await server.app.inject('/docs/openapi.json')).json() as {
      readonly paths: Readonly<Record<string, unknown>>;
    };
    for (const path of ['balance', 'quote', 'hold', 'redeem', 'cancel'])
      expect(paths).toHaveProperty([`/v1/loyalty/{program}/${path}`]);
  });
});
