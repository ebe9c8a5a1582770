/** Events of ours that follow from facts: whose consent is another now, and who became known. */
import { describe, expect, it } from 'vitest';
import { ingestFacts } from '../../engine/profiles/ingest.ts';
import { type Scenario, scenario } from './scenario.ts';

const yaml = `kind: segment
id: refused-lately
where: { event: consent_changed, where: { to: denied }, in_last: 2d }
---
kind: segment
id: known
where: { identified: true }
---
kind: segment
id: known-lately
where: { event: identified, in_last: 2d }
---
kind: journey
id: welcome
objective: loyalty
entry: { when: { event: consent_changed, where: { to: granted, purpose: newsletter } }, reentry: always }
steps:
  - { id: hi, send: { channel: diary, template: hello } }
---
kind: journey
id: known-at-last
objective: loyalty
entry: { when: { event: identified } }
steps:
  - { id: hi, send: { channel: diary, template: hello } }
`;

/** `ana newsletter/email unknown granted`, in order. */
async function changesOf(s: Scenario): Promise<readonly string[]> {
  const rows = await s.rows<{ line: string }>(
    `select concat_ws(' ', i.value, (e.properties ->> 'purpose') || '/' || (e.properties ->> 'channel'), e.properties ->> 'from', e.properties ->> 'to') as line
     from parcours.event e join parcours.identifier i using (lane, profile_id) where e.type = 'consent_changed' order by e.event_id`,
  );
  return rows.map(({ line }) => line);
}

describe('consent_changed', () => {
  it('is told when a statement changes a state, and only then', async () => {
    const s = await scenario(yaml);
    await s.person({ external_id: 'ana', consents: { 'newsletter/email': 'granted' } });
    await s.tell([{ who: 'ana', consents: { 'newsletter/email': 'granted', 'marketing/*': 'denied' } }]);
    await s.settle();
    expect(await changesOf(s)).toEqual(['ana newsletter/email unknown granted', 'ana marketing/* unknown denied']);
    expect([await s.members('refused-lately'), await s.sent()]).toEqual([['ana'], ['ana hi 2026-03-02 10:00']]);
    await s.advance('1h');
    // Older than what stands, and twice between two looks.
    await s.tell([{ who: 'ana', consents: { 'newsletter/email': 'denied' }, at: '2026-03-01T10:00:00Z' }]);
    await s.settle();
    await s.tell([
      { who: 'ana', consents: { 'newsletter/email': 'denied' }, at: '2026-03-02T10:30:00Z' },
      { who: 'ana', consents: { 'newsletter/email': 'granted' }, at: '2026-03-02T10:40:00Z' },
    ]);
    await s.settle();
    expect(await changesOf(s)).toHaveLength(2);
    await s.tell([{ who: 'ana', consents: { 'newsletter/email': 'denied' } }]);
    await s.settle();
    expect((await changesOf(s)).slice(2)).toEqual(['ana newsletter/email granted denied']);
    await s.advance('2d');
    expect(await s.members('refused-lately')).toEqual([]);
    expect(await s.deadLetters()).toEqual([]);
  });

  it('starts journeys, but not from history', async () => {
    const s = await scenario(yaml);
    await s.person({ external_id: 'ana', consents: { 'marketing/*': 'granted' } });
    await s.person({ external_id: 'ben', consents: { 'marketing/*': 'granted' } });
    await s.tell([
      { who: 'ana', consents: { 'newsletter/email': 'granted' } },
      { who: 'ben', consents: { 'newsletter/email': 'granted' }, trigger: false },
    ]);
    await s.engine.drainImports();
    await s.settle();
    expect(await s.ways()).toEqual(['ana welcome completed']);
    expect(await changesOf(s)).toHaveLength(4);
  });

  it('is not written where nobody listens', async () => {
    const s = await scenario('kind: segment\nid: x\nwhere: { event: visited }\n');
    await s.person({ external_id: 'ana', consents: { 'newsletter/email': 'granted' } });
    expect(await changesOf(s)).toEqual([]);
  });
});

describe('identified', () => {
  const names = ['anonymous_id', 'email', 'external_id'] as const;
  type Names = Partial<Record<(typeof names)[number], string>>;

  /** Ingests one batch: each entry a visit of somebody by his names, in order of trust. */
  async function visits(s: Scenario, list: readonly Names[], trigger = true): Promise<void> {
    const now = s.clock.now();
    const facts = list.map((who, i) => ({
      messageId: `${now.getTime()} ${i}`,
      identifiers: [...names]
        .reverse()
        .flatMap((type) => (who[type] === undefined ? [] : [{ type, value: who[type] }])),
      fact: {
        at: now.getTime(),
        received: now.getTime(),
        source: 'web',
        trigger,
        event: { type: 'visited', value: null, unit: null, properties: { page: 'home' } },
      },
    }));
    await s.store.withSession((session) => ingestFacts(session, facts, { now }));
    await s.engine.drainImports();
    await s.settle();
    await s.advance('1min');
  }

  const told = async (s: Scenario) =>
    (
      await s.rows<{ who: string }>(
        `select string_agg(i.value, '+' order by i.type, i.value) as who from parcours.event e
         join parcours.identifier i using (lane, profile_id) where e.type = 'identified' group by e.event_id order by e.event_id`,
      )
    ).map(({ who }) => who);

  it('is told when a visitor gets his first identifier that is no device, once', async () => {
    const s = await scenario(yaml);
    await visits(s, [{ anonymous_id: 'd1' }, { anonymous_id: 'd2' }, { external_id: 'ana' }]);
    expect([await told(s), await s.members('known')]).toEqual([[], ['ana']]);
    await visits(s, [{ anonymous_id: 'd1', email: 'ben@x.example' }]);
    expect(await told(s)).toEqual(['d1+ben@x.example']);
    expect(
      await s.rows(`select from parcours.membership where segment in ('known', 'known-lately') and is_member`),
    ).toHaveLength(3);
    // He is known already; so was she, who had no device so far.
    await visits(s, [
      { anonymous_id: 'd1', email: 'ben@x.example', external_id: 'ben' },
      { anonymous_id: 'd3', external_id: 'ana' },
    ]);
    expect(await told(s)).toHaveLength(1);
    expect((await s.enrollments()).map(({ journey }) => journey)).toEqual(['known-at-last']);
  });

  it('is told of who came as a visitor and was named in one batch, and starts nothing from history', async () => {
    const s = await scenario(yaml);
    await visits(
      s,
      [
        { anonymous_id: 'd1' },
        { anonymous_id: 'd2', email: 'new@x.example' },
        { anonymous_id: 'd1', external_id: 'ana' },
      ],
      false,
    );
    expect(await told(s)).toEqual(['d1+ana']);
    expect(await s.enrollments()).toEqual([]);
    expect(await s.deadLetters()).toEqual([]);
  });
});
