/**
 * What recipients do to messages beyond the ladder of statuses: clicks and replies, each an event and the message acted on with the first
 * of them; and bounces, by which a message that had left has not arrived after all. Told by providers through the lane's inbox.
 */
import type { Batch } from '../batch.ts';
import { messageEvent, type OwnEvent, tellOwnEvents } from '../facts/own-events.ts';
import type { InboxRow } from '../lanes/queries.ts';
import { freeContacts, messagesNamed, recordBounces } from './queries.ts';

/** `scanned`: a program looked at it, which counts as nothing · `complained`: the person called it unwanted. */
export const feedbackStates = ['clicked', 'replied', 'bounced', 'complained', 'scanned'] as const;
export type FeedbackState = (typeof feedbackStates)[number];

/** Body of an inbox row of kind `outcome` with such a state. */
export interface FeedbackBody {
  readonly message_id: number;
  readonly state: FeedbackState;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Of a reply: what it says. */
  readonly text?: string;
  /** Of a scan: what the program did. */
  readonly what?: 'open' | 'click';
  /** Of a bounce: in words of the provider. */
  readonly reason?: string;
}

export interface Feedback {
  readonly lane: number;
  readonly body: FeedbackBody;
}

/** The feedback among the rows of an inbox, in the order in which it was told. */
export function feedbackIn(rows: readonly InboxRow[]): readonly Feedback[] {
  const known: ReadonlySet<unknown> = new Set(feedbackStates);
  return rows
    .filter((row) => row.kind === 'outcome' && known.has((row.body as { readonly state?: unknown }).state))
    .sort((a, b) => a.seq - b.seq)
    .map((row) => ({ lane: row.lane, body: row.body as FeedbackBody }));
}

/** Tells what was done as events of their own, and takes back what bounced. The ladder is raised by `outcomes.ts`. */
export async function applyFeedback(batch: Batch, told: readonly Feedback[]): Promise<void> {
  if (told.length === 0) return;
  const bounced = told.filter(({ body }) => body.state === 'bounced');
  const lanes = bounced.map(({ lane }) => lane);
  const ids = bounced.map(({ body }) => body.message_id);
  const undone = bounced.length === 0 ? [] : await recordBounces(batch.session, lanes, ids, bounced.map(reasonOf));
  await freeContacts(
    batch.session,
    undone.map((row) => row.lane),
    undone.map((row) => row.message_id),
  );
  const messages = await messagesNamed(
    batch.session,
    told.map(({ lane }) => lane),
    told.map(({ body }) => body.message_id),
  );
  const byId = new Map(messages.map((row) => [row.message_id, row]));
  const events = told.flatMap(({ lane, body }): readonly OwnEvent[] => {
    const row = byId.get(body.message_id);
    if (row === undefined) return [];
    const person = batch.people.of(lane, row.profile_id);
    person.messages = true;
    person.live = true;
    const { profile_id: profileId, message_id: messageId, hop } = row;
    const event = messageEvent(`message_${body.state}`, { ...row, profileId, messageId }, new Date(body.at));
    return [{ ...event, properties: { ...event.properties, ...moreOf(body) }, hop }];
  });
  tellOwnEvents(batch, events);
}

function moreOf({ state, text = '', what = 'open' }: FeedbackBody): Readonly<Record<string, string>> {
  if (state === 'replied') return { text };
  return state === 'scanned' ? { what } : {};
}

function reasonOf({ body }: Feedback): string {
  return body.reason ?? 'the address bounced it';
}
