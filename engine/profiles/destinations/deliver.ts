/**
 * One delivery of a destination: lane by lane it reads who is to be told, tells it, and notes it in one transaction. Who dies in between is
 * followed by whoever comes next, from the last lane that was noted. When a delivery is due is decided elsewhere.
 */
import type { SecretLookup } from '../../channels/secrets.ts';
import type { Clock } from '../../clock/clock.ts';
import type { DeliveryBody, DestinationBody, Duration } from '../../compiler/ir.ts';
import type { OwnSession, Session } from '../../store/session.ts';
import { laneCount } from '../lane-of.ts';
import type { Known } from './columns.ts';
import { DeliveryError } from './delivery-error.ts';
import { openTeller } from './open-teller.ts';
import { closePeople, fetchPeople, keepFromErasing, noteLanes, openPeople, type PersonRow } from './people/queries.ts';
import {
  deleteOldRuns,
  endRun,
  insertRun,
  lockDestination,
  noteFailure,
  noteStep,
  type RunRow,
  selectOpenRun,
  selectRuns,
  unlockDestination,
} from './runs/queries.ts';
import type { Counts, Teller } from './teller.ts';
import { forgetGone, noteGone, noteTold, takeBack, takeErased } from './told/queries.ts';

export interface DeliverRequest {
  readonly session: OwnSession;
  readonly destination: string;
  readonly body: DestinationBody;
  readonly delivery: DeliveryBody;
  /** Of the resource: a delivery that began under another is given up. */
  readonly digest: string;
  readonly known: Known;
  readonly root: string;
  readonly zone: string;
  readonly secret: SecretLookup;
  readonly clock: Clock;
  readonly cause: RunRow['cause'];
  readonly fireAt?: Date;
  /** Everybody is told, whatever he was told before. */
  readonly isWhole?: boolean;
  /** Only these lanes are read; all when absent. */
  readonly lanes?: readonly number[];
  /** Lanes read and to be read, people told. */
  readonly onProgress?: (progress: DeliveryProgress) => void;
  /** Asked between lanes: whether to stop. Whoever comes next goes on. */
  readonly isEnding?: () => boolean;
}

export interface DeliveryProgress {
  readonly lanes: number;
  readonly of: number;
  readonly told: number;
}

/** People of one transaction, about. */
const peopleAtOnce = 10_000;
const lanesMax = 256;
/** A delivery that fails so often in a row has failed. */
const attemptsMax = 8;
const retryFirstMs = 60_000;
const retryLastMs = 3_600_000;
/** The log is kept for so long. */
const keptMs = 400 * 86_400_000;

/**
 * Goes on with the delivery that is on its way, or begins one, and returns how it stands: `done`, `waiting` after a failure, `failed`, or
 * `running` when it was stopped. Null: another process is at it. Errors: those of the store.
 */
export async function deliver(request: DeliverRequest): Promise<RunRow | null> {
  const { session, destination } = request;
  if (!(await lockDestination(session, destination))) return null;
  try {
    await deleteOldRuns(session, destination, new Date(request.clock.now().getTime() - keptMs));
    const run = await currentRun(request);
    return await carryOut(request, run);
  } finally {
    await unlockDestination(session, destination).catch(() => {}); // A session that is lost holds nothing.
  }
}

async function currentRun(request: DeliverRequest): Promise<RunRow> {
  const open = (await selectOpenRun(request.session, request.destination))[0];
  if (open === undefined) return await beginRun(request);
  if (open.digest === request.digest) return open;
  await giveUp(request, open, 'the destination was changed before it was through');
  return await beginRun(request);
}

function beginRun({ session, destination, digest, delivery, ...request }: DeliverRequest): Promise<RunRow> {
  return insertRun(session, {
    ...{ destination, digest, cause: request.cause, started_at: request.clock.now(), fire_at: request.fireAt ?? null },
    send: request.isWhole === true ? 'all' : delivery.send,
    lanes: request.lanes ?? Array.from({ length: laneCount }, (_, lane) => lane),
  });
}

async function giveUp({ session, destination, clock }: DeliverRequest, run: RunRow, reason: string): Promise<void> {
  await session.transaction(async (inner) => {
    await takeBack(inner, destination, run.run_id);
    await endRun(inner, run.run_id, { state: 'failed', at: clock.now(), artifacts: [], removed: 0, reason });
  });
}

/** A delivery of which the first part is gone begins anew, once. */
async function carryOut(request: DeliverRequest, run: RunRow, isAnew = false): Promise<RunRow> {
  const { session, destination } = request;
  let teller: Teller<unknown> | null = null;
  try {
    teller = await openTeller({
      ...request,
      run,
      isUnderway: run.lanes.length < laneCount,
      now: () => request.clock.now(),
    });
    if (teller === null) {
      await giveUp(request, run, 'what was written of it is there no more');
      const next = await beginRun(request);
      return isAnew ? next : await carryOut(request, next, true);
    }
    const isThrough = await tellLanes(request, run, teller);
    if (isThrough) await end(request, run, teller);
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    await fail(request, run.run_id, error);
  } finally {
    await teller?.close().catch(() => {}); // What wasn't settled is told again.
  }
  return (await selectRun(session, destination, run.run_id)) ?? run;
}

async function selectRun(session: Session, destination: string, runId: number): Promise<RunRow | undefined> {
  return (await selectRuns(session, destination, 5)).find((one) => one.run_id === runId);
}

