/** Statements of the review list: how much members got, postings that are kept back, and what was decided of them. One statement a set. */
import { holdersOfPerson } from '../../compiler/holders-sql.ts';
import type { Session } from '../../store/session.ts';
import type { Who } from '../ledger/queries.ts';

export interface CapUse {
  readonly i: number;
  /** The beginnings of the member's day and month, by name. */
  readonly day: string;
  readonly month: string;
  /** Points that he got in them, net of what was taken back. */
  readonly in_day: number;
  readonly in_month: number;
  /** Points that are left to him. */
  readonly balance: number;
  /** The posting was kept back before, whatever was decided. */
  readonly is_kept: boolean;
  /** It was booked before. */
  readonly is_booked: boolean;
}

/** What members got in the day and month of an earning; `i` from 1. */
export function readCapUse(
  session: Session,
  asked: readonly (Who & { readonly at: number; readonly key: string; readonly source: string })[],
  zone: string,
): Promise<CapUse[]> {
  const given = (unit: 'day' | 'month') => `cross join lateral (
       select date_trunc('${unit}', u.at at time zone p.zone) as starts) ${unit}_of
     cross join lateral (
       select coalesce(sum(d.amount - coalesce((
           select sum(r.amount) from parcours.ledger_txn r
           where r.kind = 'reverse' and r.of_txn = d.txn_id), 0)), 0)::bigint as points
       from (${holdersOfPerson('u')}) m cross join lateral (
         select d.txn_id, d.amount from parcours.ledger_txn d
         where d.kind = 'earn' and d.lane = m.lane and d.holder_id = m.holder_id
           and d.at >= parcours.local_instant(${unit}_of.starts, p.zone)
           and d.at < parcours.local_instant(${unit}_of.starts + interval '1 ${unit}', p.zone) offset 0) d) ${unit}_sum`;
  return session.query(
    `select u.i::integer as i, day_of.starts::text as day, month_of.starts::text as month, day_sum.points as in_day, month_sum.points as in_month, o.balance,
       exists (select 1 from parcours.ledger_review d where d.lane = u.lane and d.profile_id = u.profile_id and d.program = u.program
         and (d.key = u.key or (d.status = 'open' and d.source = u.source and u.key like 'challenge/%'))) as is_kept,
       exists (select 1 from (${holdersOfPerson('u')}) m cross join lateral (
         select from parcours.ledger_txn d where d.lane = m.lane and d.holder_id = m.holder_id and d.key = u.key offset 0) d) as is_booked
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[], $6::text[])
       with ordinality u(lane, profile_id, program, at, key, source, i)
     cross join lateral (
       select coalesce(d.zone, $7) as zone from parcours.profile d where d.lane = u.lane and d.profile_id = u.profile_id offset 0) p
     ${given('day')}
     ${given('month')}
     cross join lateral (
       select coalesce(sum(d.remaining), 0)::bigint as balance from parcours.ledger_open d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.program = u.program) o
     order by u.i`,
    [
      asked.map((one) => one.lane),
      asked.map((one) => one.profileId),
      asked.map((one) => one.program),
      asked.map(({ at }) => new Date(at)),
      asked.map(({ key }) => key),
      asked.map(({ source }) => source),
      zone,
    ],
  );
}

/** Which cap is reached. */
export type CapReason = 'day' | 'month' | 'balance';

export interface NewReview extends Who {
  readonly reviewId: number;
  readonly key: string;
  readonly points: number;
  readonly source: string;
  readonly reason: CapReason;
  readonly match: string | null;
  /** The posting as it would have been booked. */
  readonly posting: object;
}

/** Keeps postings back. */
export async function insertReviews(session: Session, rows: readonly NewReview[], t: Date): Promise<void> {
  await session.query(
    `insert into parcours.ledger_review (lane, profile_id, program, review_id, key, points, source, reason, match, posting, status, created_at)
     select u.*, 'open', $11 from unnest($1::smallint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::text[], $8::text[],
       $9::text[], $10::jsonb[]) u
     on conflict do nothing`,
    [
      rows.map((one) => one.lane),
      rows.map((one) => one.profileId),
      rows.map((one) => one.program),
      rows.map((one) => one.reviewId),
      rows.map((one) => one.key),
      rows.map((one) => one.points),
      rows.map((one) => one.source),
      rows.map((one) => one.reason),
      rows.map((one) => one.match),
      rows.map(({ posting }) => JSON.stringify(posting)),
      t,
    ],
  );
}

