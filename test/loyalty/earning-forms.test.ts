/**
 * The forms of earning side by side: several programmes watch one shop, each with a form of its own, and what each booked is told in short
 * lines. What rules and time do otherwise is in `earning.test.ts`.
 */
import { describe, expect, it } from 'vitest';
import type { LoyaltyBody } from '../../engine/compiler/ir.ts';
import { readProgramme } from '../../engine/measure/loyalty/programme.ts';
import type { Scenario } from '../activation/scenario.ts';
import { scenario } from '../activation/scenario.ts';
import { clubFiles, eur } from './club.ts';

const programme = (id: string, lines: string) => `kind: loyalty\nid: ${id}\nobjective: basket\nissuer: house\n${lines}`;
const onOrder = 'lever: spend, when: { event: order_placed }';

/** The shop with these programmes beside an empty one. */
function shop(programmes: Readonly<Record<string, string>>, more = ''): Promise<Scenario> {
  const texts = Object.entries(programmes).map(([id, lines]) => programme(id, lines));
  return scenario(
    clubFiles(
      'earn: [{ id: none, lever: say, when: { event: referral_accepted }, points: 1 }]\n',
      [...texts, more].filter((one) => one !== '').join('---\n'),
    ),
  );
}

/** `order 10`, in order, by programme; reversals as `-4`, points for tiers as `tier 30 turnover`. */
async function given(s: Scenario, who: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const rows = await s.rows<{ program: string; kind: string; source: string; amount: number }>(
    `select x.program, x.kind, x.source, x.amount from parcours.ledger_txn x
     join parcours.ledger_member m on m.lane = x.lane and m.holder_id = x.holder_id
     join parcours.identifier i on i.lane = m.lane and i.profile_id = m.profile_id and i.value = $1
     where x.kind in ('earn', 'qualify', 'reverse', 'disqualify') order by x.txn_id`,
    [who],
  );
  const lines: Record<string, string[]> = {};
  for (const { program, kind, source, amount } of rows) {
    const words = { earn: `${source} ${amount}`, qualify: `tier ${source} ${amount}`, reverse: `-${amount}` }[kind];
    lines[program] = [...(lines[program] ?? []), words ?? `tier -${amount}`];
  }
  return lines;
}

const order = (id: string, total: number) => ({ order_id: id, total: eur(total) });

describe('points', () => {
  it('are given by bands, by times, for the first alone, rounded as declared, and within limits over rules', async () => {
    const per = (more: string) => `earn: [{ id: o, ${onOrder}, points: { per: 10 EUR, of: total, ${more} } }]\n`;
    const s = await shop({
      bands: per('bands: [{ from: 0 EUR, give: 1 }, { from: 20 EUR, give: 3 }, { from: 50 EUR, give: 10 }]'),
      nth: `earn: [{ id: o, ${onOrder}, points: { nth: [10, 20, 50], calendar: month } }]\n`,
      first: `earn: [{ id: o, ${onOrder}, first: true, points: 7 }]\n`,
      up: `points: { round: up }\n${per('give: 2')}`,
      nearest: `earn: [{ id: o, ${onOrder}, round: nearest, points: { per: 10 EUR, of: total, give: 2 } }]\n`,
      limits: `earn:\n  - { id: a, ${onOrder}, points: 10 }\n  - { id: b, ${onOrder}, points: 6 }\nlimits:\n  - { max_points: 25, calendar: day }\n  - { max: 1, lifetime: true, of: [b] }\n`,
    });
    await s.tell([{ who: 'bo', type: 'order_placed', properties: order('0', 5), trigger: false }]);
    // Two in one transaction: the first of them is the first.
    await s.tell([
      { who: 'ana', type: 'order_placed', properties: order('2', 66), at: '2026-03-02T09:00:00Z' },
      { who: 'ana', type: 'order_placed', properties: order('1', 14), at: '2026-03-02T08:00:00Z' },
    ]);
    await s.settle();
    await s.event('ana', 'order_placed', order('3', 15));
    expect(await given(s, 'ana')).toEqual({
      bands: ['o 1', 'o 21', 'o 1'],
      nth: ['o 10', 'o 20', 'o 50'],
      first: ['o 7'],
      up: ['o 4', 'o 14', 'o 4'],
      nearest: ['o 2', 'o 14', 'o 4'],
      limits: ['a 10', 'a 10', 'b 5'].sort(),
    });
    await s.event('bo', 'order_placed', order('4', 14));
    expect((await given(s, 'bo')).first).toBeUndefined();
    // Under other names members would begin at nothing.
    await expect(s.reapply(clubFiles('tiers: [{ id: all, from: 0 }]\n'))).rejects.toThrow(
      /loyalty\/bands \(2 members with 24 points\)/,
    );
    expect(await s.deadLetters()).toEqual([]);
  });

  it('are multiplied by boosts and tiers; of a group all, the best or the first remain', async () => {
    const two = (take: string) =>
      `earn:\n  - { id: a, ${onOrder}, points: 10, group: g }\n  - { id: b, ${onOrder}, points: { per: 1 EUR, of: total, give: 1 }, group: g }\ngroups: { g: ${take} }\n`;
    const s = await shop({
      stack: two('stack'),
      best: two('best'),
      first: two('first'),
      boosted: `earn: [{ id: a, ${onOrder}, points: 5 }, { id: b, ${onOrder}, points: 10 }]
boosts:
  - { id: mondays, times: 1.5, days: [mon] }
  - { id: spring, times: 2, from: 2026-03-01, until: 2026-03-03, of: [a] }
  - { id: nigeria, times: 3, if: { trait: country, is: NG }, of: [a] }
  - { id: weak, times: 1.2, of: [b], group: one }
  - { id: strong, times: 2, of: [b], group: one }
groups: { one: best }
`,
      ranked: `earn: [{ id: a, ${onOrder}, points: 10 }]
tiers: [{ id: bronze, from: 0 }, { id: silver, from: 10, times: 1.25 }]
`,
    });
    await s.person({ external_id: 'ana', traits: { country: 'NG' } });
    await s.event('ana', 'order_placed', order('1', 12));
    expect(await given(s, 'ana')).toEqual({
      stack: ['a 10', 'b 12'],
      best: ['b 12'],
      first: ['a 10'],
      boosted: ['a 45', 'b 30'],
      ranked: ['a 10'],
    });
    await s.advance('1d');
    await s.event('ana', 'order_placed', order('2', 8));
    const { best, boosted, ranked } = await given(s, 'ana');
    expect([best, boosted, ranked]).toEqual([
      ['b 12', 'a 10'],
      ['a 45', 'b 30', 'a 15', 'b 20'],
      ['a 10', 'a 12'],
    ]);
  });
});

