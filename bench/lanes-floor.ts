/**
 * The floor of the benchmark `lanes`: what `workspace/shop.yaml` says, written by hand for exactly this journey, as one would write it
 * who knows PostgreSQL and nothing but this job. It writes the same rows as the engine. It is no engine: no second journey, no event of another
 * type, no member who leaves. Its statements obey the store's rules (lanes locked with `skip locked`, arrays, one transaction a batch) and go
 * through the driver as it is, pipelined: the writes of a transaction go out together, and one answer is awaited for all.
 */
import { workerSettings } from '../engine/activation/engine.ts';
import type { Store } from '../engine/store/store.ts';
import { type PlainSession, plainSession } from './plain-session.ts';

/** What a transaction takes: whole lanes with about so many rows together. More isn't faster. */
const rowsAtOnce = 1_500;

/** The journey's digest, which enrollments name, and the revision, which messages name. */
export interface FloorNames {
  readonly version: string;
  readonly revision: number;
}

export interface FloorOptions {
  readonly workers: number;
  readonly t: Date;
  readonly names: FloorNames;
}

/** Works everything off with that many sessions at once. */
export async function runFloor(store: Store, { workers, t, names }: FloorOptions): Promise<void> {
  const sessions = await Promise.all(
    Array.from({ length: workers }, () => plainSession(store.connection, workerSettings)),
  );
  try {
    await Promise.all(sessions.map((session) => workOff(session, t, names)));
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}

async function workOff(session: PlainSession, t: Date, names: FloorNames): Promise<void> {
  for (let low = 0; ; ) {
    const fresh = await freshLanes(session, low);
    if (fresh.length === 0) return;
    low = Math.max(...fresh.map(({ last }) => last));
    for (const lanes of inBatches(fresh)) await oneBatch(session, lanes, t, names);
  }
}

interface FreshLane {
  readonly lane: number;
  readonly last: number;
  readonly rows: number;
}

function freshLanes(session: PlainSession, low: number): Promise<FreshLane[]> {
  return session.query(
    'select lane, max(seq) as last, count(*) as rows from parcours.inbox where seq > $1 group by lane order by lane',
    [low],
  );
}

function inBatches(fresh: readonly FreshLane[]): readonly (readonly number[])[] {
  const batches: number[][] = [];
  let rows = rowsAtOnce;
  for (const one of fresh) {
    if (rows + one.rows > rowsAtOnce) {
      batches.push([]);
      rows = 0;
    }
    batches.at(-1)?.push(one.lane);
    rows += one.rows;
  }
  return batches;
}

async function oneBatch(session: PlainSession, lanes: readonly number[], t: Date, names: FloorNames): Promise<void> {
  await session.transaction(async () => {
    // What isn't to be had is in another worker's hands; he takes it whole.
    const claimed = (await claim(session, lanes)).map(({ lane }) => lane);
    if (claimed.length === 0) return;
    const facts = await take(session, claimed, t);
    if (facts.length === 0) return;
    const people = new Map(facts.map((fact) => [fact.profile_id, fact.lane]));
    // Sent without waiting: the connection keeps the order, and the next statement reads what this one wrote.
    const events = insertEvents(session, facts);
    const entering = await decide(session, [...people.values()], [...people.keys()], t);
    await Promise.all([events, ...writes(session, entering, t, names), finish(session, claimed, t)]);
  });
}

function claim(session: PlainSession, lanes: readonly number[]): Promise<{ lane: number }[]> {
  return session.query(
    'select lane from parcours.lane where lane = any($1::smallint[]) order by lane for update skip locked',
    [lanes],
  );
}

interface Taken {
  readonly lane: number;
  readonly seq: number;
  readonly profile_id: number;
  readonly body: string;
}

/** The bodies stay texts: they go back to the server as they came. */
function take(session: PlainSession, lanes: readonly number[], t: Date): Promise<Taken[]> {
  return session.query(
    `delete from parcours.inbox where lane = any($1::smallint[]) and visible_at <= $2
     returning lane, seq, profile_id, body::text as body`,
    [lanes, t],
  );
}

function insertEvents(session: PlainSession, facts: readonly Taken[]): Promise<unknown> {
  return session.query(
    `insert into parcours.event (lane, type, profile_id, occurred_at, event_id, received_at, value, unit, properties, source)
     select f.lane, e.type, f.profile_id, to_timestamp(b.at / 1000.0), f.seq, to_timestamp(b.received / 1000.0),
       e.value, e.unit, e.properties, b.source
     from rows from (unnest($1::smallint[]), unnest($2::bigint[]), unnest($3::bigint[]), jsonb_array_elements($4::jsonb))
       f(lane, seq, profile_id, body)
     cross join lateral jsonb_to_record(f.body) b(at bigint, received bigint, source text, event jsonb)
     cross join lateral jsonb_to_record(b.event) e(type text, value bigint, unit text, properties jsonb)`,
    [
      facts.map((f) => f.lane),
      facts.map((f) => f.seq),
      facts.map((f) => f.profile_id),
      `[${facts.map((f) => f.body).join(',')}]`,
    ],
  );
}

interface Entering {
  readonly lane: number;
  readonly profile_id: number;
  readonly message_id: number;
  readonly n: number;
  readonly next_change: Date;
  readonly outcome: 'queued' | 'deferred' | 'suppressed';
  readonly rule: string | null;
  readonly until: Date | null;
  readonly contacts: number;
}

/**
 * Segment, re-entry, reach, consent and cap in one statement: the rows of those who enter, with what becomes of their message. `offset 0`
 * keeps each table a probe of its index a person, whatever the planner knew when it planned.
 */
function decide(
  session: PlainSession,
  lanes: readonly number[],
  profiles: readonly number[],
  t: Date,
): Promise<Entering[]> {
  return session.query(
    `select p.lane, p.profile_id, nextval('parcours.message_id') as message_id, coalesce(last.n, 0) + 1 as n,
       third.at + interval '30 days' as next_change, o.outcome, o.rule, c.contacts::integer as contacts,
       case o.outcome
         when 'queued' then least((date_trunc('day', $3::timestamptz at time zone p.zone) + interval '1 day') at time zone p.zone, $3 + interval '48 hours')
         when 'deferred' then least(c.frees, $3 + interval '48 hours') end as until
     from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     cross join lateral (
       select x.lane, x.profile_id, x.traits, x.zone from parcours.profile x
       where x.lane = u.lane and x.profile_id = u.profile_id offset 0) p
     cross join lateral (
       select e.occurred_at as at from parcours.event e
       where e.lane = p.lane and e.type = 'order_placed' and e.profile_id = p.profile_id
         and e.occurred_at <= $3 and e.occurred_at > $3 - interval '30 days'
       order by e.occurred_at desc offset 2 limit 1) third
     left join lateral (
       select x.is_member from parcours.membership x
       where x.lane = p.lane and x.profile_id = p.profile_id and x.segment = 'keen-buyers' offset 0) m on true
     left join lateral (
       select e.n, e.state, e.exited_at from parcours.enrollment e
       where e.lane = p.lane and e.profile_id = p.profile_id and e.journey = 'thank-keen-buyers' and e.key = ''
       order by e.n desc limit 1) last on true
     cross join lateral (
       select count(*) as contacts, (array_agg(x.at order by x.at desc))[3] + interval '7 days' as frees
       from parcours.contact x
       where x.lane = p.lane and x.profile_id = p.profile_id and x.at > $3 - interval '7 days' and x.objective <> 'service') c
     left join lateral (
       select bool_or(k.state = 'granted') and not bool_or(k.state = 'denied') as is_granted from parcours.consent k
       where k.lane = p.lane and k.profile_id = p.profile_id and k.purpose = 'marketing' and k.channel in ('*', 'push')) said on true
     cross join lateral (
       select nullif(p.traits ->> 'push_token', '') as token) a
     cross join lateral (
       select case when a.token is null then 'no-address push'
         when exists (select from parcours.suppression s
           where s.hash = sha256(convert_to('push' || chr(10) || lower(btrim(a.token)), 'UTF8'))) then 'suppressed-address push'
         when said.is_granted is not true then 'no-consent marketing'
         when c.contacts >= 3 then 'cap house/weekly' end as rule) r
     cross join lateral (
       select r.rule, case when r.rule is null then 'queued' when r.rule = 'cap house/weekly' then 'deferred' else 'suppressed' end as outcome) o
     where p.traits ->> 'tier' in ('silver', 'gold') and m.is_member is not true
       and (last.n is null or last.state = 'exited' and last.exited_at + interval '90 days' <= $3)`,
    [lanes, profiles, t],
  );
}

function writes(
  session: PlainSession,
  entering: readonly Entering[],
  t: Date,
  names: FloorNames,
): readonly Promise<unknown>[] {
  if (entering.length === 0) return [];
  const queued = entering.filter(({ outcome }) => outcome === 'queued');
  const went = entering.filter(({ outcome }) => outcome !== 'deferred');
  return [
    insertMemberships(session, entering, t),
    insertEnrollments(session, entering, t, names),
    insertSteps(session, went, t),
    insertMessages(session, entering, t, names),
    insertContacts(session, queued, t),
    insertOutbox(session, queued, t),
  ];
}

function insertMemberships(session: PlainSession, rows: readonly Entering[], t: Date): Promise<unknown> {
  return session.query(
    `insert into parcours.membership (lane, profile_id, segment, is_member, since, next_change)
     select u.lane, u.profile_id, 'keen-buyers', true, $4, u.next_change
     from unnest($1::smallint[], $2::bigint[], $3::timestamptz[]) u(lane, profile_id, next_change)
     on conflict (lane, profile_id, segment) do update set is_member = true, since = excluded.since, next_change = excluded.next_change`,
    [rows.map((r) => r.lane), rows.map((r) => r.profile_id), rows.map((r) => r.next_change), t],
  );
}

/** Whoever's message waits for room stands at the step; everybody else has come to the journey's end. */
function insertEnrollments(
  session: PlainSession,
  rows: readonly Entering[],
  t: Date,
  { version }: FloorNames,
): Promise<unknown> {
  return session.query(
    `insert into parcours.enrollment (lane, profile_id, journey, n, version, state, step, posture, entered_at, step_since,
       due_at, exited_at, exit_as, steps_done)
     select u.lane, u.profile_id, 'thank-keen-buyers', u.n, $6,
       case when u.held_until is null then 'exited' else 'active' end, case when u.held_until is not null then 'thanks' end,
       case when u.held_until is not null then 'held' end, $5::timestamptz, $5, u.held_until,
       case when u.held_until is null then $5 end, case when u.held_until is null then 'completed' end,
       case when u.held_until is null then 1 else 0 end
     from unnest($1::smallint[], $2::bigint[], $3::integer[], $4::timestamptz[]) u(lane, profile_id, n, held_until)`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.profile_id),
      rows.map((r) => r.n),
      rows.map((r) => (r.outcome === 'deferred' ? r.until : null)),
      t,
      version,
    ],
  );
}

