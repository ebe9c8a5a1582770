/** Runs our side of the benchmark `lanes` once and prints the most memory that this process took, in bytes. */
import { serverStore } from '../engine/store/open-store.ts';
import type { ConnectionConfig } from '../engine/store/session.ts';
import { runOurs } from './lanes-ours.ts';
import { lanesTime } from './lanes-time.ts';

const connection = JSON.parse(process.env.PARCOURS_BENCH_CONNECTION ?? '{}') as ConnectionConfig;
await runOurs(serverStore(connection), { workers: Number(process.argv[2]), t: lanesTime, spent: null });
process.stdout.write(String(process.resourceUsage().maxRSS * 1024));
