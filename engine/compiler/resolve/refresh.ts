/** When what is worked out over everybody is worked out anew. */
import { demand, type Place, textOf } from './place.ts';

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** `refresh` as node-cron's five fields. */
export function readRefresh(place: Place): string {
  const refresh = demand(place, 'refresh');
  const [hour, minute] = textOf(demand(refresh, 'at')).split(':').map(Number) as [number, number];
  const weekStarts = weekdays.indexOf(place.at.names.workspace.weekStarts);
  const days = { day: '* * *', week: `* * ${weekStarts}`, month: '1 * *' }[
    textOf(demand(refresh, 'every')) as 'day' | 'week' | 'month'
  ];
  return `${minute} ${hour} ${days}`;
}
