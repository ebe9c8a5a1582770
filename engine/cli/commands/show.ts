/** `parcours show`: one resource as the engine will read it. */
import { readersOf } from '../../compiler/picture/dependency-picture.ts';
import { readChoice } from '../arguments.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import type { Context, ExitCode, GlobalOptions } from '../context.ts';
import { findResource, loadFiles } from '../load-files.ts';
import { resourceView } from '../views/resource-view.ts';
import { placeOf } from './list.ts';

export const showCommand: DefineCommand = (run) =>
  newCommand('show <resource>', 'Show a resource as compiled: every default said, what it needs and what reads it.', [
    'parcours show journey/activate-dormant-retailer',
    'parcours show segment/dormant-retailers --format json | jq .digest',
    '# Exit codes: 0 done, 1 errors in the files, or no such resource.',
  ])
    .option('--format <format>', 'yaml (in the words of the language) or json (as stored)', 'yaml')
    .option('--json', 'the same as --format json')
    .action((name: string, _options: object, command) => {
      const { format, ...options }: GlobalOptions = command.optsWithGlobals();
      const isJson = options.json === true || readChoice('--format', format ?? 'yaml', ['yaml', 'json']) === 'json';
      return run({ ...options, json: isJson }, (context) => show(context, name));
    });

async function show(context: Context, name: string): Promise<ExitCode> {
  const { project, bundle } = await loadFiles(context);
  const resource = findResource(bundle, name);
  context.show(resourceView, { resource, readBy: readersOf(bundle, name), place: placeOf(project, resource) });
  return 0;
}
