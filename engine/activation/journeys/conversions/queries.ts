/** Statements over conversions: goals that were met, and the message that is given credit for each. */
import type { Statement } from '../../../store/together.ts';

export interface ConversionColumns {
  readonly lane: number;
  readonly profileId: number;
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  /** When what met the goal happened. */
  readonly at: Date;
  readonly toFirst: boolean;
  /** As in `message.rank`. */
  readonly rank: number;
  /** How long before a message may have left: an interval of PostgreSQL. */
  readonly inLast: string;
  /** JSON text of the rule. */
  readonly rule: string;
}

/**
 * Notes goals that were met with the message that is given credit: of those that left before and had come so far, the last or the first.
 * Service messages answer to what a person did, so they get credit for the goals of their own journey alone.
 */
export function conversionsNoted(rows: readonly ConversionColumns[]): Statement {
  return {
    text: `insert into parcours.conversion (lane, profile_id, journey, key, n, at, rule, touches, message_id, message_journey, message_step, message_channel)
     select u.lane, u.profile_id, u.journey, u.key, u.n, u.at, u.rule, coalesce(m.touches, 0), m.message_id, m.journey, m.step, m.channel
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::timestamptz[], $7::boolean[], $8::smallint[], $9::interval[], $10::jsonb[])
       u(lane, profile_id, journey, key, n, at, to_first, rank, in_last, rule)
     left join lateral (
       select d.message_id, d.journey, d.step, d.channel, count(*) over ()::integer as touches
       from parcours.message d
       where d.lane = u.lane and d.profile_id = u.profile_id and d.created_at < u.at
         and d.rank >= u.rank and d.sent_at < u.at and d.sent_at + u.in_last > u.at
         and (d.objective <> 'service' or d.journey = u.journey)
       order by case when u.to_first then d.sent_at end, case when u.to_first then d.message_id end, d.sent_at desc, d.message_id desc
       limit 1) m on true`,
    values: [
      rows.map((r) => r.lane),
      rows.map((r) => r.profileId),
      rows.map((r) => r.journey),
      rows.map((r) => r.key),
      rows.map((r) => r.n),
      rows.map((r) => r.at),
      rows.map((r) => r.toFirst),
      rows.map((r) => r.rank),
      rows.map((r) => r.inLast),
      rows.map((r) => r.rule),
    ],
  };
}
