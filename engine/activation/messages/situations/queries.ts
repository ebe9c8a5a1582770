/** What arbitration must know of people and of their zones' calendars; reads only. */
import type { Objective } from '../../../compiler/ir.ts';
import type { Session } from '../../../store/session.ts';

export interface CalendarRow {
  readonly zone: string;
  readonly day_start: Date;
  readonly day_end: Date;
  readonly week_start: Date;
  readonly week_end: Date;
  readonly month_start: Date;
  readonly month_end: Date;
  readonly quarter_start: Date;
  readonly quarter_end: Date;
  /** Days since 1970-01-01 of the local day. */
  readonly today: number;
  /** By clock time, then ascending. */
  readonly instants: Date[];
}

/** Bounds of the local day, week, month and quarter at t, and the clock times' instants on the days from `first` to `last` (0: today). */
export function calendarOf(
  session: Session,
  zones: readonly string[],
  t: Date,
  clocks: readonly string[],
  { weekStart, first, last }: { readonly weekStart: number; readonly first: number; readonly last: number },
): Promise<CalendarRow[]> {
  return session.query<CalendarRow>(
    `select z.zone,
       parcours.local_instant(d.day, z.zone) as day_start, parcours.local_instant(d.day + interval '1 day', z.zone) as day_end,
       parcours.local_instant(d.week, z.zone) as week_start, parcours.local_instant(d.week + interval '7 days', z.zone) as week_end,
       parcours.local_instant(d.month, z.zone) as month_start, parcours.local_instant(d.month + interval '1 month', z.zone) as month_end,
       parcours.local_instant(d.quarter, z.zone) as quarter_start, parcours.local_instant(d.quarter + interval '3 months', z.zone) as quarter_end,
       d.day::date - date '1970-01-01' as today,
       coalesce((select array_agg(parcours.local_instant(d.day + make_interval(days => n.days) + c.clock::time, z.zone) order by c.i, n.days)
         from unnest($3::text[]) with ordinality c(clock, i) cross join generate_series($5::integer, $6::integer) n(days)), '{}') as instants
     from unnest($1::text[]) z(zone)
     cross join lateral (select $2::timestamptz at time zone z.zone as local) l
     cross join lateral (
       select date_trunc('day', l.local) as day, date_trunc('month', l.local) as month, date_trunc('quarter', l.local) as quarter,
         date_trunc('day', l.local) - make_interval(days => (extract(isodow from l.local)::integer - 1 - $4::integer + 7) % 7) as week) d`,
    [zones, t, clocks, weekStart, first, last],
  );
}

/** Which of the hashes, by their place in the list, stand on the suppression list; asks for none without a statement. */
export async function readSuppressed(session: Session, hashes: readonly Buffer[]): Promise<readonly number[]> {
  if (hashes.length === 0) return [];
  const rows = await session.query<{ readonly i: number }>(
    `select u.i::integer - 1 as i from unnest($1::bytea[]) with ordinality u(hash, i)
     where exists (select from parcours.suppression s where s.hash = u.hash)`,
    [hashes],
  );
  return rows.map(({ i }) => i);
}

export interface ReachRow {
  readonly i: number;
  readonly zone: string;
  /** By channel, in the order given; null where the person has none. */
  readonly addresses: (string | null)[];
  /** { "purpose/channel type or *": "granted" | "confirmed" | "denied" } or null. */
  readonly consents: Record<string, string> | null;
  /** Whether there is a suppression list to look into. */
  readonly is_listed: boolean;
  /** Channels in the person's order, by ids or types; null when no trait says one. */
  readonly preferred: string[] | null;
}

/** What is read of people before their messages are decided. */
export interface ReachAsked {
  /** Traits that hold addresses, by place; null where none is needed. */
  readonly addresses: readonly (string | null)[];
  /** Traits that name channels, the first before the second. */
  readonly preferences: readonly string[];
  /** Of whom has none. */
  readonly zone: string;
}

/**
 * For each person: zone, addresses by the traits that hold them, consents, preferred channels. Its text has an expression an address: to list
 * them by a query of its own was a fifth of what the statement took.
 */
