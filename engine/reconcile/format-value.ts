/**
 * Values of the compiled language in the words of the language: `7d`, `80 EUR`, `2026-01-31`. For people who read a plan or a
 * report; nothing reads these texts back.
 */
import type { Duration, Moment, Money, Value, ValueType } from '../compiler/ir.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `1y`, `2mo`, `7d`, `2h`, `15min`; parts are joined (`1d 2h`), nothing is `0min`. */
export function formatDuration(duration: Duration): string {
  const { months, days, ms } = duration;
  const parts: string[] = [];
  if (months !== 0) parts.push(months % 12 === 0 ? `${months / 12}y` : `${months}mo`);
  if (days !== 0) parts.push(`${days}d`);
  const hours = Math.trunc(ms / hourMs);
  const minutes = (ms % hourMs) / minuteMs;
  if (hours !== 0) parts.push(`${hours}h`);
  if (minutes !== 0) parts.push(`${minutes}min`);
  return parts.length === 0 ? '0min' : parts.join(' ');
}

/** `80 EUR`, `12.50 USD`: minor units in major ones. */
export function formatMoney(money: Money): string {
  return `${formatMinor(money.amount, money.currency)} ${money.currency}`;
}

/** An amount of minor units in major ones, without its currency. */
export function formatMinor(amount: number, currency: string): string {
  const digits = fractionDigits(currency);
  const major = amount / 10 ** digits;
  return Number.isInteger(major) ? String(major) : major.toFixed(digits);
}

/** `7d ago`, `in 3d`, or the instant. */
export function formatMoment(moment: Moment): string {
  switch (moment.kind) {
    case 'instant':
      return formatInstant(moment.at);
    case 'ago':
      return `${formatDuration(moment.duration)} ago`;
    case 'ahead':
      return `in ${formatDuration(moment.duration)}`;
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

function fractionDigits(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch (error) {
    // Not a currency of ISO 4217's form: shown in the usual hundredths rather than not at all.
    if (error instanceof RangeError) return 2;
    throw error;
  }
}
