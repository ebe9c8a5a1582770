/**
 * Benchmark `import`: a file of people and a file of events through `parcours import`, as users run it, and the memory that it takes. The floor is
 * raw `COPY` of the file, and with it all the rows that came of the file written once more into tables with the same keys, by a statement
 * a table: what any import has to do at least. Linux only, for the memory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, createWriteStream, readFileSync, writeFileSync } from 'node:fs';
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
const columns = {
  people: 'id text, email text, first_name text, tier text',
  orders: 'order_id text, id text, at timestamptz, total numeric, items integer',
} as const;

async function run(options: BenchOptions): Promise<readonly Row[]> {
  if (process.platform !== 'linux') throw new Error('import reads memory from /proc: it runs on Linux only');
  const bench = await benchStore();
  try {
    writeFileSync(join(bench.root, 'sources.yaml'), sources);
    await applyWorkspace(bench.store, bench.root);
    const files = await writeFiles(bench.root, options.size);
    const people: Pair[] = [];
    const orders: Pair[] = [];
    const memory: number[] = [];
    for (let n = 0; n < options.pairs; n += 1) {
      const store = await bench.clone();
      try {
        const ofPeople = await imported(bench, store, 'people', files.people);
        const peopleFloor = await writtenAgain(store, 'people', files.people);
        const ofOrders = await imported(bench, store, 'orders', files.orders);
        const ordersFloor = await writtenAgain(store, 'orders', files.orders);
        people.push({ ours: options.size / ofPeople.seconds, floor: options.size / peopleFloor });
        orders.push({ ours: options.size / ofOrders.seconds, floor: options.size / ordersFloor });
        memory.push(ofPeople.bytes / 1e6, ofOrders.bytes / 1e6);
        options.note(
          `pair ${n + 1}: people ${Math.round(people.at(-1)?.ours ?? 0)} rows/s, orders ${Math.round(orders.at(-1)?.ours ?? 0)} rows/s`,
        );
      } finally {
        await store.drop();
      }
    }
    return [
      ratioRow(`${options.size} people`, 'rows/s', people, targets.rows),
      ratioRow(`${options.size} events`, 'rows/s', orders, targets.rows),
      limitRow('memory of the import at most', 'MB', [Math.max(...memory)], targets.megabytes),
    ];
  } finally {
    await bench.remove();
  }
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

/** Until all is read in and worked off, and the most memory that it took. */
async function imported(
  bench: BenchStore,
  store: ClonedStore,
  source: string,
  file: string,
): Promise<{ readonly seconds: number; readonly bytes: number }> {
  const { host = '', port = 5432, user = '', database = '' } = store.connection;
  const url = `postgresql://${encodeURIComponent(user)}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
  const child = spawn(process.execPath, [program, 'import', source, file, '--workspace', bench.root, '--json'], {
    env: { PATH: process.env.PATH ?? '', DATABASE_URL: url },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const began = elapsedMs();
  const ended = once(child, 'exit') as Promise<[number | null]>;
  let bytes = 0;
  while (child.exitCode === null && child.signalCode === null) {
    bytes = Math.max(bytes, peakOf(child));
    await Promise.race([ended, delay(100)]);
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`import ended with ${code}`);
  return { seconds: (elapsedMs() - began) / 1000, bytes };
}

/** 0: it has ended. */
function peakOf({ pid }: ChildProcess): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Seconds of COPY of the file, and of writing the rows that came of it once more. */
async function writtenAgain(store: ClonedStore, source: 'people' | 'orders', file: string): Promise<number> {
  const session = await store.session();
  await session.script(`create table copied_${source} (${columns[source]})`);
  for (const table of written[source])
    await session.script(`create table again_${source}_${table} (like parcours.${table} including all)`);
  const began = elapsedMs();
  await session.script(`copy copied_${source} from '${file}' with (format csv, header)`);
  for (const table of written[source]) {
    const those = table === 'seen_message' ? ` where source = '${source}'` : '';
    await session.script(`insert into again_${source}_${table} select * from parcours.${table}${those}`);
  }
  const seconds = (elapsedMs() - began) / 1000;
  await session.close();
  return seconds;
}
