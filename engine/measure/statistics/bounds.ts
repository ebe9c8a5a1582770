/**
 * Where classes of people begin: quantiles and shares of value, from values that SQL has grouped. Equal values are never split, so
 * that two people of the same value are always of the same class, and which one doesn't depend on any order.
 */

/** A value that so many people have. */
export interface Grouped {
  readonly value: number;
  readonly people: number;
}

/**
 * Bounds of `parts` equal groups of people, rising in quality: `partOf` gives 1 (worst) to `parts` (best). Whoever n of m people fall
 * short of is of part 1 + ⌊parts × n / (m − 1)⌋, at most `parts`, the rule of the engine's quantile traits too: equal people are counted
 * from the lowest of them (if six of ten never bought, they are of quintile 1, and the next of quintile 4), the worst are of the
 * first part, and a best one alone is of the last. Bounds past the last part that anybody reaches are left out; several
 * bounds are equal where no one is in between. The rows need no order.
 */
export function quantileBounds(
  grouped: readonly Grouped[],
  parts: number,
  best: 'highest' | 'lowest' = 'highest',
): readonly number[] {
  if (!Number.isInteger(parts) || parts < 1) throw new Error('assertion failed: there is at least one part');
  const rows = rising(grouped);
  if (best === 'lowest') rows.reverse();
  const all = rows.reduce((sum, { people }) => sum + people, 0);
  const bounds: number[] = [];
  let worse = 0;
  for (const { value, people } of rows) {
    const part = Math.min(parts, 1 + Math.floor((worse * parts) / Math.max(all - 1, 1)));
    while (bounds.length < part - 1) bounds.push(value);
    worse += people;
  }
  return bounds;
}

/**
 * Bounds of classes by their share of the whole value, from the smallest class to the largest, e.g. 0.2, 0.3, 0.3, 0.2: the largest
 * people who together make the last share are of the last class, and so on. Somebody's class is told by the value of those above him
 * alone, so whoever makes half of everything is of the largest class, not between two. Values below 0 count as 0; whoever is worth
 * nothing is of the smallest class. The shares must sum to 1.
 */
export function shareBounds(grouped: readonly Grouped[], shares: readonly number[]): readonly number[] {
  const sum = shares.reduce((a, b) => a + b, 0);
  if (shares.length === 0 || shares.some((share) => share < 0) || Math.abs(sum - 1) > 1e-9) {
    throw new Error('assertion failed: shares are at least one, none below 0, and sum to 1');
  }
  const rows = rising(grouped).reverse();
  const all = rows.reduce((total, { value, people }) => total + Math.max(0, value) * people, 0);
  // For each class but the smallest: how much of the value is in it and the classes above.
  const reaches = shares.slice(1).map((_, i) => shares.slice(i + 1).reduce((a, b) => a + b, 0));
  const bounds: (number | undefined)[] = reaches.map(() => undefined);
  let above = 0;
  for (const { value, people } of rows) {
    if (value <= 0) break;
    reaches.forEach((reach, i) => {
      // The margin: sums of shares such as 0.1 + 0.2 end a little off.
      if (above / all < reach - 1e-9) bounds[i] = value;
    });
    above += value * people;
  }
  // Bounds rise, and the classes above the last one that anybody is in have none.
  return bounds.filter((bound) => bound !== undefined);
}

/** The class of a value: 1 for the lowest. */
export function partOf(bounds: readonly number[], value: number, best: 'highest' | 'lowest' = 'highest'): number {
  return 1 + bounds.filter((bound) => (best === 'highest' ? value >= bound : value <= bound)).length;
}

/** Sorted, equal values together, without rows of nobody. */
function rising(grouped: readonly Grouped[]): Grouped[] {
  const people = new Map<number, number>();
  for (const row of grouped) if (row.people > 0) people.set(row.value, (people.get(row.value) ?? 0) + row.people);
  return [...people].map(([value, count]) => ({ value, people: count })).sort((a, b) => a.value - b.value);
}
