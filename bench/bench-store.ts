/**
 * The store of a benchmark: an embedded server of its own in the system's folder for temporary files, set up as the product sets it up
 * (fsync on), with the benchmarks' workspace applied, and clones of its database. What lies in it is the benchmark's.
 */
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engineVersion } from '../engine/cli/engine-version.ts';
import { systemClock } from '../engine/clock/clock.ts';
import { compile } from '../engine/compiler/compile.ts';
import { loadProject } from '../engine/config/load-project.ts';
import { hasErrors } from '../engine/diagnostics/diagnostic.ts';
import { applyPlan } from '../engine/reconcile/apply-plan.ts';
import { planChanges } from '../engine/reconcile/plan-changes.ts';
import { readState } from '../engine/reconcile/state.ts';
import { resetEmbedded } from '../engine/store/embedded-server.ts';
import { openStore, serverStore } from '../engine/store/open-store.ts';
import { dropDatabase } from '../engine/store/queries.ts';
import type { OwnSession } from '../engine/store/session.ts';
import type { Store } from '../engine/store/store.ts';

export interface BenchStore {
  /** The folder of the applied workspace; the server belongs to it, as `parcours` would find it. */
  readonly root: string;
  /** The original. Clones are made while nobody is connected to it. */
  readonly store: Store;
  clone(): Promise<ClonedStore>;
  /** A session on the server that is in no store: for what must not be counted. */
  aside(): Promise<OwnSession>;
  /** Stops the server and deletes everything. */
  remove(): Promise<void>;
}

export interface ClonedStore extends Store {
  drop(): Promise<void>;
}

const workspace = fileURLToPath(new URL('workspace/', import.meta.url));
/** A benchmark that was killed leaves a server that ends by itself. */
const idleStopMs = 600_000;

/** Starts the server and applies the workspace in the folder. `settings`: of the server, beyond the product's. */
export async function benchStore(
  settings: Readonly<Record<string, string>> = {},
  folder: string = workspace,
): Promise<BenchStore> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'parcours-bench-')));
  const root = join(base, 'workspace');
  // As root, the server runs as somebody else, who must be able to enter.
  chmodSync(base, 0o755);
  cpSync(folder, root, { recursive: true });
  const remove = async () => {
    await resetEmbedded(root);
    rmSync(base, { recursive: true, force: true });
  };
  try {
    const store = await openStore({ root, env: {}, embedded: { settings, idleStopMs } });
    await applyWorkspace(store, root);
    const aside = () => serverStore({ ...store.connection, database: 'postgres' }).session();
    return { root, store, clone: () => clone(store, aside), aside, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Applies what the folder holds now; another call of it applies what changed. */
export async function applyWorkspace(store: Store, root: string): Promise<void> {
  const { project, diagnostics } = await loadProject(root);
  const { bundle } = compile(project);
  assert(!hasErrors(diagnostics) && bundle !== null, "the benchmarks' workspace is valid");
  const plan = planChanges(bundle, await store.withSession(readState));
  const origin = { commit: null, isDirty: false, author: 'bench' };
  await applyPlan({ store, clock: systemClock, bundle, plan, origin, engineVersion: engineVersion() });
}

/** Copies the files, so that the copy isn't in the server's cache nor in its log, and writes out what is pending. */
async function clone(store: Store, aside: () => Promise<OwnSession>): Promise<ClonedStore> {
  const name = `bench_${randomBytes(6).toString('hex')}`;
  const within = async (work: (session: OwnSession) => Promise<void>) => {
    const session = await aside();
    await work(session).finally(() => session.close());
  };
  await within(async (session) => {
    await session.script(`create database ${name} template ${store.connection.database} strategy file_copy`);
    await session.script('checkpoint');
  });
  const copy = serverStore({ ...store.connection, database: name });
  return { ...copy, drop: () => within((session) => dropDatabase(session.client, name)) };
}
