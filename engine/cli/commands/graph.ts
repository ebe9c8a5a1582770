/** `parcours graph`: a journey as a picture, or what needs what. */
import { dependencyPicture } from '../../compiler/picture/dependency-picture.ts';
import { journeyOutline } from '../../compiler/picture/journey-outline.ts';
import { journeyPicture } from '../../compiler/picture/journey-picture.ts';
import { readChoice, readCount } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import type { Context, ExitCode, GlobalOptions } from '../context.ts';
import { findResource, loadFiles } from '../load-files.ts';
import { outlineText } from '../views/outline-view.ts';
import { dotOf, mermaidOf } from '../views/picture-text.ts';
import { styleOf } from '../views/style.ts';

const formats = ['outline', 'mermaid', 'dot', 'json'] as const;
type GraphFormat = (typeof formats)[number];

interface GraphOptions extends GlobalOptions {
  readonly depth: string;
  readonly needs?: boolean;
}

const depthMax = 100;

export const graphCommand: DefineCommand = (run) =>
  newCommand('graph [resource]', 'Draw a journey step by step, or what needs what.', [
    'parcours graph journey/activate-dormant-retailer',
    'parcours graph journey/activate-dormant-retailer --format mermaid',
    'parcours graph segment/dormant-retailers --depth 2      # what it needs, and what reads it',
    'parcours graph --format dot | dot -Tsvg > workspace.svg',
    '# Exit codes: 0 done, 1 errors in the files, or no such resource.',
  ])
    .option('--format <format>', `${formats.join(', ')} (default: outline for a journey at a terminal, else mermaid)`)
    .option('--json', 'the same as --format json')
    .option('--needs', 'of a journey: what it needs and what reads it, instead of its steps')
    .option('--depth <number>', 'how far around the resource', '1')
    .action((resource: string | undefined, _options: object, command) => {
      const { format, ...options }: GraphOptions = command.optsWithGlobals();
      return run(options, (context) => graph(context, resource, { options, format }));
    });

async function graph(
  context: Context,
  name: string | undefined,
  { options, format }: { readonly options: Omit<GraphOptions, 'format'>; readonly format: string | undefined },
): Promise<ExitCode> {
  const depth = readCount('--depth', options.depth, [0, depthMax]);
  const asked = options.json ? 'json' : format === undefined ? null : readChoice('--format', format, formats);
  const { project, bundle } = await loadFiles(context);
  const resource = name === undefined ? undefined : findResource(bundle, name);
  const isSteps = resource?.kind === 'journey' && options.needs !== true;
  const chosen: GraphFormat = asked ?? (isSteps && context.output.isTerminal ? 'outline' : 'mermaid');
  if (!isSteps) {
    if (chosen === 'outline')
      throw new CliError('CLI_BAD_OPTION', 'Only a journey has an outline: name one, such as `journey/win-back`.');
    draw(context, chosen, dependencyPicture(bundle, name ?? null, depth));
    return 0;
  }
  const { body } = project.resources.find((one) => one.kind === 'journey' && one.id === resource.id)!;
  if (chosen === 'outline') context.output.write(outlineText(journeyOutline(body), styleOf(context.output)));
  else draw(context, chosen, journeyPicture(body));
  return 0;
}

function draw(
  { output }: Context,
  format: Exclude<GraphFormat, 'outline'>,
  picture: ReturnType<typeof journeyPicture>,
): void {
  if (format === 'json') output.write(`${JSON.stringify(picture, null, 2)}\n`);
  else output.write(format === 'dot' ? dotOf(picture) : mermaidOf(picture));
}
