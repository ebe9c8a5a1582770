/**
 * Statements by which a unit is tried alone and set apart: a savepoint, what is taken out of the way, and the dead letter. Which unit it is
 * and why is decided by `faults.ts` and `worker.ts`.
 */
import type { Session } from '../../store/session.ts';
import type { InboxRow } from '../lanes/queries.ts';

/** A fact that can't be handled is set apart with its reason; its person goes on. */
export async function bury(
  session: Session,
  row: Pick<InboxRow, 'lane' | 'seq' | 'profile_id' | 'kind' | 'body'>,
  reason: string,
  t: Date,
): Promise<void> {
  await session.query(
    `insert into parcours.dead_letter (lane, seq, profile_id, kind, body, reason, at)
     values ($1, $2, $3, $4, $5::jsonb, $6, $7) on conflict do nothing`,
    [row.lane, row.seq, row.profile_id, row.kind, JSON.stringify(row.body), reason, t],
  );
}

/** The first number of its own for a unit that was taken out of the way, so that it can stand in `dead_letter`. */
const ownNumber = `nextval(pg_get_serial_sequence('parcours.inbox', 'seq')) as seq`;

interface NamedPlace {
  readonly lane: number;
  readonly profile_id: number;
  readonly name: string;
}

/** Takes the wake-up from a membership: it is read again when a fact touches it. Returns its number, or null when there is none. */
export async function dropMembershipWake(session: Session, one: NamedPlace): Promise<number | null> {
  const rows = await session.query<{ seq: number }>(
    `update parcours.membership set next_change = null where lane = $1 and profile_id = $2 and segment = $3 returning ${ownNumber}`,
    [one.lane, one.profile_id, one.name],
  );
  return rows[0]?.seq ?? null;
}

/** Forgets a trait's wake-up. */
export async function dropTraitWake(session: Session, one: NamedPlace): Promise<number | null> {
  const rows = await session.query<{ seq: number }>(
    `delete from parcours.trait_wake where lane = $1 and profile_id = $2 and trait = $3 returning ${ownNumber}`,
    [one.lane, one.profile_id, one.name],
  );
  return rows[0]?.seq ?? null;
}

/** Forgets the time of a trigger. */
export async function dropEntryWake(session: Session, one: NamedPlace): Promise<number | null> {
  const rows = await session.query<{ seq: number }>(
    `update parcours.entry_wake set next_change = null where lane = $1 and profile_id = $2 and trigger = $3 and next_change is not null returning ${ownNumber}`,
    [one.lane, one.profile_id, one.name],
  );
  return rows[0]?.seq ?? null;
}

/** Ends an enrollment as `error`. */
export async function endEnrollmentAsError(
  session: Session,
  one: {
    readonly lane: number;
    readonly profileId: number;
    readonly journey: string;
    readonly key: string;
    readonly n: number;
  },
  t: Date,
): Promise<number | null> {
  const rows = await session.query<{ seq: number }>(
    `update parcours.enrollment set state = 'exited', step = null, posture = null, due_at = null, watch_at = null,
       exited_at = $6, exit_as = 'error'
     where lane = $1 and profile_id = $2 and journey = $3 and key = $4 and n = $5 returning ${ownNumber}`,
    [one.lane, one.profileId, one.journey, one.key, one.n, t],
  );
  return rows[0]?.seq ?? null;
}

/** A place to return to when one unit fails: the transaction keeps its lanes. */
export async function markUnit(session: Session): Promise<void> {
  await session.query('savepoint unit');
}

export async function returnToUnit(session: Session): Promise<void> {
  await session.query('rollback to savepoint unit');
}

export async function releaseUnit(session: Session): Promise<void> {
  await session.query('release savepoint unit');
}
