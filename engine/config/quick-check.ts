/**
 * Whether a value is valid by one of our schemas: yes, or not surely. Nearly all documents are right, and making ajv ready to say what is
 * wrong takes longer than asking thousands of them. Only what our schemas use of draft-07 is known here, and a schema becomes a function
 * when the first value comes to it. `test/config/quick-check.test.ts` holds it to ajv.
 */
import { isDeepStrictEqual } from 'node:util';
import { annotations, hasAnyOf, hasForm, hasOneOf, isViaLog } from './schema-keywords.ts';

/** As parsed JSON. */
type Schema = Readonly<Record<string, unknown>>;

/** True: the value is valid. */
export type Check = (value: unknown) => boolean;

/** Gives the definition that a reference names. */
type Lookup = (reference: string) => Schema;

interface Making {
  readonly schema: Schema;
  readonly make: (schema: unknown) => Check;
  readonly refer: (reference: string) => Check;
}

/** What makes checks of schemas; each referenced definition becomes one once. */
export function quickChecks(lookup: Lookup): (schema: Schema) => Check {
  const referred = new Map<string, Check>();
  const refer = (reference: string): Check => {
    // Definitions name each other in circles, so what they become is looked up when a value comes.
    return (value) => {
      const known = referred.get(reference) ?? make(lookup(reference));
      referred.set(reference, known);
      return known(value);
    };
  };
  const make = (schema: unknown): Check => {
    if (typeof schema === 'boolean') return () => schema;
    const part = schema as Schema;
    const checks = Object.keys(part).flatMap((keyword) => makeKeyword(keyword, { schema: part, make, refer }) ?? []);
    return inTurn(checks);
  };
  return make;
}

function inTurn(checks: readonly Check[]): Check {
  const [first, second] = checks;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (checks.length === 2) return (value) => first(value) && second(value);
  return (value) => {
    for (const check of checks) if (!check(value)) return false;
    return true;
  };
}

function makeKeyword(keyword: string, making: Making): Check | undefined {
  const maker = Object.hasOwn(makers, keyword) ? makers[keyword] : undefined;
  if (maker !== undefined) return maker(making.schema[keyword] as never, making);
  if (silent.has(keyword)) return undefined;
  throw new Error(`assertion failed: our schemas have a keyword \`${keyword}\` that isn't checked`);
}

/** Keywords that forbid nothing by themselves. `x-decimal` asks for the spelling, so the caller does. */
const silent: ReadonlySet<string> = new Set([
  ...annotations,
  ...['$schema', '$id', 'title', 'description', 'examples', 'definitions', 'then', 'else', 'x-decimal'],
]);

const makers: Readonly<Record<string, (argument: never, making: Making) => Check>> = {
  $ref: (reference: string, { refer }) => refer(reference),
  type: (type: string | readonly string[]) => ofTypes(type),
  const: (constant: unknown) => (value) => value === constant,
  enum: (words: readonly unknown[]) => (value) => words.includes(value),
  required: (keys: readonly string[]) => (value) => !isMap(value) || keys.every((key) => Object.hasOwn(value, key)),
  properties: (_properties: unknown, making) => properties(making),
  additionalProperties: (_others: unknown, making) =>
    making.schema.properties === undefined ? properties(making) : () => true,
  propertyNames: (names: Schema, { make }) => everyKey(make(names)),
  items: (item: Schema, { make }) => everyItem(make(item)),
  contains: (item: Schema, { make }) => someItem(make(item)),
  uniqueItems: (isAsked: boolean) => (value) => !isAsked || !Array.isArray(value) || isUnique(value),
  minItems: (limit: number) => (value) => !Array.isArray(value) || value.length >= limit,
  maxItems: (limit: number) => (value) => !Array.isArray(value) || value.length <= limit,
  minProperties: (limit: number) => (value) => !isMap(value) || Object.keys(value).length >= limit,
  maxProperties: (limit: number) => (value) => !isMap(value) || Object.keys(value).length <= limit,
  minLength: (limit: number) => (value) => typeof value !== 'string' || codePoints(value) >= limit,
  maxLength: (limit: number) => (value) => typeof value !== 'string' || codePoints(value) <= limit,
  pattern: (source: string) => matching(new RegExp(source, 'u')),
  minimum: (limit: number) => (value) => typeof value !== 'number' || value >= limit,
  maximum: (limit: number) => (value) => typeof value !== 'number' || value <= limit,
  allOf: (all: readonly Schema[], { make }) => inTurn(all.map(make)),
  anyOf: (any: readonly Schema[], { make }) => oneAtLeast(any.map(make)),
  oneOf: (any: readonly Schema[], { make }) => justOne(any.map(make)),
  not: (schema: Schema, { make }) => not(make(schema)),
  if: (_condition: Schema, making) => choice(making),
  'x-form': (form: string) => (value) => hasForm(form, value),
  'x-forbidden': () => () => false,
  'x-no-branch': () => () => false,
  'x-via-log': (on: boolean) => (value) => !isMap(value) || isViaLog(on, value),
  'x-one-of': (keys: readonly string[]) => (value) => !isMap(value) || hasOneOf(keys, value),
  'x-any-of': (keys: readonly string[]) => (value) => !isMap(value) || hasAnyOf(keys, value),
};

const tests: Readonly<Record<string, Check>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  array: (value) => Array.isArray(value),
  object: (value) => isMap(value),
};

function ofTypes(type: string | readonly string[]): Check {
  const checks = (typeof type === 'string' ? [type] : type).map((name) => tests[name]);
  if (checks.includes(undefined)) throw new Error(`assertion failed: our schemas have a type \`${type}\``);
  const [only, another] = checks as Check[];
  return another === undefined ? only! : (value) => (checks as Check[]).some((check) => check(value));
}

/** The keys of a map, each by its schema, and all others by `additionalProperties`. */
function properties({ schema, make }: Making): Check {
  const named = new Map(Object.entries((schema.properties ?? {}) as Schema).map(([key, part]) => [key, make(part)]));
  const others = schema.additionalProperties === undefined ? undefined : make(schema.additionalProperties);
  return (value) => {
    if (!isMap(value)) return true;
    for (const key of Object.keys(value)) {
      const check = named.get(key) ?? others;
      if (check !== undefined && !check(value[key])) return false;
    }
    return true;
  };
}

function everyKey(check: Check): Check {
  return (value) => !isMap(value) || Object.keys(value).every((key) => check(key));
}

function everyItem(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return true;
    for (const item of value) if (!check(item)) return false;
    return true;
  };
}

function someItem(check: Check): Check {
  return (value) => !Array.isArray(value) || value.some(check);
}

function oneAtLeast(checks: readonly Check[]): Check {
  return (value) => checks.some((check) => check(value));
}

function justOne(checks: readonly Check[]): Check {
  return (value) => checks.filter((check) => check(value)).length === 1;
}

function not(check: Check): Check {
  return (value) => !check(value);
}

function matching(pattern: RegExp): Check {
  return (value) => typeof value !== 'string' || pattern.test(value);
}

function choice({ schema, make }: Making): Check {
  const [condition, then, otherwise] = [schema.if, schema.then ?? true, schema.else ?? true].map(make) as [
    Check,
    Check,
    Check,
  ];
  return (value) => (condition(value) ? then(value) : otherwise(value));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isUnique(list: readonly unknown[]): boolean {
  return list.every((item, index) =>
    typeof item === 'object' && item !== null
      ? !list.slice(0, index).some((other) => isDeepStrictEqual(other, item))
      : list.indexOf(item) === index,
  );
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
