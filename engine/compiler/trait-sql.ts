/**
 * Computed traits as SQL: the value in its stored form (SQL null where there is none) and a time before which it can't change
 * with no new fact. Traits and segments that a definition reads are read through the scope; the bounds of quantiles, which
 * everybody shares, are in `scale-sql.ts`.
 */
import { affinityValue, bestHourValue, channelValue } from './affinity-sql.ts';
import { conditionPair, type Scope } from './condition-sql.ts';
import type { Definitions } from './definitions.ts';
import { aggregate, aggregateOf, edgeValue, sumOf } from './event-sql.ts';
import type { Condition, Formula, Money, TraitDefinition, Value, ValueType } from './ir.ts';
import { zoneOf } from './moment-sql.ts';
import { infinity, type Joins, type Pair } from './pair.ts';
import { predictedValue } from './prediction-sql.ts';
import { partOf, type Refreshed, type Scaled } from './scale-sql.ts';
import { join, param, raw, type Sql, sql } from './sql.ts';
import { countAll, totalOf } from './totals.ts';
import { isOfType } from './value-sql.ts';

/** A computed value as jsonb, or null; `nextChange` null: never by time alone. */
export interface TraitPair {
  readonly value: Sql;
  readonly nextChange: Sql | null;
}

type Of<K extends TraitDefinition['kind']> = Extract<TraitDefinition, { readonly kind: K }>;

/** What a definition is compiled with. */
interface Reading {
  readonly scope: Scope;
  readonly joins: Joins;
  readonly definitions: Definitions;
}

/** A computed trait by name. */
export interface ComputedTrait {
  readonly name: string;
  readonly type: ValueType;
  readonly definition: TraitDefinition;
}

/** The pair of a computed trait. */
export function traitPair(trait: ComputedTrait, scope: Scope, joins: Joins, definitions: Definitions): TraitPair {
  const { name, type, definition } = trait;
  const reading: Reading = { scope, joins, definitions };
  switch (definition.kind) {
    case 'count':
    case 'sum':
    case 'distinct':
      return totalPair(definition, reading);
    case 'avg':
    case 'min':
    case 'max':
      return amountPair(definition, reading);
    case 'first':
    case 'last':
      return edgeTraitPair(definition, reading);
    case 'top':
      return topPair(definition, reading);
    case 'days_since':
      return daysPair(definition, reading);
    case 'last_seen':
      return lastSeenPair(definition, reading);
    case 'score':
      return scorePair(definition, reading);
    case 'bands':
      return still(bandOf(definition, reading));
    case 'quantile':
      return scaledPair(name, definition, (part) => sql`to_jsonb(${part})`, reading);
    case 'shares': {
      const labels = join(
        definition.classes.map(({ is }) => constant(is)),
        ', ',
      );
      return scaledPair(name, definition, (part) => sql`(array[${labels}])[${part}]`, reading);
    }
    case 'affinity':
    case 'preferred_channel':
    case 'best_hour':
    case 'clv':
    case 'churn_risk':
      return everybodysPair(name, definition, reading);
    case 'cases':
      return casesPair(definition, reading);
    case 'coalesce':
      return still(sql`coalesce(${join(knownOf(definition.traits, reading), ', ')})`);
    case 'formula':
      return still(formulaValue(definition, type, reading));
  }
}

/** A value that only changes with what it reads. */
function still(value: Sql): TraitPair {
  return { value, nextChange: null };
}

function totalPair(definition: Of<'count' | 'sum' | 'distinct'>, { scope, joins }: Reading): TraitPair {
  const measured = {
    count: () => countAll,
    sum: () => sumOf(definition.kind === 'sum' ? definition.unit : null),
    distinct: () => {
      const { of, type } = definition as Of<'distinct'>;
      return aggregateOf('distinct', of, { type, unit: null });
    },
  }[definition.kind]();
  const { total, nextChange } = aggregate(definition.events, scope, measured, joins);
  const unit = definition.kind === 'sum' ? definition.unit : null;
  return { value: unit === null ? sql`to_jsonb(${total})` : moneyOf(total, unit), nextChange };
}

function moneyOf(amount: Sql, currency: string): Sql {
  return sql`jsonb_build_object('amount', ${amount}, 'currency', ${param(currency)}::text)`;
}

/** An average is rounded like the result of a formula. */
function amountPair({ kind, events, of, type, unit }: Of<'avg' | 'min' | 'max'>, reading: Reading): TraitPair {
  const { total, nextChange } = aggregate(events, reading.scope, aggregateOf(kind, of, { type, unit }), reading.joins);
  return { value: roundedTo(type, total, unit ?? reading.definitions.currency), nextChange };
}

function edgeTraitPair({ kind, events, of, type }: Of<'first' | 'last'>, { scope, joins }: Reading): TraitPair {
  const { value, nextChange } = edgeValue(kind, events, of, scope, joins);
  return { value: sql`case when ${isOfType(type, value)} then ${value} end`, nextChange };
}

