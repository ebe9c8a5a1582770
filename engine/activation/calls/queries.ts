/**
 * Statements over lists of calls. A row says that somebody was put on a list; who stands there still is told by his enrollment. Lanes
 * write `call`, desks write `call_taking`: who has a call in hand, and what came of it.
 */
import type { ValueRef } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';

export interface WrittenCall {
  readonly lane: number;
  readonly profileId: number;
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly step: string;
  readonly round: number;
  readonly list: string;
  readonly script: string | null;
  readonly urgent: boolean;
  readonly until: Date;
}

export async function insertCalls(session: Session, rows: readonly WrittenCall[], t: Date): Promise<void> {
  await session.query(
    `insert into parcours.call (lane, profile_id, journey, key, n, step, round, list, script, urgent, until, placed_at)
     select u.*, $12 from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::integer[],
       $8::text[], $9::text[], $10::boolean[], $11::timestamptz[]) u
     on conflict (lane, profile_id, journey, key, n, step, round)
     do update set placed_at = excluded.placed_at, until = excluded.until, call_id = excluded.call_id`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.profileId),
      rows.map((r) => r.journey),
      rows.map((r) => r.key),
      rows.map((r) => r.n),
      rows.map((r) => r.step),
      rows.map((r) => r.round),
      rows.map((r) => r.list),
      rows.map((r) => r.script),
      rows.map((r) => r.urgent),
      rows.map((r) => r.until),
      t,
    ],
  );
}

/** Raises the messages of calls that reached somebody: seen, or acted on a yes. */
export async function noteCallsClosed(
  session: Session,
  rows: readonly {
    readonly lane: number;
    readonly profileId: number;
    readonly journey: string;
    readonly step: string;
    /** Of the enrollment; null: whichever. */
    readonly key: string | null;
    readonly isYes: boolean;
  }[],
): Promise<void> {
  await session.query(
    `update parcours.message m set rank = greatest(m.rank, x.rank), state = case when x.rank > m.rank then x.state else m.state end
     from (
       select u.lane, l.message_id, case when u.is_yes then 5 else 4 end as rank, case when u.is_yes then 'acted' else 'seen' end as state
       from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::boolean[], $6::text[]) u(lane, profile_id, journey, step, is_yes, key)
       cross join lateral (
         select d.message_id from parcours.message d
         where d.lane = u.lane and d.profile_id = u.profile_id and d.journey = u.journey and d.step = u.step and d.rank >= 1
           and (u.key is null or d.key = u.key)
         order by d.created_at desc, d.message_id desc limit 1) l) x
     where m.lane = x.lane and m.message_id = x.message_id`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.profileId),
      rows.map((r) => r.journey),
      rows.map((r) => r.step),
      rows.map((r) => r.isYes),
      rows.map((r) => r.key),
    ],
  );
}

/** How a desk orders and gives out its calls. */
export interface DeskOrder {
  readonly list: string;
  /** Null: who waits longest is first. */
  readonly rankBy: { readonly of: ValueRef; readonly order: 'highest' | 'lowest' } | null;
  readonly assignTo: ValueRef | null;
  /** The trait that holds the number. */
  readonly address: string | null;
  /** In which amounts are ranked; those in others come last. */
  readonly currency: string;
}

export interface CallRow {
  readonly call_id: number;
  readonly lane: number;
  readonly profile_id: number;
  readonly journey: string;
  readonly step: string;
  readonly key: string;
  readonly script: string | null;
  readonly urgent: boolean;
  readonly placed_at: Date;
  readonly until: Date;
  /** What ranks it: amounts in minor units, dates as days, times as milliseconds. Decimal text. */
  readonly rank: string | null;
  readonly assigned_to: string | null;
  /** Who has it in hand; null: nobody. */
  readonly agent: string | null;
  readonly taken_at: Date | null;
  /** How often it was tried. */
  readonly tries: number;
}

/** Where a value is read: a trait of the person, or a field of the row that the enrollment is bound to. */
const valueAt = (trait: string, entity: string, field: string): string => `(case
  when ${trait}::text is not null then p.traits -> ${trait}::text
  when ${entity}::text is not null then (
    select r.fields -> ${field}::text from parcours.entity_row r
    where r.lane = c.lane and r.profile_id = c.profile_id and r.entity = ${entity}::text and r.key = c.key limit 1) end)`;