export function readReach(
  session: Session,
  people: { readonly lanes: readonly number[]; readonly profiles: readonly number[] },
  { addresses, preferences, zone }: ReachAsked,
): Promise<ReachRow[]> {
  const each = addresses.map((_, place) => `nullif(p.traits ->> ($4::text[])[${place + 1}], '')`);
  return session.query<ReachRow>(
    `select u.i::integer as i, coalesce(p.zone, $3) as zone,
       ${each.length === 0 ? '$4::text[]' : `array[${each.join(', ')}]`} as addresses,
       (select json_object_agg(k.purpose || '/' || k.channel, case
            when k.state = 'granted' and k.confirmed_at > coalesce(k.denied_at, '-infinity') then 'confirmed' else k.state end) from parcours.consent k
          where k.lane = p.lane and k.profile_id = p.profile_id) as consents,
       (select exists (select from parcours.suppression)) as is_listed,
       ${preferences.length === 0 ? 'null::text[]' : preferredOnes} as preferred
     from unnest($1::smallint[], $2::bigint[]) with ordinality u(lane, profile_id, i)
     cross join lateral (
       select * from parcours.profile d where d.lane = u.lane and d.profile_id = u.profile_id offset 0) p`,
    [people.lanes, people.profiles, zone, addresses, ...(preferences.length === 0 ? [] : [preferences])],
  );
}

const preferredOnes = `(select array_agg(x.name order by r.i, x.i) from unnest($5::text[]) with ordinality r(trait, i)
          cross join lateral jsonb_array_elements_text(case jsonb_typeof(p.traits -> r.trait)
            when 'array' then p.traits -> r.trait when 'string' then jsonb_build_array(p.traits -> r.trait) else '[]' end)
            with ordinality x(name, i))`;

export interface ContactRow {
  readonly profile_id: number;
  readonly messageId: number;
  readonly at: Date;
  readonly channel: string;
  readonly journey: string;
  readonly objective: string;
  /** These two only of `readContactsWithFate`. */
  readonly status?: 'queued' | 'sent' | 'delivered';
  readonly sentAt?: Date | null;
}

/** The people's reservations after an instant; read from the index alone. */
export function readContacts(
  session: Session,
  people: { readonly lanes: readonly number[]; readonly profiles: readonly number[] },
  after: Date,
): Promise<ContactRow[]> {
  return session.query<ContactRow>(
    `select c.profile_id, c.message_id as "messageId", c.at, c.channel, c.journey, c.objective
     from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     cross join lateral (
       select * from parcours.contact d where d.lane = u.lane and d.profile_id = u.profile_id and d.at > $3 offset 0) c`,
    [people.lanes, people.profiles, after],
  );
}

/**
 * The same with what became of the messages: for caps that count what was sent or delivered. What may have left counts as sent. The person
 * is named of messages, too, so that a plan made while the table was empty reads his by either index.
 */
export function readContactsWithFate(
  session: Session,
  people: { readonly lanes: readonly number[]; readonly profiles: readonly number[] },
  after: Date,
): Promise<ContactRow[]> {
  return session.query<ContactRow>(
    `select c.profile_id, c.message_id as "messageId", c.at, c.channel, c.journey, c.objective, m.sent_at as "sentAt",
       case when m.rank >= 3 then 'delivered' when m.rank = 2 or m.state = 'uncertain' then 'sent' else 'queued' end as status
     from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     cross join lateral (
       select * from parcours.contact d where d.lane = u.lane and d.profile_id = u.profile_id and d.at > $3 offset 0) c
     cross join lateral (
       select * from parcours.message d
       where d.lane = c.lane and d.profile_id = c.profile_id and d.message_id = c.message_id offset 0) m`,
    [people.lanes, people.profiles, after],
  );
}

export interface ResultRow {
  readonly profile_id: number;
  readonly channel: string;
  readonly sent: number;
  readonly delivered: number;
  readonly seen: number;
  readonly acted: number;
  readonly converted: number;
}

/** How many messages left on each channel since an instant, and on how many of them people acted. */
export function readResults(
  session: Session,
  people: { readonly lanes: readonly number[]; readonly profiles: readonly number[] },
  after: Date,
): Promise<ResultRow[]> {
  return session.query<ResultRow>(
    `select u.profile_id, m.channel, count(*)::integer as sent, (count(*) filter (where m.rank >= 3))::integer as delivered,
       (count(*) filter (where m.rank >= 4))::integer as seen, (count(*) filter (where m.rank = 5))::integer as acted,
       (count(*) filter (where exists (
         select from parcours.conversion c
         where c.lane = m.lane and c.profile_id = m.profile_id and c.message_id = m.message_id)))::integer as converted
     from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     cross join lateral (
       select * from parcours.message d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.created_at > $3
         and (d.rank >= 2 or (d.state = 'failed' and d.sent_at is not null)) offset 0) m
     where m.channel is not null
     group by u.profile_id, m.channel`,
    [people.lanes, people.profiles, after],
  );
}

