/**
 * Driving without waiting: everything that is due at one instant, and a clock that jumps from due time to due time. A simulation is the
 * engine itself; only the clock differs.
 */
import type { JumpingClock } from '../clock/clock.ts';
import { movePointsOf } from '../loyalty/move-points.ts';
import { giveSupplies } from '../loyalty/supplies/give.ts';
import { mergePeople } from '../profiles/identity/merge.ts';
import type { Session } from '../store/session.ts';
import type { Crew, CrewWorker } from './crew.ts';
import type { DispatchReport } from './dispatch/report.ts';
import { nextLook } from './experiments/learn.ts';
import { givePlaces } from './journeys/entries/places/give.ts';
import type { Running } from './running.ts';
import { type Ahead, lookAhead, nextDue } from './schedules/queries.ts';
import { nextRefresh } from './schedules/scales.ts';
import { fireSchedules, nextScheduled } from './schedules/schedules.ts';

/** Rounds of lanes and dispatch at one instant before it is taken to be stuck. */
const roundsMax = 100_000;

/** Everything that is due now: schedules, lanes, messages, and what follows from them, until nothing is left. */
export async function settle(crew: Crew): Promise<void> {
  const running = await crew.running();
  if (running === null) return;
  await fireSchedules(crew.control, running, crew.clock.now());
  await crew.scales.lookAhead(running, crew.clock.now());
  for (let round = 0; round < roundsMax; round += 1) {
    if (await lanesThenMessages(crew)) continue;
    if ((await givePlaces(crew.control, running, crew.clock.now())) > 0) continue;
    if ((await giveSupplies(crew.control, running.program.programmes, crew.clock.now())) > 0) continue;
    if (
      (
        await mergePeople(crew.control, {
          identity: running.program.identity,
          now: crew.clock.now(),
          movePoints: movePointsOf(running.program.programmes),
        })
      ).merged > 0
    )
      continue;
    if ((await refreshScales(crew)) === 0) return await lookBack(crew);
  }
  throw new Error('assertion failed: one instant comes to rest');
}

/** People are ranked when what is due of them has happened. */
async function refreshScales(crew: Crew): Promise<number> {
  const running = await crew.running();
  return running === null ? 0 : await crew.scales.refresh(running, crew.clock.now());
}

/** Once a day each segment is counted, and a few times what splits have brought, when the work of that hour is done. */
async function lookBack(crew: Crew): Promise<void> {
  const running = await crew.running();
  if (running === null) return;
  await crew.sizes.keep(crew.control, running, crew.clock.now(), 'all');
  await crew.retention.keep(crew.control, running, crew.clock.now(), 'all');
  await crew.learner.look(crew.control, running, crew.clock.now());
  await crew.matches.look(running);
}

/** Works off what is due in lanes, then sends; whether sending left outcomes for the lanes to read. */
async function lanesThenMessages(crew: Crew): Promise<boolean> {
  for (const worker of crew.workers) await workOff(worker);
  return hasOutcomes(await crew.dispatcher.dispatchDue(crew.clock.now()));
}

function hasOutcomes({ attempted, returned, suppressed, expired, failed }: DispatchReport): boolean {
  return attempted + returned + suppressed + expired + failed > 0;
}

/** Nobody else works in a simulation: what a turn says to be all is all. */
async function workOff(worker: CrewWorker): Promise<void> {
  for (;;) {
    const { didWork, leaves } = await worker.turn();
    if (!didWork || leaves === 'nothing') return;
  }
}

/** The same but for what follows from it, each lane once: whether there is any. */
async function workOffSeen(worker: CrewWorker, behind: (session: Session) => void): Promise<boolean> {
  let follows = false;
  for (;;) {
    const { didWork, leaves, isMore = false } = await worker.turn({ isEachOnce: true, behind });
    follows ||= isMore;
    if (!didWork || leaves !== undefined) return follows;
  }
}

/** What a tick leaves for the next one. */
interface Ticked {
  /** Whether there is something to read: what became of messages, and what the engine told itself. */
  readonly isMore: boolean;
  /** When something else is due. */
  readonly due: Date | null;
}

