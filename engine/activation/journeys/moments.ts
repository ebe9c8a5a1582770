/** When a step is due: exact durations here, calendar ones in the person's zone by the store (one time-zone database decides). */
import type { Duration, StepTime, Weekday } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';
import { type MomentRequest, momentsOf } from './queries.ts';

const dayMs = 86_400_000;

/** An instant plus a duration with days of 24 hours and months by the calendar in UTC: for validities and windows. */
export function addExactly(from: Date, duration: Duration): Date {
  const moved = new Date(from.getTime() + duration.days * dayMs + duration.ms);
  if (duration.months === 0) return moved;
  const day = moved.getUTCDate();
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() + duration.months);
  const lastDay = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  moved.setUTCDate(Math.min(day, lastDay));
  return moved;
}

/** When something of a person is due, counted from an instant. */
export interface Asked {
  readonly lane: number;
  readonly profileId: number;
  readonly from: Date;
  readonly duration: Duration | null;
  readonly at: StepTime | null;
  /** The first of these days that comes. */
  readonly days: readonly Weekday[] | null;
}

const nothing: Duration = { months: 0, days: 0, ms: 0 };

/** Bits of the week, Monday first. */
const weekdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Whether the person's zone has a say. */
export function isLocal({ duration, at, days }: Pick<Asked, 'duration' | 'at' | 'days'>): boolean {
  return at !== null || days !== null || (duration !== null && (duration.months !== 0 || duration.days !== 0));
}

/** The instants asked for, in order. Only calendar durations, clock times and days of the week cost a statement. */
export async function instantsFrom(session: Session, asked: readonly Asked[], zone: string): Promise<readonly Date[]> {
  const instants = asked.map(({ from, duration }) => new Date(from.getTime() + (duration?.ms ?? 0)));
  const local = asked.flatMap((one, i) => (isLocal(one) ? [i] : []));
  if (local.length === 0) return instants;
  const requests = local.map((i) => requestOf(asked[i] as Asked));
  const found = await momentsOf(session, requests, zone);
  local.forEach((position, i) => {
    instants[position] = found[i] as Date;
  });
  return instants;
}

/** Field by field: there may be thousands. */
function requestOf({ lane, profileId, from, duration, at, days }: Asked): MomentRequest {
  const { months, days: calendarDays, ms } = duration ?? nothing;
  const isPlain = at === null || typeof at === 'string';
  return {
    lane,
    profileId,
    from,
    months,
    days: calendarDays,
    ms,
    at: isPlain ? at : at.else,
    trait: isPlain ? null : at.trait,
    weekdays: days === null ? null : maskOf(days),
  };
}

function maskOf(days: readonly Weekday[]): number {
  return days.reduce((mask, day) => mask | (1 << weekdays.indexOf(day)), 0);
}

/** So many times the duration: months by the calendar don't drift when counted from the first. */
export function times(duration: Duration, count: number): Duration {
  return { months: duration.months * count, days: duration.days * count, ms: duration.ms * count };
}
