/** What lanes still fill after an apply, in words: for `status`, `run` and the looks at segments. */
import type { Filling } from '../../activation/lanes/filling.ts';
import { bar } from './bar.ts';
import { counted, formatCount } from './style.ts';

/** Names that one line lists. */
const namesMax = 3;

/** One line for a terminal: a bar, and what is filled. Empty when nothing is. */
export function fillingLine({ lanes, behind, unfilled }: Filling): string {
  if (behind === 0) return '';
  const names = unfilled.slice(0, namesMax).map(({ kind, id }) => `${kind} ${id}`);
  const more = unfilled.length > namesMax ? ` and ${formatCount(unfilled.length - namesMax)} more` : '';
  const what = unfilled.length === 0 ? 'moving lanes' : `filling ${names.join(', ')}${more}`;
  return `${bar(lanes - behind, lanes)} ${formatCount(lanes - behind)} of ${counted(lanes, 'lane')}: ${what}`;
}

/** A sentence about one segment that isn't filled everywhere; empty when it is. */
export function unfilledWords(filling: Filling, segment: string): string {
  const found = filling.unfilled.find(({ kind, id }) => kind === 'segment' && id === segment);
  if (found === undefined) return '';
  const { filled } = found;
  return `Still being filled: ${formatCount(filled)} of ${counted(filling.lanes, 'lane')} so far. In the others it holds what the definition before it held, and triggers nothing new.`;
}
