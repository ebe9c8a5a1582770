/** `parcours statement PROFILE`: a person's points, programme by programme. */
import { readStatement } from '../../measure/loyalty/statement.ts';
import { findProfile } from '../../profiles/find-profile.ts';
import { typedNames } from '../../profiles/typed-names.ts';
import { readCount } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, readLive } from '../context.ts';
import { statementView } from '../views/statement-view.ts';

interface StatementOptions {
  readonly limit: string;
}

const limitMax = 10_000;

export const statementCommand: DefineCommand = (run) =>
  newCommand(
    'statement <profile>',
    "Show a person's points: what can be spent, what will be lost when, and every posting.",
    ['parcours statement ana@shop.example', 'parcours statement external_id:00042 --limit 100 --json'],
  )
    .option('--limit <number>', 'list so many postings of each programme', '20')
    .option('--json', 'print JSON')
    .action((profile: string, options: StatementOptions, command) =>
      run(command.optsWithGlobals(), (context) => statement(context, profile, options)),
    );

async function statement(context: Context, named: string, options: StatementOptions): Promise<ExitCode> {
  const limit = readCount('--limit', options.limit, [0, limitMax]);
  const store = await context.openStore();
  const found = await store.withSession(async (session) => {
    const { resources } = await readLive(session);
    const place = await findProfile(session, named, typedNames(resources));
    return place && (await readStatement(session, place, { resources, at: context.clock.now(), limit }));
  });
  if (found === null) {
    throw new CliError(
      'CLI_UNKNOWN',
      `Nobody answers to "${named}". Give an identifier (ana@shop.example, external_id:00042) or the number of a profile.`,
    );
  }
  context.show(statementView, found);
  return 0;
}
