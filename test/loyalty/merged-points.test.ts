/**
 * Two profiles that turn out to be one: what each of them earned is one history from then on, which refunds, limits, tiers, challenges and
 * referrals read as if there had never been two; and each has his own again when the merge is taken back.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cancelAtTill, redeemAtTill } from '../../engine/activation/loyalty/till/till.ts';
import { type Running, runningPrograms } from '../../engine/activation/running.ts';
import type { LinkedProgramme } from '../../engine/compiler/linked-programme.ts';
import { returnPointsOf } from '../../engine/loyalty/move-points.ts';
import { readProgramme } from '../../engine/measure/loyalty/programme.ts';
import type { Fact } from '../../engine/profiles/fact.ts';
import type { IdentifiedFact } from '../../engine/profiles/identified-fact.ts';
import { unmergeProfile } from '../../engine/profiles/identity/unmerge.ts';
import { ingestFacts } from '../../engine/profiles/ingest.ts';
import { laneOf } from '../../engine/profiles/lane-of.ts';
import { liveRevisionNumber } from '../../engine/store/revisions.ts';
import { type Scenario, scenario } from '../activation/scenario.ts';
import { proofSize } from '../support/proof.ts';
import { clubFiles, eur } from './club.ts';

const refunded = 'when: { event: order_refunded }, match: order_id, spent_points: debt';
const rules = `earn:
  - { id: fixed, lever: spend, when: { event: order_placed }, points: 10, limit: { max_points: 25, calendar: month } }
  - { id: euros, lever: spend, when: { event: order_placed }, points: { per: 3 EUR, of: total, give: 2 }, usable_when: { event: delivered, match: order_id, at_latest: 12d } }
  - { id: often, lever: spend, when: { event: order_placed }, points: { nth: [1, 2, 4, 8], lifetime: true } }
qualify: [{ id: turnover, when: { event: order_placed }, points: { per: 1 EUR, of: total, give: 1 } }]
refunds: { ${refunded}, reverse: [fixed, euros, often, turnover] }
challenges: [{ id: three, count: { event: order_placed }, reach: 3, calendar: month, points: 50 }]
tiers: [{ id: bronze, from: 0 }, { id: silver, from: 60, rolling: 20d, keep: 2d }, { id: gold, from: 140, rolling: 20d }]
points: { expire: { after: 25d } }
rewards: [{ id: mug, cost: 15, give: { coupon: mug } }]
`;
/** Nothing in it depends on how much somebody had before, so two can earn at once what one would. */
const plain = `kind: loyalty
id: plain
objective: frequency
issuer: house
earn: [{ id: each, lever: spend, when: { event: order_placed }, points: { per: 1 EUR, of: total, give: 1 } }]
refunds: { ${refunded}, reverse: each }
tiers: [{ id: low, from: 0 }, { id: high, from: 80, rolling: 20d, keep: 2d }]
points: { expire: { after: 20d } }
referral:
  when: { event: referral_accepted }
  qualifies: { event: order_placed, within: 30d }
  referrer: { points: 200 }
  referee: { points: 100 }
  unless_same: [phone]
`;
const more = `kind: schema
id: deliveries
events: { delivered: { order_id: id } }
---
kind: journey
id: spend
objective: loyalty
entry: { when: { event: visited }, reentry: always }
steps: [{ id: take, redeem: { program: club, reward: mug }, otherwise: [{ exit: poor }] }]
---
${plain}`;
const identity = {
  mergeBy: ['external_id', 'email'].map((identifier) => ({ identifier, atMost: null, never: [] })),
  maxProfiles: 50,
  survivorship: {},
};

interface Told {
  readonly who: readonly string[];
  readonly traits?: Fact['traits'];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, string | { readonly amount: number; readonly currency: string }>>;
}

/** Names with an @ are addresses. Who is named twice is one. */
function teller(s: Scenario) {
  let messages = 0;
  return async (told: readonly Told[]): Promise<void> => {
    const at = s.clock.now().getTime();
    const facts = told.map(({ who, traits, type, properties = {} }): IdentifiedFact => {
      messages += 1;
      const identifiers = who.map((value) => ({ type: value.includes('@') ? 'email' : 'external_id', value }));
      const fact: Fact = { at, received: at, source: 'test', trigger: true };
      const event = type === undefined ? {} : { event: { type, value: null, unit: null, properties } };
      return {
        messageId: `t${messages}`,
        identifiers,
        fact: { ...fact, ...event, ...(traits !== undefined && { traits }) },
      };
    });
    await s.store.withSession((session) => ingestFacts(session, facts, { now: s.clock.now(), identity }));
    await s.settle();
  };
}

const files = {
  ...clubFiles(rules, more),
  'identity.yaml': 'kind: identity\nid: people\nmerge_by: [{ identifier: external_id }, { identifier: email }]\n',
};
const order = (id: string, euros: number) => ({ order_id: id, total: eur(euros) });

