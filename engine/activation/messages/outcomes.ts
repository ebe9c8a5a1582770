/** What became of messages, told by the dispatcher (and later by providers) through the lane's inbox. */
import type { Program } from '../../compiler/program.ts';
import type { Batch } from '../batch.ts';
import type { OutcomeFact, OutcomeState } from '../dispatch/settle.ts';
import { messageEvent, type OwnEvent, tellOwnEvents } from '../facts/own-events.ts';
import type { InboxRow } from '../lanes/queries.ts';
import { reopened } from '../retry/retry-messages.ts';
import { applyFeedback, type FeedbackBody, feedbackIn } from './feedback.ts';
import { applyProviderFacts } from './providers/provider-facts.ts';
import {
  type ChangedMessage,
  cancelDeferred,
  type DeferredRow,
  freeContacts,
  hopsOfMessages,
  messagesToRedecide,
  type ReturnedRow,
  recordOutcomes,
} from './queries.ts';
import type { SendRequest } from './send-request.ts';

/** What a message may become: what dispatch says of it, and what its recipient does later. */
export type MessageOutcome = OutcomeState | 'delivered' | 'seen' | 'acted';

/** Body of an inbox row of kind `outcome`. */
export type OutcomeBody = Omit<OutcomeFact, 'state'> & { readonly state: MessageOutcome };

interface ToldOutcome {
  readonly lane: number;
  readonly body: OutcomeBody;
}

const ranks: Readonly<Record<MessageOutcome, number>> = {
  returned: 0,
  failed: 0,
  suppressed: 0,
  expired: 0,
  uncertain: 1,
  sent: 2,
  delivered: 3,
  seen: 4,
  acted: 5,
};

/** Records outcomes, gives unused room back to the caps, and returns what is to be decided anew. */
export async function applyOutcomes(batch: Batch, rows: readonly InboxRow[]): Promise<readonly SendRequest[]> {
  const feedback = feedbackIn(rows);
  const all = standing(
    rows
      .filter((row) => row.kind === 'outcome')
      .sort((a, b) => a.seq - b.seq)
      .flatMap(toldBy),
  );
  if (all.length > 0) await record(batch, all);
  await applyFeedback(batch, feedback);
  await applyProviderFacts(batch, rows);
  return await redecide(batch, rows, all);
}

/** A click and a reply raise the message as any other act does; a bounce isn't on the ladder. */
function toldBy({ lane, body }: InboxRow): readonly ToldOutcome[] {
  const told = body as OutcomeBody | FeedbackBody;
  switch (told.state) {
    case 'bounced':
    case 'complained':
    case 'scanned':
      return [];
    case 'clicked':
    case 'replied':
      return [{ lane, body: { message_id: told.message_id, attempt: 1, state: 'acted', at: told.at } }];
    default:
      return [{ lane, body: told as OutcomeBody }];
  }
}

/**
 * Of several outcomes of one message, given in the order in which they were told, the one that says most stands. A late one settles an
 * uncertainty and nothing else; the uncertainty may have been told just before it.
 */
export function standing(told: readonly ToldOutcome[]): readonly ToldOutcome[] {
  const byMessage = new Map<number, ToldOutcome>();
  for (const one of told) {
    const { message_id: message, state, late } = one.body;
    const before = byMessage.get(message);
    if (before === undefined) byMessage.set(message, one);
    else if (late && !before.body.late) {
      const { late: _, ...certain } = one.body;
      if (before.body.state === 'uncertain') byMessage.set(message, { ...one, body: certain });
    } else if (ranks[state] >= ranks[before.body.state]) byMessage.set(message, one);
  }
  return [...byMessage.values()];
}

async function record(batch: Batch, all: readonly ToldOutcome[]): Promise<void> {
  const changed = await recordOutcomes(batch.session, {
    lanes: all.map(({ lane }) => lane),
    messages: all.map(({ body }) => body.message_id),
    states: all.map(({ body }) => (body.state === 'returned' ? 'deferred' : body.state)),
    ranks: all.map(({ body }) => ranks[body.state]),
    at: all.map(({ body }) => new Date(body.at)),
    reasons: all.map(({ body }) => body.reason ?? null),
    areLate: all.map(({ body }) => body.late ?? false),
  });
  // Only what an outcome really ended gives room back: one that came too late for its message has no say.
  const unused = changed.filter((row) => row.rank === 0);
  await freeContacts(
    batch.session,
    unused.map((row) => row.lane),
    unused.map((row) => row.message_id),
  );
  for (const row of changed) {
    const person = batch.people.of(row.lane, row.profile_id);
    person.messages = true;
    person.live = true;
  }
  const hops = await hopsOf(batch, changed);
  tellOwnEvents(
    batch,
    changed.flatMap((row) => eventOf(row, hops.get(row.message_id) ?? 0)),
  );
}

