/**
 * `parcours promote FROM TO`: what one environment runs, into the next: the same commit, with the next one's own overlays and nothing
 * else. Shows the plan and asks first.
 */
import { join } from 'node:path';
import type { Bundle } from '../../compiler/ir.ts';
import { hasErrors } from '../../diagnostics/diagnostic.ts';
import { gitAt, withCommit } from '../../reconcile/git/git.ts';
import { readGitOrigin } from '../../reconcile/git-origin.ts';
import { readDrift } from '../../reconcile/history/drift.ts';
import type { RevisionRow } from '../../store/revisions.ts';
import type { Store } from '../../store/store.ts';
import { readSuspension, readSync } from '../../store/sync-state.ts';
import { type CarryOutOptions, carryOut, withCarryOutOptions } from '../carry-out.ts';
import { checkFiles } from '../check-workspace.ts';
import { CliError, InvalidWorkspace } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, type GlobalOptions, makeContext, readLive } from '../context.ts';
import { appliedView } from '../views/plan-view.ts';

export const promoteCommand: DefineCommand = (run) =>
  withCarryOutOptions(
    newCommand('promote <from> <to>', 'Bring what one environment runs into the next. Shows the plan and asks first.', [
      'parcours promote staging production',
      'parcours promote staging production --yes --no-impact',
      '# It takes the commit that staging runs, whatever is checked out, with the overlays of production.',
    ]),
  ).action((from: string, to: string, _options: unknown, command) => {
    const options: CarryOutOptions & GlobalOptions = command.optsWithGlobals();
    return run(options, (context) => promote(context, { from, to }, options));
  });

interface Way {
  readonly from: string;
  readonly to: string;
}

async function promote(
  context: Context,
  { from, to }: Way,
  options: CarryOutOptions & GlobalOptions,
): Promise<ExitCode> {
  if (from === to) throw new CliError('CLI_BAD_OPTION', `${from} can't be promoted into itself.`);
  const source = await contextOf(context, options, from);
  const target = await contextOf(context, options, to);
  const revision = await readSource(source, from);
  const bundle = await bundleFor(target, revision, { from, to });
  const store = await storeOf(target, to);
  await refuseFollower(store, target, to);
  const { author } = await readGitOrigin(context.root, context.env);
  const same = bundle.digest === revision.bundle_digest ? 'the same bundle' : `with the overlays of ${to}`;
  const commit = revision.git_commit === null ? 'files outside git' : `commit ${revision.git_commit.slice(0, 10)}`;
  const applied = await carryOut(
    target,
    {
      ...{ store, bundle, command: 'promote' },
      origin: { commit: revision.git_commit, isDirty: revision.git_dirty, author, via: { via: 'promote', from } },
      heading: `From ${from}, revision ${revision.number} (${commit}), to ${to}: ${same}, ${bundle.digest.slice(0, 10)}.`,
    },
    options,
  );
  if (applied === null) return 1;
  context.show(appliedView, applied);
  return 0;
}

/** The same command in an environment. Errors: `InvalidWorkspace` where there is none of that name. */
function contextOf(context: Context, options: GlobalOptions, environment: string): Promise<Context> {
  const { output, env, cwd, root } = context;
  const host = { output, env, cwd, stopSignal: () => context.stopSignal() };
  return makeContext(host, { ...options, workspace: root, env: environment });
}

/** Two environments in one store would be one. Errors: `CliError`. */
async function storeOf(context: Context, environment: string): Promise<Store> {
  const { readEnvironment } = await import('../../config/read-environment.ts');
  const { store } = await readEnvironment(context.root, environment);
  if (store !== null) return context.openStore();
  throw new CliError(
    'CLI_BAD_OPTION',
    `The environment ${environment} has no store of its own: give it one, \`store: { url: "\${secret.…}" }\`. Without it, there is nothing to promote from or into.`,
  );
}

/** The live revision of where it comes from. Errors: `CliError` where the store holds what nobody declared. */
async function readSource(context: Context, name: string): Promise<RevisionRow> {
  const store = await storeOf(context, name);
  const { live, drift } = await store.withSession(async (session) => ({
    live: await readLive(session),
    drift: await readDrift(session),
  }));
  const edited = (drift?.findings ?? []).filter((one) => one.sort !== 'applied');
  if (edited.length === 0) return live.revision;
  throw new CliError(
    'CLI_BAD_OPTION',
    `The store of ${name} was edited by hand (${edited.map((one) => one.resource).join(', ')}), so nobody reviewed what it runs. \`parcours drift --env ${name}\` shows it.`,
  );
}

/** What the target would run of the same files. Errors: `CliError` where these aren't the files that the source runs. */
async function bundleFor(context: Context, revision: RevisionRow, { from, to }: Way): Promise<Bundle> {
  const commit = revision.git_dirty ? null : revision.git_commit;
  if (commit === null) return bundlesIn(context, context.root, revision, { from, to });
  const git = await gitAt(context.root, context.env);
  const prefix = await git.run(['rev-parse', '--show-prefix']);
  return withCommit(git, commit, (folder) => bundlesIn(context, join(folder, prefix), revision, { from, to }));
}

async function bundlesIn(context: Context, root: string, revision: RevisionRow, { from, to }: Way): Promise<Bundle> {
  const known = await bundleIn(context, root, from);
  if (known.digest === revision.bundle_digest) return bundleIn(context, root, to);
  const where =
    revision.git_dirty || revision.git_commit === null
      ? 'The files of this folder'
      : `The files of commit ${revision.git_commit.slice(0, 10)}`;
  throw new CliError(
    'CLI_BAD_OPTION',
    `${where} aren't what ${from} runs (revision ${revision.number}): they give the bundle ${known.digest.slice(0, 10)}, and it runs ${revision.bundle_digest.slice(0, 10)}. Apply a commit to ${from} first, and promote that.`,
  );
}

async function bundleIn(context: Context, root: string, environment: string): Promise<Bundle> {
  const now = context.clock.now().getTime();
  const { validation, readBundle } = await checkFiles(root, { isCached: false, environment, now });
  const bundle = hasErrors(validation.diagnostics) ? null : await readBundle();
  if (bundle === null) throw new InvalidWorkspace(validation, context.form);
  return bundle;
}

/** A store has one way in. Errors: `CliError`. */
async function refuseFollower(store: Store, context: Context, name: string): Promise<void> {
  const now = context.clock.now();
  const row = await store.withSession(async (session) =>
    (await readSuspension(session, now)) === null ? readSync(session) : null,
  );
  if (row === null) return;
  throw new CliError(
    'CLI_BAD_OPTION',
    `${name} follows the branch ${row.branch}, whose next look would undo a promotion. Merge into that branch, or suspend following: \`parcours sync suspend --why … --env ${name}\`.`,
  );
}
