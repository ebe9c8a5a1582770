/**
 * What people who became one are for a lane: facts that came for a profile after it was merged go on to the survivor's lane, and who
 * survived a merge is read anew as if he were unknown. Merging itself is the business of `profiles`.
 */
import { selectTombstones } from '../../profiles/identity/queries.ts';
import { laneOf } from '../../profiles/lane-of.ts';
import type { Session } from '../../store/session.ts';
import type { People } from '../people.ts';
import { appendInbox, type InboxRow } from './queries.ts';

/** Sends rows of merged profiles to their survivors; returns the others. */
export async function forwardMerged(session: Session, rows: readonly InboxRow[]): Promise<readonly InboxRow[]> {
  const lost = rows.filter(({ merged_into }) => merged_into != null);
  if (lost.length === 0) return rows;
  const ids = [...new Set(lost.map(({ profile_id }) => profile_id as number))];
  const roots = new Map((await selectTombstones(session, ids)).map((row) => [row.profile_id, row.root_id]));
  await appendInbox(
    session,
    lost.flatMap((row) => {
      const profileId = roots.get(row.profile_id as number) as number;
      // 0: he was erased, and nothing of it is kept.
      return profileId === 0 ? [] : [{ ...row, lane: laneOf(profileId), profileId, visibleAt: row.visible_at }];
    }),
  );
  return rows.filter(({ merged_into }) => merged_into == null);
}

/** Notes down who survived a merge: everything is read of him, rows of the entities among it. */
export function noteMerged(people: People, rows: readonly InboxRow[], entities: Iterable<string>): void {
  for (const { kind, lane, profile_id, body } of rows) {
    if (kind !== 'merged' || profile_id === null) continue;
    const person = people.of(lane, profile_id);
    person.isNew = true;
    person.live = true;
    for (const entity of entities) person.entities.add(entity);
    for (const trait of (body as { readonly traits: readonly string[] }).traits) person.traits.add(trait);
  }
}
