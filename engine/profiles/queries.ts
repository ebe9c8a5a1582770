/**
 * The statements of this room: what ingestion reads and writes, and the look-ups of people. One function a statement; arrays
 * in, never a query a row. Rows of lanes are only created here (profile) or appended (inbox): the lane's holder writes the rest.
 */
import { compareText } from '../compiler/canonical.ts';
import { type CopyRows, copyRows } from '../store/copy-in.ts';
import type { BulkSession, Session } from '../store/session.ts';
import type { Identifier } from './identified-fact.ts';

/** A profile's address. */
export interface Place {
  readonly lane: number;
  readonly profileId: number;
}

export interface MessageRow {
  readonly source: string;
  readonly message_id: string;
}

/**
 * Marks messages as seen and returns those that were not; null: none of them was. In the order of the key, so that two ingestions of the
 * same rows wait for each other instead of dead-locking; the second then finds them taken.
 */
export async function takeMessages(
  session: Session,
  sources: readonly string[],
  messageIds: readonly string[],
  now: Date,
): Promise<readonly MessageRow[] | null> {
  const rows = await session.query<{ readonly taken: readonly MessageRow[] | null }>(
    `with taken as (
       insert into parcours.seen_message (source, message_id, seen_at)
       select m.source, m.message_id, $3::timestamptz
       from unnest($1::text[], $2::text[]) as m (source, message_id)
       order by m.source, m.message_id
       on conflict do nothing
       returning source, message_id)
     select case when (select count(*) from taken) < cardinality($1::text[])
       then coalesce((select jsonb_agg(t) from taken t), '[]') end as taken`,
    [sources, messageIds, now],
  );
  return rows[0]?.taken ?? null;
}

/**
 * Marks messages of one source as seen, none of which was seen before: a third of the price of `takeMessages`. False: one of them was, and
 * nothing was marked. In the order of the key, as there.
 */
export async function copyMessages(
  session: BulkSession,
  source: string,
  messageIds: readonly string[],
  now: Date,
): Promise<boolean> {
  const rows = copyRows(3);
  for (const messageId of [...messageIds].sort()) {
    rows.row();
    rows.text(source);
    rows.text(messageId);
    rows.instant(now.getTime());
  }
  const text = 'copy parcours.seen_message (source, message_id, seen_at) from stdin (format binary)';
  return isTaken(session, 'messages', text, rows);
}

/** Whether the copy was through: false where another row has one of its keys, and then nothing of it is there. */
async function isTaken(
  session: BulkSession,
  name: 'messages' | 'free',
  copy: string,
  rows: CopyRows,
): Promise<boolean> {
  try {
    await session.copy(`savepoint ${name}; ${copy}`, rows.end());
    return true;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== '23505') throw error;
    await session.query(`rollback to savepoint ${name}`);
    return false;
  }
}

export interface IdentifierRow {
  readonly type: string;
  readonly value: string;
  readonly lane: number;
  readonly profile_id: number;
}

/** The profiles that identifiers point at. `offset 0` keeps it a probe of the index a row, also when planned on an empty table. */
export function findIdentifiers(session: Session, identifiers: readonly Identifier[]): Promise<IdentifierRow[]> {
  return session.query<IdentifierRow>(
    `select u.type, u.value, i.lane, i.profile_id
     from unnest($1::text[], $2::text[]) as u (type, value)
     cross join lateral (
       select lane, profile_id from parcours.identifier where type = u.type and value = u.value offset 0
     ) as i`,
    [identifiers.map((i) => i.type), identifiers.map((i) => i.value)],
  );
}

/**
 * As `findIdentifiers`, for the thousands of a batch: in the place of each value the number of its profile, or null. Each row that isn't
 * sent is a row that nobody reads.
 */
export async function findProfileIds(
  session: Session,
  type: string,
  values: readonly string[],
): Promise<readonly (number | null)[]> {
  const rows = await session.query<{ readonly ids: readonly (number | null)[] }>(
    `select array_agg(i.profile_id order by u.n) as ids
     from unnest($2::text[]) with ordinality as u (value, n)
     left join lateral (
       select profile_id from parcours.identifier where type = $1 and value = u.value offset 0
     ) as i on true`,
    [type, values],
  );
  return rows[0]?.ids ?? [];
}

/** Which of the people have an identifier that isn't a device's. */
export function peopleKnown(session: Session, places: readonly Place[]): Promise<{ readonly profile_id: number }[]> {
  return session.query(
    `select u.profile_id from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     where exists (select from parcours.identifier i
       where i.lane = u.lane and i.profile_id = u.profile_id and i.type <> 'anonymous_id')`,
    [places.map((p) => p.lane), places.map((p) => p.profileId)],
  );
}

/** Draws profile ids, in their order. They may have gaps. */
export async function drawProfileIds(session: Session, count: number): Promise<readonly number[]> {
  const rows = await session.query<{ readonly ids: readonly number[] }>(
    `select array_agg(nextval('parcours.profile_id')) as ids from generate_series(1, $1::integer)`,
    [count],
  );
  return rows[0]?.ids ?? [];
}

/**
 * Points identifiers at profiles and returns how many were free. In the order of the key: two ingestions that
 * know the same person wait for each other instead of dead-locking.
 */
