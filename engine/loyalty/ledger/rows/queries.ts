/** Statements by which a set of postings is written: the rows of a book, and what is kept of it for speed. One statement a table. */
import type { Statement } from '../../../store/together.ts';
import type { Book } from '../account.ts';
import { columnsOf, instants, type Who, whoArrays } from '../columns.ts';

/** Appends the rows of a book, and writes what changed of the projection of lots. */
export function bookRows({ txns, entries, lots, moves }: Book, bookedAt: Date): readonly (Statement | null)[] {
  return [
    txns.length === 0 ? null : txnRows(txns, bookedAt),
    entries.length === 0 ? null : entryRows(entries),
    lots.length === 0 ? null : lotRows(lots),
    moves.length === 0 ? null : moveRows(moves),
  ];
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
  readonly tierFalls: number | null;
  readonly seenAt: number | null;
  readonly nextChange: number | null;
}

/** Writes accounts. An account keeps its holder. */
export function memberRows(rows: readonly MemberRow[]): readonly (Statement | null)[] {
  const fresh = rows.filter(({ isNew }) => isNew);
  const known = rows.filter(({ isNew }) => !isNew);
  const insert = `insert into parcours.ledger_member (lane, profile_id, program, holder_id, debt, tier, tier_since, tier_until, tier_falls, seen_at, next_change)
     select * from unnest(${memberArrays})`;
  const update = `update parcours.ledger_member m set debt = u.debt, tier = u.tier, tier_since = u.tier_since, tier_until = u.tier_until,
       tier_falls = u.tier_falls, seen_at = u.seen_at, next_change = u.next_change
     from unnest(${memberArrays}) u(lane, profile_id, program, holder_id, debt, tier, tier_since, tier_until, tier_falls, seen_at, next_change)
     where m.lane = u.lane and m.profile_id = u.profile_id and m.program = u.program`;
  return [
    fresh.length === 0 ? null : { text: insert, values: memberColumns(fresh) },
    known.length === 0 ? null : { text: update, values: memberColumns(known) },
  ];
}

const memberArrays = `${whoArrays}, $4::bigint[], $5::bigint[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[]`;

function memberColumns(rows: readonly MemberRow[]): readonly unknown[] {
  return [
    ...columnsOf(rows),
    rows.map(({ holderId }) => holderId),
    rows.map(({ debt }) => debt),
    rows.map(({ tier }) => tier),
    instants(rows.map(({ tierSince }) => tierSince)),
    instants(rows.map(({ tierUntil }) => tierUntil)),
    instants(rows.map(({ tierFalls }) => tierFalls)),
    instants(rows.map(({ seenAt }) => seenAt)),
    instants(rows.map(({ nextChange }) => nextChange)),
  ];
}
