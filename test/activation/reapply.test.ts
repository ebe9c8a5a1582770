/** A new revision under people's feet: pinned steps, live rules, and what becomes of those who stand in what is removed. */
import { describe, expect, it } from 'vitest';
import { type Scenario, scenario } from './scenario.ts';

const note = (id: string) => `  - id: ${id}\n    send: { channel: diary, template: hello }\n`;

function way(steps: string, { ends = '', more = '' } = {}): string {
  return `${more}kind: journey
id: way
objective: engagement
entry: { when: { event: signed_up }, reentry: always }
${ends}steps:
${steps}`;
}

const old = way(`  - id: rest\n    wait: 2d\n${note('old-words')}`);
/** That people finish by the steps that they have is said, since a step in which they stand is gone. */
const ends = 'in_flight: { policy: pin }\n';
const renewed = way(`  - id: pause\n    wait: 1d\n${note('new-words')}`, { ends });

describe('a journey that changes', () => {
  it('b28: keeps those in flight on their steps, and takes newcomers through the new ones', async () => {
    const s = await scenario(old);
    await s.event('ana', 'signed_up');
    await s.advance('1h');
    await s.reapply(renewed);
    await s.event('ben', 'signed_up');
    await s.advance('3d');
    expect(await s.sent()).toEqual(['ben new-words 2026-03-03 11:00', 'ana old-words 2026-03-04 10:00']);
    const versions = new Set((await s.enrollments()).map((one) => one.version));
    expect(versions.size).toBe(2);
  });

  it('keeps them through several revisions, and takes them through the newest when they come back', async () => {
    const s = await scenario(old);
    await s.event('ana', 'signed_up');
    await s.reapply(renewed);
    await s.advance('1h');
    await s.reapply(way(note('third-words'), { ends }));
    await s.advance('3d');
    await s.event('ana', 'signed_up');
    expect(await s.sent()).toEqual(['ana old-words 2026-03-04 10:00', 'ana third-words 2026-03-05 11:00']);
  });

  it('keeps the goal and the exits of the version in which people stand', async () => {
    const s = await scenario(
      way('  - id: rest\n    wait: 9d\n', { ends: 'exit:\n  - { event: visited, as: visited }\n' }),
    );
    await s.event('ana', 'signed_up');
    await s.advance('1h');
    await s.reapply(
      way('  - id: rest\n    wait: 9d\n', { ends: 'goal: { event: order_placed, within: 9d, exit: true }\n' }),
    );
    await s.event('ben', 'signed_up');
    await s.advance('1h');
    await s.event('ana', 'order_placed');
    await s.event('ben', 'visited');
    expect(await s.ways()).toEqual(['ana way at rest', 'ben way at rest']);
    await s.event('ana', 'visited');
    await s.event('ben', 'order_placed');
    expect(await s.ways()).toEqual(['ana way visited', 'ben way goal']);
  });

  it('b28: lets its priority and the rules of pressure count at once for everybody', async () => {
    const cap = (max: number) =>
      `kind: pressure\nid: house\ncaps: [ { id: weekly, max: ${max}, rolling: 7d } ]\nvalid_for: 9d\n---\n`;
    const s = await scenario(way(note('one') + note('two'), { more: cap(1) }));
    await s.event('ana', 'signed_up');
    expect(await s.ways()).toEqual(['ana way at two']);
    await s.advance('1d');
    await s.reapply(way(note('one') + note('two'), { more: cap(2) }));
    await s.event('ben', 'signed_up');
    expect(await s.ways()).toEqual(['ana way at two', 'ben way completed']);
    // The message that waits is looked at when the old cap would have freed.
    await s.runUntil('2026-03-10T00:00:00Z');
    expect(await s.sent()).toContain('ana two 2026-03-09 10:00');
  });

  it('that is a draft again takes nobody, and lets those in flight go on', async () => {
    const s = await scenario(old);
    await s.event('ana', 'signed_up');
    await s.reapply(old.replace('objective:', 'status: draft\nobjective:'));
    await s.event('ben', 'signed_up');
    await s.advance('3d');
    expect(await s.ways()).toEqual(['ana way completed']);
  });
});

