/** A plan, and what became of it, for people and programs. */

import type { Held } from '../../compiler/not-run.ts';
import type { Applied } from '../../reconcile/apply-plan.ts';
import type { Impact, JourneyEntryImpact, JourneyImpact, SegmentImpact, Touch } from '../../reconcile/impact-form.ts';
import type { Breach, Change, ChangeAction, FieldChange, Plan, Refusal } from '../../reconcile/plan.ts';
import { pauseWords } from './pause-view.ts';
import { counted, formatCount, formatTime, oneLine, type Style, table } from './style.ts';
import type { View } from './view.ts';

/** Longer values are cut in the human form; the JSON form is whole. */
const valueCharsMax = 160;

const symbols = { add: '+', change: '~', remove: '-', move: '>', indirect: '»' } as const;

/** The view of `plan`. */
export const planView: View<Plan> = { human: humanPlan, json: (plan) => plan };

/** What `apply` shows before it asks. */
export function humanPlan(plan: Plan, style: Style): string {
  if (plan.changes.length === 0) return nothingToDo(plan) + pausesText(plan, style) + heldText(plan.held, style);
  return [
    `${fromWhere(plan)}\n\n`,
    ...plan.changes.map((change) => changeText(change, style)),
    plan.impact ? impactText(plan.impact, style) : '',
    '\n',
    ...plan.refusals.map((one) => `${style.removed('Refused')}: ${refusalWords(one)}\n`),
    breachText(plan.breaches, style),
    pausesText(plan, style),
    heldText(plan.held, style),
    `${style.strong('Plan')}: ${summary(plan.changes)}${plan.held.length > 0 ? `, ${plan.held.length} not run` : ''}.\n`,
  ].join('');
}

function refusalWords(one: Refusal): string {
  const all = `--allow-destructive ${one.resource}`;
  const journeys = one.journeys.join(', ');
  switch (one.kind) {
    case 'removed':
      return `${one.resource} can't go while ${counted(one.people, 'enrollment stands', 'enrollments stand')} on it (${journeys}). To take it away all the same: ${all}`;
    case 'steps-gone': {
      const steps = one.steps.map(({ step, people }) => `${step} (${formatCount(people)})`).join(', ');
      return (
        `${one.resource} loses steps in which ${counted(one.people, 'person stands', 'people stand')}: ${steps}. Say what becomes of them: ` +
        `\`moved:\` at the step that it is now, \`in_flight: { policy: migrate, map: … }\`, \`policy: pin\` to let them finish by the old ` +
        `steps, or \`policy: exit\`. To let them finish without saying so: ${all}`
      );
    }
    case 'versions':
      return `${one.resource} would have ${one.versions} versions with people in them, and ${one.max} is the most. Say \`in_flight: { policy: migrate }\`, or: ${all}`;
    case 'empty':
      return `these files declare nothing but the workspace, so everything that is live would go. If that is meant: ${all}`;
  }
}

/** What guardrails say of the plan. */
function breachText(breaches: readonly Breach[], style: Style): string {
  const word = (one: Breach) => (one.severity === 'error' ? style.removed('Guarded') : style.changed('Warning'));
  return breaches.map((one) => `${word(one)}: ${one.words}.\n`).join('');
}

/** What an operator stopped is no drift: it is meant, and it says who and why. */
function pausesText({ pauses }: Plan, style: Style): string {
  return pauses
    .map((pause) => `${style.changed('Paused')} by hand, whatever the files say: ${pauseWords(pause)}\n`)
    .join('');
}

/** Each held resource once; what is held only since it needs another one says which. */
function heldText(held: readonly Held[], style: Style): string {
  if (held.length === 0) return '';
  const lines = held.map(({ resource, forms, needs, isDraft }) => {
    const why = forms.length > 0 ? forms.join(', ') : `needs ${needs.join(', ')}`;
    return `  ${style.faint('!')} ${resource}  ${style.faint(isDraft ? `draft, ${why}` : why)}\n`;
  });
  return (
    `${style.strong('Not run by this version of Parcours')}: valid, compiled, and kept from the engine. ` +
    `Nothing is applied while these are in the files, drafts apart.\n${lines.join('')}\n`
  );
}

function nothingToDo(plan: Plan): string {
  return `Nothing to do: the store is as these files say (revision ${plan.from.revision}).\n`;
}

function fromWhere(plan: Plan): string {
  return plan.from.revision === 0
    ? 'Nothing was applied to this store yet. To bring it to what these files say:'
    : `To bring the store from revision ${plan.from.revision} to what these files say:`;
}

