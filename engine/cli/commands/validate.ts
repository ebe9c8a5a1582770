/** `parcours validate`: are the files right? Touches no store. */
import { type DefineCommand, newCommand, withDiagnosticsFormat } from '../command.ts';
import { type Context, checkWorkspace, type ExitCode } from '../context.ts';
import { passes, showValidation } from '../views/diagnostics-view.ts';

export const validateCommand: DefineCommand = (run) =>
  withDiagnosticsFormat(
    newCommand('validate', 'Check the files of the workspace: all mistakes in one run. Needs no database.', [
      'parcours validate',
      'parcours validate --format concise --all',
      'parcours validate --format json | jq .errors',
      'parcours validate --format sarif > parcours.sarif',
      'parcours validate --strict           # warnings fail, too',
    ]),
  )
    .option('--json', 'the same as --format json')
    .option('--all', 'show all mistakes to people, not only the first 50')
    .option('--strict', 'fail on warnings, too')
    .action((_options: object, command) => run(command.optsWithGlobals(), validate));

async function validate(context: Context): Promise<ExitCode> {
  const { validation } = await checkWorkspace(context.root);
  await showValidation(context.output, context.form, validation);
  return passes(validation, context.form) ? 0 : 1;
}
