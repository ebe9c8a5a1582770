/**
 * The statements that count people for a plan: each reads whole lanes ($1, or what the compiler made of them) and gives a row a lane. They
 * are run each in its own short transaction, by people and not by the engine.
 */
import type { Session } from '../../store/session.ts';

/** A query of rows (lane, profile_id), made by the compiler for some lanes. */
export interface PeopleQuery {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Whether the store holds at most so many people; it looks at no more. */
export async function hasFewPeople(session: Session, most: number): Promise<boolean> {
  const rows = await session.query<{ people: number }>(
    'select count(*)::integer as people from (select from parcours.profile limit $1) few',
    [most + 1],
  );
  return (rows[0]?.people ?? 0) <= most;
}

/** Whether some lane runs under an older revision, or has had something to do since an instant. */
export async function areLanesBehind(session: Session, revision: number, since: Date): Promise<boolean> {
  const rows = await session.query<{ behind: boolean }>(
    'select exists (select from parcours.lane where revision < $1 or wake_at < $2) as behind',
    [revision, since],
  );
  return rows[0]?.behind ?? true;
}

export interface MembersRow {
  readonly lane: number;
  readonly before: number;
  readonly after: number;
  /** Of both. */
  readonly kept: number;
}

/** The members of a segment now, and those whom the query finds. */
export function selectMembersShift(
  session: Session,
  people: PeopleQuery | null,
  { segment, lanes }: { readonly segment: string; readonly lanes: readonly number[] },
): Promise<MembersRow[]> {
  const next = people?.values.length ?? 0;
  const found = people?.text ?? 'select lane, profile_id from parcours.profile where false';
  return session.query<MembersRow>(
    `with will as materialized (${found}),
     now_in as materialized (
       select lane, profile_id from parcours.membership
       where segment = $${next + 1}::text and is_member and lane = any($${next + 2}::smallint[]))
     select coalesce(w.lane, i.lane) as lane, count(i.profile_id)::integer as before, count(w.profile_id)::integer as after,
       count(*) filter (where w.profile_id is not null and i.profile_id is not null)::integer as kept
     from will w full join now_in i on i.lane = w.lane and i.profile_id = w.profile_id group by 1`,
    [...(people?.values ?? []), segment, lanes],
  );
}

/** Some of those who enter (`is_new`) and leave: hashes by a salt that never leaves the store. */
export function selectSamples(
  session: Session,
  people: PeopleQuery | null,
  of: { readonly segment: string; readonly lanes: readonly number[]; readonly count: number; readonly day: string },
): Promise<{ readonly is_new: boolean; readonly hash: string }[]> {
  const next = people?.values.length ?? 0;
  const found = people?.text ?? 'select lane, profile_id from parcours.profile where false';
  const at = (n: number) => `$${next + n}`;
  const hash = `left(encode(sha256(convert_to(s.sample_salt::text || ${at(4)}::text || x.profile_id, 'UTF8')), 'hex'), 16)`;
  return session.query(
    `with will as materialized (${found}),
     now_in as materialized (
       select lane, profile_id from parcours.membership
       where segment = ${at(1)}::text and is_member and lane = any(${at(2)}::smallint[])),
     x as (
       (select true as is_new, w.profile_id from will w
        where not exists (select from now_in i where i.lane = w.lane and i.profile_id = w.profile_id) limit ${at(3)}::integer)
       union all
       (select false, i.profile_id from now_in i
        where not exists (select from will w where i.lane = w.lane and i.profile_id = w.profile_id) limit ${at(3)}::integer))
     select x.is_new, ${hash} as hash from x cross join parcours.store s order by 1, 2`,
    [...(people?.values ?? []), of.segment, of.lanes, of.count, of.day],
  );
}

/** Who of the people may enter a journey. */
export interface EntryRule {
  /** As it is called now. */
  readonly journey: string;
  /** `reentry: never`: whoever was enrolled once stays out. */
  readonly isOnce: boolean;
  /** `reentry: {after}`: whoever left less than that before `at` stays out; null: no such wait. */
  readonly after: { readonly months: number; readonly days: number; readonly ms: number } | null;
  readonly at: Date;
  /** Members of this segment now don't count: only those whom the change brings in. Null: all count. */
  readonly notMembersOf: string | null;
}

export interface LaneCountRow {
  readonly lane: number;
  readonly people: number;
}

/** Counts the people of the query who may enter the journey: they aren't in it, and re-entry is allowed. */
export function countEntering(session: Session, people: PeopleQuery, rule: EntryRule): Promise<LaneCountRow[]> {
  const next = people.values.length + 1;
  return session.query<LaneCountRow>(
    `with people as materialized (${people.text})
     select p.lane, count(*)::integer as people from people p
     where not exists (
       select from parcours.enrollment e
       where e.lane = p.lane and e.profile_id = p.profile_id and e.journey = $${next}
         and ($${next + 1}::boolean or e.state = 'active'
           or e.exited_at + make_interval(months => $${next + 2}, days => $${next + 3}, secs => $${next + 4}) > $${next + 5}))
       and not exists (
       select from parcours.membership m
       where m.lane = p.lane and m.profile_id = p.profile_id and m.segment = $${next + 6}::text and m.is_member)
     group by p.lane`,
    [
      ...people.values,
      rule.journey,
      rule.isOnce,
      rule.after?.months ?? null,
      rule.after?.days ?? null,
      rule.after === null ? null : rule.after.ms / 1000,
      rule.at,
      rule.notMembersOf,
    ],
  );
}

export interface StandersRow {
  readonly lane: number;
  readonly journey: string;
  readonly version: string;
  readonly step: string;
  readonly posture: string;
  readonly people: number;
  /** Whose timer comes up to the first and the second instant. */
  readonly soon: number;
  readonly later: number;
  /** The same if the wait of the step were as long as told. */
  readonly soon_anew: number;
  readonly later_anew: number;
}

/** A wait of a new length: whoever came to the step up to these instants is through by the two that are asked for. */
export interface Anew {
  readonly journey: string;
  readonly step: string;
  readonly soon: Date;
  readonly later: Date;
}

/** Who stands at steps of journeys with a timer that comes up to two instants. */
export function selectStanders(
  session: Session,
  of: {
    readonly lanes: readonly number[];
    readonly journeys: readonly string[];
    readonly soon: Date;
    readonly later: Date;
    readonly anew: readonly Anew[];
  },
): Promise<StandersRow[]> {
  return session.query<StandersRow>(
    `select e.lane, e.journey, e.version, e.step, e.posture, count(*)::integer as people,
       count(*) filter (where e.due_at <= $3)::integer as soon, count(*) filter (where e.due_at <= $4)::integer as later,
       count(*) filter (where case when a.soon is null or e.posture <> 'waiting' then e.due_at <= $3 else e.step_since <= a.soon end)::integer as soon_anew,
       count(*) filter (where case when a.soon is null or e.posture <> 'waiting' then e.due_at <= $4 else e.step_since <= a.later end)::integer as later_anew
     from parcours.enrollment e
     left join unnest($5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[]) a(journey, step, soon, later)
       on a.journey = e.journey and a.step = e.step
     where e.lane = any($1::smallint[]) and e.state = 'active' and e.journey = any($2::text[]) and e.step is not null
       and e.holdout is null
     group by e.lane, e.journey, e.version, e.step, e.posture`,
    [
      of.lanes,
      of.journeys,
      of.soon,
      of.later,
      of.anew.map(({ journey }) => journey),
      of.anew.map(({ step }) => step),
      of.anew.map(({ soon }) => soon),
      of.anew.map(({ later }) => later),
    ],
  );
}

export interface CandidateRow {
  readonly lane: number;
  readonly profile_id: number;
  readonly journey: string;
  readonly objective: string;
  readonly channel: string;
  readonly at: Date;
  /** It was queued and hasn't failed; otherwise a cap stopped it. */
  readonly has_left: boolean;
  readonly zone: string | null;
}

/** Messages first wanted after an instant that left, or that a cap stopped; and what left before, as far as caps look back. */
export function selectCandidates(
  session: Session,
  of: { readonly lanes: readonly number[]; readonly after: Date; readonly lookBack: Date },
): Promise<(CandidateRow & { readonly is_history: boolean })[]> {
  return session.query(
    `select c.lane, c.profile_id, c.journey, c.objective, c.channel, c.at, true as has_left, p.zone, c.at <= $2 as is_history
     from parcours.contact c join parcours.profile p on p.lane = c.lane and p.profile_id = c.profile_id
     where c.lane = any($1::smallint[]) and c.at > $3
     union all
     select m.lane, m.profile_id, m.journey, m.objective, coalesce(m.channel, m.decision->>'channel'),
       to_timestamp((m.decision->>'at')::bigint / 1000.0)::timestamptz(3), false, p.zone, false
     from parcours.message m join parcours.profile p on p.lane = m.lane and p.profile_id = m.profile_id
     where m.lane = any($1::smallint[]) and m.created_at > $2 and m.state in ('deferred', 'suppressed', 'expired')
       and coalesce(m.channel, m.decision->>'channel') is not null
       and (m.decision->>'rule' like 'cap %' or exists (
         select from jsonb_array_elements_text(coalesce(m.decision->'deferred_by', '[]')) d(rule) where d.rule like 'cap %'))
     order by 1, 2, 6`,
    [of.lanes, of.after, of.lookBack],
  );
}

export interface WaitingMessagesRow {
  readonly template: string;
  readonly queued: number;
  readonly deferred: number;
}

/** Messages of the templates that are decided and haven't left. */
export function selectWaitingMessages(session: Session, templates: readonly string[]): Promise<WaitingMessagesRow[]> {
  return session.query<WaitingMessagesRow>(
    `select t.template, coalesce(q.messages, 0)::integer as queued, coalesce(d.messages, 0)::integer as deferred
     from unnest($1::text[]) t(template)
     left join (
       select m.template, count(*) as messages from parcours.outbox o
       join parcours.message m on m.lane = o.lane and m.message_id = o.message_id
       where m.template = any($1::text[]) group by m.template) q on q.template = t.template
     left join (
       select m.template, count(*) as messages from parcours.enrollment e
       cross join lateral (
         select d.template, d.state, d.journey, d.key, d.n, d.step from parcours.message d
         where d.lane = e.lane and d.profile_id = e.profile_id offset 0) m
       where e.state = 'active' and e.posture = 'held' and m.state = 'deferred' and m.template = any($1::text[])
         and m.journey = e.journey and m.key = e.key and m.n = e.n and m.step = e.step
       group by m.template) d on d.template = t.template
     order by t.template`,
    [templates],
  );
}

export interface ReachableRow {
  readonly lane: number;
  readonly before: number;
  readonly after: number;
  readonly both: number;
}

/** Runs a statement of the compiler's that gives such rows. */
export function selectReachable(session: Session, { text, values }: PeopleQuery): Promise<ReachableRow[]> {
  return session.query<ReachableRow>(text, values);
}

/** By journey and mute, their places in the question from 1. */
export interface MutedRow {
  readonly lane: number;
  readonly journey: number;
  readonly mute: number;
  readonly people: number;
  readonly before: number;
  readonly after: number;
}

/** Whom mutes keep from messages, by a statement that the compiler made. */
export function selectMuted(session: Session, { text, values }: PeopleQuery): Promise<MutedRow[]> {
  return session.query<MutedRow>(text, values);
}

/** The people of a query. */
export async function selectPeople(session: Session, people: PeopleQuery): Promise<readonly number[]> {
  const rows = await session.query<{ profile_id: number }>(people.text, people.values);
  return rows.map((row) => row.profile_id);
}

/** An event that a programme's rules may read. */
export interface RewardedRow {
  readonly lane: number;
  readonly profile_id: number;
  readonly event_id: number;
  readonly type: string;
  readonly at: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Events of some types of the people of some lanes, in a time. */
export function selectRewarded(
  session: Session,
  asked: {
    readonly lanes: readonly number[];
    readonly types: readonly string[];
    readonly since: Date;
    readonly until: Date;
  },
): Promise<RewardedRow[]> {
  return session.query(
    `select e.lane, e.profile_id, e.event_id, e.type, round(extract(epoch from e.occurred_at) * 1000)::bigint as at, e.properties
     from parcours.event e
     where e.lane = any($1::smallint[]) and e.type = any($2::text[]) and e.occurred_at > $3 and e.occurred_at <= $4`,
    [asked.lanes, asked.types, asked.since, asked.until],
  );
}

export interface HolderRow {
  readonly lane: number;
  readonly profile_id: number;
  readonly holder_id: number;
  /** [lane, holder] of who was merged into him; null: nobody. */
  readonly others: readonly (readonly [number, number])[] | null;
  /** Points that can be spent, and all that are left. */
  readonly usable: number;
  readonly owed: number;
}

/** The accounts of a programme in some lanes, with what is left of their points at a time. */
export function selectHolders(
  session: Session,
  { program, lanes, at }: { readonly program: string; readonly lanes: readonly number[]; readonly at: Date },
): Promise<HolderRow[]> {
  return session.query(
    `select m.lane, m.profile_id, m.holder_id, greatest(0, o.usable - m.debt)::bigint as usable, o.owed, (
       select jsonb_agg(jsonb_build_array(h.holder_lane, h.holder_id)) from parcours.ledger_holder h
       where h.lane = m.lane and h.profile_id = m.profile_id and h.program = m.program and h.holder_id <> m.holder_id) as others
     from parcours.ledger_member m cross join lateral (
       select coalesce(sum(d.remaining) filter (where d.active_at <= $3), 0)::bigint as usable, coalesce(sum(d.remaining), 0)::bigint as owed
       from parcours.ledger_open d
       where d.lane = m.lane and d.profile_id = m.profile_id and d.program = m.program and (d.expires_at is null or d.expires_at > $3)) o
     where m.lane = any($2::smallint[]) and m.program = $1 and not exists (
       select from parcours.profile p where p.lane = m.lane and p.profile_id = m.profile_id and p.merged_into is not null)`,
    [program, lanes, at],
  );
}
