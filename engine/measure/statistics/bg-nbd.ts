/**
 * The BG/NBD model: how often a customer will buy again, and whether he still is one. While alive he buys at a rate of his own
 * (gamma over people: r, alpha); after each purchase he leaves for good with a probability of his own (beta over people: a, b).
 * Formulas only; finding the parameters is `fit-bg-nbd.ts`.
 *
 * Fader, Hardie, Lee, "Counting Your Customers the Easy Way: An Alternative to the Pareto/NBD Model", Marketing Science 24 (2005).
 */
import betaln from '@stdlib/math-base-special-betaln';
import gammaln from '@stdlib/math-base-special-gammaln';

/** All positive; `alpha` is a time in the unit of the rows (weeks, days), the others are pure numbers. */
export interface BgNbd {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

/** What is known of a customer. Times are counted from his first purchase, all in one unit. */
export interface History {
  /** Purchases after the first one. */
  readonly frequency: number;
  /** When the last of them was; 0 when there is none. */
  readonly recency: number;
  /** How long he has been watched: at least `recency`. */
  readonly age: number;
}

/** A history shared by so many people. */
export interface GroupedHistory extends History {
  readonly people: number;
}

/** Says what makes a history impossible, or null. */
export function impossible({ frequency, recency, age }: History): string | null {
  if (!Number.isInteger(frequency) || frequency < 0) return 'a frequency is a whole number from 0';
  if (!(recency >= 0 && age >= recency && Number.isFinite(age))) return 'a recency lies between 0 and the age';
  if (frequency === 0 && recency !== 0) return 'without a second purchase the recency is 0';
  return null;
}

/** The logarithm of the likelihood of all rows (the paper's equation 6), by a function that is made once for the rows. */
export function bgNbdLikelihood(rows: readonly GroupedHistory[]): (model: BgNbd) => number {
  // The gamma functions depend on the frequency alone, so they are computed once for each that occurs.
  const peopleByFrequency = new Map<number, number>();
  for (const { frequency, people } of rows) {
    peopleByFrequency.set(frequency, (peopleByFrequency.get(frequency) ?? 0) + people);
  }
  return ({ r, alpha, a, b }) => {
    let sum = 0;
    for (const [x, people] of peopleByFrequency) {
      sum += people * (gammaln(r + x) - gammaln(r) + r * Math.log(alpha) + betaln(a, b + x) - betaln(a, b));
    }
    const odds = new Map([...peopleByFrequency.keys()].map((x) => [x, Math.log(a / (b + x - 1))]));
    for (const { frequency: x, recency, age, people } of rows) {
      const stayed = -(r + x) * Math.log(alpha + age);
      if (x === 0) sum += people * stayed;
      else {
        const left = (odds.get(x) as number) - (r + x) * Math.log(alpha + recency);
        sum += people * logOfSum(stayed, left);
      }
    }
    return sum;
  };
}

/** ln(eᵘ + eᵛ) where eᵘ and eᵛ may be too small to hold. */
function logOfSum(u: number, v: number): number {
  const high = Math.max(u, v);
  return high + Math.log1p(Math.exp(Math.min(u, v) - high));
}

/**
 * The probability that he still is a customer. Without a second purchase it is 1: this model lets nobody leave before he has come
 * back once.
 */
export function aliveProbability({ r, alpha, a, b }: BgNbd, { frequency: x, recency, age }: History): number {
  if (x === 0) return 1;
  const logOdds = Math.log(a / (b + x - 1)) + (r + x) * Math.log((alpha + age) / (alpha + recency));
  return 1 / (1 + Math.exp(logOdds));
}

/** Purchases that somebody unknown makes within `time` of his first one, that one not counted: E[X(t)]. */
export function expectedPurchases(model: BgNbd, time: number): number {
  return expected(model, time);
}

/** Purchases that a customer with this history makes in the next `time`: E[Y(t) | x, t_x, T]. */
export function expectedPurchasesAfter(model: BgNbd, history: History, time: number): number {
  const { frequency: x, age } = history;
  const { r, alpha, a, b } = model;
  // The paper's equation 10 is equation 9 of updated parameters, times the probability of being alive.
  return aliveProbability(model, history) * expected({ r: r + x, alpha: alpha + age, a, b: b + x }, time);
}

/**
 * Equation 9, (c/(a − 1)) · (1 − (1 − z)^r ₂F₁(r, b; c; z)) with c = a + b − 1 and z = t/(alpha + t), in a form that keeps its digits.
 * As printed it is 0/0 at a = 1, and for good customers (r, b large) the series of ₂F₁ is huge beside a factor that is tiny.
 * Euler's transformation (Abramowitz, Stegun 15.3.3) gives (1 − z)^r ₂F₁(r, b; c; z) = (1 − z)^(a−1) ₂F₁(c − r, a − 1; c; z). Its
 * first term combined with the 1 is an `expm1`; in the others a − 1 and c cancel, which leaves
 * c · (1 − (1 − z)^(a−1))/(a − 1) − (1 − z)^(a−1) Σ_{n≥1} (c − r)ₙ (a)ₙ₋₁ / ((a + b)ₙ₋₁ n!) zⁿ.
 */
function expected({ r, alpha, a, b }: BgNbd, time: number): number {
  if (time === 0) return 0;
  const c = a + b - 1;
  const z = time / (alpha + time);
  // ln(1 − z)
  const log = -Math.log1p(time / alpha);
  const first = a === 1 ? -log : -Math.expm1((a - 1) * log) / (a - 1);
  return Math.max(0, c * first - Math.exp((a - 1) * log) * series({ from: c - r, a, both: a + b, z }));
}

/** Terms of the series; they fall like zⁿ, so this is enough for times up to some 25,000 times alpha. */
const termsMax = 1_000_000;

/** Σ_{n≥1} (from)ₙ (a)ₙ₋₁ / ((both)ₙ₋₁ n!) zⁿ */
function series({ from, a, both, z }: { readonly from: number; a: number; both: number; z: number }): number {
  let term = from * z;
  let sum = term;
  for (let n = 1; n < termsMax; n += 1) {
    const ratio = ((from + n) * (a + n - 1) * z) / ((both + n - 1) * (n + 1));
    term *= ratio;
    sum += term;
    // What is left is less than a geometric series, once the ratio is below one.
    if (Math.abs(term) <= 1e-16 * Math.abs(sum) * (1 - z) && Math.abs(ratio) < 1) return sum;
    if (term === 0) return sum;
  }
  return sum;
}
