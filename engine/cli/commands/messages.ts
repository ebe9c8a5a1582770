/** `parcours messages`: what was to be sent and what became of it; `parcours messages retry`: what failed, once more. */
import type { RetrySelection } from '../../activation/retry/retry-messages.ts';
import { listMessages } from '../../measure/messages/list-messages.ts';
import { selectDeadLetters } from '../../measure/messages/queries.ts';
import type { Store } from '../../store/store.ts';
import { readChoice, readCount, readSince } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand, type Run } from '../command.ts';
import { type Context, type ExitCode, findLive, type GlobalOptions, readLive } from '../context.ts';
import { deadLettersView, deadRetriedView, messagesView, retriedView } from '../views/messages-view.ts';

interface ListOptions {
  readonly state?: string;
  readonly journey?: string;
  readonly since?: string;
  readonly limit?: string;
}

interface RetryOptions {
  readonly state?: string;
  readonly journey?: string;
  readonly since?: string;
  readonly evenUncertain?: boolean;
  readonly dead?: boolean;
}

const states = [
  ...(['deferred', 'queued', 'sent', 'delivered', 'seen', 'acted'] as const),
  ...(['suppressed', 'expired', 'failed', 'uncertain', 'dead'] as const),
] as const;
const limitMax = 100_000;
const idsMax = 1_000;

export const messagesCommand: DefineCommand = (run) => {
  const messages = newCommand('messages', 'List messages, what failed among them, and retry it. Names nobody.', [
    'parcours messages --state failed --since 24h',
    'parcours messages --journey journey/welcome --limit 10 --json',
    'parcours messages --state dead       # facts that could not be handled',
    'parcours messages retry --state failed --journey journey/welcome',
    'parcours messages retry --dead',
  ])
    .option('--state <state>', `only those in a state: ${states.join(', ')}`)
    .option('--journey <journey>', 'only those of a journey')
    .option('--since <time>', 'made since then: a duration back (24h, 7d) or a time (ISO)')
    .option('--limit <number>', 'list at most so many, the newest first', '50')
    .option('--json', 'print JSON')
    .action((options: ListOptions, command) => run(command.optsWithGlobals(), (context) => list(context, options)));
  messages.addCommand(retryCommand(run));
  return messages;
};

function retryCommand(run: Run) {
  return newCommand('retry [id...]', 'Have messages that failed decided anew, or dead letters handled once more.', [
    'parcours messages retry 417-90210 88-90344    # as `parcours messages` lists them',
    'parcours messages retry --state failed --journey journey/welcome --since 6h',
    'parcours messages retry --state uncertain --journey journey/welcome --even-uncertain',
    'parcours messages retry --dead',
  ])
    .option('--state <state>', 'failed or uncertain, with --journey: all of them')
    .option('--journey <journey>', 'of which journey')
    .option('--since <time>', 'only those made since then: a duration back (24h, 7d) or a time (ISO)')
    .option('--even-uncertain', 'marketing, too, that may have left: somebody may hear twice')
    .option('--dead', 'dead letters: those named, or all of them')
    .option('--json', 'print JSON')
    .action((ids: readonly string[], _options: unknown, command) => {
      // Options that `messages` has, too, are taken by it, wherever they stand.
      const options: GlobalOptions & RetryOptions = command.optsWithGlobals();
      return run(options, (context) => retry(context, ids, options));
    });
}

async function list(context: Context, options: ListOptions): Promise<ExitCode> {
  const state = options.state === undefined ? null : readChoice('--state', options.state, states);
  const limit = readCount('--limit', options.limit ?? '50', [1, limitMax]);
  const now = context.clock.now();
  const since = options.since === undefined ? null : readSince('--since', options.since, now);
  const store = await context.openStore();
  if (state === 'dead') {
    if (options.journey !== undefined) {
      throw new CliError('CLI_BAD_OPTION', 'A dead letter belongs to no journey: leave --journey out.');
    }
    const letters = await store.withSession((session) => selectDeadLetters(session, since, limit));
    context.show(
      deadLettersView,
      letters.map(({ lane, seq, ...letter }) => ({ id: `${lane}-${seq}`, ...letter })),
    );
    return 0;
  }
  const journey = options.journey === undefined ? null : await journeyOf(store, options.journey);
  const found = await store.withSession((session) => listMessages(session, { state, journey, since, limit }, now));
  context.show(messagesView, found);
  return 0;
}

async function retry(context: Context, ids: readonly string[], options: RetryOptions): Promise<ExitCode> {
  const now = context.clock.now();
  const numbers = ids.map(readId);
  if (numbers.length > idsMax) {
    throw new CliError('CLI_BAD_OPTION', `At most ${idsMax} at once: --state and --journey name more.`);
  }
  if (options.dead === true) return await retryLetters(context, numbers, options);
  const selection = await selectionOf(context, numbers, options, now);
  const store = await context.openStore();
  const { retryMessages } = await import('../../activation/retry/retry-messages.ts');
  const evenUncertain = options.evenUncertain === true;
  const result = await store.withSession((session) => retryMessages(session, selection, { now, evenUncertain }));
  context.show(retriedView, result);
  return 0;
}

async function retryLetters(context: Context, seqs: readonly number[], options: RetryOptions): Promise<ExitCode> {
  if (options.state !== undefined || options.journey !== undefined || options.since !== undefined) {
    throw new CliError('CLI_BAD_OPTION', 'With --dead name dead letters, or none for all of them, and nothing else.');
  }
  const store = await context.openStore();
  const { retryDead } = await import('../../activation/retry/retry-dead.ts');
  const now = context.clock.now();
  const result = await store.withSession((session) => retryDead(session, seqs.length === 0 ? null : seqs, now));
  context.show(deadRetriedView, result);
  return 0;
}

async function selectionOf(
  context: Context,
  ids: readonly number[],
  { state, journey, since }: RetryOptions,
  now: Date,
): Promise<RetrySelection> {
  if (ids.length > 0) {
    if (state === undefined && journey === undefined && since === undefined) return { kind: 'ids', ids };
    throw new CliError('CLI_BAD_OPTION', 'Name messages, or say --state and --journey, one of the two.');
  }
  if (state === undefined || journey === undefined) {
    throw new CliError(
      'CLI_BAD_OPTION',
      'Say which: their ids, as `parcours messages` lists them, or --state failed with --journey ID.',
    );
  }
  return {
    kind: 'state',
    state: readChoice('--state', state, ['failed', 'uncertain']),
    journey: await journeyOf(await context.openStore(), journey),
    since: since === undefined ? null : readSince('--since', since, now),
  };
}

/** `LANE-NUMBER`, or the number alone. */
function readId(text: string): number {
  const [, number] = /^(?:\d{1,4}-)?(\d{1,15})$/.exec(text) ?? [];
  if (number !== undefined) return Number(number);
  throw new CliError(
    'CLI_BAD_OPTION',
    `"${text}" is no message: ids look like 417-90210; \`parcours messages\` lists them.`,
  );
}

/** A journey of the live revision. */
async function journeyOf(store: Store, named: string): Promise<string> {
  const id = named.startsWith('journey/') ? named.slice('journey/'.length) : named;
  await store.withSession(async (session) => findLive(await readLive(session), 'journey', id));
  return id;
}
