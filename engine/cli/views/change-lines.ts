/** Changes of resources as lines: what `revisions show`, `diff`, `drift` and pull requests share. */
import type { ChangeAction, FieldChange } from '../../reconcile/plan.ts';
import { oneLine, type Style } from './style.ts';

/** Longer lines are cut in forms for people. */
const lineCharsMax = 320;

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

/** In the words of a plan; of a revision that an older version wrote, by its path. */
export function fieldLine({ path, before, after, words }: FieldChange): string {
  if (words !== undefined) return cut(oneLine(words));
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
  return value === null ? 'nothing' : cut(oneLine(String(value)));
}

function cut(text: string): string {
  return text.length > lineCharsMax ? `${text.slice(0, lineCharsMax)}…` : text;
}
