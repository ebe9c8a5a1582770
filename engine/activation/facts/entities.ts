/**
 * Copies of rows of entities in the lanes of the people tied to them. What a row is was decided where it was told; a fact brings
 * the whole row and its version, so that facts handled in another order leave the newest copy.
 */
import type { EntityFact } from '../../profiles/fact.ts';
import type { Session } from '../../store/session.ts';
import type { FactRow } from './fact-row.ts';
import { deleteEntityRows, upsertEntityRows } from './queries.ts';

interface Copy {
  readonly row: FactRow;
  readonly entity: EntityFact;
}

/** Writes the newest copy of each row that the facts bring. */
export async function recordEntities(session: Session, facts: readonly FactRow[]): Promise<void> {
  const newest = newestCopies(facts);
  if (newest.length === 0) return;
  const inRoles = newest.flatMap((copy) => copy.entity.roles.map((role) => ({ ...copy, role })));
  const deleted = deleteEntityRows(session, {
    ...columnsOf(newest),
    roles: newest.map(({ entity }) => JSON.stringify(entity.roles)),
  });
  const upserted =
    inRoles.length === 0
      ? undefined
      : upsertEntityRows(session, {
          ...columnsOf(inRoles),
          roles: inRoles.map(({ role }) => role),
          fields: inRoles.map(({ entity }) => JSON.stringify(entity.fields)),
          observedAt: inRoles.map(({ row }) => new Date(row.fact.at)),
          sources: inRoles.map(({ row }) => row.fact.source),
        });
  await Promise.all([deleted, upserted]);
}

function newestCopies(facts: readonly FactRow[]): readonly Copy[] {
  const newest = new Map<string, Copy>();
  for (const row of facts) {
    for (const entity of row.fact.entities ?? []) {
      const name = `${row.profileId}\0${entity.entity}\0${entity.key}`;
      const known = newest.get(name);
      if (known === undefined || known.entity.version < entity.version) newest.set(name, { row, entity });
    }
  }
  return [...newest.values()];
}

function columnsOf(copies: readonly Copy[]) {
  return {
    lanes: copies.map(({ row }) => row.lane),
    profiles: copies.map(({ row }) => row.profileId),
    entities: copies.map(({ entity }) => entity.entity),
    keys: copies.map(({ entity }) => entity.key),
    versions: copies.map(({ entity }) => entity.version),
  };
}
