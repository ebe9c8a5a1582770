/**
 * Statements that read the ledger: accounts as they stand, what was earned and spent, whose time has come; one statement a set. Those that
 * write it are in `rows/queries.ts`.
 */
import { holdersOfPerson } from '../../compiler/holders-sql.ts';
import type { Session } from '../../store/session.ts';
import { columnsOf, instants, type Who, whoArrays } from './columns.ts';

export type { Who } from './columns.ts';

export interface AccountRow {
  /** From 1. */
  readonly i: number;
  /** null: no account yet. */
  readonly holder_id: number | null;
  readonly debt: number;
  readonly tier: string | null;
  readonly tier_since: Date | null;
  readonly tier_until: Date | null;
  readonly tier_falls: Date | null;
  readonly seen_at: Date | null;
  /** [lane, holder] of those who were merged into him; null: nobody. */
  readonly others: readonly (readonly [number, number])[] | null;
  /** [lot, hold, account, remaining, active at, expires at, of lot], times in milliseconds. */
  readonly pieces: readonly (readonly [
    number,
    number,
    'pending' | 'active' | 'held',
    number,
    number,
    number | null,
    number | null,
  ])[];
}

/** The accounts of members, in order, with what is left of their lots. */
export function readAccounts(session: Session, who: readonly Who[]): Promise<AccountRow[]> {
  return session.query(
    `select u.i::integer as i, m.holder_id, coalesce(m.debt, 0) as debt, m.tier, m.tier_since, m.tier_until, m.tier_falls, m.seen_at,
       x.others, coalesce(o.pieces, '[]') as pieces
     from unnest(${whoArrays}) with ordinality u(lane, profile_id, program, i)
     left join lateral (
       select * from parcours.ledger_member d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.program = u.program offset 0) m on true
     left join lateral (
       select jsonb_agg(jsonb_build_array(d.lot_id, d.hold_id, d.account, d.remaining,
         round(extract(epoch from d.active_at) * 1000)::bigint, round(extract(epoch from d.expires_at) * 1000)::bigint, d.of_lot)
         order by d.lot_id, d.hold_id) as pieces
       from parcours.ledger_open d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.program = u.program) o on true
     left join lateral (
       select jsonb_agg(jsonb_build_array(d.holder_lane, d.holder_id)) as others from parcours.ledger_holder d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.program = u.program and d.holder_id is distinct from m.holder_id) x on true
     order by u.i`,
    columnsOf(who),
  );
}

/** How lots were given. */
export function readLots(
  session: Session,
  asked: readonly { readonly lane: number; readonly holderId: number; readonly lotId: number }[],
): Promise<
  {
    readonly lot_id: number;
    readonly source: string;
    readonly issuer: string;
    readonly tier: string | null;
    readonly earned_at: Date;
  }[]
> {
  return session.query(
    `select l.lot_id, l.source, l.issuer, l.tier, l.earned_at
     from unnest($1::smallint[], $2::bigint[], $3::bigint[]) u(lane, holder_id, lot_id)
     cross join lateral (
       select * from parcours.ledger_lot d where d.lane = u.lane and d.holder_id = u.holder_id and d.lot_id = u.lot_id offset 0) l`,
    [asked.map(({ lane }) => lane), asked.map(({ holderId }) => holderId), asked.map(({ lotId }) => lotId)],
  );
}

/** Of postings the transaction that was booked under the same key; `i` from 1. */
export function readKnownKeys(
  session: Session,
  asked: readonly { readonly lane: number; readonly holderId: number; readonly key: string }[],
): Promise<{ readonly i: number; readonly txn_id: number; readonly digest: string; readonly amount: number }[]> {
  return session.query(
    `select u.i::integer as i, x.txn_id, x.digest, x.amount
     from unnest($1::smallint[], $2::bigint[], $3::text[]) with ordinality u(lane, holder_id, key, i)
     cross join lateral (
       select * from parcours.ledger_txn d where d.lane = u.lane and d.holder_id = u.holder_id and d.key = u.key offset 0) x`,
    [asked.map((one) => one.lane), asked.map((one) => one.holderId), asked.map((one) => one.key)],
  );
}

