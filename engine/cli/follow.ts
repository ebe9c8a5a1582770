/** How `parcours sync` follows a branch: the clone, the store, the looks and when they are taken. A look is `reconcile/sync`'s. */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bundle } from '../compiler/ir.ts';
import { readEnvironment } from '../config/read-environment.ts';
import { hasErrors } from '../diagnostics/diagnostic.ts';
import { renderConcise } from '../diagnostics/render-concise.ts';
import { openRepository, type Repository, workspaceIn } from '../reconcile/sync/repository.ts';
import { type LoadedCommit, type Look, type SyncOptions, syncOnce } from '../reconcile/sync/sync-once.ts';
import type { Store } from '../store/store.ts';
import { StoreError } from '../store/store-error.ts';
import { readSpanMs } from './arguments.ts';
import { checkFiles } from './check-workspace.ts';
import { CliError } from './cli-error.ts';
import { makePlan, type PlanOptions } from './commands/plan.ts';
import { type Context, type ExitCode, type GlobalOptions, makeContext } from './context.ts';
import { engineVersion } from './engine-version.ts';
import { humanPlan } from './views/plan-view.ts';
import { styleOf } from './views/style.ts';
import { lookView } from './views/sync-view.ts';
import { workspaceAround } from './workspace-paths.ts';

export interface FollowOptions extends PlanOptions {
  readonly repo?: string;
  readonly branch: string;
  readonly path: string;
  readonly interval: string;
  readonly once?: boolean;
  readonly verifySignatures?: boolean;
  readonly allowedSigners?: string;
  readonly selfHeal?: boolean;
  readonly takeOver?: boolean;
  readonly clone?: string;
}

/** Mistakes of a commit that are told with its failure. */
const problemsMax = 5;
/** Looks more often than this only load the server of the repository. */
const intervalMinMs = 1_000;

/** Follows until SIGTERM, or looks once. `environment`: one of the repository's workspace. */
export async function follow(
  context: Context,
  options: FollowOptions & GlobalOptions,
  environment: string | null,
): Promise<ExitCode> {
  const intervalMs = Math.max(intervalMinMs, readSpanMs('--interval', options.interval));
  const sync = syncOptions(context, options);
  const repository = await openRepository({ ...sync, env: context.env });
  if (environment !== null) await firstFiles(repository, sync);
  const inner = await contextOf(context, options, { sync, environment });
  const store = await storeFor(context, inner, environment, sync);
  const home = workspaceAround(context.cwd) ?? context.cwd;
  const look = () => takeLook(inner, { store, repository, sync, planning: options, home });
  if (options.once === true) return exitOf(tell(inner, await look()));
  const signal = context.stopSignal();
  for (let known = ''; !signal.aborted; ) {
    const seen = await look();
    const news = JSON.stringify([seen.state, seen.reason, seen.head, seen.revision]);
    // Whoever looks each half minute need not say each time that nothing is new.
    if (news !== known) tell(inner, seen);
    known = news;
    await wait(intervalMs, undefined, { signal }).catch(() => {});
  }
  return 0;
}

function syncOptions(context: Context, options: FollowOptions): SyncOptions {
  const { repo, branch, path, allowDestructive } = options;
  if (repo === undefined) {
    throw new CliError('CLI_BAD_OPTION', '--repo is missing: name the repository to follow, a path or an address.');
  }
  const name = createHash('sha256').update(`${repo}\n${branch}`).digest('hex').slice(0, 12);
  const home = workspaceAround(context.cwd) ?? context.cwd;
  return {
    ...{ repo: isPath(repo) ? resolve(context.cwd, repo) : repo, branch, path, allowDestructive },
    folder: resolve(context.cwd, options.clone ?? join(home, '.parcours', 'sync', name)),
    verifySignatures: options.verifySignatures === true,
    allowedSigners: options.allowedSigners === undefined ? null : resolve(context.cwd, options.allowedSigners),
    selfHeal: options.selfHeal === true,
    takeOver: options.takeOver === true,
  };
}

function isPath(repo: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:\/\/|^[^/]+@[^/]+:/i.test(repo);
}

/** What the files say of the environment must be known before its store is; nobody reads them unverified. */
async function firstFiles(repository: Repository, sync: SyncOptions): Promise<void> {
  const head = await repository.fetch();
  if (sync.verifySignatures) await repository.verify(head, sync.allowedSigners);
  await repository.checkout(head);
}

interface Inner {
  readonly sync: SyncOptions;
  readonly environment: string | null;
}

/** The context of the workspace in the clone. */
function contextOf(context: Context, options: GlobalOptions, { sync, environment }: Inner): Promise<Context> {
  const { output, env, cwd } = context;
  const { env: _, workspace: __, ...rest } = options;
  const root = workspaceIn(sync.folder, sync.path);
  return makeContext(
    { output, env, cwd, stopSignal: () => context.stopSignal() },
    { ...rest, workspace: root, ...(environment === null ? {} : { env: environment }) },
  );
}

