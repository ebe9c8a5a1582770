/**
 * Benchmark `scale`: the same number of events with 10, 100 and 1,000 live journeys, each event read by ten of them, one of which it opens. What
 * grows is only what isn't concerned. Beside it, all journeys reading every event. Ten journeys are the floor, in turn with the others.
 */
import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { elapsedMs } from '../engine/clock/clock.ts';
import { laneOf } from '../engine/profiles/lane-of.ts';
import { appendFacts } from '../engine/profiles/queries.ts';
import type { OwnSession, Session } from '../engine/store/session.ts';
import type { Store } from '../engine/store/store.ts';
import { applyWorkspace, type BenchStore, benchStore } from './bench-store.ts';
import { type Benchmark, type BenchOptions, inTurn, type Row, ratioRow } from './harness.ts';
import { insertPeople } from './lanes-data.ts';
import { runOurs, withOurWorkers } from './lanes-ours.ts';
import { lanesTime } from './lanes-time.ts';
import { type Peak, peakOf, peakRows } from './peak.ts';
import { entryOf, type Reading, writeScaleWorkspace } from './scale-workspace.ts';

export const scale: Benchmark = {
  name: 'scale',
  title: 'events with 100 and 1,000 live journeys beside the same with 10, ten of which read each event',
  defaultSize: 20_000,
  sizeUnit: 'events',
  run,
};

const fewest = 10;
/** Only of the thousand something is promised. */
const sizes = [
  { name: '100 journeys / 10', journeys: 100, reading: 'spread', target: null },
  { name: '1,000 journeys / 10', journeys: 1_000, reading: 'spread', target: 0.5 },
  { name: '1,000 journeys that all read each event / 10', journeys: 1_000, reading: 'one', target: null },
] as const;
const workers = 2;
/** Events that are worked off before the watch starts: then programs are read and statements prepared. */
const warmUpShare = 10;
const t = lanesTime;
const minuteMs = 60_000;
const chunk = 2_000;

interface Setting {
  readonly journeys: number;
  readonly reading: Reading;
}

async function run(options: BenchOptions): Promise<readonly Row[]> {
  const warmUp = Math.ceil(options.size / warmUpShare);
  const people = options.size + warmUp;
  const folder = mkdtempSync(join(tmpdir(), 'parcours-scale-'));
  writeScaleWorkspace(folder, 0, 'spread');
  const bench = await benchStore({}, folder);
  try {
    options.note(`filling a store with ${people} people`);
    await bench.store.withSession(async (session) => {
      await insertPeople(session, people, t);
      await session.script('vacuum analyze');
    });
    const rows: Row[] = [];
    for (const { name, target, ...setting } of sizes) {
      const measure = (one: Setting) => () => throughput(bench, folder, one, warmUp, options);
      const floor = { journeys: fewest, reading: 'spread' } as const;
      rows.push(ratioRow(name, 'events/s', await inTurn(options.pairs, measure(setting), measure(floor)), target));
    }
    return [...rows, ...peakRows([await peakOfMost(bench, folder, options.size)])];
  } finally {
    await bench.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Events a second that two warm workers handle. */
async function throughput(
  bench: BenchStore,
  folder: string,
  setting: Setting,
  warmUp: number,
  { size, note }: BenchOptions,
): Promise<number> {
  return await withJourneys(bench, folder, setting, async (store) => {
    const tell = (from: number, count: number) =>
      store.withSession((session) => appendVisits(session, setting, from, count));
    const tookMs = await withOurWorkers(store, { workers, t, spent: null }, async (ours) => {
      await tell(0, warmUp);
      await ours.untilIdle();
      await tell(warmUp, size);
      const began = elapsedMs();
      await ours.untilIdle();
      return elapsedMs() - began;
    });
    await store.withSession((session) => expectEntries(session, warmUp + size));
    const rate = (size * 1000) / tookMs;
    note(`${setting.journeys} journeys, ${setting.reading}: ${rate.toFixed(0)} events a second`);
    return rate;
  });
}

async function peakOfMost(bench: BenchStore, folder: string, events: number): Promise<Peak> {
  const setting = { journeys: 1_000, reading: 'spread' } as const;
  return await withJourneys(bench, folder, setting, async (store) => {
    await store.withSession((session) => appendVisits(session, setting, 0, events));
    return await peakOf(store, workers);
  });
}

/** A clone under so many journeys, which every lane has taken over. */
async function withJourneys<T>(
  bench: BenchStore,
  folder: string,
  { journeys, reading }: Setting,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  writeScaleWorkspace(folder, journeys, reading);
  const store = await bench.clone();
  try {
    await applyWorkspace(store, folder);
    await runOurs(store, { workers: 1, t, spent: null });
    return await work(store);
  } finally {
    await store.drop();
  }
}

/** The nth event is of person n and opens journey n modulo their number. */
async function appendVisits(session: OwnSession, setting: Setting, from: number, count: number): Promise<void> {
  const at = t.getTime() - minuteMs;
  for (let first = from; first < from + count; first += chunk) {
    const numbers = Array.from({ length: Math.min(chunk, from + count - first) }, (_, i) => first + i);
    await appendFacts(session, {
      places: numbers.map((n) => ({ lane: laneOf(n + 1), profileId: n + 1 })),
      classes: numbers.map(() => 1),
      visibleAt: numbers.map(() => at),
      bodies: numbers.map((n) => {
        const { type, page } = entryOf(n % setting.journeys, setting.reading);
        const event = { type, value: null, unit: null, properties: { page } };
        return JSON.stringify({ at, received: at, source: 'shop', trigger: true, event });
      }),
    });
  }
}

/** Nine of ten people have a tier that counts, and each enters the one journey that his event opens. */
async function expectEntries(session: Session, people: number): Promise<void> {
  const [row] = await session.query<{ events: number; entries: number; entitled: number }>(
    `select (select count(*) from parcours.event where type like 'visited%') as events,
       (select count(*) from parcours.enrollment) as entries,
       (select count(*) from parcours.profile where profile_id <= $1 and traits ->> 'tier' in ('silver', 'gold')) as entitled`,
    [people],
  );
  assert.deepEqual({ events: row?.events, entries: row?.entries }, { events: people, entries: row?.entitled });
}
