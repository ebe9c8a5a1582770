/** Statements over people who are inside journeys whose steps have changed. */
import type { Session } from '../../store/session.ts';
import { type EnrollmentRow, enrollmentColumns } from '../journeys/queries.ts';

/** Active enrollments of journeys in the lanes, in order, that go by other versions than these. */
export function enrollmentsOfOtherVersions(
  session: Session,
  of: {
    readonly lanes: readonly number[];
    readonly journeys: readonly string[];
    readonly versions: readonly string[];
    /** The last one that was read. */
    readonly after: EnrollmentRow | null;
    readonly limit: number;
  },
): Promise<EnrollmentRow[]> {
  const { lane, profile_id, journey, key, n } = of.after ?? { lane: -1, profile_id: 0, journey: '', key: '', n: 0 };
  return session.query<EnrollmentRow>(
    `select ${enrollmentColumns} from parcours.enrollment e
     where e.lane = any($1::smallint[]) and e.state = 'active' and e.journey = any($2::text[]) and e.version <> all($3::text[])
       and (e.lane, e.profile_id, e.journey, e.key, e.n) > ($4::smallint, $5::bigint, $6::text, $7::text, $8::integer)
     order by e.lane, e.profile_id, e.journey, e.key, e.n limit $9`,
    [of.lanes, of.journeys, of.versions, lane, profile_id, journey, key, n, of.limit],
  );
}

export interface MovedEnrollment {
  readonly lane: number;
  readonly profileId: number;
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly version: string;
  readonly goalUntil: Date | null;
}

/** Lets enrollments go on by another version. */
export async function moveVersions(session: Session, rows: readonly MovedEnrollment[]): Promise<void> {
  if (rows.length === 0) return;
  await session.query(
    `update parcours.enrollment e set version = u.version, goal_until = u.goal_until
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::timestamptz[])
       u(lane, profile_id, journey, key, n, version, goal_until)
     where e.lane = u.lane and e.profile_id = u.profile_id and e.journey = u.journey and e.key = u.key and e.n = u.n`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.profileId),
      rows.map((r) => r.journey),
      rows.map((r) => r.key),
      rows.map((r) => r.n),
      rows.map((r) => r.version),
      rows.map((r) => r.goalUntil),
    ],
  );
}

/** Notes in which of the lanes people go on by other versions of journeys that drain, and in which none does any more. */
export async function noteDraining(
  session: Session,
  lanes: readonly number[],
  journeys: readonly { readonly journey: string; readonly version: string }[],
): Promise<void> {
  const values = [lanes, journeys.map(({ journey }) => journey), journeys.map(({ version }) => version)];
  const each = `from unnest($1::smallint[]) l(lane) cross join unnest($2::text[], $3::text[]) j(journey, version)`;
  const isInside = `exists (select 1 from parcours.enrollment e where e.lane = l.lane and e.journey = j.journey and e.state = 'active' and e.version <> j.version)`;
  await session.query(
    `insert into parcours.draining (journey, lane) select j.journey, l.lane ${each} where ${isInside} on conflict do nothing`,
    values,
  );
  await session.query(
    `delete from parcours.draining d using (select j.journey, l.lane ${each} where not ${isInside}) x
     where d.journey = x.journey and d.lane = x.lane`,
    values,
  );
}

/** Which of the journeys still have people on older steps in some lane; all of them while a lane hasn't taken over the revision. */
export async function drainingJourneys(
  session: Session,
  journeys: readonly string[],
  revision: number,
): Promise<ReadonlySet<string>> {
  const rows = await session.query<{ journey: string }>(
    `select j.journey from unnest($1::text[]) j(journey)
     where exists (select 1 from parcours.draining d where d.journey = j.journey)
       or exists (select 1 from parcours.lane l where l.revision > 0 and l.revision < $2)`,
    [journeys, revision],
  );
  return new Set(rows.map(({ journey }) => journey));
}
