/** What a running engine says when the store fails it for a while: short lines on standard error, with no word of a person. */
import type { Trouble } from '../../activation/trouble.ts';

const names: Readonly<Record<Trouble['where'], string>> = {
  control: 'the look-out',
  worker: 'a worker',
  dispatch: 'dispatch',
  scales: 'the ranking of people',
  exchange: 'sources and destinations in other systems',
};

/** One line for each failure and for its end. */
export function troubleLine({ where, state, code, attempt, retryInMs }: Trouble): string {
  if (state === 'over') return `The store is back: ${names[where]} goes on.\n`;
  const times = attempt === 1 ? '' : `, ${attempt} times in a row`;
  return `The store failed ${names[where]} (${code}${times}); it tries again in ${(retryInMs / 1000).toFixed(1)} s.\n`;
}
