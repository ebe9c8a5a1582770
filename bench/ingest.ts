/**
 * Benchmark `ingest`: people and events over HTTP in batches of 100, by clients that keep some requests in flight, beside hand-written batched
 * inserts of the same rows in the same run; then single events at 300 a second and how long they take. The server is the built program.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { elapsedMs, systemClock } from '../engine/clock/clock.ts';
import { laneOf } from '../engine/profiles/lane-of.ts';
import { applyWorkspace, type BenchStore, benchStore, type ClonedStore } from './bench-store.ts';
import { type Benchmark, type BenchOptions, inTurn, limitRow, quantile, type Row, ratioRow } from './harness.ts';

export const ingest: Benchmark = {
  name: 'ingest',
  title: 'people and events over HTTP beside batched inserts of the same rows, and how long a single event takes',
  defaultSize: 50_000,
  sizeUnit: 'profiles',
  run,
};

const targets = { rows: 0.35, p99Ms: 50 } as const;
/** Events a person. */
const eventsEach = 4;
const batchCalls = 100;
/** Requests in flight. */
const clients = 8;
const singlesPerSecond = 300;
const singlesSeconds = 10;
const key = 'bench-key-0123456789abcdef';
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

const source = `kind: source
id: bench
type: api
write_keys: ["\${secret.BENCH_WRITE_KEY}"]
`;

/** A call of the Segment specification. */
type Call = Readonly<Record<string, unknown>>;

function callsFor(people: number): readonly Call[] {
  const identify = Array.from({ length: people }, (_, n) => ({
    ...{ type: 'identify', messageId: `i${n}`, userId: `u${n}` },
    traits: { email: `u${n}@bench.example`, first_name: `Name ${n}`, tier: n % 3 === 0 ? 'gold' : 'basic' },
  }));
  const track = Array.from({ length: people * eventsEach }, (_, n) => ({
    ...{ type: 'track', messageId: `t${n}`, userId: `u${n % people}`, event: 'order_placed' },
    properties: { order_id: `o${n}`, total: '12.50 EUR', items: 1 + (n % 5) },
  }));
  return [...identify, ...track];
}

async function run(options: BenchOptions): Promise<readonly Row[]> {
  const bench = await benchStore();
  try {
    writeFileSync(join(bench.root, 'ingest.yaml'), source);
    await applyWorkspace(bench.store, bench.root);
    const calls = callsFor(options.size);
    const pairs = await inTurn(
      options.pairs,
      async () => {
        const rate = await onClone(bench, (store) => overHttp(bench, store, calls));
        options.note(`HTTP: ${Math.round(rate)} rows/s`);
        return rate;
      },
      async () => {
        const rate = await onClone(bench, (store) => bySql(store, calls));
        options.note(`SQL: ${Math.round(rate)} rows/s`);
        return rate;
      },
    );
    options.note(`${singlesPerSecond} single events a second for ${singlesSeconds} s`);
    const times = await onClone(bench, (store) => singles(bench, store));
    return [
      ratioRow(
        `${options.size} people, ${options.size * eventsEach} events, batches of ${batchCalls}`,
        'rows/s',
        pairs,
        targets.rows,
      ),
      limitRow(`single track at ${singlesPerSecond}/s, p99`, 'ms', [quantile(times, 0.99)], targets.p99Ms),
      limitRow(`single track at ${singlesPerSecond}/s, median`, 'ms', [quantile(times, 0.5)], null),
    ];
  } finally {
    await bench.remove();
  }
}

async function onClone<T>(bench: BenchStore, work: (store: ClonedStore) => Promise<T>): Promise<T> {
  const store = await bench.clone();
  try {
    return await work(store);
  } finally {
    await store.drop();
  }
}

