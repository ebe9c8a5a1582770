/**
 * Benchmark `decide`: what a site shows whom, asked 500 times a second, and how long an answer takes; everybody is another, half of them have three
 * contents placed. The server is the built program (`npm run build`), the client another process, so neither waits for the other's turn.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { elapsedMs } from '../engine/clock/clock.ts';
import { applyWorkspace, type BenchStore, benchStore } from './bench-store.ts';
import { type Benchmark, type BenchOptions, limitRow, quantile, type Row } from './harness.ts';

export const decide: Benchmark = {
  name: 'decide',
  title: 'what a site shows whom, 500 times a second',
  defaultSize: 100_000,
  sizeUnit: 'profiles',
  run,
};

const perSecond = 500;
const seconds = 20;
const target = 20;
const key = 'bench-site-key-0123456789';
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

const site = `kind: channel
id: site
type: on-site
slots: [home]
api_keys: ["\${secret.BENCH_SITE_KEY}"]
---
kind: template
id: card
any:
  en: { title: Thank you, text: Some words for the card. }
---
kind: journey
id: card
objective: engagement
entry: { when: { event: order_placed } }
steps: [ { id: card, send: { channel: site, template: card, valid_for: 30d } } ]
`;

async function run(options: BenchOptions): Promise<readonly Row[]> {
  const bench = await benchStore();
  try {
    writeFileSync(join(bench.root, 'site.yaml'), site);
    await applyWorkspace(bench.store, bench.root);
    await fill(bench, options.size);
    options.note(`${options.size} people, ${perSecond} questions a second for ${seconds} s, ${options.pairs} times`);
    const p99: number[] = [];
    const p50: number[] = [];
    const cpu: number[] = [];
    for (let i = 0; i < options.pairs; i += 1) {
      const measured = await ask(bench, options.size, i);
      p99.push(quantile(measured.times, 0.99));
      p50.push(quantile(measured.times, 0.5));
      cpu.push(measured.cpuMs);
      options.note(
        `p99 ${quantile(measured.times, 0.99).toFixed(1)} ms, ${measured.cpuMs.toFixed(2)} ms of the server's CPU each`,
      );
    }
    return [
      limitRow(`a decision at ${perSecond} a second, p99`, 'ms', p99, target),
      limitRow('the same, median', 'ms', p50, null),
      limitRow("the server's CPU a decision", 'ms', cpu, null),
    ];
  } finally {
    await bench.remove();
  }
}

/** People, and three placements with their messages and enrollments for each second of them. */
async function fill({ store }: BenchStore, people: number): Promise<void> {
  await store.withSession(async (session) => {
    await session.script(`
      insert into parcours.profile (lane, profile_id, traits, locale, created_at)
        select n % 1024, n, jsonb_build_object('first_name', 'Name ' || n), 'en', now() from generate_series(1, ${people}) n;
      insert into parcours.identifier (type, value, lane, profile_id)
        select 'external_id', 'u' || n, n % 1024, n from generate_series(1, ${people}) n;
      insert into parcours.enrollment (lane, profile_id, journey, n, version, state, step, entered_at, step_since)
        select n % 1024, n, 'card', k, 'bench', 'active', 'card', now(), now() from generate_series(2, ${people}, 2) n, generate_series(1, 3) k;
      insert into parcours.message (lane, message_id, profile_id, journey, key, n, step, channel, template, objective, purpose, priority, state, rank,
          created_at, accepted_at, valid_until, sent_at, decision, revision)
        select n % 1024, n * 4 + k, n, 'card', '', k, 'card', 'site', 'thanks', 'engagement', 'marketing', 10 * k, 'sent', 2,
          now(), now(), now() + interval '30 days', now(), '{}', 1 from generate_series(2, ${people}, 2) n, generate_series(1, 3) k;
      insert into parcours.placement (lane, profile_id, message_id, channel, placed_at, until, content)
        select n % 1024, n, n * 4 + k, 'site', now(), now() + interval '30 days',
          jsonb_build_object('locale', 'en', 'template', 'thanks', 'title', 'Thank you', 'text', repeat('Some words for the card. ', 20))
        from generate_series(2, ${people}, 2) n, generate_series(1, 3) k;
      insert into parcours.consent (lane, profile_id, purpose, channel, state, since)
        select n % 1024, n, 'marketing', '*', 'granted', now() from generate_series(2, ${people}, 2) n;
      analyze;`);
  });
}

interface Asked {
  /** Of each answer, in milliseconds. */
  readonly times: readonly number[];
  /** User and system time of the server, for each answer. */
  readonly cpuMs: number;
}

/** Asks by the clock, whether or not the ones before were answered. */
async function ask(bench: BenchStore, people: number, round: number): Promise<Asked> {
  const { child, at } = await startServer(bench);
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });
  const times: number[] = [];
  const sent: Promise<void>[] = [];
  const began = elapsedMs();
  let before = 0;
  for (let n = 0; n < perSecond * seconds; n += 1) {
    const due = (n * 1000) / perSecond;
    if (elapsedMs() - began < due) await delay(due - (elapsedMs() - began));
    // The first second warms up.
    if (n === perSecond) before = cpuOf(child);
    const from = elapsedMs();
    // Everybody in an order without order; a number without a factor in common with how many there are.
    const who = ((n + round * perSecond * seconds) * 7_919) % people;
    sent.push(get(at, `/v1/decide?slot=home&user=u${who + 1}`, agent).then(() => void times.push(elapsedMs() - from)));
  }
  await Promise.all(sent);
  const cpuMs = (cpuOf(child) - before) / (perSecond * (seconds - 1));
  agent.destroy();
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
  return { times: times.slice(perSecond), cpuMs };
}

/** Milliseconds of user and system time, in ticks of ten; 0 where the system doesn't tell. */
function cpuOf({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

async function startServer({ root, store }: BenchStore): Promise<{ readonly child: ChildProcess; readonly at: URL }> {
  const { host = '', port = 5432, user = '', database = '' } = store.connection;
  const url = `postgresql://${encodeURIComponent(user)}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
  const child = spawn(process.execPath, [main, 'serve', '--listen', '0', '--json', '--workspace', root], {
    env: { PATH: process.env.PATH ?? '', DATABASE_URL: url, BENCH_SITE_KEY: key },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [line] = (await once(child.stderr, 'data')) as [Buffer];
  const { at } = JSON.parse(String(line).split('\n')[0] as string) as { readonly at: string };
  return { child, at: new URL(at) };
}

function get(at: URL, path: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}` };
    const sent = request({ host: at.hostname, port: at.port, path, agent, headers }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`answered ${response.statusCode}`));
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}
