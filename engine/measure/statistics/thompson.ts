/**
 * Which of several arms is the best, as far as is known: the share of draws from what is believed of each in which it comes out on top
 * (Thompson, Biometrika 25, 1933). A person who takes an arm by these shares does what a draw for him alone would do. Pure and seeded.
 */

/** What is believed of an arm's mean: of a rate (successes among tries), or of an amount (by its standard error). */
export type Belief =
  | { readonly kind: 'rate'; readonly successes: number; readonly tries: number }
  | { readonly kind: 'mean'; readonly mean: number; readonly error: number };

/** Draws: the chance to be best is known to about one percent. */
const draws = 4_000;

/** For each arm the chance that it is the best one; they add up to 1. */
export function chancesToBeBest(beliefs: readonly Belief[], seed: number): readonly number[] {
  const random = generator(seed);
  const wins = beliefs.map(() => 0);
  for (let i = 0; i < draws; i += 1) {
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (const [arm, belief] of beliefs.entries()) {
      const drawn = draw(belief, random);
      if (drawn > most) {
        most = drawn;
        best = arm;
      }
    }
    wins[best] = (wins[best] ?? 0) + 1;
  }
  return wins.map((count) => count / draws);
}

/** A share of all people is spread evenly, so that every arm goes on being tried; the others follow the chances. */
export function withFloor(chances: readonly number[], explore: number): readonly number[] {
  return chances.map((chance) => explore / chances.length + (1 - explore) * chance);
}

function draw(belief: Belief, random: () => number): number {
  if (belief.kind === 'mean') return belief.mean + belief.error * normal(random);
  // A uniform prior: one success and one failure more than were seen.
  const won = gamma(1 + belief.successes, random);
  const lost = gamma(1 + Math.max(0, belief.tries - belief.successes), random);
  return won / (won + lost);
}

/** Marsaglia and Tsang, ACM Transactions on Mathematical Software 26, 2000; for shapes of at least 1. */
function gamma(shape: number, random: () => number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}

/** Numbers in (0, 1] from a seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 1) / 4_294_967_296;
  };
}
