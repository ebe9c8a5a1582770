/**
 * Hours that leave no minute in which a message may leave or a call be made: the house's quiet hours alone, with a desk, with a
 * country; and a desk that is closed whenever a country allows calls. Only what holds for everybody is counted as quiet.
 */
import type { PressureBody } from '../ir.ts';
import { isWholeWeek, leavesOpen, meet, minutesOf, type WeekMinutes } from '../week-minutes.ts';
import type { Across, Compiled } from './across.ts';
import { again } from './across.ts';
import { readContactHours, weekdays } from './hours.ts';
import { child, fault, items, type Place, rangeOf } from './place.ts';
import { readQuietHours } from './pressure.ts';
import { listed } from './values.ts';

interface QuietLine {
  readonly hours: PressureBody['quietHours'][number];
  readonly place: Place;
}

interface Channel {
  readonly id: string;
  readonly lines: readonly QuietLine[];
  readonly quiet: WeekMinutes;
  readonly desk: Compiled<'channel'> | null;
}

export function checkHours(across: Across): void {
  const quiet = across('pressure').flatMap(({ place }) => quietLines(place));
  const channels = across('channel').map((channel) => readChannel(channel, quiet));
  sayQuietWeeks(channels.filter((channel) => isWholeWeek(channel.quiet)));
  const open = channels.filter((channel) => !isWholeWeek(channel.quiet));
  for (const channel of open) checkDeskHours(channel);
  for (const country of across('country')) checkCountry(country, open);
}

/** Those that hold for all people, journeys and objectives but service. */
function quietLines(document: Place): readonly QuietLine[] {
  return items(child(document, 'quiet_hours')).flatMap((place) => {
    const hours = readQuietHours(again(place));
    const { journeys, notJourneys, objectives, tagged } = hours.covers;
    const isForAll =
      hours.where === undefined &&
      journeys === null &&
      tagged === undefined &&
      notJourneys.length === 0 &&
      objectives === null;
    return isForAll && hours.from !== hours.to ? [{ hours, place }] : [];
  });
}

function readChannel(channel: Compiled<'channel'>, all: readonly QuietLine[]): Channel {
  const { id, body } = channel;
  const lines = all.filter(({ hours }) => hours.covers.channels?.includes(id) ?? true);
  const quiet = minutesOf(lines.map(({ hours }) => ({ ...hours, days: hours.days ?? weekdays })));
  return { id, lines, quiet, desk: body.desk !== undefined && body.desk.hours.length > 0 ? channel : null };
}

/** Said once for the channels that the same lines close. */
function sayQuietWeeks(closed: readonly Channel[]): void {
  const groups = groupBy(closed, ({ lines }) => lines.at(-1)?.place);
  for (const [place, channels] of groups) {
    if (place === undefined) continue;
    const lines = channels[0]?.lines ?? [];
    const related = lines.slice(0, -1).map((line) => ({ message: 'quiet here', range: rangeOf(line.place) }));
    const detail = `Together these quiet hours cover the whole week for ${named(channels)}, so nothing ever leaves by ${channels.length === 1 ? 'it' : 'them'}. Leave some hours open; a mute stops messages by its name.`;
    fault(place, 'CMP206', detail, { related });
  }
}

function groupBy<T, K>(all: readonly T[], keyOf: (one: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

function named(channels: readonly Channel[]): string {
  return `${channels.length === 1 ? 'channel' : 'channels'} ${listed(channels.map(({ id }) => id))}`;
}

function checkDeskHours({ desk, quiet, lines }: Channel): void {
  if (desk === null || leavesOpen(minutesOf(desk.body.desk?.hours ?? []), quiet)) return;
  const related = lines.map((line) => ({ message: 'quiet here', range: rangeOf(line.place) }));
  const detail =
    'All hours of this desk lie in the quiet hours of the house, so it never calls. Open it at other hours, or take its channel out of the quiet hours.';
  fault(child(desk.place, 'contact_hours') ?? desk.place, 'CMP206', detail, { related, on: 'key' });
}

function checkCountry({ id, place }: Compiled<'country'>, channels: readonly Channel[]): void {
  const lines = items(child(place, 'contact_hours')).flatMap((line) =>
    readContactHours(again(line)).map((hours) => ({ hours, line })),
  );
  const silent: { readonly line: Place; readonly channel: Channel }[] = [];
  for (const channel of channels) {
    const own = lines.filter(({ hours }) => hours.channels?.includes(channel.id) ?? true);
    const [first] = own;
    if (first === undefined) continue;
    const open = minutesOf(own.map(({ hours }) => hours));
    if (!leavesOpen(open, channel.quiet)) silent.push({ line: first.line, channel });
    else if (channel.desk !== null) checkMeeting(open, channel, { line: first.line, country: id });
  }
  for (const [line, found] of groupBy(silent, (one) => one.line)) {
    const detail = `All hours in which \`${id}\` allows ${named(found.map(({ channel }) => channel))} lie in the quiet hours of the house, so nothing ever leaves there. Open other hours, or narrow the quiet ones.`;
    fault(line, 'CMP206', detail);
  }
}

/** A desk that is never open has been told of. */
function checkMeeting(
  open: WeekMinutes,
  { desk, quiet }: Channel,
  at: { readonly line: Place; readonly country: string },
): void {
  const hours = minutesOf(desk?.body.desk?.hours ?? []);
  if (desk === null || meet(open, hours) || !leavesOpen(hours, quiet)) return;
  const { line, country } = at;
  const related = [
    { message: 'the desk is open here', range: rangeOf(child(desk.place, 'contact_hours') ?? desk.place) },
  ];
  const detail = `Desk \`${desk.id}\` is closed whenever \`${country}\` allows calls, so people of this country are never called by it. Change the hours of one of them, unless this desk calls nobody there.`;
  fault(line, 'CMP207', detail, { related });
}
