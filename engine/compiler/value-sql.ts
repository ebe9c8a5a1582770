/**
 * One value in its stored jsonb form against one test, as SQL that never raises: every cast stands behind a type check
 * (`parcours.num`, `instant`, `midnight` return null instead), and a missing or mistyped value makes the test false.
 */
import type { Money, PropertyTest, Value, ValueTest, ValueType } from './ir.ts';
import { anniversaryPair, inLastPair, inNextPair, instantOf, momentPair } from './moment-sql.ts';
import { infinity, type Pair, type Reading, windowInterval } from './pair.ts';
import { join, param, raw, type Sql, sql } from './sql.ts';

/** A jsonb value; `asText`: the same as text, null where it's missing, which is read faster than it is compared as jsonb. */
export interface Json extends Sql {
  readonly asText?: Sql;
}

const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/** The pair of a test of the jsonb value `json`. */
export function testValue(type: ValueType, test: ValueTest, json: Json, reading: Reading): Pair {
  switch (test.op) {
    case 'before':
    case 'after':
      return momentPair(test.op, test.moment, instantOf(type, json, reading), reading);
    case 'in_last':
      return inLastPair(instantOf(type, json, reading), windowInterval(test.duration), reading.t);
    case 'in_next':
      return inNextPair(instantOf(type, json, reading), windowInterval(test.duration), reading.t);
    case 'anniversary_in_next':
    case 'anniversary_in_last':
      return anniversaryPair(type, test, json, reading);
    case 'some':
      return somePair(test.where, json, reading);
    default:
      return { holds: sql`coalesce(${plainTest(type, test, json, reading)}, false)`, nextChange: null };
  }
}

/** The pair of a test of an instant that is no stored value. */
export function testInstant(test: ValueTest, at: Sql, reading: Reading): Pair {
  switch (test.op) {
    case 'before':
    case 'after':
      return momentPair(test.op, test.moment, at, reading);
    case 'in_last':
      return inLastPair(at, windowInterval(test.duration), reading.t);
    case 'in_next':
      return inNextPair(at, windowInterval(test.duration), reading.t);
    default:
      return testValue('datetime', test, sql`to_jsonb((extract(epoch from ${at}) * 1000)::bigint)`, reading);
  }
}

type TimedOp = 'before' | 'after' | 'in_last' | 'in_next' | 'anniversary_in_next' | 'anniversary_in_last';
type PlainTest = Exclude<ValueTest, { readonly op: TimedOp | 'some' }>;

function plainTest(type: ValueType, test: PlainTest, json: Json, reading: Reading): Sql {
  switch (test.op) {
    case 'is':
      return equals(type, test.value, json);
    case 'in':
      if (test.values.length === 0) return raw('false');
      if (test.values.every((value) => typeof value === 'string')) {
        const isIn = sql`${json} = any(${param(test.values.map((value) => JSON.stringify(value)))}::jsonb[])`;
        if (json.asText === undefined) return sql`(${isIn})`;
        const isWritten = sql`${json.asText} = any(${param(test.values)}::text[])`;
        if (test.values.every(isWord)) return sql`(${isWritten})`;
        // Of who isn't in, most are told by the text: asked first, it halves what a pass over everybody costs.
        return sql`(${isWritten} and ${isIn})`;
      }
      return sql`(${join(
        test.values.map((value) => equals(type, value, json)),
        ' or ',
      )})`;
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return compares(operators[test.op], test.value, json);
    case 'between':
      return sql`(${compares('>=', test.low, json)} and ${compares('<=', test.high, json)})`;
    case 'exists':
      return isOfType(type, json);
    case 'contains':
      // A text contains itself for `@>`, so the type is asked first.
      if (type === 'list') return sql`(${isOfType(type, json)} and ${json} @> to_jsonb(${param(test.value)}::text))`;
      return sql`(position(${param(test.value)}::text in ${textOf(json)}) > 0)`;
    case 'starts_with':
      return sql`starts_with(${textOf(json)}, ${param(test.value)}::text)`;
    case 'ends_with':
      return sql`(right(${textOf(json)}, length(${param(test.value)}::text)) = ${param(test.value)}::text)`;
    case 'matches':
      return sql`(${textOf(json)} ~ ${param(test.pattern)}::text)`;
    case 'same_as':
      // Equal values have one type, so one side's is asked.
      return sql`(${json} = ${reading.value(test.ref)} and ${isOfType(type, json)})`;
  }
}

