/** Statements over messages, contacts and the outbox. What arbitration must know of people is read in `situations/`. */

import type { Objective } from '../../compiler/ir.ts';
import { byKey } from '../../store/by-key.ts';
import { rowInsert, rowStatement } from '../../store/column-statement.ts';
import type { Session } from '../../store/session.ts';
import type { Statement } from '../../store/together.ts';

export interface MessageColumns {
  readonly lane: number;
  readonly messageId: number;
  readonly profileId: number;
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly step: string;
  readonly channel: string | null;
  /** The trait that holds the address, instead of the channel's. */
  readonly addressTrait: string | null;
  readonly template: string;
  readonly objective: string;
  readonly purpose: string;
  readonly priority: number;
  readonly state: string;
  readonly rank: number;
  readonly createdAt: Date;
  readonly acceptedAt: Date | null;
  readonly validUntil: Date;
  readonly withValues: string;
  readonly decision: string;
  readonly revision: number;
  /** Of the `repeat` in which it is sent; 0: outside. */
  readonly round: number;
}

export const messagesMade = rowInsert<MessageColumns>('parcours.message', [
  { name: 'lane', type: 'smallint', isKey: true, of: (one) => one.lane },
  { name: 'message_id', type: 'bigint', isKey: true, of: (one) => one.messageId },
  { name: 'profile_id', type: 'bigint', of: (one) => one.profileId },
  { name: 'journey', type: 'text', of: (one) => one.journey },
  { name: 'key', type: 'text', of: (one) => one.key },
  { name: 'n', type: 'integer', of: (one) => one.n },
  { name: 'step', type: 'text', of: (one) => one.step },
  { name: 'channel', type: 'text', of: (one) => one.channel },
  { name: 'template', type: 'text', of: (one) => one.template },
  { name: 'objective', type: 'text', of: (one) => one.objective },
  { name: 'purpose', type: 'text', of: (one) => one.purpose },
  { name: 'priority', type: 'smallint', of: (one) => one.priority },
  { name: 'state', type: 'text', of: (one) => one.state },
  { name: 'rank', type: 'smallint', of: (one) => one.rank },
  { name: 'created_at', type: 'timestamptz', of: (one) => one.createdAt },
  { name: 'accepted_at', type: 'timestamptz', of: (one) => one.acceptedAt },
  { name: 'valid_until', type: 'timestamptz', of: (one) => one.validUntil },
  { name: 'with_values', type: 'jsonb', of: (one) => one.withValues },
  { name: 'decision', type: 'jsonb', of: (one) => one.decision },
  { name: 'revision', type: 'bigint', of: (one) => one.revision },
  { name: 'round', type: 'integer', of: (one) => one.round },
  { name: 'address_trait', type: 'text', of: (one) => one.addressTrait },
]);

/**
 * What the decision says of earlier ones: the distinct rules that made the message wait, in order. Without it a report could
 * only tell what stops a message in the end, not which cap delays how many.
 */
const rulesThatDeferred = `(case
  when m.state = 'deferred' and m.decision->>'rule' is not null and not coalesce(m.decision->'deferred_by' ? (m.decision->>'rule'), false)
    then jsonb_build_object('deferred_by', coalesce(m.decision->'deferred_by', '[]') || jsonb_build_array(m.decision->'rule'))
  when m.decision ? 'deferred_by' then jsonb_build_object('deferred_by', m.decision->'deferred_by')
  else '{}' end)`;

/** Decides stored messages anew: those that were deferred, or came back from the outbox. */
export const messagesDecided = rowStatement<MessageColumns>(
  `update parcours.message m set channel = {channel}, state = {state}, rank = {rank}, accepted_at = {accepted_at},
     valid_until = {valid_until}, decision = {decision} || ${rulesThatDeferred}, revision = {revision}
   from unnest({arrays}) u({names}) where {m:lane} and {m:message_id}`,
  [
    { name: 'lane', type: 'smallint', isKey: true, of: (one) => one.lane },
    { name: 'message_id', type: 'bigint', isKey: true, of: (one) => one.messageId },
    { name: 'channel', type: 'text', of: (one) => one.channel },
    { name: 'state', type: 'text', of: (one) => one.state },
    { name: 'rank', type: 'smallint', of: (one) => one.rank },
    { name: 'accepted_at', type: 'timestamptz', of: (one) => one.acceptedAt },
    { name: 'decision', type: 'jsonb', of: (one) => one.decision },
    { name: 'revision', type: 'bigint', of: (one) => one.revision },
    { name: 'valid_until', type: 'timestamptz', of: (one) => one.validUntil },
  ],
);