/** Blocks of a thousand numbers, of which each is of one caller: from `first` on. Gaps are harmless. */
export async function newLedgerIds(session: Session, blocks: number): Promise<readonly { readonly first: number }[]> {
  return session.query(`select nextval('parcours.ledger_id') * 1000 as first from generate_series(1, $1::integer)`, [
    blocks,
  ]);
}

/** What holders earned, net of what was taken back, at whichever of them, from an instant on (null: ever); `i` from 1, times in milliseconds. */
export function readEarnings(
  session: Session,
  asked: readonly {
    readonly lane: number;
    readonly holderId: number;
    readonly from: number | null;
    readonly kind: 'earn' | 'qualify';
  }[],
): Promise<{ readonly i: number; readonly at: number; readonly points: number }[]> {
  return session.query(
    `select u.i::integer as i, round(extract(epoch from x.at) * 1000)::bigint as at, (x.amount - x.reversed)::bigint as points
     from unnest($1::smallint[], $2::bigint[], $3::timestamptz[], $4::text[]) with ordinality u(lane, holder_id, since, kind, i)
     cross join lateral (
       select d.at, d.amount, coalesce((
         select sum(r.amount) from parcours.ledger_txn r
         where r.kind in ('reverse', 'disqualify') and r.of_txn = d.txn_id), 0) as reversed
       from parcours.ledger_txn d
       where d.kind in ('earn', 'qualify') and d.kind = u.kind and d.lane = u.lane and d.holder_id = u.holder_id
         and (u.since is null or d.at >= u.since) offset 0) x
     where x.amount > x.reversed order by u.i, x.at`,
    [
      asked.map((one) => one.lane),
      asked.map((one) => one.holderId),
      instants(asked.map(({ from }) => from)),
      asked.map(({ kind }) => kind),
    ],
  );
}

/** Accounts of lanes that time has changed something of, the longest due first. */
export function readDueMembers(
  session: Session,
  lanes: readonly number[],
  t: Date,
  limit: number,
): Promise<{ readonly lane: number; readonly profile_id: number; readonly program: string }[]> {
  return session.query(
    `select m.lane, m.profile_id, m.program from unnest($1::smallint[]) l(lane) cross join lateral (
       select d.lane, d.profile_id, d.program from parcours.ledger_member d
       where d.lane = l.lane and d.next_change <= $2 order by d.next_change, d.profile_id, d.program limit $3) m`,
    [lanes, t, limit],
  );
}

/** The programmes in which people have accounts; `i` from 1. */
export function readPrograms(
  session: Session,
  people: readonly { readonly lane: number; readonly profileId: number }[],
): Promise<{ readonly i: number; readonly program: string }[]> {
  return session.query(
    `select u.i::integer as i, m.program from unnest($1::smallint[], $2::bigint[]) with ordinality u(lane, profile_id, i)
     cross join lateral (
       select d.program from parcours.ledger_member d where d.lane = u.lane and d.profile_id = u.profile_id offset 0) m
     order by u.i, m.program`,
    [people.map(({ lane }) => lane), people.map(({ profileId }) => profileId)],
  );
}

/** Makes the history of profiles that of who they are merged into, whose lanes the transaction holds. */
export async function joinHolders(
  session: Session,
  pairs: readonly { readonly from: Who; readonly into: Who }[],
): Promise<void> {
  await session.query(
    `insert into parcours.ledger_holder (lane, profile_id, program, holder_lane, holder_id, origin_id)
     select u.lane, u.into_id, u.program, m.lane, m.holder_id, m.profile_id
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::smallint[], $5::bigint[]) u(from_lane, from_id, program, lane, into_id)
     join parcours.ledger_member m on m.lane = u.from_lane and m.profile_id = u.from_id and m.program = u.program
     on conflict do nothing`,
    [
      ...columnsOf(pairs.map(({ from }) => from)),
      pairs.map(({ into }) => into.lane),
      pairs.map(({ into }) => into.profileId),
    ],
  );
}

