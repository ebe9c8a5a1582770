/**
 * What a customer will spend and whether he will come back, as SQL: his history by days, and the models that were fitted last. The
 * functions are in the migration `0003-journeys.sql`, fitting is `activation/schedules/work-out-scale.ts`, the same in plain
 * functions `engine/measure/statistics/bg-nbd.ts`, `gamma-gamma.ts` and `lifetime-value.ts`.
 */
import { countingEvents, countsAtOnce, type EventReading } from './event-selection.ts';
import { aggregate, ofUnit } from './event-sql.ts';
import type { EventSelection, TraitDefinition } from './ir.ts';
import type { Joins } from './pair.ts';
import { join, param, raw, type Sql, sql } from './sql.ts';
import { countAll } from './totals.ts';

type Of<K extends TraitDefinition['kind']> = Extract<TraitDefinition, { readonly kind: K }>;

export type Predicted = Of<'clv' | 'churn_risk'>;

/** The house's zone, in which days of orders begin. */
interface House {
  readonly zone: string;
}

/** The models' parameters, times in days; `day` (since 1970) is the one up to which people were watched. */
export interface Models {
  readonly day: number;
  readonly bgNbd?: { readonly r: number; readonly alpha: number; readonly a: number; readonly b: number };
  readonly gammaGamma?: { readonly p: number; readonly q: number; readonly v: number };
  /** Why there is no model. */
  readonly refused?: string;
}

function dayOf(at: Sql, { zone }: House): Sql {
  return sql`((${at} at time zone ${param(zone)}::text)::date - date '1970-01-01')`;
}

interface Asking {
  readonly scope: EventReading;
  readonly joins: Joins;
}

interface History {
  /** Days with an order after the first one; −1 without any. */
  readonly x: Sql;
  /** Days since 1970; null without an order. */
  readonly first: Sql;
  readonly last: Sql;
  /** What was spent on the days after the first one. */
  readonly spent: Sql;
}

/** Orders of one day are one. The first is where the history begins, and says nothing of how often somebody comes back. */
function historyOf(events: EventSelection, unit: string | null, house: House, { scope, joins }: Asking): History {
  const value = sql`coalesce(sum(e.value) filter (where ${ofUnit(unit)}), 0)`;
  const days = sql`select ${dayOf(raw('e.occurred_at'), house)} as day, ${value} as value from ${countingEvents(events, scope)} group by 1`;
  const alias = joins.add(
    sql`select (count(*) - 1)::double precision as x, min(d.day) as first, max(d.day) as last, greatest(0, sum(d.value) - (array_agg(d.value order by d.day))[1])::double precision as spent from (${days}) d`,
  );
  return {
    x: raw(`${alias}.x`),
    first: raw(`${alias}.first`),
    last: raw(`${alias}.last`),
    spent: raw(`${alias}.spent`),
  };
}

const parameters = [
  ...(['r', 'alpha', 'a', 'b'] as const).map((name) => ({ model: 'bgNbd', name })),
  ...(['p', 'q', 'v'] as const).map((name) => ({ model: 'gammaGamma', name })),
];

/** The alias of a join with the parameters as numbers, each null where there is no such model. */
function modelsOf(bounds: Sql, joins: Joins): string {
  const columns = parameters.map(
    ({ model, name }) => sql`(m.b -> ${raw(`'${model}'`)} -> ${raw(`'${name}'`)})::double precision as ${raw(name)}`,
  );
  return joins.add(
    sql`select (m.b -> 'day')::integer as day, ${join(columns, ', ')} from (select ${bounds} as b offset 0) m offset 0`,
  );
}

const decimals = raw('4');

/**
 * The value in its stored form. People are watched up to the day of the last refresh, or their last order if that came later: so it changes
 * by orders and refreshes alone, and not by every day that passes.
 */
export function predictedValue(
  definition: Predicted,
  bounds: Sql,
  house: House,
  { scope, joins }: Asking,
): { readonly value: Sql; readonly nextChange: Sql | null } {
  const { events } = definition;
  const unit = definition.kind === 'clv' ? definition.unit : null;
  const history = historyOf(events, unit, house, { scope, joins });
  const models = modelsOf(bounds, joins);
  const at = (name: string) => raw(`${models}.${name}`);
  const { x, first, last } = history;
  const until = sql`greatest(${last}, least(${at('day')}, ${dayOf(scope.t, house)}))`;
  const watched = sql`${x}, (${last} - ${first})::double precision, (${until} - ${first})::double precision`;
  const model = sql`${at('r')}, ${at('alpha')}, ${at('a')}, ${at('b')}`;
  const alive = sql`parcours.bg_nbd_alive(${model}, ${watched})`;
  const nextChange = countsAtOnce(events) ? null : aggregate(events, scope, countAll, joins).nextChange;
  if (definition.kind === 'churn_risk') {
    return { value: numberWhere(sql`${x} > 0 and ${at('r')} is not null`, sql`1 - ${alive}`), nextChange };
  }
  const orders = (days: number) =>
    sql`parcours.bg_nbd_expected(${at('r')} + ${x}, ${at('alpha')} + (${until} - ${first}), ${at('a')}, ${at('b')} + ${x}, ${param(days)}::double precision)`;
  const worth = orderValue(at, history);
  switch (definition.predict) {
    case 'orders':
      return {
        value: numberWhere(sql`${x} >= 0 and ${at('r')} is not null`, sql`${alive} * ${orders(definition.over)}`),
        nextChange,
      };
    case 'order_value':
      return { value: amountWhere(sql`${x} >= 0`, worth, definition.unit), nextChange };
    case 'value': {
      const weighed = weights(definition).map(
        ({ days, weight }) => sql`${param(weight)}::double precision * ${orders(days)}`,
      );
      const value = sql`${alive} * (${join(weighed, ' + ')}) * ${worth}`;
      return { value: amountWhere(sql`${x} >= 0 and ${at('r')} is not null`, value, definition.unit), nextChange };
    }
  }
}

