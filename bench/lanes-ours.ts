/** Our side of the benchmark `lanes`: the engine's workers in this process. */
import { workerSettings } from '../engine/activation/engine.ts';
import { messageIds } from '../engine/activation/messages/message-ids.ts';
import { runningPrograms } from '../engine/activation/running.ts';
import { createWorker } from '../engine/activation/worker.ts';
import { jumpingClock } from '../engine/clock/clock.ts';
import type { Session } from '../engine/store/session.ts';
import type { Store } from '../engine/store/store.ts';
import type { Costs } from './costs.ts';

/** The engine's workers as the daemon has them: a session each, in this process, until nothing is due. */
export async function runOurs(
  store: Store,
  { workers, t, spent }: { readonly workers: number; readonly t: Date; readonly spent: Costs | null },
): Promise<void> {
  const sessions = await Promise.all(
    Array.from({ length: workers }, () => store.session(workerSettings, { pipeline: true })),
  );
  const clock = jumpingClock(t);
  try {
    await Promise.all(
      sessions.map(async (plain) => {
        const session = spent === null ? plain : spent.of(plain);
        const worker = createWorker({
          session,
          clock,
          programs: runningPrograms(),
          messageIds: messageIds(),
          sharers: () => workers,
          takes: 'everything',
          // As in the daemon: the backlog is what makes transactions long.
          isPatient: false,
        });
        do {
          while ((await worker.turn()).didWork);
          // Idle may also mean that the rest is in the other's hands.
        } while (workers > 1 && (await isAnythingLeft(plain)));
      }),
    );
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}

async function isAnythingLeft(session: Session): Promise<boolean> {
  const rows = await session.query<{ left: boolean }>('select exists (select from parcours.inbox) as left');
  return rows[0]?.left === true;
}

/** The most of this process's memory that is resident while the work goes on: program, buffers and whatever wasn't given back before. */
