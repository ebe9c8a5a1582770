/**
 * What every command is given: the workspace, the clock, the store, the output; and the ways into files and revisions that
 * several commands share. Commands neither read the environment nor the process themselves.
 */
import type { Clock } from '../clock/clock.ts';
import { type JumpingClock, jumpingClock, systemClock } from '../clock/clock.ts';
import { compile } from '../compiler/compile.ts';
import type { Bundle, BundleKind, BundleResource } from '../compiler/ir.ts';
import { loadProject } from '../config/load-project.ts';
import { hasErrors } from '../diagnostics/diagnostic.ts';
import { suggest } from '../diagnostics/suggest.ts';
import { openStore } from '../store/open-store.ts';
import { liveRevisionNumber, type RevisionRow, readResources, readRevision } from '../store/revisions.ts';
import type { Session } from '../store/session.ts';
import type { Store } from '../store/store.ts';
import { findWorkspace, readInstant } from './arguments.ts';
import { CliError, InvalidWorkspace } from './cli-error.ts';
import { noteWarnings, type Validation } from './views/diagnostics-view.ts';
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
export type ExitCode = 0 | 1 | 2;

/** The options that every command takes. */
export interface GlobalOptions {
  readonly workspace?: string;
  readonly now?: string;
  readonly json?: boolean;
  /** Of `validate` alone. */
  readonly format?: string;
}

export interface Context extends CliHost {
  readonly format: Format;
  readonly root: string;
  readonly clock: Clock;
  /** The clock of `--now`, which can be told to jump; null when it is the host's. */
  readonly jumping: JumpingClock | null;
  show<Result>(view: View<Result>, result: Result): void;
  openStore(): Promise<Store>;
}

/** Makes the context of one command. Errors: `CliError`. */
export function makeContext(host: CliHost, options: GlobalOptions): Context {
  const format = formatOf(options);
  const root = findWorkspace(host.cwd, options.workspace);
  const jumping = options.now === undefined ? null : jumpingClock(readInstant('--now', options.now));
  return {
    ...host,
    format,
    root,
    jumping,
    clock: jumping ?? systemClock,
    show: (view, result) => show(host.output, format, view, result),
    openStore: () => openStore({ root, env: host.env }),
  };
}

/** JSON where it was asked for, in either spelling. */
export function formatOf(options: GlobalOptions): Format {
  return options.json === true || options.format === 'json' ? 'json' : 'human';
}

/** Loads and compiles the workspace's files; never throws for what is wrong in them. */
export async function checkWorkspace(root: string): Promise<{ bundle: Bundle | null; validation: Validation }> {
  const loaded = await loadProject(root);
  const { project } = loaded;
  if (hasErrors(loaded.diagnostics)) {
    return { bundle: null, validation: { diagnostics: loaded.diagnostics, files: project.files, resources: null } };
  }
  const compiled = compile(project);
  const diagnostics = [...loaded.diagnostics, ...compiled.diagnostics];
  const bundle = hasErrors(diagnostics) ? null : compiled.bundle;
  return { bundle, validation: { diagnostics, files: project.files, resources: bundle?.resources.length ?? null } };
}

/** The bundle of the workspace's files. Warnings are noted. Errors: `InvalidWorkspace`. */
export async function loadBundle(context: Context): Promise<Bundle> {
  const { bundle, validation } = await checkWorkspace(context.root);
  if (bundle === null) throw new InvalidWorkspace(validation);
  noteWarnings(context.output, context.format, validation);
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
