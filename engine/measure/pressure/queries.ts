/**
 * The statements of `pressure`. Each reads a table once: reservations from their index alone, messages whole. They are asked by people, not by
 * the engine, and run outside lane transactions.
 */
import type { Session } from '../../store/session.ts';
import { firstIdentifier } from '../members/queries.ts';

export interface LoadRow {
  /** Messages that a person got. */
  readonly messages: number;
  readonly people: number;
}

/** People who are looked at: everybody, or the members of a segment ($1). */
const chosen = `($1::text is null or exists (
  select from parcours.membership s where s.lane = x.lane and s.profile_id = x.profile_id and s.segment = $1 and s.is_member))`;

/** How many people got how many messages after an instant; who got none isn't there. */
export function selectLoads(session: Session, segment: string | null, after: Date): Promise<LoadRow[]> {
  return session.query<LoadRow>(
    `select messages, count(*) as people
     from (select count(*) as messages from parcours.contact x where x.at > $2 and ${chosen} group by x.lane, x.profile_id) person
     group by messages order by messages`,
    [segment, after],
  );
}

export interface ShareRow {
  readonly journey: string;
  readonly channel: string;
  readonly messages: number;
  readonly people: number;
}

/** What each journey sent by each channel. */
export function selectShares(session: Session, segment: string | null, after: Date): Promise<ShareRow[]> {
  return session.query<ShareRow>(
    `select x.journey, x.channel, count(*) as messages, count(distinct (x.lane, x.profile_id)) as people
     from parcours.contact x where x.at > $2 and ${chosen}
     group by x.journey, x.channel order by count(*) desc, x.journey, x.channel`,
    [segment, after],
  );
}

export interface BurdenedRow {
  readonly profile_id: number;
  /** `type:value` of the first identifier. */
  readonly identifier: string | null;
  readonly messages: number;
  readonly journeys: number;
}

/** Who got most. */
export function selectBurdened(
  session: Session,
  segment: string | null,
  after: Date,
  limit: number,
): Promise<BurdenedRow[]> {
  return session.query<BurdenedRow>(
    `select m.profile_id, ${firstIdentifier}, m.messages, m.journeys
     from (
       select x.lane, x.profile_id, count(*) as messages, count(distinct x.journey) as journeys
       from parcours.contact x where x.at > $2 and ${chosen}
       group by x.lane, x.profile_id order by count(*) desc, x.profile_id limit $3) m
     order by m.messages desc, m.profile_id`,
    [segment, after, limit],
  );
}

export interface StoppedRow {
  /** `cap house/weekly`, `mute house/sunset`, `quiet house`, `paused …`. */
  readonly rule: string;
  readonly journey: string;
  /** Messages that the rule made wait, whatever became of them. */
  readonly delayed: number;
  readonly waiting: number;
  /** Given up or too old because of it. */
  readonly stopped: number;
  readonly people: number;
  /** All messages of the journey that were wanted, also those that no rule touched. */
  readonly wanted: number;
}

/** What the rules of pressure did to messages that were first wanted after an instant, by rule and journey. */
export function selectStopped(session: Session, segment: string | null, after: Date): Promise<StoppedRow[]> {
  return session.query<StoppedRow>(
    `with touched as (
       select x.journey, x.lane, x.profile_id, x.message_id, x.state, x.decision->>'rule' as rule
       from parcours.message x
       where x.created_at > $2 and x.state in ('deferred', 'suppressed', 'expired') and ${chosen}
       union all
       select x.journey, x.lane, x.profile_id, x.message_id, 'was deferred', d.rule
       from parcours.message x, jsonb_array_elements_text(x.decision->'deferred_by') d(rule)
       where x.created_at > $2 and not (x.state = 'deferred' and x.decision->>'rule' = d.rule) and ${chosen})
     select rule, journey, w.wanted, count(*) filter (where state in ('deferred', 'was deferred')) as delayed,
       count(*) filter (where state = 'deferred') as waiting,
       count(*) filter (where state in ('suppressed', 'expired')) as stopped,
       count(distinct (lane, profile_id)) as people
     from touched
     join (select x.journey, count(*) as wanted from parcours.message x where x.created_at > $2 and ${chosen} group by x.journey) w using (journey)
     where rule ~ '^(cap|mute|quiet|contact_hours|desk_hours|paused|expired)'
     group by rule, journey, w.wanted order by rule, count(*) desc, journey`,
    [segment, after],
  );
}

export interface StarvedRow {
  readonly journey: string;
  /** Who was to get messages of it and got none. */
  readonly people: number;
  readonly messages: number;
  /** Between the first of them and the last, of the person for whom that is longest. */
  readonly days: number;
}

/** Of one that is wanted once, nobody knows yet whether it starves. */
const starvedFrom = 3;

/** People whom caps and hours kept from every message of a journey that was wanted after an instant, several of them, by journey. */
export function selectStarved(session: Session, segment: string | null, after: Date): Promise<StarvedRow[]> {
  return session.query<StarvedRow>(
    `select journey, count(*) as people, sum(messages)::bigint as messages, max(days) as days
     from (
       select x.journey, count(*) as messages, extract(day from max(x.created_at) - min(x.created_at))::integer as days
       from parcours.message x where x.created_at > $2 and ${chosen}
       group by x.journey, x.lane, x.profile_id
       having count(*) >= $3 and bool_and(x.state in ('deferred', 'suppressed', 'expired')
         and (x.decision->>'rule' ~ '^(cap|quiet|contact_hours)' or x.decision ? 'deferred_by'))) person
     group by journey order by count(*) desc, journey`,
    [segment, after, starvedFrom],
  );
}

/** Members of a segment, or everybody. */
export async function countPeople(session: Session, segment: string | null): Promise<number> {
  const rows = await session.query<{ people: number }>(
    segment === null
      ? 'select count(*) as people from parcours.profile where merged_into is null and $1::text is null'
      : 'select count(*) as people from parcours.membership where segment = $1 and is_member',
    [segment],
  );
  return rows[0]?.people ?? 0;
}
