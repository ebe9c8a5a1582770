/**
 * Processes that are killed while lanes fill what an apply made new, and while facts arrive: afterwards each segment holds exactly whom a
 * reading of all facts finds, and nobody was brought into a journey twice, or against `current_members`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../engine/clock/clock.ts';
import { asOfMembers } from '../../engine/compiler/as-of.ts';
import type { IdentifiedFact } from '../../engine/profiles/identified-fact.ts';
import { liveRevisionNumber, readResources, readRevision } from '../../engine/store/revisions.ts';
import { proofSize } from '../support/proof.ts';
import { eventOf, eventually, type FaultStore, faultStore } from './fault-store.ts';
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

/**
 * An edition of the segments: each lets more people in than the one before, so that who was in stays in. They read events in a window, a
 * computed trait, each other, and absence.
 */
function edition(n: number, of: number): string {
  const least = 6 - Math.floor((n * 5) / of);
  return `kind: trait
id: visits
count: { event: visited, in_last: ${30 + n}d }
---
kind: segment
id: visitors
where: { event: visited, in_last: ${30 + n}d, count: { gte: ${least} } }
---
kind: segment
id: by-trait
where: { trait: visits, gte: ${least} }
---
kind: segment
id: nested
where: { any: [ { segment: visitors }, { all: [ { segment: by-trait }, { event: order_placed } ] } ] }
---
kind: segment
id: quiet
where: { not: { segment: nested } }
---
${journey('welcome-all', 'nested', 'enter')}
---
${journey('newcomers-only', 'everybody', 'skip')}
---
kind: segment
id: everybody
where: { any: [ { trait: email, exists: true }, { trait: visits, gte: ${1_000 + n} } ] }`;
}

function journey(id: string, segment: string, currentMembers: string): string {
  return `kind: journey
id: ${id}
objective: engagement
entry: { when: { enters: ${segment} }, current_members: ${currentMembers} }
steps:
  - { id: rest, wait: 30d }`;
}

/** What comes beside an edition: lanes that have it go on with their facts while they fill this. */
function addition(n: number): string {
  return `---
kind: trait
id: visits_${n}
count: { event: visited }
---
kind: segment
id: added-${n}
where: { all: [ { trait: visits_${n}, gte: 2 }, { segment: by-trait } ] }
`;
}

/** What is applied before a kill: an edition, and every other time an addition to the last one. */
function editionBefore(kill: number, kills: number): string {
  const additions = Array.from({ length: Math.ceil(kill / 2) }, (_, i) => addition(2 * i + 1));
  return `${edition(kill - (kill % 2), kills)}\n${additions.join('')}`;
}

const sessionsOfEngines = `select pid from pg_stat_activity
  where datname = current_database() and application_name in ('parcours worker', 'parcours dispatcher', 'parcours control')`;

/** Sessions of the engine that stand now, such as those that this process keeps for its own runs. */
async function pidsOfEngines(): Promise<ReadonlySet<number>> {
  return new Set((await fault.rows<{ pid: number }>(sessionsOfEngines)).map(({ pid }) => pid));
}

const lanesBehind = `select count(*) as n from parcours.lane
  where revision < (select max(number) from parcours.revision)`;

/** Whom the engine keeps in the segment and whom a reading of all facts finds: `profile` each, sorted. */
async function bothReadings(segment: string): Promise<readonly [kept: readonly number[], found: readonly number[]]> {
  const kept = await fault.rows<{ profile_id: number }>(
    'select profile_id from parcours.membership where segment = $1 and is_member order by profile_id',
    [segment],
  );
  const { text, values } = await fault.store.withSession(async (session) => {
    const revision = await readRevision(session, await liveRevisionNumber(session));
    if (revision === null) throw new Error('Nothing was applied.');
    const resources = await readResources(session, revision);
    return asOfMembers(resources, { kind: 'segment', segment }, systemClock.now());
  });
  const found = await fault.rows<{ profile_id: number }>(text, values);
  const ids = (rows: readonly { profile_id: number }[]) => rows.map((row) => row.profile_id).sort((a, b) => a - b);
  return [ids(kept), ids(found)];
}

const segments = ['visitors', 'by-trait', 'nested', 'quiet', 'everybody', 'added-1'];

/** Each segment holds whom a reading of all facts finds, and nothing was lost or set apart. Returns the sizes. */
async function expectFullReading(): Promise<Readonly<Record<string, number>>> {
  await fault.runOnce();
  await fault.runOnce();
  expect(await fault.count(lanesBehind)).toBe(0);
  expect(await fault.count('select count(*) as n from parcours.inbox')).toBe(0);
  expect(await fault.count('select count(*) as n from parcours.dead_letter')).toBe(0);
  const sizes: Record<string, number> = {};
  for (const segment of segments) {
    const [kept, found] = await bothReadings(segment);
    expect({ segment, kept }).toEqual({ segment, kept: found });
    sizes[segment] = kept.length;
  }
  return sizes;
}

