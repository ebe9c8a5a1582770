/**
 * Statements that gather, count and remove what is known of a person. Their texts are made of the names in `person-tables.ts` and of the
 * store's own catalogue; values travel as parameters.
 */
import type { Session } from '../../store/session.ts';
import { laneOf } from '../lane-of.ts';

/** All rows of a table that are of the profiles, as JSON. */
export async function selectRowsOf(
  session: Session,
  relation: string,
  ids: readonly number[],
): Promise<readonly unknown[]> {
  const rows = await session.query<{ body: unknown }>(
    `select to_jsonb(x) as body from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     join parcours.${relation} x on x.lane = u.lane and x.profile_id = u.profile_id order by to_jsonb(x)::text`,
    [ids.map(laneOf), ids],
  );
  return rows.map(({ body }) => body);
}

/** Removes all rows of a table that are of the profiles; how many. */
export async function deleteRowsOf(session: Session, relation: string, ids: readonly number[]): Promise<number> {
  const rows = await session.query<{ n: number }>(
    `with gone as (
       delete from parcours.${relation} x using unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
       where x.lane = u.lane and x.profile_id = u.profile_id returning 1)
     select count(*) as n from gone`,
    [ids.map(laneOf), ids],
  );
  return rows[0]?.n ?? 0;
}

/** How many rows of a table are of the profiles. */
export async function countRowsOf(session: Session, relation: string, ids: readonly number[]): Promise<number> {
  const rows = await session.query<{ n: number }>(
    `select count(*) as n from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     join parcours.${relation} x on x.lane = u.lane and x.profile_id = u.profile_id`,
    [ids.map(laneOf), ids],
  );
  return rows[0]?.n ?? 0;
}

/** A table that hangs on another one's rows by a number. */
export interface Hanging {
  readonly relation: string;
  readonly column: string;
  readonly of: string;
}

/** Removes rows that hang on rows of the profiles. Before those rows go. */
export async function deleteHanging(
  session: Session,
  { relation, column, of }: Hanging,
  ids: readonly number[],
): Promise<number> {
  const rows = await session.query<{ n: number }>(
    `with gone as (
       delete from parcours.${relation} h using unnest($1::smallint[], $2::bigint[]) u(lane, profile_id), parcours.${of} x
       where x.lane = u.lane and x.profile_id = u.profile_id and h.${column} = x.${column} returning 1)
     select count(*) as n from gone`,
    [ids.map(laneOf), ids],
  );
  return rows[0]?.n ?? 0;
}

/** A column of rows about others in which a profile's number stands. */
export interface Pointing {
  readonly relation: string;
  readonly column: string;
  readonly onErase: 'forget' | 'delete';
}

/** Takes the numbers of profiles out of rows about others; how many rows. */
export async function forgetPointing(
  session: Session,
  { relation, column, onErase }: Pointing,
  ids: readonly number[],
): Promise<number> {
  const change =
    onErase === 'delete' ? `delete from parcours.${relation} x` : `update parcours.${relation} x set ${column} = 0`;
  const rows = await session.query<{ n: number }>(
    `with changed as (${change} where x.${column} = any($1::bigint[]) returning 1) select count(*) as n from changed`,
    [ids],
  );
  return rows[0]?.n ?? 0;
}

/** In how many rows about others the numbers stand. */
export async function countPointing(
  session: Session,
  { relation, column }: Omit<Pointing, 'onErase'>,
  ids: readonly number[],
): Promise<number> {
  const rows = await session.query<{ n: number }>(
    `select count(*) as n from parcours.${relation} x where x.${column} = any($1::bigint[])`,
    [ids],
  );
  return rows[0]?.n ?? 0;
}

/** The same as JSON. */
export async function selectHanging(
  session: Session,
  { relation, column, of }: Hanging,
  ids: readonly number[],
): Promise<readonly unknown[]> {
  const rows = await session.query<{ body: unknown }>(
    `select to_jsonb(h) as body from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     join parcours.${of} x on x.lane = u.lane and x.profile_id = u.profile_id
     join parcours.${relation} h on h.${column} = x.${column} order by to_jsonb(h)::text`,
    [ids.map(laneOf), ids],
  );
  return rows.map(({ body }) => body);
}

/** Ingestion begins by noting messages: whoever holds this waits for all that are at it, and the next ones wait for him. */
export async function stopIngestion(session: Session): Promise<void> {
  await session.query(`select set_config('lock_timeout', '30s', true)`);
  await session.query('lock table parcours.seen_message in share row exclusive mode');
}

/**
 * Waits for the deliveries that are reading people, and lets none begin until the transaction ends. Before anything else is locked: a
 * delivery may wait for another system, and nobody else is to wait for it. Errors: 55P03 after two minutes.
 */
export async function waitForDeliveries(session: Session): Promise<void> {
  await session.query(`select set_config('lock_timeout', '120s', true)`);
  await session.query('select pg_advisory_xact_lock(7305005)');
}

