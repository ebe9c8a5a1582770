/** `parcours outbox`: the local mailbox, in which channels of the sandbox are caught. `parcours serve --outbox` shows it in a browser. */
import { readCaught, readOutbox } from '../../channels/outbox-files.ts';
import { caughtChannels } from '../../compiler/caught-channels.ts';
import { readCount } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import type { Context, ExitCode } from '../context.ts';
import { programOfFiles } from '../preview-program.ts';
import { caughtView, outboxView } from '../views/outbox-view.ts';

interface OutboxOptions {
  readonly channel?: string;
  readonly limit?: string;
}

const limitMax = 10_000;

export const outboxCommand: DefineCommand = (run) =>
  newCommand('outbox [message]', 'Read the messages that the sandbox caught instead of sending them.', [
    'parcours outbox                         # the newest, of all channels',
    'parcours outbox --channel email --limit 5',
    'parcours outbox email:10480             # one of them, whole',
    'parcours serve --outbox                 # the same in a browser',
  ])
    .option('--channel <id>', 'only of this channel')
    .option('--limit <number>', 'at most so many', '20')
    .option('--json', 'print JSON')
    .action((message: string | undefined, options: OutboxOptions, command) =>
      run(command.optsWithGlobals(), (context) => outbox(context, message, options)),
    );

async function outbox(context: Context, message: string | undefined, options: OutboxOptions): Promise<ExitCode> {
  const all = caughtChannels((await programOfFiles(context)).channels);
  const channels = options.channel === undefined ? all : all.filter(({ id }) => id === options.channel);
  if (channels.length === 0) {
    const which = options.channel === undefined ? 'No channel' : `Channel "${options.channel}" is none that`;
    throw new CliError(
      'CLI_UNKNOWN',
      `${which} is caught in the local mailbox: write \`via: log\`, or \`channels: sandbox\` for an environment.`,
    );
  }
  if (message !== undefined) {
    const caught = readCaught(context.root, channels, message);
    if (caught === null)
      throw new CliError('CLI_UNKNOWN', `There is no message "${message}": \`parcours outbox\` lists them.`);
    context.show(caughtView, caught);
    return 0;
  }
  const limit = readCount('--limit', options.limit ?? '20', [1, limitMax]);
  context.show(outboxView, readOutbox(context.root, channels, { limit }));
  return 0;
}
