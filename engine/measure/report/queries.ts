/**
 * The statements of the report: what left, what was held back, who was reached and who did what the journeys are for. They read
 * whole tables once each, outside lane transactions.
 */
import type { Session } from '../../store/session.ts';

/** Messages are taken by the instant they were first wanted, enrollments by their entry. Null: no bound. */
export interface Period {
  readonly since: Date | null;
  readonly until: Date | null;
}

export interface MessageCountRow {
  readonly journey: string;
  readonly channel: string | null;
  readonly state: string;
  readonly messages: number;
  readonly people: number;
  /** Of these, how many were accepted later than they were first wanted. */
  readonly waited: number;
}

/** Messages by journey, channel and state. */
export function selectMessageCounts(session: Session, period: Period): Promise<MessageCountRow[]> {
  return session.query<MessageCountRow>(
    `select journey, coalesce(channel, decision->>'channel') as channel, state, count(*) as messages,
       count(distinct (lane, profile_id)) as people,
       count(*) filter (where accepted_at > created_at) as waited
     from parcours.message
     where ($1::timestamptz is null or created_at >= $1) and ($2::timestamptz is null or created_at < $2)
     group by 1, 2, 3 order by 1, 2 nulls last, 3`,
    [period.since, period.until],
  );
}

export interface HeldBackRow {
  readonly rule: string;
  readonly journey: string;
  /** Messages that the rule made wait, whatever became of them; those that still wait among them. */
  readonly deferred: number;
  readonly waiting: number;
  readonly suppressed: number;
  readonly expired: number;
  readonly failed: number;
}

/** Messages that a rule made wait or stopped, by rule and journey. A message that several rules delayed counts under each. */
export function selectHeldBack(session: Session, period: Period): Promise<HeldBackRow[]> {
  return session.query<HeldBackRow>(
    `with held as (
       select journey, coalesce(decision->>'rule', 'no rule named') as rule, state
       from parcours.message
       where state in ('deferred', 'suppressed', 'expired', 'failed')
         and ($1::timestamptz is null or created_at >= $1) and ($2::timestamptz is null or created_at < $2)
       union all
       select m.journey, d.rule, 'was deferred'
       from parcours.message m, jsonb_array_elements_text(m.decision->'deferred_by') d(rule)
       where ($1::timestamptz is null or m.created_at >= $1) and ($2::timestamptz is null or m.created_at < $2)
         and not (m.state = 'deferred' and m.decision->>'rule' = d.rule))
     select rule, journey, count(*) filter (where state in ('deferred', 'was deferred')) as deferred,
       count(*) filter (where state = 'deferred') as waiting, count(*) filter (where state = 'suppressed') as suppressed,
       count(*) filter (where state = 'expired') as expired, count(*) filter (where state = 'failed') as failed
     from held group by rule, journey order by rule, journey`,
    [period.since, period.until],
  );
}

export interface JourneyCountRow {
  readonly journey: string;
  readonly enrollments: number;
  readonly people: number;
  readonly active: number;
  readonly goals: number;
  readonly hours_to_goal: number | null;
  /** Of those who got nothing, to measure the others; they aren't counted above. */
  readonly held_out: number;
  readonly held_out_goals: number;
}

/** Enrollments by journey, with how many met the goal and the median hours that took. */
export function selectJourneyCounts(session: Session, period: Period): Promise<JourneyCountRow[]> {
  return session.query<JourneyCountRow>(
    `select journey, count(*) filter (where holdout is null) as enrollments,
       count(distinct (lane, profile_id)) filter (where holdout is null) as people,
       count(*) filter (where state = 'active' and holdout is null) as active, count(goal_at) filter (where holdout is null) as goals,
       count(*) filter (where holdout is not null) as held_out, count(goal_at) filter (where holdout is not null) as held_out_goals,
       round((percentile_cont(0.5) within group (order by extract(epoch from goal_at - entered_at)) filter (where holdout is null) / 3600)::numeric, 1)::float8
         as hours_to_goal
     from parcours.enrollment
     where ($1::timestamptz is null or entered_at >= $1) and ($2::timestamptz is null or entered_at < $2)
     group by journey order by journey`,
    [period.since, period.until],
  );
}

export interface CreditRow {
  /** Whose goal was met. */
  readonly journey: string;
  /** Of the message that is given credit; null: of none. */
  readonly message_journey: string | null;
  readonly message_step: string | null;
  readonly message_channel: string | null;
  readonly goals: number;
}

/** Goals of enrollments that began in the period, by journey and by the message that is given credit for them. */
export function selectCredits(session: Session, period: Period): Promise<CreditRow[]> {
  return session.query<CreditRow>(
    `select c.journey, c.message_journey, c.message_step, c.message_channel, count(*) as goals
     from parcours.conversion c
     join parcours.enrollment e on e.lane = c.lane and e.profile_id = c.profile_id and e.journey = c.journey and e.key = c.key and e.n = c.n
     where ($1::timestamptz is null or e.entered_at >= $1) and ($2::timestamptz is null or e.entered_at < $2)
     group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
    [period.since, period.until],
  );
}

export interface ExitRow {
  readonly journey: string;
  readonly exit_as: string;
  readonly enrollments: number;
}

/** How enrollments ended, by journey. */
export function selectExits(session: Session, period: Period): Promise<ExitRow[]> {
  return session.query<ExitRow>(
    `select journey, coalesce(exit_as, 'completed') as exit_as, count(*) as enrollments
     from parcours.enrollment
     where state = 'exited' and holdout is null
       and ($1::timestamptz is null or entered_at >= $1) and ($2::timestamptz is null or entered_at < $2)
     group by 1, 2 order by 1, 3 desc, 2`,
    [period.since, period.until],
  );
}

export interface PressureRow {
  readonly messages: number;
  readonly people: number;
}

/** How many people got how many messages: those that left, by the number a person got. */
export function selectPressure(session: Session, period: Period): Promise<PressureRow[]> {
  return session.query<PressureRow>(
    `select messages, count(*) as people
     from (
       select count(*) as messages from parcours.message
       where state in ('sent', 'delivered', 'seen', 'acted', 'uncertain')
         and ($1::timestamptz is null or created_at >= $1) and ($2::timestamptz is null or created_at < $2)
       group by lane, profile_id) person
     group by messages order by messages`,
    [period.since, period.until],
  );
}

export interface PopulationRow {
  readonly profiles: number;
}

/** People in the store. */
export async function countProfiles(session: Session): Promise<number> {
  const rows = await session.query<PopulationRow>(
    'select count(*) as profiles from parcours.profile where merged_into is null',
  );
  return rows[0]?.profiles ?? 0;
}