describe('what opens a rule', () => {
  const schema = `kind: schema
id: parcels
entities:
  parcel:
    key: parcel_id
    fields: { status: { type: enum, values: [sent, delivered, lost] }, price: { type: money } }
    people: { buyer: { max: 1 } }
---
kind: segment
id: complete
where: [ { trait: first_name, exists: true }, { trait: country, exists: true } ]
`;

  it('may be a row that comes to a value, once for each row, a trait, or a segment that is entered', async () => {
    const s = await shop(
      {
        rows: `earn: [{ id: got, lever: spend, when: { changes: parcel.status, to: delivered }, points: { per: 10 EUR, of: price, give: 1 } }]\n`,
        traits: 'earn: [{ id: moved, lever: say, when: { changes: country }, points: 4 }]\n',
        segments:
          'earn: [{ id: filled, lever: say, when: { enters: complete }, points: 30, limit: { max: 1, lifetime: true } }]\n',
      },
      schema,
    );
    const parcel = (status: string) => ({
      who: '',
      row: {
        entity: 'parcel',
        key: 'p1',
        fields: { parcel_id: 'p1', status, price: eur(45) },
        people: [{ role: 'buyer', max: 1, names: 'all' as const, of: [[{ type: 'external_id', value: 'ana' }]] }],
      },
    });
    await s.person({ external_id: 'ana', traits: { first_name: 'Ana' } });
    for (const status of ['sent', 'delivered', 'lost', 'delivered']) {
      await s.tell([parcel(status)]);
      await s.settle();
      await s.advance('1h');
    }
    for (const country of ['AR', null, 'AR']) {
      await s.traits('ana', { country });
      await s.advance('1h');
    }
    expect(await given(s, 'ana')).toEqual({ rows: ['got 4'], traits: ['moved 4', 'moved 4'], segments: ['filled 30'] });
    expect(await s.deadLetters()).toEqual([]);
  });
});

describe('times of points', () => {
  it('follow the calendar, wait for an event about the purchase, and end on a day', async () => {
    const s = await shop(
      {
        day: `points: { usable_after: 1d, usable_at: end_of_day, expire: { after: 1mo, at: end_of_month } }\nearn: [{ id: o, ${onOrder}, points: 1 }]\n`,
        month: `points: { usable_after: 1mo, usable_at: start_of_month, expire: { last_day: 12-31 } }\nearn: [{ id: o, ${onOrder}, points: 1 }]\n`,
        waits: `earn: [{ id: o, ${onOrder}, usable_when: { event: reviewed_order, match: order_id, at_latest: 30d }, expire: { last_day: 2026-06-30 }, points: 10 }]\n`,
      },
      `kind: schema\nid: reviews\nevents: { reviewed_order: { order_id: id } }\n---\nkind: segment\nid: rich\nwhere: { points: waits, gte: 15 }\n`,
    );
    await s.event('ana', 'order_placed', order('1', 10));
    // The second one was reviewed before it was told of.
    await s.event('ana', 'reviewed_order', { order_id: '2' });
    await s.event('ana', 'order_placed', order('2', 10));
    const lots = () =>
      s.rows<{ line: string }>(
        `select o.program || ' ' || o.account || ' ' || to_char(o.active_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' ' ||
           coalesce(to_char(o.expires_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), '') as line from parcours.ledger_open o order by o.program, o.lot_id`,
      );
    const lines = (await lots()).map(({ line }) => line);
    expect(lines.filter((line) => !line.startsWith('waits')).slice(1, 3)).toEqual([
      'day pending 2026-03-04 00:00 2026-05-01 00:00',
      'month pending 2026-04-01 00:00 2027-01-01 00:00',
    ]);
    expect(lines.filter((line) => line.startsWith('waits'))).toEqual([
      'waits pending 2026-04-01 10:00 2026-07-01 00:00',
      'waits active 2026-03-02 10:00 2026-07-01 00:00',
    ]);
    await s.advance('3d');
    expect(await s.members('rich')).toEqual([]);
    await s.event('ana', 'reviewed_order', { order_id: '1' });
    await s.event('ana', 'reviewed_order', { order_id: '1' });
    await s.settle();
    // Who reads points is told of what waited for an event, though time has no part in it.
    expect(await s.members('rich')).toEqual(['ana']);
    expect((await lots()).map(({ line }) => line).filter((line) => line.startsWith('waits'))[0]).toBe(
      'waits active 2026-03-05 10:00 2026-07-01 00:00',
    );
    expect(await s.deadLetters()).toEqual([]);
  });
});

