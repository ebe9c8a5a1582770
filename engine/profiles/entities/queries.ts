/**
 * Statements over rows of entities as all lanes know them: what was told of each, and who is tied to it. Only ingestion writes
 * them; the copies in lanes are their holders' to write.
 */
import type { Value } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';

export interface EntityKeys {
  readonly entities: readonly string[];
  readonly keys: readonly string[];
}

/** Makes rows that nobody told of yet. In the order given, which is that of the keys: see `lockRows`. */
export async function insertRows(session: Session, { entities, keys }: EntityKeys): Promise<void> {
  await session.query(
    `insert into parcours.entity (entity, key, fields, field_times, role_times, version)
     select u.entity, u.key, '{}', '{}', '{}', 0 from unnest($1::text[], $2::text[]) u(entity, key)
     on conflict do nothing`,
    [entities, keys],
  );
}

export interface StoredRow {
  readonly entity: string;
  readonly key: string;
  readonly fields: Readonly<Record<string, Value>>;
  readonly field_times: Readonly<Record<string, number>>;
  readonly role_times: Readonly<Record<string, number>>;
  readonly version: number;
}

/**
 * Rows, locked until the transaction ends: two ingestions that tell of one row do it one after the other, the second knowing
 * what the first said. In the order given, so that they wait for each other instead of dead-locking.
 */
export function lockRows(session: Session, { entities, keys }: EntityKeys): Promise<StoredRow[]> {
  return session.query<StoredRow>(
    `select e.* from unnest($1::text[], $2::text[]) u(entity, key)
     cross join lateral (
       select entity, key, fields, field_times, role_times, version from parcours.entity
       where entity = u.entity and key = u.key offset 0 for update) e`,
    [entities, keys],
  );
}

export interface TieRow {
  readonly entity: string;
  readonly key: string;
  readonly role: string;
  readonly lane: number;
  readonly profile_id: number;
  readonly since: Date;
}

/** Who is tied to the rows. */
export function selectTies(session: Session, { entities, keys }: EntityKeys): Promise<TieRow[]> {
  return session.query<TieRow>(
    `select t.* from unnest($1::text[], $2::text[]) u(entity, key)
     cross join lateral (
       select entity, key, role, lane, profile_id, since from parcours.entity_tie
       where entity = u.entity and key = u.key offset 0) t`,
    [entities, keys],
  );
}

export async function updateRows(session: Session, rows: readonly StoredRow[]): Promise<void> {
  if (rows.length === 0) return;
  await session.query(
    `update parcours.entity e set fields = u.fields, field_times = u.field_times, role_times = u.role_times, version = u.version
     from unnest($1::text[], $2::text[], $3::jsonb[], $4::jsonb[], $5::jsonb[], $6::bigint[])
       u(entity, key, fields, field_times, role_times, version)
     where e.entity = u.entity and e.key = u.key`,
    [
      rows.map((row) => row.entity),
      rows.map((row) => row.key),
      rows.map((row) => JSON.stringify(row.fields)),
      rows.map((row) => JSON.stringify(row.field_times)),
      rows.map((row) => JSON.stringify(row.role_times)),
      rows.map((row) => row.version),
    ],
  );
}

export async function deleteTies(session: Session, ties: readonly TieRow[]): Promise<void> {
  if (ties.length === 0) return;
  await session.query(
    `delete from parcours.entity_tie t
     using unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::bigint[]) u(entity, key, role, lane, profile_id)
     where t.entity = u.entity and t.key = u.key and t.role = u.role and t.lane = u.lane and t.profile_id = u.profile_id`,
    columnsOf(ties),
  );
}

export async function upsertTies(session: Session, ties: readonly TieRow[]): Promise<void> {
  if (ties.length === 0) return;
  await session.query(
    `insert into parcours.entity_tie (entity, key, role, lane, profile_id, since)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::bigint[], $6::timestamptz[])
     on conflict (entity, key, role, lane, profile_id) do update set since = excluded.since`,
    [...columnsOf(ties), ties.map((tie) => tie.since)],
  );
}

function columnsOf(ties: readonly TieRow[]): readonly unknown[] {
  return [
    ties.map((tie) => tie.entity),
    ties.map((tie) => tie.key),
    ties.map((tie) => tie.role),
    ties.map((tie) => tie.lane),
    ties.map((tie) => tie.profile_id),
  ];
}
