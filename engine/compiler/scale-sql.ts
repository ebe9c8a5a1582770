/**
 * The scales of quantiles: bounds that are worked out over everybody and stored, and the part in which a value lies by them.
 * When they are worked out is decided by the engine's schedules; a person's value is in `trait-sql.ts`.
 */
import type { TraitDefinition } from './ir.ts';
import { join, param, raw, type Sql, sql } from './sql.ts';

/** The definitions that rank people among everybody. */
export type Scaled = Extract<TraitDefinition, { readonly kind: 'quantile' | 'shares' }>;
type Quantile = Extract<TraitDefinition, { readonly kind: 'quantile' }>;
type Shares = Extract<TraitDefinition, { readonly kind: 'shares' }>;

/** The definitions that read a person by everybody's values, which a schedule works out. */
export type Refreshed = Extract<TraitDefinition, { readonly refresh: string }>;

/** Those whose models or priors are fitted by plain functions to grouped rows; the others' scales are SQL alone. */
export type Fitted = Extract<Refreshed, { readonly kind: 'clv' | 'churn_risk' | 'preferred_channel' }>;

export function isFitted(definition: Refreshed): definition is Fitted {
  return definition.kind === 'clv' || definition.kind === 'churn_risk' || definition.kind === 'preferred_channel';
}

/** The bounds of a trait as jsonb, or null while nobody worked out those of the definition with this signature (null: of any). */
export function storedScale(trait: string, signature: string | null): Sql {
  const same = signature === null ? raw('') : sql` and s.signature = ${param(signature)}::text`;
  return sql`(select s.bounds from parcours.trait_scale s where s.trait = ${param(trait)}::text${same} and s.people > 0)`;
}

/**
 * The part of a value: 1, or the best part whose bound it reaches. The bounds are made an array once for a statement, not for each person:
 * for each part from the second on the easiest bound of it and those above.
 */
export function partOf(definition: Scaled, value: Sql, bounds: Sql): Sql {
  const parts = definition.kind === 'quantile' ? definition.parts : definition.classes.length;
  const isLowestBest = definition.kind === 'quantile' && definition.best === 'lowest';
  // Where the lowest is best, all signs are turned, so that bounds rise.
  const [sign, easiest] = isLowestBest ? [raw('-'), raw('max')] : [raw(''), raw('min')];
  const each = sql`select k.part, ${sign}${easiest}(b.bound) as bound from generate_series(2, ${param(parts)}::integer) k(part) join jsonb_to_recordset(${bounds}) b(part integer, bound numeric) on b.part >= k.part group by k.part`;
  const rising = sql`(select array_agg(x.bound order by x.part) from (${each}) x)`;
  return sql`coalesce(1 + width_bucket(${sign}${value}, ${rising}), 1)`;
}

/** One row `bounds, people` from rows `value` (a numeric) of everybody who is ranked. */
export function scaleOver(definition: Scaled, ranked: Sql): Sql {
  return definition.kind === 'quantile' ? quantileOver(definition, ranked) : sharesOver(definition, ranked);
}

/**
 * A value that n of m people fall short of
 * lies in the part 1 + ⌊parts × n / (m − 1)⌋, at most `parts`: by `percent_rank`, so equal values share a part, the worst value lies
 * in the first and a best value that one person has alone in the last. A part's bound is the worst value that lies in it.
 */
function quantileOver({ parts, best }: Quantile, ranked: Sql): Sql {
  const worstFirst = raw(best === 'highest' ? 'asc' : 'desc');
  const worst = raw(best === 'highest' ? 'min' : 'max');
  const count = sql`${param(parts)}::bigint`;
  const counted = sql`select r.value, count(*)::bigint as n from (${ranked}) r group by r.value`;
  const placed = sql`select c.value, c.n, (sum(c.n) over (order by c.value ${worstFirst}) - c.n)::bigint as short, (sum(c.n) over ())::bigint as people from (${counted}) c`;
  const parted = sql`select d.value, d.n, least(${count}, 1 + d.short * ${count} / greatest(d.people - 1, 1)) as part from (${placed}) d`;
  const bounded = sql`select q.part, ${worst}(q.value) as bound, sum(q.n) as n from (${parted}) q group by q.part`;
  return sql`select coalesce(jsonb_agg(jsonb_build_object('part', b.part, 'bound', b.bound) order by b.part), '[]') as bounds, coalesce(sum(b.n), 0)::bigint as people from (${bounded}) b`;
}

/**
 * The greatest people who together make up the shares of a class and those above it are at least of that class: somebody's class is told
 * by the value of those above him alone, so whoever has half of everything is of the greatest class. Less than nothing counts as
 * nothing, and who is worth nothing is of the least class. A class's bound is the least value in it.
 */
function sharesOver({ classes }: Shares, ranked: Sql): Sql {
  const reaches = classes.map((_, i) => classes.slice(i).reduce((sum, { share }) => sum + share, 0)).slice(1);
  const counted = sql`select r.value, count(*)::bigint as n from (${ranked}) r group by r.value`;
  const placed = sql`select c.value, c.n, sum(greatest(c.value, 0) * c.n) over (order by c.value desc) - greatest(c.value, 0) * c.n as above, sum(greatest(c.value, 0) * c.n) over () as whole from (${counted}) c`;
  const bounds = reaches.map(
    (reach, i) =>
      sql`(${raw(String(i + 2))}, min(d.value) filter (where d.value > 0 and d.above * 1000000 < ${param(reach)}::numeric * d.whole))`,
  );
  return sql`select coalesce((select jsonb_agg(jsonb_build_object('part', b.part, 'bound', b.bound) order by b.part) from (values ${join(bounds, ', ')}) b(part, bound) where b.bound is not null), '[]') as bounds, coalesce(sum(d.n), 0)::bigint as people from (${placed}) d`;
}
