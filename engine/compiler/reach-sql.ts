/**
 * Whom a purpose reaches by a channel, as SQL over whole lanes: an address, and the consent that the purpose and the person's country
 * ask for. For plans alone; the engine decides message by message (`activation/dispatch/consent-rule.ts`), by the same rule.
 */
import type { Condition, ConsentBody } from './ir.ts';
import { type Planned, plannedTruths } from './planned-sql.ts';
import { join, param, raw, render, type Sql, type Statement, sql } from './sql.ts';

/** What a purpose on a channel needs of a person. */
export interface Reach {
  readonly purpose: string;
  /** Of the channel. */
  readonly type: string;
  /** The trait that holds the address; null: it needs none. */
  readonly address: string | null;
  readonly basis: ConsentBody['basis'];
  /** What countries ask besides; `about` null: nobody is meant. */
  readonly needs: readonly {
    readonly about: Condition | null;
    readonly unless: Condition | null;
    readonly kind: 'opt-in' | 'double-opt-in' | 'opt-out';
  }[];
  /** Whether the purpose asks for a confirmed consent on the channel's type of everybody. */
  readonly isConfirmed: boolean;
}

/** One row a lane: people reached on the first side, on the second, and on both. A side that is null reaches nobody. */
export function reachableOverLanes(
  sides: readonly (readonly [Reach | null, Planned])[],
  lanes: readonly number[],
  at: Date,
): Statement {
  const rows = sides.map(([reach, planned]) => reachedRows(reach, planned, { lanes, at }));
  const [before, after] = rows as [Sql, Sql];
  return render(
    sql`with b as materialized (${before}), a as materialized (${after}) select coalesce(b.lane, a.lane) as lane, count(b.profile_id)::integer as before, count(a.profile_id)::integer as after, count(*) filter (where b.profile_id is not null and a.profile_id is not null)::integer as both from b full join a on a.lane = b.lane and a.profile_id = b.profile_id group by 1`,
  );
}

function reachedRows(
  reach: Reach | null,
  planned: Planned,
  over: { readonly lanes: readonly number[]; readonly at: Date },
): Sql {
  if (reach === null) return raw('select lane, profile_id from parcours.profile where false');
  const meant = reach.needs.filter((one) => one.about !== null);
  const asked = meant.flatMap(({ about, unless }) => [about as Condition, unless ?? nobody]);
  const { truths, from } = plannedTruths(asked, planned, over);
  const counts = meant.map(({ kind }, i) => ({
    kind,
    holds: sql`(${truths[2 * i] as Sql} and not ${truths[2 * i + 1] as Sql})`,
  }));
  const oneOf = (list: readonly Sql[]) => (list.length === 0 ? raw('false') : sql`(${join(list, ' or ')})`);
  const anyOfKind = (kinds: readonly string[]) =>
    oneOf(counts.filter(({ kind }) => kinds.includes(kind)).map(({ holds }) => holds));
  const hasNeeds = oneOf(counts.map(({ holds }) => holds));
  const needsConfirmed = reach.isConfirmed ? raw('true') : anyOfKind(['double-opt-in']);
  const isGranted = reach.isConfirmed || reach.basis === 'consent';
  const needsGrant = isGranted ? raw('true') : anyOfKind(['opt-in', 'double-opt-in']);
  const said = (state: string, more: Sql = raw('')) =>
    sql`exists (select from parcours.consent c where c.lane = p.lane and c.profile_id = p.profile_id and c.purpose = ${param(reach.purpose)}::text and c.channel in ('*', ${param(reach.type)}::text) and c.state = ${param(state)}::text${more})`;
  const confirmed = said('granted', raw(` and c.confirmed_at > coalesce(c.denied_at, '-infinity')`));
  const free = reach.basis === 'contract' ? sql`not ${hasNeeds}` : raw('false');
  const allowed = sql`(${free} or (not ${said('denied')} and (not ${needsGrant} or ${said('granted')}) and (not ${needsConfirmed} or ${confirmed})))`;
  const addressed =
    reach.address === null ? raw('true') : sql`nullif(p.traits ->> ${param(reach.address)}::text, '') is not null`;
  return sql`select p.lane, p.profile_id ${from} and ${addressed} and ${allowed}`;
}

const nobody: Condition = { kind: 'any', of: [] };
