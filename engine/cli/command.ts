/** How a command is bound to the command line: commander parses, the context is made, the work returns the exit code. */
import { Command } from 'commander';
import { diagnosticFormats } from '../diagnostics/render.ts';
import type { Context, ExitCode, GlobalOptions } from './context.ts';

/** Runs the work of a command and keeps its exit code. Given by `run-cli.ts`. */
export type Run = (options: GlobalOptions, work: (context: Context) => Promise<ExitCode>) => Promise<void>;

/** A file of `commands/` exports one of these. */
export type DefineCommand = (run: Run) => Command;

/** A command with the options that all share, its description and its examples. */
export function newCommand(usage: string, description: string, examples: readonly string[]): Command {
  return namedCommand(usage, description).addHelpText(
    'after',
    `\nExamples:\n${examples.map((line) => `  $ ${line}\n`).join('')}`,
  );
}

/** A command as the list of all commands shows it. */
export function namedCommand(usage: string, description: string): Command {
  const [name = '', ...parameters] = usage.split(' ');
  const command = new Command(name).description(description);
  for (const parameter of parameters) command.argument(parameter);
  return withGlobalOptions(command);
}

/** The option of commands that check the files and then do something else. */
export function withDiagnosticsFormat(command: Command): Command {
  return command
    .option('--format <format>', `how mistakes in the files are shown: ${diagnosticFormats.join(', ')}`)
    .option('--no-cache', 'check every file anew, and remember nothing');
}

/** Options that are understood before and after the command's name. */
export function withGlobalOptions(command: Command): Command {
  return command
    .option('--workspace <dir>', 'the folder that holds parcours.yaml (default: the nearest from here upward)')
    .option('--env <name>', 'the environment of the workspace: its overlays count, and its store is the one')
    .option('--now <time>', 'let the clock stand at this time (ISO; without an offset it is UTC)');
}
