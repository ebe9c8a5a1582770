/** Statements over a programme's ledger: what was issued and became of it, members, rules and rewards; and one member's postings. */
import { holdersOfPerson } from '../../compiler/holders-sql.ts';
import type { Session } from '../../store/session.ts';

export interface MovementRow {
  readonly issuer: string;
  /** Of the lot: `2026-03`. */
  readonly month: string;
  /** The member's when the points were given; null: the first. */
  readonly tier: string | null;
  readonly opening: number;
  readonly issued: number;
  readonly redeemed: number;
  readonly expired: number;
  readonly reversed: number;
}

/** Points by the lots that they came in, moved from `since` (null: ever) until `until`. */
export function selectMovements(
  session: Session,
  program: string,
  { since, until }: { readonly since: Date | null; readonly until: Date },
): Promise<MovementRow[]> {
  return session.query(
    `select l.issuer, to_char(l.earned_at, 'YYYY-MM') as month, l.tier,
       coalesce(sum(v.amount) filter (where x.at < $2), 0)::bigint as opening,
       coalesce(sum(v.amount) filter (where x.kind = 'earn' and ($2::timestamptz is null or x.at >= $2)), 0)::bigint as issued,
       coalesce(-sum(v.amount) filter (where x.kind in ('redeem', 'hold', 'release', 'lapse', 'cancel') and ($2::timestamptz is null or x.at >= $2)), 0)::bigint as redeemed,
       coalesce(-sum(v.amount) filter (where x.kind = 'expire' and ($2::timestamptz is null or x.at >= $2)), 0)::bigint as expired,
       coalesce(-sum(v.amount) filter (where x.kind in ('reverse', 'repay') and ($2::timestamptz is null or x.at >= $2)), 0)::bigint as reversed
     from parcours.ledger_lot l
     join parcours.ledger_lot_move v on v.lane = l.lane and v.holder_id = l.holder_id and v.lot_id = l.lot_id
     join parcours.ledger_txn x on x.lane = v.lane and x.holder_id = v.holder_id and x.txn_id = v.txn_id
     where l.program = $1 and x.at < $3
     group by 1, 2, 3 order by 1, 2, 3 nulls first`,
    [program, since, until],
  );
}

/** Points whose time is over and that nobody has booked yet: they are lost all the same. */
export function selectUnbooked(
  session: Session,
  program: string,
  at: Date,
): Promise<
  { readonly issuer: string; readonly month: string; readonly tier: string | null; readonly points: number }[]
> {
  return session.query(
    `select l.issuer, to_char(l.earned_at, 'YYYY-MM') as month, l.tier, sum(o.remaining)::bigint as points
     from parcours.ledger_open o
     join parcours.ledger_member m on m.lane = o.lane and m.profile_id = o.profile_id and m.program = o.program
     join parcours.ledger_lot l on l.lane = o.lane and l.holder_id = m.holder_id and l.lot_id = o.lot_id
     where o.program = $1 and o.hold_id = 0 and o.expires_at <= $2 group by 1, 2, 3`,
    [program, at],
  );
}

export interface MembersRow {
  /** null: the first tier. */
  readonly tier: string | null;
  readonly members: number;
  /** What they owe together. */
  readonly debt: number;
}

export function selectMembers(session: Session, program: string): Promise<MembersRow[]> {
  return session.query(
    `select m.tier, count(*) as members, sum(m.debt)::bigint as debt from parcours.ledger_member m
     where m.program = $1 and not exists (
       select from parcours.profile p where p.lane = m.lane and p.profile_id = m.profile_id and p.merged_into is not null)
     group by 1 order by 1 nulls first`,
    [program],
  );
}

/** Points that are held, and those that are not usable yet. */
export async function selectWaiting(
  session: Session,
  program: string,
  at: Date,
): Promise<{ readonly held: number; readonly pending: number }> {
  const rows = await session.query<{ held: number; pending: number }>(
    `select coalesce(sum(o.remaining) filter (where o.hold_id > 0), 0)::bigint as held,
       coalesce(sum(o.remaining) filter (where o.hold_id = 0 and o.active_at > $2), 0)::bigint as pending
     from parcours.ledger_open o where o.program = $1`,
    [program, at],
  );
  return rows[0] ?? { held: 0, pending: 0 };
}

