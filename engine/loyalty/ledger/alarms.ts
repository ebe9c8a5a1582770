/** Wakes lanes when time will change something of their accounts. What a lane does then is its own. */
import type { Session } from '../../store/session.ts';
import { setAlarms } from './queries.ts';

/** The inbox row by which a lane looks at members whose time has come. */
export const dueKind = 'loyalty_due';

/** Appends a row to the inbox of each lane whose members are to be looked at earlier than was known. */
export async function wakeLanes(
  session: Session,
  next: readonly { readonly lane: number; readonly at: number }[],
  t: Date,
): Promise<void> {
  const first = new Map<number, number>();
  for (const { lane, at } of next) first.set(lane, Math.min(at, first.get(lane) ?? Number.POSITIVE_INFINITY));
  if (first.size === 0) return;
  const alarms = [...first].map(([lane, at]) => ({ lane, at }));
  await setAlarms(session, dueKind, alarms, t);
}