/** Who is himself again needs no row that says so. */
export async function dropOwnHolders(session: Session, { lane, profileId }: Omit<Who, 'program'>): Promise<void> {
  await session.query(
    `delete from parcours.ledger_holder h using parcours.ledger_member m
     where h.lane = $1 and h.profile_id = $2 and m.lane = h.lane and m.profile_id = h.profile_id and m.program = h.program
       and m.holder_id = h.holder_id`,
    [lane, profileId],
  );
}

/** Earnings that a refund is about, by the value that both share, with what became of them; `i` from 1. */
export function readEarned(
  session: Session,
  asked: readonly (Who & { readonly source: string; readonly match: string })[],
): Promise<
  {
    readonly i: number;
    readonly txn_id: number;
    /** When it was earned, in milliseconds. */
    readonly at: number;
    readonly points: number;
    readonly reversed: number;
    readonly waived: number;
    readonly expired: number;
    readonly base: number | null;
    readonly back: number | null;
    /** Keys of what took it back so far. */
    readonly reversals: readonly string[] | null;
    /** It counts for tiers alone. */
    readonly qualifies: boolean;
  }[]
> {
  return session.query(
    `select u.i::integer as i, x.txn_id, round(extract(epoch from x.at) * 1000)::bigint as at, x.amount as points, r.reversed, r.waived, e.expired, x.base, r.back, r.reversals, x.kind = 'qualify' as qualifies
     from unnest(${whoArrays}, $4::text[], $5::text[]) with ordinality u(lane, profile_id, program, source, match, i)
     cross join lateral (${holdersOfPerson('u')}) m
     cross join lateral (
       select d.txn_id, d.at, d.amount, d.base, d.kind from parcours.ledger_txn d
       where d.lane = m.lane and d.holder_id = m.holder_id and d.match = u.match and d.kind in ('earn', 'qualify') and d.source = u.source offset 0) x
     cross join lateral (
       select coalesce(sum(d.amount), 0)::bigint as reversed, coalesce(sum(d.waived), 0)::bigint as waived, sum(d.base) as back, array_agg(d.key) as reversals from parcours.ledger_txn d
       where d.kind in ('reverse', 'disqualify') and d.of_txn = x.txn_id) r
     cross join lateral (
       select coalesce(-sum(v.amount), 0)::bigint as expired from (
         select m.lane, m.holder_id, x.txn_id as lot_id
         union all select d.lane, d.holder_id, d.lot_id from parcours.ledger_lot d where d.of_lot = x.txn_id) l
       join parcours.ledger_lot_move v on v.lane = l.lane and v.holder_id = l.holder_id and v.lot_id = l.lot_id
       join parcours.ledger_txn d on d.lane = v.lane and d.holder_id = v.holder_id and d.txn_id = v.txn_id
       where d.kind = 'expire') e
     order by u.i, x.txn_id`,
    [...columnsOf(asked), asked.map(({ source }) => source), asked.map(({ match }) => match)],
  );
}

export interface SpentRow {
  readonly i: number;
  readonly txn_id: number;
  readonly source: string;
  readonly at: number;
  /** Given back by cancellations so far. */
  readonly cancelled: number;
  readonly lot_id: number;
  readonly of_lot: number | null;
  /** The member's own holder has the lot. */
  readonly is_own: boolean;
  readonly points: number;
  readonly expires_at: number | null;
  readonly issuer: string;
}

/**
 * A redemption by the number of its transaction (of a captured hold: of the capture), with the lots that it took from, in the order in
 * which it did.
 */
