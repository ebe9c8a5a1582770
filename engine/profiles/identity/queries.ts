/**
 * Statements over who is whom: requests of merges, tombstones, proposals, the log. Rows that a merge moves are in `rows/queries.ts`.
 * Requests are appended by anybody; the rest is written by the one who holds the merger's lock.
 */
import type { Session } from '../../store/session.ts';
import { laneOf } from '../lane-of.ts';

/** Two profiles that are one by a rule. */
export interface MergeAsked {
  readonly a: number;
  readonly b: number;
  readonly rule: string;
  readonly at: Date;
}

/** Asks for merges, each pair and rule once. In the order of the key, so that two who ask wait for each other instead of dead-locking. */
export async function askMerges(session: Session, asked: readonly MergeAsked[]): Promise<void> {
  if (asked.length === 0) return;
  await session.query(
    `insert into parcours.merge_request (a_id, b_id, rule, asked_at)
     select distinct on (least(a, b), greatest(a, b), rule) least(a, b), greatest(a, b), rule, at
     from unnest($1::bigint[], $2::bigint[], $3::text[], $4::timestamptz[]) u(a, b, rule, at)
     order by least(a, b), greatest(a, b), rule on conflict do nothing`,
    [asked.map((one) => one.a), asked.map((one) => one.b), asked.map((one) => one.rule), asked.map((one) => one.at)],
  );
}

/**
 * Whether anybody is merged into another: an index look, for who plans for keys (`history/queries.ts`). Planned otherwise and without statistics
 * it may read all profiles: most are taken for merged.
 */
export async function isAnybodyMerged(session: Session): Promise<boolean> {
  const rows = await session.query<{ is_any: boolean }>(
    'select exists (select from parcours.profile where merged_into is not null) as is_any',
  );
  return rows[0]?.is_any === true;
}

/** Of profiles that were merged, who they are now. Those that stand aren't among the rows. */
export function selectTombstones(
  session: Session,
  ids: readonly number[],
): Promise<{ readonly profile_id: number; readonly root_id: number }[]> {
  return session.query(
    `with recursive chain (profile_id, root_id, hops) as (
       select u.profile_id, p.merged_into, 1 from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
       cross join lateral (
         select merged_into from parcours.profile
         where lane = u.lane and profile_id = u.profile_id and merged_into is not null offset 0) p
       union all
       select c.profile_id, p.merged_into, c.hops + 1 from chain c
       cross join lateral (
         select merged_into from parcours.profile
         where lane = (c.root_id % 1024)::smallint and profile_id = c.root_id and merged_into is not null offset 0) p)
     select distinct on (profile_id) profile_id, root_id from chain order by profile_id, hops desc`,
    [ids.map(laneOf), ids],
  );
}

/** Profiles that became this one, themselves or through others, and when; the profile itself isn't among them. */
export function selectMergedInto(
  session: Session,
  id: number,
): Promise<{ readonly profile_id: number; readonly lane: number }[]> {
  return session.query(
    `with recursive before (profile_id) as (
       select from_id from parcours.merge_log where into_id = $1 and undone_at is null
       union
       select l.from_id from before b join parcours.merge_log l on l.into_id = b.profile_id and l.undone_at is null)
     select profile_id, (profile_id % 1024)::smallint as lane from before order by profile_id`,
    [id],
  );
}

/** Whoever merges, unmerges or erases does it alone: waits for who is at it. Ends with the transaction. */
export async function lockMerging(session: Session): Promise<void> {
  await session.query('select pg_advisory_xact_lock(7305001)');
}

/**
 * As `lockMerging`, without waiting: false when somebody is at it. Whoever got it waits for lanes for two seconds at most: he has a
 * heartbeat to keep, and a lane that is being filled is free later.
 */
export async function tryLockMerging(session: Session): Promise<boolean> {
  await session.query(`select set_config('lock_timeout', '2s', true)`);
  const rows = await session.query<{ is_free: boolean }>('select pg_try_advisory_xact_lock(7305001) as is_free');
  return rows[0]?.is_free === true;
}

export interface RequestRow {
  readonly request_id: number;
  readonly a_id: number;
  readonly b_id: number;
  readonly rule: string;
}

/** Whether any merge is asked for: an index look at an empty table nearly always. */
export async function isMergeAsked(session: Session): Promise<boolean> {
  const rows = await session.query<{ is_asked: boolean }>(
    'select exists (select from parcours.merge_request) as is_asked',
  );
  return rows[0]?.is_asked === true;
}

/** The oldest requests beyond a number. */
export function selectRequests(session: Session, after: number, limit: number): Promise<RequestRow[]> {
  return session.query<RequestRow>(
    `select request_id, a_id, b_id, rule from parcours.merge_request where request_id > $1 order by request_id limit $2`,
    [after, limit],
  );
}

export async function deleteRequests(session: Session, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await session.query('delete from parcours.merge_request where request_id = any($1::bigint[])', [ids]);
}

