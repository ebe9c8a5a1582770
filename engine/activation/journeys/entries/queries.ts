/** Statements of entries: rows of entities that people may enter for, who was not let in, triggers that came while enrolled. */
import type { Session } from '../../../store/session.ts';

/** Rows of one person in one role that one entry enrolls at most: whoever has more enters with the newest. */
export const rowsMax = 200;

/** The rows of an entity that people have in a role, by the people's positions from 1; with a key only that row. */
export function rowsInRole(
  session: Session,
  wanted: {
    readonly lanes: readonly number[];
    readonly profiles: readonly number[];
    /** Null: all rows. */
    readonly keys: readonly (string | null)[];
    readonly entity: string;
    readonly role: string;
  },
): Promise<{ readonly i: number; readonly key: string }[]> {
  return session.query(
    `select u.i::integer as i, r.key from unnest($1::smallint[], $2::bigint[], $3::text[]) with ordinality u(lane, profile_id, key, i)
     cross join lateral (
       select d.key from parcours.entity_row d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.entity = $4 and d.role = $5
         and (u.key is null or d.key = u.key)
       order by d.observed_at desc, d.key limit $6) r
     order by u.i, r.key`,
    [wanted.lanes, wanted.profiles, wanted.keys, wanted.entity, wanted.role, rowsMax],
  );
}

export interface RefusalRow {
  readonly lane: number;
  readonly profileId: number;
  readonly journey: string;
  readonly reason: string;
  readonly times: number;
  readonly key: string;
}

/**
 * Keeps who was not let in, once for each reason. The rows are different ones. Events that an `if` turns away may come by the second, so of
 * those an hour's are one.
 */
export async function noteRefusals(session: Session, rows: readonly RefusalRow[], t: Date): Promise<void> {
  if (rows.length === 0) return;
  await session.query(
    `insert into parcours.entry_refusal as r (lane, profile_id, journey, reason, times, last_at, last_key)
     select u.lane, u.profile_id, u.journey, u.reason, u.times, $7, u.key
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::text[])
       u(lane, profile_id, journey, reason, times, key)
     on conflict (lane, profile_id, journey, reason) do update set
       times = r.times + excluded.times, last_at = excluded.last_at, last_key = excluded.last_key
       where r.reason <> 'if' or r.last_at <= excluded.last_at - interval '1 hour'`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.profileId),
      rows.map((r) => r.journey),
      rows.map((r) => r.reason),
      rows.map((r) => r.times),
      rows.map((r) => r.key),
      t,
    ],
  );
}

/** Counts triggers that came while an enrollment was open. */
export async function countIgnored(
  session: Session,
  rows: readonly {
    readonly lane: number;
    readonly profileId: number;
    readonly journey: string;
    readonly key: string;
    readonly n: number;
    readonly times: number;
  }[],
): Promise<void> {
  if (rows.length === 0) return;
  await session.query(
    `update parcours.enrollment e set ignored = e.ignored + u.times
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::integer[])
       u(lane, profile_id, journey, key, n, times)
     where e.lane = u.lane and e.profile_id = u.profile_id and e.journey = u.journey and e.key = u.key and e.n = u.n`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.profileId),
      rows.map((r) => r.journey),
      rows.map((r) => r.key),
      rows.map((r) => r.n),
      rows.map((r) => r.times),
    ],
  );
}

/** A trait of somebody as it was before an instant, by one source or (null) by whichever said it last. */
export interface PastTrait {
  readonly lane: number;
  readonly profileId: number;
  readonly trait: string;
  readonly before: Date;
  readonly source: string | null;
}

/** By position from 1, what traits were, where they were anything. */
export function traitsThen(
  session: Session,
  asked: readonly PastTrait[],
): Promise<{ readonly i: number; readonly value: unknown }[]> {
  return session.query(
    `select u.i::integer as i, v.value
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[]) with ordinality
       u(lane, profile_id, trait, before, source, i)
     cross join lateral (
       select d.value from parcours.trait_value d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.trait = u.trait and d.observed_at < u.before
         and (u.source is null or d.source = u.source)
       order by d.observed_at desc, d.received_at desc limit 1) v`,
    [
      asked.map((one) => one.lane),
      asked.map((one) => one.profileId),
      asked.map((one) => one.trait),
      asked.map((one) => one.before),
      asked.map((one) => one.source),
    ],
  );
}
