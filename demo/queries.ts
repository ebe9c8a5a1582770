/** The demo's own statements: whose store it is, and one person worth looking at. */
import type { Session } from '#engine/store/session';

/** The store's name for itself, and whether anything was ever applied or imported. */
export async function readStoreState(
  session: Session,
): Promise<{ readonly storeId: string; readonly isEmpty: boolean }> {
  const rows = await session.query<{ store_id: string; is_empty: boolean }>(
    `select store_id::text, not exists (select from parcours.revision) and not exists (select from parcours.profile) as is_empty
     from parcours.store`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('The store lost its own row.');
  return { storeId: row.store_id, isEmpty: row.is_empty };
}

/**
 * The identifier of a person whose messages show most: held back at least once, reached by several journeys, one goal met.
 * Ties go to the lowest number, so that the demo always names the same person.
 */
export async function findTellingPerson(session: Session): Promise<string | null> {
  const rows = await session.query<{ value: string }>(
    `select i.value from parcours.identifier i
     join (
       select lane, profile_id, count(distinct journey) as journeys, count(*) filter (where rank >= 2) as sent,
         count(*) filter (where state in ('suppressed', 'expired') or accepted_at > created_at) as held
       from parcours.message group by lane, profile_id
     ) m using (lane, profile_id)
     where i.type = 'external_id' and m.held > 0
       and exists (select from parcours.enrollment e
                   where e.lane = i.lane and e.profile_id = i.profile_id and e.goal_at is not null)
     order by m.journeys desc, m.sent desc, i.value limit 1`,
  );
  return rows[0]?.value ?? null;
}
