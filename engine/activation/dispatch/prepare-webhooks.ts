/** From claimed rows to requests that may leave: what they say, to whom it is about, and whether they are still in time. */
import type { Session } from '../../store/session.ts';
import { type PreparedBatch, type PreparedMessage, stop } from './prepare.ts';
import { type AttemptRow, loadWebhooks, type WebhookRow } from './queries.ts';
import type { Settlement } from './settle.ts';

/** Loads and prepares a batch of one destination; at most one statement. */
export async function prepareWebhooks(session: Session, rows: readonly AttemptRow[], t: Date): Promise<PreparedBatch> {
  const loaded = new Map((await loadWebhooks(session, rows)).map((one) => [one.message_id, one]));
  const prepared = rows.map((row) => prepareOne(row, loaded.get(row.message_id), t));
  return {
    ready: prepared.filter((one): one is PreparedMessage => 'message' in one),
    stopped: prepared.filter((one): one is Settlement => !('message' in one)),
  };
}

function prepareOne(row: AttemptRow, found: WebhookRow | undefined, t: Date): PreparedMessage | Settlement {
  if (found === undefined) return stop(row, 'failed', 'the request is no longer there');
  if (t >= found.valid_until) return stop(row, 'expired', 'its validity ended');
  if (found.identifiers === null) return stop(row, 'suppressed', 'the person was removed');
  const { journey, step, created_at: createdAt } = found;
  const data = { ...found.body, person: found.identifiers, journey, step };
  const text = JSON.stringify({ type: 'journey.webhook', timestamp: createdAt.toISOString(), data });
  const about = { profile: row.profile_id, journey, step, template: '' };
  const token = `${row.lane}-${row.message_id}`;
  const message = { token, channel: row.channel, to: null, locale: '', text, about, at: t.getTime() };
  return { row, hash: undefined, queuedAt: createdAt, message };
}
