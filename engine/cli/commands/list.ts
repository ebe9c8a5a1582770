/** `parcours list`: what the files declare. */
import type { Project } from '../../config/project.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import type { Context, ExitCode } from '../context.ts';
import { type BundleResource, loadFiles } from '../load-files.ts';
import { listView } from '../views/list-view.ts';

export const listCommand: DefineCommand = (run) =>
  newCommand('list [kind]', 'List the resources of the files.', [
    'parcours list',
    'parcours list journey',
    "parcours list segment --json | jq -r '.resources[].id'",
    '# Exit codes: 0 done, 1 errors in the files, or no such kind.',
  ])
    .option('--json', 'print JSON')
    .action((kind: string | undefined, _options: object, command) =>
      run(command.optsWithGlobals(), (context) => list(context, kind)),
    );

async function list(context: Context, kind: string | undefined): Promise<ExitCode> {
  const { project, bundle } = await loadFiles(context);
  const kinds = [...new Set(bundle.resources.map((one) => one.kind))];
  if (kind !== undefined && !kinds.some((known) => known === kind)) throw unknownKind(kind, kinds);
  const shown = bundle.resources.filter((one) => kind === undefined || one.kind === kind);
  context.show(
    listView,
    shown.map((one) => ({ ...one, place: placeOf(project, one) })),
  );
  return 0;
}

function unknownKind(kind: string, kinds: readonly string[]): CliError {
  const near = suggest(kind, kinds);
  const hint = near === undefined ? `They declare: ${kinds.join(', ')}.` : `Did you mean ${near}?`;
  return new CliError('CLI_UNKNOWN', `The files declare nothing of kind "${kind}". ${hint}`);
}

/** Where the resource is declared; events, traits and entities stand in a schema. */
export function placeOf(project: Project, { kind, id }: BundleResource): string | null {
  const own = project.resources.find((one) => one.kind === kind && one.id === id);
  if (own !== undefined) return placeText(own.locate([]));
  const section = { event: 'events', trait: 'traits', entity: 'entities' }[kind as 'event' | 'trait' | 'entity'];
  const schema = project.resources.find(
    (one) => one.kind === 'schema' && section !== undefined && Object.hasOwn((one.body[section] ?? {}) as object, id),
  );
  return schema === undefined ? null : placeText(schema.locate([section, id], 'key'));
}

function placeText({ file, line }: { readonly file: string; readonly line: number }): string {
  return `${file}:${line}`;
}
