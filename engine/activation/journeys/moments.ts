/** Durations exactly: what needs nobody's calendar. Local times are in `moments/`. */
import type { Duration } from '../../compiler/ir.ts';

const dayMs = 86_400_000;

/** An instant plus a duration with days of 24 hours and months by the calendar in UTC: for validities and windows. */
export function addExactly(from: Date, duration: Duration): Date {
  const moved = new Date(from.getTime() + duration.days * dayMs + duration.ms);
  if (duration.months === 0) return moved;
  const day = moved.getUTCDate();
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() + duration.months);
  const lastDay = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  moved.setUTCDate(Math.min(day, lastDay));
  return moved;
}

/** So many times the duration: months by the calendar don't drift when counted from the first. */
export function times(duration: Duration, count: number): Duration {
  return { months: duration.months * count, days: duration.days * count, ms: duration.ms * count };
}
