/**
 * Whom the identifiers of a batch point at: few of them as calls bring them, or thousands as imports do. Who was merged is found as who he
 * is now. What follows from where they lead is `identify.ts`.
 */
import type { Session } from '../store/session.ts';
import type { Identifier } from './identified-fact.ts';
import { identifierKey } from './identify.ts';
import { isAnybodyMerged, selectTombstones } from './identity/queries.ts';
import { laneOf } from './lane-of.ts';
import { findIdentifiers, findProfileIds, type Place } from './queries.ts';

/** The profiles of identifiers, in their order. */
export async function findFew(session: Session, names: readonly Identifier[]): Promise<readonly (Place | undefined)[]> {
  const found = await findIdentifiers(session, names);
  const merged = await survivorsOf(session, new Set(found.map((row) => row.profile_id)));
  const known = new Map(
    found.map((row) => [
      identifierKey(row),
      merged.get(row.profile_id) ?? { lane: row.lane, profileId: row.profile_id },
    ]),
  );
  return names.map((one) => known.get(identifierKey(one)));
}

/** The same of thousands: a statement a type, which says no more than who. */
export async function findMany(
  session: Session,
  names: readonly Identifier[],
): Promise<readonly (Place | undefined)[]> {
  const byType = new Map<string, { readonly places: number[]; readonly values: string[] }>();
  for (const [place, { type, value }] of names.entries()) {
    let ofType = byType.get(type);
    if (ofType === undefined) {
      ofType = { places: [], values: [] };
      byType.set(type, ofType);
    }
    ofType.places.push(place);
    ofType.values.push(value);
  }
  const profiles = new Array<number | null>(names.length).fill(null);
  const asked = [...byType].map(async ([type, { places, values }]) => {
    const ids = await findProfileIds(session, type, values);
    for (const [i, place] of places.entries()) profiles[place] = ids[i] ?? null;
  });
  await Promise.all(asked);
  const people = new Set(profiles);
  people.delete(null);
  const isAny = people.size > 0 && (await isAnybodyMerged(session));
  const merged = isAny ? await survivorsOf(session, people as ReadonlySet<number>) : new Map<number, Place>();
  return profiles.map((id) => (id === null ? undefined : (merged.get(id) ?? { lane: laneOf(id), profileId: id })));
}

/**
 * The survivors of those among the profiles that were merged meanwhile: an identifier that was told while its profile was being merged still
 * points at what is left of it.
 */
async function survivorsOf(session: Session, people: ReadonlySet<number>): Promise<ReadonlyMap<number, Place>> {
  if (people.size === 0) return new Map();
  const found = await selectTombstones(session, [...people]);
  return new Map(
    found.map(({ profile_id, root_id }) => [profile_id, { lane: laneOf(root_id), profileId: root_id }] as const),
  );
}