/** Values in the order in which they happened; of those that are equally common, the last to come is the latest. */
function topPair({ events, of, type, atLeast }: Of<'top'>, { scope, joins }: Reading): TraitPair {
  const json = sql`(e.properties -> ${param(of)}::text)`;
  const isHour = of === 'local_hour';
  const value = isHour ? sql`to_jsonb(to_char(e.occurred_at at time zone ${zoneOf(scope)}, 'HH24') || ':00')` : json;
  const isKnown = isHour ? raw('true') : isOfType(type, json);
  const values = totalOf(sql`array_agg(${value} order by e.occurred_at, e.event_id)`, isKnown);
  const { total, nextChange } = aggregate(events, scope, values, joins);
  const commonest = sql`select x.value from unnest(${total}) with ordinality x(value, n) group by x.value order by count(*) desc, max(x.n) desc limit 1`;
  const found = sql`case when cardinality(${total}) >= ${param(atLeast)}::integer then (${commonest}) end`;
  return { value: found, nextChange };
}

/** Whole days of 24 hours; the next one is over at a known time. */
function daysPair({ of, events }: Of<'days_since'>, { scope, joins }: Reading): TraitPair {
  const edge = edgeValue(of, events, null, scope, joins);
  const at = edge.at ?? sql`parcours.instant(${edge.value})`;
  const days = sql`floor(extract(epoch from ${scope.t} - ${at}) / 86400)`;
  const nextDay = sql`coalesce(${at} + (${days}::integer + 1) * interval '24 hours', ${infinity})`;
  const nextChange = edge.nextChange === null ? nextDay : sql`least(${edge.nextChange}, ${nextDay})`;
  return { value: sql`to_jsonb(${days}::bigint)`, nextChange };
}

/** By the day, so that it changes once a day at most. The newest event of each type is one look into the index. */
function lastSeenPair({ events }: Of<'last_seen'>, { scope, joins }: Reading): TraitPair {
  const newest = sql`select e.occurred_at as at from parcours.event e where e.lane = p.lane and e.type = k.type and e.profile_id = p.profile_id and e.occurred_at <= ${scope.t} order by e.occurred_at desc limit 1`;
  const alias = joins.add(
    sql`select max(x.at) as at from unnest(${param(events.types)}::text[]) k(type) cross join lateral (${newest}) x`,
  );
  const zone = zoneOf(scope);
  const day = sql`parcours.local_instant(date_trunc('day', ${raw(`${alias}.at`)} at time zone ${zone}), ${zone})`;
  return still(sql`to_jsonb((extract(epoch from ${day}) * 1000)::bigint)`);
}

function conditionsOf(conditions: readonly Condition[], { scope, joins }: Reading): readonly Pair[] {
  return conditions.map((condition) => joins.name(conditionPair(condition, scope, joins)));
}

function earliest(pairs: readonly Pair[]): Sql | null {
  const changes = pairs.flatMap(({ nextChange }) => nextChange ?? []);
  return changes.length === 0 ? null : sql`least(${join(changes, ', ')})`;
}

function scorePair({ of, clamp }: Of<'score'>, reading: Reading): TraitPair {
  const pairs = conditionsOf(
    of.map((part) => part.if),
    reading,
  );
  const points = pairs.map(({ holds }, i) => sql`case when ${holds} then ${param(of[i]?.add)}::numeric else 0 end`);
  const sum = points.length === 0 ? raw('0') : join(points, ' + ');
  const held =
    clamp === null ? sum : sql`greatest(${param(clamp.low)}::numeric, least(${param(clamp.high)}::numeric, ${sum}))`;
  return { value: sql`to_jsonb(${held})`, nextChange: earliest(pairs) };
}

/** What comes after the case that holds has no say in when the value changes. */
function casesPair({ cases, otherwise }: Of<'cases'>, reading: Reading): TraitPair {
  const pairs = conditionsOf(
    cases.map((one) => one.if),
    reading,
  );
  const values = pairs.map(({ holds }, i) => sql`when ${holds} then ${constant((cases[i] as { is: Value }).is)}`);
  const last = otherwise === null ? raw('null') : constant(otherwise);
  const value = values.length === 0 ? last : sql`case ${join(values, ' ')} else ${last} end`;
  const all = earliest(pairs);
  if (all === null) return still(value);
  const changes = pairs.map(({ holds }, i) => sql`when ${holds} then ${earliest(pairs.slice(0, i + 1)) ?? infinity}`);
  return { value, nextChange: sql`case ${join(changes, ' ')} else ${all} end` };
}

function constant(value: Value): Sql {
  return sql`${param(JSON.stringify(value))}::jsonb`;
}

/** The values of the traits where they are of their type. */
function knownOf(traits: readonly string[], { scope, definitions }: Reading): readonly Sql[] {
  return traits.map((name) => {
    const json = scope.trait(name);
    return sql`case when ${isOfType(definitions.trait(name).type, json)} then ${json} end`;
  });
}

/** A trait as a number that has an order: amounts in minor units of the currency, days, milliseconds. Null where there is none. */
export function numberOfTrait(
  name: string,
  { scope, definitions }: Pick<Reading, 'scope' | 'definitions'>,
  currency: string = definitions.currency,
): Sql {
  const json = scope.trait(name);
  return numberOf(definitions.trait(name).type, json, currency);
}

