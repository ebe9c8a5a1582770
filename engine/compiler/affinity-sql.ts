/**
 * What a person is inclined to, his best channel and his best hour, as SQL: his own events or messages beside what everybody does,
 * which is worked out by schedule and stored (`trait_scale`). Scores are whole numbers wherever they can be, so that equal ones are
 * equal. The same in plain loops: `engine/measure/statistics/affinity.ts` and `best-hour.ts`.
 */
import { countingEvents, type EventReading } from './event-selection.ts';
import { aggregate } from './event-sql.ts';
import type { TraitDefinition } from './ir.ts';
import { zoneOf } from './moment-sql.ts';
import { infinity, type Joins, windowInterval } from './pair.ts';
import { join, param, raw, type Sql, sql } from './sql.ts';
import { totalOf } from './totals.ts';
import { isOfType } from './value-sql.ts';

type Of<K extends TraitDefinition['kind']> = Extract<TraitDefinition, { readonly kind: K }>;

/** A value in its stored form (SQL null: none), given what everybody does as jsonb, and when it may change by time alone. */
export interface ByEverybody {
  readonly value: Sql;
  readonly nextChange: Sql | null;
}

/**
 * What is stored of everybody, from a join of its own: taken apart once for a statement. Read from the stored value again and again, each
 * time it would be unpacked from the table's out-of-line storage, which was nine tenths of the work.
 */
function taken<K extends string>(
  bounds: Sql,
  columns: Readonly<Record<K, string>>,
  joins: Joins,
): Readonly<Record<K, Sql>> {
  const named = Object.entries<string>(columns).map(([name, expression]) => raw(`${expression} as "${name}"`));
  const alias = joins.add(sql`select ${join(named, ', ')} from (select ${bounds} as bounds offset 0) b offset 0`);
  return Object.fromEntries(Object.keys(columns).map((name) => [name, raw(`${alias}."${name}"`)])) as Record<K, Sql>;
}

/** Values of the property; those of another type are none. */
function categoryOf({ of, type }: Of<'affinity'>): { readonly value: Sql; readonly isKnown: Sql } {
  const value = sql`(e.properties -> ${param(of)}::text)`;
  return { value, isKnown: isOfType(type, value) };
}

/**
 * Everybody: `all` events that have a value, how many `of` each value (by its text), and the commonest. His own n events and `prior` of
 * everybody's together expect a value with (count × all + prior × everybody's count) / (all × (n + prior)).
 */
export function affinityValue(definition: Of<'affinity'>, bounds: Sql, scope: EventReading, joins: Joins): ByEverybody {
  const { value, isKnown } = categoryOf(definition);
  const values = totalOf(sql`array_agg(${value} order by e.occurred_at, e.event_id)`, isKnown);
  const { total, nextChange } = aggregate(definition.events, scope, values, joins);
  const prior = sql`${param(definition.prior)}::numeric`;
  const { all, of, top } = taken(
    bounds,
    { all: `(b.bounds ->> 'all')::numeric`, of: `b.bounds -> 'of'`, top: `b.bounds -> 'top'` },
    joins,
  );
  const everybodys = (one: Sql) => sql`coalesce((${of} ->> (${one} #>> '{}'))::numeric, 0)`;
  const isEnough = sql`cardinality(${total}) >= ${param(definition.atLeast)}::integer`;
  if (definition.to !== null) {
    const to = sql`${param(JSON.stringify(definition.to))}::jsonb`;
    const own = sql`(select count(*) from unnest(${total}) x(value) where x.value = ${to})`;
    const share = sql`(${own} * ${all} + ${prior} * ${everybodys(to)}) / (${all} * (cardinality(${total}) + ${prior}))`;
    return { value: sql`case when ${isEnough} then to_jsonb(round(${share}, 4)) end`, nextChange };
  }
  // Of what he never had nothing can be likelier than what is the commonest of everybody.
  const own = sql`select x.value, count(*) as own from unnest(${total}) x(value) group by x.value union all select ${top}, 0`;
  const best = sql`select y.value from (${own}) y cross join lateral (select ${everybodys(raw('y.value'))} as everybodys offset 0) z order by y.own * ${all} + ${prior} * z.everybodys desc, z.everybodys desc, y.value #>> '{}' limit 1`;
  return { value: sql`case when ${isEnough} then (${best}) end`, nextChange };
}

