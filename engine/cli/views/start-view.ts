/** What `start` did, for people and programs. Nobody is named: lists are of people. */
import { counted } from './style.ts';
import type { View } from './view.ts';

export interface Started {
  readonly journey: string;
  /** People who applied; who was let in is known when their lanes have been handled. */
  readonly started: number;
  /** Lines of the list that couldn't be used, with the reason; at most so many. */
  readonly unused: readonly { readonly line: number; readonly problem: string }[];
  readonly unusedCount: number;
}

/** The view of `start`. */
export const startView: View<Started> = {
  human: ({ journey, started, unused, unusedCount }) => {
    const lines = unused.map(({ line, problem }) => `  line ${line}: ${problem}\n`).join('');
    const more = unusedCount > unused.length ? `  and ${counted(unusedCount - unused.length, 'more line')}\n` : '';
    const rest = unusedCount === 0 ? '' : `${counted(unusedCount, 'line')} couldn't be used:\n${lines}${more}`;
    return `Started journey/${journey} for ${started === 1 ? '1 person' : `${started} people`}. Its re-entry, \`if\`, dates and bound decide who comes in.\n${rest}`;
  },
  json: (result) => result,
};