/** Where messages open journeys, what a message causes is as far round as the enrollment that sent it: circles end. */
async function hopsOf(batch: Batch, changed: readonly ChangedMessage[]): Promise<ReadonlyMap<number, number>> {
  if (changed.length === 0 || !isOpenedByMessages(batch.program)) return new Map();
  const rows = await hopsOfMessages(
    batch.session,
    changed.map((row) => row.lane),
    changed.map((row) => row.message_id),
  );
  return new Map(rows.map(({ i, hop }) => [changed[i - 1]?.message_id ?? 0, hop]));
}

const openedByMessages = new WeakMap<Program, boolean>();

function isOpenedByMessages(program: Program): boolean {
  const known = openedByMessages.get(program);
  if (known !== undefined) return known;
  const triggers = [...program.journeys.values()].flatMap(({ body }) => body.entry.triggers);
  const types = triggers.flatMap((one) => (one.kind === 'event' ? one.types : []));
  const isOpened = types.some((type) => type.startsWith('message_'));
  openedByMessages.set(program, isOpened);
  return isOpened;
}

const eventsByState: Readonly<Record<string, string>> = {
  sent: 'message_sent',
  delivered: 'message_delivered',
  seen: 'message_seen',
  acted: 'message_acted',
  failed: 'message_failed',
};

function eventOf(row: ChangedMessage, hop: number): readonly OwnEvent[] {
  const type = eventsByState[row.state];
  if (type === undefined) return [];
  const { profile_id: profileId, message_id: messageId, at } = row;
  return [{ ...messageEvent(type, { ...row, profileId, messageId }, at), hop }];
}

/** Messages that came back, those whose time to be looked at again has come, and those retried by hand. Their channel was chosen before. */
async function redecide(
  batch: Batch,
  rows: readonly InboxRow[],
  outcomes: readonly ToldOutcome[],
): Promise<readonly SendRequest[]> {
  const returned = outcomes
    .filter(({ body }) => body.state === 'returned')
    .map(({ lane, body }) => ({ lane, id: body.message_id }));
  const again = rows
    .filter((row) => row.kind === 'redecide')
    .map((row) => ({ lane: row.lane, id: (row.body as { readonly message_id: number }).message_id }));
  const retried = (await reopened(batch, rows)).map(({ lane, message_id: id }) => ({ lane, id }));
  const wanted = [...new Map([...returned, ...again, ...retried].map((one) => [one.id, one])).values()];
  if (wanted.length === 0) return [];
  const messages = await messagesToRedecide(
    batch.session,
    wanted.map(({ lane }) => lane),
    wanted.map(({ id }) => id),
  );
  const pointless = messages.filter((message) => isCutShort(batch, message));
  await cancelDeferred(
    batch.session,
    pointless.map(({ lane, profile_id: profileId, journey, key, n, step }) => ({
      lane,
      profileId,
      journey,
      key,
      n,
      step,
    })),
  );
  return messages
    .filter((message) => !pointless.includes(message))
    .map((message): SendRequest => ({ enrollment: null, step: null, action: sameAgain(message), message }));
}

/** Whether the person left by the goal or an exit: what is deferred ends with it (LANGUAGE b21). Who came to the end still gets it. */
function isCutShort(batch: Batch, { journey, exit_as: as }: ReturnedRow): boolean {
  if (as === null) return false;
  const exits = batch.program.journeys.get(journey)?.body.exits ?? [];
  return as === 'goal' || as === 'removed' || as === 'left-entity' || exits.some((exit) => exit.as === as);
}

function sameAgain(message: DeferredRow): SendRequest['action'] {
  const { template, objective, purpose } = message;
  const channels = message.channel === null ? [] : [message.channel];
  const to = message.address_trait === null ? {} : { to: message.address_trait };
  const urgent = message.is_urgent ? { urgent: true as const } : {};
  const words = { template, with: {}, objective, purpose };
  return { kind: 'send', channels, ...to, ...words, ...urgent, validFor: null, whenCapped: null };
}
