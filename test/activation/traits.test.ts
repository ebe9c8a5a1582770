/** Computed traits in the running engine: each head as it is written, levels that read each other, and ranks among everybody. */
import { describe, expect, it, vi } from 'vitest';
import { runningPrograms } from '../../engine/activation/running.ts';
import { scaleKeeper } from '../../engine/activation/schedules/scales.ts';
import { asOfMembers } from '../../engine/compiler/as-of.ts';
import { liveRevisionNumber } from '../../engine/store/revisions.ts';
import { type Scenario, scenario } from './scenario.ts';

const euros = (amount: number) => ({ amount: amount * 100, currency: 'EUR' });

async function traitsOf(s: Scenario, who: string): Promise<Readonly<Record<string, unknown>>> {
  const [row] = await s.rows<{ traits: Readonly<Record<string, unknown>> }>(
    `select p.traits from parcours.profile p join parcours.identifier i using (lane, profile_id) where i.value = $1`,
    [who],
  );
  return row?.traits ?? {};
}

/** The values of one trait by person: `ana 5`. */
async function valuesOf(s: Scenario, trait: string): Promise<readonly string[]> {
  const rows = await s.rows<{ who: string; value: unknown }>(
    `select i.value as who, p.traits -> $1 as value from parcours.profile p join parcours.identifier i using (lane, profile_id) order by 1`,
    [trait],
  );
  return rows.map(({ who, value }) => `${who} ${value === null ? '–' : String(value)}`);
}

