/**
 * Benchmark `segments`: conditions of six reference segments over everybody, their first fills, and what events cost where many segments
 * read them, beside the hand-written SQL of `segments-floor.ts`, in turn. Both sides use one backend: nothing runs in parallel.
 */
import { strict as assert } from 'node:assert';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workerSettings } from '../engine/activation/engine.ts';
import { messageIds } from '../engine/activation/messages/message-ids.ts';
import { type Running, runningPrograms } from '../engine/activation/running.ts';
import { planForFills } from '../engine/activation/segments/queries.ts';
import { createWorker } from '../engine/activation/worker.ts';
import { elapsedMs, jumpingClock } from '../engine/clock/clock.ts';
import { membersOverLanes, pairOverLanes } from '../engine/compiler/program-sql.ts';
import { laneCount } from '../engine/profiles/lane-of.ts';
import { liveRevisionNumber } from '../engine/store/revisions.ts';
import type { OwnSession } from '../engine/store/session.ts';
import type { Store } from '../engine/store/store.ts';
import { applyWorkspace, benchStore } from './bench-store.ts';
import { type Benchmark, type BenchOptions, inTurn, limitRow, type Pair, type Row, ratioLimitRow } from './harness.ts';
import { appendTouches, insertHistory } from './segments-data.ts';
import { type FloorSegment, floorSegments } from './segments-floor.ts';
import { forgetRfm, readRfm, rfmByEngine, rfmByHand, rfmFile } from './segments-rfm.ts';

export const segments: Benchmark = {
  name: 'segments',
  title: 'conditions over everybody, first fills and touched segments, beside hand-written SQL',
  defaultSize: 100_000,
  sizeUnit: 'profiles',
  run,
};

const targets = { holds: 1.25, pair: 1.6, fill: 1.5, rfm: 1.3, growth: 1.5 } as const;
const touches = 1_000;
/** The size that others are compared with: at the default a fifth, at a million a tenth. */
const smallerSize = (people: number) => (people >= 1_000_000 ? 100_000 : Math.ceil(people / 5));
/** The lanes' time: nothing else falls due at it. */
const t = new Date('2026-06-15T12:00:00.000Z');
const lanes = Array.from({ length: laneCount }, (_, lane) => lane);
const folder = fileURLToPath(new URL('segments-workspace/', import.meta.url));
const plain = { jit: 'off', max_parallel_workers_per_gather: '0' };
const reference = 'reference';
const touched = 'touched.yaml';

/** A store with people, and the folder of its workspace, in which files come and go. */
interface Place {
  readonly store: Store;
  readonly root: string;
  readonly people: number;
  /** Lets the engine's worker do all that is due. */
  readonly runWorker: () => Promise<void>;
}

async function run(options: BenchOptions): Promise<readonly Row[]> {
  return await withPeople(options.size, options, async (large) => {
    const rows = [...(await questions(large, options)), ...(await fills(large, options))];
    const small = smallerSize(options.size);
    const growth = await withPeople(small, options, (other) => touchTimes(large, other, options));
    const name = `${touches} events, 20 segments: ${large.people} people / ${small}`;
    // At the end: it leaves a table of people behind that has been written several times.
    return [...rows, ratioLimitRow(name, 'ms', growth, targets.growth), await rfm(large, options)];
  });
}

async function withPeople<T>(people: number, options: BenchOptions, work: (place: Place) => Promise<T>): Promise<T> {
  const bench = await benchStore({}, folder);
  try {
    options.note(`filling a store with ${people} people and ten times as many events`);
    await insertHistory(bench.store, people, t);
    const worker = await openWorker(bench.store);
    try {
      return await work({ store: bench.store, root: bench.root, people, runWorker: worker.run });
    } finally {
      await worker.close();
    }
  } finally {
    await bench.remove();
  }
}

/** Applies the workspace with these files of it, beside those that always are there. */
async function applyFiles({ store, root }: Place, files: readonly string[]): Promise<void> {
  for (const name of [reference, touched, rfmFile]) rmSync(join(root, name), { recursive: true, force: true });
  for (const name of files) cpSync(join(folder, name), join(root, name), { recursive: true });
  await applyWorkspace(store, root);
}