export interface OpenReview {
  readonly review_id: number;
  readonly lane: number;
  readonly profile_id: number;
  readonly source: string;
  readonly match: string;
  /** As it was kept back: how many points, of how much that was bought (null: unknown). */
  readonly points: number;
  readonly base: number | null;
}

/** What is kept back, and not decided, of what some sources gave for purchases. */
export function readOpenReviews(
  session: Session,
  asked: readonly (Who & { readonly match: string })[],
  sources: readonly string[],
): Promise<OpenReview[]> {
  return session.query(
    `select distinct r.review_id, r.lane, r.profile_id, r.source, r.match, (r.posting ->> 'points')::bigint as points,
       (r.posting ->> 'base')::double precision as base
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[]) u(lane, profile_id, program, match)
     cross join lateral (
       select * from parcours.ledger_review d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.program = u.program and d.match = u.match and d.status = 'open'
         and d.source = any($5::text[]) offset 0) r
     order by r.review_id`,
    [
      asked.map((one) => one.lane),
      asked.map((one) => one.profileId),
      asked.map((one) => one.program),
      asked.map(({ match }) => match),
      sources,
    ],
  );
}

/** Sets what is left to decide; where nothing is, what was bought came back, and there is nothing to decide. */
export async function lessenReviews(
  session: Session,
  left: readonly { readonly reviewId: number; readonly points: number }[],
  t: Date,
): Promise<void> {
  if (left.length === 0) return;
  await session.query(
    `update parcours.ledger_review r set points = case when u.points > 0 then u.points else r.points end,
       status = case when u.points > 0 then r.status else 'undone' end, decided_at = case when u.points > 0 then r.decided_at else $3 end
     from unnest($1::bigint[], $2::bigint[]) u(review_id, points) where r.review_id = u.review_id and r.status = 'open'`,
    [left.map(({ reviewId }) => reviewId), left.map(({ points }) => points), t],
  );
}

export type ReviewStatus = 'open' | 'accepted' | 'refused' | 'undone';

export interface ReviewRow {
  readonly review_id: number;
  readonly lane: number;
  readonly profile_id: number;
  readonly program: string;
  readonly points: number;
  readonly source: string;
  readonly reason: CapReason;
  readonly status: ReviewStatus;
  readonly created_at: Date;
  readonly decided_at: Date | null;
  readonly decided_by: string | null;
}

const listed =
  'r.review_id, r.lane, r.profile_id, r.program, r.points, r.source, r.reason, r.status, r.created_at, r.decided_at, r.decided_by';

/** What is kept back of a programme (null: of all), the oldest first; what was decided only when asked for. */
export function selectReviews(
  session: Session,
  { program, isAll, limit }: { readonly program: string | null; readonly isAll: boolean; readonly limit: number },
): Promise<ReviewRow[]> {
  return session.query(
    `select ${listed} from parcours.ledger_review r
     where ($1::text is null or r.program = $1) and ($2 or r.status = 'open') order by r.created_at, r.review_id limit $3`,
    [program, isAll, limit],
  );
}

/** One of them by its number, with the posting; locked where it is to be decided. */
export async function findReview(
  session: Session,
  reviewId: number,
  isDeciding: boolean,
): Promise<(ReviewRow & { readonly posting: unknown }) | null> {
  const rows = await session.query<ReviewRow & { readonly posting: unknown }>(
    `select ${listed}, r.posting from parcours.ledger_review r where r.review_id = $1 ${isDeciding ? 'for update' : ''}`,
    [reviewId],
  );
  return rows[0] ?? null;
}

export async function decideReview(
  session: Session,
  reviewId: number,
  { status, by, t }: { readonly status: 'accepted' | 'refused'; readonly by: string; readonly t: Date },
): Promise<void> {
  await session.query(
    'update parcours.ledger_review set status = $2, decided_by = $3, decided_at = $4 where review_id = $1',
    [reviewId, status, by, t],
  );
}
