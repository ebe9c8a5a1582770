/**
 * What events are worth, as SQL over events given as arrays: which pass the tests of a rule, the points that the rule gives for each, and
 * how much was bought, by which a refund says how much of it came back.
 */
import type { Scope } from './condition-sql.ts';
import { followPair } from './event-selection.ts';
import type { Condition, EventSelection, Follow, Points, PropertyTest, Rounding, Window } from './ir.ts';
import type { EarnRule, LinkedProgramme } from './linked-programme.ts';
import { calendarBounds, zoneOf } from './moment-sql.ts';
import type { Program } from './program.ts';
import type { Prepared } from './program-sql.ts';
import { readsPerson } from './reading.ts';
import { liveScope } from './scopes.ts';
import { join, param, raw, render, type Sql, sql } from './sql.ts';
import { testsHold } from './value-sql.ts';

const t = raw('$1::timestamptz');
const events = raw(
  'from unnest($2::jsonb[], $3::smallint[], $4::bigint[], $5::timestamptz[], $6::bigint[]) with ordinality e(properties, lane, profile_id, at, event_id, i)',
);

/**
 * Rows `i` (from 1), `points`, `base` (null: unknown) of the events that pass, for a rule. $2 properties, $3 lanes, $4 profiles, $5 times,
 * $6 numbers of events. Where points go by times, `points` is 1: how often it was is for who knows the ledger.
 */
export function pointsOfEvents(program: Program, programme: LinkedProgramme, rule: EarnRule): Prepared {
  return measured(program, { programme, rule, tests: rule.when.where, isRefund: false });
}

/** Rows `i`, `base` of the refunds that pass: how much came back of what the rule rewards (null: all). */
export function basesOfRefunds(program: Program, programme: LinkedProgramme, rule: EarnRule): Prepared {
  return measured(program, { programme, rule, tests: programme.body.refunds?.when.where ?? [], isRefund: true });
}

interface Measured {
  readonly programme: LinkedProgramme;
  readonly rule: EarnRule;
  readonly tests: readonly PropertyTest[];
  readonly isRefund: boolean;
}

function measured(program: Program, { programme, rule, tests, isRefund }: Measured): Prepared {
  const scope = liveScope(t, program.definitions);
  const all = [...tests, ...rule.where];
  // Without anything of the person's to compare with, no table is read.
  const person = all.some(({ test }) => readsPerson(test))
    ? raw(
        'cross join lateral (select * from parcours.profile d where d.lane = e.lane and d.profile_id = e.profile_id offset 0) p',
      )
    : raw('cross join (select null::text as zone) p');
  const base = programme.bases.get(rule.id) ?? null;
  const worth =
    rule.each === null
      ? sql`select ${pointsFor(programme, rule, raw('e.properties'))} as points, ${amountOf(rule, base, raw('e.properties'))} as base`
      : elements(programme, rule, { passes: testsHold(rule.where, raw('x.value'), scope), base });
  const first = rule.isFirst === true && !isRefund ? sql` and ${isFirst(rule, scope)}` : raw('');
  const passes = sql`${testsHold(tests, raw('e.properties'), scope)} and ${t} is not null and e.at is not null and e.event_id is not null${first}`;
  const gives = isRefund ? raw('') : raw(' and w.points > 0');
  const { text, values } = render(
    sql`select e.i::integer as i, w.points::bigint as points, w.base::double precision as base ${events} ${person} cross join lateral (${worth}) w where ${passes}${gives}`,
    7,
  );
  return { text, rest: values };
}

/** Nothing of the kind happened to the person before, by the time it happened; history counts. */
function isFirst({ when }: EarnRule, scope: Scope): Sql {
  return sql`not exists (select 1 from parcours.event d where d.lane = e.lane and d.profile_id = e.profile_id and d.type = any(${param(when.types)}::text[]) and (d.occurred_at, d.event_id) < (e.at, e.event_id) and ${testsHold(when.where, raw('d.properties'), scope)})`;
}

/** Sums over the elements that pass; a list that isn't there has none, and says nothing of what came back. */
function elements(
  programme: LinkedProgramme,
  rule: EarnRule,
  { passes, base }: { readonly passes: Sql; readonly base: string | null },
): Sql {
  const list = sql`(e.properties -> ${param(rule.each)}::text)`;
  const isList = sql`jsonb_typeof(${list}) = 'array'`;
  const amount = base === null ? raw('1::numeric') : amountOf(rule, base, raw('x.value'));
  return sql`select coalesce(sum(${pointsFor(programme, rule, raw('x.value'))}), 0) as points, case when ${isList} then coalesce(sum(${amount}), 0) end as base from jsonb_array_elements(case when ${isList} then ${list} else '[]' end) x(value) where ${passes}`;
}

/** Points never grow beyond what can be booked. */
const pointsMax = 1_000_000_000;

function pointsFor(programme: LinkedProgramme, rule: EarnRule, object: Sql): Sql {
  const { points } = rule;
  if (points.kind === 'fixed') return sql`${param(points.points)}::bigint`;
  // How often it was, and what is drawn, SQL doesn't know.
  if (points.kind === 'nth' || points.kind === 'draw') return raw('1::bigint');
  const round = rounders[rule.round ?? programme.body.points.round ?? 'down'];
  const times = sql`${raw(round)}(${amountOf(rule, points.of, object)} / ${param(points.per)}::numeric)`;
  const whole = points.bands === undefined ? sql`${times} * ${param(points.give)}::bigint` : inBands(points, times);
  return sql`least(${param(pointsMax)}::bigint, greatest(0, coalesce(${whole}, 0)))`;
}

