/** Who the samples of a plan are, for those who may read the store. */
import { counted, table } from './style.ts';
import type { View } from './view.ts';

export interface Sampled {
  /** How many the plan has. */
  readonly samples: number;
  readonly people: readonly {
    readonly hash: string;
    readonly profile_id: number;
    readonly identifier: string | null;
  }[];
}

export const samplesView: View<Sampled> = {
  human: ({ samples, people }) => {
    if (samples === 0) return 'The plan has no samples: `parcours plan --samples 5 --out FILE` takes some.\n';
    if (people.length === 0)
      return 'Nobody is found: the samples are of another store, older than thirty days, or of people who are gone.\n';
    const rows = people.map(({ hash, profile_id, identifier }) => [hash, identifier ?? `profile ${profile_id}`]);
    return `${table(['sample', 'person'], rows, { align: 'll' })}${counted(people.length, 'person', 'people')} of ${counted(samples, 'sample')}.\n`;
  },
  json: (found) => found,
};
