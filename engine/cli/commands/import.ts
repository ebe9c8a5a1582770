/** `parcours import SOURCE FILE`: a file's rows as facts of people, through a source of the applied revision. */
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { secretsOf } from '../../channels/secrets.ts';
import type { SourceBody } from '../../compiler/ir.ts';
import { declarationsOf } from '../../profiles/declarations.ts';
import type { FileOutcome } from '../../profiles/folders/import-folder.ts';
import { type ImportProgress, importFile } from '../../profiles/import-file.ts';
import type { OwnSession } from '../../store/session.ts';
import { assertDefined } from '../assert-defined.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, findLive, type LiveRevision, readLive } from '../context.ts';
import { folderImportView, importView } from '../views/import-view.ts';
import { progressOf } from '../views/progress.ts';
import { formatCount } from '../views/style.ts';

interface ImportOptions {
  readonly live?: boolean;
  readonly changed?: boolean;
  readonly out?: string;
  readonly trigger?: boolean;
  readonly rejects?: string;
}

export const importCommand: DefineCommand = (run) =>
  newCommand('import [source] [file]', 'Import a file through a source. Importing it again changes nothing.', [
    'parcours import purchases purchases.csv',
    'parcours import tills                       # the new files of its `path`, or what its database has new',
    'parcours import clicks clicks.jsonl --trigger --rejects rejected.jsonl',
    'parcours import --live --out from-store     # what the store runs, as files that compile to the same',
    "parcours import --live --changed            # only what the files of this folder don't say",
  ])
    .option('--trigger', 'let the facts start journeys (history does not)')
    .option('--rejects <path>', 'where to list rejected rows (default: .parcours/rejects/<source>.jsonl)')
    .option('--live', 'instead of a file: write the resources that the store holds back as YAML')
    .option('--changed', "with --live: only those that the files of this folder don't say")
    .option('--out <folder>', 'with --live: where to (default: .parcours/live)')
    .option('--json', 'print JSON')
    .action((source: string | undefined, file: string | undefined, options: ImportOptions, command) =>
      run(command.optsWithGlobals(), async (context) => {
        if (options.live === true) return (await import('../import-live.ts')).importLive(context, options);
        if (source !== undefined && file !== undefined) return importRows(context, source, file, options);
        if (source !== undefined) return importNewFiles(context, source, options);
        throw new CliError(
          'CLI_BAD_OPTION',
          'import takes a source and a file, `parcours import purchases purchases.csv`; a source with a `path` alone; or --live, to write what the store holds.',
        );
      }),
    );

async function importRows(context: Context, sourceId: string, file: string, options: ImportOptions): Promise<ExitCode> {
  const store = await context.openStore();
  const rejectsPath = resolve(
    context.cwd,
    options.rejects ?? join(context.root, '.parcours', 'rejects', `${sourceId}.jsonl`),
  );
  const progress = progressOf(context.output);
  try {
    const summary = await store.withSession(async (session) => {
      const live = await readLive(session);
      const source = findLive(live, 'source', sourceId).body;
      if (source.api !== undefined || source.webhook !== undefined) {
        const words = `Source ${sourceId} takes calls over HTTP, not files: \`parcours serve\`. Import through a source of type \`file\`.`;
        throw new CliError('CLI_BAD_OPTION', words);
      }
      const bundle = { digest: live.revision.bundle_digest, resources: live.resources };
      const declared = assertDefined(declarationsOf(bundle), 'an applied bundle has a workspace');
      await mkdir(dirname(rejectsPath), { recursive: true });
      return importFile({
        ...{ session, sourceId, source, declared, rejectsPath },
        path: resolve(context.cwd, file),
        clock: context.clock,
        trigger: options.trigger === true,
        onProgress: (now) => progress(importWords(now)),
      });
    });
    progress('working off what was imported');
    // Only what runs loads the engine: the other commands start in half the time.
    const { createEngine } = await import('../../activation/engine.ts');
    const engine = createEngine({ store, clock: context.clock, root: context.root, env: context.env });
    await engine.drainImports();
    progress.done();
    const listed = summary.rejected + summary.refused;
    context.show(importView, { source: sourceId, ...summary, rejects: listed === 0 ? null : rejectsPath });
    return 0;
  } finally {
    progress.done();
  }
}

/** Files of the source's `path` that weren't read, or changed since. */
async function importNewFiles(context: Context, sourceId: string, { trigger }: ImportOptions): Promise<ExitCode> {
  const store = await context.openStore();
  const progress = progressOf(context.output);
  try {
    const files = await store.withSession(async (session) => {
      const live = await readLive(session);
      const source = findLive(live, 'source', sourceId).body;
      if (source.database !== undefined)
        return [await pullNow(context, { session, live, sourceId, source, trigger: trigger === true, progress })];
      if (source.path === undefined) {
        throw new CliError(
          'CLI_BAD_OPTION',
          `Source ${sourceId} has no \`path\`, so name the file: \`parcours import ${sourceId} FILE\`.`,
        );
      }
      const bundle = { digest: live.revision.bundle_digest, resources: live.resources };
      const declared = assertDefined(declarationsOf(bundle), 'an applied bundle has a workspace');
      const { importFolder } = await import('../../profiles/folders/import-folder.ts');
      return importFolder({
        ...{ session, sourceId, source, declared, root: context.root, clock: context.clock },
        ...{ trigger: trigger === true, isAsked: true },
        onProgress: (file, now) => progress(`${file}: ${importWords(now)}`),
      });
    });
    progress('working off what was imported');
    const { createEngine } = await import('../../activation/engine.ts');
    await createEngine({ store, clock: context.clock, root: context.root, env: context.env }).drainImports();
    progress.done();
    context.show(folderImportView, { source: sourceId, files });
    return files.some(({ error }) => error !== null) ? 1 : 0;
  } finally {
    progress.done();
  }
}

/** Asks the database of a source, as if it were time. */
async function pullNow(
  context: Context,
  { session, live, sourceId, source, trigger, progress }: Pulling,
): Promise<FileOutcome> {
  const bundle = { digest: live.revision.bundle_digest, resources: live.resources };
  const declared = assertDefined(declarationsOf(bundle), 'an applied bundle has a workspace');
  const { pullSource } = await import('../../profiles/pulls/pull-source.ts');
  const summary = await pullSource({
    ...{ session, sourceId, source, declared, trigger, clock: context.clock, secret: secretsOf(context.env) },
    database: assertDefined(source.database, 'the source asks a database'),
    onProgress: ({ rows, rejected }) => progress(importWords({ rows, rejected, bytes: 0, bytesTotal: null })),
  });
  if (summary === null) throw new CliError('CLI_UNKNOWN', `Another process is reading source ${sourceId}.`);
  const none = { erased: 0, ambiguous: 0, rowsChanged: 0, refused: 0, bytes: 0, ms: 0 };
  return { path: sourceId, summary: { ...none, ...summary }, error: null, rejects: null };
}

interface Pulling {
  readonly session: OwnSession;
  readonly live: LiveRevision;
  readonly sourceId: string;
  readonly source: SourceBody;
  readonly trigger: boolean;
  readonly progress: (words: string) => void;
}

function importWords({ rows, rejected, bytes, bytesTotal }: ImportProgress): string {
  const share = bytesTotal === null || bytesTotal === 0 ? '' : ` (${Math.floor((100 * bytes) / bytesTotal)} %)`;
  return `${formatCount(rows)} rows read${share}${rejected === 0 ? '' : `, ${formatCount(rejected)} rejected`}`;
}
