/**
 * Which persona of a set is a person's, by scores: sure enough, ahead of the second, and not changed lightly. Also how distances
 * and points become scores that sum to 1.
 */

export interface Scored {
  readonly id: string;
  /** How sure: 0 to 1. Null: not known, so this persona can't be the one and stands in nobody's way. */
  readonly score: number | null;
}

export interface PersonaRules {
  /** The lowest score that names a persona. */
  readonly confidence: number;
  /** By how much it must be above the second, to be named anew. */
  readonly lead: number;
}

/**
 * The persona of the person, or null where nobody is sure.
 *
 * - Without a present one: the highest score, if it reaches `confidence` and is at least `lead` above the second. Of two that are
 *   equally high with a lead of 0, the first of the set.
 * - With a present one (hysteresis): it stays as long as its own score reaches `confidence` and no other is ahead of it by `lead` or
 *   more (with a lead of 0: ahead at all). So a score that wavers around the second's doesn't change who somebody is, which makes the
 *   answer depend on the past.
 */
export function choosePersona(
  scores: readonly Scored[],
  { confidence, lead }: PersonaRules,
  present: string | null = null,
): string | null {
  const known = scores.filter((one): one is { id: string; score: number } => one.score !== null);
  const kept = known.find(({ id }) => id === present);
  const rivals = Math.max(...known.filter((one) => one !== kept).map(({ score }) => score), Number.NEGATIVE_INFINITY);
  if (kept !== undefined && reaches(kept.score, confidence)) {
    const isBeaten = lead > 0 ? reaches(rivals - kept.score, lead) : rivals > kept.score;
    if (!isBeaten) return kept.id;
  }
  const [first, second] = [...known].sort((a, b) => b.score - a.score);
  if (first === undefined || !reaches(first.score, confidence)) return null;
  return second === undefined || reaches(first.score - second.score, lead) ? first.id : null;
}

/** 0.8 − 0.7 is a little less than 0.1 in binary; whoever wrote 0.1 means that it is reached. */
function reaches(value: number, bound: number): boolean {
  return value >= bound - 1e-9;
}

/**
 * Points of rules as scores: each by its share of all points of the set, so that those known sum to 1. Points below 0 count as 0;
 * without any points nothing is known.
 */
export function sharesOfPoints(points: readonly Scored[]): readonly Scored[] {
  const all = points.reduce((sum, { score }) => sum + Math.max(0, score ?? 0), 0);
  return points.map(({ id, score }) => ({
    id,
    score: score === null || all === 0 ? null : Math.max(0, score) / all,
  }));
}

/** Points as probabilities that sum to 1. The higher the temperature, the more alike they are. */
export function softmax(points: readonly number[], temperature = 1): readonly number[] {
  if (!(temperature > 0)) throw new Error('assertion failed: a temperature is above 0');
  const highest = Math.max(...points);
  const weights = points.map((one) => Math.exp((one - highest) / temperature));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / all);
}

/** A trait as profiles use it: where it lies and how far apart people are in it. */
export interface Axis {
  /** The standard deviation over people; an axis without any says nothing. */
  readonly spread: number;
  /** Default 1. */
  readonly weight?: number;
}

/**
 * Probabilities by nearness to profiles, summing to 1: softmax of −d²/2, d² the mean of the squared differences in spreads over the
 * axes that are known of the person and of the profile. Null: nothing is known that all profiles have in common with him.
 */
export function nearestProfile(
  person: readonly (number | null)[],
  profiles: readonly (readonly (number | null)[])[],
  axes: readonly Axis[],
): readonly number[] | null {
  // Only axes that every profile has: a profile that says less would otherwise be nearer for it.
  const used = axes.flatMap(({ spread, weight = 1 }, i) =>
    person[i] != null && spread > 0 && weight > 0 && profiles.every((profile) => profile[i] != null)
      ? [{ i, spread, weight }]
      : [],
  );
  const weights = used.reduce((sum, { weight }) => sum + weight, 0);
  if (profiles.length === 0 || weights === 0) return null;
  const distances = profiles.map((profile) => {
    const sum = used.reduce((d, { i, spread, weight }) => {
      return d + weight * (((person[i] as number) - (profile[i] as number)) / spread) ** 2;
    }, 0);
    return (-sum / weights) * 0.5;
  });
  return softmax(distances);
}
