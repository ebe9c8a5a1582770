/** `parcours destination run | log`: deliveries by hand, and what was delivered. */
import { secretsOf } from '../../channels/secrets.ts';
import { digestOf } from '../../compiler/digest.ts';
import { declarationsOf } from '../../profiles/declarations.ts';
import { deliver } from '../../profiles/destinations/deliver.ts';
import { selectRuns } from '../../profiles/destinations/runs/queries.ts';
import type { OwnSession } from '../../store/session.ts';
import { readCount } from '../arguments.ts';
import { assertDefined } from '../assert-defined.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand, type Run } from '../command.ts';
import { type Context, type ExitCode, findLive, readLive } from '../context.ts';
import { deliveriesView, deliveryView } from '../views/destination-view.ts';
import { progressOf } from '../views/progress.ts';
import { counted, formatCount } from '../views/style.ts';

export const destinationCommand: DefineCommand = (run) => {
  const destination = newCommand('destination', 'Deliver to a destination now, and list what was delivered.', [
    'parcours destination run warehouse',
    'parcours destination run warehouse --all      # everybody, also who is as he was told',
    'parcours destination log',
  ]);
  for (const command of [runOne(run), log(run)]) destination.addCommand(command);
  return destination;
};

function runOne(run: Run) {
  return newCommand(
    'run <destination>',
    'Deliver now. A delivery that was left halfway, whatever ended it, goes on where it was.',
    ['parcours destination run warehouse', 'parcours destination run warehouse --all --json'],
  )
    .option('--all', 'everybody, also who is as he was told; of a destination that sends changes')
    .option('--json', 'print JSON')
    .action((id: string, options: { readonly all?: boolean }, command) =>
      run(command.optsWithGlobals(), (context) => deliverNow(context, id, options.all === true)),
    );
}

async function deliverNow(context: Context, id: string, isWhole: boolean): Promise<ExitCode> {
  const store = await context.openStore();
  const progress = progressOf(context.output);
  try {
    const run = await store.withSession((session) => deliverOne(context, { session, id, isWhole, progress }));
    progress.done();
    if (run === null) {
      throw new CliError('CLI_UNKNOWN', `Another process is delivering to ${id}: \`parcours destination log ${id}\`.`);
    }
    context.show(deliveryView, run);
    return run.state === 'done' || run.state === 'running' ? 0 : 1;
  } finally {
    progress.done();
  }
}

interface Delivering {
  readonly session: OwnSession;
  readonly id: string;
  readonly isWhole: boolean;
  readonly progress: (words: string) => void;
}

async function deliverOne(context: Context, { session, id, isWhole, progress }: Delivering) {
  const live = await readLive(session);
  const { body } = findLive(live, 'destination', id);
  if (body.delivery === undefined) {
    const words = `Destination ${id} is called by journeys alone. To deliver people to it, say which: \`segment\`, \`columns\`, \`send\` or \`when\`.`;
    throw new CliError('CLI_BAD_OPTION', words);
  }
  const bundle = { digest: live.revision.bundle_digest, resources: live.resources };
  const { traits, workspace } = assertDefined(declarationsOf(bundle), 'an applied bundle has a workspace');
  const sources = live.resources.flatMap((one) => (one.kind === 'source' ? [one.body] : []));
  return await deliver({
    ...{ session, isWhole, root: context.root, clock: context.clock, cause: 'hand' },
    ...{ destination: id, body, delivery: body.delivery, digest: digestOf(body) },
    ...{ known: { traits, sources }, zone: workspace.zone, secret: secretsOf(context.env) },
    onProgress: ({ lanes, of, told }) =>
      progress(`${formatCount(lanes)} of ${counted(of, 'lane')}, ${counted(told, 'person', 'people')} told`),
  });
}

function log(run: Run) {
  return newCommand('log [destination]', 'List deliveries, the newest first.', [
    'parcours destination log',
    'parcours destination log warehouse --limit 100 --json',
  ])
    .option('--limit <number>', 'how many are shown', '20')
    .option('--json', 'print JSON')
    .action((id: string | undefined, options: { readonly limit: string }, command) =>
      run(command.optsWithGlobals(), async (context) => {
        const limit = readCount('--limit', options.limit, [1, 10_000]);
        const store = await context.openStore();
        context.show(deliveriesView, {
          deliveries: await store.withSession((session) => selectRuns(session, id ?? null, limit)),
        });
        return 0;
      }),
    );
}
