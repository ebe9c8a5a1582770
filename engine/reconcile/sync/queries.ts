/** The statements of following a branch that aren't the store's own (`store/sync-state.ts`). */
import type { Session } from '../../store/session.ts';

/** Lanes, and those that last ran under an older revision. */
export async function countBehind(
  session: Session,
  revision: number,
): Promise<{ readonly total: number; readonly behind: number }> {
  const rows = await session.query<{ total: number; behind: number }>(
    'select count(*) as total, count(*) filter (where revision < $1) as behind from parcours.lane',
    [revision],
  );
  return rows[0] ?? { total: 0, behind: 0 };
}
