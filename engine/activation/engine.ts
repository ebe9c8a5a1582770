/**
 * The running engine as one value: workers, schedules and dispatch over one store and one clock. Three ways to drive it: what is due
 * now (`runOnce`), a clock that jumps from due time to due time (`runUntil`), or a daemon (`runDaemon`).
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { secretsOf } from '../channels/secrets.ts';
import { type Clock, elapsedMs, type JumpingClock, neverBack } from '../clock/clock.ts';
import { liveRevisionNumber } from '../store/revisions.ts';
import type { OwnSession } from '../store/session.ts';
import type { Store } from '../store/store.ts';
import type { Crew, CrewWorker } from './crew.ts';
import { runDaemon } from './daemon.ts';
import { type Adapters, createAdapters } from './dispatch/adapters.ts';
import { catalogueOf } from './dispatch/catalogue.ts';
import { createDispatcher } from './dispatch/dispatch.ts';
import { learner } from './experiments/learn.ts';
import { createOutlook } from './lanes/outlook.ts';
import { messageIds } from './messages/message-ids.ts';
import { type Observer, unobserved } from './observer.ts';
import { placing } from './placing/place-adapter.ts';
import { placementKeeper } from './placing/placement-keeper.ts';
import { type Running, type RunningPrograms, runningPrograms } from './running.ts';
import { databaseKeeper } from './schedules/databases.ts';
import { destinationKeeper } from './schedules/destinations.ts';
import { folderKeeper } from './schedules/folders.ts';
import { matchKeeper } from './schedules/matches.ts';
import { beat, stopBeating } from './schedules/queries.ts';
import { retentionKeeper } from './schedules/retention.ts';
import { scaleKeeper } from './schedules/scales.ts';
import { sizeKeeper } from './schedules/sizes.ts';
import { settle, simulate } from './simulate.ts';
import type { Trouble } from './trouble.ts';
import { createWorker, type Worker, type WorkerParts } from './worker.ts';

/** Lane statements are given index plans: plans made while the queues were empty would cost 10 to 30 times. */
export const workerSettings: Readonly<Record<string, string>> = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_bitmapscan: 'off',
  enable_memoize: 'off',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
  statement_timeout: '120s',
  application_name: 'parcours worker',
};

/** Who simulates can do it again: a crash of the server may take the last half second, and nothing is left half done. */
const simulatedSettings = { synchronous_commit: 'off' } as const;

const beatEveryMs = 15_000;

/** Heartbeats older than this are forgotten when a process ends. */
const forgottenAfterMs = 86_400_000;

export interface EngineOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** The workspace's folder: log channels write below it. */
  readonly root: string;
  /** Lanes worked on at once. Default 1; simulations always use one, so that the same seed gives the same bytes. */
  readonly workers?: number;
  /** Where secrets come from. Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Told when a daemon loses the store or another passing failure stops a part of it, and when that part goes on. */
  readonly onTrouble?: (trouble: Trouble) => void;
  /** Told what the engine does, after each commit. Default: nobody. */
  readonly observe?: Observer;
}

export interface Engine {
  /** Works off imported history: records it and keeps segments current; starts and sends nothing. */
  drainImports(): Promise<void>;
  /** Does everything that is due now, then ends. */
  runOnce(): Promise<void>;
  /** Lets the clock, which must be a JumpingClock, jump from due time to due time, rounded up to a tick, until a time. */
  runUntil(
    until: Date,
    options?: { readonly tickMs?: number; readonly onProgress?: (at: Date) => void },
  ): Promise<void>;
  /** Hands over to the caller, who says step by step how far the clock, which must be a JumpingClock, goes; one crew for all steps. */
  drive<T>(work: (driver: Driver) => Promise<T>): Promise<T>;
  /** Runs until the signal aborts; then lets what is in hand end. */
  runDaemon(signal: AbortSignal): Promise<void>;
}

/** An engine in the hands of somebody who says when it moves. */
export interface Driver {
  /** Does everything that is due now. */
  settle(): Promise<void>;
  /** Does everything that is due up to a time, each when it is due. */
  runUntil(until: Date): Promise<void>;
  /** The live program; null: nothing was applied. */
  running(): Promise<Running | null>;
}

