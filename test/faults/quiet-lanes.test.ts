/**
 * What a worker does with facts while lanes fill what came and nothing reads: they are handled under the revision that their lane has, and lost to
 * nobody. Which revisions allow it is in `test/activation/lanes/quiet.test.ts`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageIds } from '../../engine/activation/messages/message-ids.ts';
import type { Observation } from '../../engine/activation/observer.ts';
import { type Running, type RunningPrograms, runningPrograms } from '../../engine/activation/running.ts';
import { createWorker, type Worker } from '../../engine/activation/worker.ts';
import { systemClock } from '../../engine/clock/clock.ts';
import { asOfMembers } from '../../engine/compiler/as-of.ts';
import { liveRevisionNumber, readResources, readRevision } from '../../engine/store/revisions.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { eventOf, type FaultStore, faultJourneys, faultStore, workersOn } from './fault-store.ts';

const people = Array.from({ length: 40 }, (_, i) => `p${i}`);
const lanesBehind = `select count(*) as n from parcours.lane where revision < (select max(number) from parcours.revision)`;
const left = () => fault.count('select count(*) as n from parcours.inbox where profile_id is not null');

let fault: FaultStore;
/** What was applied so far. */
let files = faultJourneys;
let facts = 0;
beforeAll(async () => {
  fault = await faultStore();
  await fault.tell(people.map((who) => eventOf(who, 'signed_up', `${who} signs up`)));
  await fault.runOnce();
});
afterAll(() => fault.drop());

async function add(document: string): Promise<number> {
  files = `${files}---\n${document}`;
  await fault.apply(files);
  return await fault.count('select max(number) as n from parcours.revision');
}

/** A segment of those who visited so often, by a trait of its own. */
function regulars(id: string, least: number): string {
  const trait = `visits_${id.replaceAll('-', '_')}`;
  return `kind: trait\nid: ${trait}\ncount: { event: visited }\n---\nkind: segment\nid: ${id}\nwhere: { trait: ${trait}, gte: ${least} }\n`;
}

function visit(...who: readonly string[]): Promise<unknown> {
  facts += 1;
  return fault.tell(who.map((one) => eventOf(one, 'visited', `${one} ${facts}`, { page: 'p9' })));
}

/** A worker of a daemon, and what it tells of its transactions. */
function watched(session: OwnSession, programs: RunningPrograms = runningPrograms()) {
  const seen: Observation[] = [];
  const worker = createWorker({
    ...{ session, clock: systemClock, programs, messageIds: messageIds(), sharers: () => 1 },
    ...{ isPatient: false, takes: 'everything', observe: (one) => seen.push(one) },
  });
  const turns = () => seen.flatMap((one) => (one.kind === 'lanes' ? [{ what: one.what, under: one.revision }] : []));
  return { worker, seen, turns };
}

async function untilIdle(worker: Worker): Promise<void> {
  while ((await worker.turn()).didWork);
}

/** Every other lane is left behind: it is in other hands while the others move. Returns whose lanes these are, and who the others are. */
async function moveHalf(worker: Worker): Promise<{ readonly stayed: string[]; readonly moved: string[] }> {
  await fault.store.withSession((holder) =>
    holder.transaction(async () => {
      await holder.query('select from parcours.lane where lane % 2 = 1 for update');
      await untilIdle(worker);
    }),
  );
  expect(await fault.count(lanesBehind)).toBe(512);
  const known = await fault.rows<{ who: string; lane: number }>(
    `select value as who, lane from parcours.identifier where type = 'external_id' and value = any($1::text[])`,
    [people],
  );
  const [stayed, moved] = [true, false].map((isHeld) => known.filter(({ lane }) => (lane % 2 === 1) === isHeld));
  expect([stayed, moved].every((rows = []) => rows.length > 0)).toBe(true);
  const names = (rows: typeof known = []) => rows.map(({ who }) => who);
  return { stayed: names(stayed), moved: names(moved) };
}

/** Whom the engine keeps in the segment, and whom a reading of all facts finds. */
async function bothReadings(segment: string): Promise<readonly [kept: readonly number[], found: readonly number[]]> {
  const { text, values } = await fault.store.withSession(async (session) => {
    const revision = await readRevision(session, await liveRevisionNumber(session));
    if (revision === null) throw new Error('Nothing was applied.');
    return asOfMembers(await readResources(session, revision), { kind: 'segment', segment }, systemClock.now());
  });
  const kept = await fault.rows<{ profile_id: number }>(
    'select profile_id from parcours.membership where segment = $1 and is_member',
    [segment],
  );
  const ids = (rows: readonly { profile_id: number }[]) => rows.map((row) => row.profile_id).sort((a, b) => a - b);
  return [ids(kept), ids(await fault.rows<{ profile_id: number }>(text, values))];
}

async function expectFullReading(segment: string, size: number): Promise<void> {
  const [kept, found] = await bothReadings(segment);
  expect([segment, kept]).toEqual([segment, found]);
  expect(kept).toHaveLength(size);
}

