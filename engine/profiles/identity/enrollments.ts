/**
 * The enrollments of who becomes one: one active place per journey and key, whoever is further along keeps it; numbers of the others follow
 * after the survivor's. Pure.
 */
import type { EnrollmentNumber, Merge, Renumbering } from './rows/queries.ts';

export interface MergedEnrollments {
  readonly ended: readonly (EnrollmentNumber & { readonly mergeId: number })[];
  readonly renumbered: readonly Renumbering[];
}

export function mergedEnrollments(rows: readonly EnrollmentNumber[], merges: readonly Merge[]): MergedEnrollments {
  const mergeOf = new Map(merges.map((one) => [one.from, one]));
  const places = new Map<string, EnrollmentNumber[]>();
  for (const row of rows) {
    const owner = mergeOf.get(row.profile_id)?.into ?? row.profile_id;
    const key = `${owner}\0${row.journey}\0${row.key}`;
    places.set(key, [...(places.get(key) ?? []), row]);
  }
  const ended: MergedEnrollments['ended'][number][] = [];
  const renumbered: Renumbering[] = [];
  for (const place of places.values()) {
    ended.push(...endedOf(place, mergeOf));
    renumbered.push(...renumberedOf(place, mergeOf));
  }
  return { ended, renumbered };
}

function endedOf(place: readonly EnrollmentNumber[], mergeOf: ReadonlyMap<number, Merge>): MergedEnrollments['ended'] {
  const active = place.filter(({ state }) => state === 'active');
  const rank = (one: EnrollmentNumber) => (mergeOf.has(one.profile_id) ? 1 : 0);
  const [best, ...others] = [...active].sort(
    (a, b) => b.steps_done - a.steps_done || rank(a) - rank(b) || a.profile_id - b.profile_id,
  );
  return others.flatMap((one) => {
    // The survivor's ends by the merge that brings the one who is further along.
    const merge = mergeOf.get(one.profile_id) ?? (best === undefined ? undefined : mergeOf.get(best.profile_id));
    return merge === undefined ? [] : [{ ...one, mergeId: merge.mergeId }];
  });
}

function renumberedOf(place: readonly EnrollmentNumber[], mergeOf: ReadonlyMap<number, Merge>): readonly Renumbering[] {
  const owners = [...new Set(place.map((one) => one.profile_id))].sort(
    (a, b) => Number(mergeOf.has(a)) - Number(mergeOf.has(b)) || a - b,
  );
  const most = (profileId: number) =>
    Math.max(...place.filter((one) => one.profile_id === profileId).map(({ n }) => n));
  const renumbered: Renumbering[] = [];
  let last = 0;
  for (const profileId of owners) {
    const { journey, key } = place[0] as EnrollmentNumber;
    if (last > 0 && mergeOf.has(profileId)) renumbered.push({ profileId, journey, key, add: last });
    last += most(profileId);
  }
  return renumbered;
}
