/**
 * The program as a function: arguments in, exit code out. The one place where errors are caught and turned into words; nothing
 * above it and nothing below it catches to report.
 */
import { Command, CommanderError } from 'commander';
import { ImportError } from '../profiles/import-error.ts';
import { ReconcileError } from '../reconcile/reconcile-error.ts';
import { StoreError } from '../store/store-error.ts';
import { type CatalogueEntry, catalogue } from './catalogue.ts';
import { CliError, InvalidWorkspace } from './cli-error.ts';
import { namedCommand, type Run, withGlobalOptions } from './command.ts';
import { type CliHost, type ExitCode, formatOf, type GlobalOptions, makeContext } from './context.ts';
import { engineVersion } from './engine-version.ts';
import { showInvalid } from './views/diagnostics-view.ts';
import { type Failure, showFailure } from './views/failure-view.ts';
import type { Format } from './views/view.ts';

/** Runs one command line (without program names). Never throws. */
export async function runCli(argv: readonly string[], host: CliHost): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  // Until the options are parsed, the arguments themselves say in which form a failure is wanted.
  let format: Format = argv.includes('--json') ? 'json' : 'human';
  const run: Run = async (options: GlobalOptions, work) => {
    format = formatOf(options);
    exitCode = await work(await makeContext(host, options));
  };
  try {
    await (await makeProgram(run, host, argv)).parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return await report(error, host, format);
  }
}

async function makeProgram(run: Run, host: CliHost, argv: readonly string[]): Promise<Command> {
  const program = withGlobalOptions(new Command('parcours'))
    .description('Customer journeys as code: YAML in git, checked, planned, applied and run.')
    .version(engineVersion(), '-V, --version', 'print the version')
    .addHelpText(
      'after',
      '\nA day with it:\n  $ parcours validate && parcours plan\n  $ parcours apply\n  $ parcours import purchases purchases.csv\n' +
        '  $ parcours run\n\nDATABASE_URL names the store; without it an embedded PostgreSQL is used. Exit codes: 0 done, 1 error.\n',
    );
  for (const entry of catalogue) program.addCommand(await commandOf(entry, run, argv));
  forAll(program, (command) => {
    command.exitOverride().showHelpAfterError('(--help tells more)');
    command.configureOutput({ writeOut: host.output.write, writeErr: host.output.note });
  });
  return program;
}

/** Only commands that are named are loaded; of the others their line in the help is enough. */
async function commandOf(entry: CatalogueEntry, run: Run, argv: readonly string[]): Promise<Command> {
  const command = namedCommand(entry.usage, entry.summary);
  return argv.includes(command.name()) ? (await entry.load())(run) : command;
}

function forAll(command: Command, work: (command: Command) => void): void {
  work(command);
  for (const child of command.commands) forAll(child, work);
}

async function report(error: unknown, host: CliHost, format: Format): Promise<ExitCode> {
  // Commander has already told what is wrong; help and version end here too, with code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
  if (error instanceof InvalidWorkspace) await showInvalid(host.output, error);
  else showFailure(host.output, format, failureOf(error, host.env.PARCOURS_DEBUG === '1'));
  return error instanceof ReconcileError && error.code === 'PLAN_GUARDED' ? 3 : 1;
}

/** Typed errors bring their code and their words; whatever else comes is a mistake of ours, and says so. */
function failureOf(error: unknown, isDebugging: boolean): Failure {
  const stack = isDebugging && error instanceof Error ? stackOf(error) : null;
  if (
    error instanceof StoreError ||
    error instanceof ReconcileError ||
    error instanceof ImportError ||
    error instanceof CliError
  ) {
    return { code: error.code, message: error.message, stack };
  }
  const words = error instanceof Error ? error.message || error.name : String(error);
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string' && isWorldsFailure(code)) return { code: `FAILED_${code}`, message: words, stack };
  const message = `${words}. This is a fault of Parcours, not of your files.${isDebugging ? '' : ' PARCOURS_DEBUG=1 shows where it happened.'}`;
  return { code: 'INTERNAL', message, stack };
}

/** Errors of the operating system (`ENOSPC`), and of the server when it is lost, full or stopped (SQLSTATE 08, 53, 57, 58). */
function isWorldsFailure(code: string): boolean {
  return /^E[A-Z]{3,}$/.test(code) || /^(08|53|57|58)[0-9A-Z]{3}$/.test(code);
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
