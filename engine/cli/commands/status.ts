/** `parcours status`: how the running system stands. */
import { readStatus } from '../../measure/health/status.ts';
import { selectLastRuns } from '../../profiles/destinations/runs/queries.ts';
import { selectPulls } from '../../profiles/pulls/queries.ts';
import { selectDriftCheck } from '../../reconcile/history/queries.ts';
import { readSyncStatus } from '../../reconcile/sync/sync-status.ts';
import { storeStatus } from '../../store/control.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import type { Context, ExitCode } from '../context.ts';
import { readFillingLazily } from '../read-filling.ts';
import { statusView } from '../views/status-view.ts';

export const statusCommand: DefineCommand = (run) =>
  newCommand('status', 'Show the live revision, what waits, what left, and who works.', [
    'parcours status',
    'parcours status --json | jq -e \'.progress == "current"\'',
  ])
    .option('--json', 'print JSON')
    .action((_options: unknown, command) => run(command.optsWithGlobals(), status));

async function status(context: Context): Promise<ExitCode> {
  const store = await context.openStore();
  const running = await store.withSession(async (session) => ({
    ...(await readStatus(session, context.clock.now())),
    filling: await readFillingLazily(session),
    sync: await readSyncStatus(session, context.clock.now()),
    drift: await selectDriftCheck(session),
    deliveries: await selectLastRuns(session),
    pulls: await selectPulls(session),
  }));
  context.show(statusView, { ...running, store: await storeStatus(context) });
  return 0;
}
