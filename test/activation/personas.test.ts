/** Personas as they run: who is named, kept and given up, by facts and by time alone, and what follows it in the same transaction. */
import { describe, expect, it } from 'vitest';
import { type Scenario, scenario } from './scenario.ts';

const schema = `kind: schema
id: charity
events: { donation_made: { total: money } }
traits:
  score_philippe: { type: number }
  score_jeanne: { type: number }
  score_karim: { type: number }
  scored_at: { type: datetime }
`;

function set(more = '', personas = ['philippe', 'jeanne', 'karim']): string {
  return `kind: persona
id: donors
personas:
${personas.map((id) => `  - { id: ${id}, score: score_${id} }`).join('\n')}
confidence: 0.7
lead: 0.1
${more}`;
}

const fresh = 'fresh: { trait: scored_at, in_last: 10d }\n';
const segments = `---
kind: segment
id: philippes
where: { persona: donors, is: philippe }
---
kind: segment
id: anybody
where: { any: [ { segment: philippes }, { persona: donors, in: [jeanne, karim] } ] }
`;

function charity(text: string): Record<string, string> {
  return { 'charity.yaml': schema, 'scenario.yaml': text };
}

async function personasOf(s: Scenario): Promise<Record<string, string | null>> {
  const rows = await s.rows<{ who: string; persona: string | null }>(
    `select i.value as who, p.traits ->> 'persona/donors' as persona
     from parcours.profile p join parcours.identifier i using (lane, profile_id) order by 1`,
  );
  return Object.fromEntries(rows.map(({ who, persona }) => [who, persona]));
}

const scores = (philippe: number | null, jeanne: number | null, karim: number | null = null) => ({
  score_philippe: philippe,
  score_jeanne: jeanne,
  score_karim: karim,
});

describe('a persona', () => {
  it('is given to whoever is sure enough and ahead, and to nobody else', async () => {
    const s = await scenario(charity(set() + segments));
    await s.tell([
      { who: 'ana', traits: scores(0.8, 0.1, 0.1) },
      { who: 'ben', traits: scores(0.69, 0.2) },
      { who: 'cho', traits: scores(0.75, 0.72) },
      { who: 'dan', traits: scores(0.7, 0.6) },
      { who: 'eva', traits: scores(null, null, 0.9) },
      { who: 'fay', traits: { plan: 'pro' } },
    ]);
    await s.settle();
    expect(await personasOf(s)).toEqual({
      ana: 'philippe',
      ben: null,
      cho: null,
      dan: 'philippe',
      eva: 'karim',
      fay: null,
    });
    expect(await s.members('philippes')).toEqual(['ana', 'dan']);
    expect(await s.members('anybody')).toEqual(['ana', 'dan', 'eva']);
    expect(await s.deadLetters()).toEqual([]);
  });

  it('stays while another is ahead by less than the lead, and goes when beaten by it or no longer sure', async () => {
    const s = await scenario(charity(set() + segments));
    await s.traits('ana', scores(0.8, 0.2));
    await s.traits('ana', scores(0.72, 0.8));
    expect(await personasOf(s)).toEqual({ ana: 'philippe' });
    await s.traits('ana', scores(0.72, 0.82));
    expect(await personasOf(s)).toEqual({ ana: 'jeanne' });
    expect(await s.members('philippes')).toEqual([]);
    expect(await s.members('anybody')).toEqual(['ana']);
    await s.traits('ana', scores(0.5, 0.69));
    expect(await personasOf(s)).toEqual({ ana: null });
    expect(await s.members('anybody')).toEqual([]);
  });

  it('of somebody new comes from the same scores only by a full lead: the past counts', async () => {
    const s = await scenario(charity(set()));
    await s.traits('ana', scores(0.8, 0.2));
    await s.tell([
      { who: 'ana', traits: scores(0.75, 0.8) },
      { who: 'ben', traits: scores(0.75, 0.8) },
    ]);
    await s.settle();
    expect(await personasOf(s)).toEqual({ ana: 'philippe', ben: null });
  });

  it('keeps its history: one row for each change, none for scores that change nothing', async () => {
    const s = await scenario(charity(set()));
    await s.traits('ana', scores(0.8, 0.2));
    await s.advance('1d');
    await s.traits('ana', scores(0.9, 0.2));
    await s.advance('1d');
    await s.traits('ana', scores(0.1, 0.2));
    const rows = await s.rows<{ at: string; value: unknown }>(
      `select to_char(observed_at, 'MM-DD') as at, value from parcours.trait_value where trait = 'persona/donors' order by observed_at`,
    );
    expect(rows).toEqual([
      { at: '03-02', value: 'philippe' },
      { at: '03-04', value: null },
    ]);
  });
});

describe('scores in points', () => {
  it('count by their share, so that rules of any scale name somebody', async () => {
    const s = await scenario(charity(set('scores: points\n') + segments));
    await s.tell([
      { who: 'ana', traits: scores(40, 5, 5) },
      { who: 'ben', traits: scores(40, 20, 20) },
      { who: 'cho', traits: scores(0, 0, 0) },
      { who: 'dan', traits: scores(-5, null, 1) },
    ]);
    await s.settle();
    expect(await personasOf(s)).toEqual({ ana: 'philippe', ben: null, cho: null, dan: 'karim' });
  });
});

