/**
 * From some lanes to all: the total and where it may lie. Lanes are a hash of people, so any of them are a fair sample of clusters drawn
 * without replacement. Pure.
 */

/** What was counted in the lanes that were read: over them, the sum of each lane's number and of its square. */
export interface LaneSums {
  readonly sum: number;
  readonly squares: number;
}

export interface Estimate {
  readonly total: number;
  /** 95 of 100 such samples have the true total between these. */
  readonly low: number;
  readonly high: number;
}

/** Fewer lanes don't tell how much lanes differ. */
export const lanesMin = 4;

/** Two-sided 95 % of the normal distribution. */
const z = 1.959964;

/** With none seen, at most so many are there with 95 % (Hanley and Lippman-Hand 1983, the rule of three). */
const unseen = 3;

/**
 * The estimated total over `of` lanes from `lanes` of them: N times the mean, with the variance N² (1 − n/N) s² / n of a simple random
 * sample of clusters of unequal size (Cochran 1977, Sampling Techniques, 3rd ed., 2.15 and 9A.1), by Student's t with n − 1 degrees of
 * freedom. What was seen is there: the lower end is never below it.
 */
export function estimateTotal({ sum, squares }: LaneSums, lanes: number, of: number): Estimate {
  if (lanes >= of) return { total: sum, low: sum, high: sum };
  if (lanes === 0) return { total: 0, low: 0, high: Number.POSITIVE_INFINITY };
  const share = lanes / of;
  const total = sum / share;
  const spread = lanes < 2 ? 0 : Math.max(0, (squares - (sum * sum) / lanes) / (lanes - 1));
  const half = studentT(lanes - 1) * of * Math.sqrt(((1 - share) * spread) / lanes);
  return {
    total: Math.round(total),
    low: Math.round(Math.max(sum, total - half)),
    high: Math.round(Math.max(total + half, (sum === 0 ? unseen : sum) / share)),
  };
}

/** Two-sided 95 % of Student's t (Abramowitz and Stegun 26.7.5): within 2 % from four degrees of freedom on; the first are exact. */
function studentT(freedom: number): number {
  const exact = [12.706, 4.303, 3.182, 2.776][freedom - 1];
  if (exact !== undefined) return exact;
  const cube = (z ** 3 + z) / 4;
  const fifth = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const seventh = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return freedom < 1 ? exactlyOne : z + cube / freedom + fifth / freedom ** 2 + seventh / freedom ** 3;
}

const exactlyOne = 12.706;
