/**
 * Stored values and moments in the words of the language: `80 EUR`, `2026-01-31`, `7d ago`. For people who read a plan; nothing
 * reads these texts back. Durations and money are the compiler's to spell.
 */
import { formatMoney } from '../compiler/decimals.ts';
import { formatDuration } from '../compiler/durations.ts';
import type { Duration, Moment, Money, Value, ValueRef, ValueType } from '../compiler/ir.ts';

const dayMs = 86_400_000;

/** `7d ago`, `in 3d`, `now`, `today`, `7d before booking.departs_at`, or the instant. */
export function formatMoment(moment: Moment): string {
  switch (moment.kind) {
    case 'instant':
      return formatInstant(moment.at);
    case 'ago':
      return isNothing(moment.duration) ? 'now' : `${formatDuration(moment.duration)} ago`;
    case 'ahead':
      return isNothing(moment.duration) ? 'now' : `in ${formatDuration(moment.duration)}`;
    case 'today':
      return 'today';
    case 'relative': {
      const offset = moment.offset === null ? '' : `${formatDuration(moment.offset)} ${moment.side} `;
      return `${offset}${formatRef(moment.to)}`;
    }
  }
}

function isNothing({ months, days, ms }: Duration): boolean {
  return months === 0 && days === 0 && ms === 0;
}

/** A value by its place: `profile.country`, `entry.total`, `booking.departs_at`. */
export function formatRef(ref: ValueRef): string {
  if (ref.root === 'trait') return `profile.${ref.trait}`;
  return ref.root === 'entry' ? `entry.${ref.property}` : `${ref.entity}.${ref.field}`;
}

/** ISO 8601 in UTC; a midnight is its date, and zero seconds are left out. */
export function formatInstant(at: number): string {
  const iso = new Date(at).toISOString();
  if (at % dayMs === 0) return iso.slice(0, 10);
  return iso.endsWith(':00.000Z') ? `${iso.slice(0, 16)}Z` : iso.endsWith('.000Z') ? `${iso.slice(0, 19)}Z` : iso;
}

/** A stored value in words, as people say it. */
export function formatTyped(value: Value, type: ValueType | null): string {
  if (isMoney(value)) return formatMoney(value);
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  if (typeof value === 'number' && type === 'date') return formatInstant(value * dayMs);
  if (typeof value === 'number' && type === 'datetime') return formatInstant(value);
  return String(value);
}

/** A stored value as it would be written in a file. */
export function formatLiteral(value: Value, type: ValueType): string {
  return typeof value === 'string' ? formatWord(value) : formatTyped(value, type);
}

/** Words that YAML reads as they stand: no brackets or quotes, nothing that is also a number, a truth or nothing. */
const plainWord = /^(?!(?:true|false|null|yes|no|on|off)$)[\p{L}_][\p{L}\p{N}_./@+ -]*$/iu;

/** A text as it would be written in a file: quoted only where it must be. */
export function formatWord(text: string): string {
  return plainWord.test(text) && !text.endsWith(' ') ? text : JSON.stringify(text);
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