export interface SourceRow {
  /** `earn`: a rule, challenge or step that gave · `redeem`: a reward. */
  readonly kind: 'earn' | 'redeem';
  readonly source: string;
  readonly times: number;
  readonly members: number;
  readonly points: number;
}

export function selectSources(
  session: Session,
  program: string,
  { since, until }: { readonly since: Date | null; readonly until: Date },
): Promise<SourceRow[]> {
  return session.query(
    `select case x.kind when 'earn' then 'earn' else 'redeem' end as kind, x.source, count(*) as times, count(distinct x.holder_id) as members, sum(x.amount)::bigint as points
     from parcours.ledger_txn x
     where x.program = $1 and x.kind in ('earn', 'redeem', 'capture') and ($2::timestamptz is null or x.at >= $2) and x.at < $3
     group by 1, 2 order by 1, points desc, 2`,
    [program, since, until],
  );
}

export interface BudgetRow {
  /** `budget/spring/2026-03-01`, or without a window `budget/spring`. */
  readonly thing: string;
  readonly points: number;
}

/** What was given of budgets, by window, the latest first; what lanes hold and haven't given is left out. */
export function selectBudgets(session: Session, program: string, limit: number): Promise<BudgetRow[]> {
  return session.query(
    `select s.thing, (s.taken - coalesce((
       select sum(l.units) from parcours.ledger_lease l where l.program = s.program and l.thing = s.thing), 0))::bigint as points
     from parcours.ledger_supply s where s.program = $1 and s.thing like 'budget/%' order by s.thing desc limit $2`,
    [program, limit],
  );
}

export interface BehaviourRow {
  readonly is_member: boolean;
  /** Who did it in the period. */
  readonly people: number;
  readonly events: number;
  /** The mean of the event's measure; null: it has none. */
  readonly mean: number | null;
  /** Who did it in the period before, and how many of them did it again. */
  readonly before: number;
  readonly returned: number;
  /** How many of the programme's kinds of events each did in the period, in the mean. */
  readonly services: number | null;
}

/** What members and others did: events of some types in a period and in one as long before it. */
export function selectBehaviour(
  session: Session,
  program: string,
  {
    types,
    services,
    from,
    between,
    to,
  }: {
    readonly types: readonly string[];
    /** Of all that the programme rewards. */
    readonly services: readonly string[];
    readonly from: Date;
    readonly between: Date;
    readonly to: Date;
  },
): Promise<BehaviourRow[]> {
  return session.query(
    `select b.is_member, count(*) filter (where b.now > 0) as people, coalesce(sum(b.now), 0)::bigint as events,
       (sum(b.value) / nullif(sum(b.valued), 0))::double precision as mean,
       count(*) filter (where b.ago > 0) as before, count(*) filter (where b.ago > 0 and b.now > 0) as returned,
       (avg(b.kinds) filter (where b.kinds > 0))::double precision as services
     from (
       select e.lane, e.profile_id, bool_or(m.profile_id is not null) as is_member,
         count(*) filter (where e.type = any($2::text[]) and e.occurred_at >= $4) as now,
         count(*) filter (where e.type = any($2::text[]) and e.occurred_at < $4) as ago,
         count(distinct e.type) filter (where e.occurred_at >= $4) as kinds,
         sum(e.value) filter (where e.type = any($2::text[]) and e.occurred_at >= $4) as value,
         count(e.value) filter (where e.type = any($2::text[]) and e.occurred_at >= $4) as valued
       from parcours.event e
       left join parcours.ledger_member m on m.lane = e.lane and m.profile_id = e.profile_id and m.program = $1
       where e.type = any($6::text[]) and e.occurred_at >= $3 and e.occurred_at < $5
       group by e.lane, e.profile_id) b
     group by 1 order by 1 desc`,
    [program, types, from, between, to, services],
  );
}

export interface PostingRow {
  readonly at: Date;
  readonly kind: string;
  readonly source: string;
  readonly points: number;
  readonly txn_id: number;
  /** When points of an earning are lost. */
  readonly expires_at: Date | null;
}

