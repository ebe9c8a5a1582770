/** Statements over the times of triggers (`parcours.entry_wake`): read, write, forget, and fill for whole lanes. */
import { byKey } from '../../../../store/by-key.ts';
import type { Session } from '../../../../store/session.ts';

export interface WakePlace {
  readonly lane: number;
  readonly profileId: number;
  readonly trigger: string;
  readonly key: string;
}

/** What is waited for and what was seen through; see `entry_wake` in the migration. */
export interface Wake {
  readonly of: string | null;
  readonly at: Date | null;
  readonly nextChange: Date | null;
  readonly done: string | null;
}

export interface WakeRow {
  readonly lane: number;
  readonly profile_id: number;
  readonly trigger: string;
  readonly key: string;
  readonly next_change: Date | null;
  readonly of: string | null;
  readonly at: Date | null;
  readonly done: string | null;
}

/** The stored times of people for some triggers; of events that wait (`dueAt`) only those whose time has come. */
export function readWakes(
  session: Session,
  people: { readonly lanes: readonly number[]; readonly profiles: readonly number[] },
  triggers: readonly string[],
  dueAt: Date | null = null,
): Promise<WakeRow[]> {
  return session.query<WakeRow>(
    `select w.lane, w.profile_id, w.trigger, w.key, w.next_change, w.of, w.at, w.done
     from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id) cross join unnest($3::text[]) n(trigger)
     cross join lateral (
       select d.* from parcours.entry_wake d where d.lane = u.lane and d.profile_id = u.profile_id and d.trigger = n.trigger
         and ($4::timestamptz is null or d.next_change <= $4) offset 0) w`,
    [people.lanes, people.profiles, triggers, dueAt],
  );
}

export async function writeWakes(session: Session, rows: readonly (WakePlace & Wake)[]): Promise<void> {
  if (rows.length === 0) return;
  await session.query(
    `insert into parcours.entry_wake (lane, profile_id, trigger, key, next_change, of, at, done)
     select * from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::timestamptz[], $8::text[])
     on conflict (lane, profile_id, trigger, key) do update set
       next_change = excluded.next_change, of = excluded.of, at = excluded.at, done = excluded.done`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.profileId),
      rows.map((r) => r.trigger),
      rows.map((r) => r.key),
      rows.map((r) => r.nextChange),
      rows.map((r) => r.of),
      rows.map((r) => r.at),
      rows.map((r) => r.done),
    ],
  );
}

export async function deleteWakes(session: Session, rows: readonly WakePlace[]): Promise<void> {
  if (rows.length === 0) return;
  await session.query(
    `delete from parcours.entry_wake w
     using unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[]) u(lane, profile_id, trigger, key)
     where ${byKey('w', 'u', 'lane', 'profile_id', 'trigger', 'key')}`,
    [rows.map((r) => r.lane), rows.map((r) => r.profileId), rows.map((r) => r.trigger), rows.map((r) => r.key)],
  );
}

/** An event that is looked at again when the time in which something may follow it is over (`within`: an interval). */
export interface WaitingEvent extends Omit<WakePlace, 'key'> {
  readonly eventId: number;
  readonly type: string;
  readonly at: Date;
}

export async function insertWaitingEvents(
  session: Session,
  rows: readonly WaitingEvent[],
  within: string,
): Promise<void> {
  if (rows.length === 0) return;
  await session.query(
    `insert into parcours.entry_wake (lane, profile_id, trigger, key, next_change, of, at)
     select u.lane, u.profile_id, u.trigger, u.event_id::text, u.at + $7::interval, u.type, u.at
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[])
       u(lane, profile_id, trigger, event_id, type, at)
     on conflict do nothing`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.profileId),
      rows.map((r) => r.trigger),
      rows.map((r) => r.eventId),
      rows.map((r) => r.type),
      rows.map((r) => r.at),
      within,
    ],
  );
}

/** Forgets triggers in lanes. */
export async function clearWakes(
  session: Session,
  lanes: readonly number[],
  triggers: readonly string[],
): Promise<void> {
  await session.query(
    'delete from parcours.entry_wake where lane = any($1::smallint[]) and trigger = any($2::text[])',
    [lanes, triggers],
  );
}

/** Has the stored times of a trigger looked at again at t. */
export async function wakeAgain(session: Session, lanes: readonly number[], trigger: string, t: Date): Promise<void> {
  await session.query(
    'update parcours.entry_wake set next_change = $3 where lane = any($1::smallint[]) and trigger = $2',
    [lanes, trigger, t],
  );
}

/**
 * Stores the times of a trigger for everybody of lanes by a statement of occurrences ($1: the time, $2: the lanes). Whoever is late by
 * less than `late` is looked at by the next live run.
 */
export async function fillOccurrences(
  session: Session,
  fill: { readonly text: string; readonly values: readonly unknown[] },
  trigger: string,
  late: string,
): Promise<void> {
  const next = fill.values.length + 1;
  await session.query(
    `insert into parcours.entry_wake (lane, profile_id, trigger, key, next_change, of, at, done)
     select o.lane, o.profile_id, $${next}::text, o.key, case when o.late then $1 else o.next_at end,
       case when o.late then null else o.next_of end, case when o.late then o.last_at else o.next_at end,
       case when o.late then null else o.last_of end
     from (select f.*, coalesce(f.last_at + $${next + 1}::interval > $1 or f.last_at = $1, false) as late from (${fill.text}) f) o
     where o.late or o.next_at is not null
     on conflict do nothing`,
    [...fill.values, trigger, late],
  );
}

/**
 * Stores which rows fulfil a trigger's condition for everybody of lanes. With `isTaken` those who newly do are left to the next live
 * run, which takes them in.
 */
export async function fillRowsThatHold(
  session: Session,
  fill: { readonly text: string; readonly values: readonly unknown[] },
  trigger: string,
  isTaken: boolean,
): Promise<void> {
  const next = fill.values.length + 1;
  await session.query(
    `insert into parcours.entry_wake as w (lane, profile_id, trigger, key, next_change, done)
     select f.lane, f.profile_id, $${next}::text, f.key,
       case when f.holds and $${next + 1}::boolean then $1 else f.next_change end,
       case when f.holds and not $${next + 1}::boolean then 'true' end
     from (${fill.text}) f
     on conflict (lane, profile_id, trigger, key) do update set
       next_change = case when w.done = 'true' and excluded.next_change = $1 then null else excluded.next_change end,
       done = coalesce(excluded.done, case when excluded.next_change = $1 then w.done end)`,
    [...fill.values, trigger, isTaken],
  );
}