/** What became of everybody's messages, by channel, as it was counted last. */
export function readEverybodysResults(session: Session): Promise<Omit<ResultRow, 'profile_id'>[]> {
  return session.query('select channel, sent, delivered, seen, acted, converted from parcours.channel_result');
}

interface Whom {
  readonly lanes: readonly number[];
  readonly profiles: readonly number[];
}

export interface DeferredAheadRow {
  readonly profile_id: number;
  readonly message_id: number;
  readonly journey: string;
  readonly objective: Objective;
  readonly purpose: string;
  readonly priority: number;
  readonly channel: string;
  readonly address_trait: string | null;
  /** When it is decided anew. */
  readonly at: Date;
}

/** The people's messages that wait to be decided anew, up to an instant. */
export function readDeferred(session: Session, people: Whom, horizon: Date): Promise<DeferredAheadRow[]> {
  return session.query<DeferredAheadRow>(
    `select m.profile_id, m.message_id, m.journey, m.objective, m.purpose, m.priority, m.channel, m.address_trait, u.at
     from unnest($1::smallint[], $2::bigint[]) p(lane, profile_id)
     cross join lateral (
       select * from parcours.message d
       where d.lane = p.lane and d.profile_id = p.profile_id and d.state = 'deferred' and d.channel is not null offset 0) m
     cross join lateral (select parcours.instant(m.decision->'until') as at) u
     where u.at <= $3`,
    [people.lanes, people.profiles, horizon],
  );
}

export interface TimerAheadRow {
  readonly profile_id: number;
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly version: string;
  readonly step: string;
  readonly posture: string;
  readonly due_at: Date;
}

/** Where the people stand until a time up to an instant; who is held out gets nothing. */
export function readTimersAhead(session: Session, people: Whom, horizon: Date): Promise<TimerAheadRow[]> {
  return session.query<TimerAheadRow>(
    `select e.profile_id, e.journey, e.key, e.n, e.version, e.step, e.posture, e.due_at
     from unnest($1::smallint[], $2::bigint[]) p(lane, profile_id)
     cross join lateral (
       select * from parcours.enrollment d where d.lane = p.lane and d.profile_id = p.profile_id
         and d.state = 'active' and d.posture in ('due', 'waiting') and d.due_at <= $3 and d.step is not null and d.holdout is null offset 0) e`,
    [people.lanes, people.profiles, horizon],
  );
}

/** When triggers by dates bring the people in, after t up to an instant. */
export function readWakesAhead(
  session: Session,
  people: Whom,
  { names, t, horizon }: { readonly names: readonly string[]; readonly t: Date; readonly horizon: Date },
): Promise<{ readonly profile_id: number; readonly trigger: string; readonly at: Date }[]> {
  return session.query(
    `select w.profile_id, w.trigger, w.at from unnest($1::smallint[], $2::bigint[]) p(lane, profile_id)
     cross join lateral (
       select * from parcours.entry_wake d where d.lane = p.lane and d.profile_id = p.profile_id and d.trigger = any($3::text[])
         and d.at > $4 and d.at <= $5 and d.of is distinct from d.done offset 0) w`,
    [people.lanes, people.profiles, names, t, horizon],
  );
}

/** Which of the people are members of which of the segments. */
export function membersAmong(
  session: Session,
  people: Whom,
  segments: readonly string[],
): Promise<{ readonly profile_id: number; readonly segment: string }[]> {
  return session.query(
    `select m.profile_id, m.segment from unnest($1::smallint[], $2::bigint[]) p(lane, profile_id)
     cross join lateral (
       select * from parcours.membership d where d.lane = p.lane and d.profile_id = p.profile_id
         and d.segment = any($3::text[]) and d.is_member offset 0) m`,
    [people.lanes, people.profiles, segments],
  );
}

export interface RegisteredRow {
  readonly register: string;
  /** Of a number that stands in it, hex; null: the register itself, which was imported. */
  readonly hash: string | null;
}

/** Which of the registers were imported, and which of the hashes stand in them. */
export function readRegistered(
  session: Session,
  registers: readonly string[],
  hashes: readonly Buffer[],
): Promise<RegisteredRow[]> {
  return session.query<RegisteredRow>(
    `select r.register, null as hash from parcours.register r where r.register = any($1::text[])
     union all
     select r.register, encode(h.hash, 'hex') from parcours.register r
     cross join unnest($2::bytea[]) h(hash)
     cross join lateral (
       select 1 from parcours.register_entry e
       where e.register = r.register and e.hash = h.hash and e.generation = r.generation offset 0) e
     where r.register = any($1::text[])`,
    [registers, hashes],
  );
}
