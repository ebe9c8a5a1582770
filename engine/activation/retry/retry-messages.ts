/**
 * What failed is decided anew. A command in the lane's inbox says so, and the holder of the lane, its only writer, puts the message back
 * to where it waited for a decision: caps, consents, hours and the address are looked at as they are now, and its validity stands.
 */
import { notifyInbox } from '../../profiles/queries.ts';
import type { OwnSession } from '../../store/session.ts';
import type { Batch } from '../batch.ts';
import { appendInbox, type InboxRow } from '../lanes/queries.ts';
import { freeContacts } from '../messages/queries.ts';
import { type ReopenedRow, type RetryRow, reopenMessages, selectMessagesById, selectMessagesOf } from './queries.ts';

/** Body of an inbox row of kind `retry`. */
export interface RetryCommand {
  readonly message_id: number;
  /** Though it may have left. */
  readonly even_uncertain: boolean;
}

/** The inbox class of commands: they go before all facts. */
const commandClass = 0;
const chunkMax = 1_000;

/** Which messages: by number, or all of a journey in a state. */
export type RetrySelection =
  | { readonly kind: 'ids'; readonly ids: readonly number[] }
  | {
      readonly kind: 'state';
      readonly state: 'failed' | 'uncertain';
      readonly journey: string;
      readonly since: Date | null;
    };

export interface RetryResult {
  /** Put back to be decided anew. */
  readonly retried: number;
  /** Of marketing and uncertain, left alone because they may have left. */
  readonly uncertain: number;
  /** Numbers that nobody has, and those of messages that left or may still leave, with their state. */
  readonly unknown: readonly number[];
  readonly others: readonly { readonly id: number; readonly state: string }[];
}

/** Commands it, a transaction a thousand messages. A message that is commanded twice is decided once. */
export async function retryMessages(
  session: OwnSession,
  selection: RetrySelection,
  { now, evenUncertain }: { readonly now: Date; readonly evenUncertain: boolean },
): Promise<RetryResult> {
  let [retried, uncertain] = [0, 0];
  const others: { id: number; state: string }[] = [];
  const known = new Set<number>();
  for await (const rows of chunksOf(session, selection)) {
    for (const { message_id: id } of rows) known.add(id);
    const open = rows.filter(({ state }) => state === 'failed' || state === 'uncertain');
    const allowed = open.filter((row) => row.state === 'failed' || row.objective === 'service' || evenUncertain);
    await session.transaction((tx) =>
      appendInbox(
        tx,
        allowed.map((row) => commandOf(row, now, evenUncertain)),
      ),
    );
    retried += allowed.length;
    uncertain += open.length - allowed.length;
    for (const { message_id: id, state } of rows.filter((row) => !open.includes(row))) others.push({ id, state });
  }
  if (retried > 0) await notifyInbox(session);
  const asked = selection.kind === 'ids' ? selection.ids : [];
  return { retried, uncertain, unknown: asked.filter((id) => !known.has(id)), others };
}

async function* chunksOf(session: OwnSession, selection: RetrySelection): AsyncGenerator<readonly RetryRow[]> {
  if (selection.kind === 'ids') {
    yield await selectMessagesById(session, selection.ids);
    return;
  }
  let after = { lane: -1, message_id: 0 };
  for (;;) {
    const rows = await selectMessagesOf(session, selection, after, chunkMax);
    if (rows.length > 0) yield rows;
    if (rows.length < chunkMax) return;
    after = rows[rows.length - 1] as RetryRow;
  }
}

function commandOf({ lane, message_id, profile_id: profileId }: RetryRow, now: Date, evenUncertain: boolean) {
  const body: RetryCommand = { message_id, even_uncertain: evenUncertain };
  return { lane, class: commandClass, visibleAt: now, profileId, kind: 'retry', body };
}

/** In the lane: the messages that its `retry` rows put back, which then wait for their decision. No statement where there are none. */
export async function reopened(batch: Batch, inbox: readonly InboxRow[]): Promise<readonly ReopenedRow[]> {
  const commands = inbox.filter(({ kind }) => kind === 'retry');
  if (commands.length === 0) return [];
  const bodies = commands.map(({ body }) => body as RetryCommand);
  const rows = await reopenMessages(
    batch.session,
    commands.map(({ lane }) => lane),
    bodies.map((body) => body.message_id),
    bodies.map((body) => body.even_uncertain),
  );
  // An uncertain one still takes the room that it asks for anew.
  await freeContacts(
    batch.session,
    rows.map(({ lane }) => lane),
    rows.map((row) => row.message_id),
  );
  for (const { lane, profile_id: profileId } of rows) batch.people.of(lane, profileId).messages = true;
  return rows;
}
