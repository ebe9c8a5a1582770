/** `parcours countries`: who lives where, how many of them can be reached, and what is expected and missing. */
import { liveRevisionNumber } from '../../store/revisions.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import type { Context, ExitCode } from '../context.ts';
import { countriesView } from '../views/countries-view.ts';

export const countriesCommand: DefineCommand = (run) =>
  newCommand('countries', 'Show who lives where, how many can be reached by mail and phone, and what is missing.', [
    'parcours countries',
    "parcours countries --json | jq '.countries[] | select(.alarms != [])'",
  ])
    .option('--json', 'print JSON')
    .action((_options: unknown, command) => run(command.optsWithGlobals(), countries));

const statementTimeout = '300s';

async function countries(context: Context): Promise<ExitCode> {
  const { runningPrograms } = await import('../../activation/running.ts');
  const { reportCountries } = await import('../../activation/countries/report-countries.ts');
  const store = await context.openStore();
  const session = await store.session({ statement_timeout: statementTimeout });
  try {
    const running = await runningPrograms().get(session, await liveRevisionNumber(session));
    if (running === null) {
      throw new CliError('CLI_NOT_APPLIED', 'Nothing was applied to this store yet. Run `parcours apply` first.');
    }
    context.show(countriesView, await reportCountries(session, running, context.clock.now()));
  } finally {
    await session.close();
  }
  return 0;
}
