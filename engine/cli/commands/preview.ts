/** `parcours preview`: templates as people would see them, at the terminal or as one HTML page. Sends nothing. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { previewTemplate } from '../../activation/previews/preview-template.ts';
import { attachmentsIn } from '../../channels/attachments.ts';
import { readChoice } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import type { Context, ExitCode } from '../context.ts';
import { type PersonOptions, personOf, programOfFiles, templateNamed } from '../preview-program.ts';
import { previewSheet } from '../views/preview-sheet.ts';
import { previewView } from '../views/preview-view.ts';

interface PreviewCommandOptions extends PersonOptions {
  readonly locale?: string;
  readonly channel?: string;
  readonly out?: string;
  readonly all?: boolean;
}

const channels = ['email', 'sms', 'whatsapp', 'push'] as const;

export const previewCommand: DefineCommand = (run) =>
  newCommand('preview [template]', 'Show a template as people would see it: HTML, text, SMS, push. Sends nothing.', [
    'parcours preview first-order                              # with made-up values, in each locale',
    'parcours preview first-order --locale es --channel sms',
    'parcours preview first-order --profile ana@shop.example   # as this person would get it',
    'parcours preview first-order --out first-order.html       # one page, for a browser',
    'parcours preview --all --out templates.html               # every template and locale on one page',
    '# Exit codes: 0 done, 1 a form cannot be shown, or something in it would not arrive.',
  ])
    .option('--profile <profile>', 'as this person would get it: an identifier, or the number of a profile')
    .option('--sample', 'with made-up values (the default)')
    .option('--locale <locale>', 'only in this locale')
    .option('--channel <type>', `only for this type of channel: ${channels.join(', ')}`)
    .option('--out <file>', 'write one HTML page')
    .option('--all', 'every template')
    .option('--json', 'print JSON')
    .action((template: string | undefined, options: PreviewCommandOptions, command) =>
      run(command.optsWithGlobals(), (context) => preview(context, template, options)),
    );

async function preview(
  context: Context,
  template: string | undefined,
  options: PreviewCommandOptions,
): Promise<ExitCode> {
  if ((template === undefined) === (options.all !== true)) {
    throw new CliError('CLI_BAD_OPTION', 'Name a template, or say --all for every one of them.');
  }
  const channelType = options.channel === undefined ? null : readChoice('--channel', options.channel, channels);
  const program = await programOfFiles(context);
  const ids = template === undefined ? [...program.templates.keys()].sort() : [templateNamed(program, template)];
  const person = await personOf(context, options);
  const files = attachmentsIn(context.root);
  const previews = [];
  for (const id of ids) {
    const asked = { program, person, locale: options.locale ?? null, channelType, files };
    previews.push(...(await previewTemplate(id, asked)));
  }
  if (previews.length === 0) {
    throw new CliError(
      'CLI_UNKNOWN',
      'There is no such form: the template has none for that, or is only a part of others.',
    );
  }
  const { out } = options;
  if (out !== undefined) {
    const title = template === undefined ? 'Templates' : (ids[0] as string);
    await writeFile(resolve(context.cwd, out), previewSheet(title, previews));
  }
  context.show(previewView, { previews, out: out ?? null });
  const isBad = previews.some(
    ({ fault, notes }) => fault !== null || notes.some(({ severity }) => severity === 'error'),
  );
  return isBad ? 1 : 0;
}
