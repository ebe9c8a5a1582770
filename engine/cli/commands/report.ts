/** `parcours report`: what the journeys did to people in a period. */
import { readReport } from '../../measure/report/report.ts';
import { readInstant } from '../arguments.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import type { Context, ExitCode } from '../context.ts';
import { reportView } from '../views/report-view.ts';

interface ReportOptions {
  readonly since?: string;
  readonly until?: string;
}

export const reportCommand: DefineCommand = (run) =>
  newCommand('report', 'Show messages by journey and channel, what held them back, and how many reached the goal.', [
    'parcours report',
    'parcours report --since 2026-03-01 --until 2026-04-01 --json',
  ])
    .option('--since <time>', 'messages and enrollments from that time on (ISO; without an offset it is UTC)')
    .option('--until <time>', 'and before that time')
    .option('--json', 'print JSON')
    .action((options: ReportOptions, command) => run(command.optsWithGlobals(), (context) => report(context, options)));

async function report(context: Context, options: ReportOptions): Promise<ExitCode> {
  const since = options.since === undefined ? null : readInstant('--since', options.since);
  const until = options.until === undefined ? null : readInstant('--until', options.until);
  const store = await context.openStore();
  context.show(reportView, await store.withSession((session) => readReport(session, { since, until })));
  return 0;
}
