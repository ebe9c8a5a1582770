/** `parcours drift`: what the store holds and nobody declared. Writes nothing. */
import { readDrift } from '../../reconcile/history/drift.ts';
import { readPauses } from '../../store/pauses.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand, withDiagnosticsFormat } from '../command.ts';
import { type Context, type ExitCode, loadBundle } from '../context.ts';
import { driftView } from '../views/drift-view.ts';

interface DriftOptions {
  readonly fail?: boolean;
  readonly files?: boolean;
}

export const driftCommand: DefineCommand = (run) =>
  withDiagnosticsFormat(
    newCommand('drift', 'Show what the store holds and no commit declares: the field, who did it, and when.', [
      'parcours drift',
      'parcours drift --fail                # exit with 2 when there is any, for a scheduled job',
      'parcours drift --files               # held against the files of this folder',
    ]),
  )
    .option('--fail', 'exit with 2 when there is drift')
    .option('--files', 'hold the store against these files instead of the commit that was applied last')
    .option('--json', 'print JSON')
    .action((options: DriftOptions, command) => run(command.optsWithGlobals(), (context) => drift(context, options)));

async function drift(context: Context, options: DriftOptions): Promise<ExitCode> {
  const files = options.files === true ? await loadBundle(context) : null;
  const store = await context.openStore();
  const found = await store.withSession((session) => readDrift(session, files));
  if (found === null) {
    throw new CliError('CLI_NOT_APPLIED', 'Nothing was applied to this store yet. Run `parcours apply` first.');
  }
  const pauses = await store.withSession((session) => readPauses(session, context.clock.now()));
  context.show(driftView, { ...found, pauses });
  return options.fail === true && found.findings.length > 0 ? 2 : 0;
}