/** That of the environment, of DATABASE_URL, or the embedded one of the workspace around. Errors: `CliError`, the store's. */
async function storeFor(
  context: Context,
  inner: Context,
  environment: string | null,
  sync: SyncOptions,
): Promise<Store> {
  if (environment !== null) {
    const { store } = await readEnvironment(workspaceIn(sync.folder, sync.path), environment);
    if (store !== null) return inner.openStore();
  }
  if (!context.env.DATABASE_URL && workspaceAround(context.cwd) === undefined) {
    throw new CliError(
      'CLI_NO_WORKSPACE',
      'Nothing says which store follows: set DATABASE_URL, name an environment that has a store (--env), or go to a workspace whose embedded one it is.',
    );
  }
  const { openStore } = await import('../store/open-store.ts');
  return openStore({ root: workspaceAround(context.cwd) ?? context.cwd, env: context.env });
}

interface Looking {
  readonly store: Store;
  readonly repository: Repository;
  readonly sync: SyncOptions;
  readonly planning: PlanOptions;
  /** Where the embedded server is: not in the clone, which is cleaned. */
  readonly home: string;
}

async function takeLook(context: Context, { store, repository, sync, planning, home }: Looking): Promise<Look> {
  return syncOnce(
    {
      ...{ store, repository, clock: context.clock, engineVersion: engineVersion() },
      load: (root) => loadCommit(context, root),
      test: (bundle, root) => playCommit(context, bundle, { root, home }),
      plan: (bundle) => makePlan(context, store, bundle, planning),
    },
    sync,
  ).catch(storeAway);
}

function tell(context: Context, look: Look): Look {
  if (look.plan !== null && look.plan.changes.length > 0 && context.format === 'human') {
    context.output.write(humanPlan(look.plan, styleOf(context.output)));
  }
  context.show(lookView, look);
  return look;
}

/** A store that is away for a while is an outcome, as a repository is. Errors: all others. */
function storeAway(error: unknown): Look {
  if (!(error instanceof StoreError)) throw error;
  return { state: 'failed', reason: 'apply_failed', message: error.message, head: null, revision: null, plan: null };
}

async function loadCommit(context: Context, root: string): Promise<LoadedCommit> {
  const { environment, clock } = context;
  // What lies in `.parcours/cache` of a repository could be anybody's: only what the files say counts.
  const asked = { isCached: false, environment, now: clock.now().getTime() };
  const { validation, readBundle } = await checkFiles(root, asked);
  const bundle = hasErrors(validation.diagnostics) ? null : await readBundle();
  if (bundle !== null) return { bundle };
  const errors = validation.diagnostics.filter((one) => one.severity === 'error');
  const words = renderConcise(errors, { folder: '', max: problemsMax });
  return { problems: `The files have ${errors.length === 1 ? 'an error' : `${errors.length} errors`}.\n${words}` };
}

/** Plays the tests of the commit; null: all passed, else which did not. Errors: those of the scratch databases' server. */
async function playCommit(
  { environment, env, output, form }: Context,
  bundle: Bundle,
  { root, home }: { readonly root: string; readonly home: string },
): Promise<string | null> {
  const tests = bundle.resources.filter((one) => one.kind === 'test');
  if (tests.length === 0) return null;
  const [{ loadFilesIn }, { playPlaced }, { failureLine }] = await Promise.all([
    import('./load-files.ts'),
    import('./play-tests.ts'),
    import('./views/test-view.ts'),
  ]);
  const { project } = await loadFilesIn(root, { environment, form });
  const outcomes = await playPlaced({ project, bundle, tests, root: home, env, output }).catch(unplayable);
  if (typeof outcomes === 'string') return outcomes;
  const failed = outcomes.filter(({ failure }) => failure !== null);
  if (failed.length === 0) return null;
  const named = failed.slice(0, problemsMax).map((one) => `  ${failureLine(one)}`);
  const more = failed.length > named.length ? [`  and ${failed.length - named.length} more`] : [];
  return [`${failed.length} of ${tests.length} tests failed.`, ...named, ...more].join('\n');
}

/** Codes that say that there is no server for scratch databases here: somebody must see to it, so it is the commit's failure, and stays told. */
const withoutServer: ReadonlySet<string> = new Set(['STORE_REFUSED', 'STORE_UNREACHABLE', 'STORE_START_FAILED']);

/** Errors: all others. */
function unplayable(error: unknown): string {
  if (!(error instanceof StoreError) || !withoutServer.has(error.code)) throw error;
  return `The tests can't be played here. ${error.message}`;
}

function exitOf({ state, reason }: Look): ExitCode {
  if (state === 'drifted') return 2;
  if (state !== 'failed') return 0;
  return reason === 'guarded' ? 3 : 1;
}