export function readSpent(session: Session, asked: readonly (Who & { readonly txnId: number })[]): Promise<SpentRow[]> {
  return session.query(
    `select u.i::integer as i, x.txn_id, h.source, round(extract(epoch from x.at) * 1000)::bigint as at, c.cancelled,
       v.lot_id, l.of_lot, coalesce(o.holder_id = m.holder_id, false) as is_own, -v.amount as points, round(extract(epoch from l.expires_at) * 1000)::bigint as expires_at, l.issuer
     from unnest(${whoArrays}, $4::bigint[]) with ordinality u(lane, profile_id, program, txn_id, i)
     left join parcours.ledger_member o on o.lane = u.lane and o.profile_id = u.profile_id and o.program = u.program
     cross join lateral (${holdersOfPerson('u')}) m
     join parcours.ledger_txn x on x.lane = m.lane and x.holder_id = m.holder_id and x.txn_id = u.txn_id and x.kind in ('redeem', 'capture')
     join parcours.ledger_txn h on h.lane = m.lane and h.holder_id = m.holder_id
       and h.txn_id = case x.kind when 'capture' then x.of_txn else x.txn_id end
     join parcours.ledger_lot_move v on v.lane = m.lane and v.holder_id = m.holder_id and v.txn_id = h.txn_id
     join parcours.ledger_lot l on l.lane = m.lane and l.holder_id = m.holder_id and l.lot_id = v.lot_id
     cross join lateral (
       select coalesce(sum(d.amount), 0)::bigint as cancelled from parcours.ledger_txn d
       where d.kind = 'cancel' and d.of_txn = x.txn_id) c
     order by u.i, l.expires_at nulls last, coalesce(l.of_lot, v.lot_id), v.lot_id`,
    [...columnsOf(asked), asked.map(({ txnId }) => txnId)],
  );
}

/**
 * Sets the alarms of lanes where they are later than these times, or over, and appends a row to the inbox of each of these lanes, visible at
 * its time. One statement, since a lane transaction doesn't wait for it.
 */
export async function setAlarms(
  session: Session,
  kind: string,
  alarms: readonly { readonly lane: number; readonly at: number }[],
  t: Date,
): Promise<void> {
  // Class 2: a timer.
  await session.query(
    `with told as (
       insert into parcours.ledger_alarm as a (lane, at) select * from unnest($1::smallint[], $2::timestamptz[])
       on conflict (lane) do update set at = excluded.at where a.at > excluded.at or a.at <= $3
       returning a.lane, a.at)
     insert into parcours.inbox (lane, class, visible_at, profile_id, kind, body, hop)
     select told.lane, 2, told.at, null, $4, '{}', 0 from told`,
    [alarms.map(({ lane }) => lane), alarms.map(({ at }) => new Date(at)), t, kind],
  );
}

/** Makes all accounts of programmes due; what they are is worked out from the beginning. Returns the lanes that have some. */
export function markAccounts(
  session: Session,
  { programs, lanes, t }: { readonly programs: readonly string[]; readonly lanes: readonly number[]; readonly t: Date },
): Promise<{ readonly lane: number }[]> {
  return session.query(
    `with marked as (
       update parcours.ledger_member m set next_change = $3, seen_at = null
       where m.lane = any($1::smallint[]) and m.program = any($2::text[]) returning m.lane)
     select distinct x.lane from marked x order by 1`,
    [lanes, programs, t],
  );
}

/** When each lane has members to look at next. */
export function readNextChanges(
  session: Session,
  lanes: readonly number[],
): Promise<{ readonly lane: number; readonly at: Date }[]> {
  return session.query(
    `select l.lane, m.next_change as at from unnest($1::smallint[]) l(lane) cross join lateral (
       select d.next_change from parcours.ledger_member d
       where d.lane = l.lane and d.next_change is not null order by d.next_change limit 1) m`,
    [lanes],
  );
}
