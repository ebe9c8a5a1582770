/**
 * A daemon in a process of its own, for tests that kill it: `run-daemon.js ROOT WORKERS`, the store by DATABASE_URL. Says `running` when
 * it begins; SIGTERM ends it gracefully. It migrates nothing and reads no files.
 */
import { createEngine } from '../../../dist/activation/engine.js';
import { systemClock } from '../../../dist/clock/clock.js';
import { openStore } from '../../../dist/store/open-store.js';

const [root = '', workers = '2'] = process.argv.slice(2);
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
const store = await openStore({ root, env: process.env, migrate: false });
const engine = createEngine({ store, clock: systemClock, root, workers: Number(workers), env: {} });
const ended = engine.runDaemon(stopping.signal);
process.stdout.write('running\n');
await ended;
