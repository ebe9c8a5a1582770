/**
 * The statements of a program: each evaluates compiled conditions for a set of people given as arrays. The time, the lanes
 * and the profiles are its first parameters; its own values follow. Each person is looked up by key behind a fence (`offset 0`): joined
 * openly, a generic plan may read whole lanes and compare people with rows, which was measured at 200 times the cost.
 */
import { conditionPair, type Scope } from './condition-sql.ts';
import type { Condition, PropertyTest, ValueRef } from './ir.ts';
import { fencedLaneJoins } from './lane-joins.ts';
import { memberRows, pairRows } from './lanes-sql.ts';
import { inLanes, type Joins, type Lanes, lateralJoins, type Pair } from './pair.ts';
import type { LinkedTrait, Program } from './program.ts';
import { readsPerson } from './reading.ts';
import { type Scaled, scaleOver } from './scale-sql.ts';
import { enrollmentScope, liveScope, rankedBy, rowsToFit, scaleOfEverybody, storedTrait } from './scopes.ts';
import { join, param, raw, render, type Sql, type Statement, sql } from './sql.ts';
import { traitPair } from './trait-sql.ts';
import { testsHold } from './value-sql.ts';

/** The people of a statement, as aligned arrays. */
export interface PeopleArrays {
  readonly lanes: readonly number[];
  readonly profiles: readonly number[];
}

/** The enrollments of a statement: people with what `since`, `field` and `message` read. */
export interface EnrollmentArrays extends PeopleArrays {
  readonly journey: readonly string[];
  readonly key: readonly string[];
  readonly n: readonly number[];
  readonly enteredAt: readonly Date[];
  readonly stepSince: readonly Date[];
  readonly marks: readonly string[];
  readonly entry: readonly string[];
  /** For `pairsOverEnrollmentsUntil` alone. */
  readonly until?: readonly Date[];
}

/** A statement compiled once: its first parameters are filled at each call. */
export interface Prepared {
  readonly text: string;
  readonly rest: readonly unknown[];
  /** Of a statement over enrollments: it reads nothing of them but whose they are, and is given no more. */
  readonly isOfPeople?: true;
}

function prepared(firstFree: number, piece: Sql): Prepared {
  const { text, values } = render(piece, firstFree);
  return { text, rest: values };
}

const people = raw(
  'from unnest($2::smallint[], $3::bigint[]) with ordinality u(lane, profile_id, i) cross join lateral (select * from parcours.profile d where d.lane = u.lane and d.profile_id = u.profile_id offset 0) p',
);
const peopleLast = 3;
// The time is named even when no condition reads it: a parameter must have a type.
const typed = raw('where $1::timestamptz is not null');

const enrollmentArrays =
  '$2::smallint[], $3::bigint[], $4::text[], $5::text[], $6::integer[], $7::timestamptz[], $8::timestamptz[], $9::jsonb[], $10::jsonb[]';
const enrollmentColumns = 'lane, profile_id, journey, key, n, entered_at, step_since, marks, entry';
const profileOf =
  'cross join lateral (select * from parcours.profile d where d.lane = u.lane and d.profile_id = u.profile_id offset 0) p';
const enrollments = raw(`from unnest(${enrollmentArrays}) with ordinality u(${enrollmentColumns}, i) ${profileOf}`);
const enrollmentsUntil = raw(
  `from unnest(${enrollmentArrays}, $11::timestamptz[]) with ordinality u(${enrollmentColumns}, until, i) ${profileOf}`,
);
const enrollmentsLast = 10;

const t = raw('$1::timestamptz');

/** Whether a statement over whole lanes is always given all of them: it then needn't look whose lane each is. */
export type WhichLanes = 'some' | 'all';

function lanesOf(which: WhichLanes): Lanes {
  return { numbers: raw('$2::smallint[]'), areAll: which === 'all' };
}
// Named even when nothing reads them, as above.
const typedLanes = raw('where $1::timestamptz is not null and $2::smallint[] is not null');

/** Fills a prepared statement over people. */
export function forPeople(statement: Prepared, at: Date, arrays: PeopleArrays): Statement {
  return { text: statement.text, values: [at, arrays.lanes, arrays.profiles, ...statement.rest] };
}

