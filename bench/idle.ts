/**
 * Benchmark `idle`: what `parcours run --workers 4` costs while nothing is due. The built program runs on a store with people, members and
 * enrollments that wait; after it has worked off what there was, its CPU time and its statements are counted. Linux only.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { elapsedMs, systemClock } from '../engine/clock/clock.ts';
import type { OwnSession } from '../engine/store/session.ts';
import { type BenchStore, benchStore } from './bench-store.ts';
import { startEngine, stop, workedOff } from './engine-process.ts';
import { type Benchmark, type BenchOptions, limitRow, type Row } from './harness.ts';
import { appendOrders, insertPeople, peopleFor } from './lanes-data.ts';

export const idle: Benchmark = {
  name: 'idle',
  title: 'CPU and statements of a running engine with four workers and nothing to do',
  defaultSize: 60,
  sizeUnit: 'seconds',
  run,
};

const cpuTargetPercent = 1;
const statementsTarget = 40;
const workers = 4;
/** Events that the engine has worked off before it is idle. */
const events = 2_000;
/** Long enough for two of the engine's full sweeps. */
const settleMs = 12_000;
/** Linux counts CPU time in ticks of 10 ms. */
const tickMs = 10;

async function run({ size: seconds, note }: BenchOptions): Promise<readonly Row[]> {
  if (process.platform !== 'linux') throw new Error('idle reads CPU times from /proc: it runs on Linux only');
  const bench = await benchStore({ shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track': 'top' });
  try {
    await fill(bench);
    const aside = await bench.aside();
    const child = startEngine(bench, workers);
    try {
      note(`working off ${events} events first`);
      await workedOff(bench, child);
      await delay(settleMs);
      note(`measuring for ${seconds} s`);
      return await measure(aside, child.pid ?? 0, seconds);
    } finally {
      await stop(child);
      await aside.close();
    }
  } finally {
    await bench.remove();
  }
}

async function fill({ store, aside }: BenchStore): Promise<void> {
  const t = systemClock.now();
  await store.withSession(async (session) => {
    await insertPeople(session, peopleFor(events), t);
    await appendOrders(session, events, t);
    await session.script('vacuum analyze');
  });
  const outside = await aside();
  await outside.script('create extension pg_stat_statements schema public').finally(() => outside.close());
}

async function measure(aside: OwnSession, pid: number, seconds: number): Promise<readonly Row[]> {
  const began = elapsedMs();
  const before = { node: cpuMs(pid), server: serverCpuMs(aside), statements: await statements(aside) };
  await delay(seconds * 1000);
  const tookMs = elapsedMs() - began;
  const after = { node: cpuMs(pid), server: serverCpuMs(aside), statements: await statements(aside) };
  const share = (from: number, to: number) => (100 * (to - from)) / tookMs;
  return [
    limitRow('CPU of Node', '% of a core', [share(before.node, after.node)], cpuTargetPercent),
    limitRow('CPU of its sessions in PostgreSQL', '% of a core', [share(before.server, after.server)], null),
    limitRow('statements', 'a second', [((after.statements - before.statements) * 1000) / tookMs], statementsTarget),
  ];
}

/** All statements that the store's database was sent, `begin` and `commit` too. Ours go to another database. */
async function statements(aside: OwnSession): Promise<number> {
  const rows = await aside.query<{ calls: string }>(
    `select coalesce(sum(s.calls), 0) as calls from public.pg_stat_statements s
     join pg_database d on d.oid = s.dbid where d.datname = 'parcours'`,
  );
  return Number(rows[0]?.calls);
}

/** User and system time of a process so far. Fields 14 and 15 of its stat, counted behind the name, which may hold spaces. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** The same over the server's processes that serve the store's database. They tell so in their command lines. */
function serverCpuMs(aside: OwnSession): number {
  const ofSession = / parcours parcours \[local\]/;
  let sum = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || parentOf(name) !== parentOf(String(processOf(aside)))) continue;
    if (ofSession.test(readText(`/proc/${name}/cmdline`))) sum += cpuMs(Number(name));
  }
  return sum;
}

function processOf({ client }: OwnSession): number {
  return (client as unknown as { readonly processID: number }).processID;
}

function parentOf(pid: string): string | undefined {
  return readText(`/proc/${pid}/stat`).split(') ')[1]?.split(' ')[1];
}

/** Empty when the process has just ended. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
