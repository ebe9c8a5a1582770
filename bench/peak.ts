/** What a process that does nothing but our side takes at most: the built engine, as users run it. Build it first (`npm run build`). */
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Store } from '../engine/store/store.ts';
import { limitRow, type Row } from './harness.ts';
import { lanesTime } from './lanes-time.ts';

export interface Peak {
  /** Resident memory of Node. */
  readonly memoryBytes: number;
  /** Cached plans of the backend that keeps most. */
  readonly planBytes: number;
}

const targetsMb = { memory: 200, plans: 64 } as const;
const megabyte = 1_048_576;

/** Runs the engine's workers on the store in a child until nothing is due. */
export async function peakOf(store: Store, workers: number): Promise<Peak> {
  const program = fileURLToPath(new URL('lanes-peak.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, String(workers), lanesTime.toISOString()], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PARCOURS_BENCH_CONNECTION: JSON.stringify(store.connection) },
  });
  let said = '';
  for await (const chunk of child.stdout) said += String(chunk);
  assert(said.startsWith('{'), `the child tells its memory, not ${said}`);
  return JSON.parse(said) as Peak;
}

/** The rows that every benchmark of workers prints of them. */
export function peakRows(peaks: readonly Peak[]): readonly Row[] {
  const mb = (of: (peak: Peak) => number) => peaks.map((peak) => of(peak) / megabyte);
  return [
    limitRow(
      'peak memory of Node during ours',
      'MB',
      mb((one) => one.memoryBytes),
      targetsMb.memory,
    ),
    limitRow(
      'cached plans of a backend',
      'MB',
      mb((one) => one.planBytes),
      targetsMb.plans,
    ),
  ];
}
