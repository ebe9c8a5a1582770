/**
 * What providers and apps tell of messages, as facts in the inboxes of their people's lanes. Here each message is found where it is now:
 * its token names the lane in which it was made, and its person may have become another one's since. What it means is the lane's business.
 */
import type { Session } from '../../../store/session.ts';
import { appendInbox } from '../../lanes/queries.ts';
import type { FeedbackState } from '../feedback.ts';
import { locateMessages } from './queries.ts';

export interface ToldOfMessage {
  /** `<lane>-<message id>`, as it went out with the message. */
  readonly token: string;
  readonly state: FeedbackState | 'sent' | 'delivered' | 'seen' | 'acted';
  readonly at: Date;
  /** Of a bounce. */
  readonly reason?: string;
  /** Of a reply. */
  readonly text?: string;
  /** Of a scan. */
  readonly what?: 'open' | 'click';
  /** The person wants no more of this. */
  readonly optedOut?: true;
}

export interface FoundMessage {
  readonly lane: number;
  readonly profileId: number;
  readonly messageId: number;
  /** Null: it never got as far as one. */
  readonly channel: string | null;
}

/** The lane and the number of a token; null: it is none of ours. */
export function readToken(token: string): { readonly lane: number; readonly messageId: number } | null {
  const [, lane, id] = /^(\d{1,4})-([1-9]\d{0,14})$/.exec(token) ?? [];
  if (lane === undefined || id === undefined || Number(lane) > 1023) return null;
  return { lane: Number(lane), messageId: Number(id) };
}

/** For each token its message, null where there is none; one statement. */
export async function findMessages(
  session: Session,
  tokens: readonly string[],
): Promise<readonly (FoundMessage | null)[]> {
  const read = tokens.map(readToken);
  const asked = read.flatMap((one, i) => (one === null ? [] : [{ ...one, i }]));
  if (asked.length === 0) return read.map(() => null);
  const rows = await locateMessages(
    session,
    asked.map(({ lane }) => lane),
    asked.map(({ messageId }) => messageId),
  );
  const found = new Array<FoundMessage | null>(tokens.length).fill(null);
  for (const { i, lane, profile_id: profileId, channel } of rows) {
    const { i: at, messageId } = asked[i - 1]!;
    found[at] = { lane, profileId, messageId, channel };
  }
  return found;
}

/** Tells the lanes of messages that were found. In the transaction of whoever calls; workers see it once that is committed. */
export async function tellFeedback(
  session: Session,
  told: readonly (ToldOfMessage & { readonly message: FoundMessage })[],
): Promise<void> {
  await appendInbox(
    session,
    told.map(({ message, state, at, reason, text, what, optedOut }) => ({
      lane: message.lane,
      class: 3,
      visibleAt: at,
      profileId: message.profileId,
      kind: 'outcome',
      body: {
        ...{ message_id: message.messageId, attempt: 1, state, at: at.getTime() },
        ...(reason !== undefined && { reason }),
        ...(text !== undefined && { text }),
        ...(what !== undefined && { what }),
        ...(optedOut && { opted_out: true }),
      },
    })),
  );
}
