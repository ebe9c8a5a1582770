/** `parcours run`: the engine, as a daemon, once, or with a clock that jumps from due time to due time. */
import { availableParallelism } from 'node:os';
import { jumpingClock } from '../../clock/clock.ts';
import { readCount, readInstant, readSpanMs } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, readLive } from '../context.ts';
import { progressOf } from '../views/progress.ts';
import { runView } from '../views/run-view.ts';
import { formatTime } from '../views/style.ts';
import { troubleLine } from '../views/trouble-view.ts';
import { watchFilling } from '../watch-filling.ts';

interface RunOptions {
  readonly once?: boolean;
  readonly until?: string;
  readonly tick?: string;
  readonly workers?: string;
}

const workersMax = 64;

export const runCommand: DefineCommand = (run) =>
  newCommand('run', 'Run the journeys: schedules, segments, steps, messages. Ends gracefully on SIGTERM.', [
    'parcours run                         # until it is stopped',
    'parcours run --once                  # what is due now, then end',
    'parcours run --now 2026-03-01 --until 2026-03-31 --tick 15min    # thirty days, simulated',
  ])
    .option('--once', 'do what is due now, then end')
    .option('--until <time>', 'let the clock jump from due time to due time up to that time (ISO)')
    .option('--tick <duration>', 'with --until: round due times up to a multiple of it, such as 15min')
    .option('--workers <number>', 'lanes worked on at once (default: one a core, at most 4)')
    .option('--json', 'print JSON at the end')
    .action((options: RunOptions, command) => run(command.optsWithGlobals(), (context) => runEngine(context, options)));

async function runEngine(context: Context, options: RunOptions): Promise<ExitCode> {
  if (options.once && options.until !== undefined) {
    throw new CliError('CLI_BAD_OPTION', '--once and --until exclude each other: say what is due now, or up to when.');
  }
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
  const store = await context.openStore();
  await store.withSession(readLive);
  // Only what runs loads the engine: the other commands start in half the time.
  const { createEngine } = await import('../../activation/engine.ts');
  const engine = createEngine({
    ...{ store, clock, root: context.root, workers, env: context.env },
    onTrouble: (trouble) => context.output.note(troubleLine(trouble)),
  });
  if (until !== null) {
    const progress = progressOf(context.output);
    try {
      await engine.runUntil(until, { tickMs, onProgress: (at: Date) => progress(`at ${formatTime(at)}`) });
    } finally {
      progress.done();
    }
  } else {
    const filling = watchFilling(store, context.output);
    try {
      if (options.once) await engine.runOnce();
      else {
        const signal = context.stopSignal();
        context.output.note('Running; SIGTERM or Ctrl-C ends it gracefully.\n');
        await engine.runDaemon(signal);
      }
    } finally {
      await filling.stop();
    }
  }
  context.show(runView, { until: clock.now().toISOString() });
  return 0;
}
