/** What a pause holds, what becomes of it when the pause ends, and that nothing comes as a flood. */
import { describe, expect, it } from 'vitest';
import { beginPause, endPause, type PauseRow } from '../../engine/store/pauses.ts';
import { type Scenario, scenario } from './scenario.ts';

const journey = (id: string, more = ''): string => `kind: journey
id: ${id}
objective: engagement
entry: { when: { event: signed_up }, reentry: always }
steps:
  - id: hi
    send: { channel: diary, template: hello, valid_for: 20d }
    otherwise: [ { exit: not-sent } ]
  - id: pause
    wait: 2d
  - id: again
    send: { channel: text, template: hello, valid_for: 1d }
${more}`;

async function pause(s: Scenario, resource: string, more: Partial<PauseRow> = {}): Promise<void> {
  const since = s.clock.now();
  const row = { resource, since, until: null, on_resume: 'spread', why: 'a test', author: 'ops', ...more } as const;
  await s.store.withSession((session) => session.transaction((tx) => beginPause(tx, row)));
}

async function resume(s: Scenario, resource: string): Promise<boolean> {
  const ending = { at: s.clock.now(), by: 'ops' };
  return s.store.withSession((session) => session.transaction((tx) => endPause(tx, resource, ending)));
}

const reached = { phone: '+41791234567' };

describe('a pause of a journey', () => {
  it('holds its messages, lets nobody in and leaves other journeys alone (b29)', async () => {
    const s = await scenario(`${journey('a')}---\n${journey('b')}`);
    await s.person({ external_id: 'ana', traits: reached });
    await s.event('ana', 'signed_up');
    await pause(s, 'journey/a');
    await s.event('bo', 'signed_up');
    await s.advance('2d');
    expect(await s.sent()).toEqual([
      'ana hi 2026-03-02 10:00',
      'ana hi 2026-03-02 10:00',
      'bo hi 2026-03-02 10:00',
      'ana again 2026-03-04 10:00',
    ]);
    expect((await s.ways()).filter((way) => way.includes(' a '))).toEqual(['ana a at again']);
    expect(await s.decisions()).toContain('ana again deferred paused journey/a');
  });

  it('drops what loses its validity meanwhile (b29)', async () => {
    const s = await scenario(journey('a'));
    await s.person({ external_id: 'ana', traits: reached });
    await s.event('ana', 'signed_up');
    await pause(s, 'journey/a');
    await s.advance('4d');
    expect(await s.decisions()).toContain('ana again expired paused journey/a');
    await resume(s, 'journey/a');
    await s.advance('4d');
    expect(await s.sent()).toEqual(['ana hi 2026-03-02 10:00']);
  });

  it('stops what lies in the outbox already', async () => {
    const s = await scenario(journey('a'));
    s.block('diary');
    await s.event('ana', 'signed_up');
    await pause(s, 'journey/a');
    s.unblock('diary');
    await s.advance('1h');
    expect(await s.sent()).toEqual([]);
    expect(await s.decisions()).toEqual(['ana hi deferred paused journey/a']);
    await resume(s, 'journey/a');
    await s.advance('2h');
    expect(await s.sent()).toHaveLength(1);
  });

  it('with skip_late drops what it held, and its people take `otherwise`', async () => {
    const s = await scenario(journey('a'));
    await s.event('ana', 'signed_up', {}, { trigger: false });
    s.block('diary');
    await s.event('ana', 'signed_up');
    await pause(s, 'journey/a', { on_resume: 'skip_late' });
    s.unblock('diary');
    await s.advance('1h');
    await resume(s, 'journey/a');
    await s.advance('2h');
    expect(await s.decisions()).toEqual(['ana hi suppressed paused journey/a']);
  });
});

describe('edge case 12: two weeks of pause and the end of it', () => {
  it('is no flood: what was held leaves spread over an hour after the end', async () => {
    const s = await scenario(journey('a'));
    const people = Array.from({ length: 60 }, (_, i) => `p${i}`);
    await pause(s, 'channel/diary', { until: new Date('2026-03-16T10:00:00Z') });
    await s.tell(people.map((who) => ({ who, type: 'signed_up' })));
    await s.settle();
    await s.runUntil('2026-03-16T09:59:59Z');
    expect(await s.sent()).toEqual([]);
    await s.runUntil('2026-03-16T11:00:00Z');
    const minutes = (await s.sent()).map((line) => Number(line.slice(-2)));
    expect(minutes).toHaveLength(60);
    const perQuarter = [0, 15, 30, 45].map((from) => minutes.filter((at) => at >= from && at < from + 15).length);
    expect(Math.max(...perQuarter)).toBeLessThan(25);
  });

  it('nor is an end by hand', async () => {
    const s = await scenario(journey('a'));
    const people = Array.from({ length: 30 }, (_, i) => `p${i}`);
    await pause(s, 'workspace');
    await s.tell(people.map((who) => ({ who, type: 'signed_up' })));
    await s.advance('3d');
    await resume(s, 'workspace');
    await s.advance('1h');
    const instants = new Set(await s.sent().then((lines) => lines.map((line) => line.slice(-5))));
    expect(await s.sent()).toHaveLength(30);
    expect(instants.size).toBeGreaterThan(15);
  });
});

describe('a pause of the workspace', () => {
  it('stops service, too, and lets people in: their messages wait', async () => {
    const s = await scenario(journey('a').replace('engagement', 'service'));
    await pause(s, 'workspace');
    await s.event('ana', 'signed_up');
    expect(await s.decisions()).toEqual(['ana hi deferred paused workspace']);
    expect(await resume(s, 'workspace')).toBe(true);
    expect(await resume(s, 'workspace')).toBe(false);
    await s.advance('2h');
    expect(await s.sent()).toHaveLength(1);
  });
});