export async function insertIdentifiers(
  session: Session,
  identifiers: readonly Identifier[],
  places: readonly Place[],
): Promise<number> {
  const rows = await session.query<{ readonly n: number }>(
    `with free as (
       insert into parcours.identifier (type, value, lane, profile_id, raw, cleaned_by)
       select type, value, lane, profile_id, raw, cleaned_by
       from unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[], $5::text[], $6::text[])
         as i (type, value, lane, profile_id, raw, cleaned_by)
       order by type, value
       on conflict do nothing
       returning 1)
     select count(*) as n from free`,
    [
      identifiers.map((i) => i.type),
      identifiers.map((i) => i.value),
      places.map((p) => p.lane),
      places.map((p) => p.profileId),
      identifiers.map((i) => i.cleaned?.raw ?? null),
      identifiers.map((i) => i.cleaned?.by ?? null),
    ],
  );
  return rows[0]?.n ?? 0;
}

/** As `insertIdentifiers`, of many at once, where all of them are likely to be free. False: one wasn't, and nothing was written. */
export async function copyIdentifiers(
  session: BulkSession,
  identifiers: readonly Identifier[],
  places: readonly Place[],
): Promise<boolean> {
  const inOrder = identifiers.map((identifier, i) => ({ identifier, place: places[i]! }));
  inOrder.sort(
    (a, b) => compareText(a.identifier.type, b.identifier.type) || compareText(a.identifier.value, b.identifier.value),
  );
  const rows = copyRows(6);
  for (const { identifier, place } of inOrder) {
    rows.row();
    rows.text(identifier.type);
    rows.text(identifier.value);
    rows.short(place.lane);
    rows.long(place.profileId);
    rows.text(identifier.cleaned?.raw ?? null);
    rows.text(identifier.cleaned?.by ?? null);
  }
  const text = 'copy parcours.identifier (type, value, lane, profile_id, raw, cleaned_by) from stdin (format binary)';
  return isTaken(session, 'free', text, rows);
}

export function insertProfiles(session: Session, places: readonly Place[], now: Date): Promise<unknown[]> {
  return session.query(
    `insert into parcours.profile (lane, profile_id, created_at)
     select lane, profile_id, $3::timestamptz from unnest($1::smallint[], $2::bigint[]) as p (lane, profile_id)`,
    [places.map((p) => p.lane), places.map((p) => p.profileId), now],
  );
}

export interface InboxFacts {
  readonly places: readonly Place[];
  readonly classes: readonly number[];
  /** Milliseconds since the epoch. */
  readonly visibleAt: readonly number[];
  /** JSON texts of `Fact`. */
  readonly bodies: readonly string[];
}

/**
 * Appends facts to the inboxes of their lanes, numbered in the order given. The bodies travel as one JSON text: as an array of
 * texts every quote would be escaped, which took more than half of our share of an import's time.
 */
export function appendFacts(session: Session, facts: InboxFacts): Promise<unknown[]> {
  return session.query(
    `insert into parcours.inbox (lane, class, visible_at, profile_id, kind, body)
     select lane, class, to_timestamp(visible_at / 1000.0), profile_id, 'fact', body
     from rows from (
       unnest($1::smallint[]), unnest($2::smallint[]), unnest($3::bigint[]), unnest($4::bigint[]),
       jsonb_array_elements($5::jsonb)
     ) with ordinality as f (lane, class, visible_at, profile_id, body, n)
     order by n`,
    [
      facts.places.map((p) => p.lane),
      facts.classes,
      facts.visibleAt,
      facts.places.map((p) => p.profileId),
      `[${facts.bodies.join(',')}]`,
    ],
  );
}

/** Wakes the workers. After the commit, never inside: a notifying commit takes a lock that all of them share. */
export async function notifyInbox(session: Session): Promise<void> {
  await session.query(`select pg_notify('parcours_inbox', '')`);
}

export async function markSavepoint(session: Session): Promise<void> {
  await session.query('savepoint identify');
}

export async function rollbackToSavepoint(session: Session): Promise<void> {
  await session.query('rollback to savepoint identify');
}

export interface PlaceRow {
  readonly lane: number;
  readonly profile_id: number;
}

/** The profile that an identifier names: none or one row. */
export function findByIdentifier(session: Session, { type, value }: Identifier): Promise<PlaceRow[]> {
  return session.query<PlaceRow>('select lane, profile_id from parcours.identifier where type = $1 and value = $2', [
    type,
    value,
  ]);
}

/** The profile that a value of any type names; of several the first type's. Hops from type to type: the key begins with it. */
export function findByAnyIdentifier(session: Session, value: string): Promise<PlaceRow[]> {
  return session.query<PlaceRow>(
    `with recursive kinds as (
       (select type from parcours.identifier order by type limit 1)
       union all
       select (select i.type from parcours.identifier i where i.type > k.type order by i.type limit 1)
       from kinds k where k.type is not null
     )
     select i.lane, i.profile_id from kinds k
     join parcours.identifier i
       on i.type = k.type and i.value = case when k.type = 'email' then lower($1::text) else $1::text end
     order by i.type limit 1`,
    [value],
  );
}

export function findById(session: Session, place: Place): Promise<PlaceRow[]> {
  return session.query<PlaceRow>('select lane, profile_id from parcours.profile where lane = $1 and profile_id = $2', [
    place.lane,
    place.profileId,
  ]);
}
