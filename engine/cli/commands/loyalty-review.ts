/** `parcours loyalty review list | accept | refuse`: points that a cap kept back, and what becomes of them. */
import { decide } from '../../activation/loyalty/review.ts';
import { runningPrograms } from '../../activation/running.ts';
import { selectReviews } from '../../loyalty/review/queries.ts';
import { readCount } from '../arguments.ts';
import { newCommand, type Run } from '../command.ts';
import { type Context, type ExitCode, findLive, readLive } from '../context.ts';
import { decisionsView, reviewsView } from '../views/review-view.ts';

interface ListOptions {
  readonly all?: boolean;
  readonly limit: string;
}

interface DecideOptions {
  readonly by?: string;
}

const limitMax = 10_000;

export function reviewCommand(run: Run) {
  const review = newCommand('review', 'Show the points that a cap kept back, and accept or refuse them.', [
    'parcours loyalty review list red-points',
    'parcours loyalty review accept 90210 90233 --by ida',
    'parcours loyalty review refuse 90240',
  ]);
  review.addCommand(
    newCommand('list', 'Show what waits for a decision, the oldest first; names nobody.', [
      'parcours loyalty review list red-points',
      'parcours loyalty review list --all --limit 500 --json',
    ])
      .argument('[programme]', 'only of this programme')
      .option('--all', 'also what was decided')
      .option('--limit <number>', 'list so many', '100')
      .option('--json', 'print JSON')
      .action((programme: string | undefined, options: ListOptions, own) =>
        run(own.optsWithGlobals(), (context) => list(context, programme ?? null, options)),
      ),
  );
  for (const [name, status, summary] of [
    ['accept', 'accepted', 'Book the points as they would have been.'],
    ['refuse', 'refused', 'Leave the points unbooked for good.'],
  ] as const) {
    review.addCommand(
      newCommand(name, summary, [`parcours loyalty review ${name} 90210 --by ida`])
        .argument('<review...>', 'numbers of the list')
        .option('--by <name>', 'who decides, for the record (default: the account of the system)')
        .option('--json', 'print JSON')
        .action((numbers: readonly string[], options: DecideOptions, own) =>
          run(own.optsWithGlobals(), (context) => decideAll(context, { numbers, status, options })),
        ),
    );
  }
  return review;
}

async function list(context: Context, program: string | null, options: ListOptions): Promise<ExitCode> {
  const limit = readCount('--limit', options.limit, [1, limitMax]);
  const store = await context.openStore();
  const reviews = await store.withSession(async (session) => {
    if (program !== null) findLive(await readLive(session), 'loyalty', program);
    return await selectReviews(session, { program, isAll: options.all === true, limit });
  });
  context.show(reviewsView, { program, reviews });
  return 0;
}

async function decideAll(
  context: Context,
  asked: {
    readonly numbers: readonly string[];
    readonly status: 'accepted' | 'refused';
    readonly options: DecideOptions;
  },
): Promise<ExitCode> {
  const ids = asked.numbers.map((one) => readCount('review', one, [1, Number.MAX_SAFE_INTEGER]));
  const by = asked.options.by ?? context.env.USER ?? 'unknown';
  const store = await context.openStore();
  const session = await store.session();
  try {
    const { revision } = await readLive(session);
    const running = await runningPrograms().get(session, revision.number);
    if (running === null) throw new Error('assertion failed: a live revision runs');
    const decisions = [];
    for (const reviewId of ids) {
      const now = context.clock.now();
      decisions.push({
        number: reviewId,
        ...(await decide(session, running, { reviewId, status: asked.status, by, now })),
      });
    }
    context.show(decisionsView, { status: asked.status, decisions });
    return decisions.every(({ kind }) => kind === 'decided') ? 0 : 1;
  } finally {
    await session.close();
  }
}