/** The engine's worker on a session that stays open, as a run has it and as the floor's does; until nothing is due. */
async function openWorker(store: Store): Promise<{ run(): Promise<void>; close(): Promise<void> }> {
  const session = await store.session({ ...workerSettings, ...plain }, { pipeline: true });
  const worker = createWorker({
    session,
    clock: jumpingClock(t),
    programs: runningPrograms(),
    messageIds: messageIds(),
    sharers: () => 1,
    takes: 'everything',
    isPatient: true,
  });
  return {
    async run() {
      while ((await worker.turn()).didWork);
    },
    close: () => session.close(),
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = elapsedMs();
  await work();
  return elapsedMs() - began;
}

async function runningOf(session: OwnSession): Promise<Running> {
  const running = await runningPrograms().get(session, await liveRevisionNumber(session));
  assert(running !== null, 'a revision was applied');
  return running;
}

/** Compiled conditions over everybody, as fills ask them, beside the hand-written question. */
async function questions(place: Place, options: BenchOptions): Promise<readonly Row[]> {
  await applyFiles(place, [reference]);
  await place.runWorker();
  const session = await place.store.session(plain);
  const asWorker = await place.store.session({ ...workerSettings, ...plain });
  try {
    await session.script('vacuum analyze parcours.membership');
    const { program } = await runningOf(session);
    const rows: Row[] = [];
    for (const floor of floorSegments) {
      const where = program.segments.get(floor.id)?.where;
      assert(where !== undefined, `the workspace has the segment ${floor.id}`);
      const members = membersOverLanes(program, where, 'all');
      const pair = pairOverLanes(program, where, 'all');
      const ours = {
        members: () => compiled(asWorker, countMembers(members.text), members.rest),
        pair: () => compiled(asWorker, countPair(pair.text), pair.rest),
      };
      const byHand = () => session.query(countMembers(floor.members), [t]);
      assert.deepEqual(await ours.members(), await byHand(), `the same people are in ${floor.id}`);
      const rowsOfOurs = await compiled(asWorker, digestRows(pair.text), pair.rest);
      assert.deepEqual(rowsOfOurs, await session.query(digestRows(floor.rows), [t]), `${floor.id} changes alike`);
      const measure = (work: () => Promise<unknown>) =>
        inTurn(
          options.pairs,
          () => timed(work),
          () => timed(byHand),
        );
      rows.push(ratioLimitRow(`${floor.id}: holds`, 'ms', await measure(ours.members), targets.holds));
      rows.push(ratioLimitRow(`${floor.id}: with next_change`, 'ms', await measure(ours.pair), targets.pair));
      options.note(`${floor.id}: asked`);
    }
    return rows;
  } finally {
    await session.close();
    await asWorker.close();
  }
}

/** A compiled statement under the settings of fills. */
function compiled(session: OwnSession, text: string, rest: readonly unknown[]): Promise<unknown[]> {
  return session.transaction(async () => {
    await planForFills(session);
    return session.query(text, [t, lanes, ...rest]);
  });
}

function countMembers(rows: string): string {
  return `select count(*) as people, sum(profile_id) as ids from (${rows}) x`;
}

/** As much as is made of members: what compares rows one by one isn't timed. */
function countPair(rows: string): string {
  return `select count(*) filter (where holds) as people, sum(profile_id) filter (where holds) as ids, count(next_change) as timed from (${rows}) x`;
}

function digestRows(rows: string): string {
  return `select count(*) filter (where holds) as people, sum(profile_id) filter (where holds) as ids, count(next_change) as timed,
    max(next_change) as latest, sum(extract(epoch from next_change)) as times from (${rows}) x`;
}

interface Written {
  readonly rows: number;
  readonly members: number;
  readonly timed: number;
  readonly digest: string;
}

/** First fills by the engine beside one hand-written insert of the same rows; each begins without them. */
async function fills(place: Place, options: BenchOptions): Promise<readonly Row[]> {
  const session = await place.store.session(plain);
  try {
    const rows: Row[] = [];
    for (const floor of floorSegments) rows.push(...(await fillOf(place, session, floor, options)));
    return rows;
  } finally {
    await session.close();
  }
}

async function fillOf(
  place: Place,
  session: OwnSession,
  floor: FloorSegment,
  options: BenchOptions,
): Promise<readonly Row[]> {
  const { id, reads = [] } = floor;
  const without = reads.map(fileOf);
  let expected: Written | null = null;
  const measure = async (work: () => Promise<unknown>) => {
    // Waits for what stands behind a fill: dead rows of the one before, and pages to be written.
    await session.script('vacuum parcours.membership');
    await session.script('checkpoint');
    const took = await timed(work);
    const written = await readWritten(session, id);
    expected ??= written;
    assert.deepEqual(written, expected, `ours and the floor write the same rows of ${id}`);
    return took;
  };
  await applyFiles(place, without);
  await place.runWorker();
  const ours = async () => {
    await applyFiles(place, [...without, fileOf(id)]);
    const took = await measure(place.runWorker);
    await applyFiles(place, without);
    await place.runWorker();
    return took;
  };
  const byHand = async () => {
    const took = await measure(() => session.query(insertRows(floor), [t]));
    await session.query('delete from parcours.membership where segment = $1', [id]);
    return took;
  };
  const pairs = await inTurn(options.pairs, ours, byHand);
  const { members, timed: finite } = expected as unknown as Written;
  options.note(`${id}: filled`);
  return [
    ratioLimitRow(`${id}: first fill`, 'ms', pairs, targets.fill),
    limitRow(`${id}: members`, 'people', [members], null),
    limitRow(`${id}: rows with a finite next_change`, 'people', [finite], null),
  ];
}

function fileOf(segment: string): string {
  return `${reference}/${segment}.yaml`;
}

function insertRows({ id, rows }: FloorSegment): string {
  return `insert into parcours.membership (lane, profile_id, segment, is_member, since, next_change)
    select lane, profile_id, '${id}', holds, $1, next_change from (${rows}) x`;
}

async function readWritten(session: OwnSession, segment: string): Promise<Written> {
  const rows = await session.query<Written>(
    `select count(*) as rows, count(*) filter (where is_member) as members, count(next_change) as timed,
       coalesce(sum(hashtextextended(concat_ws(' ', lane, profile_id, is_member, since, next_change), 0))::text, '') as digest
     from parcours.membership where segment = $1`,
    [segment],
  );
  return rows[0] as Written;
}

/** RFM over everybody, from events to stored names. */
async function rfm(place: Place, options: BenchOptions): Promise<Row> {
  const session = await place.store.session(plain);
  let expected: unknown = null;
  const measure = async (work: () => Promise<void>) => {
    await forgetRfm(session);
    const took = await timed(work);
    const written = await readRfm(session);
    expected ??= written;
    assert.deepEqual(written, expected, 'ours and the floor write the same of RFM');
    return took;
  };
  try {
    const ours = async () => {
      await applyFiles(place, []);
      await place.runWorker();
      await applyFiles(place, [rfmFile]);
      return await measure(() => rfmByEngine(place.store, t, { settings: plain, runWorker: place.runWorker }));
    };
    const pairs = await inTurn(options.pairs, ours, () => measure(() => rfmByHand(session, t)));
    await forgetRfm(session);
    options.note('RFM: written');
    return ratioLimitRow('RFM over everybody', 'ms', pairs, targets.rfm);
  } finally {
    await session.close();
  }
}

/** How long the engine takes for a thousand events of as many people, each read by twenty segments that are full; by size, in turn. */
async function touchTimes(large: Place, small: Place, options: BenchOptions): Promise<readonly Pair[]> {
  for (const place of [large, small]) {
    await applyFiles(place, [touched]);
    await place.runWorker();
  }
  let round = 0;
  const touch = (place: Place) => place.store.withSession((session) => touchTime(place, session, round++));
  // The first rounds warm what the next ones find warm.
  await touch(large);
  await touch(small);
  return await inTurn(
    options.pairs,
    () => touch(large),
    () => touch(small),
  );
}

async function touchTime({ runWorker, people }: Place, session: OwnSession, round: number): Promise<number> {
  await session.script('vacuum analyze parcours.membership');
  await session.script('checkpoint');
  await appendTouches(session, { events: touches, people, round, t });
  return await timed(runWorker);
}
