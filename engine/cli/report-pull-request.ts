/**
 * `parcours report --base`: the files of the merge base and of this folder, the store or a published snapshot where there is one, and the
 * comment that comes of them. What it says is `reconcile/pull-request`'s, how it looks a view's.
 */
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { compile } from '../compiler/compile.ts';
import { loadProject } from '../config/load-project.ts';
import { type Diagnostic, hasErrors } from '../diagnostics/diagnostic.ts';
import { renderConcise } from '../diagnostics/render-concise.ts';
import type { Snapshot } from '../measure/snapshot/snapshot.ts';
import { commitOf, type Git, gitAt, withCommit } from '../reconcile/git/git.ts';
import type { Plan } from '../reconcile/plan.ts';
import { type PullRequest, pullRequest, type Side } from '../reconcile/pull-request/pull-request.ts';
import { StoreError } from '../store/store-error.ts';
import { readChoice } from './arguments.ts';
import { CliError } from './cli-error.ts';
import { makePlan } from './commands/plan.ts';
import type { Context, ExitCode } from './context.ts';
import { brokenComment, pullRequestComment, pullRequestJson } from './views/pull-request-view.ts';

export interface PullRequestOptions {
  readonly base: string;
  readonly format: string | undefined;
  readonly snapshot?: string;
  /** False: the store isn't asked, whatever names one. */
  readonly store: boolean;
  readonly impact: boolean;
  readonly budget?: string;
}

const formats = ['markdown', 'github', 'json'] as const;
/** A snapshot is counts by segment and step: more isn't one. */
const snapshotBytesMax = 16 * 1024 * 1024;
const fetchTimeoutMs = 20_000;
const problemsMax = 50;

/** Prints the comment; nothing when there is nothing to say. Exit code 1: the files have errors. */
export async function reportPullRequest(context: Context, options: PullRequestOptions): Promise<ExitCode> {
  const format = context.format === 'json' ? 'json' : readChoice('--format', options.format ?? 'markdown', formats);
  const command = `parcours report --base ${options.base}`;
  const head = await readSide(context, context.root);
  if ('problems' in head) {
    const broken = { format: 1, problems: head.problems };
    context.output.write(
      format === 'json'
        ? `${JSON.stringify(broken, null, 2)}\n`
        : brokenComment(head.problems, { command: 'parcours validate' }),
    );
    return 1;
  }
  const git = await gitAt(context.root, context.env);
  const prefix = await git.run(['rev-parse', '--show-prefix']);
  const request = await requestOf(context, options, { head, git, prefix });
  if (format === 'json') context.output.write(`${JSON.stringify(pullRequestJson(request), null, 2)}\n`);
  else if (request !== null) {
    const links = format === 'github' ? linksOf(context, request, prefix) : null;
    context.output.write(pullRequestComment(request, { links, command }));
  }
  return 0;
}

interface Checkout {
  readonly head: Side;
  readonly git: Git;
  /** Of the workspace in the repository: empty, or ending with `/`. */
  readonly prefix: string;
}

async function requestOf(
  context: Context,
  options: PullRequestOptions,
  { head, git, prefix }: Checkout,
): Promise<PullRequest | null> {
  const commit = await mergeBase(git, options.base);
  const base = await withCommit(git, commit, (folder) => readBase(context, join(folder, prefix)));
  const { live, unreachable } = await askStore(context, options, head);
  return pullRequest({
    base: { name: options.base, commit, side: base },
    head: { commit: await commitOf(git, 'HEAD'), side: head },
    live,
    snapshot: live === null && options.snapshot !== undefined ? await readSnapshot(context, options.snapshot) : null,
    unreachable,
  });
}

async function mergeBase(git: Git, name: string): Promise<string> {
  const commit = await commitOf(git, name);
  try {
    return await git.run(['merge-base', commit, 'HEAD']);
  } catch {
    throw new CliError(
      'CLI_BAD_OPTION',
      `--base ${name}: nothing is known that it and HEAD both come from. A clone without its history lacks it: fetch all of it (\`fetch-depth: 0\`, or GIT_DEPTH 0).`,
    );
  }
}

