/**
 * Durations (`15min 2h 7d 3w 6mo 1y`), clocks (`09:30`) and moments (`7d ago`, `in 3d`, ISO) from text, and durations back to
 * text. What a duration means on a calendar is decided by who uses it (windows in SQL, steps in the person's zone).
 */
import { parseInstant } from './instants.ts';
import type { Duration, Moment } from './ir.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** Longer spans than this are mistakes, and would overflow intervals. */
const yearsMax = 100;

const pattern = /^(\d{1,9})(min|h|d|w|mo|y)$/;

/** Null when the text is no duration of at least one unit and at most a hundred years. */
export function parseDuration(text: string): Duration | null {
  const match = pattern.exec(text.trim());
  if (match === null) return null;
  const duration = durationOf(Number(match[1]), match[2] as string);
  const years = duration.months / 12 + (duration.days + duration.ms / (24 * hourMs)) / 365;
  return years === 0 || years > yearsMax ? null : duration;
}

function durationOf(count: number, unit: string): Duration {
  switch (unit) {
    case 'min':
      return { months: 0, days: 0, ms: count * minuteMs };
    case 'h':
      return { months: 0, days: 0, ms: count * hourMs };
    case 'd':
      return { months: 0, days: count, ms: 0 };
    case 'w':
      return { months: 0, days: count * 7, ms: 0 };
    case 'mo':
      return { months: count, days: 0, ms: 0 };
    default:
      return { months: count * 12, days: 0, ms: 0 };
  }
}

/** The shortest text that parses back to the same duration; parts are joined by spaces where there are several. */
export function formatDuration(duration: Duration): string {
  const parts: string[] = [];
  const { months, days, ms } = duration;
  if (months > 0) parts.push(months % 12 === 0 ? `${months / 12}y` : `${months}mo`);
  if (days > 0) parts.push(`${days}d`);
  if (ms > 0) parts.push(ms % hourMs === 0 ? `${ms / hourMs}h` : `${Math.ceil(ms / minuteMs)}min`);
  return parts.length === 0 ? '0min' : parts.join(' ');
}

/** `HH:MM` on a clock of 24 hours, as is; null otherwise. */
export function parseClock(text: string): string | null {
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(text) ? text : null;
}

/**
 * `7d ago`, `in 3d`, an ISO date-time with its offset, or an ISO date (its midnight in `zone`). Null for anything else: a
 * date-time without offset would mean another instant on another machine.
 */
export function parseMoment(text: string, zone: string): Moment | null {
  const relative = /^(?:in (\S+)|(\S+) ago)$/.exec(text.trim());
  if (relative !== null) {
    const duration = parseDuration((relative[1] ?? relative[2]) as string);
    if (duration === null) return null;
    return { kind: relative[1] !== undefined ? 'ahead' : 'ago', duration };
  }
  const at = parseInstant(text.trim(), { zone, needsOffset: true });
  return at === null ? null : { kind: 'instant', at };
}
