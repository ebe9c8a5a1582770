/** What a run did, for people and programs. */
import { formatTime } from './style.ts';
import type { View } from './view.ts';

export interface RunResult {
  /** The clock's time at the end, ISO. */
  readonly until: string;
}

/** The view of `run`. */
export const runView: View<RunResult> = {
  human: ({ until }) => `Ran until ${formatTime(until)}. \`parcours report\` shows what it did.\n`,
  json: (result) => result,
};
