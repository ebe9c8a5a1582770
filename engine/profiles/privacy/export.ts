/** All that is known of a person, as data: complete, by table, and readable by machines. */
import type { Session } from '../../store/session.ts';
import { hangingTables, personTables } from '../person-tables.ts';
import { tellingTexts, wholePerson } from './person.ts';
import { looseTexts, selectHanging, selectMergeTraces, selectNaming, selectRowsOf } from './queries.ts';

export interface PersonExport {
  readonly profile: number;
  /** Numbers of profiles that became him. */
  readonly merged: readonly number[];
  readonly exported_at: string;
  /** Rows as they are stored, by table; tables without a row of his are left out. Times are ISO, money in minor units. */
  readonly tables: Readonly<Record<string, readonly unknown[]>>;
}

/** Reads it all at one instant, within the caller's transaction. */
export async function exportPerson(session: Session, profileId: number, now: Date): Promise<PersonExport> {
  const person = await wholePerson(session, profileId);
  const tables: Record<string, readonly unknown[]> = {};
  const put = (relation: string, rows: readonly unknown[]) => {
    if (rows.length > 0) tables[relation] = [...(tables[relation] ?? []), ...rows];
  };
  for (const { relation } of personTables) put(relation, await selectRowsOf(session, relation, person.ids));
  for (const hanging of hangingTables) put(hanging.relation, await selectHanging(session, hanging, person.ids));
  const { leftovers, merges } = await selectMergeTraces(session, person.ids);
  put('merge_leftover', leftovers);
  put('merge_log', merges);
  const texts = tellingTexts(person);
  // What has a profile was read above.
  for (const relation of looseTexts.filter((one) => one === 'rejected_call' || one === 'seen_message')) {
    if (texts.length > 0) put(relation, await selectNaming(session, relation, texts));
  }
  return { profile: profileId, merged: person.ids.slice(1), exported_at: now.toISOString(), tables };
}
