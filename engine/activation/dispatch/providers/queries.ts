/** What is read of people for channels of providers: devices that a push message goes to, and who wrote to us lately. */
import type { Session } from '../../../store/session.ts';

/** Places of people, by position. */
export interface Places {
  readonly lanes: readonly number[];
  readonly profiles: readonly number[];
}

/** One device more than anybody uses. */
const devicesMax = 20;

/**
 * SQL for the tokens of a person's newest devices, without those that somebody else used later, as a JSON array; null: he has none. By key; a
 * device's other users by the index `device_token`. `row`: what has his lane and profile_id; `trait`: the parameter that names the trait.
 */
export function devicesOfPerson(row: string, trait: string): string {
  return `(select case when count(*) > 0 then coalesce(json_agg(d.token order by d.seen_at desc, d.token) filter (where d.is_his), '[]') end
     from (
       select d.token, d.seen_at, not exists (
         select from parcours.device o where o.token = d.token and o.trait = d.trait and o.profile_id <> d.profile_id
           and o.seen_at > d.seen_at) as is_his
       from parcours.device d
       where d.lane = ${row}.lane and d.profile_id = ${row}.profile_id and d.trait = ${trait}
       order by d.seen_at desc, d.token limit ${devicesMax}) d)`;
}

/** Whose last message by the channel came after that time, by position from 1. By the index of events. */
export function whoWroteSince(
  session: Session,
  { lanes, profiles }: Places,
  channel: string,
  since: Date,
): Promise<{ readonly i: number }[]> {
  return session.query(
    `select m.i::integer as i from unnest($1::smallint[], $2::bigint[]) with ordinality m(lane, profile_id, i)
     where exists (
       select from parcours.event e
       where e.lane = m.lane and e.type = 'message_received' and e.profile_id = m.profile_id and e.occurred_at > $4
         and e.properties->>'channel' = $3)`,
    [lanes, profiles, channel, since],
  );
}

/** By what people are known, of several of a type the first, by position from 1. */
export function identifiersOf(
  session: Session,
  { lanes, profiles }: Places,
): Promise<{ readonly i: number; readonly identifiers: Readonly<Record<string, string>> }[]> {
  return session.query(
    `select m.i::integer as i, (
       select coalesce(jsonb_object_agg(d.type, d.value order by d.value desc), '{}') from parcours.identifier d
       where d.lane = m.lane and d.profile_id = m.profile_id) as identifiers
     from unnest($1::smallint[], $2::bigint[]) with ordinality m(lane, profile_id, i)`,
    [lanes, profiles],
  );
}
