/** `parcours loyalty quote | hold | redeem | cancel`: the till at a terminal, for one member of a programme. */
import { randomUUID } from 'node:crypto';
import { callerOf, type TillAnswer } from '../../activation/loyalty/till/command.ts';
import {
  type Asked,
  cancelAtTill,
  captureAtTill,
  holdAtTill,
  quoteAtTill,
  redeemAtTill,
  type TillRequest,
  usualUntil,
} from '../../activation/loyalty/till/till.ts';
import { runningPrograms } from '../../activation/running.ts';
import { findProfile } from '../../profiles/find-profile.ts';
import { typedNames } from '../../profiles/typed-names.ts';
import type { OwnSession } from '../../store/session.ts';
import { readCount, readSpanMs } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { newCommand, type Run } from '../command.ts';
import { type Context, type ExitCode, findLive, readLive } from '../context.ts';
import { quoteView, tillView } from '../views/till-view.ts';

interface TillOptions {
  readonly reward?: string;
  readonly points?: string;
  readonly hold?: string;
  readonly for?: string;
  readonly key?: string;
}

const pointsMax = 1_000_000_000;
const numberMax = Number.MAX_SAFE_INTEGER;
const keyHelp = 'the same key with the same request is booked once (default: one of its own)';

export function tillCommands(run: Run) {
  const command = (name: string, summary: string, examples: readonly string[]) =>
    newCommand(`${name} <programme> <profile>`, summary, [...examples]).option('--json', 'print JSON');
  const act =
    (work: Work) => (program: string, profile: string, options: TillOptions, own: { optsWithGlobals(): object }) =>
      run(own.optsWithGlobals() as Parameters<Run>[0], (context) =>
        atTerminal(context, { program, profile, options }, work),
      );
  return [
    command('quote', 'Show what a reward would take of a member, and what stands in the way.', [
      'parcours loyalty quote red-points external_id:R00042 --reward free-delivery',
    ])
      .option('--reward <id>', 'a reward of the programme')
      .option('--points <count>', 'so many points, for what no reward names')
      .action(act(quote)),
    command('hold', 'Hold points of a member, so that nobody else spends them; they come back by themselves.', [
      'parcours loyalty hold red-points external_id:R00042 --reward free-delivery --for 15min',
    ])
      .option('--reward <id>', 'a reward of the programme')
      .option('--points <count>', 'so many points, for what no reward names')
      .option('--for <time>', 'how long: 15min, 2h, 1d (default: as the programme says, or 15min)')
      .option('--key <text>', keyHelp)
      .action(act(hold)),
    command('redeem', 'Spend points of a member: on a reward, or those of a hold. Shows the code.', [
      'parcours loyalty redeem red-points external_id:R00042 --reward free-delivery --key order-7731',
      'parcours loyalty redeem red-points external_id:R00042 --hold 90210',
    ])
      .option('--reward <id>', 'a reward of the programme')
      .option('--points <count>', 'so many points, for what no reward names')
      .option('--hold <number>', 'the points of a hold, by its transaction')
      .option('--key <text>', keyHelp)
      .action(act(redeem)),
    newCommand(
      'cancel <programme> <profile> <transaction>',
      'Let a hold go, or give spent points back to the lots that they came from.',
      ['parcours loyalty cancel red-points external_id:R00042 90210'],
    )
      .option('--points <count>', 'only so many of them (default: all)')
      .option('--key <text>', keyHelp)
      .option('--json', 'print JSON')
      .action(
        (
          program: string,
          profile: string,
          transaction: string,
          options: TillOptions,
          own: { optsWithGlobals(): object },
        ) =>
          run(own.optsWithGlobals() as Parameters<Run>[0], (context) =>
            atTerminal(context, { program, profile, options }, (session, request) =>
              booked(
                context,
                cancelAtTill(session, request, {
                  transaction: readCount('transaction', transaction, [1, numberMax]),
                  points: options.points === undefined ? null : readCount('--points', options.points, [1, pointsMax]),
                }),
              ),
            ),
          ),
      ),
  ];
}

interface Named {
  readonly program: string;
  readonly profile: string;
  readonly options: TillOptions;
}

type Work = (session: OwnSession, request: TillRequest, options: TillOptions, context: Context) => Promise<ExitCode>;

async function atTerminal(context: Context, { program, profile, options }: Named, work: Work): Promise<ExitCode> {
  const store = await context.openStore();
  const session = await store.session();
  try {
    const live = await readLive(session);
    findLive(live, 'loyalty', program);
    const running = await runningPrograms().get(session, live.revision.number);
    const programme = running?.program.programmes.get(program);
    if (running === null || programme === undefined) throw new Error('assertion failed: a live programme runs');
    const place = await findProfile(session, profile, typedNames(live.resources));
    if (place === null) {
      throw new CliError(
        'CLI_UNKNOWN',
        `Nobody answers to "${profile}". Give an identifier (ana@shop.example, external_id:00042) or the number of a profile.`,
      );
    }
    const { lane, profileId } = place;
    const { reward, points, hold: held, for: span } = options;
    const asked = { profileId, reward, points, hold: held, span };
    const caller = callerOf(options.key ?? randomUUID(), JSON.parse(JSON.stringify(asked)) as object);
    const request = { running, programme, who: { lane, profileId, program }, caller, now: context.clock.now() };
    return await work(session, request, options, context);
  } finally {
    await session.close();
  }
}

async function quote(
  session: OwnSession,
  request: TillRequest,
  options: TillOptions,
  context: Context,
): Promise<ExitCode> {
  context.show(quoteView, await quoteAtTill(session, request, askedOf(options, request)));
  return 0;
}

function hold(session: OwnSession, request: TillRequest, options: TillOptions, context: Context): Promise<ExitCode> {
  const until =
    options.for === undefined
      ? usualUntil(request.programme, request.now)
      : new Date(request.now.getTime() + readSpanMs('--for', options.for));
  return booked(context, holdAtTill(session, request, { asked: askedOf(options, request), until }));
}

function redeem(session: OwnSession, request: TillRequest, options: TillOptions, context: Context): Promise<ExitCode> {
  if (options.hold === undefined) return booked(context, redeemAtTill(session, request, askedOf(options, request)));
  return booked(context, captureAtTill(session, request, readCount('--hold', options.hold, [1, numberMax])));
}

function askedOf({ reward, points }: TillOptions, { programme }: TillRequest): Asked {
  if (reward !== undefined && points === undefined) {
    if (programme.body.rewards.some(({ id }) => id === reward)) return { kind: 'reward', reward };
    const known = programme.body.rewards.map(({ id }) => id);
    const has = known.length === 0 ? 'It has none.' : `It has ${known.join(', ')}.`;
    throw new CliError('CLI_UNKNOWN', `${programme.id} has no reward "${reward}". ${has}`);
  }
  if (points !== undefined && reward === undefined) {
    return { kind: 'points', points: readCount('--points', points, [1, pointsMax]) };
  }
  throw new CliError('CLI_BAD_OPTION', 'Say what the points are for: either --reward or --points.');
}

async function booked(context: Context, answer: Promise<TillAnswer>): Promise<ExitCode> {
  const told = await answer;
  context.show(tillView, told);
  return told.status === 'refused' ? 1 : 0;
}