describe('a segment that changes', () => {
  const segment = (country: string) => `kind: segment\nid: locals\nwhere: { trait: country, is: ${country} }\n---\n`;

  it('b16: is read anew by the exits of those in flight', async () => {
    const ends = 'exit:\n  - { not: { segment: locals }, as: no-longer }\n';
    const s = await scenario(way('  - id: rest\n    wait: 9d\n', { ends, more: segment('CH') }));
    await s.traits('ana', { country: 'CH' });
    await s.event('ana', 'signed_up');
    await s.advance('1h');
    await s.reapply(way('  - id: rest\n    wait: 9d\n', { ends, more: segment('FR') }));
    expect(await s.members('locals')).toEqual([]);
    expect(await s.ways()).toEqual(['ana way no-longer']);
  });

  it('is read anew by the waits of those in flight', async () => {
    const steps = '  - id: answer\n    wait_for: { segment: locals }\n    for: 9d\n    then: [ { exit: met } ]\n';
    const s = await scenario(way(steps, { more: segment('CH') }));
    await s.traits('ana', { country: 'FR' });
    await s.event('ana', 'signed_up');
    await s.advance('1h');
    await s.reapply(way(steps, { more: segment('FR') }));
    expect(await s.ways()).toEqual(['ana way met']);
  });

  it('through a trait or another segment that it reads brings the newly inside in', async () => {
    const text = (inner: string) => `kind: trait
id: orders
count: { event: order_placed, in_last: ${inner} }
---
kind: segment
id: often
where: { trait: orders, gte: 2 }
---
kind: segment
id: often-locals
where: [ { segment: often }, { trait: country, is: CH } ]
---
kind: journey
id: way
objective: engagement
entry: { when: { enters: often-locals }, current_members: enter }
steps:
${note('hello')}`;
    const s = await scenario(text('1d'));
    for (const who of ['ana', 'ben']) {
      await s.traits(who, { country: who === 'ana' ? 'CH' : 'FR' });
      await s.event(who, 'order_placed', {}, { at: '2026-02-28T12:00:00Z' });
      await s.event(who, 'order_placed');
    }
    expect(await s.members('often-locals')).toEqual([]);
    await s.advance('1h');
    await s.reapply(text('7d'));
    expect(await s.members('often')).toEqual(['ana', 'ben']);
    expect(await s.members('often-locals')).toEqual(['ana']);
    expect(await s.sent()).toEqual(['ana hello 2026-03-02 11:00']);
  });
});

describe('what is removed', () => {
  const capped = 'kind: pressure\nid: house\ncaps: [ { id: weekly, max: 1, rolling: 7d } ]\nvalid_for: 9d\n---\n';

  async function inFlight(): Promise<Scenario> {
    const s = await scenario(way(note('one') + note('two'), { more: capped }));
    await s.event('ana', 'signed_up');
    expect(await s.ways()).toEqual(['ana way at two']);
    return s;
  }

  it('is refused while people stand there, unless it is allowed by name', async () => {
    const s = await inFlight();
    await expect(s.reapply('kind: segment\nid: other\nwhere: { trait: plan, is: pro }\n')).rejects.toThrow(
      /journey\/way/,
    );
    expect(await s.ways()).toEqual(['ana way at two']);
  });

  it('b21: ends the enrollments of a journey as `removed`, and what of them was deferred', async () => {
    const s = await inFlight();
    await s.advance('1h');
    await s.reapply('kind: segment\nid: other\nwhere: { trait: plan, is: pro }\n', {
      allowDestructive: ['journey/way'],
    });
    expect(await s.ways()).toEqual(['ana way removed']);
    await s.advance('20d');
    expect(await s.messages()).toMatchObject([
      { step: 'one', state: 'sent' },
      { step: 'two', state: 'suppressed', decision: { rule: 'left the journey' } },
    ]);
  });

  it('has no members any more, when it is a segment; it starts anew when it comes back', async () => {
    const text = 'kind: segment\nid: locals\nwhere: { trait: country, is: CH }\n';
    const s = await scenario(text);
    await s.traits('ana', { country: 'CH' });
    await s.reapply('kind: segment\nid: other\nwhere: { trait: country, is: FR }\n');
    expect(await s.members('locals')).toEqual([]);
    await s.traits('ben', { country: 'CH' });
    await s.reapply(text);
    expect(await s.members('locals')).toEqual(['ana', 'ben']);
  });

  it('under a message that waits in the outbox makes it fail with its reason, when it is its channel', async () => {
    const s = await scenario(way('  - id: letter\n    send: { channel: mail, template: hello }\n'));
    s.block('mail');
    await s.traits('ana', { email: 'ana@shop.example' });
    await s.event('ana', 'signed_up');
    await s.advance('1min');
    await s.reapply({
      'scenario.yaml': way(note('hello')),
      'channels.yaml': 'kind: channel\nid: diary\ntype: log\n',
    });
    await s.advance('2h');
    const [letter] = await s.messages();
    expect(letter).toMatchObject({ state: 'failed', decision: { reason: 'channel mail is not in the live revision' } });
    expect(await s.rows('select 1 from parcours.contact')).toEqual([]);
  });
});
