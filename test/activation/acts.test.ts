/** Steps that act without a message: traits and consents set, other journeys started. */
import { describe, expect, it } from 'vitest';
import { scenario } from './scenario.ts';
import { logOf, note, signUp, way } from './steps-yaml.ts';

const profileOf = `select p.traits from parcours.profile p join parcours.identifier i using (lane, profile_id) where i.value = $1`;

describe('an update', () => {
  it('sets, copies and empties traits, which the next step reads at once and segments read after', async () => {
    const s = await scenario({
      'segment.yaml': 'kind: segment\nid: pros\nwhere: { trait: plan, is: pro }\n',
      'scenario.yaml': way(`  - id: mark
    update: { plan: pro, first_name: { from: entry.plan }, country: null, phone: { from: email } }
  - id: fork
    branch:
      - { if: { trait: plan, is: pro }, steps: [ { exit: pro } ] }`),
      'follower.yaml': `kind: journey
id: follower
objective: engagement
entry: { when: { enters: pros }, current_members: skip }
steps:
${note('welcome')}`,
    });
    await s.person({ external_id: 'ana', traits: { country: 'FR', phone: '+33' } });
    await s.advance('1h');
    await s.event('ana', 'signed_up', { plan: 'free' });
    expect(await s.ways()).toEqual(['ana follower completed', 'ana way pro']);
    const [row] = await s.rows<{ traits: Record<string, unknown> }>(profileOf, ['ana']);
    expect(row?.traits).toMatchObject({ plan: 'pro', first_name: 'free', country: null, phone: '+33' });
    expect(await s.members('pros')).toEqual(['ana']);
    expect(await logOf(s)).toContain('mark set');
  });

  it('is told once: the same fact from the inbox changes nothing, and a newer word of a source stands', async () => {
    const s = await scenario(way('  - id: mark\n    update: { plan: pro }'));
    await signUp(s, 'ana');
    await s.advance('1h');
    await s.traits('ana', { plan: 'free' });
    const values = await s.rows<{ value: string; source: string }>(
      `select value #>> '{}' as value, source from parcours.trait_value where trait = 'plan' order by observed_at`,
    );
    expect(values).toEqual([
      { value: 'pro', source: 'parcours' },
      { value: 'free', source: 'test' },
    ]);
  });
});

describe('updates that answer each other', () => {
  const flip = (id: string, from: string, to: string, when: string) => `kind: journey
id: ${id}
objective: engagement
entry: { when: ${when.replaceAll('X', from)}, current_members: skip, reentry: always }
steps:
  - id: flip
    update: { plan: ${to} }
  - id: hi
    send: { channel: diary, template: hello }
`;
  const circles = {
    changes: '{ changes: plan, to: X }',
    becomes: '{ becomes: { trait: plan, is: X } }',
    enters: '{ enters: on-X }',
  };

  it.each(Object.entries(circles))(
    'edge case 22: end after sixteen rounds by `%s`, and are reported',
    async (_, when) => {
      const segment = (plan: string) => `kind: segment\nid: on-${plan}\nwhere: { trait: plan, is: ${plan} }\n`;
      const s = await scenario({
        'a.yaml': flip('a', 'free', 'pro', when).replace(
          'current_members: skip, ',
          when.includes('changes') ? '' : 'current_members: skip, ',
        ),
        'b.yaml': flip('b', 'pro', 'free', when).replace(
          'current_members: skip, ',
          when.includes('changes') ? '' : 'current_members: skip, ',
        ),
        'segments.yaml': `${segment('free')}---\n${segment('pro')}`,
      });
      await s.traits('ana', { plan: 'other' });
      await s.traits('ana', { plan: 'free' });
      await s.advance('1d');
      const sent = (await s.messages()).length;
      expect(sent).toBeGreaterThan(1);
      expect(sent).toBeLessThanOrEqual(17);
      const refused = await s.rows<{ reason: string }>('select reason from parcours.entry_refusal');
      expect(refused).toEqual([{ reason: 'loop' }]);
      // What somebody does outside begins anew.
      await s.traits('ana', { plan: 'other' });
      await s.traits('ana', { plan: 'free' });
      await s.settle();
      expect((await s.messages()).length).toBeGreaterThan(sent);
    },
  );
});

describe('a consent step', () => {
  it('writes the consent with its proof, and stops the message after it', async () => {
    const s = await scenario(
      way(`  - id: stop
    consent: { purpose: marketing, channel: email, set: denied, proof: no-answer }
  - id: mail
    send: { channel: mail, template: hello }
    otherwise: [ { exit: unreachable } ]`),
    );
    await s.person({ external_id: 'ana', traits: { email: 'ana@shop.example' } });
    await s.event('ana', 'signed_up', {});
    expect((await s.messages()).map(({ state }) => state)).toEqual(['suppressed']);
    const log = await s.rows('select purpose, channel, state, source, proof from parcours.consent_log');
    expect(log).toEqual([
      { purpose: 'marketing', channel: 'email', state: 'denied', source: 'parcours', proof: 'no-answer' },
    ]);
    expect(await s.ways()).toEqual(['ana way unreachable']);
  });
});

describe('a start', () => {
  const nps = (more = '') => `kind: journey
id: nps
objective: satisfaction
${more}entry: { when: { started: true }, with: { moment: text } }
steps:
  - id: fork
    branch:
      - { if: { field: entry.moment, is: signature }, steps: [ { exit: signed } ] }`;

  it('b3: lets the person enter the other journey with what it hands over, and goes on at once', async () => {
    const s = await scenario({
      'nps.yaml': nps(),
      'scenario.yaml': way(`  - id: ask
    start: { journey: nps, with: { moment: signature } }
${note('after')}`),
    });
    await signUp(s, 'ana');
    await s.event('ana', 'signed_up', {});
    expect(await s.ways()).toEqual(['ana nps signed', 'ana way completed', 'ana way completed']);
    expect(await logOf(s)).toEqual(['fork arm 1', 'ask started', 'after queued', 'ask started', 'after queued']);
  });

  it('b19: passes its own key to a journey that is per the same', async () => {
    const s = await scenario({
      'nps.yaml': nps('per: { property: plan }\n').replace(
        'with: { moment: text }',
        'with: { moment: text, plan: text }',
      ),
      'scenario.yaml': way(`  - id: ask
    start: { journey: nps, with: { moment: signature, plan: any } }`).replace(
        'id: way\n',
        'id: way\nper: { property: plan }\n',
      ),
    });
    await s.event('ana', 'signed_up', { plan: 'one' });
    await s.event('ana', 'signed_up', { plan: 'two' });
    const rows = await s.rows('select journey, key, exit_as from parcours.enrollment order by 1, 2');
    expect(rows).toEqual([
      { journey: 'nps', key: 'one', exit_as: 'signed' },
      { journey: 'nps', key: 'two', exit_as: 'signed' },
      { journey: 'way', key: 'one', exit_as: 'completed' },
      { journey: 'way', key: 'two', exit_as: 'completed' },
    ]);
  });
});
