/** The first instant of a day in a zone, by walking the clock minute by minute: slow, and free of rules about gaps and repeats. */

const minuteMs = 60_000;
const dayMs = 86_400_000;
const known = new Map<string, number>();
const formatters = new Map<string, Intl.DateTimeFormat>();

/** `day` counts from 1970-01-01. The instant at which the zone's calendar first shows it, or a later one if it is skipped. */
export function midnightOf(day: number, zone: string): number {
  const key = `${zone} ${day}`;
  let at = known.get(key);
  if (at === undefined) {
    at = day * dayMs - 15 * 60 * minuteMs;
    // By hours while far away, then by fewer minutes, at last by one. Nearer than the clock can have gone back it is always one.
    while (localDay(at + 4 * 60 * minuteMs, zone) < day) at += 60 * minuteMs;
    while (localDay(at + 2 * 60 * minuteMs, zone) < day) at += 10 * minuteMs;
    while (localDay(at, zone) < day) at += minuteMs;
    known.set(key, at);
  }
  return at;
}

function localDay(at: number, zone: string): number {
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
    formatters.set(zone, formatter);
  }
  return Date.parse(`${formatter.format(at)}T00:00:00Z`) / dayMs;
}
