/** A plan, and what became of it, for people and programs. */

import type { Held } from '../../compiler/not-run.ts';
import type { Applied } from '../../reconcile/apply-plan.ts';
import type { Touch } from '../../reconcile/impact-form.ts';
import {
  type Breach,
  type Change,
  type ChangeAction,
  nameOfChange,
  type Plan,
  type Refusal,
  type RenameSuggestion,
} from '../../reconcile/plan.ts';
import { fatesText, impactText, symbols } from './impact-view.ts';
import { pauseWords } from './pause-view.ts';
import { splitWords } from './split-words.ts';
import { stagesText } from './stages-view.ts';
import { counted, formatCount, oneLine, type Style } from './style.ts';
import type { View } from './view.ts';

/** Longer lines are cut in the human form; the JSON form is whole. */
const lineCharsMax = 320;

/** How changes are shown: fields in words, bodies line by line, or both. */
export const diffForms = ['semantic', 'yaml', 'both'] as const;

/** A plan and how it is to be shown. */
export interface ShownPlan {
  readonly plan: Plan;
  /** By `kind/id`, the lines of a change; null where they weren't asked for. */
  readonly bodies: ReadonlyMap<string, string> | null;
  readonly form?: (typeof diffForms)[number];
}

/** The view of `plan`. */
export const planView: View<ShownPlan> = {
  human: (shown, style) => shownPlan(shown, style, false),
  json: ({ plan }) => plan,
};

/** The same with reasons and stages. */
export const explainedPlanView: View<ShownPlan> = {
  human: (shown, style) => shownPlan(shown, style, true),
  json: ({ plan }) => plan,
};

/** What `apply` shows before it asks. */
export function humanPlan(plan: Plan, style: Style): string {
  return shownPlan({ plan, bodies: null }, style, false);
}

function shownPlan({ plan, bodies, form = 'semantic' }: ShownPlan, style: Style, isExplained: boolean): string {
  if (plan.changes.length === 0)
    return nothingToDo(plan) + pausesText(plan, style) + decidedText(plan, style) + heldText(plan.held, style);
  const words = (change: Change) => (form === 'yaml' ? '' : fieldsText(change));
  const lines = (change: Change) => indented(bodies?.get(nameOfChange(change)) ?? '');
  return [
    `${fromWhere(plan)}\n\n`,
    ...plan.changes.map((change) => headText(change, style, isExplained) + words(change) + lines(change)),
    indirectText(plan, style, isExplained),
    plan.impact ? impactText(plan.impact, plan.inFlight, style) : peopleText(plan),
    isExplained ? stagesText(plan, style) : '',
    '\n',
    ...plan.suggestions.map((one) => `${style.changed('Hint')}: ${suggestionWords(one)}\n`),
    ...plan.refusals.map((one) => `${style.removed('Refused')}: ${refusalWords(one)}\n`),
    breachText(plan.breaches, style),
    pausesText(plan, style),
    decidedText(plan, style),
    heldText(plan.held, style),
    `${style.strong('Plan')}: ${summary(plan.changes)}${plan.held.length > 0 ? `, ${plan.held.length} not run` : ''}.\n`,
  ].join('');
}

function peopleText({ inFlight }: Plan): string {
  const text = fatesText(inFlight);
  return text === '' ? '' : `\n${text}`;
}

/** What reads something that changes: named when it is asked for, and counted otherwise. */
function indirectText({ indirect }: Plan, style: Style, isExplained: boolean): string {
  if (indirect.length === 0) return '';
  if (!isExplained) {
    const named = indirect.slice(0, namesMax).map(({ resource }) => resource);
    const more = indirect.length > named.length ? ` and ${formatCount(indirect.length - named.length)} more` : '';
    return style.faint(`  ${symbols.indirect} what reads them: ${named.join(', ')}${more}\n`);
  }
  return indirect
    .map(
      (one) =>
        `  ${symbols.indirect} ${one.resource}  ${style.faint(`(${one.class}, reads ${[...one.because].reverse().join(' ← ')})`)}\n`,
    )
    .join('');
}

/** Names that a line lists. */
const namesMax = 6;

function suggestionWords({ resource, step, was, similarity }: RenameSuggestion): string {
  const percent = `${Math.round(similarity * 100)} %`;
  if (step !== null)
    return `step ${step} of ${resource} looks like a rename of \`${was}\`, ${percent}: add \`moved: ${was}\` to it`;
  return `${resource} looks like a rename of \`${was}\`, ${percent}: add \`moved: ${was}\``;
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
    case 'accounts': {
      const debts = one.debt === 0 ? '' : ` and owe ${formatCount(one.debt)}`;
      return (
        `${one.resource} can't go while ${counted(one.people, 'member has', 'members have')} something in it: they hold ${formatCount(one.points)} points${debts}. ` +
        `The ledger knows the programme by this id, so under another one they would begin at nothing. To end it, remove its \`earn\` and let ` +
        `the points be spent; to take it away all the same: ${all}`
      );
    }
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

/** The winner is state; a pull request may write it into the file. */
function decidedText({ decided }: Plan, style: Style): string {
  return decided
    .map((one) => {
      const file = one.winner === null ? '' : ` (\`winner: { is: ${one.winner} }\` writes it into the file)`;
      return `${style.faint('Decided')}: ${splitWords(one)}${file}\n`;
    })
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

function headText(change: Change, style: Style, isExplained: boolean): string {
  const mark = paint(style, change.action, symbols[change.action]);
  const title = change.title === null ? '' : style.faint(`  ${oneLine(change.title)}`);
  const isNamed = change.action === 'change' || change.action === 'move';
  const sort = isNamed ? style.faint(`  (${change.class})`) : '';
  const was = change.movedFrom === null ? '' : `  was ${change.movedFrom}`;
  const why = isExplained ? `      ${style.faint(change.reasons.join(' '))}\n` : '';
  return `  ${mark} ${nameOfChange(change)}${was}${sort}${title}\n${why}`;
}

function fieldsText({ fields }: Change): string {
  return fields.map(({ words }) => `      ${shortened(oneLine(words))}\n`).join('');
}

function indented(lines: string): string {
  return lines.replaceAll(/^(?=.)/gm, '      ');
}

function shortened(text: string): string {
  return text.length > lineCharsMax ? `${text.slice(0, lineCharsMax)}…` : text;
}

/** The view of `apply`, after it was done. */
export const appliedView: View<Applied> = {
  human: ({ revision, plan }, style) =>
    revision === null
      ? nothingToDo(plan)
      : `${style.added('Applied')}: the store is at revision ${revision} (${counted(plan.changes.length, 'change')}).\n`,
  json: ({ revision, plan }) => ({ applied: revision, plan }),
};