/** Leaves a number and nothing else. */
export async function leaveTombstones(session: Session, ids: readonly number[]): Promise<void> {
  await session.query(
    `update parcours.profile p set merged_into = 0, traits = '{}', zone = null, locale = null, restricted_at = null
     from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id) where p.lane = u.lane and p.profile_id = u.profile_id`,
    [ids.map(laneOf), ids],
  );
}

export async function deleteMergeTraces(session: Session, ids: readonly number[]): Promise<number> {
  let gone = 0;
  for (const text of [
    `delete from parcours.merge_leftover where profile_id = any($1::bigint[])
       or merge_id in (select merge_id from parcours.merge_log where from_id = any($1::bigint[]) or into_id = any($1::bigint[]))`,
    'delete from parcours.merge_log where from_id = any($1::bigint[]) or into_id = any($1::bigint[])',
    'delete from parcours.merge_request where a_id = any($1::bigint[]) or b_id = any($1::bigint[])',
    'delete from parcours.merge_proposal where a_id = any($1::bigint[]) or b_id = any($1::bigint[])',
  ]) {
    const rows = await session.query<{ n: number }>(
      `with gone as (${text} returning 1) select count(*) as n from gone`,
      [ids],
    );
    gone += rows[0]?.n ?? 0;
  }
  return gone;
}

/** What merges took away from profiles, and which merges they were. */
export async function selectMergeTraces(
  session: Session,
  ids: readonly number[],
): Promise<{ readonly leftovers: readonly unknown[]; readonly merges: readonly unknown[] }> {
  const leftovers = await session.query<{ body: unknown }>(
    'select to_jsonb(x) as body from parcours.merge_leftover x where profile_id = any($1::bigint[]) order by merge_id, n',
    [ids],
  );
  const merges = await session.query<{ body: unknown }>(
    'select to_jsonb(x) as body from parcours.merge_log x where from_id = any($1::bigint[]) or into_id = any($1::bigint[]) order by merge_id',
    [ids],
  );
  return { leftovers: leftovers.map(({ body }) => body), merges: merges.map(({ body }) => body) };
}

/** Rows of entities to which nobody is tied but these people. */
export async function deleteLonelyRows(session: Session, ids: readonly number[]): Promise<number> {
  const rows = await session.query<{ n: number }>(
    `with his as (
       select distinct t.entity, t.key from parcours.entity_tie t
       where (t.lane, t.profile_id) in (select * from unnest($1::smallint[], $2::bigint[]))),
     gone as (
       delete from parcours.entity e using his h where e.entity = h.entity and e.key = h.key
         and not exists (select from parcours.entity_tie o where o.entity = h.entity and o.key = h.key and o.profile_id <> all($2::bigint[]))
       returning 1)
     select count(*) as n from gone`,
    [ids.map(laneOf), ids],
  );
  return rows[0]?.n ?? 0;
}

/** Fields of rows that others are tied to, too, which name him: they go, from the row and from its copies. */
export async function deleteNamingFields(session: Session, values: readonly string[]): Promise<number> {
  let changed = 0;
  for (const relation of ['entity', 'entity_row']) {
    const rows = await session.query<{ n: number }>(
      `with changed as (
         update parcours.${relation} e set fields = coalesce(
           (select jsonb_object_agg(f.key, f.value) from jsonb_each(e.fields) f
            where not exists (select from unnest($1::text[]) v(value) where strpos(lower(f.value::text), v.value) > 0)), '{}')
         where exists (select from unnest($1::text[]) v(value) where strpos(lower(e.fields::text), v.value) > 0) returning 1)
       select count(*) as n from changed`,
      [values],
    );
    changed += rows[0]?.n ?? 0;
  }
  return changed;
}

/** Texts that belong to no profile and may name him: calls that were rejected, facts set apart, ids of messages. */
export const looseTexts = ['rejected_call', 'dead_letter', 'inbox', 'seen_message'] as const;
/** Those that are searched in a moment. */
export const smallTexts = ['rejected_call', 'dead_letter', 'inbox'] as const;

/** Properties of other people's events that name him. Reads all events. */
export async function deleteNamingProperties(
  session: Session,
  values: readonly string[],
  ids: readonly number[],
): Promise<number> {
  const rows = await session.query<{ n: number }>(
    `with changed as (
       update parcours.event e set properties = coalesce(
         (select jsonb_object_agg(f.key, f.value) from jsonb_each(e.properties) f
          where not exists (select from unnest($1::text[]) v(value) where strpos(lower(f.value::text), v.value) > 0)), '{}')
       where e.profile_id <> all($2::bigint[])
         and exists (select from unnest($1::text[]) v(value) where strpos(lower(e.properties::text), v.value) > 0) returning 1)
     select count(*) as n from changed`,
    [values, ids],
  );
  return rows[0]?.n ?? 0;
}

