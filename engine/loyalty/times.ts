/** Instants of loyalty, in milliseconds: days of 24 hours, months by the calendar in UTC, as windows are read everywhere. */
import type { Duration } from '../compiler/ir.ts';

const dayMs = 86_400_000;

export function addTo(at: number, duration: Duration): number {
  return shifted(at, duration.months, duration.days * dayMs + duration.ms);
}

export function subtractFrom(at: number, duration: Duration): number {
  return shifted(at, -duration.months, -(duration.days * dayMs + duration.ms));
}

/** A day that the month lacks is its last one. */
function shifted(at: number, months: number, ms: number): number {
  const moved = new Date(at + ms);
  if (months === 0) return moved.getTime();
  const day = moved.getUTCDate();
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  moved.setUTCDate(Math.min(day, lastDay));
  return moved.getTime();
}