export function createEngine(options: EngineOptions): Engine {
  const { clock } = options;
  return {
    drainImports: () => drain(options),
    runOnce: () =>
      withCrew(options, 1, async (crew) => {
        const running = await crew.running();
        if (running !== null) await crew.folders.look(running);
        if (running !== null && !isSimulated(clock)) await crew.databases.look(running);
        await settle(crew);
        if (running !== null && !isSimulated(clock)) await crew.destinations.look(running);
        if (running !== null) await crew.placements.look(running);
      }),
    runUntil: (until, { tickMs = 0, onProgress = () => {} } = {}) =>
      withCrew(options, 1, (crew) => simulate(crew, asJumping(clock), { until, tickMs, onProgress })),
    drive: (work) =>
      withCrew(options, 1, (crew) =>
        work({
          settle: () => settle(crew),
          runUntil: (until) => simulate(crew, asJumping(clock), { until, tickMs: 0, onProgress: () => {} }),
          running: () => crew.running(),
        }),
      ),
    runDaemon: (signal) =>
      withCrew({ ...options, clock: neverBack(clock) }, options.workers ?? 1, (crew) => runDaemon(crew, signal)),
  };
}

function isSimulated(clock: Clock): boolean {
  return 'jumpTo' in clock;
}

function asJumping(clock: Clock): JumpingClock {
  if (!isSimulated(clock)) throw new Error('assertion failed: runUntil needs a clock that jumps');
  return clock as JumpingClock;
}

function workerParts(
  options: EngineOptions,
  session: OwnSession,
  takes: WorkerParts['takes'],
  programs: RunningPrograms,
) {
  return {
    session,
    clock: options.clock,
    programs,
    messageIds: messageIds(),
    sharers: () => 1,
    takes,
    isPatient: true,
    observe: options.observe ?? unobserved,
  };
}

/** Workers that work off what was imported: while one thinks, the server is at work for the other. */
const drainers = 2;

