/** Statements that take a merge back. Their texts are made of the names in `person-tables.ts`. Only under the merger's lock and those of the lanes. */
import type { Session } from '../../../store/session.ts';
import { laneOf } from '../../lane-of.ts';
import type { Renumbering } from '../rows/queries.ts';

export interface OpenMerge {
  readonly merge_id: number;
  readonly into_id: number;
  readonly renumbered: readonly Renumbering[];
}

/** The merge by which a profile is another's. */
export async function openMergeOf(session: Session, profileId: number): Promise<OpenMerge | null> {
  const rows = await session.query<OpenMerge>(
    `select merge_id, into_id, renumbered from parcours.merge_log where from_id = $1 and undone_at is null
     order by merge_id desc limit 1`,
    [profileId],
  );
  return rows[0] ?? null;
}

/** Keeps how enrollments were renumbered. */
export async function noteRenumbered(
  session: Session,
  noted: readonly { readonly mergeId: number; readonly renumbered: readonly Renumbering[] }[],
): Promise<void> {
  if (noted.length === 0) return;
  await session.query(
    `update parcours.merge_log l set renumbered = u.renumbered
     from unnest($1::bigint[], $2::jsonb[]) u(merge_id, renumbered) where l.merge_id = u.merge_id`,
    [noted.map(({ mergeId }) => mergeId), noted.map(({ renumbered }) => JSON.stringify(renumbered))],
  );
}

/** From whom to whom, and whose rows. */
export interface Back {
  readonly from: number;
  readonly to: number;
  readonly origins: readonly number[];
}

const numbered = ['enrollment', 'step_log', 'message', 'webhook', 'call', 'split_choice', 'conversion'];

/** Gives enrollments their old numbers, with the rows going back: see `returnRows`. */
export async function unnumber(session: Session, back: Back, renumbered: readonly Renumbering[]): Promise<void> {
  if (renumbered.length === 0) return;
  for (const relation of numbered) {
    await session.query(
      `update parcours.${relation} x set n = x.n - r.add, lane = $5::smallint, profile_id = $6::bigint,
         origin_id = nullif(x.origin_id, $6::bigint)
       from unnest($1::text[], $2::text[], $3::integer[]) r(journey, key, add)
       where x.lane = $7::smallint and x.profile_id = $8::bigint and x.origin_id = any($4::bigint[])
         and x.journey = r.journey and x.key = r.key`,
      [
        renumbered.map((one) => one.journey),
        renumbered.map((one) => one.key),
        renumbered.map((one) => one.add),
        back.origins,
        laneOf(back.to),
        back.to,
        laneOf(back.from),
        back.from,
      ],
    );
  }
}

/** Gives rows back; how many. */
export async function returnRows(session: Session, relation: string, back: Back): Promise<number> {
  const rows = await session.query<{ n: number }>(
    `with back as (
       update parcours.${relation} x set lane = $1::smallint, profile_id = $2::bigint, origin_id = nullif(x.origin_id, $2::bigint)
       where x.lane = $3::smallint and x.profile_id = $4::bigint and x.origin_id = any($5::bigint[]) returning 1)
     select count(*) as n from back`,
    [laneOf(back.to), back.to, laneOf(back.from), back.from, back.origins],
  );
  return rows[0]?.n ?? 0;
}

export interface LeftoverRow {
  readonly relation: string;
  readonly body: unknown;
}

export function selectLeftovers(session: Session, mergeId: number): Promise<LeftoverRow[]> {
  return session.query<LeftoverRow>(
    'select relation, body from parcours.merge_leftover where merge_id = $1 order by n',
    [mergeId],
  );
}

export async function deleteLeftovers(session: Session, mergeId: number): Promise<void> {
  await session.query('delete from parcours.merge_leftover where merge_id = $1', [mergeId]);
}

/** Puts rows back that were taken away. */
export async function restoreRows(session: Session, relation: string, bodies: readonly unknown[]): Promise<void> {
  await session.query(
    `insert into parcours.${relation} select r.* from unnest($1::jsonb[]) u(body)
     cross join lateral jsonb_populate_record(null::parcours.${relation}, u.body) r on conflict do nothing`,
    [bodies.map((body) => JSON.stringify(body))],
  );
}