interface Victims {
  /** Kills them at once; what they had sent before, the server still does. */
  kill(): Promise<void>;
}

async function startVictims(count: number): Promise<Victims> {
  const others = await pidsOfEngines();
  const daemons = await Promise.all(Array.from({ length: count }, () => startDaemon(fault)));
  return {
    async kill() {
      await Promise.all(daemons.map((daemon) => daemon.kill('SIGKILL')));
      await eventually('their sessions have ended', async () =>
        [...(await pidsOfEngines())].every((pid) => others.has(pid)),
      );
    },
  };
}

/** Applies editions and kills daemons in the midst of filling them, while visits arrive. Returns how often lanes were left behind. */
async function killWhileFilling(kills: number, facts: readonly IdentifiedFact[]): Promise<number> {
  const random = chance(5);
  let midway = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    await fault.apply(editionBefore(kill, kills));
    const victims = await startVictims(2);
    const telling = fault.tell(facts.filter((_, i) => i % kills === kill));
    // At any moment, or as soon as the first lanes have moved.
    if (kill % 2 === 0) await eventually('a lane has moved', async () => (await fault.count(lanesBehind)) < 1_024);
    else await delay(Math.floor(random() * 400));
    await victims.kill();
    await telling;
    const behind = await fault.count(lanesBehind);
    if (behind > 0 && behind < 1_024) midway += 1;
  }
  return midway;
}

/** Kills a daemon in the midst of facts that move people in and out of segments that are full. Returns how often facts were left. */
async function killWhileFactsArrive(kills: number, facts: readonly IdentifiedFact[]): Promise<number> {
  let midway = 0;
  const waiting = () => fault.count('select count(*) as n from parcours.inbox where profile_id is not null');
  for (let kill = 0; kill < kills; kill += 1) {
    await fault.tell(facts.filter((_, i) => i % kills === kill));
    const before = await waiting();
    const victim = await startVictims(1);
    await eventually('a fact was handled', async () => (await waiting()) < before);
    await victim.kill();
    if ((await waiting()) > 0) midway += 1;
  }
  return midway;
}

describe('daemons that are killed while lanes fill, and while facts arrive', () => {
  it('leave memberships as a reading of all facts finds them', async () => {
    const people = proofSize(8_000, 1_000);
    const kills = { filling: proofSize(15, 3), facts: proofSize(10, 2) };
    fault = await faultStore('kind: segment\nid: buyers\nwhere: { event: order_placed }\n');
    const who = Array.from({ length: people }, (_, i) => `p${i}`);
    // From one to six visits each: some before the first apply, others while lanes fill, the last into segments that are full.
    const visits = who.flatMap((one, i) =>
      Array.from({ length: 1 + (i % 6) }, (_, k) => eventOf(one, 'visited', `${one} v${k}`)),
    );
    const buys = who.filter((_, i) => i % 5 === 0).map((one) => eventOf(one, 'order_placed', `${one} o`));
    const [first, second, third] = [0, 1, 2].map((share) => visits.filter((_, i) => i % 3 === share));
    // Everybody is known before the first edition, so that nobody is new to `everybody`.
    await fault.tell([...who.map((one) => eventOf(one, 'signed_up', one)), ...(first as IdentifiedFact[])]);
    await fault.runOnce();
    const whileFilling = await killWhileFilling(kills.filling, [...(second as IdentifiedFact[]), ...buys]);
    // Killed, some of them, with part of the lanes filled.
    expect(whileFilling).toBeGreaterThan(0);
    const filled = await expectFullReading();
    const whileFacts = await killWhileFactsArrive(kills.facts, third as IdentifiedFact[]);
    const sizes = await expectFullReading();
    expect(sizes.everybody).toBe(people);
    // Facts moved people between segments that were full.
    expect(sizes.nested).toBeGreaterThan(filled.nested as number);
    const [entered] = await fault.rows(
      `select count(*) filter (where journey = 'welcome-all') as welcomed,
         count(distinct profile_id) filter (where journey = 'welcome-all') as people,
         count(*) filter (where journey = 'newcomers-only') as newcomers from parcours.enrollment`,
    );
    expect(entered).toEqual({ welcomed: sizes.nested, people: sizes.nested, newcomers: 0 });
    process.stderr.write(
      `kill -9: ${people} people, ${kills.filling} rounds of two daemons while filling (${whileFilling} killed midway), ` +
        `${kills.facts} while facts arrive (${whileFacts} midway); sizes ${JSON.stringify(sizes)}\n`,
    );
  }, 1_800_000);
});
