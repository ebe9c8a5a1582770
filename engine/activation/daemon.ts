/**
 * The daemon: workers that sleep until something is due, one look-out for the whole process (notifications and a poll), schedules,
 * dispatch and heartbeats. It ends gracefully: what is in hand is finished, nothing new is begun.
 */

import { elapsedMs } from '../clock/clock.ts';
import { movePointsOf } from '../loyalty/move-points.ts';
import { giveSupplies } from '../loyalty/supplies/give.ts';
import { mergePeople } from '../profiles/identity/merge.ts';
import type { Crew } from './crew.ts';
import type { DispatchReport } from './dispatch/report.ts';
import { givePlaces } from './journeys/entries/places/give.ts';
import type { LoopName } from './observer.ts';
import { beat, isAnythingDue, liveProcesses } from './schedules/queries.ts';
import { fireSchedules } from './schedules/schedules.ts';
import { type Standing, standing } from './standing.ts';
import { type Persistence, persist } from './trouble.ts';

const pollMs = 250;
const sweepEveryMs = 5_000;
/** Messages that have been due for longer are looked for with the sweep: those that have left stand before them for as long as a snapshot lives. */
const outboxMs = 10_000;
const beatEveryMs = 5_000;
const aliveMs = 15_000;
const scheduleEveryMs = 1_000;
const recoverEveryMs = 15_000;
const exchangeEveryMs = 1_000;

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

/** What the loops share. */
interface Daemon {
  readonly crew: Crew;
  readonly signal: AbortSignal;
  /** For workers. */
  readonly work: Bell;
  /** For dispatch. */
  readonly outbox: Bell;
  /** For the scales of traits. */
  readonly scales: Bell;
  /** Whether it is time to look for attempts of dispatchers that died. */
  readonly recovery: { isDue: boolean };
  wakeAll(): void;
}

/**
 * Runs until the signal aborts. A store that is lost for a while stops only what needs it: each loop opens its session anew and goes on.
 * Errors: those that waiting doesn't cure, and trouble that outlasts the patience (`trouble.ts`).
 */
