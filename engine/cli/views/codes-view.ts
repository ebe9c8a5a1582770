/** What came of adding codes to a pool. Names no code. */
import { counted } from './style.ts';
import type { View } from './view.ts';

export interface AddedCodes {
  readonly program: string;
  readonly pool: string;
  readonly added: number;
  /** That the pool held already. */
  readonly known: number;
}

/** The view of `codes`. */
export const codesView: View<AddedCodes> = {
  human: ({ program, pool, added, known }) =>
    `${counted(added, 'code')} added to ${pool} of ${program}${known === 0 ? '' : `, ${known} were there`}.\n`,
  json: (result) => result,
};
