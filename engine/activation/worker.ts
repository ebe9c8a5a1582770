/**
 * A worker: claims due lanes and runs their transactions, one after the other. Any number of workers, in any number of processes,
 * share the lanes; a dead worker's transaction rolls back and its lanes are free.
 */
import { type Clock, elapsedMs } from '../clock/clock.ts';
import { type BulkSession, boundedSession, type OwnSession, type Session } from '../store/session.ts';
import { tryUnit } from './faults/try-unit.ts';
import { isDataError, unitKinds, unitsOf } from './faults.ts';
import { type Budget, boundOf, createBudget, fullLanes, patientBoundMs, patientPerLane } from './lanes/budget.ts';
import { claimDue, isWork, lanesMax, partsOf, type Sides, shareOf, sidesOf } from './lanes/claiming.ts';
import { laneTime, ofOneTime } from './lanes/lane-time.ts';
import { handleDue, readTimers } from './lanes/lane-transaction.ts';
import { forwardMerged } from './lanes/merged.ts';
import { type Around, createOutlook, firstsOf, type Outlook } from './lanes/outlook.ts';
import { createPrecedence, type Precedence, type Side } from './lanes/precedence.ts';
import { type ClaimedLane, finishLanes, takeInbox } from './lanes/queries.ts';
import { type QuietRevisions, quietRevisions } from './lanes/quiet-revisions.ts';
import { takeOver } from './lanes/take-over.ts';
import { lanesFirst, takeOverBound } from './lanes/take-over-size.ts';
import type { MessageIds } from './messages/message-ids.ts';
import { pausesOf } from './messages/pauses.ts';
import { type Observation, type Observer, unobserved } from './observer.ts';
import { batchOf, type Ruling } from './ruling.ts';
import { type RunningPrograms, runningUnder } from './running.ts';
import { writesOfBatch } from './writes.ts';

/** The inbox class of imports. */
const importClass = 4;

export interface WorkerParts {
  readonly session: OwnSession;
  readonly clock: Clock;
  readonly programs: RunningPrograms;
  readonly messageIds: MessageIds;
  /** Workers that share the lanes: nobody takes more than his part at once. */
  readonly sharers: () => number;
  /** Nobody waits for a lane, as in a simulation: transactions may take long. */
  readonly isPatient: boolean;
  /** `imports`: records history and keeps segments current, and starts nothing. */
  readonly takes: 'everything' | 'imports';
  /** What the workers of a process see and hold together. Default: it sees by itself. */
  readonly outlook?: Outlook;
  /** Default: nobody. */
  readonly observe?: Observer;
}

export interface Turn {
  /** Whether anything was done; when not, nothing was due or all of it was in other hands. */
  readonly didWork: boolean;
  /** Inbox rows and timers handled. */
  readonly units: number;
  readonly lanes: number;
  /**
   * Told when all that was seen to be due has been done. `nothing`: another look would find but what came meanwhile · `its own`: and what
   * followed from the turn itself.
   */
  readonly leaves?: 'nothing' | 'its own';
  /** Whether lanes that it handled have something to do at the same time again. Default: no. */
  readonly isMore?: boolean;
}

export interface TurnOptions {
  /**
   * Lanes that were handled at this time are left alone, so what follows from a time is done at a later one, and it makes no difference over
   * how many transactions a time is spread.
   */
  readonly isEachOnce?: boolean;
  /** Called when a transaction's commit was sent: what is asked for here sees it, and costs no wait of its own. */
  readonly behind?: (session: Session) => void;
  /** It is asked again a few times a second, whatever it says: lanes that are due by time may be left to the next turn. */
  readonly isPolled?: boolean;
}

export interface Worker {
  /**
   * Runs one transaction over what is due now. Errors: those of the store, and those of our own; after one the worker may be asked
   * again, or another one made in its place.
   */
  turn(options?: TurnOptions): Promise<Turn>;
  /** The next turn looks below the mark, too, for rows that committed late. */
  sweep(): void;
}

interface State {
  /** Whether the last transaction took lanes over to a new revision. */
  tookOver: boolean;
  /** Whether the last one was of lanes that are ahead of the host's clock, while others were due. */
  wasAhead: boolean;
  readonly outlook: Outlook;
  readonly budget: Budget;
  readonly precedence: Precedence;
  readonly quiet: QuietRevisions;
  /** The revision under which lanes were handled last. */
  handledUnder: number;
  /** How many lanes one transaction takes over to a revision; null: none did yet. */
  adopting: { readonly revision: number; readonly lanes: number } | null;
  /** The live revision when lanes were claimed last. */
  claimedUnder: number;
  /** When something live was taken last. */
  liveAt: number;
}

