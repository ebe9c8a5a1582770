/**
 * Instants and days from text, and local times to instants by the zone rules of `Intl`. Values only: no clock is read here.
 * A skipped local time is the first valid one after it, a repeated one is its first occurrence (LANGUAGE b11).
 */

const dayMs = 86_400_000;
/** Years that the store's functions accept. */
const yearMin = 1900;
const yearMax = 9999;
/** Local times are mostly dates of imports: their offsets repeat. */
const offsetsMax = 20_000;

/** Whether the text names a zone of the IANA database, spelled as there. Links (`Asia/Calcutta`) are zones too. */
export function isZone(text: string): boolean {
  const canonical = canonicalZone(text);
  return canonical !== null && (canonical === text || canonical.toLowerCase() !== text.toLowerCase());
}

/** The zone as `Intl` spells it, for "did you mean"; null when there is no such zone. */
export function canonicalZone(text: string): string | null {
  if (!/^[A-Za-z][A-Za-z_]*(\/[A-Za-z0-9_+-]+)*$/.test(text)) return null;
  if (text === 'UTC') return text;
  try {
    return formatter(text).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

/** Milliseconds since the epoch of a local time, given as if it were UTC (`Date.UTC(year, month, day, …)`). */
export function instantOfLocal(localMs: number, zone: string): number {
  if (zone === 'UTC') return localMs;
  // The two offsets around a change: it lies within a day of the local time read as UTC.
  const before = offsetAt(localMs - dayMs, zone);
  const after = offsetAt(localMs + dayMs, zone);
  const candidates = [localMs - before, localMs - after].filter((at) => at + offsetAt(at, zone) === localMs);
  if (candidates.length > 0) return Math.min(...candidates);
  return firstInstantAfterGap(localMs, zone, [localMs - Math.max(before, after), localMs - Math.min(before, after)]);
}

/** The change itself, found by halving: the first instant whose local time is not before the skipped one. */
function firstInstantAfterGap(localMs: number, zone: string, [from, to]: readonly [number, number]): number {
  let low = from;
  let high = to;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (middle + offsetAt(middle, zone) >= localMs) high = middle;
    else low = middle;
  }
  return high;
}

const formatters = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();

function formatter(zone: string): Intl.DateTimeFormat {
  let known = formatters.get(zone);
  if (known === undefined) {
    known = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'iso8601',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formatters.set(zone, known);
  }
  return known;
}

/** Local time less UTC, in milliseconds. */
function offsetAt(at: number, zone: string): number {
  const second = Math.floor(at / 1000) * 1000;
  const key = `${zone} ${second}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const part: Record<string, number> = {};
  for (const { type, value } of formatter(zone).formatToParts(second)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: seconds = 0 } = part;
  const offset = Date.UTC(year, month - 1, day, hour, minute, seconds) - second;
  if (offsets.size >= offsetsMax) offsets.clear();
  offsets.set(key, offset);
  return offset;
}

interface Fields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Days since 1970-01-01 of `YYYY-MM-DD`, or of `YYYYMMDD` when `compact`; null when there is no such day. */
export function parseDay(text: string, compact = false): number | null {
  const match = (compact ? /^(\d{4})(\d{2})(\d{2})$/ : /^(\d{4})-(\d{2})-(\d{2})$/).exec(text);
  return match === null ? null : dayOf({ year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) });
}

function dayOf({ year, month, day }: Fields): number | null {
  if (year < yearMin || year > yearMax) return null;
  const ms = Date.UTC(year, month - 1, day);
  const date = new Date(ms);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return ms / dayMs;
}

const isoPattern =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/**
 * Milliseconds since the epoch of an ISO date or date-time. Without an offset it is a local time of `zone`; with
 * `needsOffset` only a date may lack it. Null for anything else; digits beyond milliseconds are dropped.
 */
export function parseInstant(
  text: string,
  options: { readonly zone: string; readonly needsOffset?: boolean },
): number | null {
  const everyday = utcInstant(text);
  if (everyday !== null) return everyday;
  const match = isoPattern.exec(text);
  if (match === null) return null;
  const day = parseDay(match[1] as string);
  if (day === null) return null;
  const [hour, minute, second] = [Number(match[2] ?? 0), Number(match[3] ?? 0), Number(match[4] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const ms = Number((match[5] ?? '').padEnd(3, '0').slice(0, 3));
  const local = day * dayMs + hour * 3_600_000 + minute * 60_000 + second * 1000 + ms;
  const offset = match[6];
  if (offset !== undefined) {
    const offsetMs = parseOffset(offset);
    return offsetMs === null ? null : local - offsetMs;
  }
  if (options.needsOffset === true && match[2] !== undefined) return null;
  return instantOfLocal(local, options.zone);
}

/** `2026-03-31T09:00:00Z` or `….123Z`, as machines write it; null for whatever is written otherwise, or is no instant. */
function utcInstant(text: string): number | null {
  const { length } = text;
  const isMillis = length === 24;
  if (!isMillis && length !== 20) return null;
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T' || text[13] !== ':' || text[16] !== ':') return null;
  if (text[length - 1] !== 'Z' || (isMillis && text[19] !== '.')) return null;
  const year = digitsAt(text, 0, 4);
  const month = digitsAt(text, 5, 2);
  const day = digitsAt(text, 8, 2);
  const hour = digitsAt(text, 11, 2);
  const minute = digitsAt(text, 14, 2);
  const second = digitsAt(text, 17, 2);
  const ms = isMillis ? digitsAt(text, 20, 3) : 0;
  // Days that not every month has are left to who looks closer.
  if (year < yearMin || year > yearMax || month < 1 || month > 12 || day < 1 || day > 28) return null;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || ms < 0) return null;
  return Date.UTC(year, month - 1, day, hour, minute, second, ms);
}

/** Their number; -1 where one of them is no digit. */
function digitsAt(text: string, from: number, count: number): number {
  let number = 0;
  for (let at = from; at < from + count; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function parseOffset(text: string): number | null {
  if (text === 'Z' || text === 'z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(':', '') || 0);
  if (hours > 15 || minutes > 59) return null;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** The local day of an instant in a zone, in days since 1970-01-01. */
export function dayOfInstant(at: number, zone: string): number {
  return Math.floor((at + (zone === 'UTC' ? 0 : offsetAt(at, zone))) / dayMs);
}

/** The local time of an instant in a zone, as if it were UTC: what `instantOfLocal` turns back. */
export function localOfInstant(at: number, zone: string): number {
  return at + (zone === 'UTC' ? 0 : offsetAt(at, zone));
}

/** Whether an instant lies in the years that the store accepts. */
export function isStorableInstant(at: number): boolean {
  return at >= Date.UTC(yearMin, 0, 1) && at < Date.UTC(yearMax + 1, 0, 1);
}
