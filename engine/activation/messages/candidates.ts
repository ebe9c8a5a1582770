/** What is to be decided: of each send that somebody stands at its messages, new ones or those that were deferred. */
import type { JourneyBody } from '../../compiler/ir.ts';
import type { Batch } from '../batch.ts';
import type { Enrollment } from '../journeys/enrollment.ts';
import { groupBy } from '../journeys/evaluate.ts';
import { addExactly } from '../journeys/moments.ts';
import { arraysOf } from '../people.ts';
import { expiriesOf } from './expiry.ts';
import { type DeferredRow, deferredOf } from './queries.ts';
import type { SendAction, SendRequest } from './send-request.ts';
import type { Candidate } from './situation.ts';

/** A message that is to be decided. */
export interface Pending {
  readonly request: SendRequest;
  readonly isNew: boolean;
  readonly lane: number;
  readonly profileId: number;
  readonly candidate: Candidate;
}

/** A message that no pressure gives a validity leaves within a week or not at all. */
const validForDefault = { months: 0, days: 7, ms: 0 };

/**
 * Gives each request its message: the deferred one it stands by, or a new number. In the order of the requests; the messages of one stand
 * beside each other.
 */
export async function asCandidates(batch: Batch, requests: readonly SendRequest[]): Promise<readonly Pending[]> {
  const held = requests.filter(({ enrollment, message }) => message === null && enrollment?.posture === 'held');
  const stored =
    held.length === 0
      ? []
      : await deferredOf(batch.session, arraysOf(eachOnce(held.map(({ enrollment }) => enrollment as Enrollment))));
  const byPlace = groupBy(stored, (row) => `${row.profile_id} ${row.journey} ${row.key} ${row.n} ${row.step}`);
  const known = (request: SendRequest): readonly DeferredRow[] => {
    const { enrollment, step, message } = request;
    if (message !== null) return [message];
    if (enrollment === null || stored.length === 0) return noRows;
    const place = `${enrollment.profileId} ${enrollment.journey.id} ${enrollment.key} ${enrollment.n} ${step?.id}`;
    return byPlace.get(place) ?? noRows;
  };
  const rows = requests.map(known);
  const fresh = requests.map((request, i) => (rows[i]?.length === 0 ? messagesOf(request.action) : noActions));
  const [ids, expiries] = await Promise.all([
    batch.messageIds.take(
      batch.session,
      fresh.reduce((sum, actions) => sum + actions.length, 0),
    ),
    expiriesOf(batch, requests),
  ]);
  const ends = validities(batch);
  const pending: Pending[] = [];
  let next = 0;
  for (const [i, request] of requests.entries()) {
    const expires = expiries.get(request) ?? null;
    for (const row of rows[i] ?? []) pending.push(storedCandidate(request, row, { expires, ends }));
    for (const action of fresh[i] ?? [])
      pending.push(newCandidate(batch, { request, action, messageId: ids[next++] as number }, { expires, ends }));
  }
  return pending;
}

const noRows: readonly DeferredRow[] = [];
const noActions: readonly SendAction[] = [];

/** `all_of` is a message a channel; the other choices are one message. */
function messagesOf(action: SendAction): readonly SendAction[] {
  if (action.choose !== 'all_of') return [action];
  return action.channels.map((channel) => ({ ...action, channels: [channel] }));
}

/** Until when messages are valid. */
interface Ending {
  /** What the send says; null: nothing. */
  readonly expires: Date | null;
  readonly ends: Validities;
}

function newCandidate(
  batch: Batch,
  {
    request,
    action,
    messageId,
  }: { readonly request: SendRequest; readonly action: SendAction; readonly messageId: number },
  { expires, ends }: Ending,
): Pending {
  const { enrollment } = request;
  if (enrollment === null) throw new Error('assertion failed: a new message has an enrollment');
  const { lane, profileId, journey } = enrollment;
  const { objective, purpose, channels, choose, to, whenCapped, urgent } = action;
  const candidate: Candidate = {
    messageId,
    journey: journey.id,
    priority: livePriority(batch, journey.id, journey.body),
    createdAt: batch.t,
    validUntil: earliest(ends.of(action, batch.t), expires),
    skippedAfter: null,
    objective,
    purpose,
    channels,
    choose: choose ?? null,
    to: to ?? null,
    whenCapped,
    isUrgent: urgent ?? false,
  };
  return { request, isNew: true, lane, profileId, candidate };
}

/** What moved since the message was made moves its end, too. */
function storedCandidate(request: SendRequest, row: DeferredRow, { expires, ends }: Ending): Pending {
  const { action } = request;
  const { lane, profile_id, message_id, journey, priority, created_at, valid_until, skipped_after } = row;
  const { objective, purpose, channels, choose, to, whenCapped, urgent } = onItsChannel(action, row);
  const candidate: Candidate = {
    messageId: message_id,
    journey,
    priority,
    createdAt: created_at,
    validUntil: expires === null ? valid_until : earliest(ends.of(action, created_at), expires),
    skippedAfter: skipped_after,
    objective,
    purpose,
    channels,
    choose: choose ?? null,
    to: to ?? null,
    whenCapped,
    isUrgent: urgent ?? false,
  };
  return { request, isNew: false, lane, profileId: profile_id, candidate };
}

function earliest(one: Date, other: Date | null): Date {
  return other !== null && other < one ? other : one;
}

/** Of `all_of` each message keeps the channel that it was made for. */
function onItsChannel(action: SendAction, { channel }: DeferredRow): SendAction {
  return action.choose === 'all_of' && channel !== null ? { ...action, channels: [channel] } : action;
}

/** Priority is a rule of today, not of the version that the person is pinned to. */
function livePriority(batch: Batch, id: string, pinned: JourneyBody): number {
  return (batch.program.journeys.get(id)?.body ?? pinned).priority;
}

interface Validities {
  /** When a message that was made at a time loses its validity. */
  of(action: SendAction, madeAt: Date): Date;
}

/** The send's own validity, or the shortest that a pressure gives. Messages of one send and instant share it. */
function validities({ program, t }: Batch): Validities {
  const known = new Map<SendAction, Date>();
  const lengths = program.pressures.map(({ body }) => body.validFor);
  const end = (length: (typeof lengths)[number]) => addExactly(t, length).getTime();
  const usual = lengths.sort((a, b) => end(a) - end(b))[0] ?? validForDefault;
  return {
    of(action, madeAt) {
      if (madeAt !== t) return addExactly(madeAt, action.validFor ?? usual);
      const found = known.get(action) ?? addExactly(t, action.validFor ?? usual);
      known.set(action, found);
      return found;
    },
  };
}

function eachOnce<T extends { readonly profileId: number }>(people: readonly T[]): readonly T[] {
  return [...new Map(people.map((one) => [one.profileId, one])).values()];
}
