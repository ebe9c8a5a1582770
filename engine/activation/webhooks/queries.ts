/** Statements over requests of `webhook` steps. They are no messages: no cap counts them and no condition asks for them. */
import type { Session } from '../../store/session.ts';

export interface WrittenWebhook {
  readonly lane: number;
  readonly messageId: number;
  readonly profileId: number;
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly step: string;
  readonly round: number;
  readonly destination: string;
  /** JSON text. */
  readonly body: string;
  readonly validUntil: Date;
}

export async function insertWebhooks(session: Session, rows: readonly WrittenWebhook[], t: Date): Promise<void> {
  await session.query(
    `insert into parcours.webhook (lane, message_id, profile_id, journey, key, n, step, round, destination, body, valid_until, state, created_at)
     select u.*, 'queued', $12 from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::integer[], $7::text[],
       $8::integer[], $9::text[], $10::jsonb[], $11::timestamptz[]) u`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.messageId),
      rows.map((r) => r.profileId),
      rows.map((r) => r.journey),
      rows.map((r) => r.key),
      rows.map((r) => r.n),
      rows.map((r) => r.step),
      rows.map((r) => r.round),
      rows.map((r) => r.destination),
      rows.map((r) => r.body),
      rows.map((r) => r.validUntil),
      t,
    ],
  );
}

export interface SettledWebhook {
  readonly lane: number;
  readonly profile_id: number;
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly step: string;
  readonly round: number;
  readonly state: string;
}

/** Ends requests that are still open; numbers that are no requests are left alone. */
export function settleWebhooks(
  session: Session,
  told: {
    readonly lanes: readonly number[];
    readonly messages: readonly number[];
    readonly states: readonly string[];
    readonly at: readonly Date[];
    readonly reasons: readonly (string | null)[];
  },
): Promise<SettledWebhook[]> {
  return session.query<SettledWebhook>(
    `update parcours.webhook w set state = u.state, settled_at = u.at, reason = u.reason
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[]) u(lane, message_id, state, at, reason)
     where w.lane = u.lane and w.message_id = u.message_id and w.state = 'queued'
     returning w.lane, w.profile_id, w.journey, w.key, w.n, w.step, w.round, w.state`,
    [told.lanes, told.messages, told.states, told.at, told.reasons],
  );
}
