/** How a journey is entered: triggers, schedules as cron lines, who is inside already, and when one may enter again. */
import { validateDetailed } from 'node-cron';
import { asSet } from '../canonical.ts';
import type { JourneyBody, Reentry, Trigger } from '../ir.ts';
import { useSegment } from '../references.ts';
import { readCondition } from './condition.ts';
import { readEventTypes, readWhere, typeNames } from './events.ts';
import { atEntry, type JourneyNames } from './journey-names.ts';
import { child, demand, fault, isMap, items, type Place, textAt, textOf, textsAt } from './place.ts';
import { readDuration } from './values.ts';

export function readEntry(entry: Place, names: JourneyNames): JourneyBody['entry'] {
  const when = items(demand(entry, 'when'));
  const condition = child(entry, 'if');
  return {
    triggers: asSet(when.map(readTrigger)),
    if: condition === undefined ? null : readCondition(condition, atEntry(names)),
    currentMembers: readCurrentMembers(entry, when),
    reentry: readReentry(child(entry, 'reentry')),
  };
}

/** The schema demands the word beside `enters`; without `enters` there are no present members to decide about. */
function readCurrentMembers(entry: Place, when: readonly Place[]): 'enter' | 'skip' {
  const hasEnters = when.some((trigger) => child(trigger, 'enters') !== undefined);
  return hasEnters && textOf(demand(entry, 'current_members')) === 'enter' ? 'enter' : 'skip';
}

function readReentry(place: Place | undefined): Reentry {
  if (place === undefined) return { kind: 'never' };
  if (isMap(place.value)) return { kind: 'after', duration: readDuration(demand(place, 'after')) };
  return { kind: textOf(place) === 'always' ? 'always' : 'never' };
}

function readTrigger(place: Place): Trigger {
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
  return readSchedule(place);
}

function readSchedule(place: Place): Trigger {
  const members = demand(place, 'members');
  useSegment(members, textOf(members));
  const cron = child(place, 'cron');
  return {
    kind: 'schedule',
    cron: cron === undefined ? cronOfEvery(place) : readCron(cron),
    zone: textAt(place, 'zone') ?? place.at.names.workspace.zone,
    members: textOf(members),
  };
}

/** Five fields, or six with seconds first; blanks are made single. */
function readCron(place: Place): string {
  const cron = textOf(place).trim().split(/\s+/).join(' ');
  const { valid, errors } = validateDetailed(cron);
  const fields = cron.split(' ').length;
  if (!valid || (fields !== 5 && fields !== 6)) {
    const reason = errors[0]?.message ?? `its number of fields is ${fields}`;
    const detail = `This is no cron line: ${reason}. Write five fields (minute, hour, day of the month, month, day of the week), or six with seconds first: \`"0 10 * * 2"\` is Tuesdays at ten.`;
    fault(place, 'CMP057', detail);
  }
  return cron;
}

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** `every: week, days: [tue], at: "10:00"` as `0 10 * * 2`. */
function cronOfEvery(place: Place): string {
  const every = textOf(demand(place, 'every'));
  const [hour, minute] = textOf(demand(place, 'at')).split(':').map(Number) as [number, number];
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