/** False: it was stopped. */
async function tellLanes(request: DeliverRequest, run: RunRow, teller: Teller<unknown>): Promise<boolean> {
  const all = run.lanes.length;
  let left = run.lanes;
  let told = run.told;
  let atOnce = 16;
  while (left.length > 0) {
    if (request.isEnding?.() === true) return false;
    const lanes = left.slice(0, atOnce);
    left = left.slice(lanes.length);
    const { people, counts } = await request.session.transaction((inner) =>
      tellSome(inner, { request, run, teller, lanes, left }),
    );
    told += counts.told;
    request.onProgress?.({ lanes: all - left.length, of: all, told });
    const fitting = Math.floor((lanes.length * peopleAtOnce) / Math.max(1, people));
    atOnce = Math.max(1, Math.min(fitting, atOnce * 4, lanesMax));
  }
  return true;
}

interface Some {
  readonly request: DeliverRequest;
  readonly run: RunRow;
  readonly teller: Teller<unknown>;
  readonly lanes: readonly number[];
  /** Those after them. */
  readonly left: readonly number[];
}

async function tellSome(session: Session, some: Some): Promise<{ readonly people: number; readonly counts: Counts }> {
  const { request, run, teller, lanes, left } = some;
  const { destination, delivery } = request;
  const keeps = delivery.send === 'changes';
  await keepFromErasing(session);
  if (delivery.when?.kind === 'membership') await noteLanes(session, destination, lanes);
  await openPeople(session, {
    ...{ lanes, destination, keeps, segment: delivery.segment, since: sinceOf(request) },
    ...teller.reads,
  });
  let people = 0;
  let counts: Counts = { told: 0, removed: 0, unnamed: 0 };
  for (;;) {
    const rows = await fetchPeople(session);
    if (rows.length === 0) break;
    people += rows.length;
    counts = sum(counts, await tellRows(session, some, rows));
  }
  await closePeople(session);
  if (keeps) {
    const erased = await takeErased(session, { destination, run: run.run_id, lanes });
    if (erased.length > 0) counts = sum(counts, await teller.tell(session, { puts: [], gone: [], erased }));
  }
  const bytes = await teller.settle();
  await noteStep(session, run.run_id, { ...counts, lanes: left, bytes });
  return { people, counts };
}

async function tellRows(session: Session, { request, run, teller }: Some, rows: readonly PersonRow[]): Promise<Counts> {
  const isAll = request.delivery.send === 'all' || run.send === 'all';
  const here = rows
    .filter(({ is_gone }) => !is_gone)
    .map((row) => {
      const said = teller.read({ ...row, identifiers: row.identifiers ?? {}, segments: row.segments ?? [] });
      return { lane: row.lane, id: row.profile_id, said, digest: teller.digestOf(said), before: row.digest };
    });
  const puts = here.filter(({ digest, before }) => isAll || digest !== before);
  const gone = rows.filter(({ is_gone }) => is_gone).map(({ lane, profile_id }) => ({ lane, id: profile_id }));
  const counts = await teller.tell(session, { puts, gone, erased: [] });
  if (request.delivery.send === 'changes') {
    const told = { destination: request.destination, run: run.run_id };
    const of = (some: readonly { readonly lane: number; readonly id: number }[]) => ({
      lanes: some.map(({ lane }) => lane),
      ids: some.map(({ id }) => id),
    });
    if (puts.length > 0) await noteTold(session, { ...told, ...of(puts), digests: puts.map(({ digest }) => digest) });
    if (gone.length > 0) await noteGone(session, { ...told, ...of(gone) });
  }
  return counts;
}

async function end(request: DeliverRequest, run: RunRow, teller: Teller<unknown>): Promise<void> {
  const { session, destination, clock } = request;
  const { artifacts, removed } = await teller.finish(session);
  await session.transaction(async (inner) => {
    await forgetGone(inner, destination, run.run_id);
    await endRun(inner, run.run_id, { state: 'done', at: clock.now(), artifacts, removed, reason: null });
  });
}

async function fail(request: DeliverRequest, runId: number, error: DeliveryError): Promise<void> {
  const { session, destination, clock } = request;
  const run = (await selectOpenRun(session, destination))[0];
  if (run === undefined || run.run_id !== runId) return;
  const { attempts } = run;
  if (attempts + 1 >= attemptsMax) return await giveUp(request, run, error.message);
  const waitMs = Math.min(retryLastMs, retryFirstMs * 2 ** attempts);
  await noteFailure(session, runId, { retryAt: new Date(clock.now().getTime() + waitMs), reason: error.message });
}

function sum(a: Counts, b: Counts): Counts {
  return { told: a.told + b.told, removed: a.removed + b.removed, unnamed: a.unnamed + b.unnamed };
}

/** Who entered before stays in the audience no longer. */
export function sinceOf({ body, clock }: Pick<DeliverRequest, 'body' | 'clock'>): Date | null {
  const { leaveAfter = null } = body.sync ?? {};
  return leaveAfter === null ? null : backBy(clock.now(), leaveAfter);
}

/** Months of the calendar, days of 24 hours: nobody's zone is asked for. */
function backBy(t: Date, { months, days, ms }: Duration): Date {
  const back = new Date(t.getTime() - days * 86_400_000 - ms);
  back.setUTCMonth(back.getUTCMonth() - months);
  return back;
}