/** Between his own mean and everybody's, nearer to his own the more he ordered (equation 5 of Fader, Hardie 2013). */
function orderValue(at: (name: string) => Sql, { x, spent }: History): Sql {
  return sql`(${at('p')} * (${at('v')} + ${spent}) / (${at('p')} * ${x} + ${at('q')} - 1))`;
}

const quarterDays = 365.25 / 4;

/**
 * Σ over quarters of (E(t_k) − E(t_{k−1})) / (1 + discount)^(t_k in years), gathered by E: money of a quarter counts as received at its
 * end. Without a discount that is E at the end.
 */
export function weights({
  over,
  discount,
}: Pick<Of<'clv'>, 'over' | 'discount'>): readonly { readonly days: number; readonly weight: number }[] {
  if (discount === 0) return [{ days: over, weight: 1 }];
  const periods = Math.max(1, Math.ceil(over / quarterDays - 1e-9));
  const factor = (k: number) => (1 + discount / 10_000) ** (-(over * k) / periods / 365.25);
  return Array.from({ length: periods }, (_, i) => ({
    days: (over * (i + 1)) / periods,
    weight: factor(i + 1) - (i + 1 < periods ? factor(i + 2) : 0),
  }));
}

/** A number that is beyond all measure is missing. */
function numberWhere(condition: Sql, number: Sql): Sql {
  return sql`case when ${condition} then (select to_jsonb(round(y.n::numeric, ${decimals})) from (select ${number} as n offset 0) y where abs(y.n) < 1e15) end`;
}

function amountWhere(condition: Sql, amount: Sql, currency: string | null): Sql {
  if (currency === null) return numberWhere(condition, amount);
  const money = sql`jsonb_build_object('amount', round(y.n::numeric), 'currency', ${param(currency)}::text)`;
  return sql`case when ${condition} then (select ${money} from (select ${amount} as n offset 0) y where abs(y.n) < 1e15) end`;
}

/** People to whom models are fitted at most; of more so many are chosen by chance, the same ones each time. */
const sampleMax = 10_000;

/** What models are fitted to: how many people have ordered, the day, and grouped rows of all or a sample of them. */
export interface GroupedPeople {
  readonly people: number;
  readonly day: number;
  /** [frequency, recency, age, people], times in days */
  readonly histories: readonly (readonly [number, number, number, number])[];
  /** [orders, their mean value, people], of those who came back and spent anything */
  readonly spendings: readonly (readonly [number, number, number])[];
}

/** One row of `GroupedPeople`. */
export function groupedPeople(definition: Predicted, house: House, { scope, joins }: Asking): Sql {
  const unit = definition.kind === 'clv' ? definition.unit : null;
  const { x, first, last, spent } = historyOf(definition.events, unit, house, { scope, joins });
  const today = dayOf(scope.t, house);
  const each = sql`select p.profile_id, ${x}::integer as x, ${last} - ${first} as recency, ${today} - ${first} as age, ${spent} as spent from parcours.profile p ${joins.all()} where p.merged_into is null and ${first} is not null`;
  const sample = sql`select h.* from h cross join k where (hashint8(h.profile_id) & 2147483647) % k.every = 0`;
  const histories = raw(
    `select jsonb_agg(jsonb_build_array(g.x, g.recency, g.age, g.n) order by g.x, g.recency, g.age) from (select s.x, s.recency, s.age, count(*) as n from s group by 1, 2, 3) g`,
  );
  const spendings = raw(
    `select jsonb_agg(jsonb_build_array(g.x, g.mean, g.n) order by g.x, g.mean) from (select s.x, s.spent / s.x as mean, count(*) as n from s where s.x > 0 and s.spent > 0 group by 1, 2) g`,
  );
  return sql`with h as materialized (${each}), k as (select count(*) as people, greatest(1, ceil(count(*) / ${param(sampleMax)}::numeric))::bigint as every from h), s as materialized (${sample}) select k.people, ${today} as day, coalesce((${histories}), '[]') as histories, coalesce((${spendings}), '[]') as spendings from k`;
}
