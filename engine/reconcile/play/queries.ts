/** The statements of playing tests: what is read of their people after each line, and what lets them be who they are. */
import type { Session } from '../../store/session.ts';

/** People in the order of the rows that come back (`i`, from 1), each with the journey that is tested. */
export interface Watched {
  readonly lanes: readonly number[];
  readonly profiles: readonly number[];
  readonly journeys: readonly string[];
}

const watched = 'unnest($1::smallint[], $2::bigint[], $3::text[]) with ordinality u (lane, profile_id, journey, i)';

export interface WatchedMessageRow {
  readonly i: number;
  readonly message_id: number;
  readonly step: string;
  readonly channel: string | null;
  readonly state: string;
  readonly has_left: boolean;
  readonly decision: Readonly<Record<string, unknown>>;
}

export function selectWatchedMessages(session: Session, of: Watched): Promise<WatchedMessageRow[]> {
  return session.query<WatchedMessageRow>(
    `select u.i::integer as i, m.message_id, m.step, m.channel, m.state, m.sent_at is not null as has_left, m.decision
     from ${watched} join parcours.message m on m.lane = u.lane and m.profile_id = u.profile_id and m.journey = u.journey
     order by u.i, m.message_id`,
    [of.lanes, of.profiles, of.journeys],
  );
}

export interface WatchedEnrollmentRow {
  readonly i: number;
  readonly key: string;
  readonly n: number;
  readonly state: 'active' | 'exited';
  readonly step: string | null;
  readonly exit_as: string | null;
  readonly is_held_out: boolean;
}

export function selectWatchedEnrollments(session: Session, of: Watched): Promise<WatchedEnrollmentRow[]> {
  return session.query<WatchedEnrollmentRow>(
    `select u.i::integer as i, e.key, e.n, e.state, e.step, e.exit_as, e.holdout is not null as is_held_out
     from ${watched} join parcours.enrollment e on e.lane = u.lane and e.profile_id = u.profile_id and e.journey = u.journey
     order by u.i, e.entered_at, e.key, e.n`,
    [of.lanes, of.profiles, of.journeys],
  );
}

/** Segments that people are in, those of triggers (with a slash) too. */
export function selectWatchedSegments(
  session: Session,
  of: Watched,
): Promise<{ readonly i: number; readonly segment: string }[]> {
  return session.query(
    `select u.i::integer as i, m.segment
     from ${watched} join parcours.membership m on m.lane = u.lane and m.profile_id = u.profile_id and m.is_member
     order by u.i, m.segment`,
    [of.lanes, of.profiles, of.journeys],
  );
}

/** The next profile that is made gets this number. */
export function setNextProfile(session: Session, profileId: number): Promise<unknown[]> {
  return session.query(`select setval('parcours.profile_id', $1::bigint, false)`, [profileId]);
}

/** People as they would be known by their traits, to ask of what country they are; inside a transaction that ends with `deleteSketches`. */
export function insertSketches(
  session: Session,
  people: {
    readonly lanes: readonly number[];
    readonly profiles: readonly number[];
    readonly traits: readonly string[];
  },
  at: Date,
): Promise<unknown[]> {
  return session.query(
    `insert into parcours.profile (lane, profile_id, traits, created_at)
     select lane, profile_id, traits, $4 from unnest($1::smallint[], $2::bigint[], $3::jsonb[]) p (lane, profile_id, traits)`,
    [people.lanes, people.profiles, people.traits, at],
  );
}

export function deleteSketches(
  session: Session,
  { lanes, profiles }: { readonly lanes: readonly number[]; readonly profiles: readonly number[] },
): Promise<unknown[]> {
  return session.query(
    `delete from parcours.profile p using unnest($1::smallint[], $2::bigint[]) u (lane, profile_id)
     where p.lane = u.lane and p.profile_id = u.profile_id`,
    [lanes, profiles],
  );
}

/** Of a store without people: there is nobody whom a lane would have to take over. */
export function takeOverEmptyLanes(session: Session, revision: number): Promise<unknown[]> {
  return session.query('update parcours.lane set revision = $1', [revision]);
}