/** Makes the tombstone a profile again, as it was. */
export async function restoreProfile(session: Session, profileId: number, bodies: readonly unknown[]): Promise<void> {
  await session.query(
    `update parcours.profile p set merged_into = null, traits = coalesce(r.traits, p.traits), zone = r.zone, locale = r.locale
     from (select 1) one left join lateral jsonb_populate_record(null::parcours.profile, $3::jsonb) r on true
     where p.lane = $1 and p.profile_id = $2`,
    [laneOf(profileId), profileId, JSON.stringify(bodies[0] ?? {})],
  );
}

/** Opens enrollments again that ended by the merge, where they stand as it left them. */
export async function restoreEnrollments(session: Session, bodies: readonly unknown[]): Promise<void> {
  if (bodies.length === 0) return;
  await session.query(
    `update parcours.enrollment x set state = r.state, exit_as = r.exit_as, exited_at = r.exited_at, step = r.step,
       posture = r.posture, due_at = r.due_at, watch_at = r.watch_at, goal_until = r.goal_until
     from unnest($1::jsonb[]) u(body) cross join lateral jsonb_populate_record(null::parcours.enrollment, u.body) r
     where x.lane = r.lane and x.profile_id = r.profile_id and x.journey = r.journey and x.key = r.key and x.n = r.n
       and x.exit_as = 'merged'`,
    [bodies.map((body) => JSON.stringify(body))],
  );
}

export async function endMerge(
  session: Session,
  mergeId: number,
  { now, by }: { readonly now: Date; readonly by: string },
): Promise<void> {
  await session.query('update parcours.merge_log set undone_at = $2, undone_by = $3 where merge_id = $1', [
    mergeId,
    now,
    by,
  ]);
}

/** Notes that two profiles aren't one person, whatever rules say. */
export async function decline(
  session: Session,
  [a, b]: readonly [number, number],
  { now, by }: { readonly now: Date; readonly by: string },
): Promise<void> {
  await session.query(
    `insert into parcours.merge_proposal (a_id, b_id, rule, reason, proposed_at, state, decided_at, decided_by)
     values (least($1::bigint, $2::bigint), greatest($1::bigint, $2::bigint), 'unmerge', 'unmerged by hand', $3, 'declined', $3, $4)
     on conflict (a_id, b_id) do update set state = 'declined', decided_at = excluded.decided_at, decided_by = excluded.decided_by`,
    [a, b, now, by],
  );
}

export interface ProposalRow {
  readonly a_id: number;
  readonly b_id: number;
  readonly rule: string;
  readonly reason: string;
  readonly proposed_at: Date;
}

/** Proposals that are open, the oldest first. */
export function selectProposals(session: Session, limit: number): Promise<ProposalRow[]> {
  return session.query<ProposalRow>(
    `select a_id, b_id, rule, reason, proposed_at from parcours.merge_proposal where state = 'open'
     order by proposed_at, a_id, b_id limit $1`,
    [limit],
  );
}

export async function acceptProposal(
  session: Session,
  [a, b]: readonly [number, number],
  { now, by }: { readonly now: Date; readonly by: string },
): Promise<void> {
  await session.query(
    `update parcours.merge_proposal set state = 'accepted', decided_at = $3, decided_by = $4
     where a_id = least($1::bigint, $2::bigint) and b_id = greatest($1::bigint, $2::bigint)`,
    [a, b, now, by],
  );
}

export interface LogRow {
  readonly from_id: number;
  readonly into_id: number;
  readonly rule: string;
  readonly merged_at: Date;
  readonly undone_at: Date | null;
  readonly undone_by: string | null;
}

/** Merges into a profile, directly or through others, in their order. */
export function selectLog(session: Session, rootId: number): Promise<LogRow[]> {
  return session.query<LogRow>(
    `with recursive before (id) as (
       select $1::bigint
       union
       select l.from_id from before b join parcours.merge_log l on l.into_id = b.id)
     select from_id, into_id, rule, merged_at, undone_at, undone_by from parcours.merge_log
     where into_id in (select id from before) order by merge_id`,
    [rootId],
  );
}
