/** What is compared of people who stand. */
import type { Session } from '../../../store/session.ts';

export interface MatchRow {
  readonly profile_id: number;
  /** In the order of the traits; all are there. */
  readonly values: readonly unknown[];
}

/** People of lanes who have all the traits. */
export function selectForMatch(
  session: Session,
  lanes: readonly number[],
  traits: readonly string[],
): Promise<MatchRow[]> {
  return session.query<MatchRow>(
    `select p.profile_id, (select jsonb_agg(p.traits -> t.name order by t.n) from unnest($2::text[]) with ordinality t(name, n)) as values
     from parcours.profile p where p.lane = any($1::smallint[]) and p.merged_into is null and p.traits ?& $2::text[]`,
    [lanes, traits],
  );
}

/** Notes that a key is looked at now, unless somebody did since the time given: whether it is the caller's. */
export async function claimMatch(session: Session, key: string, now: Date, before: Date): Promise<boolean> {
  const rows = await session.query(
    `insert into parcours.identity_match as m (key, looked_at) values ($1, $2)
     on conflict (key) do update set looked_at = excluded.looked_at where m.looked_at <= $3 returning key`,
    [key, now, before],
  );
  return rows.length > 0;
}