/** Fills a prepared statement over enrollments. Of the arrays, those that it doesn't read aren't asked for. */
export function forEnrollments(statement: Prepared, at: Date, arrays: EnrollmentArrays): Statement {
  if (statement.isOfPeople) return forPeople(statement, at, arrays);
  const { lanes, profiles, journey, key, n, enteredAt, stepSince, marks, entry, until } = arrays;
  const values = [at, lanes, profiles, journey, key, n, enteredAt, stepSince, marks, entry];
  return { text: statement.text, values: [...values, ...(until === undefined ? [] : [until]), ...statement.rest] };
}

function pairColumns(pairs: readonly Pair[]): Sql {
  return join(
    pairs.flatMap(({ holds, nextChange }, i) => [
      sql`${holds} as h${raw(String(i))}`,
      sql`${nextChange === null ? raw('null::timestamptz') : sql`nullif(${nextChange}, 'infinity')`} as n${raw(String(i))}`,
    ]),
    ', ',
  );
}

function pairs(conditions: readonly Condition[], scope: Scope, joins: Joins): readonly Pair[] {
  return conditions.map((condition) => conditionPair(condition, scope, joins));
}

/** Rows `i` (from 1) with h0, n0, h1, n1 … for each condition, over people. */
export function pairsOverPeople(program: Program, conditions: readonly Condition[]): Prepared {
  const joins = lateralJoins();
  const columns = pairColumns(pairs(conditions, liveScope(t, program.definitions), joins));
  return prepared(peopleLast + 1, sql`select u.i::integer as i, ${columns} ${people} ${joins.all()} ${typed}`);
}

/** The same over enrollments, whose own past the conditions may read. */
export function pairsOverEnrollments(program: Program, conditions: readonly Condition[]): Prepared {
  const joins = lateralJoins();
  const columns = pairColumns(pairs(conditions, enrollmentScope(t, program.definitions), joins));
  return leanest(sql`${columns}, p.zone`, joins.all());
}

/** What a statement may read of an enrollment beyond whose it is. */
const ownColumn = /\bu\.(?:journey|key|n|entered_at|step_since|marks|entry)\b/;

/** Most conditions read the person alone: their statements are given two arrays instead of nine, some of them of JSON. */
function leanest(columns: Sql, joins: Sql): Prepared {
  const over = (from: Sql) => sql`select u.i::integer as i, ${columns} ${from} ${joins} ${typed}`;
  const ofPeople = prepared(peopleLast + 1, over(people));
  if (!ownColumn.test(ofPeople.text)) return { ...ofPeople, isOfPeople: true };
  return prepared(enrollmentsLast + 1, over(enrollments));
}

/** The same, each read no later than its `until`: what happened after it doesn't count, and windows end there. */
export function pairsOverEnrollmentsUntil(program: Program, conditions: readonly Condition[]): Prepared {
  const joins = lateralJoins();
  const scope = enrollmentScope(raw('least($1::timestamptz, u.until)'), program.definitions);
  const columns = pairColumns(pairs(conditions, scope, joins));
  return prepared(
    enrollmentsLast + 2,
    sql`select u.i::integer as i, ${columns} ${enrollmentsUntil} ${joins.all()} ${typed}`,
  );
}

/** Rows `i` (from 1) with the columns made by `columns`, over enrollments. */
export function overEnrollments(columns: (t: Sql) => Sql): Prepared {
  return leanest(columns(t), raw(''));
}

/** Rows `i` (from 1) with the values v0, v1 … that references name, as jsonb, over enrollments. */
export function valuesOverEnrollments(program: Program, refs: readonly ValueRef[]): Prepared {
  return overEnrollments((at) => {
    const scope = enrollmentScope(at, program.definitions);
    const values = refs.map((ref, i) => sql`nullif(${scope.value(ref)}, 'null') as v${raw(String(i))}`);
    return join(values, ', ');
  });
}

/** A trait that ranks people among everybody. */
export type RankingTrait = LinkedTrait & { readonly definition: Scaled };

/** A statement over computed traits. */
export interface PreparedTraits extends Prepared {
  /** For each trait whether time alone may change it. */
  readonly timed: readonly boolean[];
}

/** Columns v0, n0, v1 … (value, next change) of traits of the person `p`, counted from `first`, with the joins that they need. */
function traitColumns(
  program: Program,
  traits: readonly LinkedTrait[],
  { scope, joins, first }: { readonly scope: Scope; readonly joins: Joins; readonly first: number },
) {
  const found = traits.map((trait) => traitPair(trait, scope, joins, program.definitions));
  const columns = found.map(({ value, nextChange }, i) => {
    const next = nextChange === null ? raw('null::timestamptz') : sql`nullif(${nextChange}, 'infinity')`;
    const n = raw(String(first + i));
    return sql`${value} as v${n}, ${next} as n${n}`;
  });
  return {
    columns: join(columns, ', '),
    joins: joins.all(),
    timed: found.map(({ nextChange }) => nextChange !== null),
  };
}

