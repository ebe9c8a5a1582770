/** What quiet hours do to a send: hours that outlast its validity, and times of the day that lie inside them. */
import { formatDuration, parseDuration } from '../durations.ts';
import type { Coverage, Duration, Objective } from '../ir.ts';
import type { QuietHours } from '../names.ts';
import { minutesOf } from './check-desk.ts';
import { coversJourney } from './covering.ts';
import { child, fault, type Place, textOf } from './place.ts';

const dayMinutes = 24 * 60;

interface Sent {
  readonly channels: readonly string[];
  readonly objective: Objective;
}

/** Warns of a validity that ends within the night, and of a step time that is inside quiet hours on every channel. */
export function checkQuietHours(send: Place, validFor: Place | undefined, sent: Sent): void {
  const journey = send.at.resource.id;
  const covering = sent.channels.map((channel) =>
    send.at.names.quietHours.filter(({ covers }) => isCovered(covers, { channel, journey, objective: sent.objective })),
  );
  if (covering.length === 0 || covering.some((hours) => hours.length === 0)) return;
  if (validFor !== undefined) checkLength(validFor, covering.flat(), send);
  checkTime(send, covering);
}

function checkLength(validFor: Place, hours: readonly QuietHours[], send: Place): void {
  const duration = parseDuration(textOf(validFor));
  const longest = Math.max(...hours.map(lengthOf));
  if (duration === null || minutesIn(duration) >= longest) return;
  const spell = formatDuration({ months: 0, days: 0, ms: longest * 60_000 });
  const detail = `Quiet hours of ${spell} cover every channel of this send, and the message is given up after ${formatDuration(duration)}: who comes here when they begin gets nothing. Say at least ${spell}, or give the step a time with \`at\`.`;
  const timed = stepOf(send);
  if (timed !== undefined && child(timed, 'at') !== undefined) return;
  fault(validFor, 'CMP173', detail);
}

function checkTime(send: Place, covering: readonly (readonly QuietHours[])[]): void {
  const step = stepOf(send);
  const at = step === undefined ? undefined : child(step, 'at');
  if (at === undefined || typeof at.value !== 'string') return;
  const minute = minutesOf(textOf(at));
  if (!covering.every((hours) => hours.some((one) => isInside(minute, one)))) return;
  const detail = `\`${textOf(at)}\` lies inside the quiet hours of every channel of this send, so the message always waits until they end. Choose another time.`;
  fault(at, 'CMP174', detail);
}

/** The step that sends: the map around `send`. */
function stepOf(send: Place): Place | undefined {
  let value: unknown = send.at.resource.body;
  for (const key of send.path.slice(0, -1)) value = (value as Readonly<Record<string | number, unknown>>)[key];
  return send.path.length === 0 ? undefined : { at: send.at, path: send.path.slice(0, -1), value };
}

function isInside(minute: number, { from, to }: QuietHours): boolean {
  const [start, end] = [minutesOf(from), minutesOf(to)];
  return start < end ? minute >= start && minute < end : minute >= start || minute < end;
}

function lengthOf({ from, to }: QuietHours): number {
  return (minutesOf(to) - minutesOf(from) + dayMinutes) % dayMinutes;
}

function minutesIn({ months, days, ms }: Duration): number {
  return (months * 28 + days) * dayMinutes + ms / 60_000;
}

/** `service` is covered only when named. */
function isCovered(
  covers: Coverage,
  message: { readonly channel: string; readonly journey: string; readonly objective: Objective },
): boolean {
  const { channels, objectives } = covers;
  if (objectives === null ? message.objective === 'service' : !objectives.includes(message.objective)) return false;
  if (channels !== null && !channels.includes(message.channel)) return false;
  return coversJourney(covers, message.journey);
}