/** Calls that stand on a list at $2: placed, in time, of people who wait for them, and the last of their step. */
const standing = (more = ''): string => `parcours.call c
  cross join lateral (
    select d.traits, d.locale, d.zone from parcours.profile d where d.lane = c.lane and d.profile_id = c.profile_id offset 0) p
  cross join lateral (
    select max(k.agent) filter (where k.state = 'taken') as agent, max(k.taken_at) filter (where k.state = 'taken') as taken_at,
      count(*) filter (where k.state <> 'released')::integer as tries,
      coalesce(bool_or(k.state = 'closed' or (k.state = 'again' and k.again_at > $2)), false) as rests
    from parcours.call_taking k where k.call_id = c.call_id) g
  ${more}
  where c.list = $1 and c.until > $2 and not g.rests
    and exists (select from parcours.enrollment e where e.lane = c.lane and e.profile_id = c.profile_id and e.journey = c.journey
      and e.key = c.key and e.n = c.n and e.state = 'active' and e.step = c.step and e.posture = 'waiting')
    and not exists (select from parcours.call l where l.lane = c.lane and l.profile_id = c.profile_id and l.journey = c.journey
      and l.key = c.key and l.n = c.n and l.step = c.step and l.round > c.round)`;

/** The calls of a list, in the order in which they are made: urgent ones, then by rank, then who waits longest. */
export function selectCalls(
  session: Session,
  { list, rankBy, assignTo, currency }: DeskOrder,
  t: Date,
  page: {
    /** Only calls that nobody has in hand, assigned to this agent or to nobody; null: all. */
    readonly agent: string | null;
    readonly after: number;
    readonly limit: number;
  },
): Promise<CallRow[]> {
  return session.query<CallRow>(
    `select x.* from (
       select c.call_id, c.lane, c.profile_id, c.journey, c.step, c.key, c.script, c.urgent, c.placed_at, c.until,
         (case when $6::text is null then parcours.num(v.rank) when v.rank ->> 'currency' = $6::text then parcours.num(v.rank -> 'amount') end) as rank,
         nullif(btrim(v.assigned #>> '{}'), '') as assigned_to, g.agent, g.taken_at, g.tries
       from ${standing(`cross join lateral (
         select ${valueAt('$3', '$4', '$5')} as rank, ${valueAt('$7', '$8', '$9')} as assigned) v`)}
     ) x
     where $10::text is null or (x.agent is null and (x.assigned_to is null or x.assigned_to = $10::text))
     order by x.urgent desc, x.rank * $11::integer desc nulls last, x.placed_at, x.call_id
     limit $12 offset $13`,
    [
      ...[list, t, ...placeOf(rankBy?.of ?? null), rankBy?.of.type === 'money' ? currency : null],
      ...[...placeOf(assignTo), page.agent, rankBy?.order === 'lowest' ? -1 : 1, page.limit, page.after],
    ],
  );
}

/** Trait, entity and field by which a value is found. */
function placeOf(ref: ValueRef | null): readonly (string | null)[] {
  if (ref?.root === 'trait') return [ref.trait, null, null];
  return ref?.root === 'entity' ? [null, ref.entity, ref.field] : [null, null, null];
}

export interface CalledRow {
  readonly call_id: number;
  readonly address: string | null;
  readonly locale: string | null;
  readonly zone: string | null;
  readonly identifiers: Readonly<Record<string, string>>;
}

/** Whom an agent calls: the number and what the person is known by; of several identifiers of a type the first. */
export function selectCalled(session: Session, calls: readonly number[], address: string | null): Promise<CalledRow[]> {
  return session.query<CalledRow>(
    `select c.call_id, nullif(btrim(p.traits ->> $2::text), '') as address, p.locale, p.zone, coalesce(i.identifiers, '{}') as identifiers
     from unnest($1::bigint[]) u(call_id)
     join parcours.call c on c.call_id = u.call_id
     join parcours.profile p on p.lane = c.lane and p.profile_id = c.profile_id
     left join lateral (
       select jsonb_object_agg(d.type, d.value order by d.value desc) as identifiers from parcours.identifier d
       where d.lane = c.lane and d.profile_id = c.profile_id) i on true`,
    [calls, address],
  );
}

/** Lets one session at a time give out calls of a list: its capacity is counted, and nobody gets what another one has. */
export async function lockList(session: Session, list: string): Promise<void> {
  await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`parcours calls ${list}`]);
}

/** Calls of a list that were made, or are in hand, since an instant. */
export async function countTaken(session: Session, list: string, since: Date): Promise<number> {
  const rows = await session.query<{ taken: number }>(
    `select count(*)::integer as taken from parcours.call_taking where list = $1 and taken_at >= $2 and state <> 'released'`,
    [list, since],
  );
  return rows[0]?.taken ?? 0;
}

