/**
 * The proof that computed traits kept current fact by fact, wake-up by wake-up and refresh by refresh come to the same as working them
 * out anew from all facts, through levels in which traits and segments read each other by turns. A random stream with a fixed seed;
 * a twentieth of it unless PROOF is set.
 */
import { expect, it } from 'vitest';
import { proofSize } from '../support/proof.ts';
import { strayMembers, strayValues } from './anew.ts';
import { type Chance, chance } from './random.ts';
import { type Happening, type Scenario, scenario } from './scenario.ts';

const heads: Readonly<Record<string, string>> = {
  visits_lately: 'count: { event: visited, in_last: 3d }',
  orders_lately: 'count: { event: order_placed, in_last: 6d }',
  spent_lately: 'sum: { event: order_placed, of: total, where: { note: { is_not: refunded } }, in_last: 6d }',
  pages: 'distinct: { event: visited, of: page, in_last: 5d }',
  favourite: 'top: { event: visited, of: page, in_last: 4d, at_least: 2 }',
  hour: 'top: { event: [visited, order_placed], of: local_hour, in_last: 2d }',
  quiet_days: 'days_since: { last: [visited, order_placed] }',
  since_first_cart: 'days_since: { first: cart_updated, where: { total: { gte: 20 EUR } } }',
  usual_order: 'avg: { event: order_placed, of: total, in_last: 6d }',
  best_cart: 'max: { event: [cart_updated, order_placed], of: total, in_last: 3d }',
  last_page: 'last: { event: visited, of: page, in_last: 2d }',
  first_order: 'first: { event: order_placed }',
  basket: 'formula: spent_lately / orders_lately',
  worth: 'formula: (basket + spent_lately * 0.5) * pages / 3\nmissing: { basket: 5 EUR }',
  size: 'bands: { of: worth, below: none, from: { small: 0.01 EUR, large: 40 EUR } }',
  rest: 'bands: { of: quiet_days, below: fresh, from: { tired: 2, asleep: 5 } }',
  taste: 'coalesce: [plan, favourite, country]',
  stage:
    'cases:\n  - { is: 3, if: [ { segment: keen }, { event: order_placed, in_last: 2d } ] }\n  - { is: 2, if: { segment: keen } }\n  - { is: 1, if: { any: [ { trait: ends_at, in_next: 2d }, { event: cart_updated, in_last: 1d } ] } }\notherwise: 0',
  warmth:
    'score:\n  - { add: 40, if: { segment: engaged } }\n  - { add: 25, if: { consent: newsletter, is: granted } }\n  - { add: 20, if: { trait: size, is_not: none } }\n  - { add: -30, if: { trait: rest, is: asleep } }\n  - { add: 15, if: { event: visited, calendar: day } }\nclamp: [0, 70]',
  verdict: 'cases: [ { is: chosen, if: [ { segment: hot }, { trait: taste, exists: true } ] } ]',
  rank: 'quantile: { of: warmth, parts: 4, best: highest, among: { any: [ { segment: keen }, { trait: stage, gte: 1 } ] }, refresh: { every: day, at: "03:00" } }',
  recency: 'quantile: { of: quiet_days, parts: 3, best: lowest, refresh: { every: day, at: "15:30" } }',
  class:
    'shares: { of: spent_lately, classes: [ { is: small, share: 20% }, { is: medium, share: 30% }, { is: large, share: 50% } ], among: { event: order_placed }, refresh: { every: day, at: "09:15" } }',
  cell: 'formula: rank * 10 + recency',
  inclined:
    'affinity: { event: visited, of: page, in_last: 5d, at_least: 2, prior: 3, refresh: { every: day, at: "05:00" } }',
  helpless:
    'affinity: { event: visited, of: page, where: { page: { is_not: home } }, to: help, refresh: { every: week, at: "06:00" } }',
  good_hour:
    'best_hour: { event: [visited, order_placed], in_last: 4d, at_least: 2, prior: 3, refresh: { every: day, at: "21:00" } }',
  good_day: 'best_hour: { event: cart_updated, part: day, fallback: sat, refresh: { every: day, at: "05:00" } }',
};

