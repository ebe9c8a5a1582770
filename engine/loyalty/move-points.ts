/**
 * Gives the points of profiles that were merged to their survivors, inside the transaction of the merge, which holds both lanes; and back,
 * when a merge is taken back. What a transfer did is kept with what else it takes to undo the merge.
 */
import type { LinkedProgramme } from '../compiler/linked-programme.ts';
import type { MovePoints } from '../profiles/identity/merge.ts';
import { keepLeftovers } from '../profiles/identity/rows/queries.ts';
import type { ReturnPoints } from '../profiles/identity/unmerge.ts';
import { laneOf } from '../profiles/lane-of.ts';
import { wakeLanes } from './ledger/alarms.ts';
import { bookPostings } from './ledger/book-postings.ts';
import type { Return } from './ledger/booking.ts';
import { dropOwnHolders, joinHolders, readPrograms } from './ledger/queries.ts';
import type { Transferred } from './ledger/transfer.ts';
import { copyMarks } from './referrals/queries.ts';
import { termsOf } from './terms.ts';

/** The name under which a transfer is kept. */
export const pointsLeft = 'ledger:moved';

export function movePointsOf(programmes: ReadonlyMap<string, LinkedProgramme>): MovePoints {
  return async (session, merges, now) => {
    const rows = await readPrograms(
      session,
      merges.map(({ from }) => ({ lane: laneOf(from), profileId: from })),
    );
    const transfers = rows.flatMap(({ i, program }) => {
      const { from, into, mergeId } = merges[i - 1] as (typeof merges)[number];
      return [{ from: whoOf(from, program), into: whoOf(into, program), key: `merge/${mergeId}`, mergeId }];
    });
    await copyMarks(session, merges);
    if (transfers.length > 0) await joinHolders(session, transfers);
    const { written, transferred, next } = await bookPostings(session, {
      ...{ t: now, terms: termsOf(programmes), postings: [], transfers },
    });
    await written;
    await wakeLanes(session, next, now);
    await keepLeftovers(
      session,
      pointsLeft,
      transfers.map(({ mergeId, from }, i) => ({
        merge_id: mergeId,
        profile_id: from.profileId,
        body: transferred[i],
      })),
    );
  };
}

/** Gives back what is left of the points. `later`: merges by which who took them became others, the first first. */
export function returnPointsOf(programmes: ReadonlyMap<string, LinkedProgramme>): ReturnPoints {
  return async (session, { mergeId, profileId, root, into, now, leftovers, later }) => {
    const done = leftovers.filter((row) => row.relation === pointsLeft).map((row) => row.body as Transferred);
    const since = later.flatMap((rows) =>
      rows.filter((row) => row.relation === pointsLeft).map((row) => row.body as Transferred),
    );
    const returns = done.map((one): Return => {
      const became = since
        .filter(({ program }) => program === one.program)
        .map(({ lots }) => new Map(lots.map((lot) => [lot.lotId, lot.became])));
      return {
        ...{
          from: whoOf(profileId, one.program),
          into: whoOf(root, one.program),
          key: `unmerge/${mergeId}`,
          done: one,
        },
        lotsOf: (lotId) => became.reduce((lot, next) => next.get(lot) ?? lot, lotId),
        isTaker: root === into,
      };
    });
    if (returns.length === 0) return;
    const booked = await bookPostings(session, { t: now, terms: termsOf(programmes), postings: [], returns });
    await booked.written;
    await wakeLanes(session, booked.next, now);
    await dropOwnHolders(session, whoOf(profileId, ''));
  };
}

function whoOf(profileId: number, program: string) {
  return { lane: laneOf(profileId), profileId, program };
}
