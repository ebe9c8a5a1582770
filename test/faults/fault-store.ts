/**
 * A store with a small shop applied to it, and workers on sessions of their own: what the tests of faults share. Two journeys that nobody
 * enters twice, one of marketing and one of service, and a weekly cap that the others run into.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createEngine, workerSettings } from '../../engine/activation/engine.ts';
import { createOutlook } from '../../engine/activation/lanes/outlook.ts';
import { messageIds } from '../../engine/activation/messages/message-ids.ts';
import { runningPrograms } from '../../engine/activation/running.ts';
import type { Trouble } from '../../engine/activation/trouble.ts';
import { createWorker, type Worker } from '../../engine/activation/worker.ts';
import { type Clock, elapsedMs, systemClock } from '../../engine/clock/clock.ts';
import { compile } from '../../engine/compiler/compile.ts';
import type { Value } from '../../engine/compiler/ir.ts';
import { loadProject } from '../../engine/config/load-project.ts';
import { hasErrors } from '../../engine/diagnostics/diagnostic.ts';
import type { IdentifiedFact } from '../../engine/profiles/identified-fact.ts';
import { type IngestSummary, ingestFacts, ingestRowsMax } from '../../engine/profiles/ingest.ts';
import { applyPlan } from '../../engine/reconcile/apply-plan.ts';
import { planChanges } from '../../engine/reconcile/plan-changes.ts';
import { readState } from '../../engine/reconcile/state.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { baseFiles } from '../activation/scenario-files.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

/** `welcome` is marketing, `receipt` service; `nudge-1` to `nudge-4` compete for three places a week. */
export const faultJourneys = `kind: pressure
id: house
caps:
  - { id: weekly, max: 3, rolling: 7d }
when_capped: drop
valid_for: 2d
---
${journey('welcome', 'signed_up', 'engagement')}
---
${journey('receipt', 'order_placed', 'service')}
---
${[1, 2, 3, 4].map((n) => journey(`nudge-${n}`, 'visited', 'engagement', n)).join('\n---\n')}
`;

/** Mail has addresses, so that the suppression list is read before sending. */
const ownFiles = { 'channels.yaml': 'kind: channel\nid: mail\ntype: email\nvia: log\naddress: email\n' };

function journey(id: string, event: string, objective: string, n?: number): string {
  const where = n === undefined ? '' : `, where: { page: p${n} }`;
  return `kind: journey
id: ${id}
objective: ${objective}
entry: { when: { event: ${event}${where} } }
steps:
  - id: say
    send: { channel: mail, template: hello }`;
}

export interface FaultStore {
  readonly root: string;
  readonly store: TestStore;
  apply(yaml: string): Promise<void>;
  /** Ingests facts, in batches. */
  tell(facts: readonly IdentifiedFact[]): Promise<readonly IngestSummary[]>;
  rows<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The number that a statement returns as `n`. */
  count(text: string, values?: readonly unknown[]): Promise<number>;
  /** Lines of the log channel that can be read; a process that was killed may leave half a line. */
  lines(): readonly LogLine[];
  /** Does once what is due now. */
  runOnce(): Promise<void>;
  drop(): Promise<void>;
}

/** Waits for a condition; fails after two minutes, or what is told. */
export async function eventually(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  limitMs = 120_000,
): Promise<void> {
  const began = elapsedMs();
  while (!(await isTrue())) {
    if (elapsedMs() - began > limitMs) throw new Error(`It did not come true that ${what}.`);
    await delay(20);
  }
}

export interface LogLine {
  readonly token: string;
  readonly journey: string;
  readonly profile: number;
}

/** `files`: of the workspace, beside or instead of the others. */
export async function faultStore(
  yaml = faultJourneys,
  files: Readonly<Record<string, string>> = {},
): Promise<FaultStore> {
  return await faultStoreOn(await testStore(), yaml, files);
}

