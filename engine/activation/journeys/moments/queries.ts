/** Statements over instants by people's clocks. */
import { rowStatement } from '../../../store/column-statement.ts';
import type { Session } from '../../../store/session.ts';
import type { Statement } from '../../../store/together.ts';

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

/** `from`, then months and days by the person's calendar, then hours and minutes exactly. */
const moved = `cross join lateral (
       select case when u.months = 0 and u.days = 0 then u.since else
           parcours.local_instant((u.since at time zone z.zone) + make_interval(months => u.months, days => u.days), z.zone) end
         + make_interval(secs => u.ms / 1000.0) as moved) m`;

/** Of those who ask for an instant. */
const whose = [
  { name: 'lane', type: 'smallint', isKey: true, of: (one: MomentRequest) => one.lane },
  { name: 'profile_id', type: 'bigint', isKey: true, of: (one: MomentRequest) => one.profileId },
] as const;

/** What they ask. */
const asked = [
  { name: 'since', type: 'timestamptz', of: (one: MomentRequest) => one.from },
  { name: 'months', type: 'integer', of: (one: MomentRequest) => one.months },
  { name: 'days', type: 'integer', of: (one: MomentRequest) => one.days },
  { name: 'ms', type: 'bigint', of: (one: MomentRequest) => one.ms },
  { name: 'at', type: 'text', of: (one: MomentRequest) => one.at },
] as const;

/** `at` on that day; without months or days, its next occurrence. */
const onThatDay = `(case
         when u.at is null then m.moved
         when u.months <> 0 or u.days <> 0 or d.today >= m.moved then d.today
         else parcours.local_instant((m.moved at time zone z.zone)::date + 1 + u.at::time, z.zone)
       end)::timestamptz(3) as at`;

/** The hour of the day in question. */
const today = `cross join lateral (
         select parcours.local_instant((m.moved at time zone z.zone)::date + coalesce(u.at, '00:00')::time, z.zone) as today) d`;

/** Worked out once for all who ask the same of the same zone: local time costs far more than finding out who they are. */
const onTheDay = rowStatement<MomentRequest>(
  `select u.who, ${onThatDay}
     from (
         select z.zone, {since} as since, {months} as months, {days} as days, {ms} as ms, {at} as at, array_agg(u.i) as who
         from unnest({arrays}) with ordinality u({names}, i)
         cross join lateral (
           select coalesce(p.zone, {1}) as zone from parcours.profile p
           where p.lane = u.lane and p.profile_id = u.profile_id offset 0) z
         group by z.zone, {since}, {months}, {days}, {ms}, {at}) u
       cross join lateral (select u.zone) z
       ${moved}
       ${today}`,
  [...whose, ...asked],
);

/** The same of zones that are known. */
const inZones = rowStatement<MomentRequest & { readonly zone: string }>(
  `select ${onThatDay}
     from (
       select u.zone, {since} as since, {months} as months, {days} as days, {ms} as ms, {at} as at, u.i
       from unnest({arrays}) with ordinality u({names}, i)) u
     cross join lateral (select u.zone) z
     ${moved}
     ${today}
     order by u.i`,
  [{ name: 'zone', type: 'text', isKey: true, of: (one) => one.zone }, ...asked],
);

/** The same with hours that traits hold, on the first of some days of the week that comes. */
const onFirstOfDays = rowStatement<MomentRequest>(
  `select u.i::integer as i, (case when z.clock is null and u.weekdays is null then m.moved else (
         select min(c.at) from generate_series(0, 7) g
         cross join lateral (select (m.moved at time zone z.zone)::date + g as day) d
         cross join lateral (select case when z.clock is null and g = 0 then m.moved
           else parcours.local_instant(d.day + coalesce(z.clock, '00:00')::time, z.zone) end as at) c
         where (u.weekdays is null or u.weekdays & (1 << (extract(isodow from d.day)::integer - 1)) <> 0)
           and (u.months <> 0 or u.days <> 0 or c.at >= m.moved)) end)::timestamptz(3) as at
     from (
       select u.lane, u.profile_id, {since} as since, {months} as months, {days} as days, {ms} as ms, {at} as at, {trait} as trait,
         {weekdays} as weekdays, u.i
       from unnest({arrays}) with ordinality u({names}, i)) u
     cross join lateral (
       select coalesce(p.zone, {1}) as zone, coalesce(parcours.clock(p.traits -> u.trait), u.at) as clock from parcours.profile p
       where p.lane = u.lane and p.profile_id = u.profile_id offset 0) z
     ${moved}
     order by u.i`,
  [
    ...whose,
    ...asked,
    { name: 'trait', type: 'text', of: (one) => one.trait },
    { name: 'weekdays', type: 'integer', of: (one) => one.weekdays },
  ],
);

/**
 * Instants in each person's zone: `from`, then months and days by the calendar, then hours and minutes exactly, then `at` on that
 * day, on the first of the weekdays that comes. Without months or days, `at` is its next occurrence. Skipped and repeated local times as in
 * `parcours.local_instant`, which is a large expression: what needs no week ahead has a statement of a third of the cost.
 */
export async function momentsOf(session: Session, requests: readonly MomentRequest[], zone: string): Promise<Date[]> {
  if (requests.length === 0) return [];
  if (requests.some(({ trait, weekdays }) => trait !== null || weekdays !== null)) {
    const { text, values } = onFirstOfDays(requests, zone) as Statement;
    const rows = await session.query<{ at: Date }>(text, values);
    return rows.map(({ at }) => at);
  }
  const { text, values } = onTheDay(requests, zone) as Statement;
  const instants: Date[] = [];
  for (const { at, who } of await session.query<{ at: Date; who: readonly number[] }>(text, values))
    for (const i of who) instants[i - 1] = at;
  return instants;
}

/** The same, each in the zone that is given for it; traits and weekdays aren't looked at. */
export async function momentsInZones(
  session: Session,
  requests: readonly MomentRequest[],
  zones: readonly string[],
): Promise<readonly Date[]> {
  const statement = inZones(requests.map((one, i) => ({ ...one, zone: zones[i] as string })));
  if (statement === null) return [];
  const rows = await session.query<{ at: Date }>(statement.text, statement.values);
  return rows.map(({ at }) => at);
}
