/** `parcours report`: what the journeys did to people in a period; with `--base` what a pull request would do (`report-pull-request.ts`). */
import { readReport } from '../../measure/report/report.ts';
import { readInstant } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import type { Context, ExitCode, GlobalOptions } from '../context.ts';
import { reportView } from '../views/report-view.ts';

interface ReportOptions {
  readonly since?: string;
  readonly until?: string;
  readonly base?: string;
  readonly snapshot?: string;
  readonly store: boolean;
  readonly impact: boolean;
  readonly budget?: string;
}

export const reportCommand: DefineCommand = (run) =>
  newCommand('report', 'Show messages by journey and channel, what held them back, and how many reached the goal.', [
    'parcours report',
    'parcours report --since 2026-03-01 --until 2026-04-01 --json',
    'parcours report --base origin/main --format markdown      # what this branch changes, as a comment',
    'parcours report --base origin/main --snapshot snapshot.json    # without a store: with published counts',
    '# With --base: nothing is printed when nothing changes. Exit codes: 0 done, 1 the files have errors.',
  ])
    .option('--since <time>', 'messages and enrollments from that time on (ISO; without an offset it is UTC)')
    .option('--until <time>', 'and before that time')
    .option('--base <ref>', 'report instead what the files change since they left that branch or commit')
    .option('--format <format>', 'with --base: markdown, github (with links to files) or json')
    .option('--snapshot <file|url>', 'with --base: counts that `parcours snapshot` published, where no store is asked')
    .option('--no-store', 'with --base: ask no store, even if one is named')
    .option('--no-impact', 'with --base: do not count people')
    .option('--budget <time>', 'with --base: how long people may be counted: 10s, 2min (default: 60s)')
    .option('--json', 'print JSON')
    .action((_options: unknown, command) => {
      const { format, ...options }: ReportOptions & GlobalOptions = command.optsWithGlobals();
      return run(options, (context) => report(context, options, format));
    });

async function report(context: Context, options: ReportOptions, format: string | undefined): Promise<ExitCode> {
  if (options.base !== undefined) {
    const { reportPullRequest } = await import('../report-pull-request.ts');
    return reportPullRequest(context, { ...options, base: options.base, format });
  }
  if (format !== undefined && format !== 'json') {
    throw new CliError(
      'CLI_BAD_OPTION',
      '--format is for a report of what a branch changes: name its base with --base.',
    );
  }
  const since = options.since === undefined ? null : readInstant('--since', options.since);
  const until = options.until === undefined ? null : readInstant('--until', options.until);
  const store = await context.openStore();
  const made = await store.withSession((session) => readReport(session, { since, until }));
  if (format === 'json') context.output.write(`${JSON.stringify(reportView.json(made), null, 2)}\n`);
  else context.show(reportView, made);
  return 0;
}
