/** `parcours validate`: are the files right? Touches no store. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { checkFiles } from '../check-workspace.ts';
import { type DefineCommand, newCommand, withDiagnosticsFormat } from '../command.ts';
import { type Context, diagnosticsForm, type ExitCode, type GlobalOptions } from '../context.ts';
import { passes, showValidation, type Validation } from '../views/diagnostics-view.ts';
import { clearTerminal, noteOthers, noteWatching } from '../views/watch-view.ts';
import { findParts, isMeant, type WorkspacePart } from '../workspace-paths.ts';

interface ValidateOptions extends GlobalOptions {
  readonly watch?: boolean;
}

export const validateCommand: DefineCommand = (run) =>
  withDiagnosticsFormat(
    newCommand('validate [path...]', 'Check the files of the workspace: all mistakes in one run. Needs no database.', [
      'parcours validate',
      'parcours validate journeys/1-start-kyc.yaml     # only what is wrong there; the whole workspace is read',
      'parcours validate examples/cdnow                # another workspace',
      'parcours validate --watch                       # again at each change, until Ctrl-C',
      'parcours validate --format concise --all',
      'parcours validate --format json | jq .errors',
      'parcours validate --format sarif > parcours.sarif',
      'parcours validate --strict                      # warnings fail, too',
      '# Exit codes: 0 no errors (of the files that were named), 1 errors; with --watch 0 when it is ended.',
    ]),
  )
    .option('--json', 'the same as --format json')
    .option('--all', 'show all mistakes to people, not only the first 50')
    .option('--strict', 'fail on warnings, too')
    .option('--watch', 'check again at each change')
    .action((paths: readonly string[], _options: object, command) => {
      const options: ValidateOptions = command.optsWithGlobals();
      return run(options, (context) => (options.watch ? watch : validate)(context, paths, options));
    });

async function validate(context: Context, paths: readonly string[], options: ValidateOptions): Promise<ExitCode> {
  let isPassed = true;
  for (const part of partsOf(context, paths)) isPassed = (await check(context, part, options)) && isPassed;
  return isPassed ? 0 : 1;
}

function partsOf(context: Context, paths: readonly string[]): readonly WorkspacePart[] {
  return paths.length === 0 ? [{ root: context.root, only: null }] : findParts(context.cwd, paths);
}

async function check(context: Context, part: WorkspacePart, options: ValidateOptions): Promise<boolean> {
  const form = diagnosticsForm(context, options, part.root);
  const { validation } = await checkFiles(part.root, {
    isCached: context.isCached,
    environment: context.environment,
    now: context.clock.now().getTime(),
  });
  const { shown, others } = divide(validation, part);
  await showValidation(context.output, form, shown);
  if (others.length === 0) return passes(shown, form);
  // A mistake in the form of a file keeps the compiler from all files; one of meaning was found beside those of this file.
  const isUnchecked = others.some((one) => one.severity === 'error' && one.code.startsWith('CFG'));
  noteOthers(context.output, others.length, isUnchecked);
  return !isUnchecked && passes({ ...shown, resources: 0 }, form);
}

/** What is of the files that were named, and the rest. What has no place is of all. */
function divide(
  validation: Validation,
  part: WorkspacePart,
): { readonly shown: Validation; readonly others: readonly Diagnostic[] } {
  const isOwn = ({ range }: Diagnostic) => range === undefined || isMeant(part, range.file);
  const others = validation.diagnostics.filter((one) => !isOwn(one));
  const resources = others.length === 0 ? validation.resources : null;
  return { shown: { ...validation, diagnostics: validation.diagnostics.filter(isOwn), resources }, others };
}

async function watch(context: Context, paths: readonly string[], options: ValidateOptions): Promise<ExitCode> {
  const { watchFiles } = await import('../watch-files.ts');
  const signal = context.stopSignal();
  const parts = partsOf(context, paths);
  const watcher = await watchFiles(
    parts.map(({ root }) => root),
    signal,
  );
  try {
    do {
      clearTerminal(context.output);
      await validate(context, paths, options);
      noteWatching(context.output);
    } while (await watcher.changed());
  } finally {
    await watcher.close();
  }
  return 0;
}
