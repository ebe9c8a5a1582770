/** `parcours diff`: what lies between two revisions, or between one and the files. */
import type { Bundle } from '../../compiler/ir.ts';
import { changesBetween, findRevision, readStoredBundle } from '../../reconcile/history/revisions.ts';
import type { Store } from '../../store/store.ts';
import { type DefineCommand, newCommand, withDiagnosticsFormat } from '../command.ts';
import { type Context, type ExitCode, loadBundle } from '../context.ts';
import { diffView } from '../views/revisions-view.ts';

interface DiffOptions {
  readonly exitCode?: boolean;
}

export const diffCommand: DefineCommand = (run) =>
  withDiagnosticsFormat(
    newCommand('diff <from> [to]', 'Show what lies between two revisions, in the words of the files.', [
      'parcours diff 11 12',
      'parcours diff 11                     # from revision 11 to the live one',
      'parcours diff live files             # what an apply would change',
      'parcours diff 0a1b2c3 files --exit-code    # 0 no difference, 2 differences',
    ]),
  )
    .option('--exit-code', 'exit with 2 when there are differences')
    .option('--json', 'print JSON')
    .action((from: string, to: string | undefined, options: DiffOptions, command) =>
      run(command.optsWithGlobals(), (context) => diff(context, [from, to ?? 'live'], options)),
    );

async function diff(context: Context, [from, to]: readonly [string, string], options: DiffOptions): Promise<ExitCode> {
  const store = await context.openStore();
  const before = await sideOf(context, store, from);
  const after = await sideOf(context, store, to);
  const changes = changesBetween(before.bundle, after.bundle);
  context.show(diffView, { from: before.name, to: after.name, changes });
  return options.exitCode === true && changes.length > 0 ? 2 : 0;
}

async function sideOf(
  context: Context,
  store: Store,
  word: string,
): Promise<{ readonly name: string; readonly bundle: Bundle }> {
  if (word === 'files') return { name: 'the files', bundle: await loadBundle(context) };
  return store.withSession(async (session) => {
    const number = await findRevision(session, word);
    const { bundle } = await readStoredBundle(session, number);
    return { name: `revision ${number}`, bundle };
  });
}
