/** Drift, for people and programs: what the store holds and nobody declared. */
import type { Drift, DriftFinding } from '../../reconcile/history/drift.ts';
import type { PauseRow } from '../../store/pauses.ts';
import { changeLines } from './change-lines.ts';
import { pauseWords } from './pause-view.ts';
import { counted, formatTime, type Style } from './style.ts';
import type { View } from './view.ts';

/** Resources that a line names. */
const namedMax = 5;

export interface ShownDrift extends Drift {
  /** What operators stopped: meant, and no drift. */
  readonly pauses: readonly PauseRow[];
}

/** The view of `drift`. */
export const driftView: View<ShownDrift> = {
  human: (drift, style) =>
    [
      drift.findings.length === 0
        ? `No drift: the store is as ${declaredWords(drift)} (revision ${drift.live} is live).\n`
        : findingsText(drift, style),
      ...drift.pauses.map((pause) => `${style.faint('Not drift')}: paused by hand, ${pauseWords(pause)}\n`),
    ].join(''),
  json: (drift) => drift,
};

function findingsText(drift: Drift, style: Style): string {
  const head = `${style.removed('Drift')}: the store is not as ${declaredWords(drift)} (revision ${drift.live} is live).\n\n`;
  const lines = drift.findings.map((one) => findingText(one, style));
  return (
    `${head}${lines.join('')}\n${counted(drift.findings.length, 'resource')} ${drift.findings.length === 1 ? 'differs' : 'differ'}. ` +
    'To undo it apply the declared commit again, or `parcours rollback`; to keep it write it into the files: `parcours import --live`.\n'
  );
}

const sorts: Readonly<Record<DriftFinding['sort'], string>> = {
  applied: 'applied',
  edited: 'edited in the database',
  missing: 'its body is gone from the database',
  deleted: 'lanes ran under it, and it is gone from the database',
};

function findingText(one: DriftFinding, style: Style): string {
  const who = one.actor ?? 'nobody noted by whom';
  const when = one.at === null ? 'nobody noted when' : formatTime(one.at);
  const note = `${sorts[one.sort]} by ${who}, ${when}${one.sort === 'applied' ? `, ${one.by}` : ''}`;
  return changeLines({ ...one, title: null, note }, style);
}

/** A line of a run that goes on. */
export function driftLine(findings: readonly DriftFinding[]): string {
  if (findings.length === 0) return 'The store is again as it was declared.\n';
  const names = findings.slice(0, namedMax).map((one) => one.resource);
  const more = findings.length > names.length ? ` and ${findings.length - names.length} more` : '';
  return `Drift: ${names.join(', ')}${more} ${findings.length === 1 ? 'is' : 'are'} not as declared. \`parcours drift\` shows what differs.\n`;
}

/** `revision 3 (commit 0123456789) says`, `these files say`. */
function declaredWords({ declared: { revision, commit } }: Drift): string {
  if (revision === null) return 'these files say';
  return `revision ${revision}${commit === null ? '' : ` (commit ${commit.slice(0, 10)})`} says`;
}
