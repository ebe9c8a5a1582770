/**
 * Rates of one person told from few tries: of channels, categories, hours. What everybody does is the prior, so that one opened
 * message out of one is not a rate of 100 percent; the more is seen of a person, the less everybody counts.
 */

/** So many of the tries went well. */
export interface Tries {
  readonly successes: number;
  readonly tries: number;
}

/** Beta(alpha, beta), both positive. */
export interface Beta {
  readonly alpha: number;
  readonly beta: number;
}

/** How many tries everybody's rate counts for where the people differ too little, or are too few, to say it. */
export const usualStrength = 20;
const strengthMin = 1;
const strengthMax = 1000;

/**
 * The prior of a rate over people: its mean is everybody's rate, its strength (alpha + beta) is what is left of the differences
 * between people when chance alone is taken off. Moments of the beta-binomial: Kleinman, "Proportions with Extraneous Variance",
 * JASA 68 (1973), weighted by tries. Held between 1 and 1,000 tries.
 */
export function populationPrior(rows: readonly (Tries & { readonly people: number })[]): Beta {
  let people = 0;
  let tries = 0;
  let successes = 0;
  let squares = 0;
  for (const row of rows) {
    if (row.tries <= 0) continue;
    people += row.people;
    tries += row.people * row.tries;
    successes += row.people * row.successes;
    squares += row.people * row.tries ** 2;
  }
  // Half a success and half a failure keep a rate of 0 or 1 from being certain.
  const rate = (successes + 0.5) / (tries + 1);
  let spread = 0;
  for (const row of rows) {
    if (row.tries > 0) spread += row.people * row.tries * (row.successes / row.tries - rate) ** 2;
  }
  const strength = strengthOf({ people, tries, squares, spread, variance: rate * (1 - rate) });
  return { alpha: rate * strength, beta: (1 - rate) * strength };
}

interface Moments {
  readonly people: number;
  readonly tries: number;
  readonly squares: number;
  readonly spread: number;
  readonly variance: number;
}

/** E[spread] = variance · (people − 1 + rho · (tries − squares/tries − (people − 1))) gives rho, and the strength is 1/rho − 1. */
function strengthOf({ people, tries, squares, spread, variance }: Moments): number {
  const room = tries - squares / tries - (people - 1);
  if (people < 2 || !(room > 0)) return usualStrength;
  const rho = (spread / variance - (people - 1)) / room;
  if (rho <= 0) return strengthMax;
  return Math.min(strengthMax, Math.max(strengthMin, 1 / rho - 1));
}

/** What is known of the person's rate after his tries. */
export function posterior(prior: Beta, { successes, tries }: Tries): Beta {
  return { alpha: prior.alpha + successes, beta: prior.beta + tries - successes };
}

export function betaMean({ alpha, beta }: Beta): number {
  return alpha / (alpha + beta);
}

export function betaVariance({ alpha, beta }: Beta): number {
  const all = alpha + beta;
  return (alpha * beta) / (all * all * (all + 1));
}

export interface Rated {
  readonly id: string;
  /** Posterior mean. */
  readonly rate: number;
}

/** The options by posterior mean, best first; of equals the earlier stays ahead. Without tries of his own the priors decide. */
export function rankByRate(
  options: readonly (Tries & { readonly id: string; readonly prior: Beta })[],
): readonly Rated[] {
  return options
    .map(({ id, prior, ...tries }) => ({ id, rate: betaMean(posterior(prior, tries)) }))
    .sort((a, b) => b.rate - a.rate);
}

export interface Shares {
  /** What everybody does; sums to 1 when `population` holds anything. */
  readonly population: readonly number[];
  /** How many acts of everybody's stand beside the person's own. */
  readonly strength: number;
}

/**
 * A person's shares over categories: his counts and so many acts spread as everybody's (the mean of a Dirichlet posterior). Sums to 1.
 * Without any population all categories are alike.
 */
export function shrunkShares(counts: readonly number[], { population, strength }: Shares): readonly number[] {
  const own = sum(counts);
  const everybody = sum(population);
  const flat = 1 / counts.length;
  return counts.map((count, i) => {
    const prior = everybody > 0 ? (population[i] as number) / everybody : flat;
    return own + strength === 0 ? prior : (count + strength * prior) / (own + strength);
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
