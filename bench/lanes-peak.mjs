// Runs the built engine's workers on a benchmark's store until nothing is due, in a process of its own, and prints the most that it took in
// memory and a backend in cached plans. The source run through a loader would be measured with the loader: some 50 MB of its own.
import { workerSettings } from '../dist/activation/engine.js';
import { createOutlook } from '../dist/activation/lanes/outlook.js';
import { messageIds } from '../dist/activation/messages/message-ids.js';
import { runningPrograms } from '../dist/activation/running.js';
import { createWorker } from '../dist/activation/worker.js';
import { keepHeapSmall } from '../dist/cli/v8-settings.js';
import { elapsedMs, jumpingClock } from '../dist/clock/clock.js';
import { serverStore } from '../dist/store/open-store.js';

keepHeapSmall();
const [count, t] = process.argv.slice(2);
const store = serverStore(JSON.parse(process.env.PARCOURS_BENCH_CONNECTION));
const sessions = await Promise.all(
  Array.from({ length: Number(count) }, () => store.session(workerSettings, { pipeline: true })),
);
const clock = jumpingClock(new Date(t));
// As in the daemon: they share programs and what they see.
const shared = { outlook: createOutlook(elapsedMs()), programs: runningPrograms() };
const workers = sessions.map((session) =>
  createWorker({
    ...{ ...shared, session, clock, messageIds: messageIds() },
    ...{ sharers: () => sessions.length, takes: 'everything', isPatient: false },
  }),
);
do {
  await Promise.all(
    workers.map(async (worker) => {
      while ((await worker.turn()).didWork);
    }),
  );
  // Idle may also mean that the rest is in another one's hands.
} while (sessions.length > 1 && (await isAnythingLeft()));
const planBytes = Math.max(...(await Promise.all(sessions.map(cachedPlanBytes))));
process.stdout.write(JSON.stringify({ memoryBytes: process.resourceUsage().maxRSS * 1024, planBytes }));
await Promise.all(sessions.map((session) => session.close()));

async function isAnythingLeft() {
  const [row] = await sessions[0].query(
    `select exists (select from parcours.inbox where visible_at <= $1)
       or exists (select from parcours.lane where wake_at <= $1) as left`,
    [new Date(t)],
  );
  return row.left;
}

/** Of the session's own backend: PostgreSQL shows a session no other's memory. */
async function cachedPlanBytes(session) {
  const [row] = await session.query(
    `select coalesce(sum(total_bytes), 0)::bigint as bytes from pg_backend_memory_contexts where name like 'CachedPlan%'`,
  );
  return Number(row.bytes);
}
