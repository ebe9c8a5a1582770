/** `parcours test`: plays the tests that the files declare, on people of their own in databases that nobody keeps. */
import type { TestResource } from '../../reconcile/play/played-bundle.ts';
import { readChoice } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, diagnosticsForm, type ExitCode, type GlobalOptions } from '../context.ts';
import { type LoadedFiles, loadFilesIn } from '../load-files.ts';
import { playPlaced } from '../play-tests.ts';
import { styleOf } from '../views/style.ts';
import { type PlayedPart, renderPlayed, type TestFormat, testFormats } from '../views/test-view.ts';
import { clearTerminal, noteWatching } from '../views/watch-view.ts';
import { findParts, isMeant, type WorkspacePart } from '../workspace-paths.ts';

interface TestOptions extends GlobalOptions {
  readonly filter?: string;
  readonly watch?: boolean;
}

export const testCommand: DefineCommand = (run) =>
  newCommand(
    'test [path...]',
    'Play the tests that the files declare, each on a person of its own. Touches no store.',
    [
      'parcours test',
      'parcours test journeys/birthday.yaml      # only the tests of that file',
      'parcours test --filter birthday           # tests and journeys whose names hold that',
      'parcours test --watch                     # again at each change, until Ctrl-C',
      'parcours test --format junit > parcours-tests.xml',
      'parcours test --json | jq .failed',
      '# Exit codes: 0 all passed, 1 one failed or the files have errors; with --watch 0 when it is ended.',
    ],
  )
    .option('--filter <text>', 'only tests whose name, or whose journey, holds this text')
    .option('--format <format>', `how the outcome is shown: ${testFormats.join(', ')}`)
    .option('--json', 'the same as --format json')
    .option('--watch', 'play again at each change')
    .action((paths: readonly string[], _options: object, command) => {
      const { format, ...options }: TestOptions = command.optsWithGlobals();
      return run({ ...options, ...(format === 'json' && { json: true }) }, (context) =>
        (options.watch ? watch : test)(context, paths, { ...options, ...(format !== undefined && { format }) }),
      );
    });

async function test(context: Context, paths: readonly string[], options: TestOptions): Promise<ExitCode> {
  const format = formatFor(context, options);
  const played: PlayedPart[] = [];
  for (const part of partsOf(context, paths)) played.push(await playPart(context, part, { ...options, format }));
  context.output.write(renderPlayed(format, played, styleOf(context.output)));
  return played.every(({ outcomes }) => outcomes.every(({ failure }) => failure === null)) ? 0 : 1;
}

function formatFor({ env }: Context, { json, format }: TestOptions): TestFormat {
  if (format !== undefined) return readChoice('--format', format, testFormats);
  if (json === true) return 'json';
  return env.GITHUB_ACTIONS === 'true' ? 'github' : 'pretty';
}

function partsOf(context: Context, paths: readonly string[]): readonly WorkspacePart[] {
  return paths.length === 0 ? [{ root: context.root, only: null }] : findParts(context.cwd, paths);
}

async function playPart(context: Context, part: WorkspacePart, { filter, format }: TestOptions): Promise<PlayedPart> {
  const { root } = part;
  const files = await loadFilesIn(root, context);
  const { output, env } = context;
  const tests = chosen(files, part, filter);
  const outcomes = await playPlaced({ ...files, tests, root, env, output });
  const { folder } = diagnosticsForm(context, { ...(format !== undefined && { format }) }, root);
  return { folder, files: files.project.files, outcomes };
}

/** The tests that are meant. Errors: `CliError` where a filter leaves none. */
function chosen(
  { project, bundle }: LoadedFiles,
  part: WorkspacePart,
  filter: string | undefined,
): readonly TestResource[] {
  const files = new Map(project.resources.flatMap(({ kind, id, file }) => (kind === 'test' ? [[id, file]] : [])));
  const all = bundle.resources.filter((one): one is TestResource => one.kind === 'test');
  const named = all.filter(({ id }) => isMeant(part, files.get(id) ?? ''));
  if (filter === undefined) return named;
  const found = named.filter(({ id, body }) => id.includes(filter) || body.journey.includes(filter));
  if (found.length > 0) return found;
  const names = named.slice(0, namedMax).map(({ id }) => id);
  const has =
    names.length === 0
      ? 'There are none here at all.'
      : `There are: ${names.join(', ')}${named.length > namedMax ? ', …' : ''}.`;
  throw new CliError('CLI_UNKNOWN', `No test, and no journey that is tested, has "${filter}" in its name. ${has}`);
}

/** How many names a message lists. */
const namedMax = 20;

async function watch(context: Context, paths: readonly string[], options: TestOptions): Promise<ExitCode> {
  const { watchFiles } = await import('../watch-files.ts');
  const signal = context.stopSignal();
  const roots = partsOf(context, paths).map(({ root }) => root);
  const watcher = await watchFiles(roots, signal);
  try {
    do {
      clearTerminal(context.output);
      await testOrTell(context, paths, options);
      noteWatching(context.output);
    } while (await watcher.changed());
  } finally {
    await watcher.close();
  }
  return 0;
}

/** Files with errors are looked at again when they have changed, too. */
async function testOrTell(context: Context, paths: readonly string[], options: TestOptions): Promise<void> {
  try {
    await test(context, paths, options);
  } catch (error) {
    const { InvalidWorkspace } = await import('../cli-error.ts');
    if (!(error instanceof InvalidWorkspace)) throw error;
    const { showInvalid } = await import('../views/diagnostics-view.ts');
    await showInvalid(context.output, error);
  }
}
