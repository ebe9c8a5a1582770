/**
 * The proof that keeping memberships current fact by fact and wake-up by wake-up comes to the same as working them out anew from
 * all facts (`asOfMembers`). A random stream with a fixed seed; a twentieth of it unless PROOF is set.
 */
import { expect, it } from 'vitest';
import { proofSize } from '../support/proof.ts';
import { strayMembers } from './anew.ts';
import { feeds, nested, schema, tellSomething } from './membership-feeds.ts';
import { type Chance, chance } from './random.ts';
import { type Happening, scenario } from './scenario.ts';

const rules: Readonly<Record<string, string>> = Object.assign({}, ...feeds.map((feed) => feed.rules), nested);

const yaml = `${schema}---
kind: trait
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
  return { who: random.pick(people), at, trigger: random.isTrue(0.8), ...tellSomething(random, now) };
}

it('members kept current are those that the facts say, after any stream of facts and time', async () => {
  const random = chance(20260302);
  const s = await scenario(yaml);
  const rounds = proofSize(200);
  let flips = 0;
  let before = '';
  for (let round = 0; round < rounds; round += 1) {
    const facts = Array.from({ length: random.between(0, 12) }, () => happening(random, s.clock.now()));
    if (facts.length > 0) await s.tell(facts);
    if (random.isTrue(0.2)) await s.engine.drainImports();
    await s.settle();
    expect(await strayMembers(s), `after the facts of round ${round}`).toEqual([]);
    await s.runUntil(new Date(s.clock.now().getTime() + random.between(1, 40 * 60) * 60_000).toISOString());
    expect(await strayMembers(s), `after the time of round ${round}`).toEqual([]);
    const [counted] = await s.rows<{ state: string }>(
      `select string_agg(segment || profile_id, ' ' order by segment, profile_id) as state from parcours.membership where is_member`,
    );
    if (counted?.state !== before) flips += 1;
    before = counted?.state ?? '';
  }
  // The stream must move memberships, or it would prove nothing.
  expect(flips).toBeGreaterThan(rounds / 2);
  expect(await s.deadLetters()).toEqual([]);
  // And one wrong membership must be seen.
  await s.rows(
    `update parcours.membership set is_member = not is_member where ctid = (select min(ctid) from parcours.membership)`,
  );
  expect(await strayMembers(s)).toHaveLength(1);
}, 1_200_000);
