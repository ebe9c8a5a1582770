/**
 * The Nelder–Mead downhill simplex: a minimiser that needs no derivatives, for models of a few parameters. Not for many
 * dimensions (more than about ten), and it finds the minimum of the valley it starts in: callers start it several times.
 *
 * Nelder, Mead, "A simplex method for function minimization", Computer Journal 7 (1965); ordering rules and coefficients as in
 * Lagarias, Reeds, Wright, Wright, "Convergence properties of the Nelder–Mead simplex method", SIAM J. Optim. 9 (1998).
 */

export interface MinimiseOptions {
  /** Edge of the first simplex along each axis. Default 0.5. */
  readonly step?: number;
  /** Done when the simplex is smaller than this in every direction (beside the size of the point). Default 1e-9. */
  readonly pointTolerance?: number;
  /** … and its values differ by less than this (beside the size of the value). Default 1e-12. */
  readonly valueTolerance?: number;
  /** Most evaluations of the function. Default 2,000 for each dimension. */
  readonly evaluationsMax?: number;
}

export interface Minimum {
  readonly point: readonly number[];
  readonly value: number;
  readonly evaluations: number;
  /** False: the evaluations ran out first. */
  readonly isConverged: boolean;
}

interface Corner {
  readonly point: readonly number[];
  readonly value: number;
}

const reflection = 1;
const expansion = 2;
const contraction = 0.5;
const shrinkage = 0.5;

/** Minimises `f` from `start`, where it must be finite. Elsewhere NaN and infinities count as worse than every number. */
export function minimise(
  f: (point: readonly number[]) => number,
  start: readonly number[],
  options: MinimiseOptions = {},
): Minimum {
  const { step = 0.5, pointTolerance = 1e-9, valueTolerance = 1e-12 } = options;
  const evaluationsMax = options.evaluationsMax ?? 2000 * start.length;
  let evaluations = 0;
  const corner = (point: readonly number[]): Corner => {
    evaluations += 1;
    const value = f(point);
    return { point, value: Number.isNaN(value) ? Number.POSITIVE_INFINITY : value };
  };
  const first = corner(start);
  if (!Number.isFinite(first.value))
    throw new Error('assertion failed: the function is finite where the search starts');
  let simplex = [first, ...start.map((_, axis) => corner(start.map((x, i) => (i === axis ? x + step : x))))].sort(
    byValue,
  );
  while (!isSmall(simplex, pointTolerance, valueTolerance)) {
    if (evaluations >= evaluationsMax) return { ...best(simplex), evaluations, isConverged: false };
    const better = replacement(simplex, corner);
    simplex =
      better === null
        ? simplex.map((one, i) => (i === 0 ? one : corner(between(best(simplex).point, one.point, shrinkage))))
        : [...simplex.slice(0, -1), better];
    // The sort is stable, so of equals the older stays ahead, as the convergence rules want it.
    simplex.sort(byValue);
  }
  return { ...best(simplex), evaluations, isConverged: true };
}

/** What takes the place of the worst corner; null: the whole simplex must shrink towards the best. */
function replacement(simplex: readonly Corner[], corner: (point: readonly number[]) => Corner): Corner | null {
  const worst = simplex.at(-1) as Corner;
  const second = simplex.at(-2) as Corner;
  const centre = centroid(simplex.slice(0, -1));
  const reflected = corner(between(centre, worst.point, -reflection));
  if (reflected.value < best(simplex).value) {
    const expanded = corner(between(centre, worst.point, -reflection * expansion));
    return expanded.value < reflected.value ? expanded : reflected;
  }
  if (reflected.value < second.value) return reflected;
  if (reflected.value < worst.value) {
    const outside = corner(between(centre, worst.point, -reflection * contraction));
    return outside.value <= reflected.value ? outside : null;
  }
  const inside = corner(between(centre, worst.point, contraction));
  return inside.value < worst.value ? inside : null;
}

function best(simplex: readonly Corner[]): Corner {
  return simplex[0] as Corner;
}

function byValue(a: Corner, b: Corner): number {
  // Infinity minus itself is no number.
  return a.value === b.value ? 0 : a.value < b.value ? -1 : 1;
}

function centroid(corners: readonly Corner[]): readonly number[] {
  const [first] = corners as [Corner];
  return first.point.map((_, i) => corners.reduce((sum, { point }) => sum + (point[i] as number), 0) / corners.length);
}

/** The point at `share` of the way from one to the other; negative shares lie on the far side. */
function between(from: readonly number[], to: readonly number[], share: number): readonly number[] {
  return from.map((x, i) => x + share * ((to[i] as number) - x));
}

function isSmall(simplex: readonly Corner[], pointTolerance: number, valueTolerance: number): boolean {
  const { point, value } = best(simplex);
  const spread = Math.abs((simplex.at(-1) as Corner).value - value);
  if (!(spread <= valueTolerance * (1 + Math.abs(value)))) return false;
  return simplex.every((one) =>
    one.point.every(
      (x, i) => Math.abs(x - (point[i] as number)) <= pointTolerance * (1 + Math.abs(point[i] as number)),
    ),
  );
}