/** Whether the stored value of the trait differs from the column. */
function differs({ name }: LinkedTrait, column: number): Sql {
  return sql`nullif(x.traits -> ${param(name)}::text, 'null') is distinct from x.v${raw(String(column))}`;
}

/**
 * Rows `i` (from 1) with v0, n0, c0, v1 … for each computed trait over people: value, next change, and whether the stored projection
 * differs.
 */
export function traitsOverPeople(program: Program, traits: readonly LinkedTrait[]): PreparedTraits {
  const scope = liveScope(t, program.definitions);
  const { columns, joins, timed } = traitColumns(program, traits, { scope, joins: lateralJoins(), first: 0 });
  const changes = traits.map((trait, i) => sql`${differs(trait, i)} as c${raw(String(i))}`);
  // Behind a fence: each value is read twice.
  const rows = sql`select u.i::integer as i, p.traits, ${columns} ${people} ${joins} ${typed} offset 0`;
  return { ...prepared(peopleLast + 1, sql`select x.*, ${join(changes, ', ')} from (${rows}) x`), timed };
}

/**
 * Rows `lane, profile_id, patch, v0, n0, c0, v1 …` of everybody of the lanes ($2), for fills: of each trait its value, its next change and
 * whether the stored projection differs; the patch brings the projection up to date. Traits of a stage read those of the stages before as
 * they will stand, so that what is made of each other is written once.
 */
export function traitsOverLanes(
  program: Program,
  stages: readonly (readonly LinkedTrait[])[],
  which: WhichLanes = 'some',
): PreparedTraits {
  const { from, timed } = stagedPeople(program, stages, lanesOf(which));
  const traits = stages.flat();
  const changes = traits.map((trait, i) => sql`${differs(trait, i)} as c${raw(String(i))}`);
  // Behind a fence: each is read several times.
  const rows = sql`select x.*, ${join(changes, ', ')} from (select p.* ${from}) x offset 0`;
  const columns = traits.map((_, i) => `s.v${i}, s.n${i}, s.c${i}, `).join('');
  const all = sql`select s.lane, s.profile_id, ${raw(columns)}${patchOf(traits)} as patch from (${rows}) s order by s.lane, s.profile_id`;
  return { ...prepared(3, all), timed };
}

/**
 * Everybody of the lanes as rows `p` (lane, profile_id, zone, traits) with v0, n0, v1 … for each of the traits: `from`. Each stage is a query
 * around the one before; `scope` reads them where they stand.
 */
function stagedPeople(program: Program, stages: readonly (readonly LinkedTrait[])[], lanes: Lanes) {
  const timed: boolean[] = [];
  const found = new Map<string, string>();
  const trait = (name: string) => {
    const column = found.get(name);
    return column === undefined ? storedTrait(name) : raw(`p.${column}`);
  };
  const scope = liveScope(t, program.definitions, lanes, trait);
  let from = sql`from parcours.profile p`;
  let where = sql` ${typedLanes} and p.merged_into is null${inLanes('p', lanes)}`;
  for (const traits of stages) {
    const first = timed.length;
    const carried = raw(timed.map((_, i) => `p.v${i}, p.n${i}, `).join(''));
    const asked = traitColumns(program, traits, { scope, joins: fencedLaneJoins(lanes), first });
    const rows = sql`select p.lane, p.profile_id, p.zone, p.traits, ${carried}${asked.columns} ${from} ${asked.joins}${where}`;
    timed.push(...asked.timed);
    for (const [i, { name }] of traits.entries()) found.set(name, `v${first + i}`);
    // Behind a fence: what a stage found is read several times.
    from = sql`from (${rows} offset 0) p`;
    where = raw('');
  }
  return { from, where, scope, timed };
}

/** The columns of the traits as the object that is laid over a projection; a value that is missing and was so is left out. */
function patchOf(traits: readonly LinkedTrait[]): Sql {
  const pairs = traits.map(({ name }, i) => sql`${param(name)}::text, ${raw(`s.v${i}`)}`);
  const object = sql`jsonb_build_object(${join(pairs, ', ')})`;
  const missing = raw(traits.map((_, i) => `s.v${i} is null`).join(' or '));
  const left = traits.map(
    ({ name }, i) => sql`case when ${raw(`s.v${i} is null and not s.c${i}`)} then ${param(name)}::text end`,
  );
  return sql`case when ${missing} then ${object} - array[${join(left, ', ')}] else ${object} end`;
}

