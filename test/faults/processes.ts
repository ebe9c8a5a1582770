/** Processes that tests of faults start and end: each is ended by its own number, and none outlives its test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { databaseUrl } from '../examples/database-url.ts';
import { builtFile } from '../support/built-engine.ts';
import type { FaultStore } from './fault-store.ts';

export interface Started {
  readonly pid: number;
  /** What it has written to standard error so far. */
  errors(): string;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

const daemon = fileURLToPath(new URL('programs/run-daemon.js', import.meta.url));
const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Starts a daemon on the store and waits until it runs. */
export async function startDaemon(fault: FaultStore, workers = 2): Promise<Started> {
  await builtFile('activation/engine.js');
  return start(fault, [daemon, fault.root, String(workers)], 'stdout');
}

/** Starts `parcours run` and waits until it says that it runs. */
export async function startRun(fault: FaultStore, workers = 2): Promise<Started> {
  const command = await builtFile('cli/main.js');
  return start(fault, [command, 'run', '--workers', String(workers), '--workspace', fault.root], 'stderr');
}

/** Starts `parcours serve` on a free port and waits until it listens; `at`: where. */
export async function startServe(
  fault: FaultStore,
  env: Readonly<Record<string, string>>,
): Promise<Started & { readonly at: string }> {
  const command = await builtFile('cli/main.js');
  const args = [command, 'serve', '--listen', '0', '--json', '--workspace', fault.root];
  const started = await start(fault, args, 'stderr', env);
  const line = JSON.parse(started.errors().split('\n')[0] as string) as { readonly at: string };
  return { ...started, at: line.at };
}

async function start(
  fault: FaultStore,
  args: readonly string[],
  tells: 'stdout' | 'stderr',
  env: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const child = spawn(process.execPath, [...args], {
    cwd: repository,
    env: { PATH: process.env.PATH ?? '', DATABASE_URL: databaseUrl(fault.store.connection), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
  await Promise.race([once(child[tells], 'data'), ended.then(() => refuse(child, errors))]);
  child.stdout.resume();
  return {
    pid: child.pid ?? 0,
    errors: () => errors,
    async kill(how) {
      child.kill(how);
      const [code, signal] = await ended;
      return { code, signal };
    },
  };
}

function refuse(child: ChildProcess, errors: string): never {
  throw new Error(`the process ended with ${child.exitCode ?? child.signalCode} before it ran: ${errors}`);
}
