/** Pauses, for people and programs: of `pause`, `resume`, and as lines of `plan` and `status`. */
import type { PauseRow } from '../../store/pauses.ts';
import { formatTime } from './style.ts';
import type { View } from './view.ts';

/** The view of `pause`. */
export const pauseView: View<PauseRow> = {
  human: (pause) =>
    `Paused: ${pauseWords(pause)}.\n` +
    'No message leaves from now on but those that are being handed over this second; waits go on. ' +
    (pause.on_resume === 'spread'
      ? 'What it holds leaves within an hour after its end.\n'
      : 'What it holds is dropped at its end.\n'),
  json: (pause) => pause,
};

/** The view of `resume`. */
export const resumeView: View<PauseRow> = {
  human: ({ resource, since, on_resume: way }) =>
    `Resumed: ${resource}, paused since ${formatTime(since.toISOString())}. ` +
    (way === 'spread' ? 'What it held leaves within the next hour.\n' : 'What it held is dropped when it comes up.\n'),
  json: (pause) => ({ ...pause, resumed: true }),
};

/** `journey/x since … until …, by …: why`. */
export function pauseWords({ resource, since, until, author, why }: PauseRow): string {
  const end = until === null ? 'until it is resumed' : `until ${formatTime(until.toISOString())}`;
  return `${resource} since ${formatTime(since.toISOString())} ${end}, by ${author}: ${why}`;
}
