/** `parcours calls`: the lists of desks; `calls take`, `close` and `release`: how an agent, or a script for many, works them off. */
import { readCallId } from '../../activation/calls/call-form.ts';
import type { CallEnd, CallOutcome, EndResult } from '../../activation/calls/end-call.ts';
import type { Running } from '../../activation/running.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import { liveRevisionNumber } from '../../store/revisions.ts';
import type { OwnSession } from '../../store/session.ts';
import { readChoice, readCount, readSpanMs } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand, type Run } from '../command.ts';
import type { Context, ExitCode, GlobalOptions } from '../context.ts';
import { callsView, desksView, endedView, takenCsvView, takenView } from '../views/calls-view.ts';

interface TakeOptions {
  readonly agent?: string;
  readonly limit?: string;
  readonly csv?: boolean;
}

interface EndOptions {
  readonly agent?: string;
  readonly outcome?: string;
  readonly again?: string;
}

const listedMax = 100_000;
const takenMax = 1_000;
const agentCharsMax = 100;
const outcomes = ['reached', 'yes', 'refused', 'unreached', 'wrong_number'] as const satisfies readonly CallOutcome[];

export const callsCommand: DefineCommand = (run) => {
  const calls = newCommand(
    'calls [list]',
    'Show call lists and what is left of the day; take calls, and say how they went.',
    [
      'parcours calls',
      'parcours calls retention-desk --limit 20',
      'parcours calls take retention-desk --agent ida --limit 5',
      'parcours calls take retention-desk --agent ida --limit 40 --csv > today.csv',
      'parcours calls close 417-90210 --outcome yes',
      'parcours calls release 417-90210 --again 2h',
    ],
  )
    .option('--limit <number>', 'show, or take, at most so many')
    .option('--json', 'print JSON')
    .action((list: string | undefined, options: { readonly limit?: string }, command) =>
      run(command.optsWithGlobals(), (context) =>
        list === undefined ? showDesks(context) : showList(context, list, options),
      ),
    );
  calls.addCommand(takeCommand(run));
  calls.addCommand(closeCommand(run));
  calls.addCommand(releaseCommand(run));
  return calls;
};

function takeCommand(run: Run) {
  return newCommand('take <list>', "Put the list's next calls into an agent's hands: nobody else gets them.", [
    'parcours calls take retention-desk --agent ida --limit 5',
    'parcours calls take retention-desk --agent ida --limit 40 --csv > today.csv',
    "parcours calls take retention-desk --agent ida --json | jq '.calls[].phone'",
  ])
    .requiredOption('--agent <name>', 'who calls; where the desk assigns calls, the name by which it does')
    .option('--limit <number>', 'at most so many (default: 1)')
    .option('--csv', 'print CSV')
    .option('--json', 'print JSON')
    .action((list: string, _options: unknown, command) => {
      // Options that `calls` has, too, are taken by it, wherever they stand.
      const options: GlobalOptions & TakeOptions = command.optsWithGlobals();
      return run(options, (context) => take(context, list, options));
    });
}

function closeCommand(run: Run) {
  return newCommand('close <id>', 'Say how a call went: its journey goes on at once.', [
    'parcours calls close 417-90210 --outcome reached',
    'parcours calls close 417-90210 --outcome refused --agent ida',
  ])
    .requiredOption('--outcome <outcome>', `${outcomes.join(', ')}; the first two lead to \`then\``)
    .option('--agent <name>', 'only if this agent has it')
    .option('--json', 'print JSON')
    .action((id: string, options: EndOptions, command) =>
      run(command.optsWithGlobals(), (context) =>
        end(context, id, options, {
          kind: 'closed',
          outcome: readChoice('--outcome', options.outcome ?? '', outcomes),
        }),
      ),
    );
}

function releaseCommand(run: Run) {
  return newCommand('release <id>', 'Give a call back: untried, or tried and to be made again later.', [
    'parcours calls release 417-90210                # it was not tried: it is free again',
    'parcours calls release 417-90210 --again 2h     # nobody answered: back on the list in two hours',
  ])
    .option('--again <duration>', 'it was tried, and comes back then')
    .option('--agent <name>', 'only if this agent has it')
    .option('--json', 'print JSON')
    .action((id: string, options: EndOptions, command) =>
      run(command.optsWithGlobals(), (context) => {
        const span = options.again === undefined ? null : readSpanMs('--again', options.again);
        const at = new Date(context.clock.now().getTime() + (span ?? 0));
        return end(context, id, options, span === null ? { kind: 'released' } : { kind: 'again', at });
      }),
    );
}

