/** The daemon as a whole: how it ends, how several share the work, and what it costs while there is nothing to do. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { elapsedMs, systemClock } from '../../engine/clock/clock.ts';
import { proofSize } from '../support/proof.ts';
import { daemonOn, eventOf, eventually, type FaultStore, faultJourneys, faultStore, workersOn } from './fault-store.ts';
import { startRun } from './processes.ts';

let fault: FaultStore;
afterEach(() => fault.drop());

const sent = () => fault.count(`select count(*) as n from parcours.message where state = 'sent'`);
const beating = () => fault.count('select count(*) as n from parcours.worker');

describe('a stop', () => {
  it('by SIGTERM in the middle of work ends with 0 within seconds, finishes what is in hand and leaves no heartbeat', async () => {
    fault = await faultStore();
    const run = await startRun(fault);
    const people = proofSize(20_000);
    await fault.tell(Array.from({ length: people }, (_, i) => eventOf(`p${i}`, 'signed_up', `m${i}`)));
    await eventually('something was sent', async () => fault.lines().length > 0);
    const began = elapsedMs();
    expect(await run.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(elapsedMs() - began).toBeLessThan(5_000);
    const lines = run.errors().trimEnd().split('\n');
    const events = lines.map((line) => (JSON.parse(line) as { readonly event: string }).event);
    expect([events[0], events.at(-1)]).toEqual(['started', 'ended']);
    expect(events).not.toContain('trouble');
    expect(await beating()).toBe(0);
    expect(await fault.count(`select count(*) as n from parcours.outbox where state = 'attempting'`)).toBe(0);
    await fault.runOnce();
    expect(await sent()).toBe(people);
    expect(fault.lines()).toHaveLength(people);
  });

  it('while nothing is due is at once', async () => {
    fault = await faultStore();
    const daemon = daemonOn(fault, { workers: 4 });
    await eventually('it beats', async () => (await beating()) === 1);
    const began = elapsedMs();
    await daemon.stop();
    expect(elapsedMs() - began).toBeLessThan(2_000);
    expect(await beating()).toBe(0);
  });
});

const everySecond = `kind: segment
id: trials
where: [ { trait: plan, is: trial } ]
---
kind: journey
id: often
objective: engagement
entry: { when: { cron: "* * * * * *", members: trials }, reentry: always }
steps:
  - id: say
    send: { channel: mail, template: hello }
`;

const slowly = `kind: channel
id: slow
type: log
rate: { per_second: 20 }
---
kind: journey
id: slowly
objective: engagement
entry: { when: { event: signed_up } }
steps:
  - id: say
    send: { channel: slow, template: hello }
`;

describe('several daemons', () => {
  it('hold the rate of a channel together', async () => {
    fault = await faultStore(slowly);
    const daemons = [daemonOn(fault), daemonOn(fault)];
    await fault.tell(Array.from({ length: 60 }, (_, i) => eventOf(`p${i}`, 'signed_up', `m${i}`)));
    await eventually('all are sent', async () => (await sent()) === 60);
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    const [row] = await fault.rows<{ took: number }>(
      'select extract(epoch from max(sent_at) - min(sent_at))::double precision as took from parcours.message',
    );
    // Twenty leave in the first second, the others in two more; what is told of the first may come some time after it left.
    expect(row?.took).toBeGreaterThan(1.5);
  });

  it('fire each schedule once', async () => {
    fault = await faultStore(everySecond);
    const fact = eventOf('ana', 'signed_up', 'm1');
    const traits = { email: 'ana@shop.example', plan: 'trial' };
    await fault.tell([{ ...fact, fact: { ...fact.fact, traits } }]);
    const daemons = [daemonOn(fault), daemonOn(fault), daemonOn(fault)];
    await eventually('it fired five times', async () => {
      return (await fault.count('select count(*) as n from parcours.schedule_run')) >= 5;
    });
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    await fault.runOnce();
    const runs = await fault.count('select count(*) as n from parcours.schedule_run');
    const [row] = await fault.rows<{ entries: number; messages: number }>(
      `select (select count(*) from parcours.enrollment) as entries, (select count(*) from parcours.message) as messages`,
    );
    // Two commands that were handled in one batch enroll once.
    expect(row?.entries).toBeLessThanOrEqual(runs);
    expect(row?.entries).toBeGreaterThan(0);
    expect(row?.messages).toBe(row?.entries);
  });

  it('share the lanes, and each person hears once', async () => {
    fault = await faultStore();
    const daemons = [daemonOn(fault), daemonOn(fault), daemonOn(fault)];
    const people = proofSize(4_000);
    const all = Array.from({ length: people }, (_, i) => eventOf(`p${i}`, 'signed_up', `m${i}`));
    for (let i = 0; i < people; i += 50) await fault.tell(all.slice(i, i + 50));
    await eventually('all were sent to', async () => (await sent()) === people);
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    const tokens = fault.lines().map((line) => line.token);
    expect(tokens).toHaveLength(people);
    expect(new Set(tokens).size).toBe(people);
    expect(await beating()).toBe(0);
  });
});

/** A channel of a program of the shop's, beside one that needs nobody. */
const byProgram = (port: number) => `kind: channel
id: letters
type: webhook
webhook: { url: "http://127.0.0.1:${port}/", allow_private: true }
---
kind: consent
id: letters
channels: [webhook]
basis: legitimate-interest
---
kind: journey
id: by-program
objective: engagement
purpose: letters
entry: { when: { event: visited } }
steps:
  - id: say
    send: { channel: letters, template: hello }
---
kind: journey
id: by-mail
objective: engagement
entry: { when: { event: signed_up } }
steps:
  - id: say
    send: { channel: mail, template: hello }
`;

