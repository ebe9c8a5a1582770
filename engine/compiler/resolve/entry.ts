/** How a journey is entered: triggers, schedules as cron lines, who is inside already, and when one may enter again. */
import { validateDetailed } from 'node-cron';
import { asSet } from '../canonical.ts';
import type { JourneyBody, Reentry, Trigger } from '../ir.ts';
import { useSegment } from '../references.ts';
import { readCondition } from './condition.ts';
import { readEventTypes, readWhere, typeNames } from './events.ts';
import { atEntry, type JourneyNames } from './journey-names.ts';
import { child, fault, isMap, items, type Place, textAt, textOf, textsAt } from './place.ts';
import { readClock, readDuration } from './values.ts';
import { zoneAt } from './workspace.ts';

export function readEntry(entry: Place, names: JourneyNames): JourneyBody['entry'] {
  const when = items(child(entry, 'when'));
  const condition = child(entry, 'if');
  return {
    triggers: asSet(when.flatMap((trigger) => readTrigger(trigger) ?? [])),
    if: condition === undefined ? null : readCondition(condition, atEntry(names)),
    currentMembers: readCurrentMembers(entry, when),
    reentry: readReentry(child(entry, 'reentry')),
  };
}

/** Said, never guessed: the word decides over thousands of people. Without `enters` there are none to decide about. */
function readCurrentMembers(entry: Place, when: readonly Place[]): 'enter' | 'skip' {
  const said = textAt(entry, 'current_members');
  const enters = when.map((trigger) => child(trigger, 'enters')).find((found) => found !== undefined);
  if (enters !== undefined && said === undefined) {
    const detail =
      'Who is in the segment already when this is applied? Say `current_members: enter` or `current_members: skip`; the same word governs people whom a later edit of the segment brings in.';
    fault(enters, 'CMP055', detail);
  }
  if (enters === undefined) return 'skip';
  return said === 'enter' ? 'enter' : 'skip';
}

function readReentry(place: Place | undefined): Reentry {
  if (place === undefined) return { kind: 'never' };
  if (isMap(place.value)) {
    const after = child(place, 'after');
    return after === undefined ? { kind: 'never' } : { kind: 'after', duration: readDuration(after) };
  }
  return { kind: textOf(place) === 'always' ? 'always' : 'never' };
}

function readTrigger(place: Place): Trigger | undefined {
  for (const kind of ['enters', 'leaves'] as const) {
    const segment = child(place, kind);
    if (segment === undefined) continue;
    useSegment(segment, textOf(segment));
    return { kind, segment: textOf(segment) };
  }
  const event = child(place, 'event');
  if (event !== undefined) {
    const events = readEventTypes(event);
    return { kind: 'event', types: typeNames(events), where: readWhere(child(place, 'where'), events) };
  }
  if (child(place, 'every') !== undefined || child(place, 'cron') !== undefined) return readSchedule(place);
  fault(
    place,
    'CMP006',
    'This version is entered by `enters`, `leaves`, `event`, `every` or `cron`. Use one of these.',
  );
  return undefined;
}

function readSchedule(place: Place): Trigger {
  const members = child(place, 'members');
  if (members === undefined) {
    fault(place, 'CMP056', 'A schedule enrolls the members of a segment. Add `members: <segment>`.');
  } else useSegment(members, textOf(members));
  const workspaceZone = place.at.names.workspace.zone;
  const cron = child(place, 'cron');
  return {
    kind: 'schedule',
    cron: cron === undefined ? cronOfEvery(place) : readCron(cron),
    zone: (cron === undefined ? null : zoneAt(place, 'zone')) ?? workspaceZone,
    members: members === undefined ? '' : textOf(members),
  };
}

/** Five fields, or six with seconds first; blanks are made single. */
function readCron(place: Place): string {
  const cron = textOf(place).trim().split(/\s+/).join(' ');
  const { valid, errors } = validateDetailed(cron);
  const fields = cron.split(' ').length;
  if (!valid || (fields !== 5 && fields !== 6)) {
    const reason = errors[0]?.message ?? `it has ${fields} fields`;
    const detail = `This is no cron line: ${reason}. Write five fields (minute, hour, day of the month, month, day of the week), or six with seconds first: \`"0 10 * * 2"\` is Tuesdays at ten.`;
    fault(place, 'CMP057', detail);
  }
  return cron;
}

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** `every: week, days: [tue], at: "10:00"` as `0 10 * * 2`. */
function cronOfEvery(place: Place): string {
  const every = textAt(place, 'every') ?? '';
  const at = child(place, 'at');
  if (at === undefined) fault(place, 'CMP056', 'A schedule says its time of the day. Add `at: "10:00"`.');
  const [hour, minute] = (at === undefined ? '00:00' : readClock(at)).split(':').map(Number) as [number, number];
  const days = child(place, 'days');
  const day = child(place, 'day');
  if (every === 'week' && days === undefined) {
    fault(place, 'CMP056', 'A weekly schedule says its days. Add `days: [tue]`.');
  }
  if (every === 'month' && day === undefined) {
    fault(place, 'CMP056', 'A monthly schedule says its day. Add `day: 1`.');
  }
  if (every !== 'week' && days !== undefined) {
    fault(days, 'CMP056', '`days` are read with `every: week` only. Say `every: week`, or remove them.', { on: 'key' });
  }
  if (every !== 'month' && day !== undefined) {
    fault(day, 'CMP056', '`day` is read with `every: month` only. Say `every: month`, or remove it.', { on: 'key' });
  }
  const numbers = textsAt(place, 'days').map((name) => weekdays.indexOf(name));
  const dayOfWeek = every === 'week' && numbers.length > 0 ? [...new Set(numbers)].sort().join(',') : '*';
  const dayOfMonth = every === 'month' && day !== undefined ? textOf(day) : '*';
  return `${minute} ${hour} ${dayOfMonth} * ${dayOfWeek}`;
}
