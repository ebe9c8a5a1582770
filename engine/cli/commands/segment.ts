/** `parcours segment ID`: what a segment says, how large it is and was, what it overlaps, and why people are in or out. */
import { lookAtSegment } from '../../measure/segment/look-at-segment.ts';
import { readCount } from '../arguments.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, findLive, readLive } from '../context.ts';
import { readFillingLazily } from '../read-filling.ts';
import { segmentView } from '../views/segment-view.ts';

interface SegmentOptions {
  readonly days: string;
  readonly seconds: string;
}

/** Days of history that can be asked for. */
const daysMax = 4_000;
const secondsMax = 3_600;
/** One statement for the reasons or the overlap is given up after it. */
const statementTimeout = '120s';

export const segmentCommand: DefineCommand = (run) =>
  newCommand(
    'segment <segment>',
    'Show a segment: definition, size and its history, overlap, and why people are in or out.',
    [
      'parcours segment dormant-retailers',
      'parcours segment lapsed --days 90 --json',
      'parcours segment lapsed --seconds 60     # count the reasons over more people',
    ],
  )
    .option('--days <number>', 'days of history', '14')
    .option('--seconds <number>', 'how long the reasons may be counted; then the lanes read so far are a sample', '5')
    .option('--json', 'print JSON')
    .action((segment: string, options: SegmentOptions, command) =>
      run(command.optsWithGlobals(), (context) => look(context, segment, options)),
    );

async function look(context: Context, segment: string, options: SegmentOptions): Promise<ExitCode> {
  const days = readCount('--days', options.days, [1, daysMax]);
  const budgetMs = 1_000 * readCount('--seconds', options.seconds, [0, secondsMax]);
  const store = await context.openStore();
  const session = await store.session({ statement_timeout: statementTimeout });
  try {
    const live = await readLive(session);
    findLive(live, 'segment', segment);
    const at = context.clock.now();
    const found = await lookAtSegment(session, { resources: live.resources, segment, at, days, budgetMs });
    context.show(segmentView, { ...found, filling: await readFillingLazily(session) });
  } finally {
    await session.close();
  }
  return 0;
}
