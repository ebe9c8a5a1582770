/**
 * Stored values and moments in the words of the language: `80 EUR`, `2026-01-31`, `7d ago`. For people who read a plan; nothing
 * reads these texts back. Durations and money are the compiler's to spell.
 */
import { formatMoney } from '../compiler/decimals.ts';
import { formatDuration } from '../compiler/durations.ts';
import type { Duration, Moment, Money, Value, ValueType } from '../compiler/ir.ts';
import { notRun } from '../compiler/not-run.ts';

const dayMs = 86_400_000;

/** `7d ago`, `in 3d`, or the instant. */
export function formatMoment(moment: Moment): string {
  switch (moment.kind) {
    case 'instant':
      return formatInstant(moment.at);
    case 'ago':
      return `${formatDuration(moment.duration)} ago`;
    case 'ahead':
      return `in ${formatDuration(moment.duration)}`;
    default:
      return notRun(moment.kind);
  }
}

/** ISO 8601 in UTC; a midnight is its date, and zero seconds are left out. */
export function formatInstant(at: number): string {
  const iso = new Date(at).toISOString();
  if (at % dayMs === 0) return iso.slice(0, 10);
  return iso.endsWith(':00.000Z') ? `${iso.slice(0, 16)}Z` : iso.endsWith('.000Z') ? `${iso.slice(0, 19)}Z` : iso;
}

/** A stored value as it would be written in a file. */
export function formatTyped(value: Value, type: ValueType | null): string {
  if (isMoney(value)) return formatMoney(value);
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  if (typeof value === 'number' && type === 'date') return formatInstant(value * dayMs);
  if (typeof value === 'number' && type === 'datetime') return formatInstant(value);
  return String(value);
}

/** Whether a value is money in its stored form. */
export function isMoney(value: unknown): value is Money {
  return hasExactly(value, ['amount', 'currency']);
}

/** Whether a value is a duration of the compiled language. */
export function isDuration(value: unknown): value is Duration {
  return hasExactly(value, ['days', 'months', 'ms']);
}

function hasExactly(value: unknown, keys: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).sort().join() === keys.join();
}
