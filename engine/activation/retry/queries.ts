/** Statements of retries: what a command puts into inboxes, and what the holder of a lane does with it. */
import type { Session } from '../../store/session.ts';

export interface ReopenedRow {
  readonly lane: number;
  readonly message_id: number;
  readonly profile_id: number;
}

/**
 * Messages that didn't leave wait for a decision again. An uncertain one of marketing may have left: only where that is allowed, by position.
 */
export function reopenMessages(
  session: Session,
  lanes: readonly number[],
  messages: readonly number[],
  evenUncertain: readonly boolean[],
): Promise<ReopenedRow[]> {
  return session.query<ReopenedRow>(
    `update parcours.message m set state = 'deferred', rank = 0
     from unnest($1::smallint[], $2::bigint[], $3::boolean[]) u(lane, message_id, even_uncertain)
     where m.lane = u.lane and m.message_id = u.message_id
       and (m.state = 'failed' or (m.state = 'uncertain' and (m.objective = 'service' or u.even_uncertain)))
     returning m.lane, m.message_id, m.profile_id`,
    [lanes, messages, evenUncertain],
  );
}

export interface DeadRow {
  readonly lane: number;
  readonly profile_id: number | null;
  readonly kind: string;
  readonly body: unknown;
}

/** Takes dead letters out of their table. An enrollment that ended by an error stays: it can't be opened again where it stood. */
export function takeDeadLetters(
  session: Session,
  lanes: readonly number[],
  seqs: readonly number[],
): Promise<DeadRow[]> {
  return session.query<DeadRow>(
    `delete from parcours.dead_letter d using unnest($1::smallint[], $2::bigint[]) u(lane, seq)
     where d.lane = u.lane and d.seq = u.seq and d.kind <> 'enrollment'
     returning d.lane, d.profile_id, d.kind, d.body`,
    [lanes, seqs],
  );
}

interface NamedColumns {
  readonly lanes: readonly number[];
  readonly profiles: readonly number[];
  readonly names: readonly string[];
}

/** Memberships are read again at t. */
export async function wakeMemberships(session: Session, who: NamedColumns, t: Date): Promise<void> {
  await session.query(
    `update parcours.membership m set next_change = $4 from unnest($1::smallint[], $2::bigint[], $3::text[]) u(lane, profile_id, name)
     where m.lane = u.lane and m.profile_id = u.profile_id and m.segment = u.name`,
    [who.lanes, who.profiles, who.names, t],
  );
}

/** Computed traits are read again at t. */
export async function wakeTraits(session: Session, who: NamedColumns, t: Date): Promise<void> {
  await session.query(
    `insert into parcours.trait_wake (lane, profile_id, trait, next_change)
     select u.lane, u.profile_id, u.name, $4 from unnest($1::smallint[], $2::bigint[], $3::text[]) u(lane, profile_id, name)
     on conflict (lane, profile_id, trait) do update set next_change = excluded.next_change`,
    [who.lanes, who.profiles, who.names, t],
  );
}

/** Triggers are read again at t. */
export async function wakeEntries(session: Session, who: NamedColumns, t: Date): Promise<void> {
  await session.query(
    `update parcours.entry_wake m set next_change = $4 from unnest($1::smallint[], $2::bigint[], $3::text[]) u(lane, profile_id, name)
     where m.lane = u.lane and m.profile_id = u.profile_id and m.trigger = u.name`,
    [who.lanes, who.profiles, who.names, t],
  );
}

export interface RetryRow {
  readonly lane: number;
  readonly message_id: number;
  readonly profile_id: number;
  readonly state: string;
  readonly objective: string;
}

/** Messages of a journey in a state, in the order of their keys after the given one. */
export function selectMessagesOf(
  session: Session,
  of: { readonly state: string; readonly journey: string; readonly since: Date | null },
  after: { readonly lane: number; readonly message_id: number },
  limit: number,
): Promise<RetryRow[]> {
  return session.query<RetryRow>(
    `select lane, message_id, profile_id, state, objective from parcours.message
     where state = $1 and journey = $2 and ($3::timestamptz is null or created_at >= $3) and (lane, message_id) > ($4::smallint, $5::bigint)
     order by lane, message_id limit $6`,
    [of.state, of.journey, of.since, after.lane, after.message_id, limit],
  );
}

/** Messages by their numbers, in whatever lane: a probe a lane and number. */
export function selectMessagesById(session: Session, ids: readonly number[]): Promise<RetryRow[]> {
  return session.query<RetryRow>(
    `select m.lane, m.message_id, m.profile_id, m.state, m.objective
     from parcours.lane l cross join unnest($1::bigint[]) u(id) cross join lateral (
       select * from parcours.message d where d.lane = l.lane and d.message_id = u.id offset 0) m
     order by m.message_id`,
    [ids],
  );
}

/** Dead letters in the order of their numbers after the given one; null: all of them, else those of the list. */
export function selectDeadLetters(
  session: Session,
  seqs: readonly number[] | null,
  after: number,
  limit: number,
): Promise<{ readonly lane: number; readonly seq: number; readonly kind: string }[]> {
  return session.query(
    `select lane, seq, kind from parcours.dead_letter
     where ($1::bigint[] is null or seq = any($1)) and seq > $2 order by seq limit $3`,
    [seqs, after, limit],
  );
}
