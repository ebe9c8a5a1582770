/**
 * What every command is given: the workspace, the clock, the store, the output; and the ways into files and revisions that
 * several commands share. Commands neither read the environment nor the process themselves. What takes time to load (the
 * store, the schemas, the compiler) is loaded by who needs it.
 */
import { relative, sep } from 'node:path';
import type { Clock } from '../clock/clock.ts';
import { type JumpingClock, jumpingClock, systemClock } from '../clock/clock.ts';
import type { Bundle, BundleKind, BundleResource } from '../compiler/ir.ts';
import { hasErrors } from '../diagnostics/diagnostic.ts';
import { type DiagnosticFormat, diagnosticFormats } from '../diagnostics/render.ts';
import { suggest } from '../diagnostics/suggest.ts';
import { liveRevisionNumber, type RevisionRow, readResources, readRevision } from '../store/revisions.ts';
import type { Session } from '../store/session.ts';
import type { Store } from '../store/store.ts';
import { findWorkspace, readChoice, readInstant } from './arguments.ts';
import { checkFiles } from './check-workspace.ts';
import { CliError, InvalidWorkspace } from './cli-error.ts';
import { engineVersion } from './engine-version.ts';
import { withStore } from './environment-store.ts';
import { type DiagnosticsForm, noteWarnings } from './views/diagnostics-view.ts';
import type { Output } from './views/output.ts';
import { type Format, show, type View } from './views/view.ts';

/** What the process gives: streams, environment, folder. Tests give their own. */
export interface CliHost {
  readonly output: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** From the call on, SIGINT and SIGTERM abort the signal instead of ending the process. */
  stopSignal(): AbortSignal;
}

/** 0 done · 1 error · 2 changes (`plan --detailed-exitcode`). */
/** 2: there are changes (`plan --detailed-exitcode`) · 3: a guardrail on people stops it. */
export type ExitCode = 0 | 1 | 2 | 3;

/** The options that every command takes. */
export interface GlobalOptions {
  readonly workspace?: string;
  readonly env?: string;
  readonly now?: string;
  readonly json?: boolean;
  /** How diagnostics are shown; of the commands that check the files. */
  readonly format?: string;
  /** All diagnostics, not only the first. */
  readonly all?: boolean;
  /** Warnings fail; of `validate` alone. */
  readonly strict?: boolean;
  /** False: nothing is remembered of the files; of the commands that check them. */
  readonly cache?: boolean;
}

export interface Context extends CliHost {
  /** Where the store is: with the address of `--env` as DATABASE_URL. Errors, when read: `CliError` where that secret isn't set. */
  readonly storeTarget: { readonly root: string; readonly env: CliHost['env'] };
  /** What `--env` names; null: the documents as they stand. */
  readonly environment: string | null;
  readonly format: Format;
  /** How diagnostics are shown. */
  readonly form: DiagnosticsForm;
  /** Whether what became of the files is remembered from one run to the next. */
  readonly isCached: boolean;
  /** The workspace's folder, looked for when it is first read: not every command needs one. Errors: `CliError`. */
  readonly root: string;
  readonly clock: Clock;
  /** The clock of `--now`, which can be told to jump; null when it is the host's. */
  readonly jumping: JumpingClock | null;
  show<Result>(view: View<Result>, result: Result): void;
  openStore(): Promise<Store>;
}

/** Makes the context of one command. Errors: `CliError`; `InvalidWorkspace` where `--env` names nothing. */
export async function makeContext(host: CliHost, options: GlobalOptions): Promise<Context> {
  const format = formatOf(options);
  let found: string | undefined;
  const findRoot = () => {
    found ??= findWorkspace(host.cwd, options.workspace);
    return found;
  };
  const jumping = options.now === undefined ? null : jumpingClock(readInstant('--now', options.now));
  const environment = options.env ?? null;
  const store = environment === null ? null : await readStoreOf(environment, host, options, findRoot());
  const storeTarget = () => ({ root: findRoot(), env: store === null ? host.env : withStore(host.env, store) });
  return {
    ...host,
    get storeTarget() {
      return storeTarget();
    },
    environment,
    format,
    isCached: options.cache !== false,
    get form() {
      return diagnosticsForm(host, options, findRoot());
    },
    get root() {
      return findRoot();
    },
    jumping,
    clock: jumping ?? systemClock,
    show: (view, result) => show(host.output, format, view, result),
    openStore: async () => {
      const { openStore } = await import('../store/open-store.ts');
      return openStore(storeTarget());
    },
  };
}