/** Null: the base's files have errors. A base without the workspace declares nothing. */
async function readBase(context: Context, root: string): Promise<Side | null> {
  if ((await stat(root).catch(() => null)) === null) {
    return { project: { root, resources: [], files: new Map() }, bundle: { digest: '', resources: [] } };
  }
  const side = await readSide(context, root);
  return 'problems' in side ? null : side;
}

async function readSide(context: Context, root: string): Promise<Side | { readonly problems: string }> {
  const { project, diagnostics } = await loadProject(root, { environment: context.environment });
  const compiled = hasErrors(diagnostics) ? { bundle: null, diagnostics: [] } : compile(project);
  if (compiled.bundle !== null) return { project, bundle: compiled.bundle };
  return { problems: problemWords([...diagnostics, ...compiled.diagnostics]) };
}

function problemWords(found: readonly Diagnostic[]): string {
  const errors = found.filter((one) => one.severity === 'error');
  return renderConcise(errors, { folder: '', max: problemsMax });
}

/** The plan against the store that is named: by DATABASE_URL or by the environment. The embedded one is nobody's to compare with. */
async function askStore(
  context: Context,
  options: PullRequestOptions,
  head: Side,
): Promise<{ readonly live: Plan | null; readonly unreachable: string | null }> {
  if (!options.store) return { live: null, unreachable: null };
  try {
    // The embedded one would be made anew here, and tell of nobody.
    if (!context.storeTarget.env.DATABASE_URL) return { live: null, unreachable: null };
    const store = await context.openStore();
    const live = await makePlan(context, store, head.bundle, { ...options, allowDestructive: [] });
    return { live, unreachable: null };
  } catch (error) {
    // A fork knows no secret, and a store may be away: the comment says so and tells what it can.
    if (error instanceof StoreError) return { live: null, unreachable: `The store can't be asked (${error.code}).` };
    if (error instanceof CliError && error.code === 'CLI_NO_SECRET') {
      return { live: null, unreachable: "The store can't be asked, since its secret isn't given here." };
    }
    throw error;
  }
}

async function readSnapshot(context: Context, place: string): Promise<Snapshot> {
  const text = /^https?:\/\//.test(place) ? await download(place) : await readText(context, place);
  const value = parsed(text) as Partial<Snapshot> | null;
  if (value?.kind === 'parcours-snapshot' && value.format === 1 && Array.isArray(value.journeys)) {
    return value as Snapshot;
  }
  throw new CliError('CLI_BAD_OPTION', `--snapshot ${place} is no snapshot: \`parcours snapshot\` writes one.`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function readText(context: Context, place: string): Promise<string> {
  const file = resolve(context.cwd, place);
  const found = await stat(file).catch(() => null);
  if (found?.isFile() === true && found.size <= snapshotBytesMax) return readFile(file, 'utf8');
  throw new CliError('CLI_NO_PATH', `There is no snapshot ${place}.`);
}

async function download(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(fetchTimeoutMs) }).catch(() => null);
  const text = answer?.ok === true ? await answer.text() : null;
  if (text !== null && text.length <= snapshotBytesMax) return text;
  const why = answer === null ? 'nobody answered' : `the answer was ${answer.status}`;
  throw new CliError('CLI_NO_PATH', `The snapshot ${url} can't be read: ${why}.`);
}

/** Where files of the head are in a browser, by what GitHub's runner says of itself. */
function linksOf({ env }: Context, { head }: PullRequest, prefix: string): string | null {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = env;
  if (!server || !repository || head.commit === null) return null;
  return `${server}/${repository}/blob/${env.PARCOURS_HEAD_SHA || head.commit}/${encodeURI(prefix)}`;
}
