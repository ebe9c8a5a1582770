/** How the store follows a branch, for people and programs. */
import type { Look } from '../../reconcile/sync/sync-once.ts';
import type { SyncState, SyncStatus } from '../../reconcile/sync/sync-status.ts';
import { changeCounts } from './change-lines.ts';
import { formatTime, oneLine, type Style } from './style.ts';
import type { View } from './view.ts';

/** Digits of a commit that are enough to know it by. */
const shortDigits = 10;

/** Said by what goes another way than the branch. */
export const suspendedNote =
  'Following the branch is suspended, since its next look would undo this: `parcours sync resume` when the branch says it, too.\n';

const names: Readonly<Record<SyncState, string>> = {
  ready: 'Ready',
  progressing: 'Progressing',
  suspended: 'Suspended',
  failed: 'Failed',
  drifted: 'Drifted',
};

/** The view of `sync status`. */
export const syncStatusView: View<SyncStatus | null> = {
  human(status, style) {
    if (status === null) return 'This store follows no branch: `parcours sync --repo … --branch main` begins it.\n';
    const lines: readonly (readonly [string, string])[] = [
      ['state', syncWords(status, style)],
      ['branch', `${status.branch} of ${status.repo}${status.path === '.' ? '' : `, ${status.path}`}`],
      [
        'head',
        status.head === null
          ? 'never seen'
          : `${status.head.slice(0, shortDigits)}, looked ${formatTime(status.checkedAt)}`,
      ],
      ['applied', appliedWords(status)],
      ...status.events.map((event, i): readonly [string, string] => [
        i === 0 ? 'events' : '',
        `${formatTime(event.at)}  ${event.state}, ${event.reason}${event.commit === null ? '' : ` ${event.commit.slice(0, shortDigits)}`}`,
      ]),
    ];
    return lines.map(([name, value]) => `${name.padEnd(9)} ${value}\n`).join('');
  },
  json: (status) => status,
};

/** `Ready (applied): …`, as `status` says it, too. */
export function syncWords({ state, reason, message, failedCommit }: SyncStatus, style: Style): string {
  const name =
    state === 'ready'
      ? style.added(names[state])
      : state === 'failed'
        ? style.removed(names[state])
        : style.changed(names[state]);
  const again =
    state === 'failed' && failedCommit !== null
      ? ' It is not tried again until there is another commit, or `parcours sync resume`.'
      : '';
  return `${name} (${reason}): ${oneLine(message)}${again}`;
}

function appliedWords({ applied: { commit, revision }, live }: SyncStatus): string {
  if (commit === null) return 'nothing yet';
  const later = revision !== null && live > revision ? `; revision ${live} is live` : '';
  return `${commit.slice(0, shortDigits)}${revision === null ? '' : ` as revision ${revision}`}${later}`;
}

/** The view of a look: `sync --once`, and a line a look of one that goes on. */
export const lookView: View<Look> = {
  human({ state, reason, message, plan }, style) {
    const name = state === 'ready' ? style.added(names[state]) : style.changed(names[state]);
    const counts = plan === null || plan.changes.length === 0 ? '' : ` (${changeCounts(plan.changes)})`;
    return `${name} (${reason}): ${message.trimEnd()}${counts}\n`;
  },
  json: (look) => look,
};