/** Categories whose counts are kept; rarer ones are as if nobody else had them. */
const categoriesMax = 1000;

/** One row `bounds, people`. `from` is everybody `p` with the joins that are needed. */
export function affinityScale(definition: Of<'affinity'>, scope: EventReading, everybody: () => Sql): Sql {
  const { value, isKnown } = categoryOf(definition);
  const own = sql`select x.value, count(*) as n from (select ${value} as value from ${countingEvents(definition.events, scope)} and ${isKnown}) x group by x.value`;
  const each = sql`select o.value, o.n, row_number() over () as i from (${own}) o`;
  const counted = sql`select e.value, sum(e.n) as n, count(*) filter (where e.i = 1) as people ${everybody()} cross join lateral (${each}) e where p.merged_into is null group by e.value`;
  const ranked = sql`select c.value #>> '{}' as name, c.value, c.n, sum(c.n) over () as whole, sum(c.people) over () as people, row_number() over (order by c.n desc, c.value #>> '{}') as rank from (${counted}) c`;
  return sql`select jsonb_build_object('all', coalesce(max(r.whole), 0), 'top', (array_agg(r.value order by r.rank))[1], 'of', coalesce(jsonb_object_agg(r.name, r.n) filter (where r.rank <= ${param(categoriesMax)}::bigint), '{}')) as bounds, coalesce(max(r.people), 0)::bigint as people from (${ranked}) r`;
}

const hoursOfWeek = raw('168');

/** 0 is Monday 00:00 to 01:00 in the person's zone. */
function binOf(scope: EventReading): Sql {
  const local = sql`(e.occurred_at at time zone ${zoneOf(scope)})`;
  return sql`((extract(isodow from ${local}) - 1) * 24 + extract(hour from ${local}))::integer`;
}

/**
 * Everybody: `all` events, `spread` over the 168 hours four times over (each counts two in its hour and one in each beside it, around the
 * week's end), and the `best` hour, of equals the first. The person's own are spread alike, and `prior` of everybody's stand beside.
 */
export function bestHourValue(
  definition: Of<'best_hour'>,
  bounds: Sql,
  scope: EventReading,
  joins: Joins,
): ByEverybody {
  const { total, nextChange } = aggregate(definition.events, scope, totalOf(sql`array_agg(${binOf(scope)})`), joins);
  const { all, best, everybodys } = taken(
    bounds,
    {
      all: `(b.bounds ->> 'all')::bigint`,
      best: `(b.bounds ->> 'best')::integer`,
      everybodys: `array(select x.n::bigint from jsonb_array_elements_text(b.bounds -> 'spread') with ordinality x(n, i) order by x.i)`,
    },
    joins,
  );
  const spread = sql`select k.bin, sum(k.weight) as own from unnest(${total}) o(bin) cross join lateral (values (o.bin, 2), ((o.bin + 1) % ${hoursOfWeek}, 1), ((o.bin + 167) % ${hoursOfWeek}, 1)) k(bin, weight) group by k.bin`;
  // Where he did nothing, no hour can be better than everybody's best.
  const own = sql`${spread} union all select ${best}, 0`;
  const score = sql`y.own * ${all} + ${param(definition.prior)}::bigint * ${everybodys}[y.bin + 1]`;
  const his = sql`select y.bin from (${own}) y order by ${score} desc, y.bin limit 1`;
  const isEnough = sql`cardinality(${total}) >= ${param(definition.atLeast)}::integer`;
  const bin = sql`case when ${isEnough} then (${his}) else ${best} end`;
  return { value: sql`(select ${partOf(definition)} from (select ${bin} as bin offset 0) h)`, nextChange };
}

function partOf({ part }: Of<'best_hour'>): Sql {
  if (part === 'hour') return raw(`to_jsonb(lpad((h.bin % 24)::text, 2, '0') || ':00')`);
  return raw(`to_jsonb((array['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])[h.bin / 24 + 1])`);
}

