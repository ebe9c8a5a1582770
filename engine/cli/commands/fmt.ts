/** `parcours fmt`: the one layout. Needs no valid workspace, only valid YAML. */
import { join, relative, sep } from 'node:path';
import { findConfigFiles } from '../../config/find-files.ts';
import { type FileFormat, formatFile, writeFormatted } from '../../config/format/format-file.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, diagnosticsForm, type ExitCode, type GlobalOptions } from '../context.ts';
import { showInvalid } from '../views/diagnostics-view.ts';
import { type FormatResult, formatView } from '../views/format-view.ts';
import { findParts, isMeant, type WorkspacePart } from '../workspace-paths.ts';

interface FmtOptions extends GlobalOptions {
  readonly check?: boolean;
  readonly diff?: boolean;
}

export const fmtCommand: DefineCommand = (run) =>
  newCommand(
    'fmt [path...]',
    'Lay the files out in the one canonical way. Comments stay, and so does what the files mean.',
    [
      'parcours fmt',
      'parcours fmt journeys/1-start-kyc.yaml',
      'parcours fmt --check                 # in CI: writes nothing, fails when a file would change',
      'parcours fmt --diff                  # writes nothing, shows what would change',
      '# Exit codes: 0 done, 1 errors in YAML, or with --check files that would change.',
    ],
  )
    .option('--check', 'write nothing; list the files that would change, and fail when there are any')
    .option('--diff', 'write nothing; show the changes')
    .option('--json', 'print JSON')
    .action((paths: readonly string[], _options: object, command) => {
      const options: FmtOptions = command.optsWithGlobals();
      return run(options, (context) => format(context, paths, options));
    });

async function format(context: Context, paths: readonly string[], options: FmtOptions): Promise<ExitCode> {
  const parts: readonly WorkspacePart[] =
    paths.length === 0 ? [{ root: context.root, only: null }] : findParts(context.cwd, paths);
  const isDry = options.check === true || options.diff === true;
  const changed: FormatResult['changed'][number][] = [];
  let [total, refused] = [0, 0];
  for (const part of parts) {
    for (const file of await filesOf(part)) {
      const found = await formatFile(join(part.root, file), file);
      total += 1;
      if (found.kind === 'refused') {
        refused += 1;
        await showInvalid(context.output, invalid(context, options, part, file, found));
      } else if (found.kind === 'changed') {
        if (!isDry) await writeFormatted(join(part.root, file), found.text);
        changed.push({ path: fromHere(context.cwd, join(part.root, file)), before: found.before, after: found.text });
      }
    }
  }
  context.show(formatView, { changed, total, refused, mode: modeOf(options) });
  return refused > 0 || (options.check === true && changed.length > 0) ? 1 : 0;
}

function modeOf({ check, diff }: FmtOptions): FormatResult['mode'] {
  return diff === true ? 'diff' : check === true ? 'check' : 'write';
}

/** Those of the workspace that are meant; a file that is named is meant, whatever the workspace ignores. */
async function filesOf(part: WorkspacePart): Promise<readonly string[]> {
  const { ignoredPathsOf } = await import('../../config/ignored-paths.ts');
  const named = (part.only ?? []).filter((path) => /\.ya?ml$/.test(path));
  const ignored = part.only === null ? await ignoredPathsOf(part.root) : [];
  const all = await findConfigFiles(part.root, ignored);
  if (all === undefined) throw new CliError('CLI_NO_WORKSPACE', `Too many YAML files lie below ${part.root}.`);
  return [...new Set([...named, ...all.filter((file) => isMeant(part, file))])];
}

function invalid(
  context: Context,
  options: FmtOptions,
  part: WorkspacePart,
  file: string,
  found: Extract<FileFormat, { kind: 'refused' }>,
) {
  const { diagnostics, text } = found;
  return {
    form: diagnosticsForm(context, { ...options, json: false }, part.root),
    validation: { diagnostics, files: new Map([[file, text]]), resources: null },
  };
}

function fromHere(cwd: string, path: string): string {
  return relative(cwd, path).split(sep).join('/');
}
