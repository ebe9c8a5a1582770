/**
 * From claimed rows to requests that may leave: what they say, to whom it is about, whether they are still in time, and whether somebody
 * holds them. A held request sleeps in the outbox, where no lane looks after it.
 */
import type { Session } from '../../store/session.ts';
import { type Hold, lookAgainAt, pausesOf } from '../messages/pauses.ts';
import type { AttemptRow } from './claimed-message.ts';
import { type PreparedBatch, type PreparedMessage, stop } from './prepare.ts';
import { loadWebhooks, type WebhookRow } from './queries.ts';
import type { Settlement } from './settle.ts';

/** When nobody knows the end of a pause, requests look for it so often; an end by hand wakes them. */
const lookAgainMs = 3_600_000;

/** Loads and prepares a batch of one destination; at most one statement. */
export async function prepareWebhooks(
  session: Session,
  rows: readonly AttemptRow[],
  { t, isPaused }: { readonly t: Date; readonly isPaused: (journey: string) => boolean },
): Promise<PreparedBatch> {
  const loaded = new Map((await loadWebhooks(session, rows)).map((one) => [one.message_id, one]));
  const prepared = rows.map((row) => {
    const found = loaded.get(row.message_id);
    const hold = found && pausesOf(isPaused, found.pauses ?? []).over(found.journey, row.channel, t);
    return found && hold && t < found.valid_until ? holdBack(row, found, hold, t) : prepareOne(row, found, t);
  });
  return {
    ready: prepared.filter((one): one is PreparedMessage => 'message' in one),
    stopped: prepared.filter((one): one is Settlement => !('message' in one)),
  };
}

/** Back to the queue until the pause is over. What such a pause would drop at its end is given up now: nothing waits for it. */
function holdBack(row: AttemptRow, { valid_until: end }: WebhookRow, hold: Hold, t: Date): Settlement {
  if (hold.onResume === 'skip_late') return stop(row, 'suppressed', hold.rule);
  const again = lookAgainAt(hold, row.message_id) ?? new Date(t.getTime() + lookAgainMs);
  const dueAt = again < end ? again : end;
  return { row, kind: 'retry', dueAt, reason: hold.rule, isUnsent: true, isHeld: true };
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
