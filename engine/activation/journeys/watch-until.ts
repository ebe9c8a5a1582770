/** When somebody's goal, exits or wait are looked at again though nothing happens. */
import type { Enrollment } from './enrollment.ts';

/** Notes a time at which what is watched may change by itself; the earliest counts. */
export function watchUntil(one: Enrollment, at: Date | null): void {
  if (at === null || (one.watchAt !== null && one.watchAt <= at)) return;
  one.watchAt = at;
  one.isChanged = true;
}
