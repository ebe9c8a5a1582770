/**
 * Canonical JSON: the same value is always the same text, whatever the order of its keys. And lists that are sets: sorted by
 * that text, without repetitions. Digests are in `digest.ts`.
 */

/** JSON with sorted keys and without `undefined`. Numbers must be finite; -0 is 0. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return canonicalList(value);
  if (typeof value === 'object' && value !== null) return canonicalMap(value as Readonly<Record<string, unknown>>);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Error('assertion failed: a number that is not finite has no canonical form');
  }
  const text = JSON.stringify(value);
  if (text === undefined) throw new Error('assertion failed: a value without JSON form in a compiled body');
  return text;
}

/** Texts of what was compared: conditions are put in order at each level, and once more as a part of their resource. */
const remembered = new WeakMap<object, string>();

/** The same of a value that is compared; compiled values never change, so its text is kept as long as it is. */
function rememberedJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return canonicalJson(value);
  const text = remembered.get(value) ?? canonicalJson(value);
  remembered.set(value, text);
  return text;
}

// Every compiled body passes here, several times for its conditions: plain loops take a third of the time of maps and joins.
function canonicalList(list: readonly unknown[]): string {
  let text = '';
  for (const item of list) text += text === '' ? canonicalJson(item) : `,${canonicalJson(item)}`;
  return `[${text}]`;
}

function canonicalMap(map: Readonly<Record<string, unknown>>): string {
  const known = remembered.get(map);
  if (known !== undefined) return known;
  let text = '';
  // Without a function, the order is that of UTF-16 code units, as `compareText` has it.
  for (const key of Object.keys(map).sort()) {
    const child = map[key];
    if (child !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(child)}`;
  }
  return `{${text}}`;
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