async function showDesks(context: Context): Promise<ExitCode> {
  const { listDesks } = await import('../../activation/calls/list-calls.ts');
  const desks = await onLive(context, (session, running) => listDesks(session, running, context.clock.now()));
  context.show(desksView, desks);
  return 0;
}

async function showList(context: Context, named: string, options: { readonly limit?: string }): Promise<ExitCode> {
  const limit = readCount('--limit', options.limit ?? '50', [1, listedMax]);
  const { deskState, listCalls } = await import('../../activation/calls/list-calls.ts');
  const list = idOf(named);
  const t = context.clock.now();
  const shown = await onLive(context, async (session, running) => ({
    state: (await deskState(session, running, list, t)) ?? (await noSuchList(running, list)),
    calls: (await listCalls(session, running, { list, limit, t })) ?? [],
  }));
  context.show(callsView, shown);
  return 0;
}

async function take(context: Context, named: string, options: GlobalOptions & TakeOptions): Promise<ExitCode> {
  const limit = readCount('--limit', options.limit ?? '1', [1, takenMax]);
  const agent = readAgent(options.agent ?? '');
  if (options.csv === true && options.json === true) {
    throw new CliError('CLI_BAD_OPTION', '--csv and --json are two forms of one answer: name one.');
  }
  const { takeCalls } = await import('../../activation/calls/take-calls.ts');
  const list = idOf(named);
  const t = context.clock.now();
  const taken = await onLive(
    context,
    async (session, running) =>
      (await takeCalls(session, running, { list, agent, limit, t })) ?? (await noSuchList(running, list)),
  );
  context.show(options.csv === true ? takenCsvView : takenView, { ...taken, list });
  return 0;
}

async function end(context: Context, text: string, { agent }: EndOptions, how: CallEnd): Promise<ExitCode> {
  const id = readId(text);
  const { endCall } = await import('../../activation/calls/end-call.ts');
  const store = await context.openStore();
  const by = agent === undefined ? null : readAgent(agent);
  const result = await store.withSession((session) =>
    endCall(session, id, { end: how, agent: by, list: null, t: context.clock.now() }),
  );
  if (result.kind !== 'done') throw new CliError('CLI_UNKNOWN', whyNot(text, result));
  context.show(endedView, { id: text, end: how, ...result });
  return 0;
}

function whyNot(id: string, result: Exclude<EndResult, { readonly kind: 'done' }>): string {
  switch (result.kind) {
    case 'unknown':
      return `There is no call ${id}: \`parcours calls LIST\` shows them. One that was placed anew has another number.`;
    case 'free':
      return `Nobody has call ${id} in hand, so it can't be ended. Take it first: \`parcours calls take\`.`;
    case 'other':
      if (result.state === 'closed')
        return `Call ${id} was closed before, as ${result.outcome}. A call is closed once.`;
      return `Call ${id} is in the hand of ${result.agent}: only who has it ends it. Without --agent anybody may.`;
  }
}

/** Works with the live revision as it runs. */
async function onLive<T>(context: Context, work: (session: OwnSession, running: Running) => Promise<T>): Promise<T> {
  const { runningPrograms } = await import('../../activation/running.ts');
  const store = await context.openStore();
  return await store.withSession(async (session) => {
    const running = await runningPrograms().get(session, await liveRevisionNumber(session));
    if (running === null) {
      throw new CliError('CLI_NOT_APPLIED', 'Nothing was applied to this store yet. Run `parcours apply` first.');
    }
    return await work(session, running);
  });
}

async function noSuchList(running: Running, list: string): Promise<never> {
  const { desksOf } = await import('../../activation/calls/desk.ts');
  const known = desksOf(running);
  const near = suggest(list, known);
  const others = known.length === 0 ? 'It has none at all.' : `It has: ${known.join(', ')}.`;
  const hint = near === undefined ? others : `Did you mean ${near}?`;
  throw new CliError('CLI_UNKNOWN', `Revision ${running.program.revision} has no call list "${list}". ${hint}`);
}

function idOf(named: string): string {
  return named.startsWith('channel/') ? named.slice('channel/'.length) : named;
}

function readAgent(text: string): string {
  const name = text.trim();
  if (name !== '' && name.length <= agentCharsMax && !/\p{Cc}|\p{Surrogate}/u.test(name)) return name;
  throw new CliError('CLI_BAD_OPTION', `--agent takes a name of 1 to ${agentCharsMax} characters.`);
}

function readId(text: string): number {
  const number = readCallId(text);
  if (number !== null) return number;
  throw new CliError(
    'CLI_BAD_OPTION',
    `"${text}" is no call: ids look like 417-90210; \`parcours calls LIST\` shows them.`,
  );
}
