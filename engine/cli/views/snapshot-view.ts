/** What `snapshot` wrote. */
import { counted } from './style.ts';
import type { View } from './view.ts';

export interface WrittenSnapshot {
  readonly file: string;
  readonly segments: number;
  readonly journeys: number;
  readonly cellMin: number;
}

export const snapshotView: View<WrittenSnapshot> = {
  human: ({ file, segments, journeys, cellMin }) =>
    `Wrote ${file}: ${counted(segments, 'segment')}, people in ${counted(journeys, 'journey')}. ` +
    `Counts of 1 to ${cellMin - 1} are withheld, and it tells of nobody in particular.\n`,
  json: (written) => written,
};