export interface QueuedColumns {
  readonly lane: number;
  readonly messageId: number;
  readonly profileId: number;
  readonly channel: string;
  readonly journey: string;
  readonly objective: string;
  readonly class: number;
  readonly decidedUntil: Date;
}

const reserved = rowStatement<QueuedColumns>(
  `insert into parcours.contact (lane, profile_id, at, message_id, channel, journey, objective)
   select {lane}, {profile_id}, {1}, {message_id}, {channel}, {journey}, {objective} from unnest({arrays}) u({names})`,
  [
    { name: 'lane', type: 'smallint', isKey: true, of: (one) => one.lane },
    { name: 'profile_id', type: 'bigint', of: (one) => one.profileId },
    { name: 'message_id', type: 'bigint', isKey: true, of: (one) => one.messageId },
    { name: 'channel', type: 'text', of: (one) => one.channel },
    { name: 'journey', type: 'text', of: (one) => one.journey },
    { name: 'objective', type: 'text', of: (one) => one.objective },
  ],
);

/** Reserves room under the caps from t on. */
export function contactsReserved(rows: readonly QueuedColumns[], t: Date): Statement | null {
  return reserved(rows, t);
}

const putOut = rowStatement<QueuedColumns>(
  `insert into parcours.outbox (lane, message_id, profile_id, channel, class, due_at, decided_until)
   select {lane}, {message_id}, {profile_id}, {channel}, {class}, {1}, {decided_until} from unnest({arrays}) u({names})`,
  [
    { name: 'lane', type: 'smallint', isKey: true, of: (one) => one.lane },
    { name: 'message_id', type: 'bigint', isKey: true, of: (one) => one.messageId },
    { name: 'profile_id', type: 'bigint', of: (one) => one.profileId },
    { name: 'channel', type: 'text', of: (one) => one.channel },
    { name: 'class', type: 'smallint', of: (one) => one.class },
    { name: 'decided_until', type: 'timestamptz', of: (one) => one.decidedUntil },
  ],
);

/** Puts messages into the outbox, due at t. */
export function outboxRows(rows: readonly QueuedColumns[], t: Date): Statement | null {
  return putOut(rows, t);
}

export interface DeferredRow {
  readonly lane: number;
  readonly message_id: number;
  readonly profile_id: number;
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly step: string;
  readonly channel: string | null;
  readonly address_trait: string | null;
  readonly template: string;
  readonly objective: Objective;
  readonly purpose: string;
  readonly priority: number;
  readonly created_at: Date;
  readonly valid_until: Date;
  readonly is_urgent: boolean;
  /** The rule of a pause that drops what it held, when that deferred it. */
  readonly skipped_after: string | null;
}

const deferredColumns = `m.lane, m.message_id, m.profile_id, m.journey, m.key, m.n, m.step, m.channel, m.address_trait, m.template, m.objective,
  m.purpose, m.priority, m.created_at, m.valid_until, coalesce((m.decision->>'urgent')::boolean, false) as is_urgent,
  case when m.decision->>'window' = 'skip_late' then m.decision->>'rule' end as skipped_after`;

/** The deferred messages of people: one a held enrollment, with `all_of` one a channel. */
export function deferredOf(
  session: Session,
  people: { readonly lanes: readonly number[]; readonly profiles: readonly number[] },
): Promise<DeferredRow[]> {
  return session.query<DeferredRow>(
    `select ${deferredColumns} from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     cross join lateral (
       select * from parcours.message d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.state = 'deferred' offset 0) m`,
    [people.lanes, people.profiles],
  );
}

export interface ReturnedRow extends DeferredRow {
  /** How their enrollment was left; null while it is open. */
  readonly exit_as: string | null;
}

/** Named messages that are to be decided anew, if they are still waiting for a decision. */
export function messagesToRedecide(
  session: Session,
  lanes: readonly number[],
  messages: readonly number[],
): Promise<ReturnedRow[]> {
  return session.query<ReturnedRow>(
    `select ${deferredColumns}, e.exit_as from unnest($1::smallint[], $2::bigint[]) u(lane, message_id)
     cross join lateral (
       select * from parcours.message d
       where d.lane = u.lane and d.message_id = u.message_id and d.state = 'deferred' offset 0) m
     left join lateral (
       select d.exit_as from parcours.enrollment d
       where d.lane = m.lane and d.profile_id = m.profile_id and d.journey = m.journey and d.key = m.key and d.n = m.n
       offset 0) e on true`,
    [lanes, messages],
  );
}

