/** When a step is due: exact durations here, calendar ones in the person's zone by the store (one time-zone database decides). */
import type { Duration } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';
import { momentsOf } from './queries.ts';

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

export interface Asked {
  readonly lane: number;
  readonly profileId: number;
  readonly duration: Duration | null;
  readonly at: string | null;
}

const nothing: Duration = { months: 0, days: 0, ms: 0 };

/** The instants asked for, in order, counted from t. Only calendar durations and clock times cost a statement. */
export async function instantsFrom(
  session: Session,
  asked: readonly Asked[],
  t: Date,
  zone: string,
): Promise<readonly Date[]> {
  const instants = asked.map(({ duration }) => new Date(t.getTime() + (duration?.ms ?? 0)));
  const calendar = asked.flatMap((one, i) => {
    const { months, days } = one.duration ?? nothing;
    return months !== 0 || days !== 0 || one.at !== null ? [i] : [];
  });
  if (calendar.length === 0) return instants;
  const requests = calendar.map((i) => {
    const { lane, profileId, duration, at } = asked[i] as Asked;
    return { lane, profileId, ...(duration ?? nothing), at };
  });
  const found = await momentsOf(session, requests, t, zone);
  calendar.forEach((position, i) => {
    instants[position] = found[i] as Date;
  });
  return instants;
}
