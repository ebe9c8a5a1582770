/** `parcours quality SOURCE [FILE...]`: how good a source's data is, before or after it is imported. Stores nothing. */
import { join, resolve } from 'node:path';
import { secretsOf } from '../../channels/secrets.ts';
import { declarationsOf } from '../../profiles/declarations.ts';
import { findFiles } from '../../profiles/folders/find-files.ts';
import { databaseRows } from '../../profiles/pulls/pull-source.ts';
import { measureQuality } from '../../profiles/quality/measure-quality.ts';
import { assertDefined } from '../assert-defined.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, findLive, readLive } from '../context.ts';
import { progressOf } from '../views/progress.ts';
import { qualityView } from '../views/quality-view.ts';
import { formatCount } from '../views/style.ts';

export const qualityCommand: DefineCommand = (run) =>
  newCommand(
    'quality <source> [file...]',
    'Tell how complete, right and repeated the data of a source is, by field and country. Stores nothing.',
    [
      'parcours quality purchases purchases.csv',
      'parcours quality tills                       # all files of its `path`, or all rows of its database',
      'parcours quality tills day-1.csv day-2.csv --json',
    ],
  )
    .option('--json', 'print JSON')
    .action((source: string, files: readonly string[], _options: unknown, command) =>
      run(command.optsWithGlobals(), (context) => measure(context, source, files)),
    );

async function measure(context: Context, sourceId: string, files: readonly string[]): Promise<ExitCode> {
  const store = await context.openStore();
  const live = await store.withSession(readLive);
  const source = findLive(live, 'source', sourceId).body;
  const paths =
    files.length > 0 ? files.map((file) => resolve(context.cwd, file)) : await filesOf(context, source.path);
  const { database } = source;
  if (paths.length === 0 && database === undefined) {
    throw new CliError(
      'CLI_BAD_OPTION',
      `Source ${sourceId} has no files at its \`path\`, or none at all: name the files to look at.`,
    );
  }
  const bundle = { digest: live.revision.bundle_digest, resources: live.resources };
  const declared = assertDefined(declarationsOf(bundle), 'an applied bundle has a workspace');
  const progress = progressOf(context.output);
  try {
    const quality = await measureQuality({
      ...{ sourceId, source, declared, paths, now: context.clock.now().getTime() },
      ...(paths.length === 0 &&
        database !== undefined && { rows: databaseRows({ sourceId, database, secret: secretsOf(context.env) }) }),
      onProgress: (rows) => progress(`${formatCount(rows)} rows read`),
    });
    progress.done();
    context.show(qualityView, { source: sourceId, files: paths.length, ...quality });
    return 0;
  } finally {
    progress.done();
  }
}

async function filesOf({ root }: Context, path: string | undefined): Promise<readonly string[]> {
  return path === undefined ? [] : (await findFiles(root, path)).map((file) => join(root, file.path));
}