const idle: Turn = { didWork: false, units: 0, lanes: 0 };

export function createWorker(parts: WorkerParts): Worker {
  const state: State = {
    tookOver: false,
    wasAhead: false,
    outlook: parts.outlook ?? createOutlook(elapsedMs(), parts.isPatient),
    budget: createBudget(parts.isPatient, parts.sharers),
    precedence: createPrecedence(),
    quiet: quietRevisions(parts),
    handledUnder: 0,
    adopting: null,
    claimedUnder: 0,
    liveAt: Number.NEGATIVE_INFINITY,
  };
  return {
    async turn(options = {}) {
      try {
        return await oneTransaction(parts, state, { ...options, work: handle });
      } catch (error) {
        if (!isDataError(error)) throw error;
        // Halved until one unit is alone: then it is tried in its lane, and set apart if it is the one that fails.
        if (state.budget.units === 1) return await oneTransaction(parts, state, { ...options, work: handleOneByOne });
        state.budget.halve();
        return { didWork: true, units: 0, lanes: 0 };
      }
    },
    sweep() {
      state.outlook.sweep();
    },
  };
}

/** What a worker has within a transaction: its session there. */
type Inside = Omit<WorkerParts, 'session'> & { readonly session: BulkSession };

interface Ways extends TurnOptions {
  readonly work: Work;
}

/** Its lanes are in hand until all is told that follows from it, however it ends. */
async function oneTransaction(parts: WorkerParts, state: State, ways: Ways): Promise<Turn> {
  let letGo = () => {};
  const hold = (lanes: readonly ClaimedLane[]) => {
    const numbers = lanes.map(({ lane }) => lane);
    letGo = state.outlook.hands.hold(numbers, state.budget.units, elapsedMs());
  };
  try {
    return await lookAndWork(parts, state, { ...ways, hold });
  } finally {
    letGo();
  }
}

async function lookAndWork(
  parts: WorkerParts,
  state: State,
  { work, isEachOnce = false, isPolled = false, behind, hold }: Ways & Pick<Looked, 'hold'>,
): Promise<Turn> {
  const { session, clock, takes } = parts;
  const minClass = takes === 'imports' ? importClass : 0;
  const lookAround = (by: Session, isClaiming: boolean) =>
    state.outlook.around(by, { t: clock.now(), minClass, now: elapsedMs(), isClaiming, isPolled });
  // Where nobody else works there is nearly always something to do: what is due is claimed with the look, and not after it.
  const isClaimedBlind = parts.isPatient && takes === 'everything';
  const looked = isClaimedBlind ? null : await lookAround(session, false);
  if (looked !== null && !isWork(looked, parts)) return turnWithoutWork(looked);
  const started = elapsedMs();
  const observed: Observation[] = [];
  const writes = writesOfBatch();
  let live = 0;
  const ended = await session
    .transaction(
      async (inside): Promise<Ended> => {
        const now = clock.now();
        const around = looked ?? (await lookAround(inside, true));
        if (!isWork(around, parts)) return () => turnWithoutWork(around);
        live = around.live;
        return await claimAndWork({ ...parts, session: inside }, state, {
          ...{ around, now, started, isEachOnce, work, observed, writes, hold },
        });
      },
      { ...(behind && { behind }) },
    )
    .catch(writes.blame);
  await writes.settled();
  const turn = ended();
  const observe = parts.observe ?? unobserved;
  if (turn.lanes > 0) state.precedence.spent(state.tookOver ? 'behind' : 'ready', elapsedMs() - started);
  const revision = state.tookOver ? live : state.handledUnder;
  if (turn.lanes > 0) tellOf(observe, turn, { observed, tookMs: elapsedMs() - started, revision, state });
  return turn;
}

interface Looked extends Pick<Ruling, 'observed' | 'writes'> {
  readonly around: Around;
  readonly now: Date;
  readonly started: number;
  readonly isEachOnce: boolean;
  readonly work: Work;
  /** Called with the lanes that were claimed. */
  readonly hold: (lanes: readonly ClaimedLane[]) => void;
}

