/** Changes of resources as lines: what `revisions show`, `diff`, `drift` and pull requests share. */
import type { ChangeAction, FieldChange } from '../../reconcile/plan.ts';
import { oneLine, type Style } from './style.ts';

/** Longer values are cut in forms for people. */
const valueCharsMax = 160;

const symbols: Readonly<Record<ChangeAction, string>> = { add: '+', change: '~', remove: '-', move: '>' };

export interface ShownChange {
  readonly action: ChangeAction;
  /** `kind/id`. */
  readonly resource: string;
  readonly title: string | null;
  /** Such as its class; empty: nothing. */
  readonly note: string;
  readonly fields: readonly FieldChange[];
}

/** The resource and, indented, its fields; each line ends with a newline. */
export function changeLines({ action, resource, title, note, fields }: ShownChange, style: Style): string {
  const mark = paint(style, action, symbols[action]);
  const about = title === null ? '' : style.faint(`  ${oneLine(title)}`);
  const sort = note === '' ? '' : style.faint(`  (${note})`);
  return `  ${mark} ${resource}${sort}${about}\n${fields.map((field) => `      ${fieldLine(field)}\n`).join('')}`;
}

/** `path: before → after`; what is only on one side has its sign. */
export function fieldLine({ path, before, after }: FieldChange): string {
  if (before === null) return `${path}: + ${valueText(after)}`;
  if (after === null) return `${path}: - ${valueText(before)}`;
  return `${path}: ${valueText(before)} → ${valueText(after)}`;
}

/** `2 added, 1 changed, 0 removed`. */
export function changeCounts(changes: readonly { readonly action: ChangeAction }[]): string {
  const of = (action: ChangeAction) => changes.filter((change) => change.action === action).length;
  const moved = of('move') === 0 ? '' : `, ${of('move')} moved`;
  return `${of('add')} added, ${of('change')} changed, ${of('remove')} removed${moved}`;
}

function paint(style: Style, action: ChangeAction, text: string): string {
  if (action === 'add') return style.added(text);
  return action === 'remove' ? style.removed(text) : style.changed(text);
}

function valueText(value: FieldChange['before']): string {
  const text = oneLine(String(value));
  return text.length > valueCharsMax ? `${text.slice(0, valueCharsMax)}…` : text;
}
