/** What the store holds about one person, each table by its primary key's head (lane, profile_id). Read-only. */
import type { Attribution, Value } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';

/** A person's place: both numbers are needed, since every table is keyed by the lane first. */
export interface PersonKey {
  readonly lane: number;
  readonly profileId: number;
}

export interface ProfileRow {
  readonly traits: Readonly<Record<string, unknown>>;
  readonly zone: string | null;
  readonly locale: string | null;
  readonly merged_into: number | null;
  readonly created_at: Date;
}

export async function selectProfile(session: Session, key: PersonKey): Promise<ProfileRow | null> {
  const rows = await session.query<ProfileRow>(
    'select traits, zone, locale, merged_into, created_at from parcours.profile where lane = $1 and profile_id = $2',
    [key.lane, key.profileId],
  );
  return rows[0] ?? null;
}

export interface IdentifierRow {
  readonly type: string;
  readonly value: string;
}

export function selectIdentifiers(session: Session, key: PersonKey): Promise<IdentifierRow[]> {
  return session.query<IdentifierRow>(
    'select type, value from parcours.identifier where lane = $1 and profile_id = $2 order by type, value',
    [key.lane, key.profileId],
  );
}

export interface MembershipRow {
  readonly segment: string;
  readonly since: Date;
  readonly next_change: Date | null;
}

/** In declared segments: those with a slash in their names are conditions of triggers. */
export function selectMemberships(session: Session, key: PersonKey): Promise<MembershipRow[]> {
  return session.query<MembershipRow>(
    `select segment, since, next_change from parcours.membership
     where lane = $1 and profile_id = $2 and is_member and position('/' in segment) = 0 order by segment`,
    [key.lane, key.profileId],
  );
}

export interface ConsentRow {
  readonly purpose: string;
  readonly channel: string;
  readonly state: 'granted' | 'denied';
  readonly since: Date;
  /** When it was confirmed, if that still counts. */
  readonly confirmed_at: Date | null;
  /** Who told the newest statement, and by which text or why it was given; null: nothing is known. */
  readonly source: string | null;
  readonly proof: string | null;
}

export function selectConsents(session: Session, key: PersonKey): Promise<ConsentRow[]> {
  return session.query<ConsentRow>(
    `select c.purpose, c.channel, c.state, c.since,
       case when c.state = 'granted' and c.confirmed_at > coalesce(c.denied_at, '-infinity') then c.confirmed_at end as confirmed_at, l.source, l.proof
     from parcours.consent c
     left join lateral (
       select l.source, l.proof from parcours.consent_log l
       where l.lane = c.lane and l.profile_id = c.profile_id and l.purpose = c.purpose and l.channel = c.channel
       order by l.occurred_at desc, l.seq desc limit 1) l on true
     where c.lane = $1 and c.profile_id = $2 order by c.purpose, c.channel`,
    [key.lane, key.profileId],
  );
}

export interface EventCountRow {
  readonly type: string;
  readonly events: number;
  readonly first: Date;
  readonly last: Date;
}

/** The person's events by type. */
export function selectEventCounts(
  session: Session,
  key: PersonKey,
  types: readonly string[],
): Promise<EventCountRow[]> {
  return session.query<EventCountRow>(
    `select type, count(*) as events, min(occurred_at) as first, max(occurred_at) as last from parcours.event
     where lane = $1 and profile_id = $2 and type = any($3::text[]) group by type order by type`,
    [key.lane, key.profileId, types],
  );
}

export interface EnrollmentRow {
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  /** Digest of the steps by which he goes. */
  readonly version: string;
  readonly state: 'active' | 'exited';
  readonly step: string | null;
  readonly posture: 'due' | 'waiting' | 'held' | null;
  readonly entered_at: Date;
  readonly step_since: Date;
  readonly due_at: Date | null;
  readonly goal_at: Date | null;
  readonly exited_at: Date | null;
  readonly exit_as: string | null;
  /** The group in which he gets nothing, to measure the others. */
  readonly holdout: string | null;
  /** Triggers that came while it was open. */
  readonly ignored: number;
  /** What opened it, such as `event order_placed`; null: that wasn't written then. */
  readonly opened_by: string | null;
}

export function selectEnrollments(session: Session, key: PersonKey, limit: number): Promise<EnrollmentRow[]> {
  return session.query<EnrollmentRow>(
    `select journey, key, n, version, state, step, posture, entered_at, step_since, due_at, goal_at, exited_at, exit_as, holdout, ignored, opened_by
     from parcours.enrollment where lane = $1 and profile_id = $2
     order by entered_at desc, journey, key, n desc limit $3`,
    [key.lane, key.profileId, limit],
  );
}

/** A goal that was met, and the message that is given credit for it; its columns are null where none left in time. */
export interface ConversionRow {
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly at: Date;
  readonly rule: Attribution;
  readonly touches: number;
  readonly message_id: number | null;
  readonly message_journey: string | null;
  readonly message_step: string | null;
  readonly message_channel: string | null;
}

