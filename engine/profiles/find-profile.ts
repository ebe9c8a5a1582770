/** How a person at a terminal names a profile. Reads identifiers and profiles, nothing else. */
import type { Session } from '../store/session.ts';
import { cleanIdentifier } from './clean-text.ts';
import { selectTombstones } from './identity/queries.ts';
import { laneOf } from './lane-of.ts';
import {
  findByAnyIdentifier,
  findById,
  findByIdentifier,
  findIdentifiers,
  type Place,
  type PlaceRow,
} from './queries.ts';
import type { TypedNames } from './typed-names.ts';

/**
 * As `findAsNamed`; who was merged is found as who he is now. `names`: how identifiers are written, so that who is stored in a clean form is
 * found as he is typed.
 */
export async function findProfile(session: Session, text: string, names?: TypedNames): Promise<Place | null> {
  const found =
    (await findAsNamed(session, text)) ?? (names === undefined ? null : await findAsMeant(session, text, names));
  if (found === null) return null;
  const root = (await selectTombstones(session, [found.profileId]))[0]?.root_id;
  return root === undefined ? found : { lane: laneOf(root), profileId: root };
}

/**
 * Finds a profile by `type:value`, by the bare value of an identifier (of several types the first in the alphabet), or by its
 * number, in this order. Null when nobody answers to it.
 */
async function findAsNamed(session: Session, text: string): Promise<Place | null> {
  const colon = text.indexOf(':');
  const type = text.slice(0, Math.max(colon, 0)).trim();
  const typed = cleanIdentifier(type, text.slice(colon + 1));
  if (type !== '' && typed !== null) {
    const found = placeOf(await findByIdentifier(session, { type, value: typed }));
    if (found) return found;
  }
  const value = cleanIdentifier('', text);
  if (value === null) return null;
  const found = placeOf(await findByAnyIdentifier(session, value));
  if (found || !/^[1-9][0-9]{0,14}$/.test(value)) return found;
  const profileId = Number(value);
  return placeOf(await findById(session, { lane: laneOf(profileId), profileId }));
}

/** By what the text may mean once it is clean. Null also where it may mean several people: somebody is to be shown, or erased, and nobody else. */
async function findAsMeant(session: Session, text: string, names: TypedNames): Promise<Place | null> {
  const colon = text.indexOf(':');
  const type = text.slice(0, Math.max(colon, 0)).trim();
  const typed = type === '' ? [] : names.meant(type, text.slice(colon + 1).trim());
  const meant = typed.length > 0 ? typed : names.meant(null, text.trim());
  const found = await findIdentifiers(session, meant);
  const people = new Map(found.map((row) => [row.profile_id, row]));
  return people.size === 1 ? placeOf([...people.values()]) : null;
}

function placeOf(rows: readonly PlaceRow[]): Place | null {
  const row = rows[0];
  return row ? { lane: row.lane, profileId: row.profile_id } : null;
}
