/** Processes that are killed while they work: nothing is lost, marketing is sent at most once, service at least once. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../engine/clock/clock.ts';
import { proofSize } from '../support/proof.ts';
import { eventOf, eventually, type FaultStore, faultJourneys, faultStore } from './fault-store.ts';
import { type Started, startDaemon } from './processes.ts';
import { type SlowProvider, slowProvider } from './slow-provider.ts';

let fault: FaultStore;
let provider: SlowProvider;
let running: Started[] = [];
afterEach(async () => {
  await Promise.all(running.map((daemon) => daemon.kill('SIGKILL')));
  await provider.stop();
  await fault.drop();
});

const processes = 3;
const settledWithinMs = 600_000;

/** Numbers between 0 and 1, the same in each run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/** Messages that processes which are dead had marked as being sent, and that nobody has settled since. */
async function attemptsOf(pids: readonly number[]): Promise<readonly string[]> {
  const rows = await fault.rows<{ token: string }>(
    `select o.lane || '-' || o.message_id as token from parcours.outbox o
     join parcours.worker w on w.worker_id = o.dispatcher where o.state = 'attempting' and w.pid = any($1::integer[])`,
    [pids],
  );
  return rows.map((row) => row.token);
}

/** The attempts of dispatchers that were killed are given up when they haven't beaten for a minute: that minute passes. */
async function letMinutePass(pids: readonly number[]): Promise<void> {
  await fault.rows(
    `update parcours.outbox o set attempted_at = attempted_at - interval '2 minutes'
     from parcours.worker w where w.worker_id = o.dispatcher and o.state = 'attempting' and w.pid = any($1::integer[])`,
    [pids],
  );
  await fault.rows(
    `update parcours.worker set beat_at = beat_at - interval '2 minutes' where pid = any($1::integer[])`,
    [pids],
  );
}

interface Kills {
  readonly pids: readonly number[];
  /** What was being sent when its process was killed. */
  readonly inDoubt: ReadonlySet<string>;
}

/** Tells a share of the facts, and kills one of the processes at some moment of what follows; again and again. */
async function killAgainAndAgain(
  kills: number,
  facts: readonly ReturnType<typeof eventOf>[],
  random: () => number,
): Promise<Kills> {
  const pids: number[] = [];
  const inDoubt = new Set<string>();
  for (let kill = 0; kill < kills; kill += 1) {
    const telling = fault.tell(facts.filter((_, i) => i % kills === kill));
    await delay(Math.floor(random() * 800));
    const [victim] = running.splice(Math.floor(random() * running.length), 1);
    await victim?.kill('SIGKILL');
    pids.push(victim?.pid ?? 0);
    await telling;
    // Until another runs in its place, the server has ended what the dead one had sent.
    running.push(await startDaemon(fault));
    for (const token of await attemptsOf(pids)) inDoubt.add(token);
  }
  return { pids, inDoubt };
}

async function allIsSettled(messages: number): Promise<void> {
  const count = (text: string) => fault.count(`select count(*) as n from parcours.${text}`);
  await eventually(
    'everything has come to an end',
    async () => {
      // Service is tried again after a while: that passes, too.
      await fault.rows(`update parcours.outbox set due_at = $1 where state = 'ready' and due_at > $1`, [
        systemClock.now(),
      ]);
      return (
        (await count(`message where state in ('sent', 'uncertain')`)) === messages && (await count('outbox')) === 0
      );
    },
    settledWithinMs,
  );
}

interface MessageState {
  readonly token: string;
  readonly journey: string;
  readonly state: string;
}

describe('processes that are killed', () => {
  const people = proofSize(20_000);
  const kills = proofSize(50, 3);

  it(`edge case 17: kill -9 at ${kills} random moments of a run of ${people} people, ${processes} processes, slow provider → nothing lost, no marketing twice, uncertain listed`, async () => {
    const random = chance(11);
    provider = await slowProvider(chance(7));
    const smtp = `{ host: 127.0.0.1, port: ${provider.port}, from: "Shop <shop@shop.example>" }`;
    const channels = `kind: channel\nid: mail\ntype: email\nvia: smtp\nsmtp: ${smtp}\naddress: email\n`;
    fault = await faultStore(faultJourneys, { 'channels.yaml': channels });
    const facts = Array.from({ length: people }, (_, i) => `p${i}`).flatMap((one) => [
      eventOf(one, 'signed_up', `${one} a`),
      eventOf(one, 'order_placed', `${one} b`),
    ]);
    running = await Promise.all(Array.from({ length: processes }, () => startDaemon(fault)));
    const { pids, inDoubt } = await killAgainAndAgain(kills, facts, random);
    await letMinutePass(pids);
    await allIsSettled(2 * people);
    for (const daemon of running) {
      expect(await daemon.kill('SIGTERM')).toEqual({ code: 0, signal: null });
      expect(daemon.errors()).toBe('');
    }

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
    const states = await fault.rows<MessageState>(
      `select lane || '-' || message_id as token, journey, state from parcours.message`,
    );
    const journeyOf = new Map(states.map(({ token, journey }) => [token, journey]));
    const [marketing, service] = ['welcome', 'receipt'].map((id) =>
      provider.tokens.filter((token) => journeyOf.get(token) === id),
    ) as [string[], string[]];
    expect(marketing.length + service.length).toBe(provider.tokens.length);
    const told = new Set(provider.tokens);
    expect(states.filter(({ state, token }) => state === 'sent' && !told.has(token))).toEqual([]);
    expect(new Set(marketing).size).toBe(marketing.length);
    expect(states.filter(({ journey, state }) => journey === 'receipt' && state !== 'sent')).toEqual([]);
    expect(new Set(service).size).toBe(people);
    const uncertain = states.filter(({ state }) => state === 'uncertain');
    // Nothing is in doubt but what was being sent when a process was killed.
    expect(uncertain.filter(({ token }) => !inDoubt.has(token))).toEqual([]);
    const leftAnyway = uncertain.filter(({ token }) => told.has(token)).length;
    process.stderr.write(
      `kill -9: ${people} people, ${processes} processes, ${kills} kills, ${inDoubt.size} attempts in doubt; ${marketing.length} of ` +
        `marketing sent, none twice; ${uncertain.length} uncertain (${leftAnyway} of them had left), ` +
        `${service.length - people} of service sent again\n`,
    );
  }, 1_800_000);
});
