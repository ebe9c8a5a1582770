/** Dispatches what stands in the outbox for some time and prints the most memory that this process took. */
import { systemClock } from '../engine/clock/clock.ts';
import { serverStore } from '../engine/store/open-store.ts';
import type { ConnectionConfig } from '../engine/store/session.ts';
import { ourDispatcher } from './dispatch-ours.ts';

const connection = JSON.parse(process.env.PARCOURS_BENCH_CONNECTION ?? '{}') as ConnectionConfig;
const [root = '', seconds = '20'] = process.argv.slice(2);
const ours = await ourDispatcher(serverStore(connection), root);
const until = systemClock.now().getTime() + Number(seconds) * 1_000;
// All channels at once, as in a daemon; a call ends by itself once nothing is due.
let accepted = 0;
const sending = (async () => {
  for (;;) {
    const report = await ours.dispatcher.dispatchDue(systemClock.now());
    accepted += report.accepted;
    if (!report.isMore || systemClock.now().getTime() > until) return;
  }
})();
await Promise.race([sending, new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1_000))]);
process.stdout.write(JSON.stringify({ memoryBytes: process.resourceUsage().maxRSS * 1024, accepted }), () =>
  process.exit(0),
);
