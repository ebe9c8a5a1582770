/** Messages and dead letters as operators list them: without a value of a person. */
import type { Session } from '../../store/session.ts';

export interface ListedMessageRow {
  readonly lane: number;
  readonly message_id: number;
  readonly profile_id: number;
  readonly journey: string;
  readonly step: string;
  readonly channel: string | null;
  readonly template: string;
  readonly objective: string;
  readonly state: string;
  readonly created_at: Date;
  readonly valid_until: Date;
  readonly sent_at: Date | null;
  /** The rule that decided, such as `cap house/weekly`. */
  readonly rule: string | null;
  /** Why it didn't leave, in words of ours or of its provider. */
  readonly reason: string | null;
}

export interface MessageFilter {
  /** Null: whatever its state. */
  readonly state: string | null;
  readonly journey: string | null;
  /** Made at that time or later; null: however old. */
  readonly since: Date | null;
  readonly limit: number;
}

/** A stretch of time in which messages were made: from (null: the first) up to, not with (null: the newest). */
export interface Made {
  readonly from: Date | null;
  readonly to: Date | null;
}

/** Newest first. Reads the blocks of the stretch (BRIN over `created_at`), whatever else the table holds. */
export function selectMessages(
  session: Session,
  filter: Omit<MessageFilter, 'since'>,
  { from, to }: Made,
): Promise<ListedMessageRow[]> {
  return session.query<ListedMessageRow>(
    `select lane, message_id, profile_id, journey, step, channel, template, objective, state, created_at, valid_until, sent_at,
       decision->>'rule' as rule, decision->>'reason' as reason
     from parcours.message
     where ($1::text is null or state = $1) and ($2::text is null or journey = $2)
       and created_at >= coalesce($3::timestamptz, '-infinity') and created_at < coalesce($4::timestamptz, 'infinity')
     order by created_at desc, message_id desc limit $5`,
    [filter.state, filter.journey, from, to, filter.limit],
  );
}

export interface DeadLetterRow {
  readonly lane: number;
  readonly seq: number;
  readonly profile_id: number | null;
  readonly kind: string;
  /** The segment, trait, trigger or journey, of what is no fact. */
  readonly name: string | null;
  /** The SQLSTATE and the server's words without what they quote. */
  readonly reason: string;
  readonly at: Date;
}

/** Newest first. */
export function selectDeadLetters(session: Session, since: Date | null, limit: number): Promise<DeadLetterRow[]> {
  return session.query<DeadLetterRow>(
    `select lane, seq, profile_id, kind, case when kind in ('membership', 'trait', 'entry', 'enrollment') then body->>'name' end as name, reason, at
     from parcours.dead_letter where $1::timestamptz is null or at >= $1 order by at desc, seq desc limit $2`,
    [since, limit],
  );
}
