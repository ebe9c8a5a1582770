/** A segment as it stands, for people and programs. */
import type { Filling } from '../../activation/lanes/filling.ts';
import type { ReasonCount, Reasons } from '../../measure/segment/count-reasons.ts';
import type { SegmentLook } from '../../measure/segment/look-at-segment.ts';
import { formatCondition, formatConditions } from '../../reconcile/format-condition.ts';
import { unfilledWords } from './filling-view.ts';
import { counted, formatCount, formatShare, type Style, table } from './style.ts';
import type { View } from './view.ts';

export interface SegmentResult extends SegmentLook {
  readonly filling: Filling;
}

/** Reasons that are listed on each side. */
const reasonsShown = 10;

/** The view of `segment`. */
export const segmentView: View<SegmentResult> = {
  human: (result, style) => {
    const { segment, title, size, people, where } = result;
    const named = title === null ? segment : `${segment} (${title})`;
    const share = people === 0 ? '' : `, ${formatShare(size / people)} of ${formatCount(people)}`;
    const unfilled = unfilledWords(result.filling, segment);
    return [
      `${style.strong(named)}: ${counted(size, 'member')}${share}\n`,
      unfilled === '' ? '' : `  ${style.changed(unfilled)}\n`,
      section(
        style,
        'Definition',
        formatConditions(where)
          .map((line) => `  ${line}\n`)
          .join(''),
      ),
      section(style, 'Size', historyText(result)),
      section(style, 'Shares members with', overlapText(result)),
      reasonsText(result.reasons, style),
    ].join('');
  },
  json: ({ segment, title, where, size, people, history, overlap, reasons, filling }) => {
    const found = filling.unfilled.find(({ kind, id }) => kind === 'segment' && id === segment);
    return {
      ...{ segment, title, definition: formatConditions(where), size, people },
      filling: found === undefined ? null : { filled: found.filled, lanes: filling.lanes },
      history: history.map(({ day, at, people: members }) => ({ day, at, members })),
      overlap: overlap.map((row) => ({
        ...row,
        shareOfThis: shareOf(row.both, size),
        shareOfOther: shareOf(row.both, row.size),
      })),
      reasons: {
        ...{ lanes: reasons.lanes, of: reasons.of, people: reasons.people, members: reasons.members },
        leaves:
          reasons.reasons?.map(({ condition, members, keepsOut }) => ({
            condition: formatCondition(condition),
            members,
            keepsOut,
          })) ?? null,
      },
    };
  },
};

function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function section(style: Style, title: string, text: string): string {
  return text === '' ? '' : `\n${style.strong(title)}\n${text}`;
}

function historyText({ history }: SegmentResult): string {
  if (history.length === 0) return '  Not counted yet: a running engine counts each segment once a day.\n';
  const rows = history.map(({ day, people }, i) => {
    const before = history[i - 1]?.people;
    return [day, formatCount(people), before === undefined ? '' : signed(people - before)];
  });
  return table(['day (UTC)', 'members', 'since the day before it'], rows, { align: 'lrr' });
}

function signed(change: number): string {
  return change === 0 ? '' : `${change > 0 ? '+' : '-'}${formatCount(Math.abs(change))}`;
}

function overlapText({ overlap, size }: SegmentResult): string {
  if (overlap.length === 0) return '';
  const rows = overlap.map((row) => [
    row.segment,
    row.both,
    formatShare(shareOf(row.both, size)),
    formatShare(shareOf(row.both, row.size)),
  ]);
  return table(['segment', 'in both', 'of this', 'of the other'], rows);
}

function reasonsText(reasons: Reasons, style: Style): string {
  if (reasons.reasons === null)
    return section(style, 'Reasons', '  The definition has too many parts to tell them apart.\n');
  const read =
    reasons.lanes === reasons.of ? '' : `, in a sample of ${reasons.lanes} of ${formatCount(reasons.of)} lanes`;
  const { members, people } = reasons;
  const outside = people - members;
  const holding = listed(reasons.reasons, members, (one) => one.members);
  const keeping = listed(reasons.reasons, outside, (one) => one.keepsOut);
  return [
    section(style, `What holds of members${read}`, holding),
    section(style, `What alone keeps people out${read}`, keeping),
  ].join('');
}

/** Largest first; those of nobody are left out. */
function listed(reasons: readonly ReasonCount[], whole: number, countOf: (reason: ReasonCount) => number): string {
  const rows = reasons
    .filter((one) => countOf(one) > 0)
    .sort((a, b) => countOf(b) - countOf(a))
    .slice(0, reasonsShown)
    .map((one) => [formatCondition(one.condition), countOf(one), formatShare(shareOf(countOf(one), whole))]);
  return rows.length === 0 ? '' : table(['', 'people', 'share'], rows);
}