/** What the accounts of each person hold, by one of his names and programme. */
async function standings(s: Scenario, programs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await s.rows<{ name: string; program: string; line: string }>(
    `select i.value as name, m.program, concat_ws(' ', m.debt, m.tier, m.tier_since, m.tier_until, m.next_change, (
         select string_agg(o.points || '/' || o.account || '/' || o.active_at || '/' || o.expires_at, ' ' order by o.active_at, o.expires_at, o.points) from (
           select sum(o.remaining) as points, o.account, o.active_at, o.expires_at from parcours.ledger_open o
           where o.lane = m.lane and o.profile_id = m.profile_id and o.program = m.program
           group by o.account, o.active_at, o.expires_at) o)) as line
     from parcours.ledger_member m join parcours.identifier i on i.lane = m.lane and i.profile_id = m.profile_id
     where m.program = any($1)`,
    [programs],
  );
  return new Map(rows.map(({ name, program, line }) => [`${name} ${program}`, line]));
}

describe('a merge at any moment', () => {
  it('leaves the history that one profile would have: refunds, debts, tiers, limits, challenges', async () => {
    const s = await scenario(files);
    const tell = teller(s);
    const steps = 8;
    const act = fc.record({
      does: fc.constantFrom('buys', 'buys', 'buys', 'returns', 'returns', 'gets', 'spends', 'spends'),
      euros: fc.integer({ min: 1, max: 70 }),
      of: fc.integer({ min: 0, max: steps - 1 }),
      part: fc.constantFrom(1, 2, 3),
      asOther: fc.boolean(),
    });
    const histories = fc.sample(
      fc.record({
        acts: fc.array(act, { minLength: steps, maxLength: steps }),
        mergeAt: fc.integer({ min: 1, max: steps - 1 }),
        // Whether both bought something before, or one of them all of it.
        isSplit: fc.boolean(),
        isOther: fc.boolean(),
      }),
      { numRuns: proofSize(200), seed: 8 },
    );
    const everybody = histories.flatMap((_, i) => [`one${i}`, `two${i}`, `two${i}@x`]);
    await tell(everybody.map((who) => ({ who: [who] })));
    for (let step = 0; step < steps; step += 1) {
      const merging = histories.flatMap(({ mergeAt }, i) =>
        mergeAt === step ? [{ who: [`two${i}`, `two${i}@x`] }] : [],
      );
      await tell(merging);
      const told = histories.flatMap(({ acts, mergeAt, isSplit, isOther }, i): Told[] => {
        const { does, euros, of, part, asOther } = acts[step] as (typeof acts)[number];
        const isOne = step >= mergeAt;
        // Before, each of the two has points of his own, and can't spend the other's.
        if (does === 'spends' && !isOne) return [];
        const at = does === 'buys' ? step : of;
        const bought = acts[at];
        if (bought?.does !== 'buys' || at > step) return [];
        // What comes back is told of who bought it, where there are two.
        const isByOther = isOne ? asOther : isSplit ? bought.asOther : isOther;
        return [`one${i}`, isByOther ? `two${i}@x` : `two${i}`].map((who): Told => {
          const id = `${who.slice(0, 3)}${i} ${at}`;
          if (does === 'spends') return { who: [who], type: 'visited' };
          if (does === 'gets') return { who: [who], type: 'delivered', properties: { order_id: id } };
          const amount = does === 'buys' ? euros : Math.ceil(bought.euros / part);
          return {
            who: [who],
            type: does === 'buys' ? 'order_placed' : 'order_refunded',
            properties: order(id, amount),
          };
        });
      });
      await tell(told);
      await s.advance('5d');
    }
    expect(await s.rows('select from parcours.merge_log where undone_at is null')).toHaveLength(histories.length);
    const found = await standings(s, ['club', 'plain']);
    const same = histories.flatMap(({ isSplit }, i) =>
      (isSplit ? ['plain'] : ['club', 'plain']).map((program) => ({ i, program })),
    );
    for (const { i, program } of same) {
      expect(found.get(`two${i} ${program}`), `${program} of ${i}: ${JSON.stringify(histories[i])}`).toBe(
        found.get(`one${i} ${program}`),
      );
    }
    expect(new Set(found.values()).size).toBeGreaterThan(4);
    expect(await s.deadLetters()).toEqual([]);
  });
});

/** By name: points in the programme `plain`, what is owed, the tier. */
async function plainOf(s: Scenario, who: string): Promise<string> {
  const rows = await s.rows<{ line: string }>(
    `select concat_ws(' ', (
         select coalesce(sum(o.remaining), 0) from parcours.ledger_open o
         where o.lane = m.lane and o.profile_id = m.profile_id and o.program = m.program), nullif(-m.debt, 0), m.tier) as line
     from parcours.ledger_member m join parcours.identifier i on i.lane = m.lane and i.profile_id = m.profile_id
     where m.program = 'plain' and i.value = $1`,
    [who],
  );
  return rows[0]?.line ?? 'none';
}

