/** One person's segments, journeys and messages, for people and programs. */
import { formatDuration } from '../../compiler/durations.ts';
import type { Value, ValueType } from '../../compiler/ir.ts';
import type { ExplainedEnrollment, Explanation } from '../../measure/person/explain-profile.ts';
import type { EntityRow, MessageRow, RefusalRow } from '../../measure/person/queries.ts';
import type { CleanedShown } from '../../profiles/shown/queries.ts';
import { formatTyped } from '../../reconcile/format-value.ts';
import type { BranchWords } from '../branch-words.ts';
import { cleanedText } from './cleaned-view.ts';
import { decisionWords } from './decision-words.ts';
import { counted, formatTime, oneLine, type Style, table } from './style.ts';
import type { View } from './view.ts';

export interface ExplanationResult extends Explanation {
  /** What the arms of branches ask, by `VERSION STEP`. */
  readonly arms: BranchWords;
  /** The one journey that was asked for; null: all. */
  readonly journey: string | null;
  /** What was written otherwise than it is stored. */
  readonly cleaned: readonly CleanedShown[];
  /** The declared types of traits. */
  readonly traitTypes: Readonly<Record<string, ValueType>>;
  /** Of fields of entities, by `booking.departs_at`. */
  readonly fieldTypes: Readonly<Record<string, ValueType>>;
}

/** The view of `explain`. */
export const explanationView: View<ExplanationResult> = {
  human: (explanation, style) =>
    [
      ...(explanation.journey === null ? aboutPerson(explanation, style) : []),
      section(style, 'Journeys', explanation.enrollments.map((row) => enrollmentText(row, explanation.arms)).join('')),
      section(style, 'Not let in', explanation.refusals.map(refusalText).join('')),
      section(
        style,
        'Messages',
        messagesOf(explanation)
          .map((row) => messageText(row, explanation))
          .join(''),
      ),
      section(style, 'Facts that could not be worked off', deadLetterText(explanation)),
    ].join(''),
  json: ({ traitTypes: _, fieldTypes: __, ...explanation }) => ({
    ...explanation,
    messages: messagesOf(explanation).map((row) => ({ ...row, words: decisionWords(row.decision, row.state) })),
  }),
};

function messagesOf({ messages, journey }: Pick<ExplanationResult, 'messages' | 'journey'>): readonly MessageRow[] {
  return journey === null ? messages : messages.filter((row) => row.journey === journey);
}

function aboutPerson(explanation: ExplanationResult, style: Style): readonly string[] {
  return [
    personText(explanation, style),
    cleanedText(explanation.cleaned, style),
    section(style, 'Segments', membershipText(explanation)),
    section(style, 'Consents', consentText(explanation)),
    section(style, 'Events', eventText(explanation)),
    section(style, 'Rows', explanation.entities.map((row) => entityText(row, explanation)).join('')),
  ];
}

function section(style: Style, title: string, text: string): string {
  return text === '' ? '' : `\n${style.strong(title)}\n${text}`;
}

function personText(explanation: ExplanationResult, style: Style): string {
  const { key, profile, identifiers, waitingFacts, traitTypes } = explanation;
  const lines = [
    `${style.strong(`Profile ${key.profileId}`)} (lane ${key.lane}), known since ${formatTime(profile.created_at)}\n`,
  ];
  for (const { type, value } of identifiers) lines.push(`  ${type}: ${oneLine(value)}\n`);
  if (profile.merged_into !== null) lines.push(`  merged into profile ${profile.merged_into}\n`);
  if (waitingFacts > 0) lines.push(`  ${counted(waitingFacts, 'fact waits', 'facts wait')} for the next run\n`);
  const traits = { zone: profile.zone, locale: profile.locale, ...profile.traits };
  const rows = Object.entries(traits)
    .filter(([, value]) => value !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `  ${name}: ${oneLine(formatTyped(value as Value, traitTypes[name] ?? null))}\n`);
  return `${lines.join('')}${section(style, 'Traits', rows.join(''))}`;
}

function membershipText({ memberships }: Explanation): string {
  const rows = memberships.map((row) => [
    row.segment,
    `since ${formatTime(row.since)}`,
    row.next_change === null ? '' : `looked at again ${formatTime(row.next_change)}`,
  ]);
  return rows.length === 0 ? '' : plain(rows);
}

function consentText({ consents }: Explanation): string {
  const rows = consents.map((row) => [
    `${row.purpose}${row.channel === '*' ? '' : ` by ${row.channel}`}`,
    row.confirmed_at === null ? row.state : 'confirmed',
    `since ${formatTime(row.confirmed_at ?? row.since)}`,
    row.source === null ? '' : `told by ${row.source}${row.proof === null ? '' : `: ${row.proof}`}`,
  ]);
  return rows.length === 0 ? '' : plain(rows);
}

function eventText({ events }: Explanation): string {
  const rows = events.map((row) => [row.type, counted(row.events, 'event'), `last ${formatTime(row.last)}`]);
  return rows.length === 0 ? '' : plain(rows);
}

function entityText({ entity, key, roles, fields, observed_at }: EntityRow, { fieldTypes }: ExplanationResult): string {
  const values = Object.entries(fields)
    .filter(([name]) => fieldTypes[`${entity}.${name}`] !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `      ${name}: ${oneLine(formatTyped(value, fieldTypes[`${entity}.${name}`] ?? null))}\n`);
  const head = `  ${entity} ${oneLine(key)}, as ${roles.join(' and ')}, last changed ${formatTime(observed_at)}\n`;
  return `${head}${values.join('')}`;
}

