/** `parcours pressure`: the load that messages put on people, and what each cap, mute and quiet hour did. */
import { readPressure } from '../../measure/pressure/pressure.ts';
import { readCount } from '../arguments.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, findLive, readLive } from '../context.ts';
import { pressureView } from '../views/pressure-view.ts';

interface PressureOptions {
  readonly segment?: string;
  readonly top: string;
}

const topMax = 1_000;
const statementTimeout = '300s';

export const pressureCommand: DefineCommand = (run) =>
  newCommand('pressure', 'Show how many messages people got in 7 and 30 days, from whom, and what each rule stopped.', [
    'parcours pressure',
    'parcours pressure --segment dormant-retailers --top 20',
    "parcours pressure --json | jq '.stopped[] | {rule, stopped}'",
  ])
    .option('--segment <id>', 'only the members of a segment')
    .option('--top <number>', 'list so many of those who got most', '5')
    .option('--json', 'print JSON')
    .action((options: PressureOptions, command) =>
      run(command.optsWithGlobals(), (context) => pressure(context, options)),
    );

async function pressure(context: Context, options: PressureOptions): Promise<ExitCode> {
  const top = readCount('--top', options.top, [0, topMax]);
  const segment = options.segment ?? null;
  const store = await context.openStore();
  const session = await store.session({ statement_timeout: statementTimeout });
  try {
    const live = await readLive(session);
    if (segment !== null) findLive(live, 'segment', segment);
    context.show(pressureView, await readPressure(session, { segment, at: context.clock.now(), top }));
  } finally {
    await session.close();
  }
  return 0;
}
