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
import { enrollmentScope, liveScope, rowsToFit, scaleOfEverybody } from './scopes.ts';
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

/** Fills a prepared statement over enrollments. */
export function forEnrollments(statement: Prepared, at: Date, arrays: EnrollmentArrays): Statement {
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
  return prepared(
    enrollmentsLast + 1,
    sql`select u.i::integer as i, ${columns} ${enrollments} ${joins.all()} ${typed}`,
  );
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
  return prepared(enrollmentsLast + 1, sql`select u.i::integer as i, ${columns(t)} ${enrollments} ${typed}`);
}

/** Rows `i` (from 1) with the values v0, v1 … that references name, as jsonb, over enrollments. */
export function valuesOverEnrollments(program: Program, refs: readonly ValueRef[]): Prepared {
  return overEnrollments((at) => {
    const scope = enrollmentScope(at, program.definitions);
    const values = refs.map((ref, i) => sql`nullif(${scope.value(ref)}, 'null') as v${raw(String(i))}`);
    return join(values, ', ');
  });
}

/** A statement over computed traits. */
export interface PreparedTraits extends Prepared {
  /** For each trait whether time alone may change it. */
  readonly timed: readonly boolean[];
}

/** Columns v0, n0, v1 … (value, next change) of traits of the person `p`, counted from `first`, with the joins that they need. */
function traitColumns(
  program: Program,
  traits: readonly LinkedTrait[],
  { joins, first }: { readonly joins: Joins; readonly first: number },
) {
  const { definitions } = program;
  const scope = liveScope(t, definitions, joins.lanes);
  const found = traits.map((trait) => traitPair(trait, scope, joins, definitions));
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
  const { columns, joins, timed } = traitColumns(program, traits, { joins: lateralJoins(), first: 0 });
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
  const lanes = lanesOf(which);
  const timed: boolean[] = [];
  let from = sql`parcours.profile p`;
  let where = sql` ${typedLanes} and p.merged_into is null${inLanes('p', lanes)}`;
  let carried: readonly string[] = [];
  let patches: readonly string[] = [];
  let rows = raw('');
  for (const traits of stages) {
    const first = timed.length;
    const asked = traitColumns(program, traits, { joins: fencedLaneJoins(lanes), first });
    timed.push(...asked.timed);
    const patch = `d${patches.length}`;
    // Behind fences: values are read several times, and so is the projection of the stage before.
    const values = sql`select p.lane, p.profile_id, p.zone, p.traits, ${columnsOf('p', carried)}${asked.columns} from ${from} ${asked.joins}${where} offset 0`;
    const changes = traits.map((trait, i) => sql`${differs(trait, first + i)} as c${raw(String(first + i))}`);
    rows = sql`select x.*, ${join(changes, ', ')}, ${patchOf(traits, first)} as ${raw(patch)} from (${values}) x offset 0`;
    carried = [...carried, ...traits.flatMap((_, i) => ['v', 'n', 'c'].map((what) => `${what}${first + i}`)), patch];
    patches = [...patches, patch];
    from = sql`(select s.lane, s.profile_id, s.zone, ${columnsOf('s', carried)}s.traits || ${raw(`s.${patch}`)} as traits from (${rows}) s offset 0) p`;
    where = raw('');
  }
  const kept = carried.filter((name) => !patches.includes(name));
  const patch = raw(patches.map((name) => `s.${name}`).join(' || '));
  const all = sql`select s.lane, s.profile_id, ${columnsOf('s', kept)}${patch} as patch from (${rows}) s order by s.lane, s.profile_id`;
  return { ...prepared(3, all), timed };
}

/** Columns by name, each followed by a comma. */
function columnsOf(alias: string, names: readonly string[]): Sql {
  return raw(names.map((name) => `${alias}.${name}, `).join(''));
}

/** The columns of traits, from that number on, as the object that is laid over a projection; a value that is missing and was so is left out. */
function patchOf(traits: readonly LinkedTrait[], first: number): Sql {
  const columns = traits.map((_, i) => raw(`x.v${first + i}`));
  const missing = columns.map((value) => sql`${value} is null`);
  const pairs = traits.map(({ name }, i) => sql`${param(name)}::text, ${columns[i] as Sql}`);
  const changed = traits.map(
    (trait, i) =>
      sql`case when ${differs(trait, first + i)} then jsonb_build_object(${pairs[i] as Sql}) else '{}'::jsonb end`,
  );
  return sql`case when ${join(missing, ' or ')} then ${join(changed, ' || ')} else jsonb_build_object(${join(pairs, ', ')}) end`;
}

/** One row `bounds, people`: what a trait reads of everybody, as it stands at $1; null where rows are fitted (`rowsToFitOverEverybody`). */
export function scaleOverEverybody(program: Program, trait: string): Prepared | null {
  const joins = lateralJoins();
  const scope = liveScope(t, program.definitions);
  const scale = scaleOfEverybody(trait, scope, joins, program.definitions);
  return scale === null ? null : prepared(2, scale);
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
