/** Shares in percent, in hundredths of a percent. */
import { scaleDecimal } from '../decimals.ts';
import { fault, type Place, textOf } from './place.ts';

/** The share at the place (`2.5%` is 250). Says when it isn't above nothing and at most `max` percent. */
export function readShare(place: Place, max: number, why: string): number {
  const share = scaleDecimal(textOf(place).replace(/%$/, ''), 2) ?? 0;
  if (share <= 0 || share > max * 100) {
    fault(place, 'CMP214', `\`${textOf(place)}\` is out of bounds: ${why} Write more than 0% and at most ${max}%.`);
  }
  return share;
}