/** A table without a head. */
function plain(rows: readonly (readonly string[])[]): string {
  const head = (rows[0] ?? []).map(() => '');
  return table(head, rows, { align: 'l'.repeat(head.length) })
    .split('\n')
    .slice(1)
    .join('\n');
}

/** Why a branch went where it did; other details as they are. */
function detailWords(detail: unknown, arms: readonly string[] | undefined): string {
  if (detail === null) return '';
  const held = (detail as { readonly held?: unknown }).held;
  if (!Array.isArray(held)) return `  ${oneLine(JSON.stringify(detail))}`;
  if (arms === undefined) return '';
  const taken = held.indexOf(true);
  return taken < 0 ? `, since none held: ${oneLine(arms.join(' · '))}` : `, since ${oneLine(arms[taken] ?? '')}`;
}

function enrollmentText(row: ExplainedEnrollment, arms: BranchWords): string {
  const times = row.n > 1 ? `, time ${row.n}` : '';
  const head = `  ${row.journey}${row.key === '' ? '' : ` (${oneLine(row.key)})`}${times}: ${standing(row)}\n`;
  const goal = row.goal_at === null ? '' : `      ${formatTime(row.goal_at)}  goal met${creditWords(row)}\n`;
  const steps = row.steps.map((step) => {
    const detail = detailWords(step.detail, arms[`${row.version} ${step.step}`]);
    return `      ${formatTime(step.at)}  ${step.step}: ${oneLine(step.outcome)}${detail}\n`;
  });
  const held =
    row.holdout === null
      ? ''
      : `, held out of it by ${row.holdout === 'journey' ? 'its own holdout' : row.holdout}: gets nothing`;
  const ignored = row.ignored === 0 ? '' : `      ${counted(row.ignored, 'trigger')} came meanwhile, and did nothing\n`;
  return `${head}      ${formatTime(row.entered_at)}  entered${row.opened_by === null ? '' : ` (${oneLine(row.opened_by)})`}${held}\n${steps.join('')}${goal}${ignored}`;
}

/** Which message is given credit for the goal, and by which rule. */
function creditWords({ credit, journey: own }: ExplainedEnrollment): string {
  if (credit === null) return '';
  const { rule, touches, journey, step, channel } = credit;
  const window = `${rule.status} in the ${formatDuration(rule.inLast)} before`;
  if (journey === null) return `, no message ${window}`;
  const which = touches === 1 ? `the only message ${window}` : `the ${rule.to} of ${touches} messages ${window}`;
  const by = channel === null ? '' : ` by ${channel}`;
  return `, credited to ${journey === own ? '' : `${journey}/`}${step}${by}: ${which}`;
}

/** Why a journey didn't let somebody in, by the reason that is stored. */
export const refusalWords: Readonly<Record<string, string>> = {
  'no-key': 'what happened has no value for the property that the journey is per',
  'no-row': 'he has no such row in the role that the journey is per',
  if: 'what the `if` of its entry asks was not true',
  closed: 'it was outside the dates of the entry, or those inside were to be through first',
  full: 'as many as it lets in were in',
  loop: 'journeys that open each other had gone round too often',
};

function refusalText({ journey, reason, times, last_at, last_key }: RefusalRow): string {
  const key = last_key === '' ? '' : ` (${oneLine(last_key)})`;
  // An hour's are one where they may be many.
  const often = times === 1 || reason === 'if' ? '' : `, ${times} times`;
  return `  ${formatTime(last_at)}  ${journey}${key}: ${refusalWords[reason] ?? reason}${often}\n`;
}

const postureWords = { due: 'due', waiting: 'waiting until', held: 'its message tries again' } as const;

/** Where somebody is in a journey, or how he left it. */
export function standing(row: ExplainedEnrollment): string {
  if (row.state === 'exited') {
    const as = row.exit_as === null ? 'completed' : `left as ${row.exit_as}`;
    return row.exited_at === null ? as : `${as} ${formatTime(row.exited_at)}`;
  }
  const until = row.due_at === null ? '' : `, ${postureWords[row.posture ?? 'due']} ${formatTime(row.due_at)}`;
  return `at ${row.step ?? 'its start'} since ${formatTime(row.step_since)}${until}`;
}

function messageText(row: MessageRow, { messages }: Explanation): string {
  const channel = row.channel === null ? '' : ` by ${row.channel}`;
  const left = row.sent_at === null ? '' : ` (left ${formatTime(row.sent_at)})`;
  return (
    `  ${formatTime(row.created_at)}  ${row.journey}/${row.step}${channel}, template ${row.template}: ${row.state}${left}\n` +
    `      ${decisionWords(row.decision, row.state)}, under revision ${row.revision}\n` +
    countedText(row, messages)
  );
}

/** The messages that took the room. */
function countedText({ decision }: MessageRow, messages: readonly MessageRow[]): string {
  const ids = Array.isArray(decision.counted) ? decision.counted : [];
  const counted = messages.filter(({ message_id: id }) => ids.includes(id)).reverse();
  const words = counted.map((one) => `${one.journey}/${one.step} ${formatTime(one.accepted_at ?? one.created_at)}`);
  return words.length === 0 ? '' : `      counted were ${words.join(', ')}\n`;
}

function deadLetterText({ deadLetters }: Explanation): string {
  return deadLetters.map((row) => `  ${formatTime(row.at)}  ${row.kind}: ${oneLine(row.reason)}\n`).join('');
}
