/**
 * The daemon: workers that sleep until something is due, one look-out for the whole process (notifications and a poll), schedules,
 * dispatch and heartbeats. It ends gracefully: what is in hand is finished, nothing new is begun.
 */
import type { Crew } from './crew.ts';
import { beat, isAnythingDue, liveProcesses } from './schedules/queries.ts';
import { fireSchedules } from './schedules/schedules.ts';

const pollMs = 250;
const sweepEveryMs = 5_000;
const beatEveryMs = 5_000;
const aliveMs = 15_000;
const scheduleEveryMs = 1_000;
const recoverEveryMs = 15_000;

/** Something that sleepers wait for. A call while nobody sleeps is remembered once. */
interface Bell {
  ring(): void;
  /** Resolves at the next ring, or at once if it rang since the last wait. */
  wait(): Promise<void>;
}

function bell(): Bell {
  let rang = false;
  let sleepers: (() => void)[] = [];
  return {
    ring() {
      rang = sleepers.length === 0;
      const waking = sleepers;
      sleepers = [];
      for (const wake of waking) wake();
    },
    wait() {
      if (rang) {
        rang = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => sleepers.push(resolve));
    },
  };
}

export async function runDaemon(crew: Crew, signal: AbortSignal): Promise<void> {
  const work = bell();
  const outbox = bell();
  const stop = () => {
    work.ring();
    outbox.ring();
  };
  signal.addEventListener('abort', stop, { once: true });
  await crew.control.script('listen parcours_inbox; listen parcours_revision');
  const wakeAll = () => {
    for (const _ of crew.workers) work.ring();
  };
  crew.control.client.on('notification', wakeAll);
  await crew.running();
  const loops = [
    lookOut(crew, signal, wakeAll, outbox),
    dispatchLoop(crew, signal, outbox, wakeAll),
    ...crew.workers.map((worker) => workerLoop(worker, signal, work, outbox)),
  ];
  try {
    await Promise.all(loops);
  } finally {
    stop();
    crew.control.client.off('notification', wakeAll);
    await Promise.allSettled(loops);
  }
}

async function workerLoop(
  worker: Crew['workers'][number],
  signal: AbortSignal,
  work: Bell,
  outbox: Bell,
): Promise<void> {
  while (!signal.aborted) {
    const { didWork } = await worker.turn();
    if (didWork) outbox.ring();
    else await work.wait();
  }
}

async function dispatchLoop(crew: Crew, signal: AbortSignal, outbox: Bell, wakeAll: () => void): Promise<void> {
  while (!signal.aborted) {
    await outbox.wait();
    if (signal.aborted || (await crew.running()) === null) continue;
    const sent = await crew.dispatcher.dispatchDue(crew.clock.now());
    if (sent.isMore) outbox.ring();
    if (sent.attempted + sent.returned + sent.suppressed + sent.expired + sent.failed > 0) wakeAll();
  }
}

/** One look for all workers four times a second; once in a while below the mark, for rows that committed late. */
async function lookOut(crew: Crew, signal: AbortSignal, wakeAll: () => void, outbox: Bell): Promise<void> {
  const every = { sweep: 0, beat: 0, schedule: 0, recover: 0 };
  let low = 0;
  for (let at = crew.clock.now().getTime(); !signal.aborted; at = crew.clock.now().getTime()) {
    const now = new Date(at);
    if (at - every.sweep >= sweepEveryMs) {
      every.sweep = at;
      low = 0;
    }
    const due = await isAnythingDue(crew.control, now, low);
    low = due.high;
    if (due.lanes) wakeAll();
    if (due.outbox) outbox.ring();
    if (at - every.beat >= beatEveryMs) {
      every.beat = at;
      await beat(crew.control, crew.identity, now);
      const processes = await liveProcesses(crew.control, new Date(at - aliveMs));
      crew.sharing.workers = crew.workers.length * Math.max(1, processes);
    }
    if (at - every.schedule >= scheduleEveryMs) {
      every.schedule = at;
      const running = await crew.running();
      if (running !== null && (await fireSchedules(crew.control, running, now)) > 0) wakeAll();
    }
    if (at - every.recover >= recoverEveryMs) {
      every.recover = at;
      if ((await crew.dispatcher.recoverAbandoned(now)) > 0) wakeAll();
    }
    await pause(pollMs, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
