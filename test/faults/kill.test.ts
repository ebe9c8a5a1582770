/** Processes that are killed while they work: nothing is lost, marketing is sent at most once, service at least once. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../engine/clock/clock.ts';
import { proofSize } from '../support/proof.ts';
import { eventOf, eventually, type FaultStore, faultStore, type LogLine } from './fault-store.ts';
import { startDaemon } from './processes.ts';

let fault: FaultStore;
afterEach(() => fault.drop());

/** Numbers between 0 and 1, the same in each run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/** The attempts of dispatchers that were killed are given up when they haven't beaten for a minute: that minute passes. */
async function letMinutePass(): Promise<void> {
  await fault.rows(
    `update parcours.outbox set attempted_at = attempted_at - interval '2 minutes' where state = 'attempting'`,
  );
  await fault.rows(`update parcours.worker set beat_at = beat_at - interval '2 minutes'`);
}

const itsSessions = `select count(*) as n from pg_stat_activity
  where datname = current_database() and application_name in ('parcours worker', 'parcours dispatcher', 'parcours control')`;

/** The messages that a dispatcher has marked and not settled. */
async function attempts(): Promise<readonly string[]> {
  const rows = await fault.rows<{ token: string }>(
    `select lane || '-' || message_id as token from parcours.outbox where state = 'attempting'`,
  );
  return rows.map((row) => row.token);
}

function tokensOf(lines: readonly LogLine[], journey: string): readonly string[] {
  return lines.filter((line) => line.journey === journey).map((line) => line.token);
}

describe('a daemon that is killed again and again', () => {
  it('loses nobody, sends marketing at most once and service at least once', async () => {
    const people = proofSize(5_000);
    const kills = proofSize(60, 5);
    const random = chance(11);
    const inDoubt = new Set<string>();
    fault = await faultStore();
    const who = Array.from({ length: people }, (_, i) => `p${i}`);
    const facts = who.flatMap((one) => [
      eventOf(one, 'signed_up', `${one} a`),
      eventOf(one, 'order_placed', `${one} b`),
    ]);
    for (let kill = 0; kill < kills; kill += 1) {
      const daemon = await startDaemon(fault);
      const share = facts.filter((_, i) => i % kills === kill);
      // Killed at any moment from the first fact on.
      const telling = fault.tell(share);
      await delay(Math.floor(random() * 800));
      await daemon.kill('SIGKILL');
      await telling;
      // What the process had sent before it was killed, the server still does.
      await eventually('its sessions have ended', async () => (await fault.count(itsSessions)) === 0);
      for (const token of await attempts()) inDoubt.add(token);
    }
    await letMinutePass();
    const daemon = await startDaemon(fault);
    const settled = `select count(*) as n from parcours.message where state in ('sent', 'uncertain')`;
    await eventually('everything has come to an end', async () => {
      // Service is tried again after a while: that passes, too.
      await fault.rows(`update parcours.outbox set due_at = $1 where state = 'ready' and due_at > $1`, [
        systemClock.now(),
      ]);
      return (await fault.count(settled)) === 2 * people;
    });
    await eventually(
      'the outbox is empty',
      async () => (await fault.count('select count(*) as n from parcours.outbox')) === 0,
    );
    expect(await daemon.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(daemon.errors()).toBe('');

    const [totals] = await fault.rows<Record<string, number>>(
      `select (select count(*) from parcours.event) as events, (select count(*) from parcours.inbox) as "left",
         (select count(*) from parcours.dead_letter) as dead, (select count(*) from parcours.enrollment) as enrollments,
         (select count(*) from (select distinct profile_id, journey from parcours.message) m) as distinct_messages,
         (select count(*) from parcours.message) as messages, (select count(*) from parcours.contact) as contacts`,
    );
    expect(totals).toEqual({
      ...{ events: 2 * people, left: 0, dead: 0, enrollments: 2 * people },
      ...{ messages: 2 * people, distinct_messages: 2 * people, contacts: 2 * people },
    });
    const states = await fault.rows<{ token: string; journey: string; state: string }>(
      `select lane || '-' || message_id as token, journey, state from parcours.message`,
    );
    const lines = fault.lines();
    const marketing = tokensOf(lines, 'welcome');
    const service = tokensOf(lines, 'receipt');
    const told = new Set([...marketing, ...service]);
    const sent = states.filter(({ state }) => state === 'sent');
    expect(sent.filter(({ token }) => !told.has(token))).toEqual([]);
    expect(new Set(marketing).size).toBe(marketing.length);
    expect(states.filter(({ journey, state }) => journey === 'receipt' && state !== 'sent')).toEqual([]);
    expect(new Set(service).size).toBe(people);
    const uncertain = states.filter(({ state }) => state === 'uncertain');
    // Nothing is in doubt but what was being sent when a process was killed.
    expect(uncertain.filter(({ token }) => !inDoubt.has(token))).toEqual([]);
    const leftAnyway = uncertain.filter(({ token }) => told.has(token)).length;
    process.stderr.write(
      `kill -9: ${people} people, ${kills} kills, ${inDoubt.size} attempts in doubt; ${uncertain.length} of marketing uncertain ` +
        `(${leftAnyway} of them had left), ${service.length - people} of service sent again\n`,
    );
  }, 900_000);
});
