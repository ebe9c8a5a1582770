/** People by two things that are known of them, counted in one pass over profiles. */
import { personaTrait } from '../../compiler/scopes.ts';
import { param, raw, render, type Sql, sql } from '../../compiler/sql.ts';
import type { Session } from '../../store/session.ts';

/** What stands on one side of the table. */
export type Side =
  | { readonly kind: 'segment'; readonly id: string }
  | { readonly kind: 'persona'; readonly id: string }
  | { readonly kind: 'trait'; readonly id: string };

export interface CellRow {
  /** `in` or `out` of a segment, a persona's id, a trait's value as text; null: none. */
  readonly a: string | null;
  readonly b: string | null;
  readonly people: number;
  /** Minor units; null without `by`. */
  readonly money: number | null;
}

/** Money: a trait, and the currency that counts. */
export interface By {
  readonly trait: string;
  readonly currency: string;
}

interface Read {
  readonly value: Sql;
  readonly joins: Sql;
}

/** Memberships are joined and not looked up by person: one pass over everybody is a hash join. */
function readSide(side: Side, alias: 'a' | 'b'): Read {
  if (side.kind === 'segment') {
    const m = raw(alias);
    return {
      value: sql`(case when ${m}.profile_id is null then 'out' else 'in' end)`,
      joins: sql`left join parcours.membership ${m} on ${m}.lane = p.lane and ${m}.profile_id = p.profile_id and ${m}.segment = ${param(side.id)}::text and ${m}.is_member`,
    };
  }
  const name = side.kind === 'persona' ? personaTrait(side.id) : side.id;
  return { value: sql`(p.traits ->> ${param(name)}::text)`, joins: raw('') };
}

/**
 * The cells that hold somebody, largest first, at most `limit`. Amounts of another currency than that of `by` count as none.
 */
export function countCells(
  session: Session,
  { a, b, by, limit }: { readonly a: Side; readonly b: Side; readonly by: By | null; readonly limit: number },
): Promise<CellRow[]> {
  const [one, other] = [readSide(a, 'a'), readSide(b, 'b')];
  const money =
    by === null
      ? raw('null::bigint')
      : sql`coalesce(sum(case when (p.traits -> ${param(by.trait)}::text) ->> 'currency' = ${param(by.currency)}::text then parcours.num(p.traits -> ${param(by.trait)}::text -> 'amount') end), 0)::bigint`;
  const { text, values } = render(
    sql`select ${one.value} as a, ${other.value} as b, count(*) as people, ${money} as money from parcours.profile p ${one.joins} ${other.joins} where p.merged_into is null group by 1, 2 order by 3 desc, 1, 2 limit ${param(limit)}::bigint`,
  );
  return session.query<CellRow>(text, values);
}
