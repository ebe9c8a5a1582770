/** Statements of the ledger: accounts as they stand, rows that a set of postings writes, what was earned and spent. One statement a set. */
import type { Session } from '../../store/session.ts';
import type { Statement } from '../../store/together.ts';
import type { Book } from './account.ts';

export interface Who {
  readonly lane: number;
  readonly profileId: number;
  readonly program: string;
}

const whoArrays = '$1::smallint[], $2::bigint[], $3::text[]';

function columnsOf(who: readonly Who[]): readonly unknown[] {
  return [who.map((one) => one.lane), who.map((one) => one.profileId), who.map((one) => one.program)];
}

export interface AccountRow {
  /** From 1. */
  readonly i: number;
  /** null: no account yet. */
  readonly holder_id: number | null;
  readonly debt: number;
  readonly tier: string | null;
  readonly tier_since: Date | null;
  readonly tier_until: Date | null;
  readonly seen_at: Date | null;
  /** [lot, hold, account, remaining, active at, expires at], times in milliseconds. */
  readonly pieces: readonly (readonly [number, number, 'pending' | 'active' | 'held', number, number, number | null])[];
}

/** The accounts of members, in order, with what is left of their lots. */
export function readAccounts(session: Session, who: readonly Who[]): Promise<AccountRow[]> {
  return session.query(
    `select u.i::integer as i, m.holder_id, coalesce(m.debt, 0) as debt, m.tier, m.tier_since, m.tier_until, m.seen_at,
       coalesce(o.pieces, '[]') as pieces
     from unnest(${whoArrays}) with ordinality u(lane, profile_id, program, i)
     left join lateral (
       select * from parcours.ledger_member d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.program = u.program offset 0) m on true
     left join lateral (
       select jsonb_agg(jsonb_build_array(d.lot_id, d.hold_id, d.account, d.remaining,
         round(extract(epoch from d.active_at) * 1000)::bigint, round(extract(epoch from d.expires_at) * 1000)::bigint)
         order by d.lot_id, d.hold_id) as pieces
       from parcours.ledger_open d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.program = u.program) o on true
     order by u.i`,
    columnsOf(who),
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

/** Numbers of transactions, lots and holders. Gaps are harmless. */
export async function newLedgerIds(session: Session, count: number): Promise<readonly number[]> {
  const rows = await session.query<{ id: number }>(
    `select nextval('parcours.ledger_id') as id from generate_series(1, $1::integer)`,
    [count],
  );
  return rows.map(({ id }) => id);
}

/** Appends the rows of a book, and writes what changed of the projection of lots. */
export function bookRows({ txns, entries, lots, moves }: Book, bookedAt: Date): readonly (Statement | null)[] {
  return [
    txns.length === 0 ? null : txnRows(txns, bookedAt),
    entries.length === 0 ? null : entryRows(entries),
    lots.length === 0 ? null : lotRows(lots),
    moves.length === 0 ? null : moveRows(moves),
  ];
}

/** Instants as texts. Those of one set are mostly alike, and writing each anew was measured at a third of our time. */
function instants(times: readonly (number | null)[]): readonly (string | null)[] {
  const known = new Map<number, string>();
  return times.map((at) => {
    if (at === null) return null;
    const text = known.get(at) ?? new Date(at).toISOString();
    known.set(at, text);
    return text;
  });
}

function txnRows(txns: Book['txns'], bookedAt: Date): Statement {
  return {
    text: `insert into parcours.ledger_txn (lane, holder_id, txn_id, program, kind, at, booked_at, key, digest, source, amount, waived, of_txn, match, until, base)
     select u.lane, u.holder_id, u.txn_id, u.program, u.kind, u.at, $14, u.key, u.digest, u.source, u.amount, u.waived, u.of_txn, u.match, u.until, u.base
     from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[],
       $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $15::timestamptz[], $16::double precision[])
       u(lane, holder_id, txn_id, program, kind, at, key, digest, source, amount, waived, of_txn, match, until, base)`,
    values: [
      txns.map(({ member }) => member.lane),
      txns.map(({ member }) => member.holderId),
      txns.map(({ txnId }) => txnId),
      txns.map(({ member }) => member.program),
      txns.map(({ kind }) => kind),
      instants(txns.map(({ at }) => at)),
      txns.map(({ key }) => key),
      txns.map(({ digest }) => digest),
      txns.map(({ source }) => source),
      txns.map(({ amount }) => amount),
      txns.map(({ waived }) => waived),
      txns.map(({ ofTxn }) => ofTxn),
      txns.map(({ match }) => match),
      bookedAt,
      instants(txns.map(({ until }) => until)),
      txns.map(({ base }) => base),
    ],
  };
}

function entryRows(entries: Book['entries']): Statement {
  const numbers = new Map<number, number>();
  const n = entries.map(({ txnId }) => {
    const number = numbers.get(txnId) ?? 0;
    numbers.set(txnId, number + 1);
    return number;
  });
  return {
    text: `insert into parcours.ledger_entry (lane, holder_id, txn_id, n, program, debit, credit, amount)
     select * from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::bigint[])`,
    values: [
      entries.map(({ member }) => member.lane),
      entries.map(({ member }) => member.holderId),
      entries.map(({ txnId }) => txnId),
      n,
      entries.map(({ member }) => member.program),
      entries.map(({ debit }) => debit),
      entries.map(({ credit }) => credit),
      entries.map(({ amount }) => amount),
    ],
  };
}

function lotRows(lots: Book['lots']): Statement {
  return {
    text: `insert into parcours.ledger_lot (lane, holder_id, lot_id, program, amount, source, issuer, tier, earned_at, active_at, expires_at)
     select * from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[],
       $9::timestamptz[], $10::timestamptz[], $11::timestamptz[])`,
    values: [
      lots.map(({ member }) => member.lane),
      lots.map(({ member }) => member.holderId),
      lots.map(({ lotId }) => lotId),
      lots.map(({ member }) => member.program),
      lots.map(({ amount }) => amount),
      lots.map(({ source }) => source),
      lots.map(({ issuer }) => issuer),
      lots.map(({ tier }) => tier),
      instants(lots.map(({ earnedAt }) => earnedAt)),
      instants(lots.map(({ activeAt }) => activeAt)),
      instants(lots.map(({ expiresAt }) => expiresAt)),
    ],
  };
}

function moveRows(moves: Book['moves']): Statement {
  return {
    text: `insert into parcours.ledger_lot_move (lane, holder_id, lot_id, txn_id, amount)
     select * from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])`,
    values: [
      moves.map(({ member }) => member.lane),
      moves.map(({ member }) => member.holderId),
      moves.map(({ lotId }) => lotId),
      moves.map(({ txnId }) => txnId),
      moves.map(({ amount }) => amount),
    ],
  };
}

/** What is left of a lot, free or held; null: nothing any more. */
export interface OpenRow extends Who {
  /** Whether the store holds it already. */
  readonly isKnown: boolean;
  readonly lotId: number;
  readonly holdId: number;
  readonly piece: {
    readonly account: string;
    readonly remaining: number;
    readonly activeAt: number;
    readonly expiresAt: number | null;
  } | null;
}

/** Writes what changed of the projection of lots. */
export function openRows(rows: readonly OpenRow[]): readonly (Statement | null)[] {
  const gone = rows.filter(({ piece }) => piece === null);
  // Who is known to be new needn't be looked for: that is half of the cost.
  const fresh = rows.filter(({ piece, isKnown }) => piece !== null && !isKnown);
  const kept = rows.filter(({ piece, isKnown }) => piece !== null && isKnown);
  const keys = (some: readonly OpenRow[]) => [
    ...columnsOf(some),
    some.map(({ lotId }) => lotId),
    some.map(({ holdId }) => holdId),
  ];
  const deleted = `delete from parcours.ledger_open o using unnest(${whoArrays}, $4::bigint[], $5::bigint[]) u(lane, profile_id, program, lot_id, hold_id)
    where o.lane = u.lane and o.profile_id = u.profile_id and o.program = u.program and o.lot_id = u.lot_id and o.hold_id = u.hold_id`;
  const written = `insert into parcours.ledger_open (lane, profile_id, program, lot_id, hold_id, account, remaining, active_at, expires_at)
    select * from unnest(${whoArrays}, $4::bigint[], $5::bigint[], $6::text[], $7::bigint[], $8::timestamptz[], $9::timestamptz[])`;
  const over = `${written}
    on conflict (lane, profile_id, program, lot_id, hold_id) do update set
      account = excluded.account, remaining = excluded.remaining, active_at = excluded.active_at, expires_at = excluded.expires_at`;
  const columns = (some: readonly OpenRow[]) => {
    const pieces = some.map(({ piece }) => piece as NonNullable<OpenRow['piece']>);
    return [
      ...keys(some),
      pieces.map(({ account }) => account),
      pieces.map(({ remaining }) => remaining),
      instants(pieces.map(({ activeAt }) => activeAt)),
      instants(pieces.map(({ expiresAt }) => expiresAt)),
    ];
  };
  return [
    gone.length === 0 ? null : { text: deleted, values: keys(gone) },
    fresh.length === 0 ? null : { text: written, values: columns(fresh) },
    kept.length === 0 ? null : { text: over, values: columns(kept) },
  ];
}

export interface MemberRow extends Who {
  readonly isNew: boolean;
  readonly holderId: number;
  readonly debt: number;
  readonly tier: string | null;
  readonly tierSince: number | null;
  readonly tierUntil: number | null;
  readonly seenAt: number | null;
  readonly nextChange: number | null;
}

/** Writes accounts. An account keeps its holder. */
export function memberRows(rows: readonly MemberRow[]): readonly (Statement | null)[] {
  const fresh = rows.filter(({ isNew }) => isNew);
  const known = rows.filter(({ isNew }) => !isNew);
  const insert = `insert into parcours.ledger_member (lane, profile_id, program, holder_id, debt, tier, tier_since, tier_until, seen_at, next_change)
     select * from unnest(${memberArrays})`;
  const update = `update parcours.ledger_member m set debt = u.debt, tier = u.tier, tier_since = u.tier_since, tier_until = u.tier_until,
       seen_at = u.seen_at, next_change = u.next_change
     from unnest(${memberArrays}) u(lane, profile_id, program, holder_id, debt, tier, tier_since, tier_until, seen_at, next_change)
     where m.lane = u.lane and m.profile_id = u.profile_id and m.program = u.program`;
  return [
    fresh.length === 0 ? null : { text: insert, values: memberColumns(fresh) },
    known.length === 0 ? null : { text: update, values: memberColumns(known) },
  ];
}

const memberArrays = `${whoArrays}, $4::bigint[], $5::bigint[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[]`;

function memberColumns(rows: readonly MemberRow[]): readonly unknown[] {
  return [
    ...columnsOf(rows),
    rows.map(({ holderId }) => holderId),
    rows.map(({ debt }) => debt),
    rows.map(({ tier }) => tier),
    instants(rows.map(({ tierSince }) => tierSince)),
    instants(rows.map(({ tierUntil }) => tierUntil)),
    instants(rows.map(({ seenAt }) => seenAt)),
    instants(rows.map(({ nextChange }) => nextChange)),
  ];
}

/** What accounts earned, net of what was taken back, from an instant on (null: ever); `i` from 1, times in milliseconds. */
export function readEarnings(
  session: Session,
  asked: readonly { readonly lane: number; readonly holderId: number; readonly from: number | null }[],
): Promise<{ readonly i: number; readonly at: number; readonly points: number }[]> {
  return session.query(
    `select u.i::integer as i, round(extract(epoch from x.at) * 1000)::bigint as at, (x.amount - x.reversed)::bigint as points
     from unnest($1::smallint[], $2::bigint[], $3::timestamptz[]) with ordinality u(lane, holder_id, since, i)
     cross join lateral (
       select d.at, d.amount, coalesce((
         select sum(r.amount) from parcours.ledger_txn r
         where r.kind = 'reverse' and r.lane = d.lane and r.holder_id = d.holder_id and r.of_txn = d.txn_id), 0) as reversed
       from parcours.ledger_txn d
       where d.kind = 'earn' and d.lane = u.lane and d.holder_id = u.holder_id and (u.since is null or d.at >= u.since) offset 0) x
     where x.amount > x.reversed order by u.i, x.at`,
    [asked.map((one) => one.lane), asked.map((one) => one.holderId), instants(asked.map(({ from }) => from))],
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

/** Earnings that a refund is about, by the value that both share, with what became of them; `i` from 1. */
export function readEarned(
  session: Session,
  asked: readonly (Who & { readonly source: string; readonly match: string })[],
): Promise<
  {
    readonly i: number;
    readonly txn_id: number;
    readonly points: number;
    readonly reversed: number;
    readonly waived: number;
    readonly expired: number;
    readonly base: number | null;
    readonly back: number | null;
  }[]
> {
  return session.query(
    `select u.i::integer as i, x.txn_id, x.amount as points, r.reversed, r.waived, e.expired, x.base, r.back
     from unnest(${whoArrays}, $4::text[], $5::text[]) with ordinality u(lane, profile_id, program, source, match, i)
     cross join lateral (
       select d.holder_id from parcours.ledger_member d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.program = u.program offset 0) m
     cross join lateral (
       select d.txn_id, d.amount, d.base from parcours.ledger_txn d
       where d.lane = u.lane and d.holder_id = m.holder_id and d.match = u.match and d.kind = 'earn' and d.source = u.source offset 0) x
     cross join lateral (
       select coalesce(sum(d.amount), 0)::bigint as reversed, coalesce(sum(d.waived), 0)::bigint as waived, sum(d.base) as back from parcours.ledger_txn d
       where d.kind = 'reverse' and d.lane = u.lane and d.holder_id = m.holder_id and d.of_txn = x.txn_id) r
     cross join lateral (
       select coalesce(-sum(v.amount), 0)::bigint as expired from parcours.ledger_lot_move v
       join parcours.ledger_txn d on d.lane = v.lane and d.holder_id = v.holder_id and d.txn_id = v.txn_id
       where v.lane = u.lane and v.holder_id = m.holder_id and v.lot_id = x.txn_id and d.kind = 'expire') e
     order by u.i, x.txn_id`,
    [...columnsOf(asked), asked.map(({ source }) => source), asked.map(({ match }) => match)],
  );
}

/** A redemption by the number of its transaction (of a captured hold: of the capture), with the lots that it took from. */
export function readSpent(
  session: Session,
  asked: readonly (Who & { readonly txnId: number })[],
): Promise<
  {
    readonly i: number;
    readonly txn_id: number;
    readonly at: number;
    readonly is_cancelled: boolean;
    readonly lot_id: number;
    readonly points: number;
    readonly expires_at: number | null;
    readonly issuer: string;
  }[]
> {
  return session.query(
    `select u.i::integer as i, x.txn_id, round(extract(epoch from x.at) * 1000)::bigint as at, c.txn_id is not null as is_cancelled,
       v.lot_id, -v.amount as points, round(extract(epoch from l.expires_at) * 1000)::bigint as expires_at, l.issuer
     from unnest(${whoArrays}, $4::bigint[]) with ordinality u(lane, profile_id, program, txn_id, i)
     join parcours.ledger_member m on m.lane = u.lane and m.profile_id = u.profile_id and m.program = u.program
     join parcours.ledger_txn x on x.lane = u.lane and x.holder_id = m.holder_id and x.txn_id = u.txn_id and x.kind in ('redeem', 'capture')
     join parcours.ledger_lot_move v on v.lane = u.lane and v.holder_id = m.holder_id
       and v.txn_id = case x.kind when 'capture' then x.of_txn else x.txn_id end
     join parcours.ledger_lot l on l.lane = u.lane and l.holder_id = m.holder_id and l.lot_id = v.lot_id
     left join parcours.ledger_txn c on c.lane = u.lane and c.holder_id = m.holder_id and c.of_txn = x.txn_id and c.kind = 'cancel'
     order by u.i, v.lot_id`,
    [...columnsOf(asked), asked.map(({ txnId }) => txnId)],
  );
}

/**
 * Sets the alarms of lanes where they are later than these times, or over; returns those that were set.
 */
export function setAlarms(
  session: Session,
  alarms: readonly { readonly lane: number; readonly at: number }[],
  t: Date,
): Promise<{ readonly lane: number; readonly at: Date }[]> {
  return session.query(
    `insert into parcours.ledger_alarm as a (lane, at) select * from unnest($1::smallint[], $2::timestamptz[])
     on conflict (lane) do update set at = excluded.at where a.at > excluded.at or a.at <= $3
     returning a.lane, a.at`,
    [alarms.map(({ lane }) => lane), alarms.map(({ at }) => new Date(at)), t],
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
