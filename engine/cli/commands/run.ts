/** `parcours run`: the engine, as a daemon, once, or with a clock that jumps from due time to due time. */
import { availableParallelism } from 'node:os';
import type { Engine } from '../../activation/engine.ts';
import { jumpingClock } from '../../clock/clock.ts';
import type { Store } from '../../store/store.ts';
import { readAddress, readChoice, readCount, readInstant, readSpanMs } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, readLive } from '../context.ts';
import { keepHeapSmall, optimizeLate } from '../v8-settings.ts';
import { progressOf } from '../views/progress.ts';
import { runView } from '../views/run-view.ts';
import { formatTime } from '../views/style.ts';
import { watchFilling } from '../watch-filling.ts';
import { watchedRun } from '../watched-run.ts';

interface RunOptions {
  readonly once?: boolean;
  readonly until?: string;
  readonly tick?: string;
  readonly workers?: string;
  readonly listen?: string;
  readonly lateAfter?: string;
  readonly driftEvery?: string;
  readonly log?: string;
}

const workersMax = 64;

export const runCommand: DefineCommand = (run) =>
  newCommand('run', 'Run the journeys: schedules, segments, steps, messages. Ends gracefully on SIGTERM.', [
    'parcours run                         # until it is stopped',
    'parcours run --workers 4 --listen 0.0.0.0:9464 --log json    # as a service, watched over HTTP',
    'parcours run --once                  # what is due now, then end',
    'parcours run --now 2026-03-01 --until 2026-03-31 --tick 15min    # thirty days, simulated',
  ])
    .option('--once', 'do what is due now, then end')
    .option('--until <time>', 'let the clock jump from due time to due time up to that time (ISO)')
    .option('--tick <duration>', 'with --until: round due times up to a multiple of it, such as 15min')
    .option('--workers <number>', 'lanes worked on at once (default: one a core, at most 4)')
    .option(
      '--listen <[host:]port>',
      'answer /healthz, /readyz and /metrics there; without a host, to this machine only',
    )
    .option('--late-after <duration>', 'with --listen: a lane that is due for longer makes /readyz say no', '5min')
    .option('--drift-every <duration>', 'how often to look for what nobody declared; 0s: never', '15min')
    .option('--log <form>', 'json: a line an event, on stderr · text · without it: text at a terminal')
    .option('--json', 'print JSON at the end')
    .action((options: RunOptions, command) => run(command.optsWithGlobals(), (context) => runEngine(context, options)));

async function runEngine(context: Context, options: RunOptions): Promise<ExitCode> {
  checkOptions(options);
  const workers =
    options.workers === undefined
      ? Math.min(4, availableParallelism())
      : readCount('--workers', options.workers, [1, workersMax]);
  const until = options.until === undefined ? null : readInstant('--until', options.until);
  const tickMs = options.tick === undefined ? 0 : readSpanMs('--tick', options.tick);
  const clock = until === null ? context.clock : (context.jumping ?? jumpingClock(context.clock.now()));
  if (until !== null && until < clock.now()) {
    throw new CliError(
      'CLI_BAD_OPTION',
      `--until ${until.toISOString()} is before the clock's time, ${clock.now().toISOString()}. --now says where the clock starts.`,
    );
  }
  const listen = options.listen === undefined ? null : readAddress('--listen', options.listen);
  const lateMs = readSpanMs('--late-after', options.lateAfter ?? '5min');
  const driftEveryMs = readSpanMs('--drift-every', options.driftEvery ?? '15min');
  const isJson = logsJson(context, options.log);
  const store = await context.openStore();
  await store.withSession(readLive);
  if (options.once !== true && until === null) {
    keepHeapSmall();
    await watchedRun(context, { store, workers, listen, lateMs, isJson, driftEveryMs });
  } else {
    // Only what runs loads the engine: the other commands start in half the time.
    const { createEngine } = await import('../../activation/engine.ts');
    const engine = createEngine({ store, clock, root: context.root, workers, env: context.env });
    if (until === null) await runOnce(context, store, engine);
    else await runUntil(context, engine, { until, tickMs });
  }
  context.show(runView, { until: clock.now().toISOString() });
  return 0;
}

function checkOptions({ once, until, listen, log }: RunOptions): void {
  if (once && until !== undefined) {
    throw new CliError('CLI_BAD_OPTION', '--once and --until exclude each other: say what is due now, or up to when.');
  }
  if ((once || until !== undefined) && (listen !== undefined || log !== undefined)) {
    throw new CliError(
      'CLI_BAD_OPTION',
      '--listen and --log are for a run that goes on until it is stopped: leave --once and --until out.',
    );
  }
}

/** Lines of JSON where nobody reads along. */
function logsJson({ output }: Context, asked: string | undefined): boolean {
  if (asked === undefined) return !output.isNoteTerminal;
  return readChoice('--log', asked, ['json', 'text']) === 'json';
}

async function runOnce(context: Context, store: Store, engine: Engine): Promise<void> {
  const filling = watchFilling(store, context.output);
  try {
    await engine.runOnce();
  } finally {
    await filling.stop();
  }
}

async function runUntil(
  context: Context,
  engine: Engine,
  { until, tickMs }: { readonly until: Date; readonly tickMs: number },
): Promise<void> {
  optimizeLate();
  const progress = progressOf(context.output);
  try {
    await engine.runUntil(until, { tickMs, onProgress: (at: Date) => progress(`at ${formatTime(at)}`) });
  } finally {
    progress.done();
  }
}
