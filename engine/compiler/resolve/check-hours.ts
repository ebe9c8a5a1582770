/**
 * Hours that leave no minute in which a message may leave or a call be made: the house's quiet hours alone, with a desk, with a
 * country; and a desk that is closed whenever a country allows calls. Only what holds for everybody is counted as quiet.
 */
import type { ContactHours, PressureBody } from '../ir.ts';
import { isWholeWeek, leavesOpen, meet, minutesOf, type WeekMinutes } from '../week-minutes.ts';
import type { Across, Compiled } from './across.ts';
import { again } from './across.ts';
import { readContactHours, weekdays } from './hours.ts';
import { child, fault, items, type Place, rangeOf } from './place.ts';
import { readQuietHours } from './pressure.ts';

interface QuietLine {
  readonly hours: PressureBody['quietHours'][number];
  readonly place: Place;
}

interface Channel {
  readonly id: string;
  readonly quiet: WeekMinutes;
  readonly desk: Compiled<'channel'> | null;
}

export function checkHours(across: Across): void {
  const quiet = across('pressure').flatMap(({ place }) => quietLines(place));
  const channels = across('channel').map((channel) => checkChannel(channel, quiet));
  for (const country of across('country')) checkCountry(country, channels);
}

/** Those that hold for all people, journeys and objectives but service. */
function quietLines(document: Place): readonly QuietLine[] {
  return items(child(document, 'quiet_hours')).flatMap((place) => {
    const hours = readQuietHours(again(place));
    const { journeys, notJourneys, objectives } = hours.covers;
    const isForAll = hours.where === undefined && journeys === null && notJourneys.length === 0 && objectives === null;
    return isForAll && hours.from !== hours.to ? [{ hours, place }] : [];
  });
}

function checkChannel(channel: Compiled<'channel'>, all: readonly QuietLine[]): Channel {
  const { id, body, place } = channel;
  const lines = all.filter(({ hours }) => hours.covers.channels?.includes(id) ?? true);
  const quiet = minutesOf(lines.map(({ hours }) => ({ ...hours, days: hours.days ?? weekdays })));
  const last = lines.at(-1);
  const desk = body.desk !== undefined && body.desk.hours.length > 0 ? channel : null;
  if (last !== undefined && isWholeWeek(quiet)) {
    const related = lines.slice(0, -1).map((line) => ({ message: 'quiet here', range: rangeOf(line.place) }));
    const detail = `Together these quiet hours cover the whole week for channel \`${id}\`, so nothing ever leaves by it. Leave some hours open; a mute stops messages by its name.`;
    fault(last.place, 'CMP206', detail, { related });
  } else if (desk !== null && last !== undefined && !leavesOpen(minutesOf(body.desk?.hours ?? []), quiet)) {
    const related = lines.map((line) => ({ message: 'quiet here', range: rangeOf(line.place) }));
    const detail =
      'All hours of this desk lie in the quiet hours of the house, so it never calls. Open it at other hours, or take its channel out of the quiet hours.';
    fault(child(place, 'contact_hours') ?? place, 'CMP206', detail, { related, on: 'key' });
  }
  return { id, quiet, desk };
}

function checkCountry({ id, place }: Compiled<'country'>, channels: readonly Channel[]): void {
  const lines = items(child(place, 'contact_hours')).flatMap((line) =>
    readContactHours(again(line)).map((hours) => ({ hours, line })),
  );
  for (const channel of channels) {
    const own = lines.filter(({ hours }) => hours.channels?.includes(channel.id) ?? true);
    const [first] = own;
    if (first === undefined || isWholeWeek(channel.quiet)) continue;
    const open = minutesOf(own.map(({ hours }): ContactHours => hours));
    if (!leavesOpen(open, channel.quiet)) {
      const detail = `All hours in which \`${id}\` allows channel \`${channel.id}\` lie in the quiet hours of the house, so nothing ever leaves there. Open other hours, or narrow the quiet ones.`;
      fault(first.line, 'CMP206', detail);
    } else if (channel.desk !== null && !meet(open, minutesOf(channel.desk.body.desk?.hours ?? []))) {
      const related = [
        {
          message: 'the desk is open here',
          range: rangeOf(child(channel.desk.place, 'contact_hours') ?? channel.desk.place),
        },
      ];
      const detail = `Desk \`${channel.id}\` is closed whenever \`${id}\` allows calls, so people of this country are never called by it. Change the hours of one of them, unless this desk calls nobody there.`;
      fault(first.line, 'CMP207', detail, { related });
    }
  }
}
