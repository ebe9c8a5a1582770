/** `parcours send`: one proof of a template to one address, through the channel as it is. Marked as a test, and counted nowhere. */
import { previewTemplate } from '../../activation/previews/preview-template.ts';
import type { OutgoingMessage } from '../../channels/adapter.ts';
import { attachmentsIn } from '../../channels/attachments.ts';
import { secretsOf } from '../../channels/secrets.ts';
import type { ChannelBody } from '../../compiler/ir.ts';
import type { Program } from '../../compiler/program.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import type { Context, ExitCode } from '../context.ts';
import { type PersonOptions, personOf, programOfFiles, templateNamed } from '../preview-program.ts';
import { sentView } from '../views/sent-view.ts';

interface SendOptions extends PersonOptions {
  readonly to: string;
  readonly channel?: string;
  readonly locale?: string;
}

/** Types by which something can be sent to an address. */
const sendable = ['email', 'sms', 'whatsapp', 'push'];

export const sendCommand: DefineCommand = (run) =>
  newCommand(
    'send <template>',
    'Send a proof of a template to one address. It is marked as a test, and counted nowhere.',
    [
      'parcours send first-order --to me@shop.example',
      'parcours send first-order --to me@shop.example --locale es --profile 00042',
      'parcours send first-order --to +34600000000 --channel text',
      'parcours send first-order --to me@shop.example --env staging    # into its sandbox, where it has one',
      '# Exit codes: 0 the channel took it, 1 it did not.',
    ],
  )
    .requiredOption('--to <address>', 'to whom: an address as the channel knows them')
    .option('--channel <id>', 'by which channel, where several could')
    .option('--locale <locale>', 'in which locale (default: that of the workspace, or of the profile)')
    .option('--profile <profile>', 'with the values of this person')
    .option('--sample', 'with made-up values (the default)')
    .option('--json', 'print JSON')
    .action((template: string, options: SendOptions, command) =>
      run(command.optsWithGlobals(), (context) => send(context, template, options)),
    );

async function send(context: Context, named: string, options: SendOptions): Promise<ExitCode> {
  const program = await programOfFiles(context);
  const template = templateNamed(program, named);
  const to = options.to.trim();
  const [id, channel] = channelFor(program, template, to, options.channel);
  const allowed = program.workspace.allow;
  if (allowed !== undefined && allowed !== null && !allowed.includes(to.toLowerCase())) {
    throw new CliError(
      'CLI_BAD_OPTION',
      'The workspace allows a few addresses here (`allow`), and this is none of them. Nothing was sent.',
    );
  }
  const person = await personOf(context, options);
  const locale = options.locale ?? person?.locale ?? program.workspace.locale;
  const asked = { program, person, locale, channelType: channel.type, files: attachmentsIn(context.root) };
  const [form] = await previewTemplate(template, asked);
  if (form === undefined)
    throw new CliError('CLI_UNKNOWN', `Template "${template}" has no form for channel ${id}. Nothing was sent.`);
  if (form.fault !== null)
    throw new CliError('CLI_UNKNOWN', `The template can't be rendered: ${form.fault}. Nothing was sent.`);
  const at = context.clock.now().getTime();
  const { subject, title, text, html, attachments } = form;
  const isMail = channel.type === 'email';
  const message: OutgoingMessage = {
    ...{ token: `test-${at.toString(36)}`, channel: id, to, locale, at, isTest: true },
    ...(subject !== undefined && { subject }),
    ...(title !== undefined && { title: isMail ? title : `[Test] ${title}` }),
    ...(text !== undefined && { text: isMail || title !== undefined ? text : `[Test] ${text}` }),
    ...(html !== undefined && { html }),
    ...(attachments !== undefined && { attachments }),
    about: { profile: 0, journey: 'test', step: 'test', template },
  };
  const { via } = channel;
  if (via.kind === 'none' || via.kind === 'placed')
    throw new Error('assertion failed: what sends nothing was left out');
  const { createAdapter } = await import('../../channels/create-adapter.ts');
  const adapter = createAdapter(via, { root: context.root, secret: secretsOf(context.env) });
  try {
    const [outcome] = await adapter.send([message]);
    if (outcome === undefined) throw new Error('assertion failed: an adapter returns one outcome a message');
    const reason = outcome.kind === 'accepted' ? null : outcome.reason;
    context.show(sentView, {
      template,
      channel: id,
      locale,
      outcome: outcome.kind,
      reason,
      isCaught: channel.via.kind === 'log',
    });
    return outcome.kind === 'accepted' ? 0 : 1;
  } finally {
    await adapter.close();
  }
}

/** The channel that is named, or the only one by which the template could go to such an address. */
function channelFor(
  program: Program,
  template: string,
  to: string,
  named: string | undefined,
): readonly [string, ChannelBody] {
  const forms = Object.keys(program.templates.get(template)?.body.forms ?? {});
  const fits = ({ type, via }: ChannelBody) =>
    sendable.includes(type) && via.kind !== 'none' && (forms.includes(type) || forms.includes('any'));
  if (named !== undefined) {
    const channel = program.channels.get(named);
    if (channel !== undefined && fits(channel)) return [named, channel];
    const why =
      channel === undefined
        ? `There is no channel "${named}".`
        : `Template "${template}" can't be sent by channel ${named}.`;
    throw new CliError('CLI_UNKNOWN', `${why} Nothing was sent.`);
  }
  const types = to.includes('@') ? ['email'] : /^\+?[\d\s()-]{5,}$/.test(to) ? ['sms', 'whatsapp'] : ['push'];
  const found = [...program.channels].filter(([, body]) => types.includes(body.type) && fits(body));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const ids = found.map(([id]) => id).join(', ');
  throw new CliError(
    'CLI_BAD_OPTION',
    found.length === 0
      ? `No channel of type ${types.join(' or ')} could send this template to such an address. Nothing was sent.`
      : `Several channels could send it (${ids}): say which with --channel. Nothing was sent.`,
  );
}
