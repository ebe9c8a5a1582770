/** Our side of benchmarks: the built engine's workers in this process, as the daemon has them. Build it first (`npm run build`). */
import type { Worker } from '../engine/activation/worker.ts';
import { elapsedMs } from '../engine/clock/clock.ts';
import type { Session } from '../engine/store/session.ts';
import type { Store } from '../engine/store/store.ts';
import { built } from './built.ts';
import type { Costs } from './costs.ts';

export interface OursOptions {
  readonly workers: number;
  /** The lanes' time, which stands still. */
  readonly t: Date;
  /** Times the statements; null: they run untimed. */
  readonly spent: Costs | null;
}

export interface OurWorkers {
  /** Works until nothing is due. Another call finds warm workers: programs read, statements prepared. */
  untilIdle(): Promise<void>;
}

/** The engine's workers until nothing is due. */
export function runOurs(store: Store, options: OursOptions): Promise<void> {
  return withOurWorkers(store, options, (ours) => ours.untilIdle());
}

/** The engine's workers, a session each, for a while. */
export async function withOurWorkers<T>(
  store: Store,
  { workers, t, spent }: OursOptions,
  work: (ours: OurWorkers) => Promise<T>,
): Promise<T> {
  const engine = await builtEngine();
  const { workerSettings, messageIds, runningPrograms, createWorker, createOutlook, jumpingClock, serverStore } =
    engine;
  const own = serverStore(store.connection);
  const sessions = await Promise.all(
    Array.from({ length: workers }, () => own.session(workerSettings, { pipeline: true })),
  );
  const clock = jumpingClock(t);
  // As in the daemon: they share programs and what they see.
  const outlook = createOutlook(elapsedMs());
  const programs = runningPrograms();
  const crew = sessions.map((plain) =>
    createWorker({
      ...{ outlook, session: spent?.of(plain) ?? plain, clock, programs, messageIds: messageIds() },
      sharers: () => workers,
      takes: 'everything',
      // As in the daemon: the backlog is what makes transactions long.
      isPatient: false,
    }),
  );
  const exhaust = async (worker: Worker, session: Session) => {
    do {
      while ((await worker.turn()).didWork);
      // Idle may also mean that the rest is in the other's hands.
    } while (workers > 1 && (await isAnythingLeft(session, t)));
  };
  try {
    return await work({
      untilIdle: async () => {
        await Promise.all(crew.map((worker, i) => exhaust(worker, sessions[i] as Session)));
      },
    });
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}

async function builtEngine() {
  const { keepHeapSmall } = await built<typeof import('../engine/cli/v8-settings.ts')>('cli/v8-settings');
  // As the daemon has it; the floor, in the same process, has it, too.
  keepHeapSmall();
  const [
    { workerSettings },
    { messageIds },
    { runningPrograms },
    { createWorker },
    { createOutlook },
    { jumpingClock },
    { serverStore },
  ] = await Promise.all([
    built<typeof import('../engine/activation/engine.ts')>('activation/engine'),
    built<typeof import('../engine/activation/messages/message-ids.ts')>('activation/messages/message-ids'),
    built<typeof import('../engine/activation/running.ts')>('activation/running'),
    built<typeof import('../engine/activation/worker.ts')>('activation/worker'),
    built<typeof import('../engine/activation/lanes/outlook.ts')>('activation/lanes/outlook'),
    built<typeof import('../engine/clock/clock.ts')>('clock/clock'),
    built<typeof import('../engine/store/open-store.ts')>('store/open-store'),
  ]);
  return { workerSettings, messageIds, runningPrograms, createWorker, createOutlook, jumpingClock, serverStore };
}

async function isAnythingLeft(session: Session, t: Date): Promise<boolean> {
  const rows = await session.query<{ left: boolean }>(
    `select exists (select from parcours.inbox where visible_at <= $1)
       or exists (select from parcours.lane where wake_at <= $1) as left`,
    [t],
  );
  return rows[0]?.left === true;
}