/** The address of a database on a socket of the machine. */
function urlOf({ connection }: ClonedStore): string {
  const { host = '', port = 5432, user = '', database = '' } = connection;
  return `postgresql://${encodeURIComponent(user)}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
}

interface Server {
  readonly child: ChildProcess;
  readonly at: URL;
}

async function startServer(bench: BenchStore, store: ClonedStore): Promise<Server> {
  const child = spawn(process.execPath, [main, 'serve', '--listen', '0', '--json', '--workspace', bench.root], {
    env: { PATH: process.env.PATH ?? '', DATABASE_URL: urlOf(store), BENCH_WRITE_KEY: key },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [line] = (await once(child.stderr, 'data')) as [Buffer];
  const { at } = JSON.parse(String(line).split('\n')[0] as string) as { readonly at: string };
  return { child, at: new URL(at) };
}

async function stopServer({ child }: Server): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** Rows a second until the last answer. */
async function overHttp(bench: BenchStore, store: ClonedStore, calls: readonly Call[]): Promise<number> {
  const server = await startServer(bench, store);
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const bodies = Array.from({ length: Math.ceil(calls.length / batchCalls) }, (_, n) =>
    JSON.stringify({ batch: calls.slice(n * batchCalls, (n + 1) * batchCalls) }),
  );
  let next = 0;
  const began = elapsedMs();
  const client = async () => {
    for (let n = next++; n < bodies.length; n = next++) await post(server.at, '/v1/batch', bodies[n] as string, agent);
  };
  await Promise.all(Array.from({ length: clients }, client));
  const ms = elapsedMs() - began;
  agent.destroy();
  await stopServer(server);
  return (calls.length / ms) * 1000;
}

/** How long each of the events took, in milliseconds; sent by the clock, whether or not the ones before were answered. */
async function singles(bench: BenchStore, store: ClonedStore): Promise<readonly number[]> {
  const server = await startServer(bench, store);
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });
  const times: number[] = [];
  const began = elapsedMs();
  const sent: Promise<void>[] = [];
  for (let n = 0; n < singlesPerSecond * singlesSeconds; n += 1) {
    const due = (n * 1000) / singlesPerSecond;
    if (elapsedMs() - began < due) await delay(due - (elapsedMs() - began));
    const at = elapsedMs();
    const call = {
      userId: `s${n % 500}`,
      event: 'order_placed',
      messageId: `s${n}`,
      properties: { order_id: `s${n}`, items: 1 },
    };
    sent.push(post(server.at, '/v1/track', JSON.stringify(call), agent).then(() => void times.push(elapsedMs() - at)));
  }
  await Promise.all(sent);
  agent.destroy();
  await stopServer(server);
  // The first second warms up.
  return times.slice(singlesPerSecond);
}

function post(at: URL, path: string, body: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
    };
    const sent = request({ host: at.hostname, port: at.port, path, method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else if (response.statusCode === 429)
          void delay(50)
            .then(() => post(at, path, body, agent))
            .then(resolve, reject);
        else reject(new Error(`answered ${response.statusCode}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Rows of one statement. */
const floorRows = 1_000;

/** The same rows as whoever writes them by hand would: one transaction a thousand, nothing looked up. */
async function bySql(store: ClonedStore, calls: readonly Call[]): Promise<number> {
  const session = await store.session();
  const now = systemClock.now();
  const people = calls.filter(({ type }) => type === 'identify').length;
  const began = elapsedMs();
  for (let from = 0; from < calls.length; from += floorRows) {
    const some = calls.slice(from, from + floorRows);
    await session.transaction(async (tx) => {
      const ids = some.map(({ userId }) => 1 + Number(String(userId).slice(1)));
      await tx.query(
        `insert into parcours.seen_message (source, message_id, seen_at) select 'bench', m, $2 from unnest($1::text[]) m order by m`,
        [some.map(({ messageId }) => messageId), now],
      );
      if (from < people) {
        const fresh = ids.slice(0, Math.max(0, people - from));
        await tx.query(
          `insert into parcours.profile (lane, profile_id, created_at) select l, p, $3 from unnest($1::smallint[], $2::bigint[]) u(l, p)`,
          [fresh.map(laneOf), fresh, now],
        );
        for (const [type, of] of [
          ['external_id', (id: number) => `u${id - 1}`],
          ['email', (id: number) => `u${id - 1}@bench.example`],
        ] as const) {
          await tx.query(
            `insert into parcours.identifier (type, value, lane, profile_id) select $1, v, l, p from unnest($2::text[], $3::smallint[], $4::bigint[]) u(v, l, p) order by v`,
            [type, fresh.map(of), fresh.map(laneOf), fresh],
          );
        }
      }
      await tx.query(
        `insert into parcours.inbox (lane, class, visible_at, profile_id, kind, body)
         select l, 1, $3, p, 'fact', b from unnest($1::smallint[], $2::bigint[], $4::jsonb[]) u(l, p, b)`,
        [ids.map(laneOf), ids, now, some.map(factOf)],
      );
    });
  }
  const ms = elapsedMs() - began;
  await session.close();
  return (calls.length / ms) * 1000;
}

/** The body of a fact, as ingestion writes it. */
function factOf({ type, traits, properties }: Call): string {
  const at = systemClock.now().getTime();
  const said =
    type === 'identify'
      ? { traits }
      : {
          event: {
            type: 'order_placed',
            value: 1250,
            unit: 'EUR',
            properties: { ...(properties as object), total: { amount: 1250, currency: 'EUR' } },
          },
        };
  return JSON.stringify({ at, received: at, source: 'bench', trigger: true, ...said });
}