export interface OutcomeColumns {
  readonly lanes: readonly number[];
  readonly messages: readonly number[];
  readonly states: readonly string[];
  readonly ranks: readonly number[];
  readonly at: readonly Date[];
  readonly reasons: readonly (string | null)[];
  /** A late outcome settles an uncertain message and nothing else. */
  readonly areLate: readonly boolean[];
}

export interface ChangedMessage {
  readonly lane: number;
  readonly message_id: number;
  readonly profile_id: number;
  readonly state: string;
  readonly rank: number;
  /** When it happened. */
  readonly at: Date;
  readonly journey: string;
  readonly step: string;
  readonly channel: string | null;
  readonly template: string;
}

/** How many facts of ours stand behind the enrollments that messages belong to, by position from 1. */
export function hopsOfMessages(
  session: Session,
  lanes: readonly number[],
  messages: readonly number[],
): Promise<{ readonly i: number; readonly hop: number }[]> {
  return session.query(
    `select u.i::integer as i, e.hop from unnest($1::smallint[], $2::bigint[]) with ordinality u(lane, message_id, i)
     cross join lateral (select * from parcours.message d where d.lane = u.lane and d.message_id = u.message_id offset 0) m
     cross join lateral (
       select d.hop from parcours.enrollment d where d.lane = m.lane and d.profile_id = m.profile_id and d.journey = m.journey
         and d.key = m.key and d.n = m.n offset 0) e`,
    [lanes, messages],
  );
}

/** Records what became of messages. A status never goes back: seen stays seen when a late "delivered" comes. */
export function recordOutcomes(session: Session, c: OutcomeColumns): Promise<ChangedMessage[]> {
  return session.query<ChangedMessage>(
    `update parcours.message m set state = u.state, rank = u.rank,
       sent_at = case when u.rank >= 2 then coalesce(m.sent_at, u.at) else m.sent_at end,
       decision = case when u.reason is null then m.decision else m.decision || jsonb_build_object('reason', u.reason) end
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::smallint[], $5::timestamptz[], $6::text[], $7::boolean[])
       u(lane, message_id, state, rank, at, reason, is_late)
     where ${byKey('m', 'u', 'lane', 'message_id')}
       and (not u.is_late or m.state = 'uncertain')
       and (u.rank > m.rank or (u.rank <= 1 and m.rank <= 1 and m.state in ('queued', 'uncertain')))
     returning m.lane, m.message_id, m.profile_id, m.state, m.rank, u.at, m.journey, m.step, m.channel, m.template`,
    [c.lanes, c.messages, c.states, c.ranks, c.at, c.reasons, c.areLate],
  );
}

/** Messages that had left and didn't arrive: failed, unless somebody has seen them. Returns those that changed. */
export function recordBounces(
  session: Session,
  lanes: readonly number[],
  messages: readonly number[],
  reasons: readonly string[],
): Promise<{ readonly lane: number; readonly message_id: number }[]> {
  return session.query(
    `update parcours.message m set state = 'failed', rank = 0, decision = m.decision || jsonb_build_object('reason', u.reason)
     from unnest($1::smallint[], $2::bigint[], $3::text[]) u(lane, message_id, reason)
     where ${byKey('m', 'u', 'lane', 'message_id')} and (m.rank between 1 and 3 or m.state = 'uncertain')
     returning m.lane, m.message_id`,
    [lanes, messages, reasons],
  );
}

export interface NamedMessage {
  readonly lane: number;
  readonly message_id: number;
  readonly profile_id: number;
  readonly journey: string;
  readonly step: string;
  readonly channel: string | null;
  readonly template: string;
  /** Of the enrollment that sent it; 0 when it is no longer there. */
  readonly hop: number;
}

/** Messages by number: of what journey and step, and how far round. */
export function messagesNamed(
  session: Session,
  lanes: readonly number[],
  messages: readonly number[],
): Promise<NamedMessage[]> {
  return session.query<NamedMessage>(
    `select distinct m.lane, m.message_id, m.profile_id, m.journey, m.step, m.channel, m.template, coalesce(e.hop, 0) as hop
     from unnest($1::smallint[], $2::bigint[]) u(lane, message_id)
     cross join lateral (
       select * from parcours.message d where d.lane = u.lane and d.message_id = u.message_id offset 0) m
     left join parcours.enrollment e
       on e.lane = m.lane and e.profile_id = m.profile_id and e.journey = m.journey and e.key = m.key and e.n = m.n`,
    [lanes, messages],
  );
}