/** Claims lanes of what a look has shown: those that are behind take the revision over, the others are worked on. */
async function claimAndWork(
  parts: Inside,
  state: State,
  { around, now, started, isEachOnce, work, observed, writes, hold }: Looked,
): Promise<Ended> {
  const { fresh, waiting, live } = around;
  const running = await parts.programs.get(parts.session, live);
  if (running === null) return () => idle;
  const pauses = pausesOf((id) => running.program.journeys.get(id)?.body.status === 'paused', around.pauses);
  // Whoever looks for a unit that fails takes ever fewer lanes: never more for the sake of a revision.
  const toAdopt = state.budget.isSearching ? 0 : lanesToAdopt(state, live, parts.isPatient);
  const toHandle = state.budget.lanes({ rows: waiting, lanes: fresh.length });
  const limit = Math.max(Math.min(toHandle, shareOf(parts.sharers())), toAdopt);
  const quiet = await state.quiet.among(parts.session, around.behindAt, running);
  const sides = sidesOf(around, quiet, state.handledUnder);
  const claim = await claimDue(parts, {
    ...{ t: now, around, sides, limit, limitBehind: Math.max(lanesFirst, toAdopt), isEachOnce },
    first: firstOf(state.precedence, sides),
  });
  const { claimed, isAllDue } = claim;
  hold(claimed);
  state.claimedUnder = live;
  if (claimed.length === 0) return () => idle;
  // Somebody applied a newer revision since we looked, and another worker took lanes over: they don't go back. Look again.
  if (claimed.some((lane) => lane.revision > live)) return () => ({ didWork: true, units: 0, lanes: 0 });
  const { behind, ready } = partsOf(claim, { live, quiet });
  // Once all have moved, how many of them could move at once says nothing of how many to handle.
  if (around.behind.length === 0 && behind.length === 0 && isAllDue) state.adopting = null;
  // In turn, so that facts don't wait until the last lane has moved.
  state.tookOver = behind.length > 0 && (ready.length === 0 || !state.tookOver);
  const together = ofOneTime(state, state.tookOver ? behind : ready, now);
  const ruling = { pauses, observed, writes };
  if (state.tookOver) {
    const { lanes, next } = await takeOver(parts, { ...ruling, running }, together, {
      ...{ now, most: state.adopting?.revision === live ? state.adopting.lanes : null },
      bound: takeOverBound(parts.isPatient, elapsedMs() - state.liveAt),
    });
    state.adopting = { revision: live, lanes: next };
    return () => ({ didWork: true, units: lanes, lanes, isMore: true });
  }
  const isAll = isAllDue && together.length === claimed.length;
  if (!isAll && around.due.length > 0) state.outlook.lookAtLanes();
  const knowsAll = around.isWhole && around.behind.length === 0;
  state.handledUnder = ready[0]?.revision ?? live;
  const under = { ...ruling, running: await runningUnder(parts.programs, parts.session, state.handledUnder) };
  return await work(parts, state, { ...under, claimed: together, around, now, started, isAll, knowsAll });
}

/** A whole window of rows was seen before: the mark rose over it, and the next look shows what stands behind. */
function turnWithoutWork({ fresh, isPast }: Around): Turn {
  return fresh.length === 0 && isPast ? { didWork: true, units: 0, lanes: 0 } : idle;
}

function firstOf(precedence: Precedence, { ready, behind, urgent }: Sides): Side {
  return precedence.next({ isReady: ready.length > 0, isBehind: behind.length > 0, isUrgent: urgent.length > 0 });
}

/** After the commit: what was rolled back is told by nobody. */
function tellOf(
  observe: Observer,
  { lanes, units }: Turn,
  {
    observed,
    tookMs,
    revision,
    state,
  }: {
    readonly observed: readonly Observation[];
    readonly tookMs: number;
    readonly revision: number;
    readonly state: State;
  },
): void {
  observe({ kind: 'lanes', what: state.tookOver ? 'took-over' : 'handled', lanes, units, tookMs, revision });
  for (const one of observed) observe(one);
}

/** Where nobody waits, all lanes are claimed when a revision is new: how many of them are taken over is decided by what there is to fill. */
function lanesToAdopt({ adopting, claimedUnder }: State, live: number, isPatient: boolean): number {
  if (adopting?.revision === live) return adopting.lanes;
  return isPatient && claimedUnder !== live ? lanesMax : 0;
}

/** What is told of a transaction once it is committed. */
type Ended = () => Turn;

type Work = (parts: Inside, state: State, claim: Claim) => Promise<Ended>;

interface Claim extends Ruling {
  readonly claimed: readonly ClaimedLane[];
  readonly around: Around;
  readonly now: Date;
  readonly started: number;
  /** Whether no lane was left for lack of room. */
  readonly isAll: boolean;
  /** Whether the look showed all lanes that are due, and none behind the live revision. */
  readonly knowsAll: boolean;
}