const rounders: Readonly<Record<Rounding, string>> = { down: 'floor', up: 'ceil', nearest: 'round' };

/** Each whole `per` gives the points of the band in which it begins. */
function inBands({ per, bands = [] }: Extract<Points, { readonly kind: 'per' }>, times: Sql): Sql {
  const firsts = bands.map(({ from }) => Math.ceil(from / per));
  const parts = bands.map(({ give }, i) => {
    const next = firsts[i + 1];
    const upTo = next === undefined ? sql`w.times` : sql`least(w.times, ${param(next)}::numeric)`;
    return sql`greatest(0, ${upTo} - ${param(firsts[i] as number)}::numeric) * ${param(give)}::bigint`;
  });
  return sql`(select ${join(parts, ' + ')} from (select ${times} as times) w)`;
}

/** A number, or an amount of the rule's currency in its minor unit; null: neither. */
function amountOf({ points }: EarnRule, property: string | null, object: Sql): Sql {
  if (property === null) return raw('null::numeric');
  const value = sql`(${object} -> ${param(property)}::text)`;
  const money = sql`parcours.num(${value} -> 'amount')`;
  if (points.kind !== 'per') return sql`coalesce(parcours.num(${value}), ${money})`;
  if (points.unit === undefined) return sql`parcours.num(${value})`;
  return sql`case when ${value} ->> 'currency' = ${param(points.unit)}::text then ${money} end`;
}

export type Challenge = LinkedProgramme['body']['challenges'][number];

/**
 * Rows `i` (from 1) of the people ($2 lanes, $3 profiles) who did it in so many units of their calendar in a row, the running one included;
 * purchases that were refunded don't count.
 */
export function streaksOverPeople(program: Program, programme: LinkedProgramme, { of, reach }: Challenge): Prepared {
  if (of.kind !== 'streak') throw new Error(`assertion failed: ${of.kind} is no streak`);
  const scope = liveScope(t, program.definitions);
  const { start } = calendarBounds(of.every, scope);
  const zone = zoneOf(scope);
  const shift = raw(`interval '${of.every === 'week' ? scope.weekStarts : 0} days'`);
  const unit = sql`date_trunc('${raw(of.every)}', (e.occurred_at at time zone ${zone}) - ${shift})`;
  const first = sql`parcours.local_instant((${start} at time zone ${zone}) - ${param(reach - 1)}::integer * ${raw(`interval '1 ${of.every}'`)}, ${zone})`;
  const refund = refundOf(programme, of.events);
  const kept = refund === null ? raw('') : sql` and ${followPair(refund, { kind: 'ever' }, scope).holds}`;
  const done = sql`select count(distinct ${unit}) from parcours.event e where e.lane = p.lane and e.profile_id = p.profile_id and e.type = any(${param(of.events.types)}::text[]) and e.occurred_at >= ${first} and e.occurred_at <= ${t} and ${testsHold(of.events.where, raw('e.properties'), scope)}${kept}`;
  const people = raw(
    'from unnest($2::smallint[], $3::bigint[]) with ordinality u(lane, profile_id, i) cross join lateral (select * from parcours.profile d where d.lane = u.lane and d.profile_id = u.profile_id offset 0) p',
  );
  const { text, values } = render(
    sql`select u.i::integer as i ${people} where (${done}) >= ${param(reach)}::bigint`,
    4,
  );
  return { text, rest: values };
}

/** What is true of who has done as much as a challenge asks, in its window; purchases that were refunded don't count. */
export function challengeCondition({ of, reach, window }: Challenge, programme: LinkedProgramme): Condition {
  const inWindow = (events: EventSelection): EventSelection => {
    const refund = refundOf(programme, events);
    return { ...events, window: windowOf(window), ...(refund !== null && { followed: refund }) };
  };
  const atLeast = (value: number) => ({ op: 'gte', value }) as const;
  switch (of.kind) {
    case 'count':
      return { kind: 'count', events: inWindow(of.events), test: atLeast(reach) };
    case 'collect': {
      const unit = { unit: null, test: atLeast(reach) };
      return { kind: 'aggregate', fn: 'distinct', events: inWindow(of.events), of: of.of, type: of.type, ...unit };
    }
    case 'set': {
      const done = of.parts.map((part): Condition => ({ kind: 'count', events: inWindow(part), test: atLeast(1) }));
      return { kind: 'any', of: choices(done, reach).map((some) => ({ kind: 'all', of: some })) };
    }
    case 'streak':
      throw new Error('assertion failed: a streak is no condition');
  }
}

/** That events weren't refunded; null: they are none that rules reward and refunds take back. */
function refundOf({ body: { refunds, earn } }: LinkedProgramme, events: EventSelection): Follow | null {
  const rewarded = earn.flatMap(({ id, when }) => (refunds?.reverse.includes(id) ? when.types : []));
  if (refunds === null || !events.types.every((type) => rewarded.includes(type))) return null;
  const { types, where } = refunds.when;
  return { not: true, types, where, match: refunds.match, within: null, isWhenever: true };
}

/** Every way to choose so many of some; a set has few. */
function choices<T>(some: readonly T[], count: number): readonly (readonly T[])[] {
  if (count === 0) return [[]];
  const [first, ...rest] = some;
  if (first === undefined) return [];
  return [...choices(rest, count - 1).map((chosen) => [first, ...chosen]), ...choices(rest, count)];
}

function windowOf(window: Challenge['window']): Window {
  switch (window.kind) {
    case 'lifetime':
      return { kind: 'ever' };
    case 'rolling':
      return { kind: 'in_last', duration: window.duration };
    case 'calendar':
      return { kind: 'calendar', unit: window.unit };
  }
}
