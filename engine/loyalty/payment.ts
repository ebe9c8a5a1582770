/** Points as a part of a payment: how many may pay how much of an amount. What is booked is a hold or a redemption like any other. */
import type { Money, Payment } from '../compiler/ir.ts';

/** The source of what payments book. */
export const paymentSource = 'payment';

export interface Offer {
  /** The most points that may pay; 0: none. A whole number of the programme's units. */
  readonly points: number;
  /** What these points pay, in the minor unit of the currency. */
  readonly pays: number;
  /** What is left to be paid otherwise. */
  readonly rest: number;
  /** Why none may pay; null: some may. */
  readonly because: 'currency' | 'too_few_points' | 'amount_too_small' | null;
}

/** What of an amount the points of a member may pay. */
export function quotePayment(pay: Payment, amount: Money, available: number): Offer {
  const none = (because: Offer['because']): Offer => ({ points: 0, pays: 0, rest: amount.amount, because });
  if (amount.currency !== pay.is.currency) return none('currency');
  const payable = Math.floor((Math.max(0, amount.amount) * (pay.atMost ?? 10_000)) / 10_000);
  const units = Math.min(Math.floor(payable / pay.is.amount), Math.floor(available / pay.points));
  const points = units * pay.points;
  if (points === 0 || points < (pay.atLeast ?? 0)) {
    const least = Math.max(pay.points, Math.ceil((pay.atLeast ?? 0) / pay.points) * pay.points);
    return none(available < least ? 'too_few_points' : 'amount_too_small');
  }
  const pays = units * pay.is.amount;
  return { points, pays, rest: amount.amount - pays, because: null };
}

/** How many points a part of a payment that comes back gives back: parts add up to the whole. Amounts in minor units. */
export function pointsOfPart(
  paid: { readonly points: number; readonly amount: number; readonly givenBack: number; readonly amountBack: number },
  back: number,
): number {
  const { points, amount, givenBack, amountBack } = paid;
  const left = Math.max(0, amount - amountBack - back);
  const kept = amount <= 0 ? 0 : Math.floor((points * left) / amount);
  return Math.max(0, points - kept - givenBack);
}
