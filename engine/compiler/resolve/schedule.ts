/** Schedules of journeys and destinations as cron lines, in the zone of the workspace. */
import { createRequire } from 'node:module';
import type { Trigger } from '../ir.ts';
import { useSegment } from '../references.ts';
import { child, demand, fault, type Place, textAt, textOf, textsAt } from './place.ts';
import { readLateness, readMonthDay } from './waits.ts';

export function readSchedule(place: Place): Trigger {
  const members = demand(place, 'members');
  useSegment(members, textOf(members));
  const late = child(place, 'late');
  return {
    kind: 'schedule',
    ...readTimes(place),
    members: textOf(members),
    ...(late !== undefined && { late: readLateness(late) }),
  };
}

/** `every … at`, or `cron`: the times of journeys and of deliveries. */
export function readTimes(place: Place): { readonly cron: string; readonly zone: string } {
  const cron = child(place, 'cron');
  return {
    cron: cron === undefined ? cronOfEvery(place) : readCron(cron),
    zone: textAt(place, 'zone') ?? place.at.names.workspace.zone,
  };
}

/** Five fields, or six with seconds first; blanks are made single. */
function readCron(place: Place): string {
  const cron = textOf(place).trim().split(/\s+/).join(' ');
  // Few workspaces have one, and loading it is felt by all.
  const { validateDetailed } = createRequire(import.meta.url)('node-cron') as typeof import('node-cron');
  const { valid, errors } = validateDetailed(cron);
  const fields = cron.split(' ');
  if (!valid || (fields.length !== 5 && fields.length !== 6)) {
    const reason = errors[0]?.message ?? `its number of fields is ${fields.length}`;
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
  checkDays(place, every);
  const day = child(place, 'day');
  const numbers = textsAt(place, 'days').map((name) => weekdays.indexOf(name));
  const dayOfWeek = every === 'week' && numbers.length > 0 ? [...new Set(numbers)].sort().join(',') : '*';
  if (every === 'year' && day !== undefined && typeof day.value === 'string') {
    const date = readMonthDay(day);
    return `${minute} ${hour} ${date.day} ${date.month} *`;
  }
  return `${minute} ${hour} ${every === 'month' && day !== undefined ? textOf(day) : '*'} * ${dayOfWeek}`;
}

/** `days` belong to weeks, `day` to months (a number) and years (`MM-DD`). */
function checkDays(place: Place, every: string): void {
  const days = child(place, 'days');
  const day = child(place, 'day');
  if (every === 'week' && days === undefined) {
    fault(place, 'CMP056', 'A weekly schedule says its days. Add `days: [tue]`.');
  }
  if (every === 'month' && typeof day?.value !== 'number') {
    fault(day ?? place, 'CMP056', 'A monthly schedule says its day, from 1 to 28. Add `day: 1`.');
  }
  if (every === 'year' && typeof day?.value !== 'string') {
    fault(day ?? place, 'CMP056', 'A yearly schedule says its day as `MM-DD`. Add `day: 01-02`.');
  }
  if (every !== 'week' && days !== undefined) {
    fault(days, 'CMP056', '`days` are read with `every: week` only. Say `every: week`, or remove them.', { on: 'key' });
  }
  if (every !== 'month' && every !== 'year' && day !== undefined) {
    const detail = '`day` is read with `every: month` or `every: year` only. Say one of them, or remove it.';
    fault(day, 'CMP056', detail, { on: 'key' });
  }
}