/** Whether some element that is an object passes; each element may turn at a time of its own. */
function somePair(where: readonly PropertyTest[], json: Sql, reading: Reading): Pair {
  const { holds, nextChange } = testsPair(where, raw('x.element'), reading);
  const elements = sql`from jsonb_array_elements(case when jsonb_typeof(${json}) = 'array' then ${json} else '[]' end) x(element) where jsonb_typeof(x.element) = 'object'`;
  return {
    holds: sql`exists (select 1 ${elements} and ${holds})`,
    nextChange: nextChange === null ? null : sql`coalesce((select min(${nextChange}) ${elements}), ${infinity})`,
  };
}

/** All tests of the properties of an object, as they are at t. */
export function testsHold(where: readonly PropertyTest[], object: Sql, reading: Reading): Sql {
  return testsPair(where, object, reading).holds;
}

/** All tests of the properties of an object, and when the first of them turns by time alone (null: none does). */
export function testsPair(where: readonly PropertyTest[], object: Sql, reading: Reading): Pair {
  const pairs = where.map((one) => {
    const pair = testValue(one.type, one.test, sql`(${object} -> ${param(one.property)}::text)`, reading);
    return one.not ? { ...pair, holds: sql`not ${pair.holds}` } : pair;
  });
  const changes = pairs.flatMap(({ nextChange }) => nextChange ?? []);
  const tests = pairs.map(({ holds }) => holds);
  return {
    holds: tests.length === 0 ? raw('true') : join(tests, ' and '),
    nextChange: changes.length === 0 ? null : sql`least(${join(changes, ', ')})`,
  };
}

/** A text, or null: other values have a text form that no test may read. */
function textOf(json: Sql): Sql {
  return sql`(case when jsonb_typeof(${json}) = 'string' then ${json} #>> '{}' end)`;
}

/** How values of each type are stored; money is an object with two fields. */
const storedAs = {
  text: 'string',
  id: 'string',
  enum: 'string',
  integer: 'number',
  number: 'number',
  date: 'number',
  datetime: 'number',
  boolean: 'boolean',
  list: 'array',
} as const satisfies Readonly<Record<Exclude<ValueType, 'money'>, string>>;

/** Whether a value has the stored form of the type; null where there is none. */
export function isOfType(type: ValueType, json: Sql): Sql {
  if (type === 'money') {
    return sql`(jsonb_typeof(${json} -> 'currency') = 'string' and jsonb_typeof(${json} -> 'amount') = 'number')`;
  }
  return sql`(jsonb_typeof(${json}) = ${raw(`'${storedAs[type]}'`)})`;
}

function isMoney(value: Value): value is Money {
  return typeof value === 'object' && !Array.isArray(value);
}

/** A text that no other value is written as: numbers, lists and objects begin otherwise. */
function isWord(value: string): boolean {
  return /^[A-Za-z_]/.test(value) && value !== 'true' && value !== 'false';
}

function equals(type: ValueType, value: Value, json: Json): Sql {
  if (isMoney(value)) return compares('=', value, json);
  if (typeof value === 'number') return sql`(parcours.num(${json}) = ${param(value)}::numeric)`;
  if (typeof value === 'boolean') return sql`(${json} = to_jsonb(${param(value)}::boolean))`;
  if (type === 'list') return sql`(${json} = ${param(JSON.stringify(value))}::jsonb)`;
  if (json.asText !== undefined && typeof value === 'string' && isWord(value))
    return sql`(${json.asText} = ${param(value)}::text)`;
  return sql`(${json} = to_jsonb(${param(value)}::text))`;
}

/** Numbers, dates and instants compare as numbers; money only within its currency; text by code points (`C` collation). */
function compares(operator: string, value: Value, json: Sql): Sql {
  if (isMoney(value)) {
    return sql`((${json} ->> 'currency') = ${param(value.currency)}::text and parcours.num(${json} -> 'amount') ${raw(operator)} ${param(value.amount)}::numeric)`;
  }
  if (typeof value === 'number') return sql`(parcours.num(${json}) ${raw(operator)} ${param(value)}::numeric)`;
  return sql`(${textOf(json)} collate "C" ${raw(operator)} ${param(String(value))}::text)`;
}