export async function runDaemon(crew: Crew, signal: AbortSignal): Promise<void> {
  const ending = new AbortController();
  const work = bell();
  const outbox = bell();
  const scales = bell();
  const wakeAll = () => {
    for (const _ of crew.workers) work.ring();
  };
  const recovery = { isDue: false };
  const daemon: Daemon = { crew, signal: ending.signal, work, outbox, scales, recovery, wakeAll };
  const stop = () => {
    ending.abort();
    work.ring();
    outbox.ring();
    scales.ring();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const loops = [
    lookOut(daemon),
    dispatchLoop(daemon),
    scalesLoop(daemon),
    exchangeLoop(daemon),
    ...crew.workers.map((worker, i) => workerLoop(daemon, worker, `worker ${i + 1}`)),
  ];
  try {
    await Promise.all(loops);
  } finally {
    signal.removeEventListener('abort', stop);
    // One that fails for good ends the others: they finish what they have in hand.
    stop();
    await Promise.allSettled(loops);
  }
}

function persistence({ crew, signal }: Daemon, loop: LoopName, renew: () => Promise<void>): Persistence {
  const where = loop.startsWith('worker') ? 'worker' : (loop as Exclude<LoopName, `worker ${number}`>);
  // Who tries again lives, though the store doesn't.
  const onTrouble: Persistence['onTrouble'] = (trouble) => {
    crew.observe({ kind: 'beat', loop, isWorking: true });
    crew.onTrouble(trouble);
  };
  return { where, signal, onTrouble, pause, renew };
}

function workerLoop(daemon: Daemon, worker: Crew['workers'][number], loop: LoopName): Promise<void> {
  const { crew, signal, work, outbox } = daemon;
  return persist(
    persistence(daemon, loop, () => worker.renew()),
    async (wentWell) => {
      while (!signal.aborted) {
        crew.observe({ kind: 'beat', loop, isWorking: true });
        const { didWork } = await worker.turn({ isPolled: true });
        wentWell();
        crew.observe({ kind: 'beat', loop, isWorking: false });
        if (didWork) outbox.ring();
        // The bell that ends all rings once: who was at work then must not go to sleep.
        else if (!signal.aborted) await work.wait();
      }
    },
  );
}

/** A channel that is slow holds up no other: what is begun goes on by itself, and tells when it has ended. */
function dispatchLoop(daemon: Daemon): Promise<void> {
  const { crew, signal, outbox } = daemon;
  const beat = (isWorking: boolean) => crew.observe({ kind: 'beat', loop: 'dispatch', isWorking });
  const faults: unknown[] = [];
  let sending = 0;
  const follow = async (run: Promise<DispatchReport>, wentWell: () => void) => {
    sending += 1;
    try {
      const sent = await run;
      wentWell();
      goOn(daemon, sent);
    } catch (error) {
      faults.push(error);
      outbox.ring();
    }
    sending -= 1;
    beat(sending > 0);
  };
  // The dispatcher opens its own session anew; what it was rung for is still to be done.
  const renew = async () => outbox.ring();
  return persist(persistence(daemon, 'dispatch', renew), async (wentWell) => {
    while (!signal.aborted) {
      // While something is sending, its end is the next sign of life.
      if (sending === 0) beat(false);
      await outbox.wait();
      if (sending === 0) beat(true);
      const [fault] = faults.splice(0);
      if (fault !== undefined) throw fault;
      if (signal.aborted || (await crew.running()) === null) continue;
      const begun = await lookIntoOutbox(daemon);
      if (begun.length === 0) wentWell();
      for (const run of begun) void follow(run, wentWell);
    }
  });
}

async function lookIntoOutbox({ crew, recovery, wakeAll }: Daemon): Promise<readonly Promise<DispatchReport>[]> {
  if (recovery.isDue) {
    if ((await crew.dispatcher.recoverAbandoned(crew.clock.now())) > 0) wakeAll();
    recovery.isDue = false;
  }
  return await crew.dispatcher.beginDue(crew.clock.now());
}

/** What follows from what a channel sent. */
function goOn({ crew, signal, outbox, wakeAll }: Daemon, sent: DispatchReport): void {
  if (sent.isMore) outbox.ring();
  if (sent.nextAt !== null) void pause(sent.nextAt.getTime() - crew.clock.now().getTime(), signal).then(outbox.ring);
  if (sent.attempted + sent.returned + sent.suppressed + sent.expired + sent.failed > 0) wakeAll();
}

/** What takes as long as reading everybody has a loop and a session of its own. */
function scalesLoop(daemon: Daemon): Promise<void> {
  const { crew, signal, scales, wakeAll } = daemon;
  return persist(
    persistence(daemon, 'scales', async () => {
      await crew.scales.renew();
      await crew.folders.renew();
      await crew.matches.renew();
    }),
    async (wentWell) => {
      while (!signal.aborted) {
        crew.observe({ kind: 'beat', loop: 'scales', isWorking: false });
        await scales.wait();
        crew.observe({ kind: 'beat', loop: 'scales', isWorking: true });
        const running = signal.aborted ? null : await crew.running();
        if (running === null) continue;
        if ((await crew.scales.refresh(running, crew.clock.now())) > 0) wakeAll();
        if ((await crew.folders.look(running, () => signal.aborted)) > 0) wakeAll();
        await crew.matches.look(running);
        wentWell();
      }
    },
  );
}

/** What waits for other systems has a loop and sessions of its own: queries of sources, deliveries to destinations, letters. */
function exchangeLoop(daemon: Daemon): Promise<void> {
  const { crew, signal, wakeAll } = daemon;
  const beat = (isWorking: boolean) => crew.observe({ kind: 'beat', loop: 'exchange', isWorking });
  return persist(
    persistence(daemon, 'exchange', async () => {
      await crew.databases.renew();
      await crew.destinations.renew();
      await crew.placements.renew();
    }),
    async (wentWell) => {
      while (!signal.aborted) {
        beat(true);
        const running = await crew.running();
        const isEnding = () => {
          beat(true);
          return signal.aborted;
        };
        if (running !== null && (await crew.databases.look(running, isEnding)) > 0) wakeAll();
        if (running !== null) await crew.destinations.look(running, isEnding);
        if (running !== null) await crew.placements.look(running, isEnding);
        wentWell();
        beat(false);
        await pause(exchangeEveryMs, signal);
      }
    },
  );
}

function lookOut(daemon: Daemon): Promise<void> {
  const { crew, wakeAll } = daemon;
  return persist(
    persistence(daemon, 'control', () => crew.renewControl()),
    async (wentWell) => {
      const { control } = crew;
      await control.script('listen parcours_inbox; listen parcours_revision');
      control.client.on('notification', wakeAll);
      try {
        await lookAgainAndAgain(daemon, wentWell);
      } finally {
        control.client.off('notification', wakeAll);
      }
    },
  );
}

/**
 * One look for all workers four times a second; once in a while below the mark, for rows that committed late. How often something is done
 * is measured by the timer, so that a host's clock that is set back delays nothing.
 */
async function lookAgainAndAgain(
  { crew, signal, outbox, scales, recovery, wakeAll }: Daemon,
  wentWell: () => void,
): Promise<void> {
  const isTime = { sweep: every(sweepEveryMs), beat: every(beatEveryMs), schedule: every(scheduleEveryMs) };
  const isTimeToRecover = every(recoverEveryMs);
  let low = 0;
  const known = standing();
  while (!signal.aborted) {
    crew.observe({ kind: 'beat', loop: 'control', isWorking: true });
    const now = crew.clock.now();
    const sweeps = isTime.sweep();
    const due = await isAnythingDue(crew.control, now, sweeps ? 0 : low, sweeps ? null : minus(now, outboxMs));
    low = due.high;
    if (sweeps && due.lanes) for (const worker of crew.workers) worker.sweep();
    if (due.lanes) wakeAll();
    if (due.outbox) outbox.ring();
    if (isTime.beat()) await beatAndCount(crew, known, now);
    if (isTime.schedule()) {
      const running = await crew.running();
      if (running !== null && (await fireSchedules(crew.control, running, now, crew.observe)) > 0) wakeAll();
      if (running !== null && (await givePlaces(crew.control, running, now)) > 0) wakeAll();
      if (running !== null && (await giveSupplies(crew.control, running.program.programmes, now)) > 0) wakeAll();
      if (
        running !== null &&
        (
          await mergePeople(crew.control, {
            identity: running.program.identity,
            now,
            movePoints: movePointsOf(running.program.programmes),
          })
        ).merged > 0
      )
        wakeAll();
      scales.ring();
      if (running !== null) await crew.sizes.keep(crew.control, running, now, 'step');
      if (running !== null) await crew.retention.keep(crew.control, running, now, 'step');
      if (running !== null) await crew.learner.look(crew.control, running, now);
    }
    if (isTimeToRecover()) {
      // Dispatch does it in its turn: a slow channel must not hold up the heartbeat, by which others tell that it isn't dead.
      recovery.isDue = true;
      outbox.ring();
    }
    wentWell();
    await pause(pollMs, signal);
  }
}

async function beatAndCount(crew: Crew, known: Standing, now: Date): Promise<void> {
  await known.look(crew.control, crew.observe, now);
  await beat(crew.control, crew.identity, now);
  const processes = await liveProcesses(crew.control, minus(now, aliveMs));
  crew.sharing.processes = Math.max(1, processes);
  crew.sharing.workers = crew.workers.length * crew.sharing.processes;
}

function minus(t: Date, ms: number): Date {
  return new Date(t.getTime() - ms);
}

/** Whether so long has passed since it was last told yes; the first time it has. */
function every(ms: number): () => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = elapsedMs();
    if (now - last < ms) return false;
    last = now;
    return true;
  };
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