function numberOf(type: ValueType, json: Sql, currency: string): Sql {
  if (type !== 'money') return sql`parcours.num(${json})`;
  return sql`(case when ${json} ->> 'currency' = ${param(currency)}::text then parcours.num(${json} -> 'amount') end)`;
}

/** Somebody whose trait has no value is in no band. */
function bandOf({ of, below, from }: Of<'bands'>, { scope, definitions }: Reading): Sql {
  const [lowest] = from;
  const currency = typeof lowest?.bound === 'object' ? (lowest.bound as Money).currency : definitions.currency;
  const value = numberOfTrait(of, { scope, definitions }, currency);
  const bands = [...from].reverse().map(({ label, bound }) => {
    const amount = typeof bound === 'object' ? (bound as Money).amount : bound;
    return sql`when ${value} >= ${param(amount)}::numeric then ${constant(label)}`;
  });
  return sql`case when ${value} is null then null ${join(bands, ' ')} else ${constant(below)} end`;
}

/** The rank by the bounds that were computed last; until there are any, what is stored stays. */
function scaledPair(
  name: string,
  definition: Scaled,
  labelOf: (part: Sql) => Sql,
  { scope, joins, definitions }: Reading,
): TraitPair {
  const among = definition.among === null ? null : joins.name(conditionPair(definition.among, scope, joins));
  const value = numberOfTrait(definition.of, { scope, definitions });
  const { bounds, meanwhile } = scope.scale(name);
  const part = partOf(definition, value, bounds);
  const asked = among === null ? sql`${value} is not null` : sql`${among.holds} and ${value} is not null`;
  const ranked = sql`case when ${asked} then ${labelOf(part)} end`;
  return {
    value: sql`case when ${bounds} is null then ${meanwhile} else ${ranked} end`,
    nextChange: among?.nextChange ?? null,
  };
}

/** By what was worked out over everybody last; until then what is stored stays. */
function everybodysPair(
  name: string,
  definition: Exclude<Refreshed, Scaled>,
  { scope, joins, definitions }: Reading,
): TraitPair {
  const { bounds, meanwhile } = scope.scale(name);
  const found = valueByEverybody(definition, bounds, { scope, joins, definitions });
  const isThere = raw(`${joins.add(sql`select ${bounds} is not null as yes`)}.yes`);
  const value = sql`case when ${isThere} then ${found.value} else ${meanwhile} end`;
  if (definition.kind !== 'best_hour' || definition.fallback === null) return { ...found, value };
  return { ...found, value: sql`coalesce(${value}, ${constant(definition.fallback)})` };
}

function valueByEverybody(
  definition: Exclude<Refreshed, Scaled>,
  bounds: Sql,
  { scope, joins, definitions }: Reading,
): TraitPair {
  switch (definition.kind) {
    case 'affinity':
      return affinityValue(definition, bounds, scope, joins);
    case 'preferred_channel':
      return channelValue(definition, bounds, scope.t, joins);
    case 'best_hour':
      return bestHourValue(definition, bounds, scope, joins);
    case 'clv':
    case 'churn_risk':
      return predictedValue(definition, bounds, definitions, { scope, joins });
  }
}

/** Decimals to which results are kept, so that a third three times is one again. */
const decimals = 10;

/**
 * Numbers are rounded to ten decimals, money to whole minor units, both half away from zero. A value that is missing, a division by
 * zero and what is beyond all measure make the result missing.
 */
function formulaValue({ formula, missing }: Of<'formula'>, type: ValueType, reading: Reading): Sql {
  return roundedTo(type, formulaSql(formula, missing, reading), reading.definitions.currency);
}

function roundedTo(type: ValueType, number: Sql, currency: string): Sql {
  const result = sql`round(${number}, ${raw(String(decimals))})`;
  if (type === 'money') {
    const amount = sql`round(${result})`;
    return sql`(select case when abs(x.amount) < 1e15 then ${moneyOf(raw('x.amount'), currency)} end from (select ${amount} as amount offset 0) x)`;
  }
  return sql`(select case when abs(x.number) < 1e100 then to_jsonb(x.number::double precision) end from (select ${result} as number offset 0) x)`;
}

function formulaSql(formula: Formula, missing: Readonly<Record<string, number>>, reading: Reading): Sql {
  if (formula.kind === 'number') return sql`${param(formula.value)}::numeric`;
  if (formula.kind === 'trait') {
    const value = numberOfTrait(formula.trait, reading);
    const instead = Object.hasOwn(missing, formula.trait) ? missing[formula.trait] : undefined;
    return instead === undefined ? value : sql`coalesce(${value}, ${param(instead)}::numeric)`;
  }
  const left = formulaSql(formula.left, missing, reading);
  const right = formulaSql(formula.right, missing, reading);
  if (formula.kind === '*') return sql`parcours.times(${left}, ${right})`;
  if (formula.kind === '/') return sql`parcours.over(${left}, ${right})`;
  return sql`(${left} ${raw(formula.kind)} ${right})`;
}
