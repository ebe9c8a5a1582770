/**
 * A compiled body as a tree of plain words, in which two versions are compared: conditions and durations become text, steps take
 * their action as key, absent things vanish. Generic over kinds, so that a new field of a kind is compared without new code here.
 */
import { strict as assert } from 'node:assert';
import { formatMoney } from '../compiler/decimals.ts';
import { formatDuration } from '../compiler/durations.ts';
import type { BundleResource, Condition, PropertyTest, ValueType } from '../compiler/ir.ts';
import { formatConditions } from './format-condition.ts';
import { formatPropertyTests } from './format-test.ts';
import { formatInstant, isDuration, isMoney } from './format-value.ts';

/** Text, number, truth, or a tree of them. Absent is undefined, never null. */
export type Readable = string | number | boolean | ReadableList | ReadableMap;
export type ReadableList = readonly Readable[];
export interface ReadableMap {
  readonly [key: string]: Readable;
}

/** Steps of a journey nest; the language bounds it far below. */
const depthMax = 200;

/** The fields by which conditions are told from other things with the same tag (definitions of traits, formulas, triggers). */
const conditionFields: Readonly<Record<Condition['kind'], readonly string[]>> = {
  all: ['of'],
  any: ['of'],
  not: ['of'],
  trait: ['trait', 'test'],
  field: ['property', 'test'],
  entity_field: ['field', 'test'],
  count: ['events', 'test'],
  sum: ['events', 'test'],
  aggregate: ['events', 'test'],
  first: ['events', 'test'],
  last: ['events', 'test'],
  entity: ['entity', 'where', 'test'],
  segment: ['segment'],
  persona: ['persona', 'in'],
  consent: ['purpose', 'is'],
  message: ['steps', 'status'],
  messages: ['of', 'status', 'test'],
  journey: ['journey', 'is'],
  points: ['program', 'test'],
  tier: ['program', 'tier', 'op'],
  gained: ['program', 'of', 'id'],
  identified: [],
};

/** The body and, beside it, the metadata, as one readable tree. */
export function readableBody(resource: BundleResource): ReadableMap {
  const { title, description, owner, tags, moved } = resource.meta;
  const body = readableMap(resource.body as unknown as Record<string, unknown>, 0);
  const meta = readableMap({ title, description, owner, tags, moved }, 0);
  return { ...meta, ...body };
}

function readable(value: unknown, depth: number): Readable | undefined {
  assert(depth < depthMax, 'a compiled body nests deeper than the language allows');
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return readableList(value, depth);
  if (isDuration(value)) return formatDuration(value);
  if (isMoney(value)) return formatMoney(value);
  if (isCondition(value)) return formatConditions(value);
  const map = value as Record<string, unknown>;
  if (map.kind === 'instant' && typeof map.at === 'number') return formatInstant(map.at);
  if ('do' in map && typeof map.do === 'object') return readableStep(map, depth);
  return readableMap(map, depth);
}

function readableList(values: readonly unknown[], depth: number): Readable | undefined {
  if (values.length === 0) return undefined;
  if (values.every(isPropertyTest)) return formatPropertyTests(values);
  return values.map((value) => readable(value, depth + 1)).filter((value) => value !== undefined);
}

function readableMap(map: Readonly<Record<string, unknown>>, depth: number): ReadableMap {
  const entries: [string, Readable][] = [];
  for (const [key, value] of Object.entries(map)) {
    const read = readable(value, depth + 1);
    if (read !== undefined) entries.push([snakeCase(key), read]);
  }
  return Object.fromEntries(entries);
}

/** `{ id, do: { kind: 'send', … } }` as `{ id, send: { … } }`, as it is written. */
function readableStep(step: Record<string, unknown>, depth: number): ReadableMap {
  const { do: action, ...rest } = step;
  const { kind, ...fields } = action as Record<string, unknown>;
  return { ...readableMap(rest, depth), [String(kind)]: readableMap(fields, depth + 1) };
}

/** Keys of the compiled form are camelCase where files say snake_case; ids hold no capitals. */
function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Whether a part of a compiled body (not null) is a condition. */
export function isCondition(value: object): value is Condition {
  const { kind } = value as { readonly kind?: unknown };
  if (typeof kind !== 'string' || !Object.hasOwn(conditionFields, kind)) return false;
  return conditionFields[kind as Condition['kind']].every((field) => field in value);
}

function isPropertyTest(value: unknown): value is PropertyTest {
  if (typeof value !== 'object' || value === null) return false;
  const test = value as { property?: unknown; test?: unknown; not?: unknown; type?: ValueType };
  return typeof test.property === 'string' && typeof test.not === 'boolean' && typeof test.test === 'object';
}
