/** Messages and dead letters as plain data for `parcours messages` and a console: what, when and why, never to whom. Reads only. */
import type { Session } from '../../store/session.ts';
import { type DeadLetterRow, type ListedMessageRow, type MessageFilter, selectMessages } from './queries.ts';

export type ListedMessage = Omit<ListedMessageRow, 'lane' | 'message_id' | 'reason'> & {
  /** `LANE-NUMBER`, as the provider knows it. */
  readonly id: string;
  readonly reason: string | null;
};

export type ListedDeadLetter = Omit<DeadLetterRow, 'lane' | 'seq'> & { readonly id: string };

export async function listMessages(session: Session, filter: MessageFilter): Promise<readonly ListedMessage[]> {
  const rows = await selectMessages(session, filter);
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
