/** Gives the points of profiles that were merged to their survivors, inside the transaction of the merge, which holds both lanes. */
import type { LinkedProgramme } from '../compiler/linked-programme.ts';
import type { MovePoints } from '../profiles/identity/merge.ts';
import { laneOf } from '../profiles/lane-of.ts';
import { bookPostings } from './ledger/book-postings.ts';
import { readPrograms } from './ledger/queries.ts';
import { termsOf } from './terms.ts';

export function movePointsOf(programmes: ReadonlyMap<string, LinkedProgramme>): MovePoints {
  return async (session, merges, now) => {
    const rows = await readPrograms(
      session,
      merges.map(({ from }) => ({ lane: laneOf(from), profileId: from })),
    );
    const transfers = rows.flatMap(({ i, program }) => {
      const { from, into, mergeId } = merges[i - 1] as (typeof merges)[number];
      const who = (profileId: number) => ({ lane: laneOf(profileId), profileId, program });
      return [{ from: who(from), into: who(into), key: `merge/${mergeId}` }];
    });
    const { written } = await bookPostings(session, { t: now, terms: termsOf(programmes), postings: [], transfers });
    await written;
  };
}