describe('while lanes fill a segment that nothing reads', () => {
  it('facts are handled under the revision that their lane has, and are in the segment whenever they came', async () => {
    await fault.store.withSession(async (session) => {
      const { worker, seen, turns } = watched(session);
      await untilIdle(worker);
      await visit('p1', 'p2');
      const before = await fault.count('select max(number) as n from parcours.revision');
      const live = await add(regulars('regulars', 2));
      await visit('p1', 'p3');
      seen.length = 0;
      while ((await left()) > 0) await worker.turn();
      // The facts before and after the apply went first, together: no lane had to move for them.
      expect(turns()).toEqual([{ what: 'handled', under: before }]);
      expect(await fault.count(lanesBehind)).toBe(1_024);
      const { stayed, moved } = await moveHalf(worker);
      seen.length = 0;
      await visit(...stayed);
      await visit(...moved);
      while ((await left()) > 0) await worker.turn();
      const handled = new Set(turns().flatMap(({ what, under }) => (what === 'handled' ? [under] : [])));
      expect([...handled].sort((a, b) => a - b)).toEqual([before, live]);
      await untilIdle(worker);
      expect(await fault.count(lanesBehind)).toBe(0);
      await visit('p2', 'p3');
      await untilIdle(worker);
      expect(await left()).toBe(0);
      // Who visited before the apply, while his lane was behind, when it had moved, and once again.
      await expectFullReading('regulars', 3);
    });
  });

  it('a fact that no statement takes is set apart alone, and its lane goes on under its revision', async () => {
    await fault.store.withSession(async (session) => {
      const { worker } = watched(session);
      await untilIdle(worker);
      await add(regulars('poisoned', 1));
      await visit('p4', 'p5', 'p6');
      await fault.rows(
        `update parcours.inbox b set body = jsonb_set(b.body, '{event,value}', '1e30') from parcours.identifier i
         where i.value = 'p5' and b.lane = i.lane and b.profile_id = i.profile_id`,
      );
      await untilIdle(worker);
      expect(await fault.count('select count(*) as n from parcours.dead_letter')).toBe(1);
      expect([await left(), await fault.count(lanesBehind)]).toEqual([0, 0]);
      await expectFullReading('poisoned', people.length);
    });
  });

  it('another one may come, and programs that lanes need stay in memory', async () => {
    const kept = runningPrograms();
    const made = new Map<number, Set<Running | null>>();
    const programs: RunningPrograms = {
      async get(session, revision) {
        const running = await kept.get(session, revision);
        made.set(revision, (made.get(revision) ?? new Set()).add(running));
        return running;
      },
    };
    await fault.store.withSession(async (session) => {
      const { worker, seen, turns } = watched(session, programs);
      await untilIdle(worker);
      const first = await add(regulars('seconds', 1));
      const { stayed, moved } = await moveHalf(worker);
      await add(regulars('thirds', 1));
      seen.length = 0;
      for (let round = 0; round < 3; round += 1) {
        await visit(...stayed);
        await visit(...moved);
        while ((await left()) > 0) await worker.turn();
      }
      await untilIdle(worker);
      const handled = new Set(turns().flatMap(({ what, under }) => (what === 'handled' ? [under] : [])));
      expect([...handled]).toEqual(expect.arrayContaining([first - 1, first]));
      // Each was linked once, however often lanes of one came after lanes of another.
      expect([...made.values()].map((running) => running.size)).toEqual([...made.keys()].map(() => 1));
      for (const segment of ['seconds', 'thirds']) await expectFullReading(segment, people.length);
    });
  });

  it('what reads it makes all lanes that are behind move before their facts', async () => {
    await fault.store.withSession(async (session) => {
      const { worker, seen, turns } = watched(session);
      await untilIdle(worker);
      await add(regulars('buyers', 1));
      const live = await add(`kind: journey
id: thank
objective: engagement
entry: { when: { enters: buyers }, current_members: skip }
steps: [ { id: rest, wait: 30d } ]
`);
      await visit('p7');
      seen.length = 0;
      while ((await left()) > 0) await worker.turn();
      expect(turns()).toEqual([
        { what: 'took-over', under: live },
        { what: 'handled', under: live },
      ]);
      await untilIdle(worker);
    });
  });

  it('two workers and facts all the while leave what a reading of all facts finds, and nobody is brought in twice', async () => {
    const group = await workersOn(fault.store, 2);
    await group.untilIdle();
    for (let round = 0; round < 3; round += 1) {
      await add(regulars(`round-${round}`, round + 2));
      const telling = (async () => {
        for (let i = 0; i < 10; i += 1) await visit(...people.filter((_, k) => (k + i) % 3 === round));
        await fault.tell(people.map((who) => eventOf(`${who}-${round}`, 'signed_up', `${who} new in ${round}`)));
      })();
      const working = group.untilIdle();
      await telling;
      await working;
    }
    await group.untilIdle();
    await group.close();
    expect([await left(), await fault.count(lanesBehind)]).toEqual([0, 0]);
    for (let round = 0; round < 3; round += 1) await expectFullReading(`round-${round}`, people.length);
    const welcomed = await fault.rows<{ n: number }>(
      `select count(*) as n from parcours.message where journey = 'welcome' group by profile_id`,
    );
    expect(welcomed.map(({ n }) => n)).toEqual(Array.from({ length: people.length * 4 }, () => 1));
  });
});