function insertSteps(session: PlainSession, rows: readonly Entering[], t: Date): Promise<unknown> {
  return session.query(
    `insert into parcours.step_log (lane, profile_id, journey, key, n, seq, step, at, outcome, detail)
     select u.lane, u.profile_id, 'thank-keen-buyers', '', u.n, 0, 'thanks', $6, u.outcome,
       case when u.rule is not null then jsonb_build_object('rule', u.rule) end
     from unnest($1::smallint[], $2::bigint[], $3::integer[], $4::text[], $5::text[]) u(lane, profile_id, n, outcome, rule)`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.profile_id),
      rows.map((r) => r.n),
      rows.map((r) => r.outcome),
      rows.map((r) => r.rule),
      t,
    ],
  );
}

function insertMessages(
  session: PlainSession,
  rows: readonly Entering[],
  t: Date,
  { revision }: FloorNames,
): Promise<unknown> {
  return session.query(
    `insert into parcours.message (lane, message_id, profile_id, journey, key, n, step, channel, template, objective, purpose,
       priority, state, rank, created_at, accepted_at, valid_until, decision, revision)
     select u.lane, u.message_id, u.profile_id, 'thank-keen-buyers', '', u.n, 'thanks',
       case when u.outcome <> 'suppressed' then 'push' end, 'thanks', 'loyalty', 'marketing', 60, u.outcome,
       case when u.outcome = 'queued' then 1 else 0 end, $9::timestamptz, case when u.outcome = 'queued' then $9 end, $9 + interval '48 hours',
       jsonb_build_object('outcome', u.outcome, 'rule', u.rule, 'channel', case when u.outcome <> 'suppressed' then 'push' end,
         'count', case when u.outcome = 'deferred' then u.contacts end, 'max', case when u.outcome = 'deferred' then 3 end,
         'window', case when u.outcome = 'deferred' then '7d' end,
         'until', (extract(epoch from u.until) * 1000)::bigint, 'at', (extract(epoch from $9) * 1000)::bigint), $10
     from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::integer[], $5::text[], $6::text[], $7::integer[], $8::timestamptz[])
       u(lane, message_id, profile_id, n, outcome, rule, contacts, until)`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.message_id),
      rows.map((r) => r.profile_id),
      rows.map((r) => r.n),
      rows.map((r) => r.outcome),
      rows.map((r) => r.rule),
      rows.map((r) => r.contacts),
      rows.map((r) => r.until),
      t,
      revision,
    ],
  );
}