/** A member's postings, newest first; with those of profiles that were merged into him. */
export function selectPostings(
  session: Session,
  who: { readonly lane: number; readonly profileId: number; readonly program: string },
  limit: number,
): Promise<PostingRow[]> {
  return session.query(
    `select x.at, x.kind, x.source, x.amount as points, x.txn_id, l.expires_at
     from (select $1::smallint as lane, $2::bigint as profile_id, $3::text as program) u cross join lateral (${holdersOfPerson('u')}) m
     cross join lateral (
       select * from parcours.ledger_txn d where d.lane = m.lane and d.holder_id = m.holder_id offset 0) x
     left join parcours.ledger_lot l on l.lane = x.lane and l.holder_id = x.holder_id and l.lot_id = x.txn_id
     order by x.at desc, x.txn_id desc limit $4`,
    [who.lane, who.profileId, who.program, limit],
  );
}

export interface AccountRow {
  readonly program: string;
  readonly tier: string | null;
  readonly tier_until: Date | null;
  readonly debt: number;
  readonly usable: number;
  readonly pending: number;
  readonly held: number;
  readonly next_expiry: Date | null;
}

/** A person's accounts as they stand at a time. */
export function selectAccounts(
  session: Session,
  { lane, profileId }: { readonly lane: number; readonly profileId: number },
  at: Date,
): Promise<AccountRow[]> {
  return session.query(
    `select m.program, m.tier, m.tier_until, m.debt, o.*
     from parcours.ledger_member m cross join lateral (
       select coalesce(sum(d.remaining) filter (where d.active_at <= $3), 0)::bigint as usable,
         coalesce(sum(d.remaining) filter (where d.active_at > $3 and d.hold_id = 0), 0)::bigint as pending,
         coalesce(sum(d.remaining) filter (where d.active_at > $3 and d.hold_id > 0), 0)::bigint as held,
         min(d.expires_at) as next_expiry
       from parcours.ledger_open d
       where d.lane = m.lane and d.profile_id = m.profile_id and d.program = m.program and (d.expires_at is null or d.expires_at > $3)) o
     where m.lane = $1 and m.profile_id = $2 order by m.program`,
    [lane, profileId, at],
  );
}

/** What counts for tiers and can't be spent, moved from `since` (null: ever) until `until`. */
export async function selectQualifying(
  session: Session,
  program: string,
  { since, until }: { readonly since: Date | null; readonly until: Date },
): Promise<{ readonly opening: number; readonly issued: number; readonly reversed: number }> {
  const rows = await session.query<{ opening: number; issued: number; reversed: number }>(
    `select
       coalesce(sum(case x.kind when 'qualify' then x.amount else -x.amount end) filter (where x.at < $2), 0)::bigint as opening,
       coalesce(sum(x.amount) filter (where x.kind = 'qualify' and ($2::timestamptz is null or x.at >= $2)), 0)::bigint as issued,
       coalesce(sum(x.amount) filter (where x.kind = 'disqualify' and ($2::timestamptz is null or x.at >= $2)), 0)::bigint as reversed
     from parcours.ledger_txn x where x.program = $1 and x.kind in ('qualify', 'disqualify') and x.at < $3`,
    [program, since, until],
  );
  return rows[0] ?? { opening: 0, issued: 0, reversed: 0 };
}

export interface ReferralCount {
  /** `lapsed`: it was open when its time was over. */
  readonly status: string;
  readonly reason: string | null;
  readonly referrals: number;
}

/** Referrals by what became of them. */
export function selectReferrals(session: Session, program: string, at: Date): Promise<ReferralCount[]> {
  return session.query(
    `select case when r.status = 'open' and r.until <= $2 then 'lapsed' else r.status end as status, r.reason, count(*) as referrals
     from parcours.ledger_referral r where r.program = $1 group by 1, 2 order by 1, 2`,
    [program, at],
  );
}

/** What stands on the review list. */
export async function selectKept(
  session: Session,
  program: string,
): Promise<{ readonly postings: number; readonly points: number }> {
  const rows = await session.query<{ postings: number; points: number }>(
    `select count(*) as postings, coalesce(sum(r.points), 0)::bigint as points from parcours.ledger_review r
     where r.program = $1 and r.status = 'open'`,
    [program],
  );
  return rows[0] ?? { postings: 0, points: 0 };
}