async function profileOf(s: Scenario, who: string): Promise<number> {
  const rows = await s.rows<{ profile_id: number }>('select profile_id from parcours.identifier where value = $1', [
    who,
  ]);
  return rows[0]?.profile_id ?? 0;
}

async function runningOf(s: Scenario): Promise<Running> {
  const running = await s.store.withSession(async (session) =>
    runningPrograms().get(session, await liveRevisionNumber(session)),
  );
  return running as Running;
}

async function unmerge(s: Scenario, profileId: number): Promise<void> {
  const returnPoints = returnPointsOf((await runningOf(s)).program.programmes);
  const asked = { profileId, identity, now: s.clock.now(), by: 'test', returnPoints };
  await s.store.withSession((session) => session.transaction((inside) => unmergeProfile(inside, asked)));
  await s.settle();
}

describe('a purchase before a merge', () => {
  it('is refunded after it in parts, earns once however often it is told, and is his again who made it', async () => {
    const s = await scenario(files);
    const tell = teller(s);
    const buys = (who: string, id: string, euros: number) =>
      tell([{ who: [who], type: 'order_placed', properties: order(id, euros) }]);
    const returns = (who: string, id: string, euros: number) =>
      tell([{ who: [who], type: 'order_refunded', properties: order(id, euros) }]);
    await buys('ana', 'o2', 30);
    await buys('ana@x', 'o1', 90);
    expect([await plainOf(s, 'ana'), await plainOf(s, 'ana@x')]).toEqual(['30', '90 high']);
    const other = await profileOf(s, 'ana@x');
    await s.advance('1h');
    await tell([{ who: ['ana', 'ana@x'] }]);
    expect(await plainOf(s, 'ana')).toBe('120 high');
    await buys('ana', 'o1', 90);
    expect(await plainOf(s, 'ana')).toBe('120 high');
    await s.advance('1h');
    await returns('ana', 'o1', 30);
    await buys('ana', 'o3', 5);
    expect(await plainOf(s, 'ana')).toBe('95 high');
    await unmerge(s, other);
    // What was bought as one stays with who was told of it; each tier is that of his own purchases.
    expect([await plainOf(s, 'ana'), await plainOf(s, 'ana@x')]).toEqual(['35', '60']);
    await s.advance('1h');
    await returns('ana@x', 'o1', 60);
    await returns('ana', 'o2', 30);
    expect([await plainOf(s, 'ana'), await plainOf(s, 'ana@x')]).toEqual(['5', '0']);
    // All of it came back: nothing is left to take.
    await returns('ana@x', 'o1', 60);
    expect(await plainOf(s, 'ana@x')).toBe('0');
    expect(await s.deadLetters()).toEqual([]);
  });

  it('stays in the reports where it was: in its month, with its issuer, of one member less', async () => {
    const s = await scenario(files, { start: '2026-03-30T10:00:00Z' });
    const tell = teller(s);
    await tell([{ who: ['ana'], type: 'order_placed', properties: order('o2', 30) }]);
    await tell([{ who: ['ana@x'], type: 'order_placed', properties: order('o1', 90) }]);
    await s.runUntil('2026-04-02T10:00:00Z');
    const { body } = (await runningOf(s)).program.programmes.get('plain') as LinkedProgramme;
    const since = s.clock.now();
    const read = async () => {
      const session = await s.store.session();
      try {
        const now = s.clock.now();
        return await readProgramme(session, { program: 'plain', body, since, until: null, now });
      } finally {
        await session.close();
      }
    };
    const before = await read();
    expect(before.byMonth).toMatchObject([{ month: '2026-03', opening: 120, closing: 120 }]);
    await tell([{ who: ['ana', 'ana@x'] }]);
    const after = await read();
    expect(after).toMatchObject({ total: before.total, byMonth: before.byMonth, byIssuer: before.byIssuer });
    expect([before, after].map(({ members }) => members)).toEqual([
      [
        { tier: 'low', members: 1 },
        { tier: 'high', members: 1 },
      ],
      [{ tier: 'high', members: 1 }],
    ]);
  });

  it('can be given back what it was paid with, and a key that was used then books nothing anew', async () => {
    const s = await scenario(files);
    const tell = teller(s);
    await tell([{ who: ['ana'] }]);
    await tell([{ who: ['ana@x'], type: 'order_placed', properties: order('o1', 90) }]);
    const running = await runningOf(s);
    const programme = running.program.programmes.get('plain') as LinkedProgramme;
    const request = async (key: string) => {
      const profileId = await profileOf(s, 'ana@x');
      const who = { lane: laneOf(profileId), profileId, program: 'plain' };
      return { running, programme, who, caller: { key, digest: 'x' }, now: s.clock.now() };
    };
    const redeem = async (key: string) => {
      const asked = await request(key);
      return s.store.withSession((session) => redeemAtTill(session, asked, { kind: 'points', points: 50 }));
    };
    const paid = await redeem('k1');
    const other = await profileOf(s, 'ana@x');
    await s.advance('1h');
    await tell([{ who: ['ana', 'ana@x'] }]);
    expect(await plainOf(s, 'ana')).toBe('40 high');
    expect(await redeem('k1')).toMatchObject({ status: 'repeated' });
    const transaction = (paid as { readonly transaction: number }).transaction;
    const cancel = async (key: string, points: number | null) => {
      const asked = await request(key);
      return s.store.withSession((session) => cancelAtTill(session, asked, { transaction, points }));
    };
    expect(await cancel('k2', 20)).toMatchObject({ status: 'done', points: 20 });
    expect(await cancel('k3', null)).toMatchObject({ status: 'done', points: 30 });
    expect(await cancel('k4', null)).toMatchObject({ status: 'refused', why: 'over' });
    expect(await plainOf(s, 'ana')).toBe('90 high');
    // Each lot holds what its moves say, and never more than was given in it.
    const lots = await s.rows<{ is_right: boolean }>(
      `select sum(v.amount) between 0 and l.amount as is_right from parcours.ledger_lot l
       join parcours.ledger_lot_move v on v.holder_id = l.holder_id and v.lot_id = l.lot_id group by l.lot_id, l.amount`,
    );
    expect(lots.every((one) => one.is_right)).toBe(true);
    await unmerge(s, other);
    expect([await plainOf(s, 'ana'), await plainOf(s, 'ana@x')]).toEqual(['0', '90 high']);
    await tell([{ who: ['ana@x'], type: 'order_refunded', properties: order('o1', 90) }]);
    expect(await plainOf(s, 'ana@x')).toBe('0');
  });

  it('that qualified somebody is undone for both of a referral, whoever they are by then', async () => {
    const s = await scenario(files);
    const tell = teller(s);
    const calm = async () => {
      for (let look = 0; look < 4; look += 1) await s.settle();
    };
    await tell([{ who: ['ana'] }, { who: ['ana@x'] }, { who: ['bo'] }, { who: ['bo@x'] }, { who: ['cleo'] }]);
    await tell([{ who: ['bo@x', 'bo@y'], type: 'referral_accepted', properties: { referrer: 'ana' } }]);
    await tell([{ who: ['bo@x'], type: 'order_placed', properties: order('o1', 10) }]);
    // The other of the two was refused before: whom he named was nobody.
    await tell([{ who: ['bo'], type: 'referral_accepted', properties: { referrer: 'nobody' } }]);
    await calm();
    expect([await plainOf(s, 'ana'), await plainOf(s, 'bo@x')]).toEqual(['200 high', '110 high']);
    await s.advance('1h');
    await tell([{ who: ['bo', 'bo@x'] }, { who: ['ana', 'ana@x'] }]);
    await calm();
    await tell([{ who: ['bo'], type: 'order_refunded', properties: order('o1', 10) }]);
    await calm();
    expect([await plainOf(s, 'ana'), await plainOf(s, 'bo')]).toEqual(['0', '0']);
    expect(await s.deadLetters()).toEqual([]);
  });

  it('by one who was brought is known when another of the same telephone comes, to whoever brought him by then', async () => {
    const s = await scenario(files);
    const tell = teller(s);
    const calm = async () => {
      for (let look = 0; look < 4; look += 1) await s.settle();
    };
    const phone = '+33612345678';
    for (const who of ['dan', 'daniel']) await tell([{ who: [who] }]);
    await tell(['cleo', 'eve'].map((who) => ({ who: [who], traits: { phone } })));
    const brings = async (referrer: string, who: string) => {
      await tell([{ who: [who], type: 'referral_accepted', properties: { referrer } }]);
      await tell([{ who: [who], type: 'order_placed', properties: order(who, 10) }]);
      await calm();
    };
    await brings('daniel', 'cleo');
    expect(await plainOf(s, 'daniel')).toBe('200 high');
    // The older one survives, who has brought nobody.
    await tell([{ who: ['dan', 'daniel'] }]);
    await calm();
    await brings('dan', 'eve');
    expect(await plainOf(s, 'dan')).toBe('200 high');
    expect(
      await s.rows(
        'select reason from parcours.ledger_referral r join parcours.identifier i using (lane, profile_id) where value = $1',
        ['eve'],
      ),
    ).toEqual([{ reason: 'same phone' }]);
    expect(await s.deadLetters()).toEqual([]);
  });
});
