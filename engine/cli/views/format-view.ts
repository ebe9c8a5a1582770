/** What `fmt` did or would do. */
import { unifiedDiff } from './line-diff.ts';
import { counted, type Style } from './style.ts';
import type { View } from './view.ts';

export interface FormatResult {
  readonly changed: readonly { readonly path: string; readonly before: string; readonly after: string }[];
  /** Files that were looked at. */
  readonly total: number;
  /** Files whose YAML has errors; they were told apart from this. */
  readonly refused: number;
  readonly mode: 'write' | 'check' | 'diff';
}

export const formatView: View<FormatResult> = {
  human: (result, style) => (result.mode === 'diff' ? diffs(result, style) : listed(result)),
  json: ({ changed, total, refused, mode }) => ({
    files: total,
    refused,
    written: mode === 'write',
    changed: changed.map(({ path, before, after }) =>
      mode === 'diff' ? { path, diff: unifiedDiff(before, after) } : { path },
    ),
  }),
};

function listed({ changed, total, refused, mode }: FormatResult): string {
  const names = changed.map(({ path }) => `${path}\n`).join('');
  const rest = refused > 0 ? ` ${counted(refused, 'file')} with errors in YAML left as they are.` : '';
  if (changed.length === 0) return refused > 0 ? '' : `Nothing to do: ${counted(total, 'file')} in canonical form.\n`;
  const done = mode === 'write' ? 'formatted' : 'not in canonical form: run `parcours fmt`';
  return `${names}${changed.length} of ${counted(total, 'file')} ${done}.${rest}\n`;
}

function diffs({ changed }: FormatResult, style: Style): string {
  return changed
    .map(({ path, before, after }) => {
      const hunks = unifiedDiff(before, after)
        .split('\n')
        .map((line) => paint(line, style))
        .join('\n');
      return `${style.strong(`--- ${path}`)}\n${style.strong(`+++ ${path} (formatted)`)}\n${hunks}`;
    })
    .join('');
}

function paint(line: string, style: Style): string {
  if (line.startsWith('+')) return style.added(line);
  if (line.startsWith('-')) return style.removed(line);
  return line.startsWith('@@') ? style.faint(line) : line;
}