/** Each ends when it finds nothing more that isn't in the hands of the other. */
async function drain(options: EngineOptions): Promise<void> {
  const programs = runningPrograms();
  const outlook = createOutlook(elapsedMs(), true);
  const one = async () => {
    const session = await options.store.session(workerSettings, { pipeline: true });
    try {
      const worker = createWorker({
        ...workerParts(options, session, 'imports', programs),
        ...{ outlook, sharers: () => drainers },
      });
      while ((await worker.turn()).didWork);
    } finally {
      await session.close();
    }
  };
  // Nobody is left behind at work when another one fails.
  const ended = await Promise.allSettled(Array.from({ length: drainers }, one));
  const failed = ended.find((how) => how.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** A session that can be replaced. */
interface Held {
  current: OwnSession;
  renew(): Promise<void>;
}

async function hold(open: () => Promise<OwnSession>): Promise<Held> {
  const held: Held = {
    current: await open(),
    async renew() {
      // Not awaited: a connection whose other side has vanished may take its time to end.
      void held.current.close().catch(() => {});
      held.current = await open();
    },
  };
  return held;
}

/** A worker begins anew with its session: what it had seen and not committed is to be seen again. */
function crewWorker(held: Held, make: (session: OwnSession) => Worker): CrewWorker {
  let worker = make(held.current);
  return {
    turn: (options) => worker.turn(options),
    sweep: () => worker.sweep(),
    async renew() {
      await held.renew();
      worker = make(held.current);
    },
  };
}

/** Opens sessions that end with the crew. */
type Open = (settings: Readonly<Record<string, string>>, options?: { readonly pipeline?: boolean }) => Promise<Held>;

async function withCrew<T>(options: EngineOptions, workers: number, work: (crew: Crew) => Promise<T>): Promise<T> {
  const { store, clock, root } = options;
  const held: Held[] = [];
  const more = moreSettings(clock);
  const open: Open = async (settings, how = {}) => {
    const one = await hold(() => store.session({ ...settings, ...more }, how));
    held.push(one);
    return one;
  };
  const placed = placing(() => store.session({ ...more, application_name: 'parcours placing' }));
  const adapters = createAdapters({
    ...{ root, secret: secretsFor(options), isSimulated: isSimulated(clock), place: placed.adapter },
  });
  try {
    return await whileBeating(await makeCrew(options, workers, { open, adapters }), work);
  } finally {
    await adapters.close();
    await placed.close();
    await Promise.all(held.map(({ current }) => current.close().catch(() => {})));
  }
}

function moreSettings(clock: Clock): Readonly<Record<string, string>> {
  return isSimulated(clock) ? simulatedSettings : {};
}

function secretsFor({ env }: EngineOptions) {
  return secretsOf(env ?? process.env);
}

async function makeCrew(
  options: EngineOptions,
  workers: number,
  { open, adapters }: { readonly open: Open; readonly adapters: Adapters },
): Promise<Crew> {
  const { store, clock } = options;
  const observe = options.observe ?? unobserved;
  const identity = { id: randomUUID(), host: hostname(), pid: process.pid };
  const control = await open({ application_name: 'parcours control' });
  const programs = runningPrograms();
  const sharing = { workers, processes: 1 };
  let current: Running | null = null;
  const dispatcher = createDispatcher({
    openSession: () =>
      store.session({ ...workerSettings, ...moreSettings(clock), application_name: 'parcours dispatcher' }),
    catalogue: () => catalogueOf((current as Running).program, current as Running, secretsFor(options)),
    adapter: adapters.adapter,
    clock,
    dispatcherId: identity.id,
    isRated: !isSimulated(clock),
    isThorough: isSimulated(clock),
    processes: () => sharing.processes,
    observe,
  });
  const isPatient = workers === 1 && isSimulated(clock);
  const outlook = createOutlook(elapsedMs(), isPatient);
  const makeWorker = (session: OwnSession): Worker =>
    createWorker({
      ...workerParts(options, session, 'everything', programs),
      ...{ isPatient, outlook },
      sharers: () => sharing.workers,
    });
  const sessions = await Promise.all(Array.from({ length: workers }, () => open(workerSettings, { pipeline: true })));
  return {
    ...{ clock, dispatcher, identity, sharing, observe, ...keepersOf(options) },
    get control() {
      return control.current;
    },
    renewControl: () => control.renew(),
    onTrouble: options.onTrouble ?? (() => {}),
    workers: sessions.map((one) => crewWorker(one, makeWorker)),
    async running() {
      current = await programs.get(control.current, await liveRevisionNumber(control.current));
      return current;
    },
  };
}

/** Those who look after something beside the lanes; each opens its session when it first needs it. */
function keepersOf(options: EngineOptions) {
  const { store, clock, root } = options;
  const more = moreSettings(clock);
  const secret = secretsFor(options);
  return {
    sizes: sizeKeeper(),
    retention: retentionKeeper(),
    learner: learner(),
    scales: scaleKeeper(() => store.session({ ...more, jit: 'off', application_name: 'parcours scales' })),
    folders: folderKeeper({
      ...{ root, clock },
      open: () => store.session({ ...more, application_name: 'parcours folders' }),
    }),
    matches: matchKeeper({
      ...{ clock, ...(isSimulated(clock) && { everyMs: 0 }) },
      open: () => store.session({ ...more, jit: 'off', application_name: 'parcours matches' }),
    }),
    databases: databaseKeeper({
      ...{ clock, secret },
      open: () => store.session({ application_name: 'parcours sources' }),
    }),
    destinations: destinationKeeper({
      ...{ root, clock, secret },
      open: () => store.session({ jit: 'off', application_name: 'parcours destinations' }),
    }),
    placements: placementKeeper({
      ...{ root, clock },
      open: () => store.session({ ...more, jit: 'off', application_name: 'parcours placements' }),
    }),
  };
}

/** Whoever doesn't beat is taken for dead, and what he is sending for lost. What is on its way ends before the last beat. */
async function whileBeating<T>(crew: Crew, work: (crew: Crew) => Promise<T>): Promise<T> {
  const { identity, clock } = crew;
  await beat(crew.control, identity, clock.now());
  const beating = setInterval(() => void beat(crew.control, identity, clock.now()).catch(() => {}), beatEveryMs);
  try {
    return await work(crew);
  } finally {
    await closeKeepers(crew).finally(() => clearInterval(beating));
    const longAgo = new Date(clock.now().getTime() - forgottenAfterMs);
    await stopBeating(crew.control, identity.id, longAgo).catch(() => {});
  }
}

async function closeKeepers({ placements, matches, dispatcher, scales, folders, databases, destinations }: Crew) {
  await placements.close();
  await matches.close();
  await Promise.all([dispatcher, scales, folders, databases, destinations].map((one) => one.close()));
}
