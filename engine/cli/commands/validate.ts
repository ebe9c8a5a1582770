/** `parcours validate`: are the files right? Touches no store. */
import { readChoice } from '../arguments.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, checkWorkspace, type ExitCode } from '../context.ts';
import { validationView } from '../views/diagnostics-view.ts';

interface ValidateOptions {
  readonly format: string;
}

export const validateCommand: DefineCommand = (run) =>
  newCommand('validate', 'Check the files of the workspace: all mistakes in one run. Needs no database.', [
    'parcours validate',
    'parcours validate --format json | jq .errors',
  ])
    .option('--format <format>', 'pretty or json', 'pretty')
    .option('--json', 'the same as --format json')
    .action((options: ValidateOptions, command) => {
      readChoice('--format', options.format, ['pretty', 'json']);
      return run(command.optsWithGlobals(), validate);
    });

async function validate(context: Context): Promise<ExitCode> {
  const { bundle, validation } = await checkWorkspace(context.root);
  context.show(validationView(context.output), validation);
  return bundle === null ? 1 : 0;
}
