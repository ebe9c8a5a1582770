/**
 * What points are worth to who owes them. Points given with a sale are a part of it that is yet to be delivered: its price is divided
 * between goods and points by what each would cost alone (IFRS 15, 74 to 81, and its example 52 on loyalty programmes), points that nobody
 * is expected to spend left out.
 */

/** Money in minor units, for so many points. */
export interface Worth {
  readonly points: number;
  readonly amount: number;
}

/** What so many points are worth, of which a share is expected to be spent; minor units, not rounded. */
export function worthOf(points: number, worth: Worth, redemption: number): number {
  return (points * worth.amount * redemption) / worth.points;
}

/** The parts of a price that are earned with the goods, and that wait until the points are spent; both rounded, adding up to the price. */
export function divide(
  price: number,
  points: number,
  { worth, redemption }: { readonly worth: Worth; readonly redemption: number },
): { readonly goods: number; readonly deferred: number } {
  const alone = worthOf(points, worth, redemption);
  const deferred = price + alone === 0 ? 0 : Math.round((price * alone) / (price + alone));
  return { goods: price - deferred, deferred };
}