/** Gives the room of messages that did not leave back to the caps. */
export async function freeContacts(
  session: Session,
  lanes: readonly number[],
  messages: readonly number[],
): Promise<void> {
  if (lanes.length === 0) return;
  await session.query(
    `delete from parcours.contact c using (
       select m.lane, m.profile_id, m.accepted_at, m.message_id
       from unnest($1::smallint[], $2::bigint[]) u(lane, message_id)
       cross join lateral (
         select * from parcours.message d where d.lane = u.lane and d.message_id = u.message_id offset 0) m) m
     where ${byKey('c', 'm', 'lane', 'profile_id', 'message_id')} and c.at = any(array[m.accepted_at])`,
    [lanes, messages],
  );
}

/** Whoever left a send that held him takes its deferred message back. */
export async function cancelDeferred(
  session: Session,
  rows: readonly {
    readonly lane: number;
    readonly profileId: number;
    readonly journey: string;
    readonly key: string;
    readonly n: number;
    readonly step: string;
  }[],
): Promise<void> {
  if (rows.length === 0) return;
  await session.query(
    `update parcours.message m set state = 'suppressed', decision = (m.decision - 'counted' - 'kept') || '{"outcome": "suppressed", "rule": "left the journey", "count": null, "max": null, "until": null}'
       || ${rulesThatDeferred}
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::text[])
       u(lane, profile_id, journey, key, n, step)
     where m.lane = u.lane and m.profile_id = u.profile_id and m.journey = u.journey and m.key = u.key
       and m.n = u.n and m.step = u.step and m.state = 'deferred'`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.profileId),
      rows.map((r) => r.journey),
      rows.map((r) => r.key),
      rows.map((r) => r.n),
      rows.map((r) => r.step),
    ],
  );
}

/** An instant of its own for each message within the hour after $3; neighbours are far apart (Fibonacci hashing). */
const withinTheHour = `$3::timestamptz + interval '1 hour' * ((m.message_id % 1000003 * 2654435769 % 4294967296) / 4294967296.0)`;

/** Enrollments that a rule holds in their send are looked at within the hour after t. Reads the open enrollments of whole lanes. */
export async function hastenHeld(session: Session, lanes: readonly number[], rule: string, t: Date): Promise<void> {
  await session.query(
    `update parcours.enrollment e set due_at = least(e.due_at, ${withinTheHour})
     from unnest($1::smallint[]) l(lane)
     cross join lateral (select * from parcours.enrollment d where d.lane = l.lane and d.wake_at is not null and d.posture = 'held' offset 0) h
     cross join lateral (
       select d.message_id from parcours.message d
       where d.lane = h.lane and d.profile_id = h.profile_id and d.journey = h.journey and d.key = h.key and d.n = h.n
         and d.step = h.step and d.state = 'deferred' and d.decision->>'rule' = $2
       order by d.message_id limit 1) m
     where e.lane = h.lane and e.profile_id = h.profile_id and e.journey = h.journey and e.key = h.key and e.n = h.n`,
    [lanes, rule, t],
  );
}

/** The same of deferred messages by which nobody stands. */
export async function hastenAlone(session: Session, lanes: readonly number[], rule: string, t: Date): Promise<void> {
  await session.query(
    `update parcours.inbox i set visible_at = least(i.visible_at, ${withinTheHour})
     from unnest($1::smallint[]) l(lane)
     cross join lateral (
       select * from parcours.inbox d where d.lane = l.lane and d.class = 2 and d.kind = 'redecide' offset 0) r
     cross join lateral (
       select d.message_id from parcours.message d
       where d.lane = r.lane and d.message_id = (r.body->>'message_id')::bigint and d.state = 'deferred'
         and d.decision->>'rule' = $2 offset 0) m
     where i.lane = r.lane and i.class = r.class and i.seq = r.seq`,
    [lanes, rule, t],
  );
}

/** A block of new message numbers. */
export async function newMessageIds(session: Session, count: number): Promise<readonly number[]> {
  const rows = await session.query<{ id: number }>(
    `select nextval('parcours.message_id') as id from generate_series(1, $1::integer)`,
    [count],
  );
  return rows.map((row) => row.id);
}
