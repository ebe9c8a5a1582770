/**
 * Benchmark `import`: a file of people and a file of events through `parcours import`, as users run it, and the memory that it takes. The floor is
 * raw `COPY`, from files of the server's own, of exactly the rows that the import left behind (messages seen, profiles, identifiers, values,
 * events), in the order in which it left them, into empty tables with the same keys and indexes: what any import has to write at least. It
 * reads no CSV, cleans nothing, finds nobody and skips nothing that is in already. COPY evaluates no segment either, so the promise is about
 * the time until the rows are in; a second row counts all, from the start of the program until the segments are right. Linux only, for the memory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, createWriteStream, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { elapsedMs } from '../engine/clock/clock.ts';
import { applyWorkspace, type BenchStore, benchStore, type ClonedStore } from './bench-store.ts';
import { type Benchmark, type BenchOptions, limitRow, type Pair, type Row, ratioRow } from './harness.ts';

export const importFiles: Benchmark = {
  name: 'import',
  title: 'a file of people and one of events beside raw COPY of the same files, and the memory it takes',
  defaultSize: 1_000_000,
  sizeUnit: 'rows a file',
  run,
};

const targets = { rows: 0.3, megabytes: 300 } as const;
const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

const sources = `kind: source
id: people
type: file
format: csv
message_id: [id]
identifiers: [{ type: external_id, column: id }, { type: email, column: email }]
traits: { first_name: first_name, tier: tier }
---
kind: source
id: orders
type: file
format: csv
message_id: [order_id]
identifiers: [{ type: external_id, column: id }]
occurred_at: at
event: order_placed
properties: { order_id: order_id, total: { column: total, currency: EUR }, items: items }
`;

/** The tables in which rows of a file end. */
const written = {
  people: ['seen_message', 'profile', 'identifier', 'trait_value'],
  orders: ['seen_message', 'event'],
} as const;

async function run(options: BenchOptions): Promise<readonly Row[]> {
  if (process.platform !== 'linux') throw new Error('import reads memory from /proc: it runs on Linux only');
  const bench = await benchStore();
  try {
    writeFileSync(join(bench.root, 'sources.yaml'), sources);
    await applyWorkspace(bench.store, bench.root);
    const files = await writeFiles(bench.root, options.size);
    const people: Both[] = [];
    const orders: Both[] = [];
    const memory: number[] = [];
    for (let n = 0; n < options.pairs; n += 1) {
      const store = await bench.clone();
      try {
        const ofPeople = await imported(bench, store, 'people', files.people);
        const peopleFloor = await writtenAgain(store, bench.root, 'people');
        const ofOrders = await imported(bench, store, 'orders', files.orders);
        const ordersFloor = await writtenAgain(store, bench.root, 'orders');
        people.push(pairOf(options.size, ofPeople, peopleFloor));
        orders.push(pairOf(options.size, ofOrders, ordersFloor));
        memory.push(ofPeople.bytes / 1e6, ofOrders.bytes / 1e6);
        options.note(`pair ${n + 1}: people ${words(ofPeople, peopleFloor)}; events ${words(ofOrders, ordersFloor)}`);
      } finally {
        await store.drop();
      }
    }
    return [
      ...rowsOf(`${options.size} people`, people),
      ...rowsOf(`${options.size} events`, orders),
      limitRow('memory of the import at most', 'MB', [Math.max(...memory)], targets.megabytes),
    ];
  } finally {
    await bench.remove();
  }
}

interface Both {
  /** Until the rows are in. */
  readonly stored: Pair;
  /** Until all that follows from them is, the start of the program counted. */
  readonly whole: Pair;
}

function pairOf(rows: number, { storedS, wholeS }: Imported, floorS: number): Both {
  const floor = rows / floorS;
  return { stored: { ours: rows / storedS, floor }, whole: { ours: rows / wholeS, floor } };
}

