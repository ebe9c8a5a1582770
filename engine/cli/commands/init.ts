/** `parcours init`: a workspace that works, to be changed. Needs none to be there. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readChoice } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import type { Context, ExitCode, GlobalOptions } from '../context.ts';
import { engineVersion } from '../engine-version.ts';
import { initView } from '../views/init-view.ts';
import { writeSchemas } from './schema.ts';

const templates = ['marketplace', 'retail'] as const;

interface InitOptions extends GlobalOptions {
  readonly template: string;
  readonly force?: boolean;
}

export const initCommand: DefineCommand = (run) =>
  newCommand('init [folder]', 'Begin a workspace that works, with files for CI.', [
    'parcours init',
    'parcours init my-journeys --template retail',
    '# Exit codes: 0 done, 1 the folder holds files (--force writes all the same, over files of the same name).',
  ])
    .option('--template <name>', templates.join(' or '), 'marketplace')
    .option('--force', 'write into a folder that holds files')
    .option('--json', 'print JSON')
    .action((folder: string | undefined, _options: object, command) => {
      const options: InitOptions = command.optsWithGlobals();
      return run(options, (context) => init(context, folder ?? '.', options));
    });

async function init(context: Context, folder: string, options: InitOptions): Promise<ExitCode> {
  const template = readChoice('--template', options.template, templates);
  const target = resolve(context.cwd, folder);
  const present = await namesIn(target);
  if (present.length > 0 && options.force !== true) {
    const some = present.slice(0, 3).join(', ');
    const message = `${folder} isn't empty: it holds ${some}${present.length > 3 ? ' and more' : ''}. Name another folder, or write into this one with --force.`;
    throw new CliError('CLI_NOT_EMPTY', message);
  }
  const files = await copyTemplate(template, target);
  await writeSchemas(join(target, '.parcours/schemas'));
  context.show(initView, { folder, template, files });
  return 0;
}

/** A folder with nothing but git's own counts as empty. */
async function namesIn(folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  return (await readdir(folder)).filter((name) => name !== '.git');
}

/** Under which name a file of a template arrives: packages carry no hidden files, and the workspace of this repository no others. */
const renamed: Readonly<Record<string, string>> = {
  gitignore: '.gitignore',
  'gitlab-ci': '.gitlab-ci.yml',
  'github-workflow': '.github/workflows/parcours.yml',
  'vscode-settings': '.vscode/settings.json',
};

/** The paths that were written, relative to the folder and sorted. */
async function copyTemplate(template: string, target: string): Promise<readonly string[]> {
  const written: string[] = [];
  for (const part of ['common', template]) {
    const source = fileURLToPath(new URL(`../../../init/${part}/`, import.meta.url));
    const entries = await readdir(source, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => one.isFile())) {
      const from = join(entry.parentPath, entry.name);
      const path = relative(source, from).split(sep).join('/');
      const to = renamed[path] ?? path;
      const text = await readFile(from, 'utf8');
      await mkdir(dirname(join(target, to)), { recursive: true });
      await writeFile(join(target, to), text.replaceAll('PARCOURS_VERSION', engineVersion()));
      written.push(to);
    }
  }
  return written.sort();
}
