/** How the store stands to the branch that it follows, as data for `sync status`, `status` and a console. Reads only. */
import { liveRevisionNumber } from '../../store/revisions.ts';
import type { Session } from '../../store/session.ts';
import { readSuspension, readSync, readSyncEvents, type SyncRow } from '../../store/sync-state.ts';
import { countBehind } from './queries.ts';

/**
 * `ready`: as the newest commit says · `progressing`: applied, and lanes are still moving to it · `suspended`: somebody said to wait ·
 * `failed`: the newest commit isn't applied · `drifted`: the store is not as the commit says.
 */
export type SyncState = 'ready' | 'progressing' | 'suspended' | 'failed' | 'drifted';

export interface SyncStatus {
  readonly state: SyncState;
  readonly reason: string;
  readonly message: string;
  readonly repo: string;
  readonly branch: string;
  readonly path: string;
  /** The newest commit that was seen. */
  readonly head: string | null;
  readonly applied: { readonly commit: string | null; readonly revision: number | null };
  /** Not tried again until there is another commit, or `sync resume`. */
  readonly failedCommit: string | null;
  readonly live: number;
  readonly lanes: { readonly total: number; readonly behind: number };
  /** ISO. */
  readonly checkedAt: string;
  readonly changedAt: string;
  readonly suspension: {
    readonly since: string;
    readonly until: string | null;
    readonly author: string;
    readonly why: string;
  } | null;
  readonly events: readonly {
    readonly at: string;
    readonly state: string;
    readonly reason: string;
    readonly message: string;
    readonly commit: string | null;
    readonly revision: number | null;
  }[];
}

/** Null: the store follows no branch. */
export async function readSyncStatus(session: Session, now: Date, eventsMax = 5): Promise<SyncStatus | null> {
  const row = await readSync(session);
  if (row === null) return null;
  const live = await liveRevisionNumber(session);
  const lanes = await countBehind(session, live);
  const suspension = await readSuspension(session, now);
  const events = await readSyncEvents(session, eventsMax);
  const held =
    suspension === null
      ? null
      : { ...suspension, since: suspension.since.toISOString(), until: suspension.until?.toISOString() ?? null };
  return {
    ...standing(row, held, lanes),
    repo: row.repo,
    branch: row.branch,
    path: row.path,
    head: row.head,
    applied: { commit: row.applied_commit, revision: row.applied_revision },
    failedCommit: row.failed_commit,
    live,
    lanes,
    checkedAt: row.checked_at.toISOString(),
    changedAt: row.changed_at.toISOString(),
    suspension: held,
    events: events.map(({ commit_id, at, ...rest }) => ({ ...rest, at: at.toISOString(), commit: commit_id })),
  };
}

function standing(
  row: SyncRow,
  held: SyncStatus['suspension'],
  lanes: SyncStatus['lanes'],
): Pick<SyncStatus, 'state' | 'reason' | 'message'> {
  if (held !== null) {
    const end = held.until === null ? 'until somebody resumes it' : `until ${held.until}`;
    return { state: 'suspended', reason: 'suspended', message: `By ${held.author} ${end}: ${held.why}` };
  }
  const { state, reason, message } = row;
  if (state === 'ready' && lanes.behind > 0) {
    return {
      state: 'progressing',
      reason,
      message: `${message} ${lanes.behind} of ${lanes.total} lanes aren't there yet.`,
    };
  }
  return { state, reason, message };
}
