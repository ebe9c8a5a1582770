/** `loyalty` and `statement`: what the ledger says of a programme and of a person, for people and programs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine, shopFiles } from './command-line.ts';

let shop: CommandLine;

beforeAll(async () => {
  shop = await commandLine({
    ...shopFiles,
    'schema.yaml':
      'kind: schema\nid: shop\nevents:\n  order_placed: { order_id: id, total: money }\n  order_refunded: { order_id: id }\n  visited: { page: text }\nmeasures: { order_placed: total }\ntraits:\n  country: { type: text }\n  registered_at: { type: datetime }\n',
    'journey.yaml': `kind: journey
id: spend
objective: loyalty
entry: { when: { event: visited } }
steps:
  - id: take
    redeem: { program: club, reward: mug }
    otherwise: [{ exit: too-few }]
`,
    'club.yaml': `kind: loyalty
id: club
objective: frequency
issuer: house
caps: { day: 25 }
points: { expire: { after: 30d }, worth: { points: 1000, is: 12 EUR }, expected_redemption: 80% }
earn: [{ id: order, lever: spend, when: { event: order_placed }, points: 10 }]
refunds: { when: { event: order_refunded }, match: order_id, reverse: order }
tiers: [{ id: bronze, from: 0 }, { id: silver, from: 30, rolling: 12mo, benefits: [free-delivery] }]
rewards: [{ id: mug, cost: 15, give: { coupon: mug } }, { id: call, cost: 500, give: { codes: airtime } }]
`,
    'source.yaml': `kind: source
id: events
type: file
format: jsonl
identifiers: [ { type: external_id, column: who } ]
future: wait
event: { column: type }
occurred_at: { column: at, format: iso }
properties: { order_id: order }
message_id: [id]
`,
  });
  let id = 0;
  const line = (who: string, type: string, at: string, order?: string) => {
    id += 1;
    return JSON.stringify({ id, who, type, at, order });
  };
  shop.write({
    'events.jsonl': [
      line('ana', 'order_placed', '2026-02-02T10:00:00Z', '1'),
      line('ana', 'order_placed', '2026-02-10T10:00:00Z', '2'),
      line('ana', 'order_placed', '2026-02-20T10:00:00Z', '3'),
      line('ana', 'visited', '2026-02-21T10:00:00Z'),
      line('bo', 'order_placed', '2026-02-10T10:00:00Z', '4'),
      line('bo', 'order_refunded', '2026-02-11T10:00:00Z', '4'),
      line('bo', 'visited', '2026-02-12T10:00:00Z'),
    ].join('\n'),
  });
  for (const command of [
    'apply --yes --now 2026-02-01',
    'import events events.jsonl --trigger --now 2026-02-01',
    'run --until 2026-03-15 --now 2026-02-01',
  ]) {
    const ran = await shop.run(command);
    if (ran.code !== 0) throw new Error(ran.err);
  }
});
afterAll(() => shop.drop());

describe('loyalty', () => {
  it('rolls points from opening to closing, and says what they are owed and cost', async () => {
    const { out, code } = await shop.run('loyalty club --json --now 2026-03-15');
    expect(code).toBe(0);
    const report = JSON.parse(out);
    // 30 given to ana, of which 15 are spent on a mug, the first lot whole, and 5 of the second expire on 12 March.
    expect(report.total).toEqual({ opening: 0, issued: 40, redeemed: 15, expired: 5, reversed: 10, closing: 10 });
    expect(report.byMonth).toMatchObject([{ month: '2026-02', closing: 10, breakage: 5 / 30 }]);
    expect(report.byTier).toMatchObject([{ tier: 'bronze', issued: 40 }]);
    expect(report.members).toEqual([
      { tier: 'bronze', members: 1 },
      { tier: 'silver', members: 1 },
    ]);
    expect(report.money).toEqual({ currency: 'EUR', liability: 10, cost: 18, expectedRedemption: 0.8 });
    expect(report.byCurrency).toMatchObject([
      { currency: 'points', issued: 40, closing: 10 },
      { currency: 'EUR', issued: 48, redeemed: 18, expired: 6, reversed: 12, closing: 12 },
    ]);
    expect([report.referrals, report.kept]).toEqual([[], { postings: 0, points: 0 }]);
    expect(report.sources).toMatchObject([
      { kind: 'earn', source: 'order', times: 4, members: 2, points: 40 },
      { kind: 'redeem', source: 'mug', times: 1, points: 15 },
    ]);
  });

  it('of a period opens with what was there before it', async () => {
    const { out } = await shop.run('loyalty club --since 2026-02-15 --until 2026-03-01 --json --now 2026-03-15');
    expect(JSON.parse(out).total).toEqual({
      opening: 20,
      issued: 10,
      redeemed: 15,
      expired: 0,
      reversed: 0,
      closing: 15,
    });
  });

  it('is told in words', async () => {
    const { out } = await shop.run('loyalty club --now 2026-03-15');
    expect(out).toContain('0 points + 40 issued − 15 redeemed − 5 expired − 10 reversed = 10');
    expect(out).toContain('liability 0.10 EUR at 80.0 % expected redemption, cost of what was redeemed 0.18 EUR');
    expect(out).toMatch(/silver +1 +50\.0 %/);
  });

  it('of a programme that is not there says which are', async () => {
    const { code, err } = await shop.run('loyalty clup --now 2026-03-15');
    expect(code).toBe(1);
    expect(err).toContain('Did you mean club?');
  });
});

describe('codes', () => {
  it('are added once, and only to a pool that some reward gives', async () => {
    shop.write({ 'codes.txt': 'A1\nA2\n\nA1\n' });
    expect((await shop.run('codes club airtime codes.txt')).out).toBe('2 codes added to airtime of club.\n');
    expect(JSON.parse((await shop.run('codes club airtime codes.txt --json')).out)).toMatchObject({
      added: 0,
      known: 2,
    });
    expect((await shop.run('codes club airtme codes.txt')).err).toContain('It has airtime.');
    expect((await shop.run('codes club airtime none.txt')).err).toContain('There is no file "none.txt"');
  });
});

describe('statement', () => {
  it('tells what can be spent, the tier, and each posting', async () => {
    const { out } = await shop.run('statement ana --now 2026-03-15');
    expect(out).toContain('club: 10 points can be spent');
    expect(out).toContain('tier silver (free-delivery)');
    expect(out).toContain('the next points are lost on 2026-03-22 10:00 UTC');
    expect(out).toMatch(/2026-03-12 10:00 UTC +expire +5/);
    expect(out).toMatch(/2026-02-21 10:00 UTC +redeem +15 +mug/);
  });

  it('of who has no account says so, and of nobody that there is nobody', async () => {
    const told = JSON.parse((await shop.run('statement bo --json --now 2026-03-15')).out);
    expect(told.accounts).toMatchObject([{ program: 'club', usable: 0, debt: 0, tier: 'bronze' }]);
    expect((await shop.run('statement nobody --now 2026-03-15')).err).toContain('Nobody answers to "nobody"');
  });
});

describe('the till at a terminal', () => {
  const now = '--now 2026-03-16';

  it('quotes, holds, spends a hold, and gives points back; each key is booked once', async () => {
    expect((await shop.run(`loyalty quote club ana --reward mug ${now}`)).out).toBe(
      'It takes 15 points of 10: 5 are missing.\n',
    );
    const short = await shop.run(`loyalty redeem club ana --reward mug ${now}`);
    expect(short).toMatchObject({ code: 1, out: 'Nothing was booked: 5 points are missing.\n' });
    const held = JSON.parse((await shop.run(`loyalty hold club ana --points 8 --for 1h --json ${now}`)).out);
    expect(held).toMatchObject({ status: 'done', points: 8, until: '2026-03-16T01:00:00.000Z' });
    const spend = `loyalty redeem club ana --hold ${held.transaction} --key till-1 ${now}`;
    expect((await shop.run(spend)).out).toMatch(/^8 points, transaction \d+\n$/);
    const again = await shop.run(spend);
    expect(again.out).toMatch(/^8 points, transaction (\d+) \(booked before under this key\)\n$/);
    const number = /transaction (\d+)/.exec(again.out)?.[1];
    expect((await shop.run(`loyalty cancel club ana ${number} ${now}`)).code).toBe(0);
    expect((await shop.run(`loyalty cancel club ana ${number} ${now}`)).code).toBe(1);
    expect((await shop.run(`statement ana ${now}`)).out).toContain('club: 10 points can be spent');
  });

  it('says what is missing or unknown', async () => {
    expect((await shop.run(`loyalty redeem club ana ${now}`)).err).toContain('either --reward or --points');
    expect((await shop.run(`loyalty quote club ana --reward mugg ${now}`)).err).toContain('It has mug, call.');
    expect((await shop.run(`loyalty quote club nobody --reward mug ${now}`)).err).toContain('Nobody answers to');
  });
});

describe('the review list', () => {
  it('shows what a cap keeps back, names nobody, and books or leaves it as somebody decides', async () => {
    expect((await shop.run('loyalty review list club --now 2026-03-16')).out).toBe('Nothing is kept back of club.\n');
    const orders = ['a', 'b', 'c', 'd'].map((order) =>
      JSON.stringify({ id: `cy ${order}`, who: 'cy', type: 'order_placed', at: '2026-03-16T10:00:00Z', order }),
    );
    shop.write({ 'cy.jsonl': orders.join('\n') });
    await shop.run('import events cy.jsonl --trigger --now 2026-03-16');
    await shop.run('run --until 2026-03-17 --now 2026-03-16');
    const shown = JSON.parse((await shop.run('loyalty review list --json --now 2026-03-17')).out).reviews;
    expect(shown).toMatchObject([
      { program: 'club', points: 10, source: 'order', reason: 'day', status: 'open' },
      { status: 'open' },
    ]);
    const [first, second] = shown.map(({ review }: { readonly review: number }) => review);
    const { out } = await shop.run('loyalty review list club --now 2026-03-17');
    expect(out).toMatch(/club +\d+ +10 +order +points of a day/);
    expect(out).not.toContain('cy');
    const accept = `loyalty review accept ${first} --by ida --now 2026-03-17`;
    expect((await shop.run(accept)).out).toBe('1 posting accepted: 10 points.\n');
    expect(await shop.run(accept)).toMatchObject({ code: 1, out: `${first} was accepted before.\n` });
    expect((await shop.run(`loyalty review refuse ${second} 1 --now 2026-03-17`)).out).toBe(
      '1 posting refused: 10 points.\n1 stands on no list.\n',
    );
    expect((await shop.run('statement cy --now 2026-03-17')).out).toContain('club: 30 points can be spent');
  });
});
