/** The golden record of one person: who he is, each trait with where and when it came from, consents, and how much is known besides. */
import type { Session } from '../store/session.ts';
import { selectIdentifiersOf, selectMergedInto } from './identity/queries.ts';
import type { Place } from './queries.ts';
import {
  type CleanedShown,
  type ConsentShown,
  type EventCount,
  type ShownTrait,
  selectCleaned,
  selectProfileShown,
} from './shown/queries.ts';

export interface ProfileShown {
  readonly profileId: number;
  readonly createdAt: Date;
  readonly zone: string | null;
  readonly locale: string | null;
  /** Since when nothing may be done with it. */
  readonly restrictedAt: Date | null;
  readonly identifiers: readonly { readonly type: string; readonly value: string }[];
  /** Numbers of profiles that became him. */
  readonly merged: readonly number[];
  readonly traits: readonly ShownTrait[];
  /** What rules of cleaning made of what was written. */
  readonly cleaned: readonly CleanedShown[];
  readonly consents: readonly ConsentShown[];
  readonly segments: readonly string[];
  readonly events: readonly EventCount[];
}

/** Null: there is no such profile. */
export async function showProfile(session: Session, place: Place): Promise<ProfileShown | null> {
  const shown = await selectProfileShown(session, place);
  if (shown === null) return null;
  const identifiers = await selectIdentifiersOf(session, [place.profileId]);
  const cleaned = await selectCleaned(session, place);
  const merged = await selectMergedInto(session, place.profileId);
  return {
    ...shown,
    profileId: place.profileId,
    identifiers: identifiers.map(({ type, value }) => ({ type, value })),
    cleaned,
    merged: merged.map((row) => row.profile_id),
  };
}