/** The same on a store of the test's own, which it drops. */
export async function faultStoreOn(
  store: TestStore,
  yaml = faultJourneys,
  files: Readonly<Record<string, string>> = {},
): Promise<FaultStore> {
  const root = mkdtempSync(join(tmpdir(), 'parcours-faults-'));
  const all = { ...baseFiles, ...ownFiles, ...files };
  for (const [path, text] of Object.entries(all)) writeFileSync(join(root, path), text);
  const rows = <Row>(text: string, values: readonly unknown[] = []) =>
    store.kept.withSession((session) => session.query<Row>(text, values));
  const fault: FaultStore = {
    root,
    store,
    rows,
    async apply(changed) {
      writeFileSync(join(root, 'journeys.yaml'), changed);
      const { project, diagnostics } = await loadProject(root);
      const { bundle, diagnostics: compiled } = compile(project);
      const wrong = [...diagnostics, ...compiled];
      if (bundle === null || hasErrors(wrong)) throw new Error(JSON.stringify(wrong));
      const plan = planChanges(bundle, await store.kept.withSession(readState));
      const origin = { commit: null, isDirty: false, author: 'test' };
      await applyPlan({ store: store.kept, clock: systemClock, bundle, plan, origin, engineVersion: 'test' });
    },
    tell: (facts) =>
      store.kept.withSession(async (session) => {
        const summaries: IngestSummary[] = [];
        for (let i = 0; i < facts.length; i += ingestRowsMax) {
          const batch = facts.slice(i, i + ingestRowsMax);
          summaries.push(await ingestFacts(session, batch, { now: systemClock.now() }));
        }
        return summaries;
      }),
    async count(text, values) {
      const [row] = await rows<{ n: number }>(text, values);
      return row?.n ?? 0;
    },
    lines() {
      const file = join(root, '.parcours/outbox/mail.jsonl');
      return existsSync(file) ? readFileSync(file, 'utf8').split('\n').flatMap(lineOf) : [];
    },
    runOnce: () => createEngine({ store, clock: systemClock, root, env: {} }).runOnce(),
    async drop() {
      rmSync(root, { recursive: true, force: true });
      await store.drop();
    },
  };
  await fault.apply(yaml);
  return fault;
}

function lineOf(text: string): LogLine[] {
  try {
    return [JSON.parse(text) as LogLine];
  } catch {
    return [];
  }
}

/** An event of a person, now; the id names the fact. With an address, so that the log channel for mail reaches him. */
export function eventOf(
  who: string,
  type: string,
  id: string,
  properties: Readonly<Record<string, Value>> = {},
): IdentifiedFact {
  const now = systemClock.now().getTime();
  return {
    messageId: id,
    identifiers: [{ type: 'external_id', value: who }],
    fact: {
      at: now,
      received: now,
      source: 'test',
      trigger: true,
      traits: { email: `${who}@shop.example` },
      event: { type, value: null, unit: null, properties },
    },
  };
}

export interface WorkerGroup {
  readonly workers: readonly Worker[];
  readonly sessions: readonly OwnSession[];
  /** All of them take turns at the same time until none finds anything to do. */
  untilIdle(): Promise<void>;
  close(): Promise<void>;
}

/** Workers as a daemon makes them, each on a session of its own. */
export async function workersOn(store: TestStore, count: number, clock: Clock = systemClock): Promise<WorkerGroup> {
  const sessions = await Promise.all(
    Array.from({ length: count }, () => store.session(workerSettings, { pipeline: true })),
  );
  const outlook = createOutlook(elapsedMs());
  const workers = sessions.map((session) =>
    createWorker({
      ...{ session, outlook },
      clock,
      programs: runningPrograms(),
      messageIds: messageIds(),
      sharers: () => count,
      isPatient: false,
      takes: 'everything',
    }),
  );
  const exhaust = async (worker: Worker): Promise<boolean> => {
    let didAny = false;
    while ((await worker.turn()).didWork) didAny = true;
    return didAny;
  };
  return {
    workers,
    sessions,
    async untilIdle() {
      // One may have found its lanes in the hands of another that has ended since.
      while ((await Promise.all(workers.map(exhaust))).some(Boolean));
    },
    async close() {
      await Promise.all(sessions.map((session) => session.close()));
    },
  };
}

export interface RunningDaemon {
  readonly troubles: readonly Trouble[];
  /** Resolves when it has ended; rejects with what ended it. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** A daemon in this process. */
export function daemonOn(
  fault: FaultStore,
  options: { readonly workers?: number; readonly clock?: Clock } = {},
): RunningDaemon {
  const { workers = 2, clock = systemClock } = options;
  const stopping = new AbortController();
  const troubles: Trouble[] = [];
  const engine = createEngine({
    ...{ store: fault.store, clock, root: fault.root, workers, env: {} },
    onTrouble: (trouble) => troubles.push(trouble),
  });
  const ended = engine.runDaemon(stopping.signal);
  ended.catch(() => {});
  return {
    troubles,
    ended,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