function summary(changes: readonly Change[]): string {
  const of = (action: ChangeAction) => changes.filter((change) => change.action === action).length;
  return `${of('add')} to add, ${of('change')} to change, ${of('remove')} to remove`;
}

function paint(style: Style, action: Touch, text: string): string {
  if (action === 'add') return style.added(text);
  return action === 'remove' ? style.removed(text) : style.changed(text);
}

function changeText(change: Change, style: Style): string {
  const mark = paint(style, change.action, symbols[change.action]);
  const title = change.title === null ? '' : style.faint(`  ${oneLine(change.title)}`);
  const sort = change.action === 'change' ? style.faint(`  (${change.class})`) : '';
  const head = `  ${mark} ${change.kind}/${change.id}${sort}${title}\n`;
  return head + change.fields.map((field) => `      ${fieldText(field)}\n`).join('');
}

function fieldText({ path, before, after }: FieldChange): string {
  if (before === null) return `${path}: + ${valueText(after)}`;
  if (after === null) return `${path}: - ${valueText(before)}`;
  return `${path}: ${valueText(before)} → ${valueText(after)}`;
}

function valueText(value: FieldChange['before']): string {
  const text = oneLine(String(value));
  return text.length > valueCharsMax ? `${text.slice(0, valueCharsMax)}…` : text;
}

function impactText(impact: Impact, style: Style): string {
  const segments = impact.segments.map((one) => segmentRow(one));
  const journeys = impact.journeys.flatMap((one) => journeyRows(one));
  const parts = [`\n${style.strong('People')}, counted at ${formatTime(impact.at)}\n`];
  if (segments.length > 0) {
    parts.push('\n', table(['', 'segment', 'read by', 'before', 'after', 'in', 'out'], segments, { align: 'lll' }));
  }
  if (journeys.length > 0) {
    parts.push('\n', table(['', 'journey', 'by', 'in it now', 'would enter'], journeys, { align: 'lll' }));
  }
  return segments.length + journeys.length === 0 ? '' : parts.join('');
}

function segmentRow(one: SegmentImpact): (string | null)[] {
  const readers = one.readBy.length > 2 ? [...one.readBy.slice(0, 2), `${one.readBy.length - 2} more`] : one.readBy;
  return [
    symbols[one.change],
    one.id,
    readers.join(', ') || null,
    orUnknown(one.before),
    orUnknown(one.after),
    one.entered === 0 ? null : orUnknown(one.entered, '+'),
    one.left === 0 ? null : orUnknown(one.left, '−'),
  ];
}

function orUnknown(count: number | null, sign = ''): string {
  return count === null ? 'unknown' : `${sign}${formatCount(count)}`;
}

function journeyRows(one: JourneyImpact): (string | null)[][] {
  if (one.change === 'remove')
    return [[symbols.remove, one.id, 'removed: they leave it', formatCount(one.active), null]];
  return one.entries.map((entry, i) => [
    i === 0 ? symbols[one.change] : '',
    i === 0 ? one.id : '',
    entryWords(entry),
    i === 0 ? formatCount(one.active) : '',
    entry.trigger === 'event' ? 'as it happens' : orUnknown(entry.people),
  ]);
}

const noneWords = {
  status: 'not live',
  skip: 'as people enter or leave; present members stay out',
  later: 'at its date, or as it happens',
  unchanged: 'as before; present members were taken',
} as const;

function entryWords(entry: JourneyEntryImpact): string {
  switch (entry.trigger) {
    case 'segment':
      return `members of ${entry.segment}`;
    case 'schedule':
      return entry.nextFire === null
        ? `members of ${entry.segment}, but its time never comes`
        : `members of ${entry.segment}, next ${formatTime(entry.nextFire)}`;
    case 'date':
      return 'at its date; at most, those who are late by less than `late`';
    case 'condition':
      return 'those who fulfil its condition';
    case 'event':
      return `event ${entry.events.join(', ')}`;
    case 'none':
      return noneWords[entry.because];
  }
}

/** The view of `apply`, after it was done. */
export const appliedView: View<Applied> = {
  human: ({ revision, plan }, style) =>
    revision === null
      ? nothingToDo(plan)
      : `${style.added('Applied')}: the store is at revision ${revision} (${counted(plan.changes.length, 'change')}).\n`,
  json: ({ revision, plan }) => ({ applied: revision, plan }),
};
