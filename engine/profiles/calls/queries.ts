/** Statements over calls that could not be used. */
import type { Session } from '../../store/session.ts';

export interface RejectedCall {
  readonly source: string;
  readonly messageId: string;
  readonly receivedAt: Date;
  readonly reasons: readonly string[];
  /** JSON text; null: it can't be kept. */
  readonly body: string | null;
}

/** Keeps them, each once. In the order of the key, so that two writers wait for each other instead of dead-locking. */
export async function insertRejectedCalls(session: Session, calls: readonly RejectedCall[]): Promise<void> {
  if (calls.length === 0) return;
  await session.query(
    `insert into parcours.rejected_call (source, message_id, received_at, reasons, body)
     select u.source, u.message_id, u.received_at, array(select jsonb_array_elements_text(u.reasons)), u.body
     from unnest($1::text[], $2::text[], $3::timestamptz[], $4::jsonb[], $5::text[])
       u(source, message_id, received_at, reasons, body)
     order by u.source, u.message_id on conflict do nothing`,
    [
      calls.map((call) => call.source),
      calls.map((call) => call.messageId),
      calls.map((call) => call.receivedAt),
      calls.map((call) => JSON.stringify(call.reasons)),
      calls.map((call) => call.body),
    ],
  );
}
