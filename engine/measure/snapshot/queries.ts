/** The statements of a snapshot: counts alone, over the whole base. */
import type { Session } from '../../store/session.ts';

export interface StandingRow {
  readonly journey: string;
  readonly version: string;
  /** Null: they stand at no step. */
  readonly step: string | null;
  readonly people: number;
}

/** Active enrollments by journey, version and step. */
export function selectHeads(session: Session): Promise<StandingRow[]> {
  return session.query<StandingRow>(
    `select journey, version, step, count(*) as people from parcours.enrollment where state = 'active'
     group by journey, version, step order by journey, version, step nulls first`,
  );
}

/** Members by segment; those of conditions that open journeys have no file and a slash in their name. */
export function selectSizes(session: Session): Promise<{ readonly segment: string; readonly people: number }[]> {
  return session.query(
    `select segment, count(*) as people from parcours.membership where is_member and position('/' in segment) = 0
     group by segment order by segment`,
  );
}

/** Messages that were accepted since then, by journey. */
export function selectSent(
  session: Session,
  since: Date,
): Promise<{ readonly journey: string; readonly messages: number }[]> {
  return session.query(
    `select journey, count(*) as messages from parcours.message where accepted_at >= $1 group by journey order by journey`,
    [since],
  );
}

export async function countPeople(session: Session): Promise<number> {
  const rows = await session.query<{ people: number }>(
    'select count(*) as people from parcours.profile where merged_into is null',
  );
  return rows[0]?.people ?? 0;
}
