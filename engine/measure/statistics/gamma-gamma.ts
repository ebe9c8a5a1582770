/**
 * The Gamma–Gamma model of what an order is worth: each order varies around the customer's own mean, and the means vary over people.
 * It assumes that how much somebody spends and how often he buys have nothing to do with each other.
 *
 * Fader, Hardie, Lee, "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis", JMR 42 (2005); formulas as in Fader, Hardie,
 * "The Gamma-Gamma Model of Monetary Value" (2013).
 */
import gammaln from '@stdlib/math-base-special-gammaln';
import { peopleMin, type Refusal, searchLogs } from './fit.ts';

/** `v` is in the unit of the values. `q` is above 1, so that the mean over people exists. */
export interface GammaGamma {
  readonly p: number;
  readonly q: number;
  readonly v: number;
}

/** What somebody's orders were worth. */
export interface Spending {
  /** Orders that `mean` is of; 0 when none. */
  readonly orders: number;
  /** Their mean value, above 0. */
  readonly mean: number;
}

/** A spending shared by so many people. */
export interface GroupedSpending extends Spending {
  readonly people: number;
}

export interface GammaGammaFit {
  readonly kind: 'fitted';
  readonly model: GammaGamma;
  readonly logLikelihood: number;
  readonly people: number;
  /** Parameters that ran to the end of what is searched. */
  readonly atBounds: readonly (keyof GammaGamma)[];
}

/** The logarithm of the likelihood of all rows (equation 1a of 2013), by a function made once for rows with orders and a mean above 0. */
export function gammaGammaLikelihood(rows: readonly GroupedSpending[]): (model: GammaGamma) => number {
  // All but one term depend on the number of orders and sums over its rows.
  const byOrders = new Map<number, { people: number; logs: number }>();
  for (const { orders, mean, people } of rows) {
    const known = byOrders.get(orders) ?? { people: 0, logs: 0 };
    byOrders.set(orders, { people: known.people + people, logs: known.logs + people * Math.log(mean) });
  }
  return ({ p, q, v }) => {
    let sum = 0;
    for (const [x, { people, logs }] of byOrders) {
      const px = p * x;
      const each = gammaln(px + q) - gammaln(px) - gammaln(q) + q * Math.log(v) + px * Math.log(x);
      sum += people * each + (px - 1) * logs;
    }
    for (const { orders: x, mean, people } of rows) sum -= people * (p * x + q) * Math.log(v + mean * x);
    return sum;
  };
}

/** Fits the model to those who bought anything of value; rows without are left out, since they say nothing of what an order is worth. */
export function fitGammaGamma(
  rows: readonly GroupedSpending[],
  options: { readonly peopleMin?: number } = {},
): GammaGammaFit | Refusal {
  const useful = rows.filter(({ orders, mean }) => orders > 0 && mean > 0);
  const people = useful.reduce((sum, row) => sum + row.people, 0);
  const least = options.peopleMin ?? peopleMin;
  if (people === 0) return { kind: 'refused', reason: 'no_values', people };
  if (people < least) return { kind: 'refused', reason: 'too_few_people', people, least };

  // Money is measured in mean orders during the search.
  const unit = useful.reduce((sum, row) => sum + row.people * row.mean, 0) / people;
  const scaled = useful.map((row) => ({ ...row, mean: row.mean / unit }));
  const starts = [
    [5, 2, 0.5],
    [1, 1, 1],
    [20, 10, 0.5],
  ];
  const likelihood = gammaGammaLikelihood(scaled);
  const found = searchLogs(([p, above, v]) => -likelihood({ p, q: 1 + (above as number), v } as GammaGamma), starts);
  const [p, above, v] = found.point as [number, number, number];
  const model = { p, q: 1 + above, v: v * unit };
  return {
    kind: 'fitted',
    model,
    logLikelihood: gammaGammaLikelihood(useful)(model),
    people,
    atBounds: (['p', 'q', 'v'] as const).filter((_, i) => found.atBound[i]),
  };
}

/**
 * The mean value of somebody's future orders: between his own mean and that of everybody, the nearer to his own the more he ordered
 * (equation 5 of 2013). Without orders it is everybody's.
 */
export function expectedOrderValue({ p, q, v }: GammaGamma, { orders, mean }: Spending): number {
  const everybody = (p * v) / (q - 1);
  if (orders === 0) return everybody;
  const weight = (p * orders) / (p * orders + q - 1);
  return (1 - weight) * everybody + weight * mean;
}
