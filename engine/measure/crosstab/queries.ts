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
  /** In minor units where it is money; null without `by`. */
  readonly weight: number | null;
}

/** What people are weighed by: a trait, and of money the currency that counts. */
export interface By {
  readonly trait: string;
  readonly currency: string | null;
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

/** Amounts of another currency weigh nothing. */
function weightOf({ trait, currency }: By): Sql {
  const value = sql`(p.traits -> ${param(trait)}::text)`;
  if (currency === null) return sql`parcours.num(${value})`;
  return sql`case when ${value} ->> 'currency' = ${param(currency)}::text then parcours.num(${value} -> 'amount') end`;
}

/** The cells that hold somebody, largest first, at most `limit`. */
export function countCells(
  session: Session,
  { a, b, by, limit }: { readonly a: Side; readonly b: Side; readonly by: By | null; readonly limit: number },
): Promise<CellRow[]> {
  const [one, other] = [readSide(a, 'a'), readSide(b, 'b')];
  const weight = by === null ? raw('null::float8') : sql`coalesce(sum(${weightOf(by)}), 0)::float8`;
  const { text, values } = render(
    sql`select ${one.value} as a, ${other.value} as b, count(*) as people, ${weight} as weight from parcours.profile p ${one.joins} ${other.joins} where p.merged_into is null group by 1, 2 order by 3 desc, 1, 2 limit ${param(limit)}::bigint`,
  );
  return session.query<CellRow>(text, values);
}
