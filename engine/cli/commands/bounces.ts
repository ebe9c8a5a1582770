/** `parcours bounces`: what mail servers returned, from a mailbox. Reading it again changes nothing. */
import { resolve } from 'node:path';
import { type ReportTaken, takeReport } from '../../activation/messages/mail/take-report.ts';
import { readMailReport } from '../../channels/mail-report.ts';
import { readMailbox } from '../../channels/mailbox-files.ts';
import { linkMakerOf } from '../../channels/person-links.ts';
import { SecretMissing, secretsOf } from '../../channels/secrets.ts';
import type { LinkKeys } from '../../channels/signed-link.ts';
import { link, type Program } from '../../compiler/program.ts';
import { notifyInbox } from '../../profiles/queries.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, readLive } from '../context.ts';
import { type BouncesRead, bouncesView } from '../views/bounces-view.ts';

export const bouncesCommand: DefineCommand = (run) =>
  newCommand('bounces <mailbox>', 'Take bounces and complaints from a mailbox: a mail, an mbox or a Maildir.', [
    'parcours bounces /var/mail/bounces          # an mbox; reading it again changes nothing',
    'parcours bounces ~/Maildir --json',
    'curl --data-binary @bounce.eml -H "content-type: message/rfc822" https://hello.shop.example/v1/mail-reports',
  ])
    .option('--json', 'print JSON')
    .action((mailbox: string, _options: object, command) =>
      run(command.optsWithGlobals(), (context) => bounces(context, mailbox)),
    );

async function bounces(context: Context, mailbox: string): Promise<ExitCode> {
  const store = await context.openStore();
  const at = context.clock.now();
  const counts: Partial<Record<ReportTaken | 'no_report' | 'not_ours', number>> = {};
  await store.withSession(async (session) => {
    const { revision, resources } = await readLive(session);
    const program = link(revision.number, resources);
    const keys = keysOf(program, context);
    for await (const mail of mailsIn(resolve(context.cwd, mailbox))) {
      const read = await readMailReport(mail);
      const what = read.ok
        ? await session.transaction((tx) => takeReport(tx, read.report, { program, keys, at }))
        : ({ 'no-report': 'no_report', 'not-ours': 'not_ours' } as const)[read.why];
      counts[what] = (counts[what] ?? 0) + 1;
    }
    await notifyInbox(session);
  });
  context.show<BouncesRead>(bouncesView, counts);
  return 0;
}

/** Null: the workspace signs no links, so its mails carry no proof. */
function keysOf(program: Program, { env }: Context): LinkKeys | null {
  const { links } = program.workspace;
  if (links === undefined) return null;
  try {
    return linkMakerOf(links, secretsOf(env)).keys;
  } catch (error) {
    if (!(error instanceof SecretMissing) && !(error instanceof RangeError)) throw error;
    throw new CliError(
      'CLI_NO_SECRET',
      `Reports are known by the keys of links, and ${error.message}. Nothing was read.`,
    );
  }
}

async function* mailsIn(path: string): AsyncGenerator<Buffer> {
  try {
    yield* readMailbox(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EACCES') throw error;
    throw new CliError('CLI_NO_PATH', `There is no mailbox to read at ${path} (${code}).`);
  }
}