describe('tiers', () => {
  it('may count what was spent instead of points, by the calendar year; a refund takes its part back of both', async () => {
    const s = await shop(
      {
        spent: `earn: [{ id: o, ${onOrder}, points: 5 }]
qualify: [{ id: turnover, when: { event: order_placed }, points: { per: 1 EUR, of: total, give: 1 } }]
refunds: { when: { event: order_refunded }, match: order_id, reverse: [o, turnover] }
tiers: [{ id: bronze, from: 0 }, { id: silver, from: 100, calendar: year }]
downgrade: { at: 02-01, grace: 7d }
`,
      },
      'kind: segment\nid: silvers\nwhere: { tier: spent, is: silver }\n',
    );
    await s.event('ana', 'order_placed', order('1', 60));
    await s.event('ana', 'order_placed', order('2', 50));
    expect(await s.members('silvers')).toEqual(['ana']);
    await s.event('ana', 'order_refunded', order('2', 25));
    expect(await s.members('silvers')).toEqual([]);
    expect(await given(s, 'ana')).toEqual({
      spent: ['o 5', 'tier turnover 60', 'o 5', 'tier turnover 50', '-3', 'tier -25'],
    });
    await s.event('ana', 'order_placed', order('3', 20));
    expect(await s.members('silvers')).toEqual(['ana']);
    // The year is over, yet tiers fall on the first of February, and a week later.
    await s.runUntil('2027-02-07T23:00:00Z');
    expect(await s.members('silvers')).toEqual(['ana']);
    await s.runUntil('2027-02-08T01:00:00Z');
    expect(await s.members('silvers')).toEqual([]);
  });
});

describe('a budget', () => {
  it('is given to all members together and no further, month by month; a purchase told twice takes of it once', async () => {
    const s = await shop({
      bound: `earn: [{ id: o, ${onOrder}, points: 10 }]
refunds: { when: { event: order_refunded }, match: order_id, reverse: o }
budgets: [{ id: spring, max_points: 35, calendar: month }]
`,
    });
    const names = ['ana', 'bo', 'cleo', 'dan', 'eve', 'fay'];
    const buy = async (n: string) => {
      await s.tell(names.map((who) => ({ who, type: 'order_placed', properties: order(`${who} ${n}`, 10) })));
      await s.settle();
      await s.advance('2min');
    };
    const sum = async () =>
      (
        await s.rows<{ points: number }>(
          "select coalesce(sum(amount), 0)::integer as points from parcours.ledger_txn where kind = 'earn'",
        )
      )[0]?.points;
    await s.event('ana', 'order_placed', order('ana 1', 10));
    await s.advance('2min');
    await s.event('ana', 'order_placed', order('ana 1', 10));
    await s.advance('2min');
    await buy('1');
    expect(await sum()).toBe(35);
    await s.runUntil('2026-04-01T10:00:00Z');
    await buy('2');
    expect(await sum()).toBe(70);
    // What came back may be given again, in its month: some of the five who got points give theirs back.
    for (const who of names) await s.event(who, 'order_refunded', order(`${who} 2`, 10));
    await s.advance('2min');
    await buy('3');
    expect(await sum()).toBe(105);
    const { body } = s.bundle().resources.find(({ id }) => id === 'bound') as { readonly body: LoyaltyBody };
    const now = s.clock.now();
    const report = await s.store.withSession((session) =>
      readProgramme(session, { program: 'bound', body, since: null, until: null, now }),
    );
    expect(report.budgets).toEqual([
      { id: 'spring', since: '2026-04-01', points: 35, max: 35 },
      { id: 'spring', since: '2026-03-01', points: 35, max: 35 },
    ]);
    expect(await s.deadLetters()).toEqual([]);
  });
});
