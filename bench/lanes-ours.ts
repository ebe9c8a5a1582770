/** Our side of benchmarks: the engine's workers in this process, as the daemon has them. */
import { workerSettings } from '../engine/activation/engine.ts';
import { messageIds } from '../engine/activation/messages/message-ids.ts';
import { runningPrograms } from '../engine/activation/running.ts';
import { createWorker, type Worker } from '../engine/activation/worker.ts';
import { jumpingClock } from '../engine/clock/clock.ts';
import type { Session } from '../engine/store/session.ts';
import type { Store } from '../engine/store/store.ts';
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
  const sessions = await Promise.all(
    Array.from({ length: workers }, () => store.session(workerSettings, { pipeline: true })),
  );
  const clock = jumpingClock(t);
  const crew = sessions.map((plain) => {
    const session = spent === null ? plain : spent.of(plain);
    return createWorker({
      ...{ session, clock, programs: runningPrograms(), messageIds: messageIds() },
      sharers: () => workers,
      takes: 'everything',
      // As in the daemon: the backlog is what makes transactions long.
      isPatient: false,
    });
  });
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

async function isAnythingLeft(session: Session, t: Date): Promise<boolean> {
  const rows = await session.query<{ left: boolean }>(
    `select exists (select from parcours.inbox where visible_at <= $1)
       or exists (select from parcours.lane where wake_at <= $1) as left`,
    [t],
  );
  return rows[0]?.left === true;
}
