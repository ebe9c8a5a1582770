/** `parcours schema`: the JSON Schemas of the language. Needs no workspace. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readSchema, schemaNames } from '../../config/published-schemas.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import type { Context, ExitCode, GlobalOptions } from '../context.ts';
import { schemaFilesView } from '../views/schema-view.ts';

interface SchemaOptions extends GlobalOptions {
  readonly out?: string;
}

export const schemaCommand: DefineCommand = (run) =>
  newCommand('schema [kind]', 'Write the JSON Schemas of the language, for editors and other tools.', [
    'parcours schema --out .parcours/schemas     # one a kind, their shared definitions, and parcours.json for any of them',
    'parcours schema journey                     # prints one',
    'parcours schema                             # lists them',
    '# In a file of the workspace: # yaml-language-server: $schema=../.parcours/schemas/parcours.json',
    '# Exit codes: 0 done, 1 no such schema.',
  ])
    .option('--out <dir>', 'write all of them, or the one that is named, into this folder')
    .option('--json', 'print JSON')
    .action((kind: string | undefined, _options: object, command) => {
      const options: SchemaOptions = command.optsWithGlobals();
      return run(options, (context) => schema(context, kind, options.out));
    });

async function schema(context: Context, kind: string | undefined, out: string | undefined): Promise<ExitCode> {
  const known = schemaNames();
  if (kind !== undefined && !known.includes(kind)) {
    const near = suggest(kind, known);
    const hint = near === undefined ? `There are: ${known.join(', ')}.` : `Did you mean ${near}?`;
    throw new CliError('CLI_UNKNOWN', `There is no schema "${kind}". ${hint}`);
  }
  if (kind !== undefined && out === undefined) {
    context.output.write(`${JSON.stringify(readSchema(kind), null, 2)}\n`);
    return 0;
  }
  const names = kind === undefined ? known : [kind];
  const folder = out === undefined ? null : resolve(context.cwd, out);
  if (folder !== null) await writeSchemas(folder, names);
  context.show(schemaFilesView, { names, folder: folder === null ? null : (out ?? null) });
  return 0;
}

/** Writes the schemas beside each other: they refer to each other by file name. */
export async function writeSchemas(folder: string, names: readonly string[] = schemaNames()): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of names)
    await writeFile(join(folder, `${name}.json`), `${JSON.stringify(readSchema(name), null, 2)}\n`);
}
