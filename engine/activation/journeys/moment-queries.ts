/** The statement that finds when steps are due by the calendar of each person. Moments that a `wait: until` names are compiled. */
import type { Session } from '../../store/session.ts';

export interface MomentRequest {
  readonly lane: number;
  readonly profileId: number;
  readonly from: Date;
  readonly months: number;
  readonly days: number;
  readonly ms: number;
  /** `HH:MM` or null. */
  readonly at: string | null;
  /** The trait that says it instead, when it holds a time. */
  readonly trait: string | null;
  /** Bits, Monday the first; null: any day. */
  readonly weekdays: number | null;
}

/**
 * Instants in each person's zone: `from`, then months and days by the calendar, then hours and minutes exactly, then `at` on that
 * day, on the first of the weekdays that comes. Without months or days, `at` is its next occurrence. Skipped and repeated local times as in
 * `parcours.local_instant`.
 */
export async function momentsOf(session: Session, requests: readonly MomentRequest[], zone: string): Promise<Date[]> {
  const rows = await session.query<{ i: number; at: Date }>(
    `select u.i::integer as i, (case when z.clock is null and u.weekdays is null then m.moved else (
         select min(c.at) from generate_series(0, 7) g
         cross join lateral (select (m.moved at time zone z.zone)::date + g as day) d
         cross join lateral (select case when z.clock is null and g = 0 then m.moved
           else parcours.local_instant(d.day + coalesce(z.clock, '00:00')::time, z.zone) end as at) c
         where (u.weekdays is null or u.weekdays & (1 << (extract(isodow from d.day)::integer - 1)) <> 0)
           and (u.months <> 0 or u.days <> 0 or c.at >= m.moved)) end)::timestamptz(3) as at
     from unnest($1::smallint[], $2::bigint[], $3::timestamptz[], $4::integer[], $5::integer[], $6::bigint[], $7::text[], $8::text[], $9::integer[])
       with ordinality u(lane, profile_id, since, months, days, ms, at, trait, weekdays, i)
     cross join lateral (
       select coalesce(p.zone, $10) as zone, coalesce(parcours.clock(p.traits -> u.trait), u.at) as clock from parcours.profile p
       where p.lane = u.lane and p.profile_id = u.profile_id offset 0) z
     cross join lateral (
       select case when u.months = 0 and u.days = 0 then u.since else
           parcours.local_instant((u.since at time zone z.zone) + make_interval(months => u.months, days => u.days), z.zone) end
         + make_interval(secs => u.ms / 1000.0) as moved) m
     order by u.i`,
    [
      requests.map((r) => r.lane),
      requests.map((r) => r.profileId),
      requests.map((r) => r.from),
      requests.map((r) => r.months),
      requests.map((r) => r.days),
      requests.map((r) => r.ms),
      requests.map((r) => r.at),
      requests.map((r) => r.trait),
      requests.map((r) => r.weekdays),
      zone,
    ],
  );
  return rows.map((row) => row.at);
}
