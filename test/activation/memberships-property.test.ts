/**
 * The proof that keeping memberships current fact by fact and wake-up by wake-up comes to the same as working them out anew from
 * all facts (`asOfMembers`). A random stream with a fixed seed; a twentieth of it unless PROOF is set.
 */
import { expect, it } from 'vitest';
import { asOfMembers } from '../../engine/compiler/as-of.ts';
import { type Chance, chance, proofSize } from './random.ts';
import { type Happening, type Scenario, scenario } from './scenario.ts';

const rules: Readonly<Record<string, string>> = {
  'from-ch': '{ trait: country, is: CH }',
  'not-from-ch': '{ trait: country, is_not: CH }',
  'ends-soon': '{ trait: ends_at, in_next: 3d }',
  'ended-lately': '{ trait: ends_at, in_last: 2d }',
  'ended-long-ago': '{ trait: ends_at, before: 4d ago }',
  'ever-ordered': '{ event: order_placed }',
  'ordered-lately': '{ event: order_placed, in_last: 36h }',
  'silent-a-month': '[ { event: visited }, { never: [visited, order_placed], in_last: 1mo } ]',
  'two-or-three': '{ event: visited, in_last: 4d, count: { between: [2, 3] } }',
  'exactly-two': '{ event: [visited, cart_updated], in_last: 2d, count: { is: 2 } }',
  'few-visits': '{ event: visited, in_last: 5d, count: { lte: 1 } }',
  'big-order': '{ event: order_placed, where: { total: { gte: 50 EUR } }, in_last: 3d }',
  'spent-much': '{ event: order_placed, in_last: 6d, sum: { of: total, gte: 120 EUR } }',
  'spent-little': '{ event: order_placed, in_last: 6d, sum: { of: total, lt: 60 EUR } }',
  'computed-often': '{ trait: orders_lately, gte: 2 }',
  'computed-rich': '{ trait: spent_lately, gte: 100 EUR }',
  'wants-news': '{ consent: newsletter, channel: email, is: granted }',
  'said-nothing': '{ consent: newsletter, is: unknown }',
  nested:
    '{ any: [ { segment: ordered-lately }, { all: [ { segment: from-ch }, { not: { segment: silent-a-month } } ] } ] }',
  deeper: '[ { segment: nested }, { not: { segment: two-or-three } }, { trait: plan, exists: true } ]',
};

const yaml = `kind: trait
id: orders_lately
count: { event: order_placed, in_last: 3d }
---
kind: trait
id: spent_lately
sum: { event: order_placed, of: total, where: { note: { is_not: refunded } }, in_last: 5d }
${Object.entries(rules)
  .map(([id, where]) => `---\nkind: segment\nid: ${id}\nwhere: ${where}\n`)
  .join('')}`;

const people = Array.from({ length: 14 }, (_, i) => `p${i}`);
const hour = 3_600_000;

function happening(random: Chance, now: Date): Happening {
  const late = random.isTrue(0.25) ? random.between(0, 60) * hour : 0;
  const at = new Date(now.getTime() - late).toISOString();
  const base = { who: random.pick(people), at, trigger: random.isTrue(0.8) };
  const kind = random.next();
  if (kind < 0.65) {
    const type = random.pick(['visited', 'visited', 'order_placed', 'order_placed', 'cart_updated']);
    if (type === 'visited') return { ...base, type, properties: { page: 'home' } };
    const total = { amount: random.between(1, 90) * 100, currency: random.isTrue(0.85) ? 'EUR' : 'USD' };
    const note = random.isTrue(0.2) ? { note: 'refunded' } : {};
    return { ...base, type, properties: { total, ...(type === 'order_placed' ? note : {}) } };
  }
  if (kind < 0.9) {
    const traits = random.pick<NonNullable<Happening['traits']>>([
      { country: random.pick(['CH', 'FR', null]) },
      { plan: random.pick(['pro', null]) },
      { ends_at: random.isTrue(0.1) ? null : now.getTime() + random.between(-120, 200) * hour },
    ]);
    return { ...base, traits };
  }
  const purpose = random.pick(['newsletter/email', 'newsletter/*']);
  return { ...base, consents: { [purpose]: random.pick(['granted', 'denied'] as const) } };
}

/** By segment, those for whom what is stored and what the facts say differ. */
async function differences(s: Scenario): Promise<readonly string[]> {
  const { resources } = s.bundle();
  const wrong: string[] = [];
  await s.store.withSession(async (session) => {
    for (const resource of resources) {
      if (resource.kind !== 'segment') continue;
      const { text, values } = asOfMembers(resources, resource.body.where, s.clock.now());
      const right = await session.query<{ profile_id: number }>(text, values);
      const kept = await session.query<{ profile_id: number }>(
        'select profile_id from parcours.membership where segment = $1 and is_member order by lane, profile_id',
        [resource.id],
      );
      const list = (rows: readonly { profile_id: number }[]) => rows.map((row) => row.profile_id).join(' ');
      if (list(kept) !== list(right)) wrong.push(`${resource.id}: kept ${list(kept)} · right ${list(right)}`);
    }
  });
  return wrong;
}

it('members kept current are those that the facts say, after any stream of facts and time', async () => {
  const random = chance(20260302);
  const s = await scenario(yaml);
  const rounds = proofSize(400);
  let flips = 0;
  let before = '';
  for (let round = 0; round < rounds; round += 1) {
    const facts = Array.from({ length: random.between(0, 12) }, () => happening(random, s.clock.now()));
    if (facts.length > 0) await s.tell(facts);
    if (random.isTrue(0.2)) await s.engine.drainImports();
    await s.settle();
    expect(await differences(s), `after the facts of round ${round}`).toEqual([]);
    await s.runUntil(new Date(s.clock.now().getTime() + random.between(1, 40 * 60) * 60_000).toISOString());
    expect(await differences(s), `after the time of round ${round}`).toEqual([]);
    const [counted] = await s.rows<{ state: string }>(
      `select string_agg(segment || profile_id, ' ' order by segment, profile_id) as state from parcours.membership where is_member`,
    );
    if (counted?.state !== before) flips += 1;
    before = counted?.state ?? '';
  }
  // The stream must move memberships, or it would prove nothing.
  expect(flips).toBeGreaterThan(rounds / 2);
  expect(await s.deadLetters()).toEqual([]);
}, 1_200_000);
