/** When the lines of a test happen, in the zone of its person. Pure; who moves the clock is `play-together.ts`. */
import { parseDuration } from '../../compiler/durations.ts';
import { instantOfLocal, localOfInstant, parseInstant } from '../../compiler/instants.ts';

const dayMs = 86_400_000;

/** One line of `play` as compiled. */
export type Line = Readonly<Record<string, unknown>>;

/** Milliseconds since the epoch of a time as files write it. */
export function instantOf(text: unknown, zone: string): number {
  const at = parseInstant(String(text), { zone });
  if (at === null) throw new Error('assertion failed: the compiler read the times of a test');
  return at;
}

/** What counts from an event counts what happens after it, so two things that happen one after the other aren't at one instant. */
const apartMs = 1;

/**
 * When a line is through, if the one before (null: the start) was at that time: `advance` goes by the person's calendar, what has no time
 * happens at once.
 */
export function timeOfLine(
  line: Line,
  last: { readonly line: Line | null; readonly at: number },
  zone: string,
): number {
  const { at: before } = last;
  if (line.until !== undefined) return Math.max(before, instantOf(line.until, zone));
  if (line.at !== undefined) return Math.max(before, instantOf(line.at, zone));
  if (line.advance !== undefined) return advanced(before, String(line.advance), zone);
  return last.line === null || !isHappening(last.line) ? before : before + apartMs;
}

function isHappening({ advance, until }: Line): boolean {
  return advance === undefined && until === undefined;
}

function advanced(at: number, text: string, zone: string): number {
  const duration = parseDuration(text);
  if (duration === null) throw new Error('assertion failed: the schema read the durations of a test');
  const { months, days, ms } = duration;
  if (months === 0 && days === 0) return at + ms;
  const local = addMonths(localOfInstant(at, zone), months) + days * dayMs;
  return instantOfLocal(local, zone) + ms;
}

/** 31 January and a month is the last day of February (LANGUAGE b11). */
function addMonths(local: number, months: number): number {
  if (months === 0) return local;
  const day = Math.floor(local / dayMs);
  const date = new Date(day * dayMs);
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
  const last = new Date(first);
  last.setUTCMonth(last.getUTCMonth() + 1, 0);
  return first + (Math.min(date.getUTCDate(), last.getUTCDate()) - 1) * dayMs + (local - day * dayMs);
}
