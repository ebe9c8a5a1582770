/** `parcours store start | stop | status | reset`: the database server itself. */
import { resetStore, startStore, stopStore, storeStatus } from '../../store/control.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand, type Run } from '../command.ts';
import type { Context, ExitCode } from '../context.ts';
import { storeDoneView, storeStatusView } from '../views/store-view.ts';

interface ResetOptions {
  readonly force?: boolean;
  readonly yes?: boolean;
}

export const storeCommand: DefineCommand = (run) => {
  const store = newCommand('store', 'The database: DATABASE_URL, or the embedded PostgreSQL in .parcours.', [
    'parcours store status',
    'parcours store stop',
    'parcours store reset --force         # deletes everything in it',
  ]);
  for (const command of [start(run), stop(run), status(run), reset(run)]) store.addCommand(command);
  return store;
};

function start(run: Run) {
  return newCommand('start', 'Start the embedded server, and migrate the store.', ['parcours store start'])
    .option('--json', 'print JSON')
    .action((_options: unknown, command) =>
      run(command.optsWithGlobals(), async (context) => {
        context.show(storeStatusView, await startStore(context.storeTarget));
        return 0;
      }),
    );
}

function stop(run: Run) {
  return newCommand('stop', 'Stop the embedded server. The next command starts it again.', ['parcours store stop'])
    .option('--json', 'print JSON')
    .action((_options: unknown, command) =>
      run(command.optsWithGlobals(), async (context) => {
        const outcome = await stopStore(context.storeTarget);
        if (outcome === 'not_ours') {
          throw new CliError(
            'CLI_BAD_OPTION',
            'The store is the server that DATABASE_URL names; stop it where it runs.',
          );
        }
        context.show(storeDoneView, outcome);
        return 0;
      }),
    );
}

function status(run: Run) {
  return newCommand('status', 'Show where the store is and how it stands, without starting it.', [
    'parcours store status --json',
  ])
    .option('--json', 'print JSON')
    .action((_options: unknown, command) =>
      run(command.optsWithGlobals(), async (context) => {
        context.show(storeStatusView, await storeStatus(context.storeTarget));
        return 0;
      }),
    );
}

function reset(run: Run) {
  return newCommand('reset', 'Delete everything in the store.', ['parcours store reset --force'])
    .option('-f, --force', "don't ask, and cut the sessions that use it")
    .option('-y, --yes', "don't ask, but refuse while others use it")
    .option('--json', 'print JSON')
    .action((options: ResetOptions, command) =>
      run(command.optsWithGlobals(), (context) => resetAfterAsking(context, options)),
    );
}

async function resetAfterAsking(context: Context, options: ResetOptions): Promise<ExitCode> {
  const isForced = options.force === true;
  if (!isForced && options.yes !== true) {
    const { ask } = context.output;
    if (ask === null || context.format === 'json') {
      throw new CliError(
        'CLI_NOT_CONFIRMED',
        'reset deletes every profile, event and message, and there is no terminal to ask at. Nothing was deleted. Say --yes or --force.',
      );
    }
    const answer = await ask(
      "This deletes every profile, event and message in the store. Only 'yes' is taken for yes: ",
    );
    if (answer.trim() !== 'yes') {
      context.output.note('Nothing was deleted.\n');
      return 1;
    }
  }
  await resetStore(context.storeTarget, { force: isForced });
  context.show(storeDoneView, 'reset');
  return 0;
}