export function selectConversions(session: Session, key: PersonKey, limit: number): Promise<ConversionRow[]> {
  return session.query<ConversionRow>(
    `select journey, key, n, at, rule, touches, message_id, message_journey, message_step, message_channel
     from parcours.conversion where lane = $1 and profile_id = $2 order by at desc, journey, key, n desc limit $3`,
    [key.lane, key.profileId, limit],
  );
}

/** A journey that didn't let the person in, by reason, with how often and when last. */
export interface RefusalRow {
  readonly journey: string;
  readonly reason: string;
  readonly times: number;
  readonly last_at: Date;
  readonly last_key: string;
}

export function selectRefusals(session: Session, key: PersonKey, limit: number): Promise<RefusalRow[]> {
  return session.query<RefusalRow>(
    `select journey, reason, times, last_at, last_key from parcours.entry_refusal where lane = $1 and profile_id = $2
     order by last_at desc, journey, reason limit $3`,
    [key.lane, key.profileId, limit],
  );
}

export interface StepLogRow {
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly seq: number;
  readonly step: string;
  readonly at: Date;
  readonly outcome: string;
  readonly detail: unknown;
}

export function selectStepLog(session: Session, key: PersonKey, limit: number): Promise<StepLogRow[]> {
  return session.query<StepLogRow>(
    `select journey, key, n, seq, step, at, outcome, detail from parcours.step_log
     where lane = $1 and profile_id = $2 order by at desc, journey, key, n, seq desc limit $3`,
    [key.lane, key.profileId, limit],
  );
}

export interface MessageRow {
  readonly message_id: number;
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly step: string;
  readonly channel: string | null;
  readonly template: string;
  readonly objective: string;
  readonly purpose: string;
  readonly priority: number;
  readonly state: string;
  readonly created_at: Date;
  readonly accepted_at: Date | null;
  readonly valid_until: Date;
  readonly sent_at: Date | null;
  readonly decision: Readonly<Record<string, unknown>>;
  readonly revision: number;
}

export function selectMessages(session: Session, key: PersonKey, limit: number): Promise<MessageRow[]> {
  return session.query<MessageRow>(
    `select message_id, journey, key, n, step, channel, template, objective, purpose, priority, state, created_at,
       accepted_at, valid_until, sent_at, decision, revision
     from parcours.message where lane = $1 and profile_id = $2 order by created_at desc, message_id desc limit $3`,
    [key.lane, key.profileId, limit],
  );
}

/** Facts of the person that no lane transaction has taken yet. */
export async function countWaitingFacts(session: Session, key: PersonKey): Promise<number> {
  const rows = await session.query<{ facts: number }>(
    'select count(*) as facts from parcours.inbox where lane = $1 and profile_id = $2',
    [key.lane, key.profileId],
  );
  return rows[0]?.facts ?? 0;
}

export interface DeadLetterRow {
  readonly kind: string;
  readonly reason: string;
  readonly at: Date;
}

/** Facts of the person that could not be worked off. */
export function selectDeadLetters(session: Session, key: PersonKey, limit: number): Promise<DeadLetterRow[]> {
  return session.query<DeadLetterRow>(
    `select kind, reason, at from parcours.dead_letter where lane = $1 and profile_id = $2 order by at desc, seq desc limit $3`,
    [key.lane, key.profileId, limit],
  );
}

/** The row of a statement that the compiler made for one person, or null when he isn't there. */
export async function selectLeafValues(
  session: Session,
  statement: { readonly text: string; readonly values: readonly unknown[] },
): Promise<Readonly<Record<string, unknown>> | null> {
  const rows = await session.query<Record<string, unknown>>(statement.text, statement.values);
  return rows[0] ?? null;
}

/** Since when the person is a member, or null. */
export async function selectMembership(session: Session, key: PersonKey, segment: string): Promise<Date | null> {
  const rows = await session.query<{ since: Date }>(
    `select since from parcours.membership where lane = $1 and profile_id = $2 and segment = $3 and is_member`,
    [key.lane, key.profileId, segment],
  );
  return rows[0]?.since ?? null;
}

/** The revision that the lane last ran under. */
export async function selectLaneRevision(session: Session, lane: number): Promise<number> {
  const rows = await session.query<{ revision: number }>('select revision from parcours.lane where lane = $1', [lane]);
  return rows[0]?.revision ?? 0;
}

export interface EntityRow {
  readonly entity: string;
  readonly key: string;
  /** His roles in the row, sorted. */
  readonly roles: readonly string[];
  readonly fields: Readonly<Record<string, Value>>;
  /** When what changed the row last, or his roles in it, was so. */
  readonly observed_at: Date;
  readonly source: string;
}

/** The rows that he is tied to, the last changed first. */
export function selectEntityRows(session: Session, key: PersonKey, limit: number): Promise<EntityRow[]> {
  return session.query<EntityRow>(
    `select r.entity, r.key, array_agg(r.role order by r.role) as roles, (array_agg(r.fields order by r.version desc))[1] as fields,
       max(r.observed_at) as observed_at, (array_agg(r.source order by r.version desc))[1] as source
     from parcours.entity_row r where r.lane = $1 and r.profile_id = $2
     group by r.entity, r.key order by max(r.observed_at) desc, r.entity, r.key limit $3`,
    [key.lane, key.profileId, limit],
  );
}