/** A tick: the lanes once, then messages. What there is to send, and what is due next, is looked for behind the lanes' commit. */
async function tick(crew: Crew, running: Running): Promise<Ticked> {
  const t = crew.clock.now();
  const looks: Promise<Ahead>[] = [];
  const look = (session: Session): void => {
    const one = lookAhead(session, t);
    one.catch(() => {}); // Told where the last of them is awaited; a lost session fails the commit, too.
    looks.push(one);
  };
  let isMore = false;
  for (const worker of crew.workers) isMore = (await workOffSeen(worker, look)) || isMore;
  const { at, channels } = await (looks.at(-1) ?? lookAhead(crew.control, t));
  const sent = await crew.dispatcher.dispatchDue(t, channels);
  const more = await rest(crew, running);
  isMore ||= hasOutcomes(sent) || more.hasOutcomes;
  const isStale = more.didWork || sent.retried > 0 || sent.isMore;
  return { isMore, due: isStale ? await nextDue(crew.control, t) : at };
}

export interface Simulation {
  readonly until: Date;
  /** Due times are rounded up to a multiple of it, and what follows from a tick is read one tick later; 0: exact. */
  readonly tickMs: number;
  readonly onProgress: (at: Date) => void;
}

export async function simulate(
  crew: Crew,
  clock: JumpingClock,
  { until, tickMs, onProgress }: Simulation,
): Promise<void> {
  await settle(crew);
  const running = await crew.running();
  if (running === null) return;
  const nextFires = () => {
    const now = clock.now();
    return earliest([nextScheduled(running.program, now), nextRefresh(running, now), nextLook(running, now)]);
  };
  let scheduled = nextFires();
  let ticked: Ticked = { isMore: false, due: await nextDue(crew.control, clock.now()) };
  for (;;) {
    const soon = ticked.isMore ? [new Date(clock.now().getTime() + tickMs)] : [];
    const next = earliest([ticked.due, scheduled, ...soon]);
    if (next === null || next > until) break;
    clock.jumpTo(roundUp(next, tickMs, until));
    onProgress(clock.now());
    if (scheduled !== null && scheduled <= clock.now()) {
      await fireSchedules(crew.control, running, clock.now());
      scheduled = nextFires();
    }
    if (tickMs > 0) ticked = await tick(crew, running);
    else {
      await settle(crew);
      ticked = { isMore: false, due: await nextDue(crew.control, clock.now()) };
    }
  }
  clock.jumpTo(until);
  await settle(crew);
}

/** What follows at a tick where somebody asked for a place or people are ranked anew; most ticks have nothing of it. */
async function rest(
  crew: Crew,
  running: Running,
): Promise<{ readonly didWork: boolean; readonly hasOutcomes: boolean }> {
  const t = crew.clock.now();
  let didWork = false;
  let hasOutcomes = false;
  const follow = async (count: number): Promise<void> => {
    if (count === 0) return;
    didWork = true;
    hasOutcomes = (await lanesThenMessages(crew)) || hasOutcomes;
  };
  await follow(await givePlaces(crew.control, running, t));
  await follow(await giveSupplies(crew.control, running.program.programmes, t));
  // Nobody applies a revision in the middle: the one at the start is asked.
  await follow(await crew.scales.refresh(running, t));
  await crew.placements.look(running);
  await crew.sizes.keep(crew.control, running, t, 'all');
  await crew.learner.look(crew.control, running, t);
  return { didWork, hasOutcomes };
}

function roundUp(at: Date, tickMs: number, until: Date): Date {
  if (tickMs <= 0) return at;
  return new Date(Math.min(Math.ceil(at.getTime() / tickMs) * tickMs, until.getTime()));
}

function earliest(times: readonly (Date | null)[]): Date | null {
  const known = times.filter((at): at is Date => at !== null);
  return known.length === 0 ? null : new Date(Math.min(...known.map((at) => at.getTime())));
}
