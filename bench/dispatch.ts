/**
 * Benchmark `dispatch`: messages from the outbox to a local mail server, Twilio-like and Firebase-like server, beside the same libraries in a
 * plain loop with the same concurrency; a template rendered beside plain Handlebars; memory while 200,000 messages wait.
 */
import { strict as assert } from 'node:assert';
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { elapsedMs, systemClock } from '../engine/clock/clock.ts';
import type { Store } from '../engine/store/store.ts';
import { benchStore } from './bench-store.ts';
import {
  type BenchChannel,
  channels,
  dispatchWorkspace,
  queueMessages,
  requeue,
  type Sinks,
  secrets,
} from './dispatch-data.ts';
import { type Floor, floorOf } from './dispatch-floor.ts';
import { type Ours, ourDispatcher, sendAll } from './dispatch-ours.ts';
import { rendering } from './dispatch-render.ts';
import { assertSame } from './dispatch-same.ts';
import { type Benchmark, type BenchOptions, inTurn, limitRow, type Pair, type Row, ratioRow } from './harness.ts';

export const dispatch: Benchmark = {
  name: 'dispatch',
  title: 'the outbox to SMTP, Twilio and Firebase beside plain loops, rendering, memory of a long queue',
  defaultSize: 3_000,
  sizeUnit: 'messages a channel',
  run,
};

const sendingTarget = 0.7;
const renderingTarget = 0.7;
const memoryTargetMb = 250;
const queuedForMemory = 200_000;
const memorySeconds = 30;
const renderings = 4_000;
/** Messages by which both sides are compared. */
const comparedMax = 2_000;
/** Pairs before those that are measured: whoever sends goes on for days, and machine code of all that ours does takes some 15,000 messages. */
const warmUpPairs = 5;
const titles: Readonly<Record<BenchChannel, string>> = { mail: 'SMTP', text: 'Twilio', app: 'Firebase' };

async function run({ size, pairs, note }: BenchOptions): Promise<readonly Row[]> {
  const { child, sinks } = await startSinks();
  const folder = dispatchWorkspace(sinks);
  const bench = await benchStore({}, folder);
  try {
    await bench.store.withSession((session) => queueMessages(session, size, systemClock.now()));
    const rows = [
      ...(await sending(bench.store, bench.root, { sinks, providers: child, size, pairs, note })),
      renderingRow(pairs),
    ];
    note(`queueing ${queuedForMemory} messages`);
    rows.push(await memoryRow(bench.store, bench.root, size));
    return rows;
  } finally {
    await bench.remove();
    rmSync(folder, { recursive: true, force: true });
    child.disconnect();
  }
}

async function startSinks(): Promise<{ readonly child: ChildProcess; readonly sinks: Sinks }> {
  const program = fileURLToPath(new URL('dispatch-sinks.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (data: Buffer) => resolve(data.toString('utf8')));
    child.once('exit', () => reject(new Error('the local providers ended before they listened')));
  });
  return { child, sinks: JSON.parse(line) as Sinks };
}

interface Sending extends Pick<BenchOptions, 'size' | 'pairs' | 'note'> {
  readonly sinks: Sinks;
  readonly providers: ChildProcess;
}

async function sending(
  store: Store,
  root: string,
  { sinks, providers, size, pairs, note }: Sending,
): Promise<readonly Row[]> {
  const ours = await ourDispatcher(store, root);
  const floor = await floorOf(sinks);
  try {
    const rows: Row[] = [];
    for (const channel of channels) {
      note(`${size} messages by ${titles[channel]}, ${pairs} pairs`);
      const measured = await pairsOf({ store, providers, ours, floor, channel, size, pairs });
      rows.push(ratioRow(`messages by ${titles[channel]}`, 'a second', measured, sendingTarget));
    }
    return rows;
  } finally {
    await Promise.all([ours.close(), floor.close()]);
  }
}

interface Side {
  readonly store: Store;
  readonly providers: ChildProcess;
  readonly ours: Ours;
  readonly floor: Floor;
  readonly channel: BenchChannel;
  readonly size: number;
  readonly pairs: number;
}

async function pairsOf({ store, providers, ours, floor, channel, size, pairs }: Side): Promise<readonly Pair[]> {
  const queued = (most: number) =>
    store.withSession(async (session) => {
      for (const other of channels) await session.query('delete from parcours.outbox where channel = $1', [other]);
      await requeue(session, channel, systemClock.now(), most);
    });
  const perSecond = async (work: () => Promise<void>) => {
    const began = elapsedMs();
    await work();
    return (size * 1_000) / (elapsedMs() - began);
  };
  // Libraries are loaded and connections made before anything is measured.
  const first = Math.min(comparedMax, size);
  await queued(first);
  await assertSame(providers, channel, {
    ours: () => sendAll(ours, first),
    floor: () => floor.send(channel, first),
  });
  floor.render(channel, size);
  const byUs = async () => {
    await queued(size);
    return await perSecond(() => sendAll(ours, size));
  };
  const byFloor = () => perSecond(() => floor.send(channel, size));
  await inTurn(warmUpPairs, byUs, byFloor);
  return await inTurn(pairs, byUs, byFloor);
}

function renderingRow(pairs: number): Row {
  const { ours, plain, bytes } = rendering();
  assert(bytes > 2_800 && bytes < 3_400, 'the template has 3 KB');
  ours(renderings);
  plain(renderings);
  const perSecond = (ms: number) => (renderings * 1_000) / ms;
  const measured = Array.from({ length: Math.max(pairs, 3) }, () => ({
    ours: perSecond(ours(renderings)),
    floor: perSecond(plain(renderings)),
  }));
  return ratioRow('renderings of 3 KB with 12 variables', 'a second', measured, renderingTarget);
}

/** In a child, by the built engine: this process has run the floor, too, and holds the loader. */
async function memoryRow(store: Store, root: string, size: number): Promise<Row> {
  await store.withSession(async (session) => {
    await session.script('truncate parcours.outbox, parcours.inbox, parcours.message, parcours.profile');
    await queueMessages(session, Math.max(size, Math.ceil(queuedForMemory / channels.length)), systemClock.now());
  });
  const program = fileURLToPath(new URL('dispatch-peak.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, root, String(memorySeconds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PARCOURS_BENCH_CONNECTION: JSON.stringify(store.connection),
      PARCOURS_BENCH_SECRETS: JSON.stringify(secrets),
    },
  });
  let said = '';
  for await (const chunk of child.stdout) said += String(chunk);
  assert(said.startsWith('{'), `the child tells its memory, not ${said}`);
  const { memoryBytes } = JSON.parse(said) as { readonly memoryBytes: number };
  return limitRow(`peak memory of Node, ${queuedForMemory} queued`, 'MB', [memoryBytes / 1_048_576], memoryTargetMb);
}