const rules: Readonly<Record<string, string>> = {
  keen: '{ any: [ { trait: visits_lately, gte: 2 }, { trait: spent_lately, gte: 60 EUR } ] }',
  engaged: '[ { trait: stage, gte: 2 }, { trait: quiet_days, lte: 3 } ]',
  hot: '{ trait: warmth, gte: 50 }',
  'best-ranked': '{ trait: rank, is: 4 }',
  chosen: '[ { trait: verdict, is: chosen }, { not: { segment: best-ranked } } ]',
  'large-buyers': '[ { trait: class, is: large }, { trait: best_cart, exists: true } ]',
  'top-cell': '{ trait: cell, gte: 32 }',
  unseen: '{ trait: last_seen_at, before: 2d ago }',
  'help-seekers': '{ any: [ { trait: inclined, is: help }, { trait: helpless, gte: 0.4 } ] }',
};

const yaml = [
  ...Object.entries(heads).map(([id, head]) => `kind: trait\nid: ${id}\n${head}\n`),
  ...Object.entries(rules).map(([id, where]) => `kind: segment\nid: ${id}\nwhere: ${where}\n`),
].join('---\n');

const people = Array.from({ length: 12 }, (_, i) => `p${i}`);
const hour = 3_600_000;

function happening(random: Chance, now: Date): Happening {
  const late = random.isTrue(0.25) ? random.between(0, 80) * hour : 0;
  const at = new Date(now.getTime() - late).toISOString();
  const base = { who: random.pick(people), at, trigger: random.isTrue(0.8) };
  const kind = random.next();
  if (kind < 0.7) {
    const type = random.pick(['visited', 'visited', 'order_placed', 'cart_updated']);
    if (type === 'visited') return { ...base, type, properties: { page: random.pick(['home', 'shop', 'help']) } };
    const total = { amount: random.between(1, 90) * 100 + 1, currency: random.isTrue(0.9) ? 'EUR' : 'USD' };
    const note = random.isTrue(0.2) && type === 'order_placed' ? { note: 'refunded' } : {};
    return { ...base, type, properties: { total, ...note } };
  }
  if (kind < 0.9) {
    const traits = random.pick<NonNullable<Happening['traits']>>([
      { country: random.pick(['CH', 'FR', null]) },
      { plan: random.pick(['pro', null]) },
      { zone: random.pick(['Asia/Tokyo', 'America/Lima']) },
      { ends_at: random.isTrue(0.1) ? null : now.getTime() + random.between(-60, 120) * hour },
    ]);
    return { ...base, traits };
  }
  return { ...base, consents: { 'newsletter/email': random.pick(['granted', 'denied'] as const) } };
}

/** What is stored and what the facts say, where they differ. */
async function differences(s: Scenario): Promise<readonly string[]> {
  return [...(await strayValues(s, Object.keys(heads))), ...(await strayMembers(s))];
}

it('traits kept current are those that the facts say, after any stream of facts and time', async () => {
  const random = chance(20260417);
  const s = await scenario(yaml);
  const rounds = proofSize(240);
  const seen = new Map<string, Set<string>>();
  // Somebody who is to be ranked comes first: a scale of nobody is tried again only after a while.
  await s.tell(['home', 'shop'].map((page) => ({ who: 'p0', type: 'visited', properties: { page } })));
  await s.tell([{ who: 'p1', type: 'order_placed', properties: { total: { amount: 500, currency: 'EUR' } } }]);
  await s.tell([{ who: 'p2', type: 'cart_updated', properties: { total: { amount: 500, currency: 'EUR' } } }]);
  await s.settle();
  for (let round = 0; round < rounds; round += 1) {
    const facts = Array.from({ length: random.between(0, 12) }, () => happening(random, s.clock.now()));
    if (facts.length > 0) await s.tell(facts);
    if (random.isTrue(0.2)) await s.engine.drainImports();
    await s.settle();
    expect(await differences(s), `after the facts of round ${round}`).toEqual([]);
    await s.runUntil(new Date(s.clock.now().getTime() + random.between(1, 40 * 60) * 60_000).toISOString());
    expect(await differences(s), `after the time of round ${round}`).toEqual([]);
    const stored = await s.rows<{ traits: Readonly<Record<string, unknown>> }>('select traits from parcours.profile');
    for (const name of Object.keys(heads)) {
      const values = seen.get(name) ?? new Set();
      for (const { traits } of stored) values.add(JSON.stringify(traits[name] ?? null));
      seen.set(name, values);
    }
  }
  // The stream must move every trait, or it would prove nothing of it.
  const still = [...seen].filter(([, values]) => values.size < 2).map(([name]) => name);
  expect(still).toEqual([]);
  expect(await s.deadLetters()).toEqual([]);
}, 3_600_000);
