/**
 * Canonical JSON: the same value is always the same text, whatever the order of its keys. And lists that are sets: sorted by
 * that text, without repetitions. Digests are in `digest.ts`.
 */

/** JSON with sorted keys and without `undefined`. Numbers must be finite; -0 is 0. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, child]) => child !== undefined);
    entries.sort(([a], [b]) => compareText(a, b));
    return `{${entries.map(([key, child]) => `${JSON.stringify(key)}:${canonicalJson(child)}`).join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Error('assertion failed: a number that is not finite has no canonical form');
  }
  const text = JSON.stringify(value);
  if (text === undefined) throw new Error('assertion failed: a value without JSON form in a compiled body');
  return text;
}

/** The value as its canonical text reads back: plain JSON with its keys in order. */
export function canonicalValue<T>(value: T): T {
  return JSON.parse(canonicalJson(value)) as T;
}

/** A list whose order has no meaning, sorted by canonical text and without repetitions. */
export function asSet<T>(items: readonly T[]): readonly T[] {
  const byText = new Map<string, T>();
  for (const item of items) byText.set(canonicalJson(item), item);
  return [...byText].sort(([a], [b]) => compareText(a, b)).map(([, item]) => item);
}

/** Order by UTF-16 code units: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