/** Locks lanes, waiting, in their order: who claims lanes skips what is locked, so nobody waits in a circle. */
export async function lockLanes(session: Session, lanes: readonly number[]): Promise<void> {
  await session.query('select lane from parcours.lane where lane = any($1::smallint[]) order by lane for update', [
    lanes,
  ]);
}

export interface ProfileIdentifier {
  readonly profile_id: number;
  readonly type: string;
  readonly value: string;
}

/** The identifiers of profiles, those among them that still point at a tombstone of theirs left out. */
export function selectIdentifiersOf(session: Session, ids: readonly number[]): Promise<ProfileIdentifier[]> {
  return session.query<ProfileIdentifier>(
    `select u.profile_id, i.type, i.value from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     cross join lateral (
       select type, value from parcours.identifier where lane = u.lane and profile_id = u.profile_id offset 0) i
     order by u.profile_id, i.type, i.value`,
    [ids.map(laneOf), ids],
  );
}

/** Which of the profiles exist, and how many profiles each is made of. */
export function selectSizes(
  session: Session,
  ids: readonly number[],
): Promise<
  {
    readonly profile_id: number;
    readonly profiles: number;
    readonly is_sending: boolean;
    readonly has_points: boolean;
  }[]
> {
  return session.query(
    `select u.profile_id,
       1 + (with recursive before (id) as (
              select from_id from parcours.merge_log where into_id = u.profile_id and undone_at is null
              union select l.from_id from before b join parcours.merge_log l on l.into_id = b.id and l.undone_at is null)
            select count(*) from before) as profiles,
       exists (select from parcours.message m join parcours.outbox o on o.lane = m.lane and o.message_id = m.message_id
               where m.lane = u.lane and m.profile_id = u.profile_id and m.state = 'queued' and o.state = 'attempting') as is_sending,
       exists (select from parcours.ledger_member m where m.lane = u.lane and m.profile_id = u.profile_id) as has_points
     from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     cross join lateral (select 1 from parcours.profile where lane = u.lane and profile_id = u.profile_id offset 0) p`,
    [ids.map(laneOf), ids],
  );
}

/** Pairs on which people decided, or are still to decide. */
export function selectProposed(
  session: Session,
  pairs: readonly (readonly [number, number])[],
): Promise<{ readonly a_id: number; readonly b_id: number; readonly state: string }[]> {
  return session.query(
    `select p.a_id, p.b_id, p.state from unnest($1::bigint[], $2::bigint[]) u(a, b)
     join parcours.merge_proposal p on p.a_id = least(u.a, u.b) and p.b_id = greatest(u.a, u.b)`,
    [pairs.map(([a]) => a), pairs.map(([, b]) => b)],
  );
}

export interface Proposal {
  readonly a: number;
  readonly b: number;
  readonly rule: string;
  readonly reason: string;
}

/** Proposes merges, each pair once for good. */
export async function propose(session: Session, proposals: readonly Proposal[], now: Date): Promise<void> {
  if (proposals.length === 0) return;
  await session.query(
    `insert into parcours.merge_proposal (a_id, b_id, rule, reason, proposed_at)
     select least(a, b), greatest(a, b), rule, reason, $5 from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[]) u(a, b, rule, reason)
     order by 1, 2 on conflict do nothing`,
    [
      proposals.map((one) => one.a),
      proposals.map((one) => one.b),
      proposals.map((one) => one.rule),
      proposals.map((one) => one.reason),
      now,
    ],
  );
}

/** Notes merges; returns their numbers in the order given. */
export async function logMerges(
  session: Session,
  merges: readonly { readonly from: number; readonly into: number; readonly rule: string }[],
  now: Date,
): Promise<readonly number[]> {
  const rows = await session.query<{ merge_id: number; from_id: number }>(
    `insert into parcours.merge_log (from_id, into_id, rule, merged_at)
     select from_id, into_id, rule, $4 from unnest($1::bigint[], $2::bigint[], $3::text[]) u(from_id, into_id, rule)
     returning merge_id, from_id`,
    [merges.map((one) => one.from), merges.map((one) => one.into), merges.map((one) => one.rule), now],
  );
  const byFrom = new Map(rows.map((row) => [row.from_id, row.merge_id]));
  return merges.map(({ from }) => byFrom.get(from) as number);
}

/** Leaves tombstones. */
export async function markMerged(
  session: Session,
  merges: readonly { readonly from: number; readonly into: number }[],
): Promise<void> {
  await session.query(
    `update parcours.profile p set merged_into = u.into_id, traits = '{}', zone = null, locale = null
     from unnest($1::smallint[], $2::bigint[], $3::bigint[]) u(lane, profile_id, into_id)
     where p.lane = u.lane and p.profile_id = u.profile_id`,
    [merges.map(({ from }) => laneOf(from)), merges.map(({ from }) => from), merges.map(({ into }) => into)],
  );
}
