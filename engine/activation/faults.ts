/** Faults of data inside a lane transaction: told apart from faults of the world, and set apart one by one. */
import type { Session } from '../store/session.ts';
import { bury, claimDueLane, dropDueEnrollment, dropDueMembership, dropDueTrait, takeInbox } from './lanes/queries.ts';

/** What a transaction handles: one of each at most when a fault is being isolated. */
export const unitKinds = ['inbox', 'memberships', 'traits', 'enrollments'] as const;
export type UnitKind = (typeof unitKinds)[number];

/** SQLSTATE classes that come from a value, not from the world: data exception, integrity, limits, raised by our own code. */
const dataClasses = new Set(['22', '23', '54', 'P0']);

export function isDataError(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' && code.length === 5 && dataClasses.has(code.slice(0, 2));
}

/** The SQLSTATE and the server's words without its details, which quote values. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  return `${code ?? 'unknown'}: ${message ?? 'no message'}`;
}

/** Takes the first due unit of a kind out of the way of the lane that is due first, and keeps it in `dead_letter`. */
export async function setApart(session: Session, kind: UnitKind, t: Date, reason: string): Promise<void> {
  const lane = await claimDueLane(session, t);
  if (lane === null) return;
  if (kind === 'inbox') {
    const [row] = await takeInbox(session, { lanes: [lane], t, perLane: 1, minClass: 0 });
    if (row !== undefined) await bury(session, row, reason, t);
    return;
  }
  const drop = { memberships: dropDueMembership, traits: dropDueTrait, enrollments: dropDueEnrollment }[kind];
  const unit = await drop(session, lane, t);
  if (unit === null) return;
  const { profile_id, seq, ...body } = unit;
  await bury(session, { lane, seq, profile_id, kind, body }, reason, t);
}
