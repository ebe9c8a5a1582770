/**
 * How the store follows a branch, as its tables hold it: written by `parcours sync`, read by `status`, `drift` and `rollback`. What is
 * decided of it is `reconcile/sync`'s.
 */
import type { Session } from './session.ts';

/** Without suspension, which is told beside it and wins over `ready` and `progressing`. */
export type SyncStored = 'ready' | 'progressing' | 'failed' | 'drifted';

export interface SyncRow {
  /** Without user and password. */
  readonly repo: string;
  readonly branch: string;
  readonly path: string;
  readonly state: SyncStored;
  readonly reason: string;
  readonly message: string;
  /** The newest commit that was seen. */
  readonly head: string | null;
  readonly applied_commit: string | null;
  readonly applied_revision: number | null;
  /** Isn't tried again until there is another commit, or somebody resumes. */
  readonly failed_commit: string | null;
  /** The newest edit by SQL (`config_edit.seq`) that was looked at. */
  readonly edits_seen: number;
  readonly checked_at: Date;
  readonly changed_at: Date;
}

export interface SuspensionRow {
  readonly since: Date;
  /** Null: until somebody resumes it. */
  readonly until: Date | null;
  readonly author: string;
  readonly why: string;
}

export interface SyncEventRow {
  readonly at: Date;
  readonly state: string;
  readonly reason: string;
  readonly message: string;
  readonly commit_id: string | null;
  readonly revision: number | null;
}

/** Events that are kept. */
const eventsMax = 200;

/** Null: the store follows nothing. */
export async function readSync(session: Session): Promise<SyncRow | null> {
  const rows = await session.query<SyncRow>(
    `select repo, branch, path, state, reason, message, head, applied_commit, applied_revision, failed_commit, edits_seen,
       checked_at, changed_at from parcours.sync`,
  );
  return rows[0] ?? null;
}

/** Writes how it stands; `changed_at` moves only when state, reason or commit do. */
export async function writeSync(session: Session, row: Omit<SyncRow, 'changed_at'>): Promise<void> {
  await session.query(
    `insert into parcours.sync as s (repo, branch, path, state, reason, message, head, applied_commit, applied_revision,
       failed_commit, edits_seen, checked_at, changed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
     on conflict (is_only) do update set repo = excluded.repo, branch = excluded.branch, path = excluded.path,
       state = excluded.state, reason = excluded.reason, message = excluded.message, head = excluded.head,
       applied_commit = excluded.applied_commit, applied_revision = excluded.applied_revision,
       failed_commit = excluded.failed_commit, edits_seen = excluded.edits_seen, checked_at = excluded.checked_at,
       changed_at = case when (s.state, s.reason, s.head) is distinct from (excluded.state, excluded.reason, excluded.head)
         then excluded.checked_at else s.changed_at end`,
    [
      row.repo,
      row.branch,
      row.path,
      row.state,
      row.reason,
      row.message,
      row.head,
      row.applied_commit,
      row.applied_revision,
      row.failed_commit,
      row.edits_seen,
      row.checked_at,
    ],
  );
}

/** Lets the failed commit be tried again. */
export async function forgetFailure(session: Session): Promise<void> {
  await session.query('update parcours.sync set failed_commit = null');
}

/** The suspension in force at t. */
export async function readSuspension(session: Session, t: Date): Promise<SuspensionRow | null> {
  const rows = await session.query<SuspensionRow>(
    'select since, until, author, why from parcours.sync_suspension where until is null or until > $1',
    [t],
  );
  return rows[0] ?? null;
}

export async function writeSuspension(session: Session, row: SuspensionRow): Promise<void> {
  await session.query(
    `insert into parcours.sync_suspension (since, until, author, why) values ($1, $2, $3, $4)
     on conflict (is_only) do update set since = excluded.since, until = excluded.until, author = excluded.author, why = excluded.why`,
    [row.since, row.until, row.author, row.why],
  );
}

export async function deleteSuspension(session: Session): Promise<void> {
  await session.query('delete from parcours.sync_suspension');
}

/** Adds an event and deletes the oldest beyond the limit. */
export async function noteSyncEvent(session: Session, row: SyncEventRow): Promise<void> {
  await session.query(
    `insert into parcours.sync_event (at, state, reason, message, commit_id, revision) values ($1, $2, $3, $4, $5, $6)`,
    [row.at, row.state, row.reason, row.message, row.commit_id, row.revision],
  );
  await session.query(
    'delete from parcours.sync_event where seq <= (select max(seq) from parcours.sync_event) - $1::bigint',
    [eventsMax],
  );
}

/** The newest events, newest first. */
export function readSyncEvents(session: Session, limit: number): Promise<SyncEventRow[]> {
  return session.query<SyncEventRow>(
    'select at, state, reason, message, commit_id, revision from parcours.sync_event order by seq desc limit $1',
    [limit],
  );
}

/** Why a commit isn't tried again. */
export async function readFailure(session: Session, commit: string): Promise<SyncEventRow | null> {
  const rows = await session.query<SyncEventRow>(
    `select at, state, reason, message, commit_id, revision from parcours.sync_event
     where commit_id = $1 and state = 'failed' and reason not in ('fetch_failed', 'locked') order by seq desc limit 1`,
    [commit],
  );
  return rows[0] ?? null;
}

/** The newest edit of the configuration by SQL; 0: none. */
export async function newestEdit(session: Session): Promise<number> {
  const rows = await session.query<{ seq: number }>('select coalesce(max(seq), 0) as seq from parcours.config_edit');
  return rows[0]?.seq ?? 0;
}
