/** Runs our side of a benchmark of lanes once and prints the most that this process took in memory and a backend in cached plans. */
import { serverStore } from '../engine/store/open-store.ts';
import type { ConnectionConfig } from '../engine/store/session.ts';
import { withOurWorkers } from './lanes-ours.ts';
import { lanesTime } from './lanes-time.ts';

const connection = JSON.parse(process.env.PARCOURS_BENCH_CONNECTION ?? '{}') as ConnectionConfig;
const workers = Number(process.argv[2]);
const planBytes = await withOurWorkers(
  serverStore(connection),
  { workers, t: lanesTime, spent: null },
  async (ours) => {
    await ours.untilIdle();
    return await ours.cachedPlanBytes();
  },
);
process.stdout.write(JSON.stringify({ memoryBytes: process.resourceUsage().maxRSS * 1024, planBytes }));