describe('a computed trait', () => {
  it('is the commonest value, the latest of equals, and none below its number', async () => {
    const s = await scenario(`kind: trait
id: favourite
top: { event: visited, of: page, in_last: 10d, at_least: 2 }
---
kind: trait
id: usual_hour
top: { event: visited, of: local_hour }
---
kind: trait
id: pages
distinct: { event: visited, of: page }
`);
    await s.person({ external_id: 'ana', zone: 'Asia/Tokyo' });
    await s.event('ana', 'visited', { page: 'shoes' });
    expect(await traitsOf(s, 'ana')).toMatchObject({ usual_hour: '19:00', pages: 1 });
    expect((await traitsOf(s, 'ana')).favourite ?? null).toBeNull();
    await s.event('ana', 'visited', { page: 'hats' });
    expect(await traitsOf(s, 'ana')).toMatchObject({ favourite: 'hats', pages: 2 });
    await s.event('ana', 'visited', { page: 'shoes' });
    expect(await traitsOf(s, 'ana')).toMatchObject({ favourite: 'shoes', pages: 2 });
    await s.advance('10d');
    expect(await traitsOf(s, 'ana')).toMatchObject({ favourite: null, pages: 2 });
  });

  it('counts days by itself, and keeps no history of them', async () => {
    const s = await scenario(`kind: trait
id: days_since_order
days_since: { last: order_placed }
---
kind: segment
id: silent
where: { trait: days_since_order, gte: 3 }
`);
    await s.person({ external_id: 'ana' });
    expect((await traitsOf(s, 'ana')).days_since_order ?? null).toBeNull();
    await s.event('ana', 'order_placed', { total: euros(5) });
    expect(await valuesOf(s, 'days_since_order')).toEqual(['ana 0']);
    await s.advance('2d 23h');
    expect([await valuesOf(s, 'days_since_order'), await s.members('silent')]).toEqual([['ana 2'], []]);
    await s.advance('1h');
    expect([await valuesOf(s, 'days_since_order'), await s.members('silent')]).toEqual([['ana 3'], ['ana']]);
    await s.event('ana', 'order_placed', { total: euros(5) });
    expect([await valuesOf(s, 'days_since_order'), await s.members('silent')]).toEqual([['ana 0'], []]);
    expect(await s.rows(`select from parcours.trait_value where trait = 'days_since_order'`)).toEqual([]);
  });

  it('computes in minor units, rounds half away from zero, and is missing where something is', async () => {
    const s = await scenario(`kind: trait
id: spent
sum: { event: order_placed, of: total }
---
kind: trait
id: orders
count: { event: order_placed }
---
kind: trait
id: basket
formula: spent / orders
---
kind: trait
id: a_third
formula: spent / 3 * 0.5
---
kind: trait
id: share
formula: (orders - 4) / 3
---
kind: trait
id: with_default
formula: basket * 2
missing: { basket: 10 EUR }
---
kind: trait
id: size
bands: { of: basket, below: small, from: { medium: 20 EUR, large: 50 EUR } }
`);
    await s.person({ external_id: 'ana' });
    // Nothing was ordered: a division by zero is no amount, so there is no band either.
    const none = await traitsOf(s, 'ana');
    expect([none.basket ?? null, none.size ?? null, none.with_default]).toEqual([null, null, euros(20)]);
    await s.event('ana', 'order_placed', { total: euros(30) });
    await s.event('ana', 'order_placed', { total: { amount: 1001, currency: 'EUR' } });
    expect(await traitsOf(s, 'ana')).toMatchObject({
      basket: { amount: 2001, currency: 'EUR' },
      a_third: { amount: 667, currency: 'EUR' },
      share: -0.6666666667,
      with_default: { amount: 4002, currency: 'EUR' },
      size: 'medium',
    });
  });

  it('is the first that is known, the first case that holds, and the sum of points between its bounds', async () => {
    const s = await scenario(`kind: trait
id: offer
coalesce: [plan, country]
---
kind: trait
id: stage
cases:
  - { is: buyer, if: { event: order_placed, in_last: 2d } }
  - { is: visitor, if: { event: visited, in_last: 5d } }
otherwise: stranger
---
kind: trait
id: warmth
score:
  - { add: 80, if: { trait: stage, is: buyer } }
  - { add: 30, if: { event: visited } }
  - { add: -10, if: { trait: offer, exists: false } }
clamp: [0, 100]
`);
    await s.person({ external_id: 'ana' });
    const stand = async () => {
      const { offer = null, stage, warmth } = await traitsOf(s, 'ana');
      return [offer, stage, warmth];
    };
    expect(await stand()).toEqual([null, 'stranger', 0]);
    await s.event('ana', 'visited', { page: 'home' });
    await s.traits('ana', { country: 'CH' });
    expect(await stand()).toEqual(['CH', 'visitor', 30]);
    await s.event('ana', 'order_placed', { total: euros(1) });
    await s.traits('ana', { plan: 'pro' });
    expect(await stand()).toEqual(['pro', 'buyer', 100]);
    await s.advance('2d');
    expect(await stand()).toEqual(['pro', 'visitor', 30]);
    await s.advance('3d');
    expect(await stand()).toEqual(['pro', 'stranger', 30]);
  });

  it('is the average, the least and the greatest, and what the first and the last event said', async () => {
    const of = (head: string, more = '') =>
      `kind: trait\nid: ${head}_total\n${head}: { event: order_placed, of: total${more} }\n`;
    const edges = ['first', 'last'].map(
      (head) => `kind: trait\nid: ${head}_page\n${head}: { event: visited, of: page }\n`,
    );
    const s = await scenario([of('avg'), of('min'), of('max', ', in_last: 2d'), ...edges].join('---\n'));
    await s.person({ external_id: 'ana' });
    expect((await traitsOf(s, 'ana')).avg_total ?? null).toBeNull();
    for (const amount of [10, 20, 20]) await s.event('ana', 'order_placed', { total: euros(amount) });
    for (const page of ['home', 'shop']) await s.event('ana', 'visited', { page });
    expect(await traitsOf(s, 'ana')).toMatchObject({
      avg_total: { amount: 1667, currency: 'EUR' },
      min_total: euros(10),
      max_total: euros(20),
      first_page: 'home',
      last_page: 'shop',
    });
    await s.advance('2d');
    expect(await traitsOf(s, 'ana')).toMatchObject({ min_total: euros(10), max_total: null });
  });

  it('that is no longer defined is gone, and one that changed is filled anew with all that reads it', async () => {
    const orders = (window: string) => `kind: trait
id: orders
count: { event: order_placed${window} }
---
kind: segment
id: buyers
where: { trait: keen, is: true }
---
kind: trait
id: keen
cases: [ { is: true, if: { trait: orders, gte: 2 } } ]
`;
    const s = await scenario(orders(''));
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'order_placed', { total: euros(1) });
    await s.advance('3d');
    await s.event('ana', 'order_placed', { total: euros(1) });
    expect([await valuesOf(s, 'keen'), await s.members('buyers')]).toEqual([['ana true'], ['ana']]);
    await s.reapply(orders(', in_last: 1d'));
    expect([await valuesOf(s, 'orders'), await valuesOf(s, 'keen'), await s.members('buyers')]).toEqual([
      ['ana 1'],
      ['ana –'],
      [],
    ]);
  });
});

const ranked = (parts: number, best: string, among = ''): string => `kind: trait
id: visits
count: { event: visited }
---
kind: segment
id: regulars
where: { trait: visits, gte: 1 }
---
kind: trait
id: rank
quantile: { of: visits, parts: ${parts}, best: ${best}${among}, refresh: { every: day, at: "03:00" } }
---
kind: segment
id: best
where: { trait: rank, is: ${parts} }
`;

