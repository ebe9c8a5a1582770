/** `parcours loyalty PROGRAMME`: its points from opening to closing, what they are owed and cost, its members, and whether it works. */
import { readProgramme } from '../../measure/loyalty/programme.ts';
import { readInstant } from '../arguments.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, findLive, readLive } from '../context.ts';
import { programmeView } from '../views/programme-view.ts';
import { reviewCommand } from './loyalty-review.ts';
import { tillCommands } from './loyalty-till.ts';

interface LoyaltyOptions {
  readonly since?: string;
  readonly until?: string;
}

const statementTimeout = '300s';

export const loyaltyCommand: DefineCommand = (run) => {
  const command = newCommand(
    'loyalty <programme>',
    'Show a programme: points issued, redeemed, expired and owed, tiers, and what it changes.',
    [
      'parcours loyalty red-points',
      'parcours loyalty red-points --since 2026-03-01 --until 2026-04-01',
      "parcours loyalty cola-club --json | jq '.total'",
    ],
  )
    .option('--since <time>', 'movements from that time on (ISO; without an offset it is UTC)')
    .option('--until <time>', 'and before that time')
    .option('--json', 'print JSON')
    .action((programme: string, options: LoyaltyOptions, command) =>
      run(command.optsWithGlobals(), (context) => loyalty(context, programme, options)),
    );
  for (const one of [...tillCommands(run), reviewCommand(run)]) command.addCommand(one);
  return command;
};

async function loyalty(context: Context, program: string, options: LoyaltyOptions): Promise<ExitCode> {
  const since = options.since === undefined ? null : readInstant('--since', options.since);
  const until = options.until === undefined ? null : readInstant('--until', options.until);
  const store = await context.openStore();
  const session = await store.session({ statement_timeout: statementTimeout });
  try {
    const { body } = findLive(await readLive(session), 'loyalty', program);
    const now = context.clock.now();
    context.show(programmeView, await readProgramme(session, { program, body, since, until, now }));
  } finally {
    await session.close();
  }
  return 0;
}
