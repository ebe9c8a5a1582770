/** The built program as a process of its own, as users run it: started on a benchmark's store, watched, stopped by its own number. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { elapsedMs } from '../engine/clock/clock.ts';
import type { Session } from '../engine/store/session.ts';
import type { BenchStore } from './bench-store.ts';

const program = fileURLToPath(new URL('../bin/parcours.js', import.meta.url));
const workOffMaxMs = 300_000;

/** Starts `parcours` with these arguments on the benchmark's workspace. Its log goes nowhere, its errors to ours. */
export function startProgram(
  { root }: BenchStore,
  args: readonly string[],
  errors: 'inherit' | 'ignore',
): ChildProcess {
  return spawn(process.execPath, [program, ...args, '--workspace', root], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    stdio: ['ignore', 'ignore', errors],
  });
}

export function startEngine(bench: BenchStore, workers: number): ChildProcess {
  return startProgram(bench, ['run', '--workers', String(workers)], 'inherit');
}

/** Waits until every lane has taken the revision over and nothing waits in the queues. Errors: the engine ended, or five minutes passed. */
export async function workedOff(bench: BenchStore, engine: ChildProcess): Promise<void> {
  const began = elapsedMs();
  while (await bench.store.withSession(isAnythingLeft)) {
    if (engine.exitCode !== null) throw new Error(`parcours run ended with ${engine.exitCode}`);
    if (elapsedMs() - began > workOffMaxMs) throw new Error('the engine did not become idle');
    await delay(500);
  }
}

async function isAnythingLeft(session: Session): Promise<boolean> {
  const rows = await session.query<{ left: boolean }>(
    `select exists (select from parcours.inbox) or exists (select from parcours.outbox)
       or exists (select from parcours.lane where revision < (select max(number) from parcours.revision)) as left`,
  );
  return rows[0]?.left === true;
}

/** The most of its memory that was resident, in bytes. Linux only. */
export function peakMemoryBytes({ pid }: ChildProcess): number {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
