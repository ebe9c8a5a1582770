/** `parcours pause RESOURCE` and `parcours resume RESOURCE`: a hand on the brake, without a change of files. Both take effect at once. */

import { suggest } from '../../diagnostics/suggest.ts';
import { readGitOrigin } from '../../reconcile/git-origin.ts';
import { beginPause, endPause, type OnResume, readPauses } from '../../store/pauses.ts';
import type { Session } from '../../store/session.ts';
import { readChoice, readInstant } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import type { Context, ExitCode } from '../context.ts';
import { readLive } from '../context.ts';
import { pauseView, resumeView } from '../views/pause-view.ts';

interface PauseOptions {
  readonly until?: string;
  readonly why: string;
  readonly onResume: string;
}

const ways: readonly OnResume[] = ['spread', 'skip_late'];

export const pauseCommand: DefineCommand = (run) =>
  newCommand(
    'pause <resource>',
    'Hold what a journey, a channel, a destination or the whole workspace sends, at once.',
    [
      'parcours pause journey/win-back --until 2026-03-16 --why "prices are wrong"',
      'parcours pause channel/text --why "the provider is down"',
      'parcours pause workspace --why "incident 812" --on-resume skip_late',
    ],
  )
    .requiredOption('--why <text>', 'the reason, for everybody who asks later')
    .option('--until <time>', 'when it ends by itself (ISO); without it `parcours resume` ends it')
    .option('--on-resume <way>', 'spread: what was held leaves within an hour · skip_late: it is dropped', 'spread')
    .option('--json', 'print JSON')
    .action((resource: string, options: PauseOptions, command) =>
      run(command.optsWithGlobals(), (context) => pause(context, resource, options)),
    );

export const resumeCommand: DefineCommand = (run) =>
  newCommand('resume <resource>', 'End a pause. What it held leaves spread over an hour, or was skipped.', [
    'parcours resume journey/win-back',
    'parcours resume workspace',
  ])
    .option('--json', 'print JSON')
    .action((resource: string, _options: unknown, command) =>
      run(command.optsWithGlobals(), (context) => resume(context, resource)),
    );

async function pause(context: Context, resource: string, options: PauseOptions): Promise<ExitCode> {
  const since = context.clock.now();
  const until = options.until === undefined ? null : readInstant('--until', options.until);
  if (until !== null && until <= since) {
    throw new CliError(
      'CLI_BAD_OPTION',
      `--until ${until.toISOString()} is not after the present time, ${since.toISOString()}.`,
    );
  }
  const onResume = readChoice('--on-resume', options.onResume, ways);
  const why = options.why.trim();
  if (why === '') throw new CliError('CLI_BAD_OPTION', '--why is empty: say why, so that others know when it may end.');
  const store = await context.openStore();
  const { author } = await readGitOrigin(context.root, context.env);
  const made = { resource, since, until, on_resume: onResume, why, author };
  await store.withSession(async (session) => {
    await demandResource(session, resource);
    await session.transaction((tx) => beginPause(tx, made));
  });
  context.show(pauseView, made);
  return 0;
}

async function resume(context: Context, resource: string): Promise<ExitCode> {
  const now = context.clock.now();
  const store = await context.openStore();
  const { author } = await readGitOrigin(context.root, context.env);
  const known = await store.withSession(async (session) => {
    const paused = await readPauses(session, now);
    await session.transaction((tx) => endPause(tx, resource, { at: now, by: author }));
    return paused;
  });
  const ended = known.find((one) => one.resource === resource);
  if (ended === undefined) {
    const names = known.map((one) => one.resource);
    const others = names.length === 0 ? 'Nothing is paused.' : `Paused: ${names.join(', ')}.`;
    throw new CliError('CLI_UNKNOWN', `${resource} isn't paused. ${others}`);
  }
  context.show(resumeView, ended);
  return 0;
}

const pausable: ReadonlySet<string> = new Set(['journey', 'channel', 'destination']);

/** A journey, channel or destination of the live revision, or the workspace. */
async function demandResource(session: Session, resource: string): Promise<void> {
  const { resources } = await readLive(session);
  const names = ['workspace', ...resources.flatMap(({ kind, id }) => (pausable.has(kind) ? [`${kind}/${id}`] : []))];
  if (names.includes(resource)) return;
  const meant = suggest(resource, names);
  throw new CliError(
    'CLI_UNKNOWN',
    `There is no ${resource} that could be paused: name journey/ID, channel/ID, destination/ID or workspace.${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
  );
}
