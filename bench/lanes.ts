/**
 * Benchmark `lanes`: a backlog of events through condition, entry, send and arbitration to the outbox, by the engine's workers and by the
 * hand-written loop of `lanes-floor.ts`, each on a clone of the same database, in turn. Dispatch is no part of it.
 */
import { strict as assert } from 'node:assert';
import { workerSettings } from '../engine/activation/engine.ts';
import { messageIds } from '../engine/activation/messages/message-ids.ts';
import { runningPrograms } from '../engine/activation/running.ts';
import { createWorker } from '../engine/activation/worker.ts';
import { elapsedMs, jumpingClock } from '../engine/clock/clock.ts';
import { liveRevisionNumber, readRevision } from '../engine/store/revisions.ts';
import type { Session } from '../engine/store/session.ts';
import type { Store } from '../engine/store/store.ts';
import { type BenchStore, benchStore } from './bench-store.ts';
import { type Costs, costs } from './costs.ts';
import { type Benchmark, type BenchOptions, inTurn, limitRow, type Row, ratioRow } from './harness.ts';
import { appendOrders, insertPeople, peopleFor } from './lanes-data.ts';
import { type FloorNames, runFloor } from './lanes-floor.ts';

export const lanes: Benchmark = {
  name: 'lanes',
  title: 'events through condition, entry, send and arbitration to the outbox, beside hand-written SQL',
  defaultSize: 100_000,
  sizeUnit: 'events',
  run,
};

const ratioTarget = 0.35;
const memoryTargetMb = 250;
const crewSizes = [1, 2] as const;
/** The lanes' time: nothing else falls due at it. */
const t = new Date('2026-06-15T12:00:00.000Z');
const sampleEveryMs = 5;

async function run(options: BenchOptions): Promise<readonly Row[]> {
  const bench = await benchStore();
  try {
    options.note(`filling a store with ${peopleFor(options.size)} people and ${options.size} events`);
    const names = await fill(bench.store, options.size);
    const rows: Row[] = [];
    const peaks: number[] = [];
    for (const workers of crewSizes) rows.push(await compare(bench, names, workers, options, peaks));
    return [...rows, limitRow('peak memory of Node during ours', 'MB', peaks, memoryTargetMb)];
  } finally {
    await bench.remove();
  }
}

/** People first; then every lane adopts the revision; then the events that are to be handled. */
async function fill(store: Store, events: number): Promise<FloorNames> {
  await store.withSession((session) => insertPeople(session, peopleFor(events), t));
  await runOurs(store, 1, null);
  return await store.withSession(async (session) => {
    await appendOrders(session, events, t);
    await session.script('vacuum analyze');
    const revision = await liveRevisionNumber(session);
    const resources = (await readRevision(session, revision))?.resources;
    const version = resources?.['journey/thank-keen-buyers']?.digest;
    assert(version !== undefined, 'the workspace has the journey');
    return { version, revision };
  });
}

async function compare(
  bench: BenchStore,
  names: FloorNames,
  workers: number,
  options: BenchOptions,
  peaks: number[],
): Promise<Row> {
  let expected: Written | null = null;
  const measure = async (who: string, work: (store: Store) => Promise<void>) => {
    const store = await bench.clone();
    try {
      const began = elapsedMs();
      await work(store);
      const tookMs = elapsedMs() - began;
      const written = await store.withSession(readWritten);
      expected ??= written;
      assert.deepEqual(written, expected, 'ours and the floor write the same rows');
      const rate = (written.messages * 1000) / tookMs;
      options.note(`${workers} worker(s), ${who}: ${written.messages} messages, ${rate.toFixed(0)} a second`);
      return rate;
    } finally {
      await store.drop();
    }
  };
  const spend = async (work: (spent: Costs | null) => Promise<void>) => {
    const spent = options.costs ? costs() : null;
    const began = elapsedMs();
    await work(spent);
    if (spent !== null) options.note(spent.table((elapsedMs() - began) * workers));
  };
  const ours = () =>
    measure('ours', (store) =>
      spend(async (spent) => {
        peaks.push(await peakMemoryMb(() => runOurs(store, workers, spent)));
      }),
    );
  const floor = () => measure('floor', (store) => spend((spent) => runFloor(store, { workers, t, names, spent })));
  const pairs = await inTurn(options.pairs, ours, floor);
  return ratioRow(`${workers} worker${workers === 1 ? '' : 's'}`, 'messages/s', pairs, ratioTarget);
}

/** The engine's workers as the daemon has them: a session each, in this process, until nothing is due. */
async function runOurs(store: Store, workers: number, spent: Costs | null): Promise<void> {
  const sessions = await Promise.all(
    Array.from({ length: workers }, () => store.session(workerSettings, { pipeline: true })),
  );
  const clock = jumpingClock(t);
  try {
    await Promise.all(
      sessions.map(async (plain) => {
        const session = spent === null ? plain : spent.of(plain);
        const worker = createWorker({
          session,
          clock,
          programs: runningPrograms(),
          messageIds: messageIds(),
          sharers: () => workers,
          takes: 'everything',
          // As in the daemon: the backlog is what makes transactions long.
          isPatient: false,
        });
        do {
          while ((await worker.turn()).didWork);
          // Idle may also mean that the rest is in the other's hands.
        } while (workers > 1 && (await isAnythingLeft(plain)));
      }),
    );
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}

async function isAnythingLeft(session: Session): Promise<boolean> {
  const rows = await session.query<{ left: boolean }>('select exists (select from parcours.inbox) as left');
  return rows[0]?.left === true;
}

/** The most of this process's memory that is resident while the work goes on: program, buffers and whatever wasn't given back before. */
async function peakMemoryMb(work: () => Promise<void>): Promise<number> {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss() / 1_048_576);
  };
  const timer = setInterval(look, sampleEveryMs);
  try {
    await work();
    look();
  } finally {
    clearInterval(timer);
  }
  return peak;
}

interface Written {
  readonly messages: number;
  readonly [what: string]: number;
}

/** How many rows there are of what; must be the same whoever wrote them. */
async function readWritten(session: Session): Promise<Written> {
  const rows = await session.query<{ what: string; n: number }>(
    `select 'inbox' as what, count(*) as n from parcours.inbox
     union all select 'events', count(*) from parcours.event
     union all select 'members', count(*) from parcours.membership where is_member
     union all select 'memberships', count(*) from parcours.membership
     union all select concat_ws(' ', 'enrollments', state, posture, step, exit_as), count(*) from parcours.enrollment group by 1
     union all select 'messages', count(*) from parcours.message
     union all select concat_ws(' ', 'messages', state, rank, channel, decision ->> 'rule'), count(*) from parcours.message group by 1
     union all select 'contacts', count(*) from parcours.contact
     union all select 'outbox', count(*) from parcours.outbox
     union all select concat_ws(' ', 'steps', step, outcome, detail ->> 'rule'), count(*) from parcours.step_log group by 1
     union all select 'lanes to wake', count(*) from parcours.lane where wake_at is not null and last_t is not null
     order by 1`,
  );
  const written = Object.fromEntries(rows.map(({ what, n }) => [what, n]));
  assert(written.inbox === 0, 'everything was worked off');
  return { ...written, messages: written.messages ?? 0 };
}