/** Puts calls in an agent's hand. The caller holds the list's lock. */
export async function insertTakings(
  session: Session,
  {
    list,
    agent,
    calls,
    t,
  }: { readonly list: string; readonly agent: string; readonly calls: readonly number[]; readonly t: Date },
): Promise<void> {
  await session.query(
    `insert into parcours.call_taking (call_id, n, list, agent, taken_at, state)
     select u.call_id, coalesce((select max(k.n) from parcours.call_taking k where k.call_id = u.call_id), 0) + 1, $2, $3, $4, 'taken'
     from unnest($1::bigint[]) u(call_id)`,
    [calls, list, agent, t],
  );
}

export interface EndedRow {
  readonly lane: number;
  readonly profile_id: number;
  readonly journey: string;
  readonly step: string;
  readonly key: string;
  readonly list: string;
  readonly placed_at: Date;
}

/** Ends a call that is in hand, of that agent where one is named. No row: it isn't. Of two who end it at once the row lets one. */
export function endTaking(
  session: Session,
  id: number,
  end: {
    readonly agent: string | null;
    readonly list: string | null;
    readonly state: 'again' | 'released' | 'closed';
    readonly outcome: string | null;
    readonly againAt: Date | null;
    readonly t: Date;
  },
): Promise<EndedRow[]> {
  return session.query<EndedRow>(
    `update parcours.call_taking k set state = $3, outcome = $4, again_at = $5, ended_at = $6
     from parcours.call c
     where k.call_id = $1 and k.state = 'taken' and ($2::text is null or k.agent = $2::text)
       and ($7::text is null or k.list = $7::text) and c.call_id = k.call_id
     returning c.lane, c.profile_id, c.journey, c.step, c.key, c.list, c.placed_at`,
    [id, end.agent, end.state, end.outcome, end.againAt, end.t, end.list],
  );
}

export interface TakingRow {
  readonly agent: string;
  readonly state: 'taken' | 'again' | 'released' | 'closed';
  readonly outcome: string | null;
}

/** The last that happened to a call at its desk; no row: nobody took it. Null: there is no such call. */
export async function lastTaking(
  session: Session,
  id: number,
  list: string | null,
): Promise<TakingRow | 'free' | null> {
  const rows = await session.query<TakingRow & { readonly n: number | null }>(
    `select k.n, k.agent, k.state, k.outcome from parcours.call c left join parcours.call_taking k on k.call_id = c.call_id
     where c.call_id = $1 and ($2::text is null or c.list = $2::text) order by k.n desc nulls last limit 1`,
    [id, list],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return row.n === null ? 'free' : row;
}

export interface DeskCounts {
  readonly free: number;
  readonly in_hand: number;
}

/** How many calls stand on a list, and how many of them somebody has in hand. */
export async function countCalls(session: Session, list: string, t: Date): Promise<DeskCounts> {
  const rows = await session.query<DeskCounts>(
    `select count(*) filter (where g.agent is null)::integer as free, count(g.agent)::integer as in_hand from ${standing()}`,
    [list, t],
  );
  return rows[0] ?? { free: 0, in_hand: 0 };
}

export interface SpokenRow {
  readonly profile_id: number;
  readonly at: Date;
  /** `person`: he wrote it · `us`: we sent it. */
  readonly by: 'person' | 'us';
  readonly channel: string | null;
  /** Of what he wrote. */
  readonly text: string | null;
  readonly intent: string | null;
  /** Of what we sent: texts of messages aren't kept. */
  readonly template: string | null;
}

/** What people wrote and what was sent to them from `since` on, the newest of each person, oldest first. */
export function selectSpoken(
  session: Session,
  people: { readonly lanes: readonly number[]; readonly profiles: readonly number[] },
  { since, desks, each }: { readonly since: Date; readonly desks: readonly string[]; readonly each: number },
): Promise<SpokenRow[]> {
  return session.query(
    `select u.profile_id, s.at, s.by, s.channel, s.text, s.intent, s.template
     from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     cross join lateral (
       select * from (
         (select e.occurred_at as at, 'person' as by, e.properties->>'channel' as channel, e.properties->>'text' as text,
            e.properties->>'intent' as intent, null as template
          from parcours.event e
          where e.lane = u.lane and e.type = 'message_received' and e.profile_id = u.profile_id and e.occurred_at >= $3
          order by e.occurred_at desc limit $4)
         union all
         (select m.sent_at, 'us', m.channel, null, null, m.template
          from parcours.message m
          where m.lane = u.lane and m.profile_id = u.profile_id and m.sent_at >= $3 and m.channel <> all($5::text[])
          order by m.sent_at desc limit $4)) both_sides
       order by at desc limit $4) s
     order by u.profile_id, s.at`,
    [people.lanes, people.profiles, since, each, desks],
  );
}