/** Sends all writes without awaiting them: the commit is sent right behind, and what follows from it is told when it is through. */
async function handle(parts: Inside, state: State, claim: Claim): Promise<Ended> {
  const { session, takes } = parts;
  const { claimed, around, now } = claim;
  const numbers = claimed.map((one) => one.lane);
  const perLane = roomInLane(parts, state.budget, claimed.length);
  const minClass = takes === 'imports' ? importClass : 0;
  const batch = batchOf(parts, claim, claimed, laneTime(claimed, now));
  let hasMore = true;
  const [taken, timers] = await Promise.all([
    takeInbox(session, {
      ...{ lanes: numbers, firsts: firstsOf(claimed, around.fresh, now), t: now, perLane, minClass },
      isLittle: parts.isPatient && state.budget.isShallow,
    }),
    takes === 'imports' ? noTimers : readTimers(batch, perLane),
  ]);
  const inbox = await forwardMerged(session, taken);
  if (inbox.some((row) => row.class < importClass)) state.liveAt = claim.started;
  await handleDue(batch, { inbox, ...timers });
  batch.writes.later(
    finishLanes(session, numbers, batch.t).then((isDue) => {
      hasMore = isDue;
    }),
  );
  return () => {
    claim.observed.push(...batch.observed);
    const units =
      taken.length +
      timers.memberships.length +
      timers.traits.length +
      timers.entries.length +
      timers.enrollments.length;
    const full = fullLanes([taken], perLane);
    const { memberships, traits, entries, enrollments } = timers;
    const isFull = full.size > 0 || fullLanes([memberships, traits, entries, enrollments], perLane).size > 0;
    state.budget.spent({
      ...{ tookMs: elapsedMs() - claim.started, lanes: numbers.length, units, perLane, isFull, isMore: !claim.isAll },
      boundMs: parts.isPatient ? patientBoundMs : boundOf(claimed, inbox, now),
    });
    state.outlook.note(around, new Set(numbers), full);
    if (isFull) state.outlook.lookAtLanes();
    const done: Turn = { didWork: true, units, lanes: numbers.length, isMore: hasMore };
    // What went on to other lanes is to be found there.
    const isHere = taken.length === inbox.length;
    const isAll =
      claim.isAll && claim.knowsAll && !isFull && isHere && around.fresh.every(({ lane }) => numbers.includes(lane));
    return isAll ? { ...done, leaves: hasMore ? 'its own' : 'nothing' } : done;
  };
}

/**
 * How much is taken of a lane at most. Where nobody waits it is taken whole, however fast the machine is: so the same seed gives the same
 * output. Who looks for a unit that fails takes less.
 */
function roomInLane({ isPatient }: Inside, { units, isSearching }: Budget, lanes: number): number {
  return isPatient && !isSearching ? patientPerLane : Math.max(1, Math.floor(units / lanes));
}

const noTimers = { memberships: [], traits: [], entries: [], enrollments: [] } as const;

/**
 * One unit of each kind in one lane, each on its own. The lane stays claimed from the look at a unit to its setting apart, so that
 * nothing but what failed is set apart, however many workers there are.
 */
async function handleOneByOne(parts: Inside, state: State, claim: Claim): Promise<Ended> {
  const { session, takes } = parts;
  const claimed = claim.claimed.slice(0, 1);
  const lanes = claimed.map(({ lane }) => lane);
  const t = laneTime(claimed, claim.now);
  const minClass = takes === 'imports' ? importClass : 0;
  const taken = await takeInbox(session, { lanes, firsts: [0], t: claim.now, perLane: 1, minClass });
  const inbox = await forwardMerged(session, taken);
  let units = 0;
  for (const kind of takes === 'imports' ? (['inbox'] as const) : unitKinds) {
    // What of a unit goes on after it failed must not write beside what is set apart.
    const within = boundedSession(session);
    const batch = batchOf({ ...parts, session: within.session }, claim, claimed, t);
    // Timers are read for each kind: the unit before may have moved them.
    const timers = kind === 'inbox' ? noTimers : await readTimers(batch, 1);
    const unit = unitsOf({ inbox, ...timers }).find((one) => one.kind === kind);
    if (unit === undefined) continue;
    claim.observed.push(...(await tryUnit(session, batch, { unit, within })));
    units += 1;
  }
  await finishLanes(session, lanes, t);
  state.budget.restart();
  return () => ({ didWork: true, units, lanes: 1, isMore: true });
}