function rowsOf(name: string, pairs: readonly Both[]): readonly Row[] {
  return [
    ratioRow(
      name,
      'rows/s',
      pairs.map(({ stored }) => stored),
      targets.rows,
    ),
    ratioRow(
      `${name}, segments and start counted`,
      'rows/s',
      pairs.map(({ whole }) => whole),
      null,
    ),
  ];
}

function words({ storedS, wholeS }: Imported, floorS: number): string {
  return `${storedS.toFixed(1)} s, in all ${wholeS.toFixed(1)} s, COPY ${floorS.toFixed(1)} s`;
}

interface Files {
  readonly people: string;
  readonly orders: string;
}

async function writeFiles(root: string, size: number): Promise<Files> {
  const people = join(root, 'people.csv');
  const orders = join(root, 'orders.csv');
  await write(
    people,
    'id,email,first_name,tier',
    size,
    (n) => `c${n},c${n}@bench.example,Name ${n},${n % 3 === 0 ? 'gold' : 'basic'}`,
  );
  await write(orders, 'order_id,id,at,total,items', size, (n) => {
    const at = new Date(Date.UTC(2025, 0, 1) + (n % 31_000) * 1_000_000).toISOString();
    return `o${n},c${(n * 7919) % size},${at},${(n % 200) + 1}.50,${1 + (n % 5)}`;
  });
  return { people, orders };
}

async function write(path: string, head: string, rows: number, row: (n: number) => string): Promise<void> {
  const file = createWriteStream(path);
  file.write(`${head}\n`);
  for (let from = 0; from < rows; from += 10_000) {
    const lines = Array.from({ length: Math.min(10_000, rows - from) }, (_, i) => row(from + i));
    if (!file.write(`${lines.join('\n')}\n`)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
  // The server reads it as somebody else.
  chmodSync(path, 0o644);
}

interface Imported {
  readonly storedS: number;
  readonly wholeS: number;
  /** The most memory that it took. */
  readonly bytes: number;
}

/** Imports the file by the built program. */
async function imported(bench: BenchStore, store: ClonedStore, source: string, file: string): Promise<Imported> {
  const { host = '', port = 5432, user = '', database = '' } = store.connection;
  const url = `postgresql://${encodeURIComponent(user)}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
  const began = elapsedMs();
  const child = spawn(process.execPath, [program, 'import', source, file, '--workspace', bench.root, '--json'], {
    env: { PATH: process.env.PATH ?? '', DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = textOf(child);
  const ended = once(child, 'exit') as Promise<[number | null]>;
  let bytes = 0;
  while (child.exitCode === null && child.signalCode === null) {
    bytes = Math.max(bytes, peakOf(child));
    await Promise.race([ended, delay(100)]);
  }
  const wholeS = (elapsedMs() - began) / 1000;
  const [code] = await ended;
  if (code !== 0) throw new Error(`import ended with ${code}`);
  const { ms } = JSON.parse(await said) as { readonly ms: number };
  return { storedS: ms / 1000, wholeS, bytes };
}

async function textOf({ stdout }: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of stdout ?? []) text += String(chunk);
  return text;
}

/** 0: it has ended. */
function peakOf({ pid }: ChildProcess): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Seconds of COPY of the rows that came of the file. */
async function writtenAgain(store: ClonedStore, root: string, source: 'people' | 'orders'): Promise<number> {
  const session = await store.session();
  const folder = join(root, 'rows');
  mkdirSync(folder, { recursive: true });
  // The server writes as somebody else.
  chmodSync(folder, 0o777);
  const copies: string[] = [];
  for (const table of written[source]) {
    const [copy, file] = [`again_${source}_${table}`, join(folder, `${source}-${table}`)];
    const those = table === 'seen_message' ? ` where source = '${source}'` : '';
    await session.script(`create table ${copy} (like parcours.${table} including all)`);
    await session.script(`copy (select * from parcours.${table}${those}) to '${file}'`);
    copies.push(`copy ${copy} from '${file}'`);
  }
  const began = elapsedMs();
  for (const copy of copies) await session.script(copy);
  const seconds = (elapsedMs() - began) / 1000;
  rmSync(folder, { recursive: true });
  await session.close();
  return seconds;
}
