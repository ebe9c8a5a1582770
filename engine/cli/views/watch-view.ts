/** What `validate` says beside its result, to stderr: what it left out, and that it goes on. */
import type { Output } from './output.ts';
import { counted } from './style.ts';

/** Mistakes in files that were not asked for. */
export function noteOthers(output: Output, count: number, isUnchecked: boolean): void {
  const unchecked = isUnchecked ? ' Until they are repaired, references can not be checked.' : '';
  output.note(
    `${counted(count, 'diagnostic')} in other files of the workspace: \`parcours validate\` shows all.${unchecked}\n`,
  );
}

/** Between two runs. */
export function noteWatching(output: Output): void {
  output.note('Watching; Ctrl-C ends it.\n');
}

/** Empties a terminal before the next result; a log keeps all. */
export function clearTerminal(output: Output): void {
  if (output.isTerminal === true) output.write('\u001b[2J\u001b[3J\u001b[H');
}