describe('a provider that is slow', () => {
  it('holds up no other channel, and what it has in hand ends with the daemon', async () => {
    const held: ServerResponse[] = [];
    let isSlow = true;
    const program = createServer((request, response) => {
      request.resume();
      if (isSlow) held.push(response);
      else response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => program.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      program.closeAllConnections();
      program.close();
    });
    fault = await faultStore(byProgram((program.address() as AddressInfo).port));
    await fault.tell(Array.from({ length: 100 }, (_, i) => eventOf(`p${i}`, 'visited', `m${i}`)));
    const group = await workersOn(fault.store, 1);
    await group.untilIdle();
    await group.close();
    // Eight at once, each given up after a quarter of a minute: the program is at it for longer than anybody waits here.
    const daemon = daemonOn(fault);
    await eventually('the program was asked', () => held.length > 0);
    await fault.tell([eventOf('ben', 'signed_up', 'mail')]);
    await eventually('the mail has left, and its lane knows', async () => (await sent()) > 0);
    expect(fault.lines()).toHaveLength(1);
    isSlow = false;
    for (const response of held) response.writeHead(204).end();
    await daemon.stop();
    expect(daemon.troubles).toEqual([]);
    expect(await fault.count(`select count(*) as n from parcours.outbox where state = 'attempting'`)).toBe(0);
  });
});

describe('an idle daemon of four workers', () => {
  it('sends fewer than 40 statements a second and handles an event of another session within one', async () => {
    fault = await faultStore(faultJourneys);
    await fault.tell([eventOf('ana', 'signed_up', 'm1')]);
    const daemon = daemonOn(fault, { workers: 4 });
    await eventually('it has worked off what there was', async () => (await sent()) === 1);
    await eventually('all lanes are current', async () => {
      return (await fault.count('select count(*) as n from parcours.lane where revision = 0')) === 0;
    });
    await delay(1_000);
    // Each statement outside of a transaction is one; the statistics of a session come a second after it at the latest.
    const seconds = 6;
    const before = await transactions();
    await delay(seconds * 1_000);
    const perSecond = ((await transactions()) - before) / seconds;
    expect(perSecond).toBeGreaterThan(2);
    expect(perSecond).toBeLessThan(40);
    const waits: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      await fault.tell([eventOf(`p${i}`, 'signed_up', `later ${i}`)]);
      const told = systemClock.now().getTime();
      await eventually('it was sent', async () => (await sent()) === 2 + i);
      waits.push(systemClock.now().getTime() - told);
    }
    expect(Math.max(...waits)).toBeLessThan(1_000);
    await daemon.stop();
    expect(daemon.troubles).toEqual([]);
  });

  function transactions(): Promise<number> {
    return fault.count(
      `select xact_commit + xact_rollback as n from pg_stat_database where datname = current_database()`,
    );
  }
});