/** One row `bounds, people`: what a trait reads of everybody, as it stands at $1; null where rows are fitted (`rowsToFitOverEverybody`). */
export function scaleOverEverybody(program: Program, trait: string): Prepared | null {
  const joins = lateralJoins();
  const scope = liveScope(t, program.definitions);
  const scale = scaleOfEverybody(trait, scope, joins, program.definitions);
  return scale === null ? null : prepared(2, scale);
}

/**
 * Rows `trait, bounds, people` of traits that rank people, over everybody ($2: all lanes) as of $1, before lanes keep what people are ranked
 * by: the stages are what that is made of, worked out where it is read.
 */
export function scalesAhead(
  program: Program,
  ranks: readonly RankingTrait[],
  stages: readonly (readonly LinkedTrait[])[],
): Prepared {
  const lanes = lanesOf('all');
  const { from, where, scope } = stagedPeople(program, stages, lanes);
  const joins = fencedLaneJoins(lanes);
  const columns = ranks.map(({ definition }, i) => {
    const { value, asked } = rankedBy(definition, scope, joins, program.definitions);
    const n = raw(String(i));
    return sql`${value} as v${n}, ${asked} as a${n}`;
  });
  const each = ranks.map(({ name, definition }, i) => {
    const ranked = raw(`select x.v${i} as value from x where x.a${i} and x.v${i} is not null`);
    return sql`select ${param(name)}::text as trait, s.bounds, s.people from (${scaleOver(definition, ranked)}) s`;
  });
  const rows = sql`select ${join(columns, ', ')} ${from} ${joins.all()}${where}`;
  return prepared(3, sql`with x as materialized (${rows}) ${join(each, ' union all ')}`);
}

/** The rows to which a trait's models or priors are fitted, as they stand at $1. */
export function rowsToFitOverEverybody(program: Program, trait: string): Prepared {
  return prepared(2, rowsToFit(trait, t, program.definitions));
}

/** Everybody of the lanes ($2) who satisfies a condition or may by time alone: `lane, profile_id, holds, next_change`. */
export function pairOverLanes(program: Program, condition: Condition, which: WhichLanes = 'some'): Prepared {
  const lanes = lanesOf(which);
  const rows = pairRows(condition, laneScope(program, lanes), lanes);
  return prepared(3, sql`select x.* from (${rows}) x ${typedLanes}`);
}

/** The same of several segments, for fills: `segment, lane, profile_id, holds, next_change`. */
export function segmentsOverLanes(
  program: Program,
  segments: readonly { readonly id: string; readonly where: Condition }[],
  which: WhichLanes = 'some',
): Prepared {
  const lanes = lanesOf(which);
  const scope = laneScope(program, lanes);
  const each = segments.map(
    ({ id, where }) =>
      sql`select ${param(id)}::text as segment, x.lane, x.profile_id, x.holds, x.next_change from (${pairRows(where, scope, lanes)}) x ${typedLanes}`,
  );
  return prepared(3, join(each, ' union all '));
}

function laneScope(program: Program, lanes: Lanes): Scope {
  return liveScope(t, program.definitions, lanes);
}

/** Everybody of the lanes ($2) who satisfies a condition: `lane, profile_id`. */
export function membersOverLanes(program: Program, condition: Condition, which: WhichLanes = 'some'): Prepared {
  const lanes = lanesOf(which);
  const rows = memberRows(condition, laneScope(program, lanes), lanes);
  return prepared(3, sql`select x.* from (${rows}) x ${typedLanes}`);
}

/** Of the given properties ($2 jsonb[]) of events of people ($3, $4), the positions `i` that pass an event's `where`. */
export function eventsThatMatch(program: Program, where: readonly PropertyTest[]): Prepared {
  const scope = liveScope(t, program.definitions);
  // Without anything of the person's to compare with, no table is read.
  const person = where.some(({ test }) => readsPerson(test))
    ? raw(
        'cross join lateral (select * from parcours.profile d where d.lane = e.lane and d.profile_id = e.profile_id offset 0) p',
      )
    : raw('cross join (select null::text as zone) p');
  return prepared(
    5,
    sql`select e.i::integer as i from unnest($2::jsonb[], $3::smallint[], $4::bigint[]) with ordinality e(properties, lane, profile_id, i) ${person} where ${testsHold(where, raw('e.properties'), scope)} and $1::timestamptz is not null`,
  );
}
