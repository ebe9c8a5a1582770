/**
 * What an import wrote straight into lanes: whom a lane is to look at again, as its notes in the inbox say. The records themselves are the
 * business of `profiles/history`.
 */
import type { ToldHistory } from '../../profiles/history/record-history.ts';
import { selectTombstones } from '../../profiles/identity/queries.ts';
import type { Batch } from '../batch.ts';
import type { InboxRow } from './queries.ts';

/** Notes down of whom something was written. Who was merged into another since was read anew with him. */
export async function noteHistory({ session, people }: Pick<Batch, 'session' | 'people'>, rows: readonly InboxRow[]) {
  const told = rows
    .filter(({ kind }) => kind === 'history')
    .map(({ lane, body }) => ({ lane, ...(body as ToldHistory) }));
  if (told.length === 0) return;
  const ids = [...new Set(told.flatMap((one) => one.people))];
  const gone = new Set((await selectTombstones(session, ids)).map((row) => row.profile_id));
  for (const { lane, people: named, fresh, events, traits } of told) {
    const isFresh = new Set(fresh);
    for (const profileId of named) {
      if (gone.has(profileId)) continue;
      const person = people.of(lane, profileId);
      for (const type of events) person.events.add(type);
      for (const trait of traits) person.traits.add(trait);
      if (!isFresh.has(profileId)) continue;
      person.isNew = true;
      person.traits.add('first_seen_at');
    }
  }
}
