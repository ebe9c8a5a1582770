/** What goes on beside the events of the benchmark `latency`, each until it is told to end; each says what it did. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { applyWorkspace, type BenchStore } from './bench-store.ts';
import { startProgram } from './engine-process.ts';

/** Runs until the signal aborts. Returns what it did, in a few words. */
export type Beside = (bench: BenchStore, signal: AbortSignal) => Promise<string>;

export const alone: Beside = async (_, signal) => {
  await aborted(signal);
  return 'nothing beside it';
};

/** `parcours plan`, with its impact, of an edit that changes who is in the segment; one after the other. */
export const planAgainAndAgain: Beside = async (bench, signal) => {
  const path = join(bench.root, 'shop.yaml');
  const before = readFileSync(path, 'utf8');
  writeFileSync(path, before.replace('in_last: 30d', 'in_last: 60d'));
  let plans = 0;
  try {
    while (!signal.aborted) {
      const [code] = (await once(startProgram(bench, ['plan'], 'inherit'), 'exit')) as [number | null];
      // 2: there are changes, which is what it is to count.
      if (code !== 0 && code !== 2) throw new Error(`parcours plan ended with ${code}`);
      plans += 1;
    }
  } finally {
    writeFileSync(path, before);
  }
  return `${plans} plans with impact`;
};

const lanesBehind =
  'select count(*) as n from parcours.lane where revision < (select max(number) from parcours.revision)';

/** A new segment over everybody is applied and fills; when it is filled, the next one. */
export const fillSegments: Beside = async (bench, signal) => {
  let segments = 0;
  await bench.store.withSession(async (session) => {
    const isFilling = async () => (await session.query<{ n: number }>(lanesBehind))[0]?.n !== 0;
    while (!signal.aborted) {
      segments += 1;
      const where = `[{ event: order_placed, count: { gte: 2 }, in_last: ${40 + segments}d }]`;
      const text = `kind: segment\nid: filling-${segments}\nwhere: ${where}\n`;
      writeFileSync(join(bench.root, `filling-${segments}.yaml`), text);
      await applyWorkspace(bench.store, bench.root);
      while (!signal.aborted && (await isFilling())) await delay(50);
    }
  });
  return `${segments} new segments, the last one perhaps not to its end`;
};

/** A report that somebody left open: nothing that is deleted meanwhile can be cleaned away. */
export const holdSnapshot: Beside = async (bench, signal) => {
  await bench.store.withSession(async (session) => {
    await session.script('begin isolation level repeatable read; select count(*) from parcours.lane');
    await aborted(signal);
    await session.script('rollback');
  });
  return 'a snapshot held all the time';
};

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
