/** A segment as it stands: the history of its size, what it shares with others, and how many people there are. */
import type { Session } from '../../store/session.ts';

export interface SizeRow {
  /** `2026-03-01`, a day in UTC. */
  readonly day: string;
  readonly at: Date;
  readonly people: number;
}

/** The newest counts, oldest first. */
export function selectSizes(session: Session, segment: string, days: number): Promise<SizeRow[]> {
  return session.query<SizeRow>(
    `select s.day, s.at, s.people from (
       select day, at, people from parcours.segment_size where segment = $1 order by day desc limit $2) s order by s.day`,
    [segment, days],
  );
}

export async function countEverybody(session: Session): Promise<number> {
  const rows = await session.query<{ people: number }>(
    'select count(*) as people from parcours.profile where merged_into is null',
  );
  return rows[0]?.people ?? 0;
}

export interface OverlapRow {
  readonly segment: string;
  /** Members of both. */
  readonly both: number;
  /** Members of the other. */
  readonly size: number;
}

/** Segments that share most members with this one. One pass over the memberships of its members. */
export function selectOverlap(
  session: Session,
  segment: string,
  others: readonly string[],
  limit: number,
): Promise<OverlapRow[]> {
  return session.query<OverlapRow>(
    `select o.segment, o.both,
       (select count(*) from parcours.membership s where s.segment = o.segment and s.is_member) as size
     from (select x.segment, count(*) as both
       from parcours.membership m
       join parcours.membership x on x.lane = m.lane and x.profile_id = m.profile_id and x.is_member
       where m.segment = $1 and m.is_member and x.segment = any($2::text[])
       group by x.segment order by count(*) desc, x.segment limit $3) o
     order by o.both desc, o.segment`,
    [segment, others, limit],
  );
}

/** One row of counts, made by the compiler: people, members, m0, k0 … */
export async function selectReasons(
  session: Session,
  statement: { readonly text: string; readonly values: readonly unknown[] },
): Promise<Readonly<Record<string, number>>> {
  const rows = await session.query<Record<string, number>>(statement.text, statement.values);
  return rows[0] ?? {};
}