describe('fresh scores', () => {
  it('grow old by time alone: the persona is given up to the second, and what reads it follows', async () => {
    const s = await scenario(charity(set(fresh) + segments));
    await s.traits('ana', { ...scores(0.8, 0.2), scored_at: Date.parse('2026-03-02T10:00:00Z') });
    expect(await s.members('anybody')).toEqual(['ana']);
    await s.runUntil('2026-03-12T09:59:59Z');
    expect(await s.members('anybody')).toEqual(['ana']);
    await s.runUntil('2026-03-12T10:00:00Z');
    expect(await personasOf(s)).toEqual({ ana: null });
    expect(await s.members('anybody')).toEqual([]);
    expect(await s.rows('select 1 from parcours.trait_wake')).toEqual([]);
  });

  it('that come anew name her again, and are awaited anew', async () => {
    const s = await scenario(charity(set(fresh) + segments));
    await s.traits('ana', { ...scores(0.8, 0.2), scored_at: Date.parse('2026-03-02T10:00:00Z') });
    await s.advance('9d');
    await s.traits('ana', { scored_at: Date.parse('2026-03-11T10:00:00Z') });
    await s.advance('5d');
    expect(await s.members('philippes')).toEqual(['ana']);
    await s.advance('5d');
    expect(await s.members('philippes')).toEqual([]);
    await s.traits('ana', { scored_at: s.clock.now().getTime() });
    expect(await s.members('philippes')).toEqual(['ana']);
  });

  it('may be told by a segment, which is filled before and whose edges are followed', async () => {
    const files = charity(
      set('fresh: { segment: active }\n') +
        segments +
        '---\nkind: segment\nid: active\nwhere: { event: visited, in_last: 3d }\n',
    );
    const s = await scenario(files);
    await s.traits('ana', scores(0.8, 0.2));
    expect(await s.members('philippes')).toEqual([]);
    await s.event('ana', 'visited', { page: 'home' });
    expect(await s.members('philippes')).toEqual(['ana']);
    await s.advance('3d');
    expect(await personasOf(s)).toEqual({ ana: null });
    expect(await s.members('anybody')).toEqual([]);
  });

  it('are needed: who was never scored is nobody', async () => {
    const s = await scenario(charity(set(fresh)));
    await s.traits('ana', scores(0.8, 0.2));
    expect(await personasOf(s)).toEqual({ ana: null });
  });
});

describe('computed scores', () => {
  it('name in the transaction of the fact that raised them, and a journey starts by it', async () => {
    const s = await scenario(
      charity(`kind: trait
id: score_visits
count: { event: visited, in_last: 3d }
---
kind: persona
id: donors
personas: [ { id: visitor, score: score_visits } ]
confidence: 1
---
kind: segment
id: visitors
where: { persona: donors, is: visitor }
---
kind: journey
id: greet
objective: engagement
entry: { when: { enters: visitors }, current_members: skip }
steps: [ { id: rest, wait: 20d } ]
`),
    );
    await s.event('ana', 'visited', { page: 'home' });
    expect(await personasOf(s)).toEqual({ ana: 'visitor' });
    expect(await s.ways()).toEqual(['ana greet at rest']);
    await s.advance('3d');
    expect(await personasOf(s)).toEqual({ ana: null });
    expect(await s.members('visitors')).toEqual([]);
  });
});

describe('a set that changes', () => {
  it('names everybody anew when it is applied, with who they were in mind', async () => {
    const s = await scenario(charity(set() + segments));
    await s.tell([
      { who: 'ana', traits: scores(0.8, 0.2) },
      { who: 'ben', traits: scores(0.65, 0.2) },
    ]);
    await s.settle();
    await s.traits('ana', scores(0.75, 0.8));
    await s.reapply(charity(set().replace('0.7', '0.6') + segments));
    expect(await personasOf(s)).toEqual({ ana: 'philippe', ben: 'philippe' });
    expect(await s.members('philippes')).toEqual(['ana', 'ben']);
  });

  it('that comes later names those whose scores are known', async () => {
    const s = await scenario(charity('{}\n'.slice(3)));
    await s.traits('ana', scores(0.8, 0.2));
    await s.reapply(charity(set() + segments));
    expect(await personasOf(s)).toEqual({ ana: 'philippe' });
    expect(await s.members('philippes')).toEqual(['ana']);
  });

  it('that drops the freshness of scores waits for nothing any more', async () => {
    const s = await scenario(charity(set(fresh) + segments));
    await s.traits('ana', { ...scores(0.8, 0.2), scored_at: Date.parse('2026-03-02T10:00:00Z') });
    expect(await s.rows('select 1 from parcours.trait_wake')).toHaveLength(1);
    await s.reapply(charity(set() + segments));
    expect(await s.rows('select 1 from parcours.trait_wake')).toEqual([]);
    await s.advance('20d');
    expect(await s.members('philippes')).toEqual(['ana']);
  });

  it('that goes is forgotten, so that one of its name begins anew', async () => {
    const s = await scenario(charity(set(fresh)));
    await s.traits('ana', { ...scores(0.8, 0.2), scored_at: Date.parse('2026-03-02T10:00:00Z') });
    await s.reapply(charity(''));
    expect(await personasOf(s)).toEqual({ ana: null });
    expect(await s.rows('select 1 from parcours.trait_wake')).toEqual([]);
    await s.traits('ana', scores(0.75, 0.8));
    await s.reapply(charity(set()));
    expect(await personasOf(s)).toEqual({ ana: null });
  });
});
