// Dispatches with the built engine what stands in the outbox, for some time, and prints the most memory that this process took. Arguments:
// the workspace's folder, seconds; the store's connection and the providers' secrets are in the environment.
import { setTimeout as wait } from 'node:timers/promises';
import { createAdapters } from '../dist/activation/dispatch/adapters.js';
import { catalogueOf } from '../dist/activation/dispatch/catalogue.js';
import { createDispatcher } from '../dist/activation/dispatch/dispatch.js';
import { keepHeapSmall } from '../dist/cli/v8-settings.js';
import { systemClock } from '../dist/clock/clock.js';
import { link } from '../dist/compiler/program.js';
import { serverStore } from '../dist/store/open-store.js';
import { readResources, readRevision } from '../dist/store/revisions.js';

keepHeapSmall();
const [root, seconds] = process.argv.slice(2);
const store = serverStore(JSON.parse(process.env.PARCOURS_BENCH_CONNECTION));
const secrets = JSON.parse(process.env.PARCOURS_BENCH_SECRETS);
const secret = (name) => secrets[name];
const resources = await store.withSession(async (session) => readResources(session, await readRevision(session, 1)));
const catalogue = catalogueOf(link(1, resources), undefined, secret);
const adapters = createAdapters({ root, secret, isSimulated: false });
const dispatcher = createDispatcher({
  openSession: (settings) => store.session(settings),
  catalogue: () => catalogue,
  adapter: (id, body) => adapters.adapter(id, body),
  clock: systemClock,
  dispatcherId: 'bench',
});
const sending = (async () => {
  // All channels at once, as in a daemon.
  while ((await dispatcher.dispatchDue(systemClock.now())).isMore);
})();
await Promise.race([sending, wait(Number(seconds) * 1_000)]);
process.stdout.write(JSON.stringify({ memoryBytes: process.resourceUsage().maxRSS * 1024 }), () => process.exit(0));
