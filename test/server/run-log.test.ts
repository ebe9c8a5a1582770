/** What a daemon's log tells, and that no person is in it. */
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../engine/clock/clock.ts';
import { createRunLog } from '../../engine/server/run-log.ts';
import { reply, startSmtpServer } from '../channels/smtp-server.ts';
import { eventOf, eventually, type FaultStore, faultStore } from '../faults/fault-store.ts';
import { watchedDaemon } from './watched-daemon.ts';

let fault: FaultStore | null = null;
afterEach(async () => {
  await fault?.drop();
  fault = null;
});

function log() {
  const lines: string[] = [];
  const made = createRunLog(systemClock, (line) => lines.push(line));
  const events = () => lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  return { ...made, events };
}

describe('the log', () => {
  it('is a JSON object a line, with time, level and event', () => {
    const { started, ended, events } = log();
    started({ workers: 4, listen: null });
    ended(null);
    expect(events()).toMatchObject([
      { level: 'info', event: 'started', workers: 4, pid: process.pid },
      { level: 'info', event: 'ended' },
    ]);
    for (const { time } of events()) expect(Date.parse(String(time))).toBeGreaterThan(0);
  });

  it('tells of a channel that takes nothing, less and less often, and once when it takes again', () => {
    const { observe, events } = log();
    const settled = (counts: Readonly<Record<string, number>>) =>
      observe({ kind: 'settled', channel: 'mail', counts, latencies: [] });
    for (let i = 0; i < 12; i += 1) settled({ retry: 5 });
    settled({ suppressed: 1 });
    settled({ sent: 1, retry: 3 });
    settled({ retry: 1 });
    settled({ sent: 1 });
    expect(events().map(({ event, inARow }) => [event, inARow])).toEqual([
      ['channel_refused', 3],
      ['channel_refused', 6],
      ['channel_refused', 12],
      ['channel_takes', undefined],
    ]);
  });

  it('tells of trouble and of its end', () => {
    const { trouble, events } = log();
    trouble({ where: 'worker', state: 'retrying', code: '57P01', attempt: 1, retryInMs: 250 });
    trouble({ where: 'worker', state: 'over', code: '57P01', attempt: 1, retryInMs: 0 });
    expect(events()).toMatchObject([
      { level: 'warn', event: 'trouble', where: 'worker', code: '57P01' },
      { level: 'info', event: 'trouble_over' },
    ]);
  });
});

describe('a person with a telling name', () => {
  it('is nowhere in the log of a daemon whose channel fails, whose facts are poisoned and whose provider talks', async () => {
    const smtp = await startSmtpServer({
      recipient: (address) => reply(451, `4.2.0 Philippina Sonderbar <${address}> is over quota`),
    });
    fault = await faultStore(`kind: channel
id: post
type: email
via: smtp
smtp: { host: 127.0.0.1, port: ${smtp.port}, from: "Shop <shop@shop.example>" }
---
kind: journey
id: welcome
objective: engagement
entry: { when: { event: signed_up }, reentry: always }
steps:
  - id: say
    send: { channel: post, template: named }
---
kind: segment
id: everybody
where: [ { event: visited } ]
---
kind: journey
id: often
objective: engagement
entry: { when: { cron: "* * * * * *", members: everybody }, reentry: always }
steps:
  - id: rest
    wait: 1h
`);
    const who = 'philippina.sonderbar';
    const telling = (type: string, id: string) => {
      const { fact, ...rest } = eventOf(who, type, id, { page: 'Sonderbar' });
      return { ...rest, fact: { ...fact, traits: { ...fact.traits, first_name: 'Philippina' } } };
    };
    await fault.tell([telling('signed_up', 'm1')]);
    await fault.tell([telling('visited', 'm2')]);
    await fault.rows(`insert into parcours.pause (resource, since, on_resume, why, author)
      values ('channel/diary', now(), 'spread', 'Sonderbar complained', 'Philippina')`);
    const daemon = await watchedDaemon(fault);
    const has = (event: string) => daemon.events().some((one) => one.event === event);
    await eventually('it was refused', () =>
      daemon.observed.some((one) => one.kind === 'settled' && one.counts.retry === 1),
    );
    // Again at once, and again.
    for (let n = 0; n < 4; n += 1) {
      await fault.rows('update parcours.outbox set due_at = now()');
      const settled = () => daemon.observed.filter(({ kind }) => kind === 'settled').length;
      const before = settled();
      await eventually('it was refused again', () => settled() > before);
    }
    await fault.rows(`insert into parcours.inbox (lane, class, visible_at, profile_id, kind, body)
      select lane, 1, now(), profile_id, 'fact', jsonb_build_object('at', 'Philippina Sonderbar', 'received', 0, 'source', 'test', 'trigger', true)
      from parcours.identifier`);
    for (const event of ['channel_refused', 'dead_letter', 'schedule_fired', 'pause_in_force', 'revision_live'])
      await eventually(`the log tells of ${event}`, () => has(event));
    await fault.rows(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name in ('parcours worker', 'parcours control') and datname = current_database()`);
    await eventually('the log tells of trouble and its end', () => has('trouble') && has('trouble_over'));
    await daemon.stop();
    await smtp.stop();
    expect(daemon.lines.join('')).not.toMatch(/philippina|sonderbar|@|"profile|quota/i);
    expect(daemon.events().find(({ event }) => event === 'dead_letter')).toMatchObject({ unit: 'fact', level: 'warn' });
  });
});