/** One row `bounds, people`. */
export function bestHourScale(definition: Of<'best_hour'>, scope: EventReading, everybody: () => Sql): Sql {
  const own = sql`select ${binOf(scope)} as bin, count(*) as n from ${countingEvents(definition.events, scope)} group by 1`;
  const each = sql`select o.bin, o.n, row_number() over () as i from (${own}) o`;
  const counted = sql`select e.bin, sum(e.n) as n, count(*) filter (where e.i = 1) as people ${everybody()} cross join lateral (${each}) e where p.merged_into is null group by e.bin`;
  const at = (shift: number) =>
    sql`coalesce((select c.n from c where c.bin = (g.bin + ${raw(String(shift))}) % ${hoursOfWeek}), 0)`;
  const spread = sql`select g.bin, 2 * ${at(0)} + ${at(1)} + ${at(167)} as n from generate_series(0, 167) g(bin)`;
  return sql`with c as materialized (${counted}), s as materialized (${spread}) select jsonb_build_object('all', coalesce((select sum(c.n) from c), 0), 'spread', (select jsonb_agg(s.n order by s.bin) from s), 'best', (select s.bin from s order by s.n desc, s.bin limit 1)) as bounds, coalesce((select sum(c.people) from c), 0)::bigint as people`;
}

/** Own messages by channel: how many were sent, how many of them answered, and when the first leaves the window. */
function ownMessages({ channels, status, inLast }: Of<'preferred_channel'>, t: Sql): Sql {
  const answered = raw(status === 'seen' ? 'm.rank >= 4' : 'm.rank >= 5');
  const length = inLast === null ? null : windowInterval(inLast);
  const within = length === null ? raw('') : sql` and m.sent_at + ${length} > ${t}`;
  const leaves = length === null ? raw('null::timestamptz') : sql`min(m.sent_at + ${length})`;
  return sql`select m.channel, count(*) as tries, count(*) filter (where ${answered}) as successes, ${leaves} as leaves from parcours.message m where m.lane = p.lane and m.profile_id = p.profile_id and m.channel = any(${param(channels)}::text[]) and m.rank >= 2 and m.sent_at <= ${t}${within} group by m.channel`;
}

/** Everybody: under `rates` by channel the prior's alpha and beta. A channel on which nobody got anything has none, and isn't preferred. */
export function channelValue(definition: Of<'preferred_channel'>, bounds: Sql, t: Sql, joins: Joins): ByEverybody {
  const own = raw(
    joins.add(
      sql`select jsonb_object_agg(o.channel, jsonb_build_array(o.successes, o.tries)) as of, sum(o.tries) as tries, min(o.leaves) as leaves from (${ownMessages(definition, t)}) o`,
    ),
  );
  const { rates } = taken(bounds, { rates: `b.bounds -> 'rates'` }, joins);
  const number = (json: Sql) => sql`(${json})::double precision`;
  const alpha = number(sql`${rates} -> c.channel -> 'alpha'`);
  const beta = number(sql`${rates} -> c.channel -> 'beta'`);
  const successes = sql`coalesce(${number(sql`${own}.of -> c.channel -> 0`)}, 0)`;
  const tries = sql`coalesce(${number(sql`${own}.of -> c.channel -> 1`)}, 0)`;
  const rate = sql`(${alpha} + ${successes}) / (${alpha} + ${beta} + ${tries})`;
  const best = sql`select to_jsonb(c.channel) from unnest(${param(definition.channels)}::text[]) with ordinality c(channel, i) where ${rates} ? c.channel order by ${rate} desc, c.i limit 1`;
  return {
    value: sql`case when ${own}.tries >= ${param(definition.atLeast)}::bigint then (${best}) end`,
    nextChange: definition.inLast === null ? null : sql`coalesce(${own}.leaves, ${infinity})`,
  };
}

/** Rows `channel, successes, tries, people`: what the priors are worked out of; and in `all` how many people there are together. */
export function channelRows(definition: Of<'preferred_channel'>, t: Sql, everybody: () => Sql): Sql {
  const each = sql`select o.channel, o.successes, o.tries, row_number() over () as i from (${ownMessages(definition, t)}) o`;
  return sql`select e.channel, e.successes::integer, e.tries::integer, count(*) as people, count(*) filter (where e.i = 1) as firsts ${everybody()} cross join lateral (${each}) e where p.merged_into is null group by e.channel, e.successes, e.tries order by e.channel, e.successes, e.tries`;
}
