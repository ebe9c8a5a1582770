/** Entries by the clock: when schedules fire, whom they take, and that each time fires once. */
import { describe, expect, it, vi } from 'vitest';
import { createEngine } from '../../engine/activation/engine.ts';
import { scenario } from './scenario.ts';

function digest(triggers: string, { reentry = 'always', steps = '' } = {}): string {
  return `kind: segment
id: readers
where: { trait: plan, is: reader }
---
kind: segment
id: locals
where: { trait: country, is: CH }
---
kind: journey
id: digest
objective: engagement
entry:
  when: ${triggers}
  reentry: ${reentry}
steps:
  - id: news
    send: { channel: diary, template: hello }
${steps}`;
}

const tuesdays = '{ cron: "0 10 * * 2", zone: Europe/Paris, members: readers }';

describe('a schedule', () => {
  it('takes the members of its segment at each of its times, in its own zone', async () => {
    const s = await scenario(digest(tuesdays));
    await s.person({ external_id: 'ana', traits: { plan: 'reader' } });
    await s.person({ external_id: 'ben', traits: { plan: 'free' } });
    await s.runUntil('2026-04-01T00:00:00Z');
    // Paris moves its clocks on 29 March.
    expect(await s.sent()).toEqual([
      'ana news 2026-03-03 09:00',
      'ana news 2026-03-10 09:00',
      'ana news 2026-03-17 09:00',
      'ana news 2026-03-24 09:00',
      'ana news 2026-03-31 08:00',
    ]);
  });

  it('reads `every` as the cron line that it stands for', async () => {
    const s = await scenario(digest('{ every: week, days: [tue, fri], at: "10:00", members: readers }'));
    await s.person({ external_id: 'ana', traits: { plan: 'reader' } });
    await s.runUntil('2026-03-12T00:00:00Z');
    expect(await s.sent()).toEqual([
      'ana news 2026-03-03 10:00',
      'ana news 2026-03-06 10:00',
      'ana news 2026-03-10 10:00',
    ]);
  });

  it('takes those who are members when it fires, not those who become members later', async () => {
    const s = await scenario(digest(tuesdays));
    await s.person({ external_id: 'ana', traits: { plan: 'reader' } });
    await s.runUntil('2026-03-03T09:30:00Z');
    await s.person({ external_id: 'ben', traits: { plan: 'reader' } });
    await s.traits('ana', { plan: 'free' });
    await s.runUntil('2026-03-10T09:30:00Z');
    expect(await s.sent()).toEqual(['ana news 2026-03-03 09:00', 'ben news 2026-03-10 09:00']);
  });

  it('takes whom time alone makes a member at the very instant', async () => {
    const s = await scenario(
      digest(tuesdays).replace('{ trait: plan, is: reader }', '{ trait: ends_at, in_next: 1d }'),
    );
    await s.person({ external_id: 'ana', traits: { ends_at: Date.parse('2026-03-04T09:00:00Z') } });
    await s.runUntil('2026-03-03T09:30:00Z');
    expect(await s.sent()).toEqual(['ana news 2026-03-03 09:00']);
  });

  it('does not take whom `reentry` keeps out, or who is still in it', async () => {
    const never = await scenario(digest(tuesdays, { reentry: 'never' }));
    await never.person({ external_id: 'ana', traits: { plan: 'reader' } });
    await never.runUntil('2026-03-20T00:00:00Z');
    expect(await never.sent()).toEqual(['ana news 2026-03-03 09:00']);

    const slow = await scenario(digest(tuesdays, { steps: '  - id: rest\n    wait: 10d\n' }));
    await slow.person({ external_id: 'ana', traits: { plan: 'reader' } });
    await slow.runUntil('2026-03-20T00:00:00Z');
    expect(await slow.sent()).toEqual(['ana news 2026-03-03 09:00', 'ana news 2026-03-17 09:00']);
  });

  it('fires each of several triggers of a journey, also at the same time', async () => {
    const both = `
    - { every: day, at: "12:00", members: readers }
    - { every: day, at: "12:00", members: locals }
    - { every: day, at: "13:00", members: readers }`;
    const s = await scenario(digest(both));
    await s.person({ external_id: 'ana', traits: { plan: 'reader' } });
    await s.person({ external_id: 'ben', traits: { country: 'CH' } });
    await s.advance('4h');
    expect([...(await s.sent())].sort()).toEqual([
      'ana news 2026-03-02 12:00',
      'ana news 2026-03-02 13:00',
      'ben news 2026-03-02 12:00',
    ]);
  });

  it('fires once for a time, though two engines look at once', async () => {
    const s = await scenario(digest('{ every: day, at: "10:30", members: readers }'));
    for (const who of ['ana', 'ben', 'cat']) await s.person({ external_id: who, traits: { plan: 'reader' } });
    s.clock.jumpTo(new Date('2026-03-02T10:30:00Z'));
    const engines = Array.from({ length: 4 }, () =>
      createEngine({ store: s.store, clock: s.clock, root: s.root, env: {} }),
    );
    await Promise.all(engines.map((engine) => engine.runOnce()));
    await s.settle();
    expect([...(await s.sent())].sort()).toEqual([
      'ana news 2026-03-02 10:30',
      'ben news 2026-03-02 10:30',
      'cat news 2026-03-02 10:30',
    ]);
    expect(await s.rows('select journey from parcours.schedule_run')).toHaveLength(1);
    expect(s.lines('diary')).toHaveLength(3);
  });

  it('edge case 19: two daemons with schedules → each fires once', async () => {
    const s = await scenario(digest('{ every: day, at: "10:30", members: readers }'));
    for (const who of ['ana', 'ben', 'cat']) await s.person({ external_id: who, traits: { plan: 'reader' } });
    const ends = new AbortController();
    const daemons = [1, 2].map(() =>
      createEngine({ store: s.store, clock: s.clock, root: s.root, env: {}, workers: 2 }).runDaemon(ends.signal),
    );
    for (const [day, messages] of [
      ['02', 3],
      ['03', 6],
    ] as const) {
      s.clock.jumpTo(new Date(`2026-03-${day}T10:30:00Z`));
      await vi.waitFor(async () => expect(await s.sent()).toHaveLength(messages), { timeout: 20_000, interval: 100 });
    }
    ends.abort();
    await Promise.all(daemons);
    await s.settle();
    expect(await s.rows('select journey from parcours.schedule_run')).toHaveLength(2);
    expect(await s.enrollments()).toHaveLength(6);
    expect(s.lines('diary')).toHaveLength(6);
  });

  it('makes up a missed time for as long as `late` says, and the last of several alone', async () => {
    const s = await scenario(
      ['3h', '0h']
        .map((late, i) => {
          const line = `{ cron: "0 11,12 * * *", members: readers, late: ${late} }`;
          const yaml = digest(line).replaceAll('id: digest', `id: digest-${i}`).replaceAll('id: news', `id: news-${i}`);
          return i === 0 ? yaml : yaml.slice(yaml.indexOf('kind: journey'));
        })
        .join('---\n'),
    );
    await s.person({ external_id: 'ana', traits: { plan: 'reader' } });
    s.clock.jumpTo(new Date('2026-03-02T14:59:00Z'));
    await s.settle();
    expect(await s.sent()).toEqual(['ana news-0 2026-03-02 14:59']);
    s.clock.jumpTo(new Date('2026-03-03T15:00:00Z'));
    await s.settle();
    expect(await s.sent()).toHaveLength(1);
    await s.runUntil('2026-03-04T11:30:00Z');
    expect((await s.sent()).slice(1)).toEqual(['ana news-0 2026-03-04 11:00', 'ana news-1 2026-03-04 11:00']);
  });

  it('does not fire for a time that was missed by more than an hour, nor for one before it was applied', async () => {
    const s = await scenario(digest('{ every: day, at: "09:30", members: readers }'));
    await s.person({ external_id: 'ana', traits: { plan: 'reader' } });
    expect(await s.sent()).toEqual([]);
    s.clock.jumpTo(new Date('2026-03-03T10:31:00Z'));
    await s.settle();
    expect(await s.sent()).toEqual([]);
    s.clock.jumpTo(new Date('2026-03-04T10:29:00Z'));
    await s.settle();
    expect(await s.sent()).toEqual(['ana news 2026-03-04 10:29']);
  });
});
