/** What a user of the command line did that a command can't go on with: typed, with a code. Shown by `run-cli.ts`. */
import type { DiagnosticsForm, Validation } from './views/diagnostics-view.ts';

export type CliErrorCode =
  | 'CLI_NO_WORKSPACE' // no parcours.yaml here or above
  | 'CLI_NO_PATH' // a file or folder that was named isn't there
  | 'CLI_NOT_EMPTY' // the folder for a new workspace holds files
  | 'CLI_BAD_OPTION' // an option's value can't be read
  | 'CLI_NOT_CONFIRMED' // it would write, nobody said yes, and there is nobody to ask
  | 'CLI_NOT_APPLIED' // the command needs a revision, and nothing was applied
  | 'CLI_NO_SECRET' // the environment's store is named by a secret that nobody gave
  | 'CLI_UNKNOWN'; // a resource, kind or profile of that name isn't there

export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The workspace's files have errors, and the command needs them to be right. Carries what `validate` would show. */
export class InvalidWorkspace extends Error {
  override readonly name = 'InvalidWorkspace';
  readonly validation: Validation;
  /** How they are to be shown. */
  readonly form: DiagnosticsForm;

  constructor(validation: Validation, form: DiagnosticsForm) {
    super('The files of the workspace have errors.');
    this.validation = validation;
    this.form = form;
  }
}
