/**
 * Points and tiers inside conditions, as SQL over what is left of a member's lots. Expiry and activation are facts of time: what is read
 * here is the same whether or not anybody has booked them. The ledger itself is in `engine/loyalty/`.
 */
import type { Leaf } from './condition-sql.ts';
import { compareNumber } from './event-sql.ts';
import { holdersIn } from './holders-sql.ts';
import type { Duration } from './ir.ts';
import { infinity, type Joins, type Pair, windowInterval } from './pair.ts';
import { param, raw, type Sql, sql } from './sql.ts';

/** Points that can be spent at t, or those of them that are lost within a duration. */
export function pointsPair({ program, expiring, test }: Leaf<'points'>, t: Sql, joins: Joins): Pair {
  const alias = joins.add(pointsOf(program, expiring, t));
  return {
    holds: compareNumber(raw(`coalesce(${alias}.points, 0)`), test),
    nextChange: sql`coalesce(${raw(`${alias}.turns`)}, ${infinity})`,
  };
}

/** A query of one row: `points`, and `turns`, when time alone changes them next. */
export function pointsOf(program: string, expiring: Duration | null, t: Sql): Sql {
  const isUsable = sql`o.active_at <= ${t} and (o.expires_at is null or o.expires_at > ${t})`;
  const soon = expiring === null ? null : sql`o.expires_at - ${windowInterval(expiring)}`;
  const counts = soon === null ? isUsable : sql`${isUsable} and ${soon} <= ${t}`;
  const later = (at: Sql) => sql`min(${at}) filter (where ${at} > ${t})`;
  const turns = sql`least(${later(raw('o.active_at'))}, ${later(raw('o.expires_at'))}${soon === null ? raw('') : sql`, ${later(soon)}`})`;
  return sql`select (coalesce(sum(o.remaining - o.paid) filter (where ${counts}), 0))::bigint as points, ${turns} as turns from (${piecesOf(program)}) o`;
}

/**
 * What is left of the person's lots, and what of it pays a debt. Who owes has nothing but what is held; when that lapses, it pays first,
 * in the order in which it lapses. A part whose lot ends before its hold is lost when it lapses.
 */
function piecesOf(program: string): Sql {
  const paid = raw(
    'greatest(0, least(d.remaining, m.debt - coalesce(sum(d.remaining) over (order by d.active_at, d.hold_id, d.expires_at nulls last, d.lot_id rows between unbounded preceding and 1 preceding), 0)))',
  );
  const of = (alias: string) =>
    sql`${raw(alias)}.lane = p.lane and ${raw(alias)}.profile_id = p.profile_id and ${raw(alias)}.program = ${param(program)}::text`;
  return sql`select d.active_at, d.expires_at, d.remaining, ${paid} as paid from parcours.ledger_open d join parcours.ledger_member m on ${of('m')} where ${of('d')} and (d.expires_at is null or d.expires_at > d.active_at)`;
}

/** Redemptions of a reward, or earnings of a challenge, that weren't undone. */
export function gainedPair({ program, of, id, inLast, test }: Leaf<'gained'>, t: Sql, joins: Joins): Pair {
  const [kinds, undo] = of === 'reward' ? [`'redeem', 'capture'`, 'cancel'] : [`'earn'`, 'reverse'];
  const ends = inLast === null ? null : sql`x.at + ${windowInterval(inLast)}`;
  const within = ends === null ? raw('') : sql` and ${ends} > ${t}`;
  const turns = ends === null ? raw('null::timestamptz') : sql`min(${ends})`;
  const undone = raw(
    `coalesce((select sum(r.amount) from parcours.ledger_txn r where r.kind = '${undo}' and r.of_txn = x.txn_id), 0)`,
  );
  // What gave or took nothing is undone by a row of nothing.
  const stands = raw(`not exists (select from parcours.ledger_txn r where r.kind = '${undo}' and r.of_txn = x.txn_id)`);
  const alias = joins.add(
    sql`select count(*) as n, ${turns} as turns from ${holdersIn(program)} cross join lateral (select d.txn_id, d.amount, d.at from parcours.ledger_txn d where d.lane = m.lane and d.holder_id = m.holder_id and d.kind in (${raw(kinds)}) and d.source = ${param(id)}::text offset 0) x where x.at <= ${t}${within} and (x.amount > ${undone} or (x.amount = 0 and ${stands}))`,
  );
  return {
    holds: compareNumber(raw(`${alias}.n`), test),
    nextChange: inLast === null ? null : sql`coalesce(${raw(`${alias}.turns`)}, ${infinity})`,
  };
}

/** What conditions must know of a programme: the ids of its tiers, and whether everybody is a member. */
export interface Ranks {
  readonly tiers: readonly string[];
  readonly isForAll: boolean;
}

/**
 * The member's tier. The first one is that of whoever has none higher: of everybody, or, where members are chosen, of whoever has an
 * account.
 */
export function tierHolds({ program, op, tier }: Leaf<'tier'>, { tiers, isForAll }: Ranks): Sql {
  const at = tiers.indexOf(tier);
  const asked = op === 'is' ? tiers.slice(at, at + 1) : tiers.slice(at);
  const account = sql`from parcours.ledger_member m where m.lane = p.lane and m.profile_id = p.profile_id and m.program = ${param(program)}::text`;
  const isIn = sql`coalesce(m.tier, ${param(tiers[0] ?? '')}::text) = any(${param(asked)}::text[])`;
  if (at !== 0 || !isForAll) return sql`exists (select 1 ${account} and ${isIn})`;
  return sql`not exists (select 1 ${account} and not ${isIn})`;
}

/** Events by which points change with no help of time, and those of tiers: who reads points is touched by them. */
export const eventsOfPoints = [
  'points_earned',
  'points_usable',
  'points_redeemed',
  'points_held',
  'points_returned',
  'points_reversed',
] as const;
export const eventsOfTiers = ['tier_changed', 'points_earned', 'points_qualified'] as const;
export const eventsOfGains = ['points_earned', 'points_reversed', 'points_redeemed', 'points_returned'] as const;
