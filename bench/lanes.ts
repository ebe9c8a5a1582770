/**
 * Benchmark `lanes`: a backlog of events through condition, entry, send and arbitration to the outbox, by the engine's workers and by the
 * hand-written loop of `lanes-floor.ts`, each on a clone of the same database, in turn. Dispatch is no part of it. Then stepping
 * (`lanes-steps.ts`) and, for the order of magnitude, a general queue (`lanes-jobs.ts`).
 */
import { strict as assert } from 'node:assert';
import { elapsedMs } from '../engine/clock/clock.ts';
import { liveRevisionNumber, readRevision } from '../engine/store/revisions.ts';
import type { Session } from '../engine/store/session.ts';
import type { Store } from '../engine/store/store.ts';
import { type BenchStore, benchStore } from './bench-store.ts';
import { costs } from './costs.ts';
import { type Benchmark, type BenchOptions, inTurn, type Row, ratioRow } from './harness.ts';
import { appendOrders, insertPeople, peopleFor } from './lanes-data.ts';
import { type FloorNames, runFloor } from './lanes-floor.ts';
import { jobs } from './lanes-jobs.ts';
import { runOurs } from './lanes-ours.ts';
import { stepping } from './lanes-steps.ts';
import { lanesTime } from './lanes-time.ts';
import { type Peak, peakOf, peakRows } from './peak.ts';

export const lanes: Benchmark = {
  name: 'lanes',
  title: 'events through condition, entry, send and arbitration to the outbox, beside hand-written SQL',
  defaultSize: 100_000,
  sizeUnit: 'events',
  run,
};

const ratioTarget = 0.6;
const crewSizes = [1, 2, 4] as const;
const t = lanesTime;

async function run(options: BenchOptions): Promise<readonly Row[]> {
  const bench = await benchStore();
  try {
    options.note(`filling a store with ${peopleFor(options.size)} people and ${options.size} events`);
    const names = await fill(bench.store, options.size);
    await warmUp(bench, names);
    const rows: Row[] = [];
    const peaks: Peak[] = [];
    for (const workers of crewSizes) {
      rows.push(await compare(bench, names, workers, options));
      const store = await bench.clone();
      peaks.push(await peakOf(store, workers).finally(() => store.drop()));
    }
    rows.push(...peakRows(peaks));
    rows.push(await stepping(options.size, ratioTarget, options));
    return [...rows, await jobs(options.size, options)];
  } finally {
    await bench.remove();
  }
}

/** Whoever works goes on for days: both sides have their machine code before anything is measured. */
async function warmUp(bench: BenchStore, names: FloorNames): Promise<void> {
  for (const work of [
    (store: Store) => runOurs(store, { workers: 1, t, spent: null }),
    (store: Store) => runFloor(store, { workers: 1, t, names }),
  ]) {
    const store = await bench.clone();
    await work(store).finally(() => store.drop());
  }
}

/** People first; then every lane adopts the revision; then the events that are to be handled. */
async function fill(store: Store, events: number): Promise<FloorNames> {
  await store.withSession((session) => insertPeople(session, peopleFor(events), t));
  await runOurs(store, { workers: 1, t, spent: null });
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

async function compare(bench: BenchStore, names: FloorNames, workers: number, options: BenchOptions): Promise<Row> {
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
  const ours = () =>
    measure('ours', async (store) => {
      const spent = options.costs ? costs() : null;
      const began = elapsedMs();
      await runOurs(store, { workers, t, spent });
      if (spent !== null) options.note(spent.table((elapsedMs() - began) * workers));
    });
  const floor = () => measure('floor', (store) => runFloor(store, { workers, t, names }));
  const pairs = await inTurn(options.pairs, ours, floor);
  return ratioRow(`${workers} worker${workers === 1 ? '' : 's'}`, 'messages/s', pairs, ratioTarget);
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
