/** What a customer will be worth: purchases to come times what an order is worth, later money being worth less. */
import { aliveProbability, type BgNbd, expectedPurchasesAfter, type History } from './bg-nbd.ts';
import { expectedOrderValue, type GammaGamma, type Spending } from './gamma-gamma.ts';

export interface Horizon {
  /** How far ahead, in the unit of the histories. */
  readonly time: number;
  /** Equal periods that it is cut into; money of a period counts as received at its end. */
  readonly periods: number;
  /** What a period takes off: 0.01 for 1 percent. */
  readonly discount: number;
}

export interface Customer extends History, Spending {}

export interface LifetimeValue {
  /** Discounted, in the unit of the values; margins are the caller's to apply. */
  readonly value: number;
  /** Purchases within the horizon, undiscounted. */
  readonly purchases: number;
  readonly orderValue: number;
  readonly alive: number;
}

/** The customer's value over the horizon: Σ value of an order × purchases of the period / (1 + discount)^period. */
export function lifetimeValue(
  models: { readonly purchases: BgNbd; readonly values: GammaGamma },
  customer: Customer,
  { time, periods, discount }: Horizon,
): LifetimeValue {
  if (!(Number.isInteger(periods) && periods > 0 && time >= 0 && discount > -1)) {
    throw new Error('assertion failed: a horizon has a length, whole periods and a discount');
  }
  const orderValue = expectedOrderValue(models.values, customer);
  let until = 0;
  let value = 0;
  for (let period = 1; period <= periods; period += 1) {
    const purchases = expectedPurchasesAfter(models.purchases, customer, (time * period) / periods);
    value += (orderValue * (purchases - until)) / (1 + discount) ** period;
    until = purchases;
  }
  return { value, purchases: until, orderValue, alive: aliveProbability(models.purchases, customer) };
}

/** The probability that he won't come back: what `churn_risk` shows. */
export function churnRisk(model: BgNbd, history: History): number {
  return 1 - aliveProbability(model, history);
}
