/** How the running system stands: revision, lanes, queues, messages, workers. Plain data for `parcours status` and a console. */
import { type PauseRow, readPauses } from '../../store/pauses.ts';
import { liveRevisionNumber, readResources, readRevision } from '../../store/revisions.ts';
import type { OwnSession } from '../../store/session.ts';
import { readSplits, type SplitStand } from '../../store/splits.ts';
import {
  type InboxRow,
  type OutboxRow,
  type ScaleRow,
  selectDueLanes,
  selectInbox,
  selectLanes,
  selectMessageStates,
  selectOutbox,
  selectScales,
  selectTotals,
  selectWorkers,
  selectWorkspace,
  type WorkerRow,
} from './queries.ts';

/** `empty`: nothing applied · `progressing`: lanes still run under an older revision · `current`: all are at the live one. */
export type Progress = 'empty' | 'progressing' | 'current';

export interface Status {
  readonly at: string;
  readonly workspace: string | null;
  readonly progress: Progress;
  readonly revision: {
    readonly number: number;
    readonly bundle: string;
    readonly commit: string | null;
    readonly dirty: boolean;
    readonly author: string;
    readonly appliedAt: string;
    readonly resources: number;
  } | null;
  readonly lanes: {
    readonly total: number;
    readonly behind: number;
    /** Lanes that have something to do now; `late`: since more than a minute. */
    readonly due: number;
    readonly late: number;
    /** Since when the one is due that waits longest. */
    readonly dueSince: string | null;
    /** The newest time at which any lane ran. */
    readonly lastRan: string | null;
    /** The earliest time at which time alone gives a lane work. */
    readonly nextWake: string | null;
  };
  /** When the oldest fact that nobody has taken came due; null when none waits. */
  readonly oldestDue: string | null;
  readonly inbox: readonly InboxRow[];
  readonly outbox: readonly OutboxRow[];
  readonly messages: Readonly<Record<string, number>>;
  readonly profiles: number;
  readonly activeEnrollments: number;
  readonly deadLetters: number;
  /** What operators stopped and is in force. */
  readonly pauses: readonly PauseRow[];
  /** What splits have learned: winners of tests, shares of bandits. */
  readonly splits: readonly SplitStand[];
  /** Traits that read what everybody does, by name: when that was worked out last, and of how many. */
  readonly scales: readonly Scale[];
  readonly workers: readonly WorkerRow[];
}

/** What a trait reads of everybody. */
export interface Scale extends Omit<ScaleRow, 'computed_at'> {
  readonly computedAt: string;
}

/** Reads the status as of one snapshot; `at` is the clock's time. */
export function readStatus(session: OwnSession, at: Date): Promise<Status> {
  return session.transaction(
    async (inner) => {
      const number = await liveRevisionNumber(inner);
      const revision = number === 0 ? null : await readRevision(inner, number);
      const lanes = await selectLanes(inner, number);
      const due = await selectDueLanes(inner, at);
      const inbox = await selectInbox(inner, at);
      const totals = await selectTotals(inner);
      const states = await selectMessageStates(inner);
      return {
        at: at.toISOString(),
        workspace: await selectWorkspace(inner),
        progress: revision === null ? 'empty' : lanes.behind > 0 ? 'progressing' : 'current',
        revision: revision && {
          number: revision.number,
          bundle: revision.bundle_digest,
          commit: revision.git_commit,
          dirty: revision.git_dirty,
          author: revision.author,
          appliedAt: revision.applied_at.toISOString(),
          resources: Object.keys(revision.resources).length,
        },
        lanes: {
          total: lanes.lanes,
          behind: lanes.behind,
          due: due.due,
          late: due.late,
          dueSince: due.oldest?.toISOString() ?? null,
          lastRan: lanes.last_t?.toISOString() ?? null,
          nextWake: lanes.next_wake?.toISOString() ?? null,
        },
        oldestDue: earliest(inbox.map((row) => row.oldest)),
        inbox,
        outbox: await selectOutbox(inner),
        messages: Object.fromEntries(states.map((row) => [row.state, row.messages])),
        profiles: totals.profiles,
        activeEnrollments: totals.active_enrollments,
        deadLetters: totals.dead_letters,
        pauses: await readPauses(inner, at),
        splits: revision === null ? [] : await readSplits(inner, await readResources(inner, revision)),
        scales: (await selectScales(inner)).map(({ computed_at, ...row }) => ({
          ...row,
          computedAt: computed_at.toISOString(),
        })),
        workers: await selectWorkers(inner),
      };
    },
    { readOnly: true },
  );
}

function earliest(dates: readonly (Date | null)[]): string | null {
  const times = dates.filter((date) => date !== null).map((date) => date.getTime());
  return times.length === 0 ? null : new Date(Math.min(...times)).toISOString();
}
