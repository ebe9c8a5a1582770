/**
 * Statements of what destinations were told: rows of people by digest, hashes of audiences, and what is left to tell of who was erased. Who is
 * to be told is `people/queries.ts`.
 */
import type { Session } from '../../../store/session.ts';
import { planForKeys } from '../people/queries.ts';

export interface Told {
  readonly destination: string;
  readonly run: number;
  readonly lanes: readonly number[];
  readonly ids: readonly number[];
  /** Hex. */
  readonly digests: readonly string[];
}

export async function noteTold(session: Session, told: Told): Promise<void> {
  await session.query(
    `insert into parcours.destination_row (lane, destination, profile_id, digest, run_id)
     select u.lane, $1, u.profile_id, decode(u.digest, 'hex'), $2
     from unnest($3::smallint[], $4::bigint[], $5::text[]) u(lane, profile_id, digest)
     on conflict (lane, destination, profile_id) do update set digest = excluded.digest, run_id = excluded.run_id`,
    [told.destination, told.run, told.lanes, told.ids, told.digests],
  );
}

/**
 * That people were told to be there no more: the rows stay until the delivery is through. They are looked up behind a fence: without statistics the
 * table passes for empty, and all its rows would be held against all people.
 */
export async function noteGone(session: Session, gone: Omit<Told, 'digests'>): Promise<void> {
  await session.query(
    `update parcours.destination_row r set digest = null, run_id = $2
     from unnest($3::smallint[], $4::bigint[]) u(lane, profile_id)
     cross join lateral (
       select d.ctid as at from parcours.destination_row d
       where d.lane = u.lane and d.destination = $1 and d.profile_id = u.profile_id offset 0) f
     where r.ctid = f.at`,
    [gone.destination, gone.run, gone.lanes, gone.ids],
  );
}

/** Erased people of the lanes, of whom the destination is to be told that they are gone; their numbers. */
export async function takeErased(
  session: Session,
  {
    destination,
    run,
    lanes,
  }: { readonly destination: string; readonly run: number; readonly lanes: readonly number[] },
): Promise<readonly number[]> {
  const rows = await session.query<{ number: number }>(
    `update parcours.destination_gone set run_id = $2 where destination = $1 and lane = any($3::smallint[]) returning number`,
    [destination, run, lanes],
  );
  return rows.map(({ number }) => number).filter((number) => number > 0);
}

/** When a delivery is through: what was told to be gone is. */
export async function forgetGone(session: Session, destination: string, run: number): Promise<void> {
  await session.query(
    'delete from parcours.destination_row where destination = $1 and run_id = $2 and digest is null',
    [destination, run],
  );
  await session.query('delete from parcours.destination_hash where destination = $1 and gone_in = $2', [
    destination,
    run,
  ]);
  await session.query('delete from parcours.destination_gone where destination = $1 and run_id = $2', [
    destination,
    run,
  ]);
}

/** When a delivery came to nothing: all that it told is to be told again. */
export async function takeBack(session: Session, destination: string, run: number): Promise<void> {
  await session.query(`update parcours.destination_row set digest = '' where destination = $1 and run_id = $2`, [
    destination,
    run,
  ]);
  await session.query('update parcours.destination_hash set gone_in = null where destination = $1 and gone_in = $2', [
    destination,
    run,
  ]);
  await session.query('update parcours.destination_gone set run_id = null where destination = $1 and run_id = $2', [
    destination,
    run,
  ]);
  await session.query('delete from parcours.destination_lane where destination = $1', [destination]);
}

/** Before erased people's rows go: that destinations know them is kept under a number, or a hash, until they are told. How many rows. */
export async function leaveToDeliver(
  session: Session,
  { lanes, ids }: { readonly lanes: readonly number[]; readonly ids: readonly number[] },
): Promise<number> {
  const rows = await session.query<{ n: number }>(
    `with his as (select * from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)),
     left_over as (
       select r.lane, r.destination, r.profile_id as number, '' as kind, ''::bytea as hash from his u
       join parcours.destination_row r on r.lane = u.lane and r.profile_id = u.profile_id
       union
       select h.lane, h.destination, 0, h.kind, h.hash from his u
       join parcours.destination_hash h on h.lane = u.lane and h.profile_id = u.profile_id),
     kept as (
       insert into parcours.destination_gone (lane, destination, number, kind, hash)
       select lane, destination, number, kind, hash from left_over on conflict do nothing returning 1)
     select count(*) as n from kept`,
    [lanes, ids],
  );
  return rows[0]?.n ?? 0;
}

export interface HashRows {
  readonly destination: string;
  readonly run: number;
  /** Of everybody who is another now. */
  readonly people: { readonly lanes: readonly number[]; readonly ids: readonly number[] };
  /** What they are known by from now on. */
  readonly lanes: readonly number[];
  readonly ids: readonly number[];
  readonly kinds: readonly string[];
  /** Hex. */
  readonly hashes: readonly string[];
}

/** Sets by what the audience knows people; what they had before is marked as going. */
export async function setHashes(session: Session, rows: HashRows): Promise<void> {
  await session.query(
    `update parcours.destination_hash h set gone_in = $2
     from unnest($3::smallint[], $4::bigint[]) u(lane, profile_id)
     cross join lateral (
       select d.ctid as at from parcours.destination_hash d
       where d.lane = u.lane and d.destination = $1 and d.profile_id = u.profile_id and d.gone_in is null offset 0) f
     where h.ctid = f.at`,
    [rows.destination, rows.run, rows.people.lanes, rows.people.ids],
  );
  await session.query(
    `insert into parcours.destination_hash (lane, destination, profile_id, kind, hash)
     select distinct u.lane, $1, u.profile_id, u.kind, decode(u.hash, 'hex')
     from unnest($2::smallint[], $3::bigint[], $4::text[], $5::text[]) u(lane, profile_id, kind, hash)
     on conflict (lane, destination, profile_id, kind, hash) do update set gone_in = null`,
    [rows.destination, rows.lanes, rows.ids, rows.kinds, rows.hashes],
  );
}

/** Opens the cursor over hashes that nobody in the audience has any more. */
export async function openGoneHashes(session: Session, destination: string, run: number): Promise<void> {
  await planForKeys(session);
  await session.query(
    `declare delivery no scroll cursor for
     select g.kind, encode(g.hash, 'hex') as hash
     from (
       select h.kind, h.hash from parcours.destination_hash h where h.destination = $1 and h.gone_in = $2
       union
       select e.kind, e.hash from parcours.destination_gone e where e.destination = $1 and e.run_id = $2 and e.kind <> '') g
     where not exists (select from parcours.destination_hash o
       where o.destination = $1 and o.hash = g.hash and o.kind = g.kind and o.gone_in is null)
     order by 1, 2`,
    [destination, run],
  );
}

export function fetchGoneHashes(session: Session): Promise<{ readonly kind: string; readonly hash: string }[]> {
  return session.query('fetch 5000 from delivery');
}