/** Everybody visits so many times. */
async function visits(s: Scenario, times: Readonly<Record<string, number>>): Promise<void> {
  await s.tell(
    Object.entries(times).flatMap(([who, count]) =>
      Array.from({ length: count }, (_, i) => ({
        who,
        type: 'visited',
        properties: { page: `p${i}` },
        at: new Date(s.clock.now().getTime() - i * 1000).toISOString(),
      })),
    ),
  );
  await s.settle();
}

describe('a quantile', () => {
  const times = { a: 1, b: 1, c: 2, d: 3, e: 3, f: 3, g: 8, h: 9 };

  it('ranks people in parts among whom equal values never split, the best in the last', async () => {
    const s = await scenario(ranked(4, 'highest'));
    await visits(s, times);
    // Of 7 others, so many fall short: 0 0 2 3 3 3 6 7, times 4 over 7.
    expect(await valuesOf(s, 'rank')).toEqual(['a 1', 'b 1', 'c 2', 'd 2', 'e 2', 'f 2', 'g 4', 'h 4']);
    expect(await s.members('best')).toEqual(['g', 'h']);
  });

  it('can be best at its lowest', async () => {
    const s = await scenario(ranked(4, 'lowest'));
    await visits(s, times);
    expect(await valuesOf(s, 'rank')).toEqual(['a 4', 'b 4', 'c 3', 'd 2', 'e 2', 'f 2', 'g 1', 'h 1']);
  });

  it('ranks at once by the bounds that stand, and moves the bounds when its hour comes', async () => {
    const s = await scenario(ranked(2, 'highest', ', among: { segment: regulars }'));
    await s.person({ external_id: 'z' });
    // Nobody is to be ranked: it's tried again a little later.
    await visits(s, { a: 1, b: 2, c: 3 });
    expect(await valuesOf(s, 'rank')).toEqual(['a –', 'b –', 'c –', 'z –']);
    await s.advance('10min');
    expect(await valuesOf(s, 'rank')).toEqual(['a 1', 'b 2', 'c 2', 'z –']);
    // A newcomer is ranked by what was found yesterday, and so is who changes.
    await visits(s, { z: 1 });
    expect(await valuesOf(s, 'rank')).toEqual(['a 1', 'b 2', 'c 2', 'z 1']);
    await visits(s, { d: 9, e: 8, f: 7, a: 1 });
    expect(await valuesOf(s, 'rank')).toEqual(['a 2', 'b 2', 'c 2', 'd 2', 'e 2', 'f 2', 'z 1']);
    await s.runUntil('2026-03-03T02:59:59Z');
    expect(await s.members('best')).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    await s.runUntil('2026-03-03T03:00:00Z');
    expect(await valuesOf(s, 'rank')).toEqual(['a 1', 'b 1', 'c 2', 'd 2', 'e 2', 'f 2', 'z 1']);
    expect(await s.members('best')).toEqual(['c', 'd', 'e', 'f']);
    const scales = () =>
      s.rows<{ at: Date; people: number }>('select computed_at as at, people from parcours.trait_scale');
    expect(await scales()).toEqual([{ at: new Date('2026-03-03T03:00:00Z'), people: 7 }]);
    await s.runUntil('2026-03-05T12:00:00Z');
    expect(await scales()).toEqual([{ at: new Date('2026-03-05T03:00:00Z'), people: 7 }]);
    expect(await s.rows(`select from parcours.schedule_run where journey = 'trait/rank'`)).toHaveLength(3);
    expect(await s.deadLetters()).toEqual([]);
  });

  it('is worked out anew for a new definition, and until then everybody keeps his rank', async () => {
    const s = await scenario(ranked(2, 'highest'));
    await visits(s, { a: 1, b: 2, c: 3 });
    expect(await valuesOf(s, 'rank')).toEqual(['a 1', 'b 2', 'c 2']);
    await s.reapply(ranked(3, 'lowest'));
    expect(await valuesOf(s, 'rank')).toEqual(['a 3', 'b 2', 'c 1']);
    expect(await s.members('best')).toEqual(['a']);
  });

  it('is the same as of now from facts alone, also before its definition ever ran', async () => {
    const s = await scenario(ranked(4, 'highest'));
    await visits(s, times);
    const members = async () => {
      const { resources } = s.bundle();
      const where = { kind: 'trait', trait: 'rank', type: 'integer', test: { op: 'is', value: 4 } } as const;
      const { text, values } = asOfMembers(resources, where, s.clock.now());
      const rows = await s.rows<{ profile_id: number }>(text, values);
      return (
        await s.rows<{ who: string }>(
          'select value as who from parcours.identifier where profile_id = any($1::bigint[]) order by 1',
          [rows.map((row) => row.profile_id)],
        )
      ).map(({ who }) => who);
    };
    expect(await members()).toEqual(['g', 'h']);
    await s.rows('delete from parcours.trait_scale');
    expect(await members()).toEqual(['g', 'h']);
  });

  it('can be a class by shares of all value instead, told by the value of those above', async () => {
    const s = await scenario(`kind: trait
id: visits
count: { event: visited }
---
kind: trait
id: class
shares:
  of: visits
  classes: [ { is: small, share: 20% }, { is: medium, share: 30% }, { is: large, share: 50% } ]
  refresh: { every: day, at: "03:00" }
`);
    await s.person({ external_id: 'z' });
    await s.advance('1h');
    expect(await valuesOf(s, 'class')).toEqual(['z small']);
    // 20 in all: 9 and 4 make more than half, 4 + 2 more than 80 %, and equal people are never split.
    await visits(s, { a: 9, b: 4, c: 2, d: 2, e: 1, f: 1, g: 1 });
    await s.runUntil('2026-03-03T03:00:00Z');
    expect(await valuesOf(s, 'class')).toEqual([
      'a large',
      'b large',
      'c medium',
      'd medium',
      'e small',
      'f small',
      'g small',
      'z small',
    ]);
  });

  it('is worked out once, whatever the number of processes that find it due', async () => {
    const s = await scenario(ranked(2, 'highest'));
    await visits(s, { a: 1, b: 2, c: 3 });
    await s.rows('delete from parcours.trait_scale');
    const running = await s.store.withSession(async (session) =>
      runningPrograms().get(session, await liveRevisionNumber(session)),
    );
    if (running === null) throw new Error('Nothing is applied.');
    const keepers = Array.from({ length: 4 }, () => scaleKeeper(() => s.store.session()));
    const found = await Promise.all(keepers.map((keeper) => keeper.refresh(running, s.clock.now())));
    expect(found.sort()).toEqual([0, 0, 0, 1]);
    const again = await Promise.all(keepers.map((keeper) => keeper.refresh(running, s.clock.now())));
    expect(again).toEqual([0, 0, 0, 0]);
    await Promise.all(keepers.map((keeper) => keeper.close()));
  });

  it('is worked out by a daemon, beside its other work', async () => {
    const s = await scenario(ranked(2, 'highest'));
    await visits(s, { a: 1, b: 2, c: 3 });
    await s.rows('delete from parcours.trait_scale');
    await s.rows(`update parcours.profile set traits = traits - 'rank'`);
    const stopping = new AbortController();
    const ended = s.engine.runDaemon(stopping.signal);
    try {
      await vi.waitFor(async () => expect(await valuesOf(s, 'rank')).toEqual(['a 1', 'b 2', 'c 2']), 20_000);
    } finally {
      stopping.abort();
      await ended;
    }
    expect(await s.members('best')).toEqual(['b', 'c']);
  });

  it('reaches everybody, however many lanes have people', async () => {
    const s = await scenario(ranked(2, 'highest'));
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`p${i}`, 1 + (i % 2)]));
    await visits(s, many);
    const ranks = await valuesOf(s, 'rank');
    expect(ranks).toHaveLength(60);
    // Thirty share the least: 2 × 30 / 59 is one more part for the others.
    expect(ranks.filter((one) => one.endsWith(' 1'))).toHaveLength(30);
    expect(ranks.filter((one) => one.endsWith(' 2'))).toHaveLength(30);
    expect(await s.rows(`select from parcours.inbox where kind = 'refresh'`)).toEqual([]);
  });

  it('takes along what reads it when many are ranked at once', async () => {
    const s = await scenario(
      `${ranked(2, 'highest')}---\nkind: trait\nid: class\ncases: [{ is: top, if: { trait: rank, is: 2 } }]\notherwise: rest\n`,
    );
    await s.rows(
      `insert into parcours.profile (lane, profile_id, traits, created_at)
       select i % 1024, 1000000 + i, '{"visits": 0}', now() from generate_series(1, 2500) i`,
    );
    await visits(s, { ann: 3, ben: 1 });
    const classes = await s.rows(
      `select p.traits ->> 'rank' as rank, p.traits ->> 'class' as class, count(*) as people,
         count(m) filter (where m.is_member) as best
       from parcours.profile p left join parcours.membership m on m.lane = p.lane and m.profile_id = p.profile_id and m.segment = 'best'
       group by 1, 2 order by 1`,
    );
    expect(classes).toEqual([
      { rank: '1', class: 'rest', people: 2500, best: 0 },
      { rank: '2', class: 'top', people: 2, best: 2 },
    ]);
  });
});
