/** Writes what was decided of messages: the messages, their reservations under the caps, the outbox, and who looks again when. */
import { inParts, writeTogether } from '../../store/together.ts';
import type { Batch } from '../batch.ts';
import { messageEvent, tellOwnEvents } from '../facts/own-events.ts';
import { roundsKey } from '../journeys/repeating.ts';
import { appendInbox } from '../lanes/queries.ts';
import type { Pending } from './candidates.ts';
import {
  contactsReserved,
  type MessageColumns,
  messagesDecided,
  messagesMade,
  outboxRows,
  type QueuedColumns,
} from './queries.ts';
import type { SendAction, SendRequest } from './send-request.ts';
import type { Decision } from './situation.ts';

export interface Decided {
  /** In the order of what is pending. */
  readonly decisions: readonly Decision[];
  /** Requests whose person goes on: what is deferred of them is left to itself. */
  readonly isAlone: (request: SendRequest) => boolean;
}

/** Writes them; nobody reads what becomes of it in this transaction. */
export async function writeMessages(batch: Batch, pending: readonly Pending[], decided: Decided): Promise<void> {
  for (const [outcome, messages] of countsOf(decided)) batch.observed.push({ kind: 'decided', outcome, messages });
  // Before anything is awaited: nobody waits for it, and what is asked for behind the commit is lost.
  if (batch.program.listensTo.has(queuedEvent)) tellQueued(batch, pending, decided);
  const valuesText = valuesAsText();
  let from = 0;
  const writes = inParts(pending).map((part) => {
    const written = writePart(batch, part, decided.decisions.slice(from, from + part.length), valuesText);
    from += part.length;
    return written;
  });
  await Promise.all([...writes, lookAgain(batch, pending, decided)]);
}

/** So many messages together. */
function writePart(
  batch: Batch,
  part: readonly Pending[],
  decisions: readonly Decision[],
  valuesText: ValuesText,
): Promise<void> {
  const made: MessageColumns[] = [];
  const again: MessageColumns[] = [];
  const queued: QueuedColumns[] = [];
  for (const [i, one] of part.entries()) {
    const decision = decisions[i] as Decision;
    const row = messageRow(batch, one, decision, valuesText);
    (one.isNew ? made : again).push(row);
    if (decision.outcome === 'queued') queued.push(queuedRow(row, decision));
  }
  return writeTogether(batch.session, [
    messagesMade(made),
    messagesDecided(again),
    contactsReserved(queued, batch.t),
    outboxRows(queued, batch.t),
  ]);
}

function countsOf({ decisions }: Decided): ReadonlyMap<Decision['outcome'], number> {
  const counts = new Map<Decision['outcome'], number>();
  for (const { outcome } of decisions) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return counts;
}

const queuedEvent = 'message_queued';

function queuedRow(row: MessageColumns, decision: Decision): QueuedColumns {
  const { lane, messageId, profileId, channel, journey, objective } = row;
  return {
    lane,
    messageId,
    profileId,
    journey,
    objective,
    channel: channel as string,
    class: objective === 'service' ? 0 : 1,
    decidedUntil: new Date(decision.until as number),
  };
}

function tellQueued(batch: Batch, pending: readonly Pending[], { decisions }: Decided): void {
  const valuesText = valuesAsText();
  tellOwnEvents(
    batch,
    pending.flatMap((one, i) => {
      const decision = decisions[i] as Decision;
      if (decision.outcome !== 'queued') return [];
      const event = messageEvent(queuedEvent, messageRow(batch, one, decision, valuesText), batch.t);
      return [{ ...event, hop: one.request.enrollment?.hop ?? 0 }];
    }),
  );
}

type ValuesText = (values: SendAction['with']) => string;

/** A send's values as text; they are those of its file, the same for everybody. */
function valuesAsText(): ValuesText {
  const known = new Map<SendAction['with'], string>();
  return (values) => {
    const text = known.get(values) ?? JSON.stringify(values);
    known.set(values, text);
    return text;
  };
}

/**
 * Messages without an enrollment that stands by them speak through the inbox: deferred, they come back; given up, whoever waits for
 * them looks again.
 */
async function lookAgain(batch: Batch, pending: readonly Pending[], { decisions, isAlone }: Decided): Promise<void> {
  const rows = pending.flatMap(({ request, lane, profileId, candidate }, i) => {
    const { outcome, until } = decisions[i] as Decision;
    const isDeferred = outcome === 'deferred';
    if (outcome === 'queued' || !isAlone(request) || (!isDeferred && request.enrollment !== null)) return [];
    return [
      {
        lane,
        class: 2,
        visibleAt: isDeferred ? new Date(until as number) : batch.t,
        profileId,
        kind: isDeferred ? 'redecide' : 'given_up',
        body: { message_id: candidate.messageId },
      },
    ];
  });
  await appendInbox(batch.session, rows);
}

function messageRow(
  batch: Batch,
  { request, lane, profileId, candidate }: Pending,
  decision: Decision,
  valuesText: ValuesText,
): MessageColumns {
  const isQueued = decision.outcome === 'queued';
  const { enrollment, step, action, message } = request;
  return {
    lane,
    messageId: candidate.messageId,
    profileId,
    journey: candidate.journey,
    key: enrollment?.key ?? message?.key ?? '',
    n: enrollment?.n ?? message?.n ?? 0,
    step: step?.id ?? message?.step ?? '',
    channel: decision.channel ?? (action.choose === 'all_of' ? (candidate.channels[0] ?? null) : null),
    addressTrait: candidate.to,
    template: action.template,
    objective: candidate.objective,
    purpose: candidate.purpose,
    priority: candidate.priority,
    state: decision.outcome,
    rank: isQueued ? 1 : 0,
    createdAt: candidate.createdAt,
    acceptedAt: isQueued ? batch.t : null,
    validUntil: candidate.validUntil,
    withValues: valuesText(action.with),
    decision: JSON.stringify(decision),
    revision: batch.program.revision,
    round: enrollment?.marks[roundsKey] ?? 0,
  };
}
