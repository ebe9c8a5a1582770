/**
 * Removes a person from every table, and proves it. What stays: a number without anything, keyed hashes of his identifiers so that no
 * import revives him, entries of the ledger whose holder nobody can find any more, and the proof.
 */
import { hash } from 'node:crypto';
import { canonicalJson } from '../../compiler/canonical.ts';
import type { OwnSession, Session } from '../../store/session.ts';
import { leaveToDeliver } from '../destinations/told/queries.ts';
import { lockLanes, lockMerging } from '../identity/queries.ts';
import { laneOf } from '../lane-of.ts';
import { hangingTables, personTables, pointingColumns } from '../person-tables.ts';
import { erasedHash } from './erased.ts';
import { tellingTexts, type WholePerson, wholePerson } from './person.ts';
import {
  countNaming,
  countPointing,
  countRowsOf,
  deleteHanging,
  deleteLonelyRows,
  deleteMergeTraces,
  deleteNaming,
  deleteNamingFields,
  deleteNamingProperties,
  deleteRowsOf,
  forgetPointing,
  insertErased,
  leaveTombstones,
  logErasure,
  readSalt,
  selectRelations,
  smallTexts,
  stopIngestion,
  waitForDeliveries,
} from './queries.ts';

export interface Erasure {
  readonly profileId: number;
  readonly now: Date;
  readonly by: string;
}

export interface ErasureProof {
  /** Numbers of the profiles that are gone. */
  readonly profiles: readonly number[];
  readonly erasedAt: string;
  /** Rows that were removed or rewritten, by table. */
  readonly removed: Readonly<Record<string, number>>;
  /** Tables that were searched afterwards, and rows found in which he is named still; none. */
  readonly searched: number;
  readonly left: Readonly<Record<string, number>>;
  /** Keyed hashes that keep him from coming back. */
  readonly hashes: number;
}

export interface Erased {
  readonly proof: ErasureProof;
  /** SHA-256 of the proof in canonical form, hex. */
  readonly digest: string;
}

/**
 * Erases a person. Who dies in the middle leaves him as he is, or with no more than texts in which he was named gone; erasing again goes on.
 * Errors: those of the store.
 */
export async function erasePerson(session: OwnSession, erasure: Erasure): Promise<Erased> {
  const removed: Record<string, number> = {};
  const note: Note = (relation, rows) => {
    if (rows > 0) removed[relation] = (removed[relation] ?? 0) + rows;
  };
  // What takes long is read before anything is locked; what is told meanwhile, the rest finds.
  await removeTexts(session, await wholePerson(session, erasure.profileId), note);
  const { person, hashes } = await session.transaction((inner) => removeRows(inner, erasure, note));
  const { searched, left } = await search(session, person);
  const proof: ErasureProof = {
    ...{ profiles: person.ids, erasedAt: erasure.now.toISOString(), removed, searched, left, hashes },
  };
  const digest = hash('sha256', canonicalJson(proof), 'hex');
  await logErasure(session, { ...erasure, at: erasure.now, proof, digest });
  return { proof, digest };
}

type Note = (relation: string, rows: number) => void;

/** Texts of large tables in which he is named: of others' events, and ids of messages. */
async function removeTexts(session: Session, person: WholePerson, note: Note): Promise<void> {
  const texts = tellingTexts(person);
  if (texts.length === 0) return;
  note('event', await deleteNamingProperties(session, texts, person.ids));
  note('seen_message', await deleteNaming(session, 'seen_message', texts));
}

async function removeRows(
  session: Session,
  erasure: Erasure,
  note: Note,
): Promise<{ readonly person: WholePerson; readonly hashes: number }> {
  await waitForDeliveries(session);
  await stopIngestion(session);
  await lockMerging(session);
  const person = await wholePerson(session, erasure.profileId);
  await lockLanes(session, [...new Set(person.ids.map(laneOf))]);
  note('merges', await deleteMergeTraces(session, person.ids));
  note('entity', await deleteLonelyRows(session, person.ids));
  note('destination_gone', await leaveToDeliver(session, { lanes: person.ids.map(laneOf), ids: person.ids }));
  for (const hanging of hangingTables) note(hanging.relation, await deleteHanging(session, hanging, person.ids));
  for (const { relation } of personTables) {
    if (relation !== 'profile') note(relation, await deleteRowsOf(session, relation, person.ids));
  }
  for (const pointing of pointingColumns) {
    note(pointing.relation, await forgetPointing(session, pointing, person.ids));
  }
  await leaveTombstones(session, person.ids);
  note('profile', person.ids.length);
  const texts = tellingTexts(person);
  if (texts.length > 0) {
    note('entity', await deleteNamingFields(session, texts));
    for (const relation of smallTexts) note(relation, await deleteNaming(session, relation, texts));
  }
  const salt = await readSalt(session);
  const hashes = [...new Set(person.identifiers.map((one) => erasedHash(salt, one)))];
  if (hashes.length > 0) await insertErased(session, hashes, erasure.now);
  return { person, hashes: hashes.length };
}

/** Looks for him again: by his numbers where rows have them, and by his names in every table there is. */
async function search(session: Session, person: WholePerson): Promise<Pick<ErasureProof, 'searched' | 'left'>> {
  const left: Record<string, number> = {};
  const texts = tellingTexts(person);
  const relations = await selectRelations(session);
  for (const { relation } of personTables) {
    if (relation === 'profile') continue;
    const rows = await countRowsOf(session, relation, person.ids);
    if (rows > 0) left[relation] = rows;
  }
  for (const pointing of pointingColumns) {
    const rows = await countPointing(session, pointing, person.ids);
    if (rows > 0) left[pointing.relation] = (left[pointing.relation] ?? 0) + rows;
  }
  for (const relation of relations) {
    const rows = texts.length === 0 ? 0 : await countNaming(session, relation, texts);
    if (rows > 0) left[relation] = (left[relation] ?? 0) + rows;
  }
  return { searched: relations.length, left };
}
