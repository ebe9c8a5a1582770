/** Messages and dead letters as plain data for `parcours messages` and a console: what, when and why, never to whom. Reads only. */
import type { Session } from '../../store/session.ts';
import { type DeadLetterRow, type ListedMessageRow, type MessageFilter, selectMessages } from './queries.ts';

export type ListedMessage = Omit<ListedMessageRow, 'lane' | 'message_id' | 'reason'> & {
  /** `LANE-NUMBER`, as the provider knows it. */
  readonly id: string;
  readonly reason: string | null;
};

export type ListedDeadLetter = Omit<DeadLetterRow, 'lane' | 'seq'> & { readonly id: string };

/** How far back is looked, in days, one after the other: a table of years isn't read for the newest fifty. */
const looksBack = [1 / 24, 1, 8, 64, 512] as const;
const dayMs = 86_400_000;

/** Newest first, as of `at`: looks further back until there are enough. */
export async function listMessages(
  session: Session,
  filter: MessageFilter,
  at: Date,
): Promise<readonly ListedMessage[]> {
  const rows: ListedMessageRow[] = [];
  let to: Date | null = null;
  for (const days of [...looksBack, null]) {
    const back = days === null ? null : new Date(at.getTime() - days * dayMs);
    const from = filter.since !== null && (back === null || back < filter.since) ? filter.since : back;
    rows.push(...(await selectMessages(session, { ...filter, limit: filter.limit - rows.length }, { from, to })));
    if (rows.length >= filter.limit || from === filter.since) break;
    to = from;
  }
  return rows.map(({ lane, message_id, reason, ...row }) => ({
    id: `${lane}-${message_id}`,
    ...row,
    reason: reason === null ? null : withoutWordsOfOthers(reason),
  }));
}

/** A mail server may say anything, the recipient's name too: of its answer the codes stay. Our own reasons stay as they are. */
function withoutWordsOfOthers(reason: string): string {
  return reason.replace(/(SMTP \d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?)[\s\S]*$/, '$1');
}
