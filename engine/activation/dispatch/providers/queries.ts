/** What is read of people for channels of providers: devices that a push message goes to, and who wrote to us lately. */
import type { Session } from '../../../store/session.ts';

/** Places of people, by position. */
export interface Places {
  readonly lanes: readonly number[];
  readonly profiles: readonly number[];
}

export interface DeviceRow {
  /** Of the person, from 1. */
  readonly i: number;
  readonly token: string;
  /** False: somebody else used it later. */
  readonly is_his: boolean;
}

/** The newest devices of each person, at most so many of each. By key; a device's other users by the index `device_token`. */
export function devicesOfPeople(
  session: Session,
  { lanes, profiles }: Places,
  trait: string,
  most: number,
): Promise<DeviceRow[]> {
  return session.query<DeviceRow>(
    `select m.i::integer as i, d.token, d.is_his from unnest($1::smallint[], $2::bigint[]) with ordinality m(lane, profile_id, i)
     cross join lateral (
       select d.token, d.seen_at, not exists (
         select from parcours.device o where o.token = d.token and o.trait = d.trait and o.profile_id <> d.profile_id
           and o.seen_at > d.seen_at) as is_his
       from parcours.device d
       where d.lane = m.lane and d.profile_id = m.profile_id and d.trait = $3
       order by d.seen_at desc, d.token limit $4) d
     order by m.i, d.seen_at desc, d.token`,
    [lanes, profiles, trait, most],
  );
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
