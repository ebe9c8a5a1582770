/**
 * Benchmark `latency`: 500 events a second told to a running engine, and how long after an event was accepted its message is queued, alone
 * and while something else goes on. Both moments are the server's own times of the two commits. Linux only.
 */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { elapsedMs, systemClock } from '../engine/clock/clock.ts';
import type { IdentifiedFact } from '../engine/profiles/identified-fact.ts';
import { ingestFacts } from '../engine/profiles/ingest.ts';
import type { OwnSession } from '../engine/store/session.ts';
import type { Store } from '../engine/store/store.ts';
import { type BenchStore, benchStore } from './bench-store.ts';
import { peakMemoryBytes, startEngine, stop, workedOff } from './engine-process.ts';
import { type Benchmark, type BenchOptions, limitRow, quantile, type Row } from './harness.ts';
import { insertPeople } from './lanes-data.ts';
import { alone, type Beside, fillSegments, holdSnapshot, planAgainAndAgain } from './latency-beside.ts';

export const latency: Benchmark = {
  name: 'latency',
  title: '500 events a second: accepted to message queued, alone and beside a plan, a fill and a snapshot',
  defaultSize: 30,
  sizeUnit: 'seconds',
  run,
};

const eventsPerSecond = 500;
/** Events of one call: what a client gathers in 20 ms. */
const eventsAtOnce = 10;
/** Connections that tell them: a slow call delays only every fourth. */
const tellers = 4;
const warmUpSeconds = 2;
const p99TargetMs = 150;
const memoryTargetMb = 200;
const workers = 2;
/** People in the store for each second of the size. Each that is told of is told of once; two fifths never are. */
const peoplePerSecond = 3_333;

interface Part {
  readonly name: string;
  readonly beside: Beside;
  /** How many times the size it lasts. */
  readonly times: number;
}

const parts: readonly Part[] = [
  { name: 'alone', beside: alone, times: 1 },
  { name: 'beside plans', beside: planAgainAndAgain, times: 1 },
  { name: 'beside fills', beside: fillSegments, times: 1 },
  { name: 'beside a snapshot', beside: holdSnapshot, times: 2 },
];

async function run(options: BenchOptions): Promise<readonly Row[]> {
  if (process.platform !== 'linux') throw new Error('latency reads memory from /proc: it runs on Linux only');
  const { size: seconds, note } = options;
  const bench = await benchStore({ track_commit_timestamp: 'on' });
  try {
    const told = eventsPerSecond * (warmUpSeconds + seconds * parts.reduce((sum, { times }) => sum + times, 0));
    const people = Math.max(told, seconds * peoplePerSecond);
    note(`filling a store with ${people} people`);
    await bench.store.withSession((session) => fill(session, people));
    const engine = startEngine(bench, workers);
    try {
      await workedOff(bench, engine);
      return await measureAll(bench, engine, options);
    } finally {
      await stop(engine);
    }
  } finally {
    await bench.remove();
  }
}

async function fill(session: OwnSession, people: number): Promise<void> {
  await insertPeople(session, people, systemClock.now());
  await session.query(
    `insert into parcours.identifier (type, value, lane, profile_id)
     select 'external_id', 'p' || i, i % 1024, i from generate_series(1, $1::integer) i`,
    [people],
  );
  await session.script('vacuum analyze');
}

async function measureAll(bench: BenchStore, engine: ChildProcess, { size, note }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  const rates: number[] = [];
  let first = 1;
  const load = async (seconds: number) => {
    const from = first;
    first += seconds * eventsPerSecond;
    return { from, rate: await tell(bench.store, from, first) };
  };
  await load(warmUpSeconds);
  for (const { name, beside, times } of parts) {
    await workedOff(bench, engine);
    const ending = new AbortController();
    const going = beside(bench, ending.signal);
    // One that fails ends the benchmark below, not this process.
    going.catch(() => {});
    const { from, rate } = await load(size * times).finally(() => ending.abort());
    const did = await going;
    await workedOff(bench, engine);
    const waits = await bench.store.withSession((session) => readWaits(session, from, first));
    rates.push(rate);
    note(`${name}: ${did}; ${rate.toFixed(0)} events a second accepted, ${waits.length} messages queued`);
    rows.push(limitRow(`${name}, p50`, 'ms', [quantile(waits, 0.5)], null));
    rows.push(limitRow(`${name}, p99`, 'ms', [quantile(waits, 0.99)], p99TargetMs));
  }
  return [
    ...rows,
    { ...limitRow('events accepted, slowest part', 'a second', [Math.min(...rates)], null), better: 'higher' },
    limitRow('peak memory of the engine', 'MB', [peakMemoryBytes(engine) / 1_048_576], memoryTargetMb),
  ];
}

/** Tells an event of each person in turn, at its time whether or not earlier ones were accepted. Returns how many a second were. */
async function tell(store: Store, from: number, to: number): Promise<number> {
  const sessions = await Promise.all(Array.from({ length: tellers }, () => store.session()));
  try {
    const began = elapsedMs();
    const busy: Promise<unknown>[] = sessions.map(() => Promise.resolve());
    for (let first = from, call = 0; first < to; first += eventsAtOnce, call += 1) {
      await delay(Math.max(0, began + (1000 * (first - from)) / eventsPerSecond - elapsedMs()));
      const facts = Array.from({ length: Math.min(eventsAtOnce, to - first) }, (_, i) => orderOf(first + i));
      const teller = call % tellers;
      const session = sessions[teller] as OwnSession;
      const said = busy[teller]?.then(() => ingestFacts(session, facts, { now: systemClock.now() }));
      said?.catch(() => {});
      busy[teller] = said as Promise<unknown>;
    }
    await Promise.all(busy);
    return ((to - from) * 1000) / (elapsedMs() - began);
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}

function orderOf(person: number): IdentifiedFact {
  const now = systemClock.now().getTime();
  const properties = { order_id: `order-${person}`, total: { amount: 2490, currency: 'EUR' }, items: 2 };
  return {
    messageId: `p${person}`,
    identifiers: [{ type: 'external_id', value: `p${person}` }],
    fact: {
      ...{ at: now, received: now, source: 'shop', trigger: true },
      event: { type: 'order_placed', value: 2490, unit: 'EUR', properties },
    },
  };
}

/** From the commit that accepted a person's event to the one that queued his message, in ms; only of those who got one. */
async function readWaits(session: OwnSession, from: number, to: number): Promise<readonly number[]> {
  const rows = await session.query<{ ms: number }>(
    `select (extract(epoch from pg_xact_commit_timestamp(l.xmin) - pg_xact_commit_timestamp(s.xmin)) * 1000)::double precision as ms
     from parcours.step_log l
     join parcours.seen_message s on s.source = 'shop' and s.message_id = 'p' || l.profile_id
     where l.profile_id >= $1 and l.profile_id < $2 and l.outcome = 'queued'`,
    [from, to],
  );
  return rows.map(({ ms }) => ms);
}
