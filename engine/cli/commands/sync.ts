/** `parcours sync`: follows a branch. And `sync status | suspend | resume`, which tell how it stands and hold it. */
import { readGitOrigin } from '../../reconcile/git-origin.ts';
import { readSyncStatus } from '../../reconcile/sync/sync-status.ts';
import { deleteSuspension, forgetFailure, readSync, writeSuspension } from '../../store/sync-state.ts';
import { readInstant, readSpanMs } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand, type Run } from '../command.ts';
import type { Context, ExitCode, GlobalOptions } from '../context.ts';
import { type FollowOptions, follow } from '../follow.ts';
import { syncStatusView } from '../views/sync-view.ts';
import { withImpactOptions } from './plan.ts';

export const syncCommand: DefineCommand = (run) => {
  const sync = withImpactOptions(
    newCommand('sync', 'Follow a branch: fetch, verify, validate, test, plan, hold guardrails against it, apply.', [
      'parcours sync --repo https://git.example/shop.git --branch main --interval 30s',
      'parcours sync --repo /srv/shop.git --branch main --path marketing --env production --once',
      'parcours sync --repo /srv/shop.git --verify-signatures --allowed-signers signers --self-heal',
      'parcours sync status --json | jq -r .state',
      'parcours sync suspend --for 2h --why "campaign of Friday"',
      'parcours sync resume                 # also lets a commit that failed be tried again',
      '# Exit codes with --once: 0 ready or suspended, 1 failed, 2 drifted, 3 a guardrail stops it.',
    ]),
  )
    .option('--repo <path|url>', 'the repository, as git understands it')
    .option('--branch <name>', 'the branch to follow', 'main')
    .option('--path <folder>', 'the folder of the workspace in the repository', '.')
    .option('--interval <duration>', 'how often to look', '30s')
    .option('--once', 'look once, then end')
    .option('--verify-signatures', 'refuse commits that nobody trusted has signed (git verify-commit)')
    .option('--allowed-signers <file>', 'whose SSH keys are trusted, in the form of gpg.ssh.allowedSignersFile')
    .option('--self-heal', 'undo what was changed in the store and no commit declares')
    .option('--take-over', 'follow this branch from now on, though the store follows another one')
    .option('--clone <folder>', 'where to keep the clone (default: .parcours/sync)')
    .option('--json', 'print JSON, an object a look')
    .action((_options: unknown, command) => {
      // The environment is one of the repository's, which isn't here yet.
      const { env: environment, ...options }: FollowOptions & GlobalOptions = command.optsWithGlobals();
      return run(options, (context) => follow(context, options, environment ?? null));
    });
  for (const command of [status(run), suspend(run), resume(run)]) sync.addCommand(command);
  return sync;
};

function status(run: Run) {
  return newCommand(
    'status',
    'Show how the store stands to the branch: Ready, Progressing, Suspended, Failed, Drifted.',
    ['parcours sync status', 'parcours sync status --json | jq -e \'.state == "ready"\''],
  )
    .option('--json', 'print JSON')
    .action((_options: unknown, command) =>
      run(command.optsWithGlobals(), async (context) => {
        const store = await context.openStore();
        const now = context.clock.now();
        context.show(syncStatusView, await store.withSession((session) => readSyncStatus(session, now)));
        return 0;
      }),
    );
}

interface SuspendOptions {
  readonly why: string;
  readonly for?: string;
  readonly until?: string;
}

function suspend(run: Run) {
  return newCommand('suspend', 'Leave the store as it is, whatever the branch says, for a while or until `resume`.', [
    'parcours sync suspend --for 2h --why "campaign of Friday"',
    'parcours sync suspend --why "incident 812"',
  ])
    .requiredOption('--why <text>', 'the reason, for everybody who asks later')
    .option('--for <duration>', 'for how long, such as 2h or 1d')
    .option('--until <time>', 'until when (ISO)')
    .option('--json', 'print JSON')
    .action((options: SuspendOptions, command) =>
      run(command.optsWithGlobals(), (context) => suspendSync(context, options)),
    );
}

async function suspendSync(context: Context, options: SuspendOptions): Promise<ExitCode> {
  const since = context.clock.now();
  const why = options.why.trim();
  if (why === '') throw new CliError('CLI_BAD_OPTION', '--why is empty: say why, so that others know when it may end.');
  const until = endOf(options, since);
  if (until !== null && until <= since) {
    throw new CliError(
      'CLI_BAD_OPTION',
      `--until ${until.toISOString()} is not after the present time, ${since.toISOString()}.`,
    );
  }
  const { author } = await readGitOrigin(context.cwd, context.env);
  await changeSync(context, async (session) => writeSuspension(session, { since, until, author, why }));
  return 0;
}

function endOf(options: SuspendOptions, since: Date): Date | null {
  if (options.for !== undefined && options.until !== undefined) {
    throw new CliError('CLI_BAD_OPTION', '--for and --until exclude each other: say how long, or until when.');
  }
  if (options.for !== undefined) return new Date(since.getTime() + readSpanMs('--for', options.for));
  return options.until === undefined ? null : readInstant('--until', options.until);
}

function resume(run: Run) {
  return newCommand('resume', 'Follow the branch again; a commit that failed is tried again, too.', [
    'parcours sync resume',
  ])
    .option('--json', 'print JSON')
    .action((_options: unknown, command) =>
      run(command.optsWithGlobals(), async (context) => {
        await changeSync(context, async (session) => {
          await deleteSuspension(session);
          await forgetFailure(session);
        });
        return 0;
      }),
    );
}

type Session = Parameters<typeof writeSuspension>[0];

/** Changes how the branch is followed, and shows how it stands then. Errors: `CliError` where no branch is followed. */
async function changeSync(context: Context, work: (session: Session) => Promise<void>): Promise<void> {
  const store = await context.openStore();
  const status = await store.withSession(async (session) => {
    if ((await readSync(session)) === null) {
      throw new CliError(
        'CLI_UNKNOWN',
        'This store follows no branch: `parcours sync --repo … --branch main` begins it.',
      );
    }
    await session.transaction(work);
    return readSyncStatus(session, context.clock.now());
  });
  context.show(syncStatusView, status);
}
