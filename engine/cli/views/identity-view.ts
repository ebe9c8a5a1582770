/** Who is one person, for people and programs: proposals, decisions, histories. Identifiers are shown: whoever decides must know of whom. */
import type { MatchSummary } from '../../profiles/identity/match/match-people.ts';
import type { History, Proposed } from '../../profiles/identity/review.ts';
import type { Unmerged } from '../../profiles/identity/unmerge.ts';
import { counted, formatCount, formatTime, oneLine } from './style.ts';
import type { View } from './view.ts';

/** Identifiers of one profile that a line shows. */
const shownMax = 6;

type Identifiers = Proposed['a'];

function identifierWords(identifiers: Identifiers): string {
  const shown = identifiers.slice(0, shownMax).map(({ type, value }) => `${type}:${oneLine(value)}`);
  return `${shown.join(', ')}${identifiers.length > shownMax ? ', …' : ''}`;
}

/** The view of `identity review`. */
export const reviewView: View<{ readonly proposals: readonly Proposed[] }> = {
  human: ({ proposals }, style) => {
    if (proposals.length === 0) return 'Nothing waits for a decision.\n';
    const lines = proposals.map(
      ({ a_id, b_id, a, b, reason, proposed_at }) =>
        `${style.strong(`${a_id} and ${b_id}`)}: ${reason}, since ${formatTime(proposed_at)}\n` +
        `  ${a_id}  ${identifierWords(a)}\n  ${b_id}  ${identifierWords(b)}\n`,
    );
    return `${lines.join('')}\nparcours identity accept A B, or decline A B.\n`;
  },
  json: ({ proposals }) => proposals,
};

/** The view of `identity accept` and `identity decline`. */
export const decisionView: View<{ readonly what: 'accept' | 'decline'; readonly a: number; readonly b: number }> = {
  human: ({ what, a, b }) =>
    what === 'accept'
      ? `Profiles ${a} and ${b} are to become one. Who runs the engine carries it out.\n`
      : `Profiles ${a} and ${b} are two people from now on, whatever rules say.\n`,
  json: (result) => result,
};

/** The view of `identity match`. */
export const matchView: View<{ readonly keys: readonly MatchSummary[] }> = {
  human: ({ keys }) =>
    keys
      .map(({ key, people, alike, told, passedOver }) => {
        const over = passedOver === 0 ? '' : `; ${counted(passedOver, 'group')} too large to be compared`;
        return `${key}: ${counted(people, 'person', 'people')} compared, ${counted(alike, 'pair')} alike, ${formatCount(told)} new${over}\n`;
      })
      .join(''),
  json: ({ keys }) => keys,
};

/** The view of `identity log`. */
export const historyView: View<History> = {
  human: ({ profileId, rootId, merges }) => {
    const who = profileId === rootId ? `Profile ${rootId}` : `Profile ${profileId} is ${rootId} now, who`;
    if (merges.length === 0) return `${who} was never merged.\n`;
    const lines = merges.map(({ from_id, into_id, rule, merged_at, undone_at, undone_by }) => {
      const undone = undone_at === null ? '' : `, taken back ${formatTime(undone_at)} by ${oneLine(undone_by ?? '')}`;
      return `  ${from_id} → ${into_id}  ${formatTime(merged_at)}, ${rule}${undone}\n`;
    });
    return `${who} had a part in ${counted(merges.length, 'merge')}:\n${lines.join('')}`;
  },
  json: (result) => result,
};

/** The view of `identity unmerge`. */
export const unmergedView: View<Unmerged> = {
  human: ({ profileId, from, rows }) => {
    const counts = Object.entries(rows).map(([relation, count]) => `${count} of ${relation}`);
    const words = counts.length === 0 ? 'No rows went back' : `Rows that went back: ${counts.join(', ')}`;
    return `Profile ${profileId} is its own again and not ${from} any more. ${words}.\n`;
  },
  json: (result) => result,
};