/** The reference to the address of the environment's store; null: it has none. */
async function readStoreOf(
  environment: string,
  host: CliHost,
  options: GlobalOptions,
  root: string,
): Promise<string | null> {
  const { readEnvironment } = await import('../config/read-environment.ts');
  const { store, diagnostics, files } = await readEnvironment(root, environment);
  if (diagnostics.length === 0) return store;
  throw new InvalidWorkspace({ diagnostics, files, resources: null }, diagnosticsForm(host, options, root));
}

/** JSON where it was asked for, in either spelling. */
export function formatOf(options: GlobalOptions): Format {
  return options.json === true || options.format === 'json' ? 'json' : 'human';
}

/** What was asked for; under GitHub Actions its own form, when nothing was. Errors: `CliError`. */
export function diagnosticsForm({ env, cwd, output }: CliHost, options: GlobalOptions, root: string): DiagnosticsForm {
  const usual: DiagnosticFormat = options.json ? 'json' : env.GITHUB_ACTIONS === 'true' ? 'github' : 'pretty';
  const format = options.format === undefined ? usual : readChoice('--format', options.format, diagnosticFormats);
  // People click on paths as their shell sees them; servers know those of the repository.
  const isForPeople = format === 'pretty' || format === 'concise';
  return {
    format,
    isAll: options.all === true,
    isStrict: options.strict === true,
    isColoured: output.isColoured,
    folder: folderFrom(isForPeople ? cwd : (env.GITHUB_WORKSPACE ?? cwd), root),
    version: engineVersion(),
  };
}

/** The way from one folder to another, with `/`: empty, or ending with it. */
function folderFrom(from: string, to: string): string {
  const way = relative(from, to).split(sep).join('/');
  return way === '' ? '' : `${way}/`;
}

/** The bundle of the workspace's files. Warnings are noted. Errors: `InvalidWorkspace`. */
export async function loadBundle(context: Context): Promise<Bundle> {
  const now = context.clock.now().getTime();
  const { validation, readBundle } = await checkFiles(context.root, {
    isCached: context.isCached,
    environment: context.environment,
    now,
  });
  const bundle = hasErrors(validation.diagnostics) ? null : await readBundle();
  if (bundle === null) throw new InvalidWorkspace(validation, context.form);
  await noteWarnings(context.output, context.form, validation);
  return bundle;
}

export interface LiveRevision {
  readonly revision: RevisionRow;
  readonly resources: readonly BundleResource[];
}

/** The live revision with its resources. Errors: `CliError` when nothing was applied yet. */
export async function readLive(session: Session): Promise<LiveRevision> {
  const number = await liveRevisionNumber(session);
  const revision = number === 0 ? null : await readRevision(session, number);
  if (revision === null) {
    throw new CliError('CLI_NOT_APPLIED', 'Nothing was applied to this store yet. Run `parcours apply` first.');
  }
  return { revision, resources: await readResources(session, revision) };
}

/** The resource of that name in the live revision. Errors: `CliError` with the nearest name. */
export function findLive<K extends BundleKind>(
  live: LiveRevision,
  kind: K,
  id: string,
): Extract<BundleResource, { kind: K }> {
  const ofKind = live.resources.filter((one): one is Extract<BundleResource, { kind: K }> => one.kind === kind);
  const found = ofKind.find((one) => one.id === id);
  if (found !== undefined) return found;
  const near = suggest(
    id,
    ofKind.map((one) => one.id),
  );
  const hint = near === undefined ? known(kind, ofKind) : `Did you mean ${near}?`;
  throw new CliError('CLI_UNKNOWN', `Revision ${live.revision.number} has no ${kind} "${id}". ${hint}`);
}

/** How many names a message lists. */
const namesMax = 20;

function known(kind: string, resources: readonly BundleResource[]): string {
  if (resources.length === 0) return `It has no ${kind} at all; new files count after \`parcours apply\`.`;
  const names = resources.slice(0, namesMax).map((one) => one.id);
  return `It has: ${names.join(', ')}${resources.length > namesMax ? ', …' : ''}.`;
}
