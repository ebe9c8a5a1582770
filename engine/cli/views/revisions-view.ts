/** What was applied when: the list of revisions, one of them, and what lies between two. */
import type { RevisionDetail, RevisionSummary } from '../../reconcile/history/revisions.ts';
import type { Change } from '../../reconcile/plan.ts';
import { changeCounts, changeLines } from './change-lines.ts';
import { counted, formatTime, type Style, table } from './style.ts';
import type { View } from './view.ts';

/** Digits of a commit or digest that are enough to know it by. */
const shortDigits = 10;

/** The view of `revisions`. */
export const revisionsView: View<readonly RevisionSummary[]> = {
  human: (revisions) =>
    revisions.length === 0
      ? 'Nothing was applied to this store yet.\n'
      : table(
          ['revision', 'applied', 'by', 'how', 'commit', 'bundle', '+', '~', '-', 'resources'],
          revisions.map((one) => [
            one.number,
            formatTime(one.appliedAt),
            one.author,
            cause(one),
            commitWords(one) || null,
            one.bundle.slice(0, shortDigits),
            one.added,
            one.changed,
            one.removed,
            one.resources,
          ]),
          { align: 'rlllllrrrr' },
        ),
  json: (revisions) => ({ revisions }),
};

/** The view of `revisions show`. */
export const revisionView: View<RevisionDetail> = {
  human: (one, style) =>
    [
      `${style.strong(`Revision ${one.number}`)}, ${counted(one.resources, 'resource')}\n`,
      `  applied  ${formatTime(one.appliedAt)} by ${one.author}\n`,
      `  how      ${cause(one)}, Parcours ${one.engineVersion}\n`,
      `  commit   ${commitWords(one) || 'none: files outside git'}\n`,
      `  bundle   ${one.bundle}\n\n`,
      changesText(one.changes, style),
    ].join(''),
  json: (one) => one,
};

export interface ShownDiff {
  /** As the user named them. */
  readonly from: string;
  readonly to: string;
  readonly changes: readonly Change[];
}

/** The view of `diff`. */
export const diffView: View<ShownDiff> = {
  human: ({ from, to, changes }, style) =>
    changes.length === 0
      ? `No difference between ${from} and ${to}.\n`
      : `From ${from} to ${to}:\n\n${changesText(changes, style)}`,
  json: (diff) => diff,
};

function changesText(changes: readonly Change[], style: Style): string {
  if (changes.length === 0) return '  It changed nothing.\n';
  const lines = changes.map((change) =>
    changeLines(
      {
        ...change,
        resource: `${change.kind}/${change.id}`,
        note: change.action === 'change' ? change.class : '',
      },
      style,
    ),
  );
  return `${lines.join('')}\n${style.strong('Changes')}: ${changeCounts(changes)}.\n`;
}

/** `sync main`, `rollback to 3`, `apply`. */
export function cause({ via, from }: Pick<RevisionSummary, 'via' | 'from'>): string {
  if (from === null) return via;
  return via === 'rollback' ? `rollback to ${from}` : `${via} ${from}`;
}

function commitWords({ commit, dirty }: RevisionSummary): string {
  return commit === null ? '' : `${commit.slice(0, shortDigits)}${dirty ? ' with changes' : ''}`;
}
