/**
 * Canonical JSON: the same value is always the same text, whatever the order of its keys. And lists that are sets: sorted by
 * that text, without repetitions. Digests are in `digest.ts`.
 */

/** JSON with sorted keys and without `undefined`. Numbers must be finite; -0 is 0. */
export function canonicalJson(value: unknown): string {
  const parts: string[] = [];
  write(value, parts);
  return parts.join('');
}

// Every compiled body passes here, several times for its conditions. One list of parts that is joined at the end takes a third of the
// time of texts that grow.
function write(value: unknown, parts: string[]): void {
  if (typeof value === 'string') parts.push(quoted(value));
  else if (typeof value === 'object' && value !== null) {
    const known = remembered.get(value);
    if (known !== undefined) parts.push(known);
    else if (Array.isArray(value)) writeList(value, parts);
    else writeMap(value as Readonly<Record<string, unknown>>, parts);
  } else parts.push(constant(value));
}

function constant(value: unknown): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) {
      throw new Error('assertion failed: a number that is not finite has no canonical form');
    }
    return String(value);
  }
  if (typeof value === 'boolean' || value === null) return String(value);
  throw new Error('assertion failed: a value without JSON form in a compiled body');
}

function writeList(list: readonly unknown[], parts: string[]): void {
  parts.push('[');
  for (const [index, item] of list.entries()) {
    if (index > 0) parts.push(',');
    write(item, parts);
  }
  parts.push(']');
}

function writeMap(map: Readonly<Record<string, unknown>>, parts: string[]): void {
  parts.push('{');
  let isFirst = true;
  for (const key of inOrder(Object.keys(map))) {
    const child = map[key];
    if (child === undefined) continue;
    if (!isFirst) parts.push(',');
    isFirst = false;
    parts.push(quoted(key), ':');
    write(child, parts);
  }
  parts.push('}');
}

/** Sorted in place. Maps have few keys, and for these the sort of the language takes several times as long. */
function inOrder(keys: string[]): readonly string[] {
  if (keys.length > 16) return keys.sort(compareText);
  for (let at = 1; at < keys.length; at += 1) {
    const key = keys[at]!;
    let to = at;
    for (; to > 0 && keys[to - 1]! > key; to -= 1) keys[to] = keys[to - 1]!;
    keys[to] = key;
  }
  return keys;
}

/** Short texts come again and again: keys, kinds, names. */
const quotes = new Map<string, string>();
const quotesMax = 10_000;
const quotedMax = 32;

function quoted(text: string): string {
  if (text.length > quotedMax) return JSON.stringify(text);
  const known = quotes.get(text);
  if (known !== undefined) return known;
  const made = JSON.stringify(text);
  if (quotes.size >= quotesMax) quotes.clear();
  quotes.set(text, made);
  return made;
}

/**
 * Texts of what was compared last: conditions are put in order at each level, and once more as a part of their resource. Compiled values
 * never change. Few are kept, since a map that holds its keys weakly costs the garbage collector more than it saves.
 */
const remembered = new Map<object, string>();
const rememberedMax = 256;

/** The same of a value that is compared. */
function rememberedJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return canonicalJson(value);
  const known = remembered.get(value);
  if (known !== undefined) return known;
  const text = canonicalJson(value);
  if (remembered.size >= rememberedMax) remembered.clear();
  remembered.set(value, text);
  return text;
}

/** A list whose order has no meaning, sorted by canonical text and without repetitions. */
export function asSet<T>(items: readonly T[]): readonly T[] {
  if (items.length < 2) return [...items];
  const byText = new Map<string, T>();
  for (const item of items) byText.set(rememberedJson(item), item);
  return [...byText].sort(([a], [b]) => compareText(a, b)).map(([, item]) => item);
}

/** Order by UTF-16 code units: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
