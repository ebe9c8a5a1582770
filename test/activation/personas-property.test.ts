/**
 * Personas under a random stream of scores, ages of scores and passing time, against a plain replay of each person's own history: the
 * past counts, so nothing but a replay can say who somebody must be. A fixed seed; a twentieth of it unless PROOF is set.
 */
import { expect, it } from 'vitest';
import { proofSize } from '../support/proof.ts';
import { chance } from './random.ts';
import { type Happening, scenario } from './scenario.ts';

const ids = ['a', 'b', 'c'] as const;
const files = {
  'charity.yaml': `kind: schema
id: charity
traits:
  score_a: { type: number }
  score_b: { type: number }
  score_c: { type: number }
  scored_at: { type: datetime }
`,
  'scenario.yaml': `kind: persona
id: donors
personas: [ { id: a, score: score_a }, { id: b, score: score_b }, { id: c, score: score_c } ]
confidence: 0.5
lead: 0.2
fresh: { trait: scored_at, in_last: 2d }
${ids.map((id) => `---\nkind: segment\nid: are-${id}\nwhere: { persona: donors, is: ${id} }\n`).join('')}`,
};

const hour = 3_600_000;
const lastsMs = 48 * hour;
const people = Array.from({ length: 6 }, (_, i) => `p${i}`);

interface Life {
  readonly tenths: (number | null)[];
  scoredAt: number | null;
  persona: string | null;
}

/** In tenths, so that no bound is missed by a binary fraction. */
function name({ tenths, persona }: Life): string | null {
  const others = (i: number) => Math.max(-1000, ...tenths.filter((score, j) => j !== i && score !== null).map(Number));
  const present = ids.indexOf(persona as (typeof ids)[number]);
  const kept = present < 0 ? null : tenths[present];
  if (kept != null && kept >= 5 && others(present) - kept < 2) return persona;
  const first = ids.findIndex((_, i) => {
    const score = tenths[i];
    return score != null && score >= 5 && score - others(i) >= 2;
  });
  return first < 0 ? null : (ids[first] as string);
}

function replay(life: Life, now: number): void {
  const isFresh = life.scoredAt !== null && life.scoredAt <= now && now < life.scoredAt + lastsMs;
  life.persona = isFresh ? name(life) : null;
}

it('everybody is who a replay of his scores says, at every step', async () => {
  const random = chance(20260302);
  const s = await scenario(files);
  const lives = new Map(
    people.map((who): [string, Life] => [who, { tenths: [null, null, null], scoredAt: null, persona: null }]),
  );
  let named = 0;
  for (let step = 0; step < proofSize(300, 25); step += 1) {
    if (random.isTrue(0.5)) await s.advance(`${random.between(1, 30)}h`);
    const now = s.clock.now().getTime();
    // Time alone may have made scores old before the next fact comes.
    for (const life of lives.values()) replay(life, now);
    const told: Happening[] = [];
    for (const who of people.filter(() => random.isTrue(0.4))) {
      const life = lives.get(who) as Life;
      const changes: Record<string, number | null> = {};
      for (const [i, id] of ids.entries()) {
        if (!random.isTrue(0.6)) continue;
        life.tenths[i] = random.isTrue(0.1) ? null : random.between(0, 10);
        const tenths = life.tenths[i];
        changes[`score_${id}`] = tenths === null ? null : tenths / 10;
      }
      if (random.isTrue(0.6)) {
        life.scoredAt = now - random.between(0, 20) * hour;
        changes.scored_at = life.scoredAt;
      }
      told.push({ who, traits: changes });
      replay(life, now);
    }
    await s.tell(told);
    await s.settle();
    const expected = people
      .filter((who) => lives.get(who)?.persona !== null)
      .map((who) => [who, lives.get(who)?.persona]);
    named += expected.length;
    expect(await rowsOf(`select who, persona from people where persona is not null order by who`)).toEqual(expected);
    for (const id of ids) {
      const members = people.filter((who) => lives.get(who)?.persona === id);
      expect(await s.members(`are-${id}`)).toEqual(members);
    }
  }
  expect(named).toBeGreaterThan(20);
  expect(await s.deadLetters()).toEqual([]);

  async function rowsOf(text: string): Promise<readonly (readonly [string, string])[]> {
    const rows = await s.rows<{ who: string; persona: string }>(
      `with people as (select i.value as who, p.traits ->> 'persona/donors' as persona
       from parcours.profile p join parcours.identifier i using (lane, profile_id)) ${text}`,
    );
    return rows.map(({ who, persona }) => [who, persona]);
  }
}, 900_000);
