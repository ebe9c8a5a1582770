/**
 * Jobs of `graphile-worker` in the benchmark `lanes`, for the order of magnitude: a general queue takes each job by itself and does
 * nothing in it. It decides nothing and writes nothing of ours, so it is no floor.
 */
import { strict as assert } from 'node:assert';
import { Logger, run, runMigrations } from 'graphile-worker';
import pg from 'pg';
import { elapsedMs } from '../engine/clock/clock.ts';
import type { Store } from '../engine/store/store.ts';
import { benchStore } from './bench-store.ts';
import { type BenchOptions, quantile, type Row } from './harness.ts';

/** As its own documentation measures: jobs at once a process. */
const concurrency = 24;
const jobsAtOnce = 2_000;
const logger = new Logger(() => () => {});

/** One row: empty jobs a second, by one process. */
export async function jobs(count: number, { pairs, note }: BenchOptions): Promise<Row> {
  const bench = await benchStore();
  try {
    const rates: number[] = [];
    for (let i = 0; i < pairs; i += 1) {
      const store = await bench.clone();
      rates.push(await jobsPerSecond(store, count).finally(() => store.drop()));
      note(`graphile-worker: ${rates.at(-1)?.toFixed(0)} jobs a second`);
    }
    const [low, value, high] = [0.25, 0.5, 0.75].map((at) => Math.round(quantile(rates, at))) as [
      number,
      number,
      number,
    ];
    return {
      ...{ name: 'graphile-worker, empty jobs', value, unit: 'jobs/s', floor: null, ratio: null },
      ...{ target: null, holds: null, spread: [low, high], better: 'higher' },
    };
  } finally {
    await bench.remove();
  }
}

async function jobsPerSecond(store: Store, count: number): Promise<number> {
  const pgPool = new pg.Pool({ ...store.connection, max: concurrency + 2 });
  // An idle connection that ends with its database must not end the benchmark; one at work fails the work.
  pgPool.on('error', () => {});
  try {
    await runMigrations({ pgPool, logger });
    await addJobs(pgPool, count);
    let left = count;
    let tell = () => {};
    const allDone = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const nothing = () => {
      left -= 1;
      if (left === 0) tell();
    };
    const began = elapsedMs();
    const runner = await run({ pgPool, logger, concurrency, noHandleSignals: true, taskList: { nothing } });
    await Promise.race([allDone, runner.promise]);
    const tookMs = elapsedMs() - began;
    await runner.stop();
    assert.equal(left, 0, 'every job ran');
    return (count * 1000) / tookMs;
  } finally {
    await pgPool.end();
  }
}

/** The queue is there when the watch starts; filling it is no part of the figure. */
async function addJobs(pool: pg.Pool, count: number): Promise<void> {
  for (let left = count; left > 0; left -= jobsAtOnce) {
    await pool.query(
      `select graphile_worker.add_jobs(array(
         select row('nothing', '{}', null, null, null, null, null, null)::graphile_worker.job_spec
         from generate_series(1, $1::integer)))`,
      [Math.min(left, jobsAtOnce)],
    );
  }
  await pool.query('analyze');
}