function insertContacts(session: PlainSession, rows: readonly Entering[], t: Date): Promise<unknown> {
  return session.query(
    `insert into parcours.contact (lane, profile_id, at, message_id, channel, journey, objective)
     select u.lane, u.profile_id, $4, u.message_id, 'push', 'thank-keen-buyers', 'loyalty'
     from unnest($1::smallint[], $2::bigint[], $3::bigint[]) u(lane, profile_id, message_id)`,
    [rows.map((r) => r.lane), rows.map((r) => r.profile_id), rows.map((r) => r.message_id), t],
  );
}

function insertOutbox(session: PlainSession, rows: readonly Entering[], t: Date): Promise<unknown> {
  return session.query(
    `insert into parcours.outbox (lane, message_id, profile_id, channel, class, due_at, decided_until)
     select u.lane, u.message_id, u.profile_id, 'push', 1, $5, u.until
     from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::timestamptz[]) u(lane, message_id, profile_id, until)`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.message_id),
      rows.map((r) => r.profile_id),
      rows.map((r) => r.until),
      t,
    ],
  );
}

/** No inbox rows are left, and nothing here waits on a computed trait. */
function finish(session: PlainSession, lanes: readonly number[], t: Date): Promise<unknown> {
  return session.query(
    `update parcours.lane l set last_t = greatest(l.last_t, $2), wake_at = least(
       (select m.next_change from parcours.membership m where m.lane = l.lane and m.next_change is not null order by m.next_change limit 1),
       (select e.wake_at from parcours.enrollment e where e.lane = l.lane and e.wake_at is not null order by e.wake_at limit 1))
     where l.lane = any($1::smallint[])`,
    [lanes, t],
  );
}
