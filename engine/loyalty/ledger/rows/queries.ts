/** Statements by which a set of postings is written: the rows of a book, and what is kept of it for speed. One statement a table. */
import type { SharedStatement, Statement } from '../../../store/together.ts';
import type { Book, Lot, Txn } from '../account.ts';
import { columnsOf, instants, type Who, whoArrays } from '../columns.ts';

/**
 * Appends the rows of a book, and writes what changed of what is kept of lots. Points that are given are most of what is written: all
 * their rows say the same, so it is sent once.
 */
export function bookRows(
  book: Book,
  open: readonly OpenRow[],
  bookedAt: Date,
): readonly (Statement | SharedStatement | null)[] {
  const given = new Map(book.txns.flatMap((txn) => (txn.kind === 'earn' && txn.amount > 0 ? [[txn.txnId, txn]] : [])));
  if (given.size < givenMin) return [...plainRows(book, bookedAt), ...openRows(open)];
  const isOther = ({ txnId }: { readonly txnId: number }) => !given.has(txnId);
  const lots = book.lots.filter(({ lotId }) => given.has(lotId));
  const byId = new Map(lots.map((lot) => [lot.lotId, lot]));
  const whole = new Map(open.flatMap((row) => (isWhole(row, byId.get(row.lotId)) ? [[row.lotId, row]] : [])));
  const rest = {
    txns: book.txns.filter(isOther),
    entries: book.entries.filter(isOther),
    lots: book.lots.filter(({ lotId }) => !given.has(lotId)),
    moves: book.moves.filter(isOther),
  };
  return [
    givenRows(lots, given, whole, bookedAt),
    ...plainRows(rest, bookedAt),
    ...openRows(open.filter((row) => whole.get(row.lotId) !== row)),
  ];
}

/** For fewer the ordinary statements do, of which others are kept prepared. */
const givenMin = 20;

/** Nothing of the lot has gone yet. */
function isWhole({ piece, isKnown, holdId }: OpenRow, lot: Lot | undefined): boolean {
  if (lot === undefined || piece === null || isKnown || holdId !== 0) return false;
  return piece.remaining === lot.amount && piece.activeAt === lot.activeAt;
}

/** The rows of points that were given: a transaction, its entry, its lot, the move that fills it, and what is kept of it. */
function givenRows(
  lots: readonly Lot[],
  txns: ReadonlyMap<number, Txn>,
  whole: ReadonlyMap<number, OpenRow>,
  bookedAt: Date,
): SharedStatement {
  const of = lots.map(({ lotId }) => txns.get(lotId) as Txn);
  const kept = lots.map(({ lotId }) => whole.get(lotId)?.piece ?? null);
  return {
    rows: `select * from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
       $9::bigint[], $10::text[], $11::double precision[], $12::text[], $13::text[], $14::timestamptz[], $15::timestamptz[], $16::bigint[], $17::text[], $18::timestamptz[])
       u(lane, holder_id, txn_id, program, at, key, digest, source, amount, match, base, issuer, tier, active_at, expires_at, profile_id, account, lives_until)`,
    texts: [
      `insert into parcours.ledger_txn (lane, holder_id, txn_id, program, kind, at, booked_at, key, digest, source, amount, match, base)
       select u.lane, u.holder_id, u.txn_id, u.program, 'earn', u.at, $19::timestamptz, u.key, u.digest, u.source, u.amount, u.match, u.base from {rows} u`,
      `insert into parcours.ledger_entry (lane, holder_id, txn_id, n, program, debit, credit, amount)
       select u.lane, u.holder_id, u.txn_id, 0, u.program, 'issued', case when u.active_at <= $19::timestamptz then 'active' else 'pending' end, u.amount from {rows} u`,
      `insert into parcours.ledger_lot (lane, holder_id, lot_id, program, amount, source, issuer, tier, earned_at, active_at, expires_at)
       select u.lane, u.holder_id, u.txn_id, u.program, u.amount, u.source, u.issuer, u.tier, u.at, u.active_at, u.expires_at from {rows} u`,
      `insert into parcours.ledger_lot_move (lane, holder_id, lot_id, txn_id, amount)
       select u.lane, u.holder_id, u.txn_id, u.txn_id, u.amount from {rows} u`,
      `insert into parcours.ledger_open (lane, profile_id, program, lot_id, account, remaining, active_at, expires_at)
       select u.lane, u.profile_id, u.program, u.txn_id, u.account, u.amount, u.active_at, u.lives_until from {rows} u where u.account is not null`,
    ],
    values: [
      lots.map(({ member }) => member.lane),
      lots.map(({ member }) => member.holderId),
      lots.map(({ lotId }) => lotId),
      lots.map(({ member }) => member.program),
      instants(of.map(({ at }) => at)),
      of.map(({ key }) => key),
      of.map(({ digest }) => digest),
      of.map(({ source }) => source),
      of.map(({ amount }) => amount),
      of.map(({ match }) => match),
      of.map(({ base }) => base),
      lots.map(({ issuer }) => issuer),
      lots.map(({ tier }) => tier),
      instants(lots.map(({ activeAt }) => activeAt)),
      instants(lots.map(({ expiresAt }) => expiresAt)),
      lots.map(({ member }) => member.profileId),
      kept.map((piece) => piece?.account ?? null),
      instants(kept.map((piece) => piece?.expiresAt ?? null)),
      bookedAt,
    ],
  };
}

function plainRows(
  { txns, entries, lots, moves }: Pick<Book, 'txns' | 'entries' | 'lots' | 'moves'>,
  bookedAt: Date,
): readonly (Statement | null)[] {
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
    text: `insert into parcours.ledger_lot (lane, holder_id, lot_id, program, amount, source, issuer, tier, earned_at, active_at, expires_at, of_lot)
     select * from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[],
       $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::bigint[])`,
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
      lots.map(({ ofLot = null }) => ofLot),
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
    readonly ofLot?: number | null;
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
  const written = `insert into parcours.ledger_open (lane, profile_id, program, lot_id, hold_id, account, remaining, active_at, expires_at, of_lot)
    select * from unnest(${whoArrays}, $4::bigint[], $5::bigint[], $6::text[], $7::bigint[], $8::timestamptz[], $9::timestamptz[], $10::bigint[])`;
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
      pieces.map(({ ofLot = null }) => ofLot),
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
