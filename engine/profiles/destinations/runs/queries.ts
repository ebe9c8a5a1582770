/**
 * Statements of deliveries as such: one is on its way at a time, how far it is, how it ended, and the log of them. Whom they are about:
 * `people/queries.ts`.
 */
import type { Session } from '../../../store/session.ts';

export interface RunRow {
  readonly run_id: number;
  readonly destination: string;
  readonly digest: string;
  readonly send: 'all' | 'changes';
  readonly cause: 'schedule' | 'membership' | 'hand';
  readonly fire_at: Date | null;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly state: 'running' | 'waiting' | 'done' | 'failed';
  readonly lanes: readonly number[];
  readonly bytes: readonly number[];
  readonly told: number;
  readonly removed: number;
  readonly unnamed: number;
  readonly artifacts: readonly string[];
  readonly attempts: number;
  readonly retry_at: Date | null;
  readonly reason: string | null;
}

const runColumns = `run_id, destination, digest, send, cause, fire_at, started_at, ended_at, state, lanes::integer[] as lanes, bytes, told,
  removed, unnamed, artifacts, attempts, retry_at, reason`;

/** The one on its way: none or one row. */
export function selectOpenRun(session: Session, destination: string): Promise<RunRow[]> {
  return session.query<RunRow>(
    `select ${runColumns} from parcours.destination_run where destination = $1 and state in ('running', 'waiting')`,
    [destination],
  );
}

export type NewRun = Pick<RunRow, 'destination' | 'digest' | 'send' | 'cause' | 'fire_at' | 'started_at' | 'lanes'>;

export async function insertRun(session: Session, run: NewRun): Promise<RunRow> {
  const rows = await session.query<RunRow>(
    `insert into parcours.destination_run (destination, digest, send, cause, fire_at, started_at, state, lanes)
     values ($1, $2, $3, $4, $5, $6, 'running', $7::smallint[]) returning ${runColumns}`,
    [run.destination, run.digest, run.send, run.cause, run.fire_at, run.started_at, run.lanes],
  );
  return rows[0] as RunRow;
}

export interface RunStep {
  readonly lanes: readonly number[];
  readonly bytes: readonly number[];
  readonly told: number;
  readonly removed: number;
  readonly unnamed: number;
}

/** Notes how far it is, in the transaction that notes what was told. */
export async function noteStep(session: Session, runId: number, step: RunStep): Promise<void> {
  await session.query(
    `update parcours.destination_run set state = 'running', lanes = $2::smallint[], bytes = $3::bigint[], told = told + $4,
       removed = removed + $5, unnamed = unnamed + $6, attempts = 0, retry_at = null, reason = null
     where run_id = $1`,
    [runId, step.lanes, step.bytes, step.told, step.removed, step.unnamed],
  );
}

export async function noteFailure(
  session: Session,
  runId: number,
  { retryAt, reason }: { readonly retryAt: Date; readonly reason: string },
): Promise<void> {
  await session.query(
    `update parcours.destination_run set state = 'waiting', attempts = attempts + 1, retry_at = $2, reason = $3 where run_id = $1`,
    [runId, retryAt, reason],
  );
}

export interface RunEnd {
  readonly state: 'done' | 'failed';
  readonly at: Date;
  readonly artifacts: readonly string[];
  /** Beyond what steps counted: hashes that an audience loses. */
  readonly removed: number;
  readonly reason: string | null;
}

export async function endRun(session: Session, runId: number, end: RunEnd): Promise<void> {
  await session.query(
    `update parcours.destination_run set state = $2, ended_at = $3, artifacts = $4::text[], removed = removed + $5, reason = $6,
       lanes = '{}', retry_at = null
     where run_id = $1`,
    [runId, end.state, end.at, end.artifacts, end.removed, end.reason],
  );
}

/** The log, the newest first; of one destination or of all. */
export function selectRuns(session: Session, destination: string | null, limit: number): Promise<RunRow[]> {
  return session.query<RunRow>(
    `select ${runColumns} from parcours.destination_run where $1::text is null or destination = $1 order by run_id desc limit $2`,
    [destination, limit],
  );
}

/** The last delivery of each destination. */
export function selectLastRuns(session: Session): Promise<RunRow[]> {
  return session.query<RunRow>(
    `select distinct on (destination) ${runColumns} from parcours.destination_run order by destination, run_id desc`,
  );
}

/** When each destination's schedule was last fired. */
export function selectLastFires(session: Session): Promise<{ readonly destination: string; readonly fire_at: Date }[]> {
  return session.query(
    `select destination, max(fire_at) as fire_at from parcours.destination_run where fire_at is not null group by destination`,
  );
}

export async function deleteOldRuns(session: Session, destination: string, before: Date): Promise<void> {
  await session.query('delete from parcours.destination_run where destination = $1 and ended_at < $2', [
    destination,
    before,
  ]);
}

/** One process delivers to a destination at a time; false: another one does. Held by the session until it is given back, or ends. */
export async function lockDestination(session: Session, destination: string): Promise<boolean> {
  const rows = await session.query<{ is_ours: boolean }>(
    'select pg_try_advisory_lock(7305003, hashtext($1)) as is_ours',
    [destination],
  );
  return rows[0]?.is_ours === true;
}

export async function unlockDestination(session: Session, destination: string): Promise<void> {
  await session.query('select pg_advisory_unlock(7305003, hashtext($1)) as is_free', [destination]);
}