/** Removes rows of such a table in which one of the texts (in lower case) stands. */
export async function deleteNaming(
  session: Session,
  relation: (typeof looseTexts)[number],
  values: readonly string[],
): Promise<number> {
  const rows = await session.query<{ n: number }>(
    `with gone as (
       delete from parcours.${relation} x
       where exists (select from unnest($1::text[]) v(value) where strpos(lower(to_jsonb(x)::text), v.value) > 0) returning 1)
     select count(*) as n from gone`,
    [values],
  );
  return rows[0]?.n ?? 0;
}

/** The same, shown. */
export async function selectNaming(
  session: Session,
  relation: (typeof looseTexts)[number],
  values: readonly string[],
): Promise<readonly unknown[]> {
  const rows = await session.query<{ body: unknown }>(
    `select to_jsonb(x) as body from parcours.${relation} x
     where exists (select from unnest($1::text[]) v(value) where strpos(lower(to_jsonb(x)::text), v.value) > 0)`,
    [values],
  );
  return rows.map(({ body }) => body);
}

/** All tables of the store. */
export async function selectRelations(session: Session): Promise<readonly string[]> {
  const rows = await session.query<{ relation: string }>(
    `select c.relname as relation from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'parcours' and c.relkind in ('r', 'p') order by 1`,
  );
  return rows.map(({ relation }) => relation);
}

/** In how many rows of a table one of the texts (in lower case) stands. Reads all of it. */
export async function countNaming(session: Session, relation: string, values: readonly string[]): Promise<number> {
  const rows = await session.query<{ n: number }>(
    `select count(*) as n from parcours.${relation} x
     where exists (select from unnest($1::text[]) v(value) where strpos(lower(x::text), v.value) > 0)`,
    [values],
  );
  return rows[0]?.n ?? 0;
}

/** The store's salt; the same for good. */
export async function readSalt(session: Session): Promise<string> {
  const rows = await session.query<{ salt: string }>('select salt::text as salt from parcours.store');
  return rows[0]?.salt ?? '';
}

/** Whether anybody was erased: ingestion asks no more where nobody was. */
export async function isAnybodyErased(session: Session): Promise<boolean> {
  const rows = await session.query<{ is_any: boolean }>(
    'select exists (select from parcours.erased_identifier) as is_any',
  );
  return rows[0]?.is_any === true;
}

export async function insertErased(session: Session, hashes: readonly string[], now: Date): Promise<void> {
  await session.query(
    `insert into parcours.erased_identifier (hash, at) select decode(u.hash, 'hex'), $2 from unnest($1::text[]) u(hash)
     order by 1 on conflict do nothing`,
    [hashes, now],
  );
}

/** Those of the hashes that are of people who were erased. */
export async function findErased(session: Session, hashes: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await session.query<{ hash: string }>(
    `select u.hash from unnest($1::text[]) u(hash)
     cross join lateral (select from parcours.erased_identifier where hash = decode(u.hash, 'hex') offset 0) e`,
    [hashes],
  );
  return new Set(rows.map(({ hash }) => hash));
}

export interface ErasureRow {
  readonly profileId: number;
  readonly at: Date;
  readonly by: string;
  readonly proof: unknown;
  readonly digest: string;
}

export async function logErasure(session: Session, row: ErasureRow): Promise<void> {
  await session.query(
    `insert into parcours.erasure (profile_id, erased_at, erased_by, proof, digest) values ($1, $2, $3, $4, $5)`,
    [row.profileId, row.at, row.by, JSON.stringify(row.proof), row.digest],
  );
}

/** Marks that nothing may be done with a person, or that it may again (null). False: there is no such profile. */
export async function setRestricted(session: Session, profileId: number, at: Date | null): Promise<boolean> {
  const rows = await session.query(
    `update parcours.profile set restricted_at = $3 where lane = $1 and profile_id = $2 and merged_into is null returning 1`,
    [laneOf(profileId), profileId, at],
  );
  return rows.length > 0;
}

/** Ends all that goes on for a person, and takes back what wasn't handed over. */
export async function stopActivation(session: Session, profileId: number, now: Date): Promise<void> {
  const who = [laneOf(profileId), profileId];
  await session.query(
    `update parcours.enrollment set state = 'exited', exit_as = 'restricted', exited_at = $3, step = null, posture = null,
       due_at = null, watch_at = null, goal_until = null
     where lane = $1 and profile_id = $2 and state = 'active'`,
    [...who, now],
  );
  await session.query(
    `delete from parcours.contact c using parcours.message m, parcours.outbox o
     where m.lane = $1 and m.profile_id = $2 and o.lane = m.lane and o.message_id = m.message_id and o.state = 'ready'
       and c.lane = m.lane and c.profile_id = m.profile_id and c.message_id = m.message_id`,
    who,
  );
  await session.query(
    `update parcours.message m set state = 'suppressed', rank = 0 from parcours.outbox o
     where m.lane = $1 and m.profile_id = $2 and o.lane = m.lane and o.message_id = m.message_id and o.state = 'ready'`,
    who,
  );
  await session.query(`delete from parcours.outbox where lane = $1 and profile_id = $2 and state = 'ready'`, who);
}
